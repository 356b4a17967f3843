import Testing
import UnloopData
import UnloopTensor

@Suite struct DatasetTests {
    /// Example i has the features [i, -i] and the class i mod 3.
    func numbered(_ count: Int) -> Dataset {
        Dataset(
            features: Tensor((0..<count).flatMap { [Float($0), -Float($0)] }, shape: [count, 2], on: .loop),
            labels: Tensor(int32: (0..<count).map { Int32($0 % 3) }, on: .loop))
    }

    func numbers(_ data: Dataset) throws -> [Int] { try data.features[.all, 0].scalars().map { Int($0) } }

    func areWhole(_ data: Dataset) throws -> Bool {
        let pairs = try zip(data.features.scalars().enumerated().filter { $0.offset % 2 == 0 }, data.labels.integers())
        return pairs.allSatisfy { Int32($0.element) % 3 == $1 }
    }

    @Test func splitsAreDisjointAndComplete() throws {
        let data = numbered(50)
        for size in [0, 1, 20, 50] {
            let (training, test) = data.split(holdingOut: size, seed: 3)
            #expect((training.count, test.count) == (50 - size, size))
            #expect(try (numbers(training) + numbers(test)).sorted() == Array(0..<50))
            #expect(try areWhole(training) && areWhole(test))
        }
        let first = try numbers(data.split(holdingOut: 20, seed: 3).test)
        #expect(try numbers(data.split(holdingOut: 20, seed: 3).test) == first)
        #expect(try numbers(data.split(holdingOut: 20, seed: 4).test) != first)
    }

    @Test func stratifiedSplitsKeepTheProportions() throws {
        // 34, 33 and 33 examples; 20 held out are 6.8, 6.6 and 6.6: 6 each, and two more for the largest remainders.
        let data = numbered(100)
        let (training, test) = try data.stratifiedSplit(holdingOut: 20, seed: 1)
        let labels = try test.labels.integers()
        #expect((0..<3).map { label in labels.count { $0 == label } } == [7, 7, 6])
        #expect(try (numbers(training) + numbers(test)).sorted() == Array(0..<100))
        #expect(try areWhole(training) && areWhole(test))
        #expect(try numbers(data.stratifiedSplit(holdingOut: 20, seed: 2).test) != numbers(test))
    }

