import Synchronization
import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Learning rates that fall where a training no longer gets better.
@Suite struct PlateauTests {
    static let data = Dataset(features: samples([16, 3]), labels: samples([16, 2], seed: 2))

    /// Gives its values one after the other.
    private final class Values: Sendable {
        private let values: [Double]
        private let taken = Mutex(0)

        init(_ values: [Double]) { self.values = values }

        func next() -> Double {
            taken.withLock { taken in
                defer { taken += 1 }
                return values[taken]
            }
        }
    }

    /// A metric with these values after the epochs, of a validation of one example.
    private static func metric(_ values: [Double], isScore: Bool = false) -> Metric {
        let values = Values(values)
        return Metric("given", isScore: isScore) { prediction, _ in
            Tensor.full([], values.next(), on: prediction.device)
        }
    }

    /// The scales of the learning rate in the epochs of a training whose metric has these values.
    private func scales(
        _ plateau: ReduceOnPlateau, _ values: [Double], isScore: Bool = false, optimizer: Optimizer = .sgd(0.0625)
    ) throws -> [Double] {
        var model = Model { Dense(2) }
        let history = try model.fit(
            Self.data, validating: Self.data.sliced(0..<1), loss: .meanSquaredError, optimizer: optimizer,
            metrics: [Self.metric(values, isScore: isScore)], epochs: values.count, on: .loop, plateau: plateau,
            progress: .silent)
        #expect(history.epochs.count == values.count)
        for (epoch, value) in zip(history.epochs, values) where !value.isNaN {
            #expect(epoch.metrics["given"] == value)
        }
        return history.epochs.map { $0.learningRate / 0.0625 }
    }

    private func never(_ epochs: Int) -> [Double] { Array(repeating: 1, count: epochs) }

