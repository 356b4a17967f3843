import Testing
import UnloopBackend
import UnloopData
import UnloopTensor

/// Each bundled table against facts that its source states.
@Suite struct BundledTests {
    @Test func breastCancer() throws {
        let data = try BreastCancer.load(on: .loop)
        #expect(data.features.shape == [569, 30])
        let labels = try data.labels.integers()
        #expect(labels.count { $0 == 0 } == 212 && labels.count { $0 == 1 } == 357)
        #expect(BreastCancer.featureNames.count == 30 && BreastCancer.featureNames[20] == "worst radius")
        // The ranges that the data's description gives.
        let (low, high) = (try data.features.min(0).scalars(), try data.features.max(0).scalars())
        #expect(low[0] == 6.981 && high[0] == 28.11)
        #expect(low[13] == 6.802 && high[13] == 542.2)
        #expect(low[23] == 185.2 && high[23] == 4254)
    }

    @Test func irisIsFishers() throws {
        let data = try Iris.load(on: .loop)
        #expect(data.features.shape == [150, 4])
        #expect(try data.labels.integers() == (0..<150).map { Int32($0 / 50) })
        // The two examples in which the file of the repository differs from the paper.
        #expect(try data.features[34].scalars() == [4.9, 3.1, 1.5, 0.2])
        #expect(try data.features[37].scalars() == [4.9, 3.6, 1.4, 0.1])
        let means = try data.features.mean(0).scalars()
        for (mean, stated) in zip(means, [5.843333, 3.057333, 3.758, 1.199333]) {
            #expect(abs(Double(mean) - stated) < 1e-5)
        }
    }

    @Test func sunspots() throws {
        let numbers = try Sunspots.load(on: .loop).scalars()
        #expect(numbers.count == 309 && Sunspots.years.count == 309)
        #expect(numbers[0] == 5 && numbers[308] == 2.9)
        // The highest yearly mean of the series was that of 1957.
        #expect(numbers.max() == 190.2 && numbers[257] == 190.2)
    }

    @Test func devicesHoldTheSameNumbers() throws {
        for device in [Device.cpu, try .opencl] {
            #expect(try BreastCancer.load(on: device).features.isBitEqual(to: BreastCancer.load(on: .loop).features))
            #expect(try Iris.load(on: device).labels.isBitEqual(to: Iris.load(on: .loop).labels))
            #expect(try Sunspots.load(on: device).isBitEqual(to: Sunspots.load(on: .loop)))
        }
    }
}
