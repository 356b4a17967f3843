import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Weights of examples: weighted means of losses, and their way through data, trainings and evaluations.
@Suite struct SampleWeightTests {
    static let weights: [Float] = [0.5, 2, 0, 1.25, 3]
    static let others: [Loss] = [
        .softmaxCrossEntropy(classWeights: [1, 2, 0.5], smoothing: 0.1), .sigmoidCrossEntropy(positiveWeight: 2),
        Loss("own", ofEachExample: { (($0 - $1) * ($0 - $1) * ($0 - $1)).squared().sum(1) }),
    ]

    func prediction(_ loss: Loss, _ type: ElementType = .float64, on device: Device = .loop) -> Tensor {
        let raw = samples([5, 3], seed: 3, on: device, type)
        return ["binaryCrossEntropy", "categoricalCrossEntropy"].contains(loss.name) ? raw.softmax() : raw
    }

    func targets(_ loss: Loss, _ type: ElementType = .float64, on device: Device = .loop) -> [Tensor] {
        let truth = samples([5, 3], seed: 8, on: device, type).softmax()
        return loss.takesClasses ? [truth, Tensor(int32: [0, 2, 1, 1, 0], on: device)] : [truth]
    }

    @Test("the weighted mean of the examples' own losses", arguments: (Loss.all + others).indices)
    func definition(index: Int) throws {
        let loss = (Loss.all + Self.others)[index]
        let prediction = prediction(loss)
        let weights = Tensor(float64: Self.weights.map(Double.init))
        for target in targets(loss) where index < Loss.all.count || target.elementType != .int32 {
            var (sum, total) = (0.0, 0.0)
            for example in 0..<5 {
                let range = example..<example + 1
                let own: Double = try loss(prediction[range], target[range]).item()
                sum += Double(Self.weights[example]) * own
                total += Double(Self.weights[example])
            }
            let (value, slope) = valueWithGradient(at: prediction) { loss($0, target, weights) }
            #expect(try abs(value.item() - sum / total) < 1e-12, "\(loss.name)")
            let exact = try slope.doubles()
            let found = try LossOptionTests().estimate(at: prediction) { loss($0, target, weights) }
            #expect(relativeDifference(exact, found) < 1e-7, "\(loss.name)")
            // The third example has the weight 0.
            #expect(exact[6..<9].allSatisfy { $0 == 0 }, "\(loss.name)")
            // Only their ratios count.
            #expect(try abs(loss(prediction, target, weights * 8).item() - value.item() as Double) < 1e-12)
            let ones: Double = try loss(prediction, target, Tensor.ones(like: weights)).item()
            #expect(try abs(ones - loss(prediction, target).item()) < 1e-12, "\(loss.name)")
            #expect(try loss(prediction, target, nil).isBitEqual(to: loss(prediction, target)), "\(loss.name)")
            let zeros = Tensor.zeros(like: weights)
            let (nothing, nowhere) = valueWithGradient(at: prediction) { loss($0, target, zeros) }
            #expect(try nothing.item() == 0 && nowhere.doubles().allSatisfy { $0 == 0 }, "\(loss.name)")
        }
    }

    @Test("vectors and columns") func vectors() throws {
        for device in try DeviceTests.devices() {
            let (vector, target) = (Tensor([1, 2, 3], on: device), Tensor([0, 4, 3.5], on: device))
            let weights = Tensor([2, 1, 4], on: device)
            for prediction in [vector, vector.reshaped([3, 1])] {
                #expect(try Loss.squaredError(prediction, target, weights).item() == 1)
                #expect(try Loss.meanAbsoluteError(prediction, target, weights).item() == Double(Float(6) / 7))
                let slope = gradient(at: prediction) { Loss.halfSquaredError($0, target, weights) * 7 }
                #expect(try relativeDifference(slope.doubles(), [2, -2, -2]) < 1e-6)
            }
        }
    }

