import Testing
import UnloopData

@Suite struct KeyedPermutationTests {
    /// From Golden/keyed_permutation.py.
    @Test func goldenOrders() {
        let orders: [(count: Int, seed: UInt64, stream: UInt64, first: [Int])] = [
            (1, 0, 0, [0]),
            (2, 1, 0, [1, 0]),
            (7, 3, 5, [3, 0, 2, 5, 4, 6, 1]),
            (16, 2, 1, [1, 14, 4, 11, 3, 0, 13, 6]),
            (1437, 0, 1, [1260, 882, 117, 172, 1367, 120, 526, 1063]),
            (60_000, 1 << 40 | 7, 2, [53829, 27648, 42798, 43079, 4584, 28401, 15959, 58080]),
        ]
        for (count, seed, stream, first) in orders {
            let permutation = KeyedPermutation(count: count, seed: seed, stream: stream)
            #expect(first.indices.map { permutation[$0] } == first, "\(count)")
        }
        let large = KeyedPermutation(count: 1_000_000_000_000, seed: 42, stream: 1 << 33)
        #expect(
            [0, 1, 2, 999_999_999_999].map { large[$0] } == [
                917_290_411_076, 703_925_049_440, 351_500_338_165, 350_534_250_991,
            ])
    }

    /// Every number once: for all small counts, powers of two and their neighbors, primes.
    @Test func everyNumberOnce() {
        for count in Array(0...70) + [127, 128, 129, 255, 257, 1023, 1024, 1437, 4096, 65_537] {
            let permutation = KeyedPermutation(count: count, seed: 5, stream: UInt64(count))
            var seen = [Bool](repeating: false, count: count)
            for place in 0..<count { seen[permutation[place]] = true }
            #expect(!seen.contains(false), "\(count)")
        }
    }

    @Test func ordersDependOnSeedAndStream() {
        func order(_ seed: UInt64, _ stream: UInt64) -> [Int] {
            let permutation = KeyedPermutation(count: 100, seed: seed, stream: stream)
            return (0..<100).map { permutation[$0] }
        }
        #expect(order(1, 2) == order(1, 2))
        #expect(order(1, 2) != order(1, 3))
        #expect(order(1, 2) != order(2, 2))
        #expect(order(1, 2) != order(1 << 40 | 1, 2))
    }

    /// The orders of five numbers, by Pearson's χ²: 119 degrees of freedom, a mean of 119 and a deviation of 15.4. The numbers are always the
    /// same, so the test is too.
    @Test func allOrdersAreEquallyLikely() {
        var counts: [[Int]: Int] = [:]
        let trials = 24_000
        for stream in 0..<trials {
            let permutation = KeyedPermutation(count: 5, seed: 11, stream: UInt64(stream))
            counts[(0..<5).map { permutation[$0] }, default: 0] += 1
        }
        let expected = Double(trials) / 120
        let chiSquared = counts.values.reduce(Double(120 - counts.count) * expected) {
            $0 + (Double($1) - expected) * (Double($1) - expected) / expected
        }
        #expect(chiSquared < 119 + 4 * 15.4, "\(chiSquared)")
    }

    /// Of 60 numbers, which one stands where: 59² degrees of freedom, so a deviation of √(2 · 59²).
    @Test func allPlacesAreEquallyLikely() {
        let (count, trials) = (60, 6_000)
        var counts = [Int](repeating: 0, count: count * count)
        for seed in 0..<trials {
            let permutation = KeyedPermutation(count: count, seed: UInt64(seed), stream: 1)
            for place in 0..<count { counts[place * count + permutation[place]] += 1 }
        }
        let expected = Double(trials) / Double(count)
        let chiSquared = counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
        #expect(abs(chiSquared - 59 * 59) < 4 * 83.4, "\(chiSquared)")
    }

    @Test func placesOutsideTrap() async {
        await #expect(processExitsWith: .failure) { _ = KeyedPermutation(count: 3, seed: 0)[3] }
        await #expect(processExitsWith: .failure) { _ = KeyedPermutation(count: 0, seed: 0)[0] }
        await #expect(processExitsWith: .failure) { _ = KeyedPermutation(count: -1, seed: 0) }
    }
}
