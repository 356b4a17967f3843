import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

@Suite struct TrainingTests {
    /// y = 2x - 1 on 64 points.
    let line: Dataset = {
        let x = Tensor((0..<64).map { Float($0) / 32 - 1 }, shape: [64, 1], on: .loop)
        return Dataset(features: x, labels: x * 2 - 1)
    }()

    func model() -> Model<Sequential> { Model { Dense(1) } }

    @Test func aLineIsLearnt() throws {
        var model = model()
        let history = try model.fit(
            line, loss: .meanSquaredError, optimizer: .sgd(0.1), epochs: 60, batchSize: 8, seed: 1, on: .loop,
            progress: .silent)
        #expect(history.epochs.map(\.number) == Array(1...60))
        #expect(!history.stoppedEarly && history.weightsFromEpoch == 60)
        #expect(
            zip(history.epochs, history.epochs.dropFirst().prefix(5)).allSatisfy { $0.trainingLoss > $1.trainingLoss })
        #expect(try abs(model.predict(Tensor([[0.25]], on: .loop)).item() + 0.5) < 1e-3)
        #expect(try model.evaluate(line, loss: .meanSquaredError) < 1e-6)
        #expect(try model.evaluate(line, metric: .meanAbsoluteError) < 1e-3)
        #expect(history.epochs[0].validationLoss == nil && history.epochs[0].metrics.isEmpty)
    }

    @Test func epochLossIsTheMeanOverExamples() throws {
        // A learning rate of 0 leaves the weights alone, so the epoch's loss is that of all examples; 64 = 9·7 + 1.
        var model = model()
        let history = try model.fit(
            line, validating: line.sliced(0..<10), loss: .meanSquaredError, optimizer: .sgd(0),
            metrics: [.meanAbsoluteError],
            batchSize: 7, seed: 3, on: .loop, progress: .silent)
        let epoch = try #require(history.epochs.first)
        #expect(try abs(epoch.trainingLoss - model.evaluate(line, loss: .meanSquaredError)) < 1e-6)
        #expect(
            try abs((epoch.validationLoss ?? 0) - model.evaluate(line.sliced(0..<10), loss: .meanSquaredError)) < 1e-6)
        #expect(
            try abs(
                (epoch.metrics["meanAbsoluteError"] ?? 0)
                    - model.evaluate(line.sliced(0..<10), metric: .meanAbsoluteError))
                < 1e-6)
    }

    @Test func predictionsDoNotDependOnTheBatchSize() throws {
        let model = model().built([1])
        let whole = model.predict(line.features)
        for size in [1, 7, 64, 1000] {
            #expect(try model.predict(line.features, batchSize: size).isBitEqual(to: whole))
            #expect(
                try abs(
                    model.evaluate(line, loss: .meanSquaredError, batchSize: size)
                        - model.evaluate(line, loss: .meanSquaredError)) < 1e-6)
        }
    }

    @Test func seedsRepeatTrainings() throws {
        func hash(_ seed: UInt64) throws -> String {
            var model = Model {
                Dense(8, activation: .relu)
                Dropout(0.3)
                Dense(1)
            }
            try model.fit(
                line, loss: .meanSquaredError, epochs: 2, batchSize: 10, seed: seed, on: .loop, progress: .silent)
            return try model.weightsSHA256()
        }
        #expect(try hash(1) == hash(1))
        #expect(try hash(1) != hash(2))
    }

    @Test func earlyStoppingRestoresTheBestEpoch() throws {
        // The rate makes the loss grow from the third epoch on.
        let optimizer = Optimizer.sgd(LearningRate { $0 < 16 ? 0.05 : 1.2 })
        var model = model()
        let history = try model.fit(
            line, validating: line, loss: .meanSquaredError, optimizer: optimizer, epochs: 50, batchSize: 8, seed: 1,
            on: .loop, earlyStopping: EarlyStopping(patience: 2), progress: .silent)
        #expect(history.stoppedEarly)
        #expect(history.epochs.count == 5)
        #expect(history.weightsFromEpoch == 2)
        let best = history.epochs[1].validationLoss
        #expect(try model.evaluate(line, loss: .meanSquaredError, batchSize: 8) == best)

        var kept = self.model()
        let second = try kept.fit(
            line, validating: line, loss: .meanSquaredError, optimizer: optimizer, epochs: 50, batchSize: 8, seed: 1,
            on: .loop, earlyStopping: EarlyStopping(patience: 2, restoresBest: false), progress: .silent)
        #expect(second.weightsFromEpoch == 5)
        #expect(try kept.evaluate(line, loss: .meanSquaredError, batchSize: 8) == second.epochs[4].validationLoss)
    }

    @Test func earlyStoppingCanFollowAScore() throws {
        var model = model()
        let history = try model.fit(
            line, validating: line, loss: .meanSquaredError, optimizer: .sgd(0),
            metrics: [Metric("constant", isScore: true) { prediction, _ in Tensor.full([], 1, on: prediction.device) }],
            epochs: 9, on: .loop, earlyStopping: EarlyStopping(.metric("constant"), patience: 1), progress: .silent)
        #expect(history.epochs.count == 3)
    }

    @Test func callbacksSeeEverythingAndCanStop() throws {
        var steps: [Int] = []
        var epochs: [Int] = []
        var model = model()
        let history = try model.fit(
            line, loss: .meanSquaredError, epochs: 10, batchSize: 16, on: .loop,
            callbacks: [
                .afterStep { step in
                    let loss = try step.loss.item()
                    #expect(loss.isFinite)
                    steps.append(step.step)
                    return .proceed
                },
                .afterEpoch { epoch in
                    epochs.append(epoch.number)
                    return epoch.number == 3 ? .stop : .proceed
                },
            ], progress: .silent)
        #expect(steps == Array(1...12))
        #expect(epochs == [1, 2, 3])
        #expect(history.stoppedEarly)

        var other = self.model()
        let stopped = try other.fit(
            line, loss: .meanSquaredError, epochs: 10, batchSize: 16, on: .loop,
            callbacks: [.afterStep { $0.step == 6 ? .stop : .proceed }], progress: .silent)
        #expect(stopped.epochs.count == 2 && stopped.stoppedEarly)
    }

    struct Interruption: Error {}

    @Test func errorsOfCallbacksArePassedOn() throws {
        var model = model()
        #expect(throws: Interruption.self) {
            try model.fit(
                line, loss: .meanSquaredError, on: .loop, callbacks: [.afterStep { _ in throw Interruption() }],
                progress: .silent)
        }
    }

    @Test func divergenceNamesTheStepAndKeepsTheLastGoodWeights() throws {
        // The step with number 70, counted from 0, throws the weights to infinity; the loss of the next one shows it.
        var model = model()
        let optimizer = Optimizer.sgd(LearningRate { $0 == 69 ? 1e38 : 0.01 })
        #expect {
            try model.fit(
                line, loss: .meanSquaredError, optimizer: optimizer, epochs: 20, batchSize: 8, seed: 1, on: .loop,
                progress: .silent)
        } throws: { error in
            guard case .diverged(let epoch, let step, let loss)? = error as? TrainingError else { return false }
            return epoch == 9 && step == 71 && !loss.isFinite
        }
        #expect(try model.evaluate(line, loss: .meanSquaredError) < 10)
    }

    @Test func weightsThatDivergeInTheLastStepAreFound() throws {
        var model = model()
        #expect {
            try model.fit(
                line, loss: .squaredError, optimizer: .sgd(.constant(1e39)), epochs: 1, batchSize: 64, on: .loop,
                progress: .silent)
        } throws: { error in
            if case .diverged(1, 1, _)? = error as? TrainingError { true } else { false }
        }
        #expect(try model.evaluate(line, loss: .meanSquaredError).isFinite)
    }

    /// Deep nets whose weights are too large diverge in a step or two, and the report says where.
    @Test func anExplodingNetIsAnErrorAndNamed() throws {
        var model = Model { for _ in 0..<12 { Dense(8, initializer: .gaussian(4)) } }.built([1], seed: 2)
        let before = try model.weightsSHA256()
        let recorder = GradientRecorder()
        let data = Dataset(features: line.features, labels: Tensor.ones([64, 8], on: .loop))
        var divergedAt = 0
        #expect {
            try model.fit(
                data, loss: .meanSquaredError, optimizer: .sgd(0.01), epochs: 9, batchSize: 64, seed: 1, on: .loop,
                callbacks: [recorder.callback], progress: .silent)
        } throws: { error in
            guard case .diverged(_, let step, let loss)? = error as? TrainingError else { return false }
            divergedAt = step
            return !loss.isFinite
        }
        #expect(divergedAt == 2)
        #expect(try model.weightsSHA256() == before)
        let report = try recorder.report()
        #expect(report.findings().contains(.notFinite(layer: "0", step: divergedAt)))
        let clipped = try model.fit(
            data, loss: .meanSquaredError, optimizer: .sgd(1e-12).clipped(.norm(1)), epochs: 3, batchSize: 64,
            on: .loop, progress: .silent)
        #expect(clipped.epochs.allSatisfy { $0.trainingLoss.isFinite })
    }

    /// Recurrent weights of norm 1.3 make the gradient through 50 steps of time 1.3^50 = 5e5 times as large, and its square is what
    /// the weights then grow by.
    @Test func anExplodingRecurrentNetIsAnErrorAndClippingCuresIt() throws {
        let x = samples([16, 50, 1], seed: 4)
        let data = Dataset(features: x, labels: x.sum(1))
        func train(_ optimizer: Optimizer) throws -> (model: Model<Sequential>, result: Result<History, any Error>) {
            var model = Model {
                RNN(8, activation: .identity, returnsSequences: false)
                Dense(1)
            }.built([50, 1], seed: 2)
            for parameter in model.trainableParameters where model[parameter].shape == [8, 8] {
                model[parameter] = Tensor.eye(8, on: .loop) * 1.3
            }
            let result = Result {
                try model.fit(
                    data, loss: .meanSquaredError, optimizer: optimizer, epochs: 30, on: .loop, progress: .silent)
            }
            return (model, result)
        }
        let plain = try train(.sgd(0.01))
        #expect {
            _ = try plain.result.get()
        } throws: { error in
            guard case .diverged(_, let step, _)? = error as? TrainingError else { return false }
            return step < 10
        }
        #expect(try plain.model.evaluate(data, loss: .meanSquaredError).isFinite)
        let clipped = try train(.sgd(0.01).clipped(.norm(1))).result.get()
        #expect(clipped.epochs[29].trainingLoss < 0.1 * clipped.epochs[0].trainingLoss)
    }

    @Test func dataThatAreNotFiniteAreNamed() throws {
        let values = try line.features.scalars()
        for (wrong, part) in [(Float.nan, "features"), (.infinity, "features"), (.nan, "labels")] {
            var values = values
            values[37] = wrong
            let damaged = Tensor(values, shape: [64, 1], on: .loop)
            let data =
                part == "features"
                ? Dataset(features: damaged, labels: line.labels) : Dataset(features: line.features, labels: damaged)
            var model = model().built([1])
            let before = try model.weightsSHA256()
            #expect {
                try model.fit(
                    data, loss: .meanSquaredError, optimizer: .sgd(0.1), batchSize: 64, on: .loop, progress: .silent)
            } throws: { error in
                error as? TrainingError == .dataNotFinite(part: part, example: 37, epoch: 1, step: 1)
                    && "\(error)".contains("example 37")
            }
            #expect(try model.weightsSHA256() == before)
        }
    }

    @Test func labelsOutsideTheClassesAreAnError() throws {
        let x = samples([4, 3])
        for (labels, wrong) in [([0, 1, 2, 1], 2), ([0, -1, 1, 0], -1)] as [([Int32], Int)] {
            let data = Dataset(features: x, labels: Tensor(int32: labels, on: .loop))
            var model = Model { Dense(2) }
            #expect(throws: TrainingError.labelOutOfRange(label: wrong, classes: 2)) {
                try model.fit(data, loss: .softmaxCrossEntropy, on: .loop, progress: .silent)
            }
        }
    }

    @Test func noExamplesAreAnError() throws {
        let empty = line.sliced(0..<0)
        var model = model()
        #expect(throws: TrainingError.noExamples) {
            try model.fit(empty, loss: .meanSquaredError, on: .loop, progress: .silent)
        }
        #expect(throws: TrainingError.noExamples) { try model.built([1]).evaluate(empty, metric: .meanSquaredError) }
    }

    /// Tensors of a step are gone after it. In a process of its own, where nothing else takes memory.
    @Test func memoryStaysFlat() async {
        await #expect(processExitsWith: .success) {
            func residentBytes() throws -> Int {
                let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
                return (Int(fields[1]) ?? 0) * 4096
            }
            for device in [Device.loop, .cpu, try .opencl] {
                var model = Model {
                    Convolution2D(filters: 4, kernel: 3, activation: .relu)
                    Flatten()
                    BatchNorm()
                    Dense(3)
                }
                model.build(inputShape: [8, 8, 1], on: device, seed: 1)
                let data = Dataset(
                    features: samples([16, 8, 8, 1], on: device),
                    labels: Tensor(int32: (0..<16).map { Int32($0 % 3) }, on: device))
                var trainer = Trainer(model, loss: .softmaxCrossEntropy, optimizer: .adam(0.01))
                func train(_ steps: Int) throws {
                    for step in 1...steps {
                        let loss = trainer.step(data)
                        if step % 50 == 0 { _ = try loss.item() }
                    }
                }
                try train(100)
                let before = try residentBytes()
                try train(1000)
                // A leak of every step's tensors, 20 KB and more, would be 20 MB.
                let growth = try residentBytes() - before
                guard growth < before / 20 + 2_000_000 else {
                    preconditionFailure("\(device): \(growth) bytes more after 1,000 steps, \(before) before")
                }
            }
        }
    }
}
