import Foundation
import Synchronization
import Testing
import UnloopBackend
import UnloopConformance
import UnloopData
import UnloopLoop
import UnloopNetwork
import UnloopTensor

/// What ends a training in a test.
private struct Stopped: Error {}

/// Trainings that are stopped, and go on from their checkpoints. `stop-and-resume` does it with processes.
@Suite struct CheckpointTests {
    /// Something that a checkpoint must not lose.
    enum Feature: String, CaseIterable {
        case plain, dropout, batchNorm, averaging, plateau, earlyStopping, window, frozen, batches
    }

    private static func data(_ feature: Feature, _ seed: UInt64, _ count: Int, on device: Device) -> Dataset {
        if feature == .window {
            let x = samples([count, 7, 2], seed: seed, on: device)
            return Dataset(features: x, labels: tanh(x))
        }
        let labels = (0..<count).map { Int32($0 * 7 % 3) }
        return Dataset(
            features: samples([count, 5], seed: seed, on: device), labels: Tensor(int32: labels, on: device))
    }

    private static func network(_ feature: Feature) -> Model<Sequential> {
        Model {
            if feature == .window {
                GRU(4, returnsSequences: true)
                Dense(2)
            } else {
                Dense(6, activation: .tanh)
                if feature == .batchNorm { BatchNorm() }
                if feature == .dropout { Dropout(0.5) }
                Dense(3)
            }
        }
    }

    /// - Parameter stop: after which step something throws, in the first process.
    private static func train(
        _ feature: Feature, on device: Device, schedule: CheckpointSchedule? = .every(.steps(3)), folder: String? = nil,
        resume: Resumption = .none, stop: Int? = nil, cancels: Bool = false, receipt: Receipt? = nil, epochs: Int = 5
    ) throws -> (hash: String, history: History) {
        var model = network(feature)
        if feature == .frozen {
            model.build(inputShape: [5], on: device, seed: 3)
            model.freeze("0.*")
        }
        let training = data(feature, 1, 23, on: device)
        let stopping = Callback.afterStep { step in
            // With a window a batch is several steps.
            if let stop, step.step >= stop {
                guard cancels else { throw Stopped() }
                withUnsafeCurrentTask { $0?.cancel() }
            }
            return .proceed
        }
        let optimizer = Optimizer.adam(.cosine(from: 0.05, over: 40)).clipped(.norm(1)).decoupledDecay(0.1)
        let history: History
        if feature == .batches {
            history = try model.fit(
                { epoch in training.batches(of: 4, order: training.shuffledOrder(seed: 9, epoch: epoch)) },
                loss: .softmaxCrossEntropy, optimizer: optimizer, epochs: epochs, seed: 3, on: device,
                callbacks: [stopping], progress: .silent, checkpoint: folder == nil ? nil : schedule, to: folder,
                resume: resume, receipt: receipt)
        } else {
            history = try model.fit(
                training, validating: data(feature, 2, 9, on: device),
                loss: feature == .window ? .meanSquaredError : .softmaxCrossEntropy, optimizer: optimizer,
                metrics: feature == .window ? [] : [.accuracy], epochs: epochs, batchSize: 4,
                window: feature == .window ? 3 : nil, seed: 3, on: device,
                averaging: feature == .averaging ? .exponential(decay: 0.9) : nil,
                plateau: feature == .plateau
                    ? ReduceOnPlateau(factor: 0.5, patience: 0, cooldown: 1, minimumImprovement: 0.3) : nil,
                earlyStopping: feature == .earlyStopping ? EarlyStopping(minimumImprovement: 0.05) : nil,
                callbacks: [stopping], progress: .silent, checkpoint: folder == nil ? nil : schedule, to: folder,
                resume: resume, receipt: receipt)
        }
        return (try model.weightsSHA256(), history)
    }

    /// Without times.
    private static func text(_ history: History) -> [String] {
        history.epochs.map {
            "\($0.number) \($0.trainingLoss) \($0.validationLoss ?? -1) \($0.metrics["accuracy"] ?? -1) \($0.learningRate)"
        } + ["\(history.stoppedEarly) \(history.weightsFromEpoch) \(history.steps)"]
    }

