import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

@Suite struct LogisticRegressionTests {
    /// The weights are known to the rounding of float32 sums over the examples; the curvature is at least l2 = 1, so the error of a weight
    /// is at most that of the gradient, some 1e-5.
    static let bound = 1e-4

    func check(_ data: Dataset, _ golden: ValidationGolden.Regression) throws {
        let model = try LogisticRegression(data)
        for (found, expected) in zip(try model.weight.doubles() + model.bias.doubles(), golden.weights + golden.biases)
        {
            #expect(abs(found - expected) < Self.bound, "\(found) instead of \(expected)")
        }
        let tenth = data.selecting(stride(from: 0, to: Int32(data.count), by: 10).map { $0 })
        let probabilities = try model.predictProbability(tenth.features).doubles()
        #expect(probabilities.count == golden.probabilities.count)
        for (found, expected) in zip(probabilities, golden.probabilities) {
            #expect(abs(found - expected) < Self.bound)
        }
        #expect(try model.accuracy(data) == golden.accuracy)
        #expect(model.iterations < 15)
        let folds = try StratifiedKFold(5, labels: data.labels.integers())
        let scores = try crossValidate(data, folds, progress: .silent) { try LogisticRegression($0).accuracy($1) }
        #expect(scores.scores == golden.scores)
    }

    @Test func weightsAreThoseOfScikitLearn() throws {
        let golden = try ValidationGolden.values.get()
        try check(BreastCancer.load(on: .cpu), golden.breastCancer)
        try check(Iris.load(on: .cpu), golden.iris)
    }

    @Test func breastCancerInFiveFolds() throws {
        let results = try DeviceTests.devices().map { device in
            let data = try BreastCancer.load(on: device)
            let folds = try StratifiedKFold(5, labels: data.labels.integers(), shuffling: 1)
            return try crossValidate(data, folds, progress: .silent) { try LogisticRegression($0).accuracy($1) }
        }
        #expect(results[0].mean >= 0.97, "\(results[0])")
        #expect(results[1] == results[0] && results[2] == results[0])
    }

    @Test func everyDeviceGivesTheSameWeights() throws {
        let hashes = try DeviceTests.devices().map { device in
            let iris = try LogisticRegression(Iris.load(on: device), l2: 0.1, standardizing: false)
            let cancer = try LogisticRegression(BreastCancer.load(on: device), l2: 10)
            return try [iris.weight, iris.bias, cancer.weight, cancer.bias].map { try $0.sha256() }
        }
        #expect(hashes[1] == hashes[0] && hashes[2] == hashes[0])
    }

    @Test func labelsMayBeAnyNumbers() throws {
        let data = Dataset(
            features: Tensor([-3, -2, 1, 2, 2.5, -2.5, 0, 0.5], shape: [8, 1], on: .cpu),
            labels: Tensor(int32: [40, 40, -7, -7, -7, 40, 40, 40], on: .cpu))
        let model = try LogisticRegression(data)
        #expect(model.classes == [-7, 40])
        #expect(try model.predict(Tensor([[-4], [4]], on: .cpu)).integers() == [40, -7])
        let probabilities = model.predictProbability(data.features)
        #expect(try probabilities.sum(1).scalars().allSatisfy { abs($0 - 1) < 1e-6 })
        #expect(model.weight.shape == [1, 1] && probabilities.shape == [8, 2])
    }

    @Test func featuresNeedNoScaling() throws {
        let data = try BreastCancer.load(on: .cpu)
        let model = try LogisticRegression(data, standardizing: false)
        #expect(model.scaling == nil)
        #expect(try model.accuracy(data) > 0.95)
        let doubles = Dataset(features: data.features.to(.loop).to(.float64), labels: data.labels.to(.loop))
        #expect(try LogisticRegression(doubles, standardizing: false).weight.isBitEqual(to: model.weight))
    }

    /// Squares of these features overflow or vanish in float32.
    @Test(arguments: [0x1p100, 0x1p-100]) func featuresMayBeOfAnySize(_ size: Double) throws {
        let labels = Tensor(int32: [0, 1, 0, 1, 1, 0], on: .cpu)
        let x = Tensor([[1, 2], [2, 5], [3, 1], [5, 4], [2, 3], [4, 4]], on: .cpu)
        let expected = try LogisticRegression(Dataset(features: x, labels: labels))
        let found = try LogisticRegression(Dataset(features: x * size, labels: labels))
        #expect(try found.weight.isBitEqual(to: expected.weight))
    }