    /// PyTorch's mean divides by the sum of the weights of the classes, here times those of the examples.
    @Test("with classes that count differently") func classWeights() throws {
        let loss = Loss.softmaxCrossEntropy(classWeights: [1, 2, 0.5], ignoring: -1)
        let prediction = prediction(loss)
        let classes: [Int32] = [0, 2, 1, -1, 1]
        let logarithms = try prediction.logSoftmax().doubles()
        var (sum, total) = (0.0, 0.0)
        for (example, label) in classes.enumerated() where label >= 0 {
            let weight = Double(Self.weights[example]) * [1, 2, 0.5][Int(label)]
            sum -= weight * logarithms[3 * example + Int(label)]
            total += weight
        }
        let found: Double = try loss(
            prediction, Tensor(int32: classes, on: .loop), Tensor(float64: Self.weights.map(Double.init))
        ).item()
        #expect(abs(found - sum / total) < 1e-12)
    }

    @Test("the same bits on every device", arguments: (Loss.all + others).indices) func devices(index: Int) throws {
        let loss = (Loss.all + Self.others)[index]
        var known: [Tensor]?
        for device in try DeviceTests.devices() {
            let weights = Tensor(Self.weights, on: device)
            let found = targets(loss, .float32, on: device).flatMap { target in
                let (value, slope) = valueWithGradient(at: prediction(loss, .float32, on: device)) {
                    loss($0, target, weights)
                }
                return [value, slope]
            }
            for (one, other) in zip(known ?? found, found) { #expect(try one.isBitEqual(to: other), "\(loss.name)") }
            known = known ?? found
        }
    }

    @Test("an example with the weight 2 is two examples") func repetition() throws {
        for device in try DeviceTests.devices() {
            let features = samples([4, 3], seed: 2, on: device)
            let labels = Tensor(int32: [0, 1, 1, 0], on: device)
            let weighted = Dataset(features: features, labels: labels, weights: Tensor([2, 1, 0, 1], on: device))
            let repeated = Dataset(features: features, labels: labels).selecting([0, 0, 1, 3])
            var (first, second) = (Model { Dense(2) }, Model { Dense(2) })
            try first.fit(
                weighted, loss: .softmaxCrossEntropy, epochs: 8, batchSize: 4, seed: 3, on: device, progress: .silent)
            try second.fit(
                repeated, loss: .softmaxCrossEntropy, epochs: 8, batchSize: 4, seed: 3, on: device, progress: .silent)
            for (a, b) in zip(first.values, second.values) {
                #expect(try relativeDifference(a.value.doubles(), b.value.doubles()) < 1e-5)
            }
            let expected = try first.evaluate(repeated, loss: .softmaxCrossEntropy)
            for size in [1, 3, 4] {
                let found = try first.evaluate(weighted, loss: .softmaxCrossEntropy, batchSize: size)
                #expect(abs(found - expected) < 1e-6, "\(size)")
            }
            // Metrics count every example once.
            let plain = Dataset(features: features, labels: labels)
            #expect(try first.evaluate(weighted) == first.evaluate(plain))
        }
    }

    @Test("second-order trainings take them, in chunks of every size") func secondOrder() throws {
        let features = samples([6, 3], seed: 4)
        let labels = samples([6, 2], seed: 5)
        let weighted = Dataset(features: features, labels: labels, weights: Tensor([2, 1, 0, 1, 3, 1], on: .loop))
        let repeated = Dataset(features: features, labels: labels).selecting([0, 0, 1, 3, 4, 4, 4, 5])
        func trained(_ data: Dataset, _ optimizer: LBFGS) throws -> [Double] {
            var model = Model { Dense(2) }
            try model.fit(data, loss: .squaredError, optimizer: optimizer, epochs: 40, on: .loop, progress: .silent)
            return try model.values.flatMap { try $0.value.doubles() }
        }
        let expected = try trained(repeated, LBFGS())
        for size in [2, 6] {
            #expect(try relativeDifference(trained(weighted, LBFGS(chunkSize: size)), expected) < 1e-2, "\(size)")
        }
        let network = Model { Dense(2) }.built([3])
        let matrices = [weighted, repeated].map { GaussNewtonMatrix(network, loss: .squaredError, on: $0) }
        let direction = network.trainableParameters.map { samples(network[$0].shape, seed: 6) }
        for (a, b) in zip(matrices[0].product(direction), matrices[1].product(direction)) {
            #expect(try relativeDifference(a.doubles(), b.doubles()) < 1e-5)
        }
        // Each example's own gradient is wᵢ / w̄ times that without weights.
        let counts: [Double] = [2, 1, 0, 1, 3, 1]
        let squares = try network.empiricalFisherDiagonal(.squaredError, on: weighted).flatMap { try $0.doubles() }
        var sums = squares.map { _ in 0.0 }
        for (example, count) in counts.enumerated() {
            let own = weighted.sliced(example..<example + 1)
            let alone = Dataset(features: own.features, labels: own.labels)
            let part = try network.empiricalFisherDiagonal(.squaredError, on: alone).flatMap { try $0.doubles() }
            let factor = count / (8.0 / 6)
            for position in sums.indices { sums[position] += part[position] * factor * factor / 6 }
        }
        #expect(relativeDifference(squares, sums) < 1e-5)
    }

    @Test("sequences cut in pieces keep them") func windows() throws {
        let features = samples([3, 4, 2], seed: 1)
        let labels = samples([3, 4, 1], seed: 2)
        let weights = Tensor([1, 0, 3], on: .loop)
        let model = Model { RNN(1, returnsSequences: true) }.built([4, 2])
        let whole = Dataset(features: features, labels: labels, weights: weights)
        let found = model.truncatedBackpropagation(whole, loss: .meanSquaredError, steps: 4)
        let expected = valueWithGradient(of: model) { pass in
            Loss.meanSquaredError(model(features, pass), labels, weights)
        }
        #expect(try abs(found.value.item() - expected.value.item() as Double) < 1e-6)
        for (a, b) in zip(found.gradients, expected.gradients) {
            #expect(try relativeDifference(a.doubles(), b.doubles()) < 1e-5)
        }
        // The second sequence counts nothing.
        let others = Dataset(features: features, labels: labels, weights: weights).selecting([0, 2])
        let pieces = model.truncatedBackpropagation(whole, loss: .meanSquaredError, steps: 3)
        let piecesOfOthers = model.truncatedBackpropagation(others, loss: .meanSquaredError, steps: 3)
        for (a, b) in zip(pieces.gradients, piecesOfOthers.gradients) {
            #expect(try relativeDifference(a.doubles(), b.doubles()) < 1e-5)
        }
    }

    @Test("weights that are none are an error before anything is trained") func invalidWeights() throws {
        for wrong in [-1, Float.nan, .infinity] {
            let data = Dataset(
                features: samples([3, 2]), labels: samples([3, 1], seed: 2), weights: Tensor([1, wrong, 1], on: .loop))
            var model = Model { Dense(1) }
            #expect(throws: TrainingError.self) {
                try model.fit(data, loss: .meanSquaredError, on: .loop, progress: .silent)
            }
            #expect(!model.isBuilt)
            if !wrong.isNaN {
                #expect(throws: TrainingError.invalidWeight(example: 1, weight: Double(wrong))) {
                    try Model { Dense(1) }.built([2]).evaluate(data, loss: .meanSquaredError)
                }
            }
        }
    }

    @Test("what takes no weights says so") func misuse() async {
        func expectTrap(_ text: String, _ result: ExitTest.Result?) { MetricTests().expectTrap([text], result) }
        expectTrap(
            "own: a loss made of a whole batch takes no weights of examples; make it with Loss(_:ofEachExample:)",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let own = Loss("own") { ($0 - $1).squared().mean() }
                _ = own(Tensor.zeros([2, 1], on: .loop), Tensor.zeros([2, 1], on: .loop), Tensor.ones([2], on: .loop))
            })
        expectTrap(
            "own: gives [2, 1] for predictions [2, 1]; there must be one loss for each example",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let own = Loss("own", ofEachExample: { ($0 - $1).squared() })
                _ = own(Tensor.zeros([2, 1], on: .loop), Tensor.zeros([2, 1], on: .loop))
            })
        expectTrap(
            "squaredError: weights [3] for predictions [2, 1]; there must be one for each example",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let zeros = Tensor.zeros([2, 1], on: .loop)
                _ = Loss.squaredError(zeros, zeros, Tensor.ones([3], on: .loop))
            })
        expectTrap(
            "LogisticRegression: counts all examples alike, but the data have weights",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = try LogisticRegression(
                    Dataset(
                        features: Tensor.zeros([2, 1], on: .loop), labels: Tensor(int32: [0, 1], on: .loop),
                        weights: Tensor.ones([2], on: .loop)))
            })
    }
}
