import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Class weights, smoothing, ignored classes and positive weights: against PyTorch, by finite differences and across devices.
@Suite struct LossOptionTests {
    static let weights = [0.5, 2, 0, 1.25]

    static func loss(_ golden: MetricGolden.CrossEntropy) -> Loss {
        .softmaxCrossEntropy(
            classWeights: golden.weights, smoothing: golden.smoothing, ignoring: golden.ignored)
    }

    static func target(_ golden: MetricGolden.CrossEntropy, on device: Device = .loop) -> Tensor {
        golden.isProbability
            ? device == .loop
                ? Tensor(float64: golden.target, shape: golden.shape)
                : Tensor(golden.target.map { Float($0) }, shape: golden.shape, on: device)
            : Tensor(int32: golden.target.map { Int32($0) }, shape: Array(golden.shape.dropLast()), on: device)
    }

    /// Of the gradient, by central differences.
    func estimate(at x: Tensor, _ function: (Tensor) -> Tensor) throws -> [Double] {
        let base = try x.doubles()
        return try base.indices.map { position in
            func shifted(_ change: Double) throws -> Double {
                var moved = base
                moved[position] += change
                return try function(Tensor(float64: moved, shape: x.shape)).item()
            }
            return (try shifted(1e-6) - shifted(-1e-6)) / 2e-6
        }
    }

    @Test("cross-entropies are PyTorch's, and so are their gradients") func crossEntropy() throws {
        for golden in try MetricGolden.values.get().crossEntropy {
            let (loss, target) = (Self.loss(golden), Self.target(golden))
            let logits = Tensor(float64: golden.logits, shape: golden.shape)
            let (value, slope) = valueWithGradient(at: logits) { loss($0, target) }
            #expect(try abs(value.item() - golden.loss) < 1e-12, "\(golden.name)")
            #expect(try relativeDifference(slope.doubles(), golden.gradient) < 1e-12, "\(golden.name)")
            #expect(loss.takesClasses && loss.ignoredClass == golden.ignored && loss.name == "softmaxCrossEntropy")

            let ofProbabilities = Loss.categoricalCrossEntropy(
                classWeights: golden.weights, smoothing: golden.smoothing, ignoring: golden.ignored)
            let probabilities = logits.softmax()
            #expect(try abs(ofProbabilities(probabilities, target).item() - golden.loss) < 1e-12, "\(golden.name)")
            let exact = try gradient(at: probabilities) { ofProbabilities($0, target) }.doubles()
            let found = try estimate(at: probabilities) { ofProbabilities($0, target) }
            #expect(relativeDifference(exact, found) < 1e-5, "\(golden.name)")
        }
    }

    @Test("sigmoid cross-entropy is PyTorch's, and so is its gradient") func sigmoidCrossEntropy() throws {
        for golden in try MetricGolden.values.get().sigmoidCrossEntropy {
            var losses = [Loss.sigmoidCrossEntropy(positiveWeights: golden.weights)]
            if golden.weights.count == 1 { losses.append(.sigmoidCrossEntropy(positiveWeight: golden.weights[0])) }
            let logits = Tensor(float64: golden.logits, shape: golden.shape)
            let target = Tensor(float64: golden.target, shape: golden.shape)
            for loss in losses {
                let (value, slope) = valueWithGradient(at: logits) { loss($0, target) }
                #expect(try abs(value.item() - golden.loss) < 1e-12)
                #expect(try relativeDifference(slope.doubles(), golden.gradient) < 1e-12)
                let ofTarget = try gradient(at: target) { loss(logits, $0) }.doubles()
                #expect(try relativeDifference(ofTarget, estimate(at: target) { loss(logits, $0) }) < 1e-7)
            }
        }
    }

    @Test("second derivatives") func secondDerivatives() throws {
        let logits = samples([3, 4], seed: 2, .float64)
        let direction = samples([3, 4], seed: 3, .float64)
        let classes = Tensor(int32: [3, -1, 1], on: .loop)
        let truths = samples([3, 4], seed: 4, .float64).softmax()
        let cases: [(Loss, Tensor)] = [
            (.softmaxCrossEntropy(classWeights: Self.weights, smoothing: 0.1, ignoring: -1), classes),
            (.softmaxCrossEntropy(classWeights: Self.weights, smoothing: 0.1), truths),
            (.sigmoidCrossEntropy(positiveWeights: [1, 0, 3, 0.5]), truths),
        ]
        for (loss, target) in cases {
            func slope(_ x: Tensor) -> Tensor { (gradient(at: x) { loss($0, target) } * direction).sum() }
            let exact = try gradient(at: logits) { slope($0) }.doubles()
            #expect(try relativeDifference(exact, estimate(at: logits) { slope($0) }) < 1e-7, "\(loss.name)")
        }
    }

