import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Averages of weights over the steps of a training.
@Suite struct WeightAverageTests {
    static let data = Dataset(features: samples([20, 4]), labels: samples([20, 2], seed: 2))

    static func network() -> Model<Sequential> {
        Model {
            Dense(5, activation: .tanh)
            BatchNorm()
            Dense(2)
        }
    }

    /// Of few steps the average forgets more than its decay says: t steps before, it keeps (1 + t) / (10 + t).
    @Test(arguments: [0, 0.25, 0.5, 0.999]) func averagesAreTheirRecurrence(decay: Double) throws {
        var model = LooseParameters.model([Tensor(float64: [1, -2], on: .loop), Tensor(float64: [3], on: .loop)])
        var average = WeightAverage(.exponential(decay: decay), of: model.values)
        var expected: [Double] = [1, -2, 3]
        for step in 0..<12 {
            let time = Double(step)
            let new: [Double] = [2 * time, 1 - time, 0.1 * time * time]
            model[model.root.parameters[0]] = Tensor(float64: Array(new[0..<2]), on: .loop)
            model[model.root.parameters[1]] = Tensor(float64: [new[2]], on: .loop)
            try average.update(with: model.values)
            let kept = min(decay, (1 + time) / (10 + time))
            for number in 0..<3 { expected[number] = kept * expected[number] + (1 - kept) * new[number] }
            let found = try average.values.flatMap { try $0.value.doubles() }
            #expect(relativeDifference(found, expected) < 1e-14, "step \(step)")
            #expect(average.steps == step + 1)
        }
    }

    @Test func anAverageIsAValue() throws {
        var model = LooseParameters.model([Tensor([1], on: .loop)])
        var average = WeightAverage(.exponential(decay: 0.5), of: model.values)
        let copy = average
        model[model.root.parameters[0]] = Tensor([11], on: .loop)
        try average.update(with: model.values)
        #expect(copy.steps == 0)
        #expect(try copy.values[0].value.scalars() == [1])
        // A tenth of the start.
        #expect(try relativeDifference(average.values[0].value.doubles(), [0.1 * 1 + 0.9 * 11]) < 1e-6)
        #expect(try model.values[0].value.scalars() == [11])
    }

    /// What is not learned is not averaged.
    @Test func statisticsAndFrozenParametersAreTakenAsTheyAre() throws {
        var model = Self.network().built([4])
        model.freeze("0.weight")
        let start = model.values
        var average = WeightAverage(.exponential(decay: 0.9), of: start)
        var state = OptimizerState(.sgd(0.01))
        for step in 0..<3 {
            let found = valueWithGradient(of: model, step: step) { pass in
                model(Self.data.features, pass).squared().sum()
            }
            try state.update(&model, found)
            try average.update(with: model.values)
        }
        for (name, value) in model.values {
            let averaged = try #require(average.values[name])
            let isTaken = name.contains("running") || name == "0.weight"
            #expect(try averaged.isBitEqual(to: value) == isTaken, "\(name)")
        }
        #expect(try !#require(average.values["1.runningMean"]).isBitEqual(to: #require(start["1.runningMean"])))
    }

    @Test func aDeviceThatFailsLeavesTheAverageAsItWas() throws {
        let backend = FailingBackend()
        let device = Device(backend, label: "failing")
        let model = LooseParameters.model([Tensor([1, 2], on: device), Tensor([3], on: device)])
        var average = WeightAverage(.exponential(decay: 0.5), of: model.values)
        try average.update(with: model.values)
        let before = try average.values.sha256()
        backend.fail(nil)
        var other = average
        try other.update(with: model.values)
        let operations = backend.operations
        #expect(operations > 1)
        for number in 0..<operations {
            backend.fail(.at(number))
            #expect(throws: TensorError.self) { try average.update(with: model.values) }
            backend.fail(nil)
            #expect(average.steps == 1)
            #expect(try average.values.sha256() == before)
        }
    }

    /// The training itself is that without an average; what is validated, and what the network has in the end, are the averages.
    @Test func fitValidatesAndEndsWithTheAverages() throws {
        let rule = WeightAverage.Rule.exponential(decay: 0.9)
        let built = Self.network().built([4], seed: 3)
        func trained(
            _ averaging: WeightAverage.Rule?, on device: Device, _ callbacks: [Callback] = []
        ) throws -> (model: Model<Sequential>, history: History) {
            var model = built
            let history = try model.fit(
                Self.data, validating: Self.data, loss: .meanSquaredError, optimizer: .adam(0.05),
                metrics: [.meanAbsoluteError], epochs: 3, batchSize: 8, seed: 1, on: device, averaging: averaging,
                callbacks: callbacks, progress: .silent)
            return (model, history)
        }
        for device in try DeviceTests.devices() {
            var start = built
            try start.move(to: device)
            var average = WeightAverage(rule, of: start.values)
            var (last, validations) = ("", [Double]())
            let callback = Callback(
                afterStep: { step in
                    try average.update(with: step.values)
                    last = try step.values.sha256()
                    return .proceed
                },
                afterEpoch: { epoch in
                    let model = Model(start.root, average.values)
                    validations.append(try model.evaluate(Self.data, loss: .meanSquaredError, batchSize: 8))
                    #expect(
                        try epoch.metrics["meanAbsoluteError"]
                            == model.evaluate(Self.data, metric: .meanAbsoluteError, batchSize: 8))
                    return .proceed
                })
            let (model, history) = try trained(rule, on: device, [callback])
            #expect(average.steps == 9)
            #expect(try model.weightsSHA256() == average.values.sha256(), "\(device)")
            #expect(history.epochs.map(\.validationLoss) == validations)
            let plain = try trained(nil, on: device)
            #expect(try plain.model.weightsSHA256() == last)
            #expect(plain.history.epochs.map(\.trainingLoss) == history.epochs.map(\.trainingLoss))
            #expect(try plain.model.weightsSHA256() != model.weightsSHA256())
        }
        let hashes = try DeviceTests.devices().map { try trained(rule, on: $0).model.weightsSHA256() }
        #expect(Set(hashes).count == 1)
    }

    /// The best epoch is that of the averages, and its averages come back.
    @Test func earlyStoppingRestoresTheAverages() throws {
        var model = Model {
            Dense(5, activation: .tanh)
            Dense(2)
        }.built([4], seed: 3)
        // After the second epoch steps go uphill.
        let history = try model.fit(
            Self.data, validating: Self.data, loss: .meanSquaredError,
            optimizer: .sgd(LearningRate { $0 < 6 ? 0.05 : -0.2 }), epochs: 20, batchSize: 8, seed: 1, on: .loop,
            averaging: .exponential(decay: 0.1), earlyStopping: EarlyStopping(patience: 1), progress: .silent)
        let best = try #require(history.epochs.min { ($0.validationLoss ?? .nan) < ($1.validationLoss ?? .nan) })
        #expect(history.weightsFromEpoch == best.number && best.number < history.epochs.count)
        #expect(try model.evaluate(Self.data, loss: .meanSquaredError, batchSize: 8) == best.validationLoss)
    }

    @Test func misuseTraps() async {
        expectTrap(
            "WeightAverage.exponential: a decay of 1.0; it must be from 0 to below 1",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = WeightAverage.Rule.exponential(decay: 1)
            })
        expectTrap(
            "WeightAverage.update: the values are of another network",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var average = WeightAverage(.exponential(decay: 0.5), of: Dense(2).built([3]).values)
                try average.update(with: Dense(2).built([3]).values)
            })
    }
}