    @Test func batchesCoverEachExampleOnce() throws {
        let data = numbered(23)
        #expect(data.batches(of: 5).map(\.count) == [5, 5, 5, 5, 3])
        #expect(try data.batches(of: 5).flatMap(numbers) == Array(0..<23))
        let order = data.shuffledOrder(seed: 1, epoch: 2)
        let shuffled = try data.batches(of: 5, order: order).flatMap(numbers)
        #expect(shuffled != Array(0..<23))
        #expect(shuffled.sorted() == Array(0..<23))
        #expect(try data.batches(of: 100).flatMap(numbers) == Array(0..<23))
        #expect(data.sliced(0..<0).batches(of: 4).map(\.count).isEmpty)
        for batch in data.batches(of: 5, order: order) { #expect(try areWhole(batch)) }
    }

    /// Example i has the weight i / 2.
    @Test("weights stay with their examples") func weights() throws {
        let plain = numbered(23)
        let data = Dataset(
            features: plain.features, labels: plain.labels,
            weights: Tensor((0..<23).map { Float($0) / 2 }, on: .loop))
        let order = data.shuffledOrder(seed: 4, epoch: 1)
        let (training, test) = data.split(holdingOut: 9, seed: 2)
        let (stratifiedTraining, stratifiedTest) = try data.stratifiedSplit(holdingOut: 6, seed: 2)
        var parts = [
            data, data.to(.cpu), data.sliced(3..<20), data.selecting([7, 0, 22, 7]), training, test,
            stratifiedTraining, stratifiedTest, data.sliced(5..<5),
        ]
        parts += data.batches(of: 5)
        parts += data.batches(of: 5, order: order)
        for part in parts {
            let weights = try #require(part.weights)
            #expect(try weights.doubles() == numbers(part).map { Double($0) / 2 })
            #expect(weights.device == part.device)
        }
        let scaled = FeatureScaling(of: training.features)(test)
        #expect(try scaled.weights?.scalars() == test.weights?.scalars())
        #expect(plain.split(holdingOut: 9, seed: 2).test.weights == nil && plain.to(.cpu).weights == nil)
        let views = Dataset(
            features: plain.features, labels: plain.labels,
            weights: Tensor([0.5], on: .loop).expanded(to: [23]))
        #expect(try views.selecting([3, 4]).weights?.scalars() == [0.5, 0.5])
    }

    @Test("weights of another number or type are named") func weightsThatDoNotFit() async {
        func expectTrap(_ text: String, _ result: ExitTest.Result?) {
            let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
            #expect(message.contains(text), "\(message)")
        }
        expectTrap(
            "float32 weights [3] for features [2, 1]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Dataset(
                    features: Tensor.zeros([2, 1], on: .loop), labels: Tensor.zeros([2], on: .loop),
                    weights: Tensor.ones([3], on: .loop))
            })
        expectTrap(
            "int32 weights [2] for features [2, 1]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Dataset(
                    features: Tensor.zeros([2, 1], on: .loop), labels: Tensor.zeros([2], on: .loop),
                    weights: Tensor(int32: [1, 2], on: .loop))
            })
    }

    @Test func ordersDependOnSeedAndEpochOnly() throws {
        let data = numbered(100)
        func order(_ seed: UInt64, _ epoch: Int) throws -> [Int32] {
            try data.shuffledOrder(seed: seed, epoch: epoch).integers()
        }
        #expect(try order(1, 1) == order(1, 1))
        #expect(try order(1, 1) != order(1, 2))
        #expect(try order(1, 1) != order(2, 1))
    }

    @Test func scalingGivesMean0AndVariance1() throws {
        let features = Tensor([[1, 5, 100], [2, 5, 300], [3, 5, 200], [6, 5, 400]], on: .loop)
        let scaling = FeatureScaling(of: features)
        #expect(try scaling.mean.scalars() == [3, 5, 250])
        let scaled = scaling(features)
        #expect(try scaled.mean(0).scalars().allSatisfy { abs($0) < 1e-6 })
        let variances = try scaled.squared().mean(0).scalars()
        #expect(abs(variances[0] - 1) < 1e-6 && variances[1] == 0 && abs(variances[2] - 1) < 1e-6)
        // Others are scaled by the same numbers.
        #expect(try scaling(Tensor([[3, 6, 250]], on: .loop)).scalars() == [0, 1, 0])
    }

    @Test func theBundledDigits() throws {
        let digits = try Digits.load(on: .loop)
        #expect(digits.features.shape == [1797, 8, 8, 1])
        #expect(digits.labels.shape == [1797])
        // The class counts that the data set's description gives for this part.
        let labels = try digits.labels.integers()
        #expect(
            (0..<10).map { digit in labels.count { $0 == digit } } == [
                178, 182, 177, 183, 181, 182, 181, 179, 174, 180,
            ])
        let pixels = try digits.features.scalars()
        #expect(pixels.min() == 0 && pixels.max() == 1)
        #expect(pixels.allSatisfy { ($0 * 16).rounded() == $0 * 16 })
        // The first image, a zero: its second row.
        #expect(pixels[8..<16].map { Int($0 * 16) } == [0, 0, 13, 15, 10, 15, 5, 0])
        #expect(labels[0] == 0)
    }

    @Test func arraysFromFilesBecomeTensors() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("array")
        let tensor = Tensor([[1, 2.5], [-3, 0]], on: .loop)
        try SafeTensors(arrays: ["a": SafeTensors.Array(tensor)]).write(to: path)
        let array = try #require(try SafeTensors(path: path).arrays["a"])
        #expect(try Tensor(array, on: .loop).isBitEqual(to: tensor))
        let idx = try directory.write([0, 0, 8, 2] + bigEndian(2, 2) + [1, 2, 3, 4], "idx")
        #expect(try Tensor(IDXFile(path: idx), on: .loop).integers() == [1, 2, 3, 4])
    }
}
