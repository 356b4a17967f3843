import Testing
import UnloopData
import UnloopTensor

/// Features brought to mean 0 and variance 1.
@Suite struct FeatureScalingTests {
    private func column(_ values: [Float], on device: Device = .loop) -> Tensor {
        Tensor(values, shape: [values.count, 1], on: device)
    }

    @Test("a feature that is constant up to rounding has deviation 1, and is scaled to 0", arguments: Device.all)
    func constants(_ device: Device) throws {
        for value in [0.1, -0.1, 1.0 / 3, 0, 1e-30, 7e20, 16_777_216, 1e6 + 0.3] as [Float] {
            for count in [1, 2, 3, 33, 1000, 5000] {
                let x = column([Float](repeating: value, count: count), on: device)
                let scaling = FeatureScaling(of: x)
                #expect(try scaling.deviation.scalars() == [1], "\(count) times \(value)")
                #expect(try scaling.mean.scalars() == [value], "\(count) times \(value)")
                #expect(try scaling(x).scalars() == [Float](repeating: 0, count: count), "\(count) times \(value)")
            }
        }
        let scaling = FeatureScaling(of: column([Float](repeating: 0.1, count: 1000), on: device))
        let scaled = try scaling(column([0.2], on: device)).item()
        #expect(abs(scaled - 0.1) < 1e-7)
        // The same number computed in two ways.
        let mixed = (0..<1000).map { $0 % 2 == 0 ? Float(0.1) : Float(0.1).nextUp }
        #expect(try FeatureScaling(of: column(mixed, on: device)).deviation.scalars() == [1])
    }

    @Test("small differences of large numbers are differences", arguments: Device.all)
    func smallDifferences(_ device: Device) throws {
        let x = column((0..<10_000).map { 1_000_000 + Float($0 % 2) }, on: device)
        let scaling = FeatureScaling(of: x)
        #expect(try scaling.deviation.scalars() == [0.5])
        #expect(try scaling.mean.scalars() == [1_000_000.5])
        #expect(try Set(scaling(x).scalars()) == [-1, 1])
        for size in [1e-38, 1e-20, 1e20, 1e30] as [Float] {
            let values = (0..<100).map { size * Float(1 + $0 % 2) }
            let found: Float = try FeatureScaling(of: column(values, on: device)).deviation.item()
            let ratio = found / (size * 0.5)
            #expect(abs(ratio - 1) < 1e-5, "\(size)")
        }
        #expect(try FeatureScaling(of: column([1, .nan], on: device)).deviation.item().isNaN)
        let ofNothing = FeatureScaling(of: Tensor.zeros([0, 2], on: device))
        #expect(try ofNothing.deviation.scalars() == [1, 1] && ofNothing.mean.scalars() == [0, 0])
        // One that differs among many that do not: less than a unit in the last place on average, and many by itself.
        let rare = FeatureScaling(of: column([Float](repeating: 1, count: 200_000) + [1.00001], on: device))
        let deviation: Float = try rare.deviation.item()
        #expect(deviation < 1e-6)
    }

    @Test("float64 has finer places") func float64() throws {
        let x = Tensor(float64: [1_000_000, 1_000_000.001], shape: [2, 1])
        let deviation = try FeatureScaling(of: x).deviation.doubles()[0]
        #expect(abs(deviation - 0.0005) < 1e-9)
        let constant = Tensor(float64: [Double](repeating: 0.1, count: 1000), shape: [1000, 1])
        #expect(try FeatureScaling(of: constant).deviation.doubles() == [1])
    }
}