    /// The first epoch is the best; each scale is that of the epoch, so a reduction shows in the next one.
    @Test func whatNeverImprovesIsReduced() throws {
        let given = Monitor.metric("given")
        #expect(
            try scales(ReduceOnPlateau(given, factor: 0.5, patience: 0), never(5)) == [1, 1, 0.5, 0.25, 0.125])
        #expect(
            try scales(ReduceOnPlateau(given, factor: 0.25, patience: 1), never(8))
                == [1, 1, 1, 0.25, 0.25, 0.0625, 0.0625, 0.015625])
        #expect(try scales(ReduceOnPlateau(given, factor: 0.5, patience: 10), never(11)) == never(11))
    }

    @Test func nothingIsCountedWhileItCools() throws {
        #expect(
            try scales(ReduceOnPlateau(.metric("given"), factor: 0.5, patience: 0, cooldown: 2), never(9))
                == [1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125])
        #expect(
            try scales(ReduceOnPlateau(.metric("given"), factor: 0.5, patience: 1, cooldown: 1), never(8))
                == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25])
    }

    @Test func theScaleHasAMinimum() throws {
        #expect(
            try scales(ReduceOnPlateau(.metric("given"), factor: 0.5, patience: 0, minimumScale: 0.375), never(5))
                == [1, 1, 0.5, 0.375, 0.375])
        // Never raised to a minimum above it.
        #expect(
            try scales(ReduceOnPlateau(.metric("given"), factor: 0.5, patience: 0, minimumScale: 2), never(3))
                == never(3))
    }

    @Test func aScoreImprovesUpwards() throws {
        let values = [1.0, 2, 3, 2, 4, 4]
        let plateau = ReduceOnPlateau(.metric("given"), factor: 0.5, patience: 0)
        #expect(try scales(plateau, values, isScore: true) == [1, 1, 1, 1, 0.5, 0.5])
        #expect(try scales(plateau, values) == [1, 1, 0.5, 0.25, 0.125, 0.0625])
    }

    @Test func smallChangesDoNotCount() throws {
        // An improvement by exactly the minimum is none.
        let plateau = ReduceOnPlateau(.metric("given"), factor: 0.5, patience: 0, minimumImprovement: 0.5)
        #expect(try scales(plateau, [4, 3.75, 3.5, 3, 2.75]) == [1, 1, 0.5, 0.25, 0.25])
    }

    @Test func notANumberNeverImproves() throws {
        let plateau = ReduceOnPlateau(.metric("given"), factor: 0.5, patience: 0)
        for isScore in [false, true] {
            #expect(
                try scales(plateau, [.nan, .nan, 1, .nan, 1], isScore: isScore) == [1, 0.5, 0.25, 0.25, 0.125])
        }
    }

    @Test func theHistoryHasTheScheduleTimesTheScale() throws {
        // One step an epoch.
        let falling = Optimizer.sgd(LearningRate { 0.0625 / Double(1 << $0) })
        #expect(
            try scales(ReduceOnPlateau(.metric("given"), factor: 0.5, patience: 0), never(4), optimizer: falling)
                == [1, 0.5, 0.5 * 0.25, 0.25 * 0.125])
    }

    @Test func aTrainingThatImprovesKeepsItsRate() throws {
        var model = Model { Dense(2) }
        let history = try model.fit(
            Self.data, loss: .meanSquaredError, optimizer: .sgd(0.0625), epochs: 5, on: .loop,
            plateau: ReduceOnPlateau(.trainingLoss, factor: 0.5, patience: 0), progress: .silent)
        #expect(history.epochs.map(\.learningRate) == Array(repeating: 0.0625, count: 5))
        #expect(zip(history.epochs, history.epochs.dropFirst()).allSatisfy { $0.trainingLoss > $1.trainingLoss })
    }

    /// What the history says is what the weights follow, those of groups too.
    @Test func theWeightsFollowTheScale() throws {
        // Two steps an epoch; the scale is halved after the second epoch and after the third.
        func rate(_ start: Double) -> LearningRate { LearningRate { start * [1, 1, 0.5, 0.25][$0 / 2] } }
        func trained(_ optimizer: Optimizer, _ plateau: ReduceOnPlateau?, on device: Device) throws -> String {
            var model = Model {
                Dense(3, activation: .tanh)
                Dense(2)
            }
            try model.fit(
                Self.data, validating: Self.data.sliced(0..<1), loss: .meanSquaredError, optimizer: optimizer,
                metrics: [Self.metric(never(4))], epochs: 4, batchSize: 8, seed: 1, on: device, plateau: plateau,
                progress: .silent)
            return try model.weightsSHA256()
        }
        let plateau = ReduceOnPlateau(.metric("given"), factor: 0.5, patience: 0)
        let expected = try trained(.adamW(rate(0.125)).group("*.bias", learningRate: rate(0.5)), nil, on: .loop)
        for device in try DeviceTests.devices() {
            #expect(
                try trained(.adamW(0.125).group("*.bias", learningRate: 0.5), plateau, on: device) == expected,
                "\(device)")
        }
        #expect(try trained(.adamW(0.125).group("*.bias", learningRate: 0.5), nil, on: .loop) != expected)
    }

    @Test func stoppingCountsByItself() throws {
        var model = Model { Dense(2) }
        let history = try model.fit(
            Self.data, validating: Self.data.sliced(0..<1), loss: .meanSquaredError, optimizer: .sgd(0.0625),
            metrics: [Self.metric(never(9))], epochs: 9, on: .loop,
            plateau: ReduceOnPlateau(.metric("given"), factor: 0.5, patience: 0),
            earlyStopping: EarlyStopping(.metric("given"), patience: 2), progress: .silent)
        #expect(history.stoppedEarly && history.weightsFromEpoch == 1)
        #expect(history.epochs.map { $0.learningRate / 0.0625 } == [1, 1, 0.5, 0.25])
    }

    @Test func whatCannotBeWatchedTraps() async {
        expectTrap(
            "fit: reducing the learning rate by the validation needs validation data",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var model = Model { Dense(2) }
                try model.fit(
                    PlateauTests.data, loss: .meanSquaredError, on: .loop, plateau: ReduceOnPlateau(),
                    progress: .silent)
            })
        expectTrap(
            "fit: reducing the learning rate by `accuracy` needs that metric; there are []",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var model = Model { Dense(2) }
                try model.fit(
                    PlateauTests.data, validating: PlateauTests.data, loss: .meanSquaredError, on: .loop,
                    plateau: ReduceOnPlateau(.metric("accuracy")), progress: .silent)
            })
        expectTrap(
            "ReduceOnPlateau: times 1.0 after 10 epochs",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = ReduceOnPlateau(factor: 1)
            })
    }
}
