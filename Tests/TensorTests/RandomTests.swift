import Testing
import UnloopBackend
import UnloopTensor

@Suite struct RandomTests {
    private static let bounds: [(low: Double, high: Double)] = [
        (0, 1), (1000, 1001), (-1, 3), (0.1, 0.7), (-0.05, 0.05), (1 - 0x1p-24, 1), (16_777_215, 16_777_217),
        (-3e38, 3e38),
        (0, 3.4028234e38), (-3.4028234e38, 3.4028234e38), (1e-10, 1e38), (0, 1e-44), (-1e-40, 1e-40), (-1001, -1000),
    ]

    @Test("uniform numbers are at least the lower bound, below the upper one and finite", arguments: testedDevices)
    func uniform(_ device: Device) throws {
        for (low, high) in Self.bounds {
            let tensor = Tensor.randomUniform([40_000], RandomKey(seed: 7), low: low, high: high, on: device)
            let values = try tensor.scalars()
            let what: Comment = "\(low) to \(high) on \(device)"
            #expect(values.allSatisfy { $0.isFinite && Double($0) >= low && Double($0) < high }, what)
            if device != .loop {
                let expected = Tensor.randomUniform([40_000], RandomKey(seed: 7), low: low, high: high, on: .loop)
                #expect(try tensor.isBitEqual(to: expected), what)
            }
            // Half of them lie in each half, give or take six deviations, where the bounds hold many numbers.
            if high - low > 1e-3 * abs(high), high > 1e-30 {
                let below = values.count { Double($0) < low / 2 + high / 2 }
                #expect(abs(below - 20_000) <= 600, what)
            }
        }
    }

    /// Of a million numbers of this seed 31 round to the upper bound.
    @Test func whatRoundsToTheUpperBoundIsBelowIt() throws {
        let key = RandomKey(seed: 7)
        let values = try Tensor.randomUniform([1_000_000], key, low: 1000, high: 1001, on: .cpu).scalars()
        #expect(values.max() == Float(1001).nextDown)
        let shares = try Tensor.randomUniform([1_000_000], key, on: .cpu).scalars()
        for (value, share) in zip(values, shares) where 1000 + 1 * share < 1001 { #expect(value == 1000 + 1 * share) }
    }

    @Test("where there is no number between the bounds, all are the lower one", arguments: testedDevices)
    func narrow(_ device: Device) throws {
        let key = RandomKey(seed: 3)
        for (low, high) in [(1, 1), (0, 0), (-0.0, 0), (1 + 1e-12, 1 + 2e-12), (-2, -2), (3.4028234e38, 3.4028234e38)] {
            let values = try Tensor.randomUniform([100], key, low: low, high: high, on: device).scalars()
            #expect(values.allSatisfy { $0 == Float(low) && ($0 != 0 || $0.sign == .plus) }, "\(low) to \(high)")
        }
        let pair = try Tensor.randomUniform([100], key, low: 1, high: Double(Float(1).nextUp), on: device).scalars()
        #expect(pair.allSatisfy { $0 == 1 })
    }

    @Test func float64() throws {
        let key = RandomKey(seed: 3)
        for (low, high) in [(0, 1), (1000, 1000 + 0x1p-40), (-1.7e308, 1.7e308), (0.1, 0.3)] {
            let values = try Tensor.randomUniform([10_000], key, low: low, high: high, .float64, on: .loop).doubles()
            #expect(values.allSatisfy { $0 >= low && $0 < high })
        }
    }

    @Test("normal numbers and coins at the ends of their parameters", arguments: testedDevices)
    func others(_ device: Device) throws {
        let key = RandomKey(seed: 9)
        let normal = try Tensor.randomNormal([50_000], key, mean: 1, standardDeviation: 2, on: device).scalars()
        #expect(normal.allSatisfy { $0.isFinite && abs($0 - 1) < 2 * 5.8 })
        let constant = try Tensor.randomNormal([100], key, mean: 5, standardDeviation: 0, on: device).scalars()
        #expect(constant.allSatisfy { $0 == 5 })
        #expect(try Tensor.randomBernoulli([1000], key, probability: 0, on: device).sum().item() == 0)
        #expect(try Tensor.randomBernoulli([1000], key, probability: 1, on: device).sum().item() == 1000)
    }

    private func expectTrap(_ text: String, _ result: ExitTest.Result?) {
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains(text), "\(output)")
    }

    @Test func misuse() async {
        expectTrap(
            "randomUniform: the lower bound 1.0 is not at most the upper bound 0.0",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.randomUniform([2], RandomKey(seed: 1), low: 1, high: 0, on: .loop)
            })
        expectTrap(
            "randomUniform: the lower bound nan is not at most the upper bound 1.0",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.randomUniform([2], RandomKey(seed: 1), low: .nan, on: .loop)
            })
        expectTrap(
            "randomUniform: the bounds 0.0 and 1e+39 must be finite float32",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.randomUniform([2], RandomKey(seed: 1), high: 1e39, on: .loop)
            })
        expectTrap(
            "randomNormal: mean 0.0 and deviation -1.0 must be finite",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.randomNormal([2], RandomKey(seed: 1), standardDeviation: -1, on: .loop)
            })
        expectTrap(
            "randomNormal: mean 1e+39 and deviation 1.0 must be finite float32",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.randomNormal([2], RandomKey(seed: 1), mean: 1e39, on: .loop)
            })
        expectTrap(
            "randomNormal: mean 0.0 and deviation 1e+39 must be finite float32",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.randomNormal([2], RandomKey(seed: 1), standardDeviation: 1e39, on: .loop)
            })
        expectTrap(
            "randomBernoulli: probability 1.5 is not between 0 and 1",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.randomBernoulli([2], RandomKey(seed: 1), probability: 1.5, on: .loop)
            })
        expectTrap(
            "randomUniform: [2, -1] has a negative size",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.randomUniform([2, -1], RandomKey(seed: 1), on: .loop)
            })
    }
}
