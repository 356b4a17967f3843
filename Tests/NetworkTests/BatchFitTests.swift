import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Trainings on batches that the program makes.
@Suite struct BatchFitTests {
    static let data = Dataset(features: samples([21, 4]), labels: samples([21, 2], seed: 2))

    struct Interruption: Error {}

    private func network() -> Model<Sequential> {
        Model {
            Dense(5, activation: .tanh)
            Dropout(0.2)
            Dense(2)
        }
    }

    @Test func batchesInTheSameOrderGiveTheSameBits() throws {
        let optimizer = Optimizer.adamW(0.01).clipped(.norm(0.5))
        var expected = network()
        let history = try expected.fit(
            Self.data, loss: .meanSquaredError, optimizer: optimizer, epochs: 3, batchSize: 8, seed: 5, on: .loop,
            progress: .silent)
        for device in try DeviceTests.devices() {
            // The examples are not on the device: each batch is brought there.
            var model = network()
            let found = try model.fit(
                { Self.data.batches(of: 8, order: Self.data.shuffledOrder(seed: 5, epoch: $0)) },
                loss: .meanSquaredError, optimizer: optimizer, epochs: 3, seed: 5, on: device, progress: .silent)
            #expect(model.device == device && model.inputShape == [4])
            #expect(try model.weightsSHA256() == expected.weightsSHA256(), "\(device)")
            #expect(found.epochs.map(\.trainingLoss) == history.epochs.map(\.trainingLoss))
            #expect(found.steps == 9)
        }
    }

    /// The first epoch is asked for once more where a network is built by it.
    @Test func epochsAreAskedForOneByOne() throws {
        var model = network()
        for expected in [[1, 1, 2, 3], [1, 2, 3]] {
            var asked: [Int] = []
            let history = try model.fit(
                { epoch in
                    asked.append(epoch)
                    return [Self.data.sliced(0..<epoch), Self.data.sliced(3..<8)]
                }, validating: Self.data, loss: .meanSquaredError, metrics: [.meanAbsoluteError], epochs: 3, on: .loop,
                progress: .silent)
            #expect(asked == expected)
            #expect(history.epochs.allSatisfy { $0.validationLoss != nil && $0.metrics.count == 1 })
        }
    }

    /// No memory holds all batches of an epoch.
    @Test func batchesAreMadeWhenTheyAreNeeded() throws {
        var model = network().built([4])
        var (made, madeAtStep) = (0, [Int]())
        let history = try model.fit(
            { _ in
                (0..<100).lazy.map { number in
                    made += 1
                    return Self.data.sliced(number % 20..<number % 20 + 1)
                }
            }, loss: .meanSquaredError, epochs: 2, on: .loop,
            callbacks: [
                .afterStep {
                    madeAtStep.append(made)
                    return $0.step == 3 ? .stop : .proceed
                }
            ], progress: .silent)
        #expect(madeAtStep == [1, 2, 3] && made == 3)
        #expect(history.stoppedEarly && history.steps == 3 && history.epochs.count == 1)
    }

