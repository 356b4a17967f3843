import UnloopBackend

/// Random numbers of a seed and a stream, taken one after the other: Philox, so that the i-th number of a stream is the same wherever
/// and whenever it is asked for.
struct CounterNumbers: Sendable {
    private let seed: SIMD2<UInt32>
    private let stream: SIMD2<UInt32>
    private var position = 0
    private var block = SIMD4<UInt32>()

    init(seed: UInt64, stream: UInt64) {
        self.seed = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        self.stream = SIMD2(UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32))
    }

    mutating func word() -> UInt32 {
        if position % 4 == 0 {
            let counter = UInt32(truncatingIfNeeded: position / 4)
            block = Philox.words(counter: SIMD4(counter, 0x5eed, stream[0], stream[1]), key: seed)
        }
        defer { position += 1 }
        return block[position % 4]
    }

    /// In `0 ..< bound`.
    mutating func below(_ bound: Int) -> Int { Int((UInt64(word()) * UInt64(bound)) >> 32) }

    mutating func chance(_ part: Int, of whole: Int) -> Bool { below(whole) < part }

    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

    /// One of the choices, each as often as its weight says.
    mutating func pick<Element>(weighted choices: [(Int, Element)]) -> Element {
        var rest = below(choices.reduce(0) { $0 + $1.0 })
        for (weight, choice) in choices {
            if rest < weight { return choice }
            rest -= weight
        }
        return choices[choices.count - 1].1
    }

    mutating func shuffled(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, below(last + 1)) }
        return order
    }

    /// Uniform in [-1, 1), with all bits of the significand in use.
    mutating func signedUnit() -> Float { Float(Int32(bitPattern: word())) * 0x1p-31 }
}
