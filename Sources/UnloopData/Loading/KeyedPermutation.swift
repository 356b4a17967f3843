import UnloopBackend

/// The numbers from 0 up to a count in a random order that is never written down: the number at a place is a function of the place, the
/// seed and the stream, so any thread finds any part of the order, and a billion examples are shuffled in no memory.
///
/// A Feistel network permutes the words of as many bits as the largest number has: half of a word is changed by a keyed function of the
/// other half, then the halves change roles (M. Luby, C. Rackoff: How to construct pseudorandom permutations from pseudorandom functions,
/// SIAM J. Comput. 17, 1988; as an order of shuffling: R. Mitchell et al.: Bandwidth-optimal random shuffling for GPUs, ACM TOPC 9, 2022).
/// Words beyond the count are permuted again until one lies below it (J. Black, P. Rogaway: Ciphers with arbitrary finite domains,
/// CT-RSA 2002), less than twice on average. The keyed functions are multiply–shift hashes (M. Dietzfelbinger: Universal hashing and
/// k-wise independent random variables via integer arithmetic without primes, STACS 1996), mixed once more; their keys are Philox numbers of
/// the seed and the stream.
public struct KeyedPermutation: Sendable {
    /// How many numbers there are.
    public let count: Int
    private let low: Half
    private let high: Half
    private let keys: [Key]

    /// The bits of a word that a round changes.
    private struct Half {
        let width: UInt64
        var mask: UInt64 { (1 << width) - 1 }
    }

    private struct Key {
        /// Odd.
        let factor: UInt64
        let summand: UInt64

        /// A function to words of `width` bits.
        @inline(__always)
        func hash(_ word: UInt64, width: UInt64) -> UInt64 {
            let product = factor &* word &+ summand
            return width == 0 ? 0 : (factor &* (product ^ product >> 32)) >> (64 - width)
        }
    }

    /// - Precondition: `count` is not negative.
    public init(count: Int, seed: UInt64, stream: UInt64 = 0) {
        require(count >= 0, "KeyedPermutation: of \(count) numbers")
        self.count = count
        let bits = UInt64(count > 1 ? Int.bitWidth - (count - 1).leadingZeroBitCount : 0)
        low = Half(width: bits - bits / 2)
        high = Half(width: bits / 2)
        var random = CounterRandom(seed: seed, stream: stream)
        func word() -> UInt64 {
            let low = UInt64(random.next())
            return UInt64(random.next()) << 32 | low
        }
        keys = (0..<Self.rounds(bits)).map { _ in
            let factor = word() | 1
            return Key(factor: factor, summand: word())
        }
    }

    /// The number at a place.
    ///
    /// - Precondition: the place is one of the order's.
    public subscript(place: Int) -> Int {
        require(place >= 0 && place < count, "KeyedPermutation: place \(place) of \(count)")
        var word = UInt64(place)
        repeat { word = permuted(word) } while word >= UInt64(count)
        return Int(word)
    }

    /// Narrow words take more rounds, as each decides little. With these, all orders of two to eight numbers are equally likely, and of more
    /// numbers all places, neighbors and pairs, as far as χ² tests of a million orders tell.
    private static func rounds(_ bits: UInt64) -> Int { (12 + 96 / Swift.max(1, Int(bits))) / 2 * 2 }

    private func permuted(_ word: UInt64) -> UInt64 {
        var (first, second) = (word & low.mask, word >> low.width)
        for round in stride(from: 0, to: keys.count, by: 2) {
            second ^= keys[round].hash(first, width: high.width)
            first ^= keys[round + 1].hash(second, width: low.width)
        }
        return second << low.width | first
    }
}
