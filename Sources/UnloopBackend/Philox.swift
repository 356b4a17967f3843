/// The counter-based random function Philox 4x32-10: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel
/// random numbers: as easy as 1, 2, 3", SC'11, section 4.3 and table 2 (the constants).
package enum Philox {
    /// The four words that belong to a counter and a key, lowest first.
    package static func words(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var (x, k) = (counter, key)
        for _ in 0..<10 {
            let first = UInt64(0xD251_1F53) * UInt64(x[0])
            let second = UInt64(0xCD9E_8D57) * UInt64(x[2])
            x = SIMD4(
                UInt32(truncatingIfNeeded: second >> 32) ^ x[1] ^ k[0], UInt32(truncatingIfNeeded: second),
                UInt32(truncatingIfNeeded: first >> 32) ^ x[3] ^ k[1], UInt32(truncatingIfNeeded: first))
            // The key grows by the golden ratio and the square root of 3 less 1.
            k = SIMD2(k[0] &+ 0x9E37_79B9, k[1] &+ 0xBB67_AE85)
        }
        return x
    }

    /// The 32 bits of element `index`: word `index mod 4` of block `index / 4`.
    package static func bits(index: Int, salt: UInt32, seed: SIMD2<UInt32>, stream: SIMD2<UInt32>) -> UInt32 {
        // Positions are 32 bits wide.
        let position = UInt32(truncatingIfNeeded: index)
        return words(counter: SIMD4(position / 4, salt, stream[0], stream[1]), key: seed)[Int(position % 4)]
    }
}