    @Test("the same bits on every device") func devices() throws {
        let golden = try MetricGolden.values.get()
        var found: [[Tensor]] = []
        for device in try DeviceTests.devices() {
            var results: [Tensor] = []
            func note(_ loss: Loss, _ prediction: Tensor, _ target: Tensor) {
                let (value, slope) = valueWithGradient(at: prediction) { loss($0, target) }
                results += [value, slope]
            }
            for golden in golden.crossEntropy {
                let logits = Tensor(golden.logits.map { Float($0) }, shape: golden.shape, on: device)
                let target = Self.target(golden, on: device)
                note(Self.loss(golden), logits, golden.isProbability ? target.to(.float32) : target)
            }
            for golden in golden.sigmoidCrossEntropy {
                let logits = Tensor(golden.logits.map { Float($0) }, shape: golden.shape, on: device)
                let target = Tensor(golden.target.map { Float($0) }, shape: golden.shape, on: device)
                note(.sigmoidCrossEntropy(positiveWeights: golden.weights), logits, target)
            }
            found.append(results)
        }
        for others in found.dropFirst() {
            for (other, first) in zip(others, found[0]) { #expect(try other.isBitEqual(to: first)) }
        }
        for value in found[0] { #expect(try value.doubles().allSatisfy { $0.isFinite }) }
    }

    @Test("options at their defaults are the losses without options") func defaults() throws {
        for device in try DeviceTests.devices() {
            let logits = samples([6, 4], seed: 7, on: device)
            let target = Tensor(int32: [0, 3, 2, 1, 1, 0], on: device)
            #expect(
                try Loss.softmaxCrossEntropy()(logits, target).isBitEqual(to: Loss.softmaxCrossEntropy(logits, target)))
            let ones = Loss.softmaxCrossEntropy(classWeights: [1, 1, 1, 1])(logits, target)
            #expect(try abs(ones.item() - Loss.softmaxCrossEntropy(logits, target).item() as Double) < 1e-6)
            let truth = target.oneHot(4)
            let weighted = Loss.sigmoidCrossEntropy(positiveWeight: 1)(logits, truth)
            #expect(try abs(weighted.item() - Loss.sigmoidCrossEntropy(logits, truth).item() as Double) < 1e-6)
        }
    }

    @Test("where nothing counts, the loss and its gradient are 0", arguments: try DeviceTests.devices())
    func nothingCounts(_ device: Device) throws {
        let inf = Float.infinity
        let logits = Tensor([[1, 2, 3], [-inf, 0, .nan]], on: device)
        let ignored = Tensor(int32: [-100, -100], on: device)
        for smoothing in [0, 0.2] {
            let loss = Loss.softmaxCrossEntropy(smoothing: smoothing, ignoring: -100)
            let (value, slope) = valueWithGradient(at: logits) { loss($0, ignored) }
            #expect(try value.item() == 0)
            #expect(try slope.scalars() == [0, 0, 0, 0, 0, 0])
            // An ignored row of NaN leaves the others as they are.
            let half = Tensor(int32: [2, -100], on: device)
            let (partial, partialSlope) = valueWithGradient(at: logits) { loss($0, half) }
            let (alone, aloneSlope) = valueWithGradient(at: logits[0..<1]) { loss($0, half[0..<1]) }
            #expect(try partial.isBitEqual(to: alone))
            #expect(try partialSlope[0..<1].isBitEqual(to: aloneSlope))
            #expect(try partialSlope[1].scalars() == [0, 0, 0])
        }
        let unweighted = Loss.softmaxCrossEntropy(classWeights: [1, 0, 1])
        let (value, slope) = valueWithGradient(at: logits[0..<1]) { unweighted($0, Tensor(int32: [1], on: device)) }
        #expect(try value.item() == 0)
        #expect(try slope.scalars() == [0, 0, 0])
    }

    @Test("infinite logits", arguments: try DeviceTests.devices()) func infiniteLogits(_ device: Device) throws {
        let inf = Float.infinity
        let loss = Loss.sigmoidCrossEntropy(positiveWeight: 3)
        let signs = Tensor([[inf, -inf, inf, -inf]], on: device)
        let (right, wrong) = (Tensor([[1, 0, 1, 0]], on: device), Tensor([[0, 1, 0, 1]], on: device))
        #expect(try loss(signs, right).item() == 0)
        #expect(try loss(signs, wrong).item() == .infinity)
        #expect(try gradient(at: signs) { loss($0, right) }.scalars() == [0, 0, 0, 0])
        #expect(try gradient(at: signs) { loss($0, wrong) }.scalars() == [1, -3, 1, -3])
    }

    @Test("fit and evaluate let an ignored class pass, and no other") func fitting() throws {
        let loss = Loss.softmaxCrossEntropy(ignoring: -100)
        let features = samples([6, 3])
        let labels = Dataset(features: features, labels: Tensor(int32: [0, 1, -100, 1, -100, 0], on: .loop))
        let counting = labels.selecting([0, 1, 3, 5])
        var (all, some) = (Model { Dense(2) }, Model { Dense(2) })
        try all.fit(labels, loss: loss, epochs: 5, batchSize: 6, on: .loop, progress: .silent)
        try some.fit(counting, loss: loss, epochs: 5, batchSize: 6, on: .loop, progress: .silent)
        for (a, b) in zip(all.values, some.values) {
            #expect(try relativeDifference(a.value.doubles(), b.value.doubles()) < 1e-5)
        }
        let expected = try some.evaluate(counting, loss: .softmaxCrossEntropy)
        for size in [1, 2, 4, 6] {
            #expect(try abs(some.evaluate(labels, loss: loss, batchSize: size) - expected) < 1e-6, "\(size)")
            #expect(try abs(some.evaluate(labels, metric: .loss(loss), batchSize: size) - expected) < 1e-6, "\(size)")
        }
        #expect(throws: TrainingError.labelOutOfRange(label: -100, classes: 2)) {
            try some.evaluate(labels, loss: .softmaxCrossEntropy(ignoring: -1))
        }
        let wrong = Dataset(features: features, labels: Tensor(int32: [0, 1, -100, 7, -100, 0], on: .loop))
        #expect(throws: TrainingError.labelOutOfRange(label: 7, classes: 2)) { try some.evaluate(wrong, loss: loss) }
    }

