import Testing
import UnloopBackend
import UnloopData

@Suite struct CounterRandomTests {
    /// The known answers that Random123 (the authors' library) publishes for philox4x32-10.
    @Test func knownAnswers() {
        #expect(
            Philox.words(counter: .zero, key: .zero)
                == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        #expect(
            Philox.words(counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max))
                == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        #expect(
            Philox.words(
                counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: SIMD2(0xa409_3822, 0x299f_31d0)
            )
                == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    @Test func permutationsAreCompleteAndDependOnSeedAndStream() {
        func permutation(_ seed: UInt64, _ stream: UInt64) -> [Int32] {
            var random = CounterRandom(seed: seed, stream: stream)
            return random.permutation(of: 1000)
        }
        #expect(permutation(1, 2).sorted() == (0..<1000).map { Int32($0) })
        #expect(permutation(1, 2) == permutation(1, 2))
        #expect(permutation(1, 2) != permutation(1, 3))
        #expect(permutation(1, 2) != permutation(1 << 40 | 1, 2))
    }

    /// Each of the 24 orders of 4 elements is expected 1,000 times; chi-square with 23 degrees of freedom stays below 49.73 with
    /// probability 0.999, and the numbers are always the same.
    @Test func permutationsAreUniform() {
        var random = CounterRandom(seed: 3)
        var counts: [[Int32]: Double] = [:]
        for _ in 0..<24_000 { counts[random.permutation(of: 4), default: 0] += 1 }
        #expect(counts.count == 24)
        #expect(counts.values.map { ($0 - 1000) * ($0 - 1000) / 1000 }.reduce(0, +) < 49.73)
    }

    @Test func boundsAreKept() {
        var random = CounterRandom(seed: 9)
        #expect((0..<1000).allSatisfy { _ in random.next(below: 1) == 0 })
        #expect((0..<1000).map { _ in random.next(below: 3) }.allSatisfy { (0..<3).contains($0) })
        #expect(random.permutation(of: 0).isEmpty)
        #expect(random.permutation(of: 1) == [0])
    }

    @Test func misuse() async {
        func expectTrap(_ text: String, _ result: ExitTest.Result?) {
            let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
            #expect(output.contains(text), "\(output)")
        }
        expectTrap(
            "CounterRandom: a permutation of 0 to 2^31 - 1 numbers, not -1",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var random = CounterRandom(seed: 1)
                _ = random.permutation(of: -1)
            })
    }
}