    @Test func separableClassesNeedRegularization() throws {
        let data = Dataset(
            features: Tensor([-2, -1, 1, 2], shape: [4, 1], on: .cpu), labels: Tensor(int32: [0, 0, 1, 1], on: .cpu))
        #expect(throws: LogisticRegressionError.separable) { try LogisticRegression(data, l2: 0) }
        let model = try LogisticRegression(data, l2: 1e-3)
        #expect(try model.accuracy(data) == 1)
        // Iris setosa can be separated, the other two can not.
        #expect(throws: (any Error).self) { try LogisticRegression(Iris.load(on: .cpu), l2: 0) }
    }

    /// Without regularization, overlapping classes have a maximum of the likelihood: there the mean of the predicted probabilities is the
    /// share of the class, in total and weighted with the feature (the derivatives by bias and weight are 0).
    @Test func overlappingClassesNeedNoRegularization() throws {
        let x: [Float] = [-2, -1, 0, 1, 2, -1.5, 0.5, 1.5]
        let y: [Int32] = [0, 1, 0, 0, 1, 0, 1, 1]
        let data = Dataset(features: Tensor(x, shape: [8, 1], on: .cpu), labels: Tensor(int32: y, on: .cpu))
        let model = try LogisticRegression(data, l2: 0, standardizing: false)
        let p = try model.predictProbability(data.features)[.all, 1].doubles()
        let errors = zip(p, y).map { (p: Double, y: Int32) in p - Double(y) }
        let moments = zip(errors, x).map { (error: Double, x: Float) in error * Double(x) }
        #expect(abs(errors.reduce(0, +)) < 1e-5 && abs(moments.reduce(0, +)) < 1e-5)
    }

    @Test func badInput() throws {
        let labels = Tensor(int32: [0, 1, 0, 1], on: .cpu)
        func data(_ x: [Float], _ y: Tensor) -> Dataset {
            Dataset(features: Tensor(x, shape: [4, x.count / 4], on: .cpu), labels: y)
        }
        #expect(throws: LogisticRegressionError.oneClass(label: 3)) {
            try LogisticRegression(data([1, 2, 3, 4], Tensor(int32: [3, 3, 3, 3], on: .cpu)))
        }
        #expect(throws: LogisticRegressionError.notFinite(indices: [2, 1])) {
            try LogisticRegression(data([1, 2, 3, 4, 5, .nan, 7, 8], labels))
        }
        #expect(throws: LogisticRegressionError.notFinite(indices: [0, 0])) {
            try LogisticRegression(data([.infinity, 2, 3, 4], labels))
        }
        #expect(throws: LogisticRegressionError.noExamples) {
            try LogisticRegression(
                Dataset(features: Tensor.zeros([0, 2], on: .cpu), labels: Tensor.zeros([0], .int32, on: .cpu)))
        }
        // The second feature repeats the first.
        #expect(throws: LogisticRegressionError.singular) {
            try LogisticRegression(data([1, 1, 2, 2, 1.5, 1.5, 0, 0], labels), l2: 0, standardizing: false)
        }
        for error in [
            LogisticRegressionError.noExamples, .oneClass(label: 3), .notFinite(indices: [0]), .separable, .singular,
            .notConverged(iterations: 3),
        ] {
            #expect(error.description.count > 15)
        }
    }

    @Test("labels may be a column, and NaN is never right") func accuracyOfColumns() async throws {
        for device in try DeviceTests.devices() {
            let x = Tensor([[-2], [-1], [1], [2]], on: device)
            let labels = Tensor(int32: [0, 0, 1, 1], on: device)
            let model = try LogisticRegression(Dataset(features: x, labels: labels))
            for labels in [
                labels, labels.reshaped([4, 1]), labels.to(.float32), labels.to(.float32).reshaped([4, 1]),
            ] {
                #expect(try model.accuracy(Dataset(features: x, labels: labels)) == 1)
            }
            let damaged = Tensor([[-2], [.nan], [1], [.nan]], on: device)
            #expect(try model.accuracy(Dataset(features: damaged, labels: labels)) == 0.5)
        }
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let x = Tensor([[-2], [-1], [1], [2]], on: .loop)
            let labels = Tensor(int32: [0, 0, 1, 1], on: .loop)
            let model = try LogisticRegression(Dataset(features: x, labels: labels))
            _ = try model.accuracy(Dataset(features: x, labels: labels.oneHot(2)))
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("labels [4, 2] are not a class number for each of [4, 1]"), "\(message)")
    }
}