    @Test(
        "stopped after any step and resumed on another device, a training ends in the same bits",
        arguments: Feature.allCases)
    func resumed(_ feature: Feature) throws {
        let devices = try [.loop] + DeviceTests.devices()
        let whole = try Self.train(feature, on: .loop)
        #expect(whole.history.resumedFromStep == 0)
        let stepsBefore = feature == .window ? 6 * 3 : 6
        for (number, stop) in [1, 2, 3, stepsBefore - 1, stepsBefore, stepsBefore + 1, 2 * stepsBefore + 2].enumerated()
        where stop < whole.history.steps {
            let directory = try TemporaryDirectory()
            let folder = directory.path("run")
            #expect(throws: Stopped.self) {
                try Self.train(feature, on: devices[number % devices.count], folder: folder, stop: stop)
            }
            let resumed = try Self.train(
                feature, on: devices[(number + 1) % devices.count], folder: folder, resume: .newest)
            #expect(resumed.hash == whole.hash, "\(feature) stopped after step \(stop)")
            #expect(Self.text(resumed.history) == Self.text(whole.history), "\(feature) stopped after step \(stop)")
            #expect(resumed.history.resumedFromStep <= stop && resumed.history.resumedFromStep > stop - 3 * 3)
            // A training that is done is done.
            let again = try Self.train(feature, on: .loop, folder: folder, resume: .newest)
            #expect(again.hash == whole.hash && Self.text(again.history) == Self.text(whole.history))
            #expect(again.history.resumedFromStep == whole.history.steps)
        }
    }

    @Test func aCancelledTrainingLeavesACheckpointOfItsLastStep() async throws {
        let directory = try TemporaryDirectory()
        let folder = directory.path("run")
        let whole = try Self.train(.dropout, on: .loop)
        let task = Task {
            try Self.train(
                .dropout, on: .loop, schedule: .every(.epochs(1)), folder: folder, stop: 10, cancels: true)
        }
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        #expect(try Checkpoint.newest(in: folder) == folder + "/step-000000010.safetensors")
        let resumed = try Self.train(.dropout, on: .loop, schedule: .every(.epochs(1)), folder: folder, resume: .newest)
        #expect(resumed.hash == whole.hash && resumed.history.resumedFromStep == 10)
    }

    @Test func everyOperationThatFailsIsResumed() throws {
        let operations = Mutex(0)
        let failing = Mutex<Int?>(nil)
        let backend = ObservedBackend(LoopBackend.shared, name: "failing") { (_) throws(BackendError) in
            let number = operations.withLock { number in
                number += 1
                return number
            }
            if number == failing.withLock({ $0 }) { throw .outOfMemory(device: "failing", bytes: 1, limit: 0) }
        }
        let device = Device(backend, label: "failing")
        func train(_ folder: String, _ operation: Int?) throws -> String {
            operations.withLock { $0 = 0 }
            failing.withLock { $0 = operation }
            return try Self.train(.averaging, on: device, folder: folder, resume: .newest, epochs: 2).hash
        }
        let directory = try TemporaryDirectory()
        let expected = try train(directory.path("whole"), nil)
        let count = operations.withLock { $0 }
        var failures = 0
        for operation in stride(from: 1, through: count, by: 7) {
            let folder = directory.path("run-\(operation)")
            do { _ = try train(folder, operation) } catch is TensorError { failures += 1 }
            #expect(try train(folder, nil) == expected, "operation \(operation)")
        }
        #expect(failures > count / 14)
    }

    @Test func keepsTheNewestAndTheBest() throws {
        let directory = try TemporaryDirectory()
        let folder = directory.path("deep/run")
        let done = try Self.train(.plain, on: .loop, schedule: .every(.steps(4), keeping: 2), folder: folder)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names == ["best.safetensors", "lock", "step-000000028.safetensors", "step-000000030.safetensors"])
        let losses = done.history.epochs.compactMap(\.validationLoss)
        var best = Self.network(.plain)
        try best.load(from: folder + "/best.safetensors", on: .loop)
        let data = Self.data(.plain, 2, 9, on: .loop)
        #expect(try best.evaluate(data, loss: .softmaxCrossEntropy, batchSize: 4) == losses.min())
        #expect(best.inputShape == [5])
    }

    @Test func schedules() throws {
        for (schedule, kept) in [
            (CheckpointSchedule.every(.epochs(2), keeping: 9), [12, 24, 30]),
            (.every(.steps(10), keeping: 9), [10, 20, 30]),
            (.every(.minutes(1e-9), keeping: 40), Array(1...30)), (.every(.minutes(1e6), keeping: 9), [30]),
        ] {
            let directory = try TemporaryDirectory()
            let folder = directory.path("run")
            _ = try Self.train(.plain, on: .loop, schedule: schedule, folder: folder)
            let steps = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
                Int($0.dropFirst(5).prefix(9))
            }
            #expect(steps.sorted() == kept, "\(schedule)")
        }
    }

    @Test func moreEpochsGoOn() throws {
        let directory = try TemporaryDirectory()
        let folder = directory.path("run")
        let whole = try Self.train(.plain, on: .loop, epochs: 7)
        _ = try Self.train(.plain, on: .loop, folder: folder, epochs: 3)
        let longer = try Self.train(.plain, on: .loop, folder: folder, resume: .newest, epochs: 7)
        #expect(longer.hash == whole.hash && Self.text(longer.history) == Self.text(whole.history))
    }

    @Test func anEarlierCheckpointGoesOnElsewhere() throws {
        let directory = try TemporaryDirectory()
        let folder = directory.path("run")
        let whole = try Self.train(.batchNorm, on: .loop, schedule: .every(.steps(9), keeping: 9), folder: folder)
        let resumed = try Self.train(
            .batchNorm, on: .loop, resume: .from(folder + "/step-000000009.safetensors"))
        #expect(resumed.hash == whole.hash && resumed.history.resumedFromStep == 9)
        // Beside its later ones it would be mixed up.
        #expect(throws: TrainingError.folderHasCheckpoints(folder: folder)) {
            try Self.train(
                .batchNorm, on: .loop, folder: folder, resume: .from(folder + "/step-000000009.safetensors"))
        }
    }

    // MARK: Bad input

    @Test func anotherTrainingIsRefusedAndNothingChanges() throws {
        let directory = try TemporaryDirectory()
        let folder = directory.path("run")
        let data = Self.data(.plain, 1, 23, on: .loop)
        func fit(
            _ data: Dataset, network model: Model<Sequential> = Self.network(.plain), loss: Loss = .softmaxCrossEntropy,
            optimizer: Optimizer = .adam(), metrics: [Metric] = [], batchSize: Int = 4, seed: UInt64 = 0,
            averaging: WeightAverage.Rule? = nil, resume: Resumption = .newest
        ) throws {
            var model = model
            try model.fit(
                data, loss: loss, optimizer: optimizer, metrics: metrics, epochs: 2, batchSize: batchSize, seed: seed,
                on: .loop, averaging: averaging, progress: .silent, checkpoint: .every(.steps(3)), to: folder,
                resume: resume)
        }
        try fit(data, resume: .none)
        let before = try Self.contents(folder)
        #expect(throws: TrainingError.folderHasCheckpoints(folder: folder)) { try fit(data, resume: .none) }
        var frozen = Self.network(.plain)
        frozen.freeze("0.bias")
        let attempts: [(String, () throws -> Void)] = [
            ("network", { try fit(data, network: Self.network(.dropout)) }),
            ("loss", { try fit(data, loss: .softmaxCrossEntropy(smoothing: 0.1)) }),
            ("optimizer", { try fit(data, optimizer: .sgd(0.001)) }),
            ("optimizer", { try fit(data, optimizer: .adam().clipped(.norm(1))) }),
            ("optimizer", { try fit(data, optimizer: .adam().group("0.*", decay: 1)) }),
            ("learning rate", { try fit(data, optimizer: .adam(0.002)) }),
            ("learning rate", { try fit(data, optimizer: .adam(.step(from: 0.001, factor: 0.5, every: 7))) }),
            ("batch size is 4, not 5", { try fit(data, batchSize: 5) }),
            ("seed is 0, not 1", { try fit(data, seed: 1) }),
            ("training data", { try fit(Self.data(.plain, 4, 23, on: .loop)) }),
            ("training data", { try fit(data.sliced(0..<22)) }),
            ("averaging", { try fit(data, averaging: .exponential(decay: 0.5)) }),
            ("frozen", { try fit(data, network: frozen) }),
            ("metrics", { try fit(data, metrics: [.accuracy]) }),
        ]
        for (reason, attempt) in attempts {
            #expect("\(reason)") {
                try attempt()
            } throws: { error in
                guard case .checkpointDoesNotFit(_, let text)? = error as? TrainingError else { return false }
                return text.contains(reason)
            }
        }
        #expect(try Self.contents(folder) == before)
        try fit(data)
    }

    private static func contents(_ folder: String) throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name != "lock" {
            contents[name] = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
        }
        return contents
    }

    @Test func changedFilesAreToldFromWholeOnes() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("checkpoint")
        let model = Self.network(.batchNorm).built([5])
        var checkpoint = Checkpoint()
        try checkpoint.add(model)
        try checkpoint.add(OptimizerState(.adam()), of: model)
        checkpoint.texts["note"] = "é\n\"\\ / text"
        try checkpoint.write(to: path)
        #expect(try Checkpoint(path: path).texts == ["note": "é\n\"\\ / text"])
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        for place in stride(from: 0, to: bytes.count, by: 13) {
            var changed = bytes
            changed[place] ^= 1 << UInt8(place % 8)
            try Data(changed).write(to: URL(fileURLWithPath: path))
            #expect(throws: DataError.self, "byte \(place)") { try Checkpoint(path: path) }
            var other = Self.network(.batchNorm).built([5], seed: 2)
            let before = try other.weightsSHA256()
            #expect(throws: (any Error).self) { try other.load(from: path) }
            #expect(try other.weightsSHA256() == before)
        }
        for count in [0, 7, 8, 100, bytes.count - 1] {
            try Data(bytes.prefix(count)).write(to: URL(fileURLWithPath: path))
            #expect(throws: DataError.self) { try Checkpoint(path: path) }
        }
        #expect(throws: DataError.self) { try Checkpoint(path: directory.path("absent")) }
        try model.save(to: path)
        #expect(throws: DataError.self) { try Checkpoint(path: path) }
    }

    /// Files that are whole, but say what no training of this version says.
    @Test func checkpointsOfAnotherKindAreRefused() throws {
        let directory = try TemporaryDirectory()
        let folder = directory.path("run")
        _ = try Self.train(.averaging, on: .loop, folder: folder, epochs: 2)
        let path = try #require(try Checkpoint.newest(in: folder))
        let original = try SafeTensors(path: path)
        func attempt(_ change: (inout SafeTensors) -> Void) throws {
            var file = original
            change(&file)
            try file.sealed().write(to: path)
            _ = try Self.train(.averaging, on: .loop, folder: folder, resume: .newest, epochs: 3)
        }
        #expect(throws: DataError.self) { try attempt { $0.metadata["format"] = "Unloop checkpoint 2" } }
        #expect(throws: DataError.self) { try attempt { $0.metadata["format"] = nil } }
        let record = try #require(original.metadata["text/run"])
        for (from, to) in [
            ("\"batches\":0", "\"batches\":-1"), ("\"examples\":0", "\"examples\":-1"),
            ("\"steps\":12", "\"steps\":-1"), ("\"steps\":12", "\"steps\":9223372036854775807"),
            ("\"batches\":0", "\"batches\":9223372036854775807"),
            ("\"examples\":0", "\"examples\":9223372036854775807"),
            ("\"epochsWithout\":0", "\"epochsWithout\":9223372036854775807"),
            ("\"seconds\":0}", "\"seconds\":\"nan\"}"), ("\"seconds\":0}", "\"seconds\":-1}"),
            ("\"number\":2", "\"number\":3"), ("\"history\"", "\"story\""), ("{", "["),
        ] {
            let changed = record.replacingOccurrences(of: from, with: to)
            #expect(changed != record, "\(from)")
            #expect(throws: DataError.self, "\(from)") { try attempt { $0.metadata["text/run"] = changed } }
        }
        for (name, text) in [
            ("optimizer/step", "-1"), ("optimizer/step", "9223372036854775807"), ("optimizer/step", "x"),
            ("optimizer/learning_rate_scale", ""), ("optimizer/learning_rate_scale", "nan"),
            ("optimizer/learning_rate_scale", "-1"), ("optimizer/learning_rate_scale", "inf"), ("average/steps", "-1"),
            ("average/steps", "9223372036854775807"),
        ] {
            #expect(throws: TrainingError.self, "\(name) \(text)") { try attempt { $0.metadata[name] = text } }
        }
        #expect(throws: DataError.self) { try attempt { $0.metadata["text/run"] = nil } }
        #expect(throws: TrainingError.self) { try attempt { $0.arrays["average/0.weight"] = nil } }
        #expect(throws: TrainingError.self) {
            try attempt {
                $0.arrays["model/0.bias"] = .init(shape: [6], elements: .float64(Array(repeating: 0, count: 6)))
            }
        }
        #expect(throws: TrainingError.self) {
            try attempt { $0.arrays["optimizer/0/0.bias"] = .init(shape: [5], elements: .float32([0, 0, 0, 0, 0])) }
        }
        // One of two states.
        #expect(throws: TrainingError.self) { try attempt { $0.arrays["optimizer/1/0.bias"] = nil } }
        try attempt { _ in }
    }

    @Test func oneTrainingAtATimeWritesIntoAFolder() throws {
        let directory = try TemporaryDirectory()
        let folder = directory.path("run")
        var model = Self.network(.plain)
        let data = Self.data(.plain, 1, 8, on: .loop)
        let second = Callback.afterStep { _ in
            _ = try Self.train(.plain, on: .loop, folder: folder, resume: .newest)
            return .proceed
        }
        #expect {
            try model.fit(
                data, loss: .softmaxCrossEntropy, on: .loop, callbacks: [second], progress: .silent,
                checkpoint: .every(.steps(1)), to: folder)
        } throws: { error in
            error as? TrainingError
                == .folderInUse(folder: folder, process: "process \(ProcessInfo.processInfo.processIdentifier)")
        }
        // It is free when the first has ended.
        _ = try Self.train(.plain, on: .loop, folder: folder)
    }

    @Test func aFolderThatCannotBeWrittenIsAnErrorBeforeTheFirstStep() throws {
        let directory = try TemporaryDirectory()
        try Data().write(to: URL(fileURLWithPath: directory.path("file")))
        for folder in [directory.path("file"), directory.path("file/run"), "/proc/run"] {
            #expect(throws: DataError.self) { try Self.train(.plain, on: .loop, folder: folder, stop: 1) }
        }
    }

    // MARK: By hand

    @Test func twoModelsAndTheirOptimizersGoOnByHand() throws {
        let data = Self.data(.plain, 1, 8, on: .loop)
        let directory = try TemporaryDirectory()
        let path = directory.path("two")
        func step(_ model: inout Model<Sequential>, _ state: inout OptimizerState) throws {
            let (network, number) = (model, state.step)
            let found = valueWithGradient(of: model, step: number) { pass in
                Loss.softmaxCrossEntropy(network(data.features, pass), data.labels)
            }
            try state.update(&model, found)
        }
        var first = Self.network(.batchNorm).built([5], seed: 1)
        var second = Self.network(.dropout).built([5], seed: 2)
        var (firstState, secondState) = (OptimizerState(.adam()), OptimizerState(.momentum()))
        var average = WeightAverage(.exponential(decay: 0.5), of: first.values)
        for _ in 0..<3 {
            try step(&first, &firstState)
            try step(&second, &secondState)
            try average.update(with: first.values)
        }
        secondState.learningRateScale = 0.1
        var checkpoint = Checkpoint()
        try checkpoint.add(first, as: "first")
        try checkpoint.add(firstState, of: first, as: "first optimizer")
        try checkpoint.add(second, as: "second")
        try checkpoint.add(secondState, of: second, as: "second optimizer")
        try checkpoint.add(average)
        try checkpoint.write(to: path)
        try step(&first, &firstState)
        try step(&second, &secondState)
        try average.update(with: first.values)

        let read = try Checkpoint(path: path)
        #expect(read.names == ["first", "first optimizer", "second", "second optimizer", "average"])
        // One network is built with other values, the other is not built.
        var (otherFirst, otherSecond) = (Self.network(.batchNorm).built([5], seed: 9), Self.network(.dropout))
        try read.restore(&otherFirst, as: "first")
        try read.restore(&otherSecond, as: "second", on: .loop)
        var (otherFirstState, otherSecondState) = (OptimizerState(.adam()), OptimizerState(.momentum()))
        try read.restore(&otherFirstState, of: otherFirst, as: "first optimizer")
        try read.restore(&otherSecondState, of: otherSecond, as: "second optimizer")
        var otherAverage = WeightAverage(.exponential(decay: 0.5), of: otherFirst.values)
        try read.restore(&otherAverage)
        #expect(otherSecondState.learningRateScale == 0.1 && otherSecondState.step == 3 && otherAverage.steps == 3)
        try step(&otherFirst, &otherFirstState)
        try step(&otherSecond, &otherSecondState)
        try otherAverage.update(with: otherFirst.values)
        #expect(try otherFirst.weightsSHA256() == first.weightsSHA256())
        #expect(try otherSecond.weightsSHA256() == second.weightsSHA256())
        #expect(try otherAverage.values.sha256() == average.values.sha256())

        var wrong = OptimizerState(.nesterov())
        #expect(throws: TrainingError.self) { try read.restore(&wrong, of: otherSecond, as: "second optimizer") }
        var adam = OptimizerState(.adam())
        #expect(throws: TrainingError.self) { try read.restore(&adam, of: otherSecond, as: "first optimizer") }
        #expect(adam.step == 0)
        #expect(throws: DataError.self) { try read.restore(&otherFirst, as: "third") }
        #expect(throws: TrainingError.self) { try read.restore(&otherFirst, as: "second") }
        #expect(throws: DataError.self) {
            try read.write(to: directory.path("absent/folder"))
        }
    }

    @Test func historiesAreReadBack() throws {
        let history = try Self.train(.plain, on: .loop).history
        let data = try JSONEncoder().encode(history)
        #expect(try JSONDecoder().decode(History.self, from: data) == history)
    }
}