    @Test func anEpochWithoutExamplesIsAnError() throws {
        let none: [Dataset] = []
        var unbuilt = network()
        #expect(throws: TrainingError.noExamples) {
            try unbuilt.fit({ _ in none }, loss: .meanSquaredError, on: .loop, progress: .silent)
        }
        #expect(!unbuilt.isBuilt)
        var built = network().built([4])
        let before = try built.weightsSHA256()
        #expect(throws: TrainingError.noExamples) {
            try built.fit({ _ in none }, loss: .meanSquaredError, on: .loop, progress: .silent)
        }
        #expect(try built.weightsSHA256() == before)
        // A later epoch: the network keeps what the ones before gave.
        var expected = built
        try expected.fit({ _ in [Self.data] }, loss: .meanSquaredError, on: .loop, progress: .silent)
        #expect(throws: TrainingError.noExamples) {
            try built.fit(
                { $0 == 1 ? [Self.data] : none }, loss: .meanSquaredError, epochs: 3, on: .loop, progress: .silent)
        }
        #expect(try built.weightsSHA256() == expected.weightsSHA256())
    }

    @Test func whatTheClosureThrowsIsPassedOn() throws {
        func batches(_ failing: Int) -> (Int) throws -> [Dataset] {
            { epoch in
                if epoch == failing { throw Interruption() }
                return [Self.data.sliced(0..<8), Self.data.sliced(8..<21)]
            }
        }
        var unbuilt = network()
        #expect(throws: Interruption.self) {
            try unbuilt.fit(batches(1), loss: .meanSquaredError, epochs: 2, on: .loop, progress: .silent)
        }
        #expect(!unbuilt.isBuilt)
        var (model, expected) = (network(), network())
        try expected.fit(batches(9), loss: .meanSquaredError, epochs: 2, seed: 1, on: .loop, progress: .silent)
        #expect(throws: Interruption.self) {
            try model.fit(batches(3), loss: .meanSquaredError, epochs: 4, seed: 1, on: .loop, progress: .silent)
        }
        #expect(try model.weightsSHA256() == expected.weightsSHA256())
    }

    @Test func aClassThatTheNetworkLacksIsAnError() throws {
        let good = Dataset(features: samples([4, 3]), labels: Tensor(int32: [0, 1, 1, 0], on: .loop))
        for label in [2, -1] as [Int32] {
            let bad = Dataset(features: samples([4, 3]), labels: Tensor(int32: [0, 1, label, 0], on: .loop))
            for device in try DeviceTests.devices() {
                var model = Model { Dense(2) }.built([3])
                #expect(throws: TrainingError.labelOutOfRange(label: Int(label), classes: 2), "\(device)") {
                    try model.fit(
                        { _ in [good, bad, good] }, loss: .softmaxCrossEntropy, epochs: 2, on: device, progress: .silent
                    )
                }
                #expect(try model.hasFiniteValues, "\(device)")
                // A validation is looked at before.
                #expect(throws: TrainingError.labelOutOfRange(label: Int(label), classes: 2)) {
                    try model.fit(
                        { _ in [good] }, validating: bad, loss: .softmaxCrossEntropy, on: device, progress: .silent)
                }
            }
        }
    }

    @Test func divergenceIsAnError() throws {
        let infinite = Dataset(
            features: Tensor.full([2, 4], .infinity, on: .loop), labels: Tensor.ones([2, 2], on: .loop))
        var model = network().built([4])
        #expect {
            try model.fit(
                { epoch in epoch == 2 ? [Self.data, infinite] : [Self.data] }, loss: .meanSquaredError, epochs: 3,
                on: .loop, progress: .silent)
        } throws: { error in
            if case .diverged(2, 3, _)? = error as? TrainingError { true } else { false }
        }
        #expect(try model.hasFiniteValues)
    }

    /// A training on batches that was stopped goes on from its checkpoint to the weights of one that was not.
    @Test func aStoppedTrainingGoesOn() throws {
        let directory = try TemporaryDirectory()
        func train(_ folder: String, stoppingAt last: Int?, resume: Resumption = .none) throws -> String {
            var model = network()
            let result = Result {
                try model.fit(
                    { Self.data.batches(of: 8, order: Self.data.shuffledOrder(seed: 5, epoch: $0)) },
                    loss: .meanSquaredError, epochs: 3, seed: 5, on: .loop,
                    callbacks: [
                        .afterStep {
                            if $0.step == last { throw Interruption() }
                            return .proceed
                        }
                    ], progress: .silent, checkpoint: .every(.steps(2)), to: directory.path(folder), resume: resume)
            }
            if last == nil { _ = try result.get() } else { #expect(throws: Interruption.self) { try result.get() } }
            return try model.weightsSHA256()
        }
        let whole = try train("whole", stoppingAt: nil)
        // After step 4, the first of the second epoch.
        _ = try train("parts", stoppingAt: 5)
        #expect(try train("parts", stoppingAt: nil, resume: .newest) == whole)
    }
}
