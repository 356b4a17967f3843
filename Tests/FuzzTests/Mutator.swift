/// Random numbers from a seed alone (S. Vigna's SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// From 0, below the bound; 0 for a bound of 0.
    mutating func below(_ bound: Int) -> Int { bound > 0 ? Int(truncatingIfNeeded: next() >> 33) % bound : 0 }
}

/// Makes damaged files from good ones: input number n of a seed is always the same bytes.
struct Mutator {
    let corpus: [[UInt8]]
    /// Pieces that mean something in the format.
    let words: [[UInt8]]
    let seed: UInt64
    /// Makes lengths and checks right again, so that damage reaches what lies behind them.
    var repair: (inout [UInt8]) -> Void = { _ in }

    private static let longest = 8192

    /// Numbers at the edges of types, as bytes of both orders and as text.
    private static let integers: [UInt64] = [
        0, 1, 2, 7, 8, 9, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
        0x1_0000_0000, 1 << 60, 1 << 61, 1 << 62, (1 << 62) - 1, 0x7fff_ffff_ffff_ffff, 1 << 63, .max - 3, .max,
    ]
    private static let texts: [[UInt8]] =
        integers.map { Array(String($0).utf8) }
        + ["-1", "18446744073709551616", "99999999999999999999", "1e2", "1.0", "01", "-0", "NaN", "1e999"].map {
            Array($0.utf8)
        }

    func input(_ number: Int) -> [UInt8] {
        var numbers = SeededNumbers(seed: seed &+ UInt64(truncatingIfNeeded: number) &* 0x2545_f491_4f6c_dd1d)
        var bytes = corpus[numbers.below(corpus.count)]
        repeat { mutate(&bytes, &numbers) } while numbers.below(2) > 0
        if bytes.count > Self.longest { bytes.removeLast(bytes.count - Self.longest) }
        if numbers.below(4) > 0 { repair(&bytes) }
        return bytes
    }

    private func mutate(_ bytes: inout [UInt8], _ numbers: inout SeededNumbers) {
        let place = numbers.below(bytes.count + 1)
        let length = min(numbers.below(1 << (1 + numbers.below(6))), bytes.count - place)
        let range = place..<place + length
        switch numbers.below(11) {
        case 0: if place < bytes.count { bytes[place] ^= 1 << UInt8(numbers.below(8)) }
        case 1: if place < bytes.count { bytes[place] = UInt8(truncatingIfNeeded: numbers.next()) }
        case 2: bytes.insert(UInt8(truncatingIfNeeded: numbers.next()), at: place)
        case 3: bytes.removeSubrange(range)
        case 4: bytes.insert(contentsOf: bytes[range], at: numbers.below(bytes.count + 1))
        case 5: bytes.insert(contentsOf: words[numbers.below(words.count)], at: place)
        case 6: bytes.replaceSubrange(range, with: words[numbers.below(words.count)])
        case 7:
            let value = Self.integers[numbers.below(Self.integers.count)]
            let width = [1, 2, 4, 8][numbers.below(4)]
            let isLittle = numbers.below(2) == 0
            for position in 0..<width where place + position < bytes.count {
                let shift = 8 * (isLittle ? position : width - 1 - position)
                bytes[place + position] = UInt8(truncatingIfNeeded: value >> shift)
            }
        case 8:
            // A number in the text becomes another.
            guard let start = bytes[place...].firstIndex(where: { (0x30...0x39).contains($0) }) else { return }
            let end = bytes[start...].firstIndex { !(0x30...0x39).contains($0) } ?? bytes.count
            bytes.replaceSubrange(start..<end, with: Self.texts[numbers.below(Self.texts.count)])
        case 9:
            let other = corpus[numbers.below(corpus.count)]
            bytes = Array(bytes[..<place]) + other[numbers.below(other.count)...]
        default: bytes.removeLast(bytes.count - place)
        }
    }
}
