import UnloopBackend
import UnloopTensor

/// Random numbers on the host by `Philox`, the generator that the devices use, so a seed gives the same numbers everywhere and in every version.
public struct CounterRandom: Sendable {
    private let seed: UInt64
    private let stream: UInt64
    private var block: UInt32 = 0
    private var words = SIMD4<UInt32>()
    private var used = 4

    /// Streams of one seed are independent of each other.
    public init(seed: UInt64, stream: UInt64 = 0) {
        self.seed = seed
        self.stream = stream
    }

    /// The numbers of a key; those that a device draws with it are others.
    public init(_ key: RandomKey) { self.init(seed: key.seed, stream: key.stream) }

    public mutating func next() -> UInt32 {
        if used == 4 {
            words = Philox.words(
                counter: SIMD4(
                    block, Self.salt, UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32)),
                key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
            block &+= 1
            used = 0
        }
        defer { used += 1 }
        return words[used]
    }

    /// Keeps these numbers apart from those that a device draws with the same seed and stream.
    private static let salt: UInt32 = 0x686f_7374

    /// A number below `bound`, all equally likely (D. Lemire: Fast random integer generation in an interval, 2019).
    public mutating func next(below bound: Int) -> Int {
        require(bound > 0 && bound <= Int(UInt32.max), "CounterRandom: a bound of 1 to 2^32 - 1, not \(bound)")
        let range = UInt32(bound)
        var product = UInt64(next()) * UInt64(range)
        if UInt32(truncatingIfNeeded: product) < range {
            let rejected = (0 &- range) % range
            while UInt32(truncatingIfNeeded: product) < rejected { product = UInt64(next()) * UInt64(range) }
        }
        return Int(product >> 32)
    }

    /// The numbers from 0 up to `count` in random order (Fisher–Yates, from the last place to the first).
    public mutating func permutation(of count: Int) -> [Int32] {
        require(
            count >= 0 && count <= Int(Int32.max), "CounterRandom: a permutation of 0 to 2^31 - 1 numbers, not \(count)"
        )
        var result = (0..<count).map { Int32($0) }
        shuffle(&result)
        return result
    }

    /// Puts the elements in random order.
    public mutating func shuffle<Element>(_ elements: inout [Element]) {
        for last in stride(from: elements.count - 1, to: 0, by: -1) {
            elements.swapAt(last, next(below: last + 1))
        }
    }
}