    @Test("the loss of all examples is the same for batches of every size") func batches() throws {
        let loss = Loss.softmaxCrossEntropy(classWeights: Self.weights, smoothing: 0.1, ignoring: 9)
        let classes = (0..<23).map { Int32([0, 1, 2, 3, 9][$0 * 7 % 5]) }
        let data = Dataset(features: samples([23, 4], seed: 5, .float64), labels: Tensor(int32: classes, on: .loop))
        let model = SummaryMetricTests.passing([4], on: .loop)
        let whole: Double = try loss(data.features, data.labels).item()
        for size in [1, 4, 22, 23, 64] {
            #expect(try abs(model.evaluate(data, loss: loss, batchSize: size) - whole) < 1e-12, "\(size)")
        }
    }

    @Test("options that cannot work are named") func misuse() async {
        func expectTrap(_ text: String, _ result: ExitTest.Result?) { MetricTests().expectTrap([text], result) }
        expectTrap(
            "softmaxCrossEntropy: 2 class weights for predictions [1, 3]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Loss.softmaxCrossEntropy(classWeights: [1, 2])(
                    Tensor.zeros([1, 3], on: .loop), Tensor(int32: [0], on: .loop))
            })
        expectTrap(
            "weights [1.0, -2.0]; they must be finite and not negative",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Loss.softmaxCrossEntropy(classWeights: [1, -2])
            })
        expectTrap(
            "smoothing 1.5; it must lie in 0 … 1",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Loss.categoricalCrossEntropy(smoothing: 1.5)
            })
        expectTrap(
            "sigmoidCrossEntropy: 2 positive weights for predictions [1, 3]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Loss.sigmoidCrossEntropy(positiveWeights: [1, 2])(
                    Tensor.zeros([1, 3], on: .loop), Tensor.zeros([1, 3], on: .loop))
            })
    }
}
