import Foundation
import Synchronization
import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Trainings on what a loader reads.
@Suite struct LoaderFitTests {
    static let data = Dataset(features: samples([21, 4]), labels: samples([21, 2], seed: 2))

    private func network() -> Model<Sequential> {
        Model {
            Dense(5, activation: .tanh)
            Dropout(0.2)
            Dense(2)
        }
    }

    private func train(
        _ loader: Loader, epochs: Int = 3, on device: Device = .loop, to folder: String? = nil,
        resume: Resumption = .none
    ) throws -> (model: Model<Sequential>, history: History) {
        var model = network()
        let history = try model.fit(
            loader, validating: Self.data, loss: .meanSquaredError, optimizer: .adamW(0.01),
            metrics: [.meanAbsoluteError], epochs: epochs, seed: 5, on: device, progress: .silent,
            checkpoint: folder == nil ? nil : .every(.steps(1)), to: folder, resume: resume)
        return (model, history)
    }

    /// The rows of the dataset as records of a file.
    private func file(in directory: TemporaryDirectory) throws -> RecordFile {
        var bytes: [UInt8] = []
        let (features, labels) = (try Self.data.features.scalars(), try Self.data.labels.scalars())
        for row in 0..<21 {
            for value in features[row * 4..<row * 4 + 4] + labels[row * 2..<row * 2 + 2] {
                withUnsafeBytes(of: value.bitPattern) { bytes += $0 }
            }
        }
        let path = directory.path("records")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try RecordFile(path: path, fields: [.features(.float32, [4]), .label(.float32, [2])])
    }

    @Test("a file gives the weights of a training in memory, with any number of workers on any device")
    func sameWeights() throws {
        let folder = try TemporaryDirectory()
        let file = try file(in: folder)
        var expected = network()
        let history = try expected.fit(
            Self.data, validating: Self.data, loss: .meanSquaredError, optimizer: .adamW(0.01),
            metrics: [.meanAbsoluteError], epochs: 3, batchSize: 8, seed: 5, on: .loop, progress: .silent)
        for device in try DeviceTests.devices() {
            for workers in [0, 1, 4] {
                let (model, found) = try train(Loader(file, batchSize: 8, workers: workers), on: device)
                #expect(model.device == device && model.inputShape == [4])
                #expect(try model.weightsSHA256() == expected.weightsSHA256(), "\(device)")
                #expect(found.epochs.map(\.trainingLoss) == history.epochs.map(\.trainingLoss))
                #expect(found.epochs.map(\.validationLoss) == history.epochs.map(\.validationLoss))
                #expect(found.epochs.map(\.metrics) == history.epochs.map(\.metrics))
            }
        }
        let (model, _) = try train(Loader(Self.data, batchSize: 8))
        #expect(try model.weightsSHA256() == expected.weightsSHA256())
    }

    @Test("validation from a file is validation in memory") func validation() throws {
        let folder = try TemporaryDirectory()
        let file = try file(in: folder)
        var model = network()
        let history = try model.fit(
            Loader(file, batchSize: 8), validating: file, loss: .meanSquaredError, metrics: [.meanAbsoluteError],
            epochs: 1, on: .loop, progress: .silent)
        let loss = try model.evaluate(Self.data, loss: .meanSquaredError, batchSize: 8)
        #expect(history.epochs[0].validationLoss == loss)
        let loader = Loader(file, batchSize: 8, order: .sequential)
        #expect(try model.evaluate(loader, loss: .meanSquaredError) == loss)
        #expect(try model.evaluate(loader, metrics: [.meanAbsoluteError]) == history.epochs[0].metrics)
        #expect(throws: TrainingError.self) {
            try model.evaluate(Loader(file.subset(0..<0), batchSize: 8), loss: .meanSquaredError)
        }
        #expect(throws: TrainingError.self) {
            try model.fit(
                Loader(file), validating: file.subset(0..<0), loss: .meanSquaredError, on: .loop, progress: .silent)
        }
        #expect(throws: TrainingError.self) {
            try model.fit(Loader(file.subset(0..<0)), loss: .meanSquaredError, on: .loop, progress: .silent)
        }
    }

    struct Interruption: Error {}

    @Test("a training goes on in the middle of an epoch, with other workers") func resume() throws {
        let data = try TemporaryDirectory()
        let file = try file(in: data)
        let (expected, history) = try train(Loader(file, batchSize: 4))
        for stop in 1...12 {
            let folder = try TemporaryDirectory()
            var model = network()
            #expect(throws: Interruption.self) {
                try model.fit(
                    Loader(file, batchSize: 4, workers: 1), validating: Self.data, loss: .meanSquaredError,
                    optimizer: .adamW(0.01), metrics: [.meanAbsoluteError], epochs: 3, seed: 5, on: .loop,
                    callbacks: [
                        .afterStep {
                            if $0.step == stop { throw Interruption() }
                            return .proceed
                        }
                    ], progress: .silent, checkpoint: .every(.steps(1)), to: folder.path("run"))
            }
            let (resumed, found) = try train(
                Loader(file, batchSize: 4, workers: 3), to: folder.path("run"), resume: .newest)
            #expect(try resumed.weightsSHA256() == expected.weightsSHA256(), "\(stop)")
            #expect(found.epochs.map(\.trainingLoss) == history.epochs.map(\.trainingLoss))
        }
    }

    @Test("other data, another batch size or another order are refused") func otherData() throws {
        let data = try TemporaryDirectory()
        let (file, folder) = (try file(in: data), try TemporaryDirectory())
        _ = try train(Loader(file, batchSize: 4), epochs: 1, to: folder.path("run"))
        for loader in [
            Loader(file.subset(0..<20), batchSize: 4), Loader(file, batchSize: 5),
            Loader(file, batchSize: 4, order: .sequential), Loader(file, batchSize: 4, dropsLast: true),
        ] {
            #expect(throws: TrainingError.self) {
                try train(loader, epochs: 2, to: folder.path("run"), resume: .newest)
            }
        }
        _ = try train(Loader(file, batchSize: 4, workers: 0), epochs: 2, to: folder.path("run"), resume: .newest)
    }

    struct Broken: Error {}

    /// The examples of the dataset, without some, and maybe with numbers that are not finite; it notes which are asked for.
    final class SelectedSource: DataSource {
        let count = 21
        let broken: Set<Int>
        let change: @Sendable (Int, Example) -> Example
        let asked = Mutex<[Int]>([])

        init(broken: Set<Int> = [], change: @escaping @Sendable (Int, Example) -> Example = { $1 }) {
            (self.broken, self.change) = (broken, change)
        }

        func example(at index: Int, key: RandomKey) throws -> Example {
            asked.withLock { $0.append(index) }
            if broken.contains(index) { throw Broken() }
            return change(index, try LoaderFitTests.data.example(at: index, key: key))
        }

        func identity() -> String? { "all but \(broken.sorted())" }
    }

    @Test("batches that nothing could be read of are left out, in a training that goes on too")
    func resumeBesideBrokenBatches() throws {
        func loader(_ workers: Int) -> Loader {
            Loader(
                SelectedSource(broken: [4, 5, 6, 7, 13, 20]), batchSize: 4, order: .sequential,
                brokenExamples: .skipped(atMost: 6), workers: workers)
        }
        let (expected, history) = try train(loader(2), epochs: 2)
        #expect(history.steps == 8)
        for stop in 1...8 {
            let folder = try TemporaryDirectory()
            var model = network()
            #expect(throws: Interruption.self) {
                try model.fit(
                    loader(0), validating: Self.data, loss: .meanSquaredError, optimizer: .adamW(0.01),
                    metrics: [.meanAbsoluteError], epochs: 2, seed: 5, on: .loop,
                    callbacks: [
                        .afterStep {
                            if $0.step == stop { throw Interruption() }
                            return .proceed
                        }
                    ], progress: .silent, checkpoint: .every(.steps(1)), to: folder.path("run"))
            }
            let (resumed, _) = try train(loader(3), epochs: 2, to: folder.path("run"), resume: .newest)
            #expect(try resumed.weightsSHA256() == expected.weightsSHA256(), "\(stop)")
        }
        var model = network()
        let nothing = Loader(
            SelectedSource(broken: Set(0..<21)), batchSize: 4, brokenExamples: .skipped(atMost: 21))
        do {
            try model.fit(nothing, loss: .meanSquaredError, on: .loop, progress: .silent)
            Issue.record("no error")
        } catch LoadingError.allBroken(let count, _, _) {
            #expect(count == 21)
        }
    }

    @Test("a training that goes on in an epoch leaves out no more broken examples than one in one go")
    func resumeBesideTooManyBroken() throws {
        for stop in 1...4 {
            let loader = Loader(
                SelectedSource(broken: [1, 6, 13, 19]), batchSize: 4, order: .sequential,
                brokenExamples: .skipped(atMost: 3), workers: 2)
            let folder = try TemporaryDirectory()
            var model = network()
            #expect(throws: Interruption.self) {
                try model.fit(
                    loader, validating: Self.data, loss: .meanSquaredError, optimizer: .adamW(0.01),
                    metrics: [.meanAbsoluteError], epochs: 2, seed: 5, on: .loop,
                    callbacks: [
                        .afterStep {
                            if $0.step == stop { throw Interruption() }
                            return .proceed
                        }
                    ], progress: .silent, checkpoint: .every(.steps(1)), to: folder.path("run"))
            }
            do {
                _ = try train(loader, epochs: 2, to: folder.path("run"), resume: .newest)
                Issue.record("\(stop): no error")
            } catch LoadingError.tooManyBroken(let count, let allowed, let index, _) {
                #expect(count == 4 && allowed == 3 && index == 19, "\(stop)")
            }
        }
    }

    @Test("numbers of a source that are not finite are named by their example") func dataNotFinite() throws {
        for (part, place) in [("features", 17), ("labels", 20), ("features", 0)] {
            for value in [Float.nan, .infinity] {
                for skips in [false, true] {
                    let source = SelectedSource(broken: skips ? [3] : []) { index, example in
                        guard index == place else { return example }
                        var example = example
                        if part == "features" {
                            example.features = Example.Values([0, 0, value, 0], shape: [4])
                        } else {
                            example.label = Example.Values([0, value], shape: [2])
                        }
                        return example
                    }
                    let loader = Loader(
                        source, batchSize: 4, brokenExamples: skips ? .skipped(atMost: 1) : .thrown)
                    do {
                        var model = network()
                        try model.fit(
                            loader, loss: .meanSquaredError, epochs: 2, seed: 5, on: .loop, progress: .silent)
                        Issue.record("no error")
                    } catch TrainingError.dataNotFinite(let found, let example, let epoch, let step) {
                        #expect(found == part && example == place && (1...2).contains(epoch) && (1...7).contains(step))
                    }
                }
            }
        }
        // Where the data are not to blame.
        #expect {
            var model = network()
            try model.fit(
                Loader(SelectedSource(), batchSize: 4), loss: .meanSquaredError,
                optimizer: .sgd(1e30), epochs: 5, on: .loop, progress: .silent)
        } throws: { error in
            if case .diverged? = error as? TrainingError { true } else { false }
        }
    }

    @Test("for the shape of an example, one batch is read") func shapeOfAnExample() throws {
        let (built, unbuilt) = (SelectedSource(), SelectedSource())
        let (first, _) = try train(Loader(built, batchSize: 4), epochs: 1)
        var model = first
        for source in [built, unbuilt] {
            source.asked.withLock { $0 = [] }
            if source === unbuilt { model = network() }
            try model.fit(
                Loader(source, batchSize: 4, workers: 4), loss: .meanSquaredError, epochs: 1, seed: 5, on: .loop,
                progress: .silent)
            #expect(source.asked.withLock { $0.count } == (source === built ? 21 : 25))
        }
    }

    @Test("an example that cannot be had ends the training, and the network keeps its last weights")
    func errors() throws {
        let source = Self.data.mapped { example, _ in
            if example.features == (try Self.data.example(at: 20, key: RandomKey(seed: 0))).features { throw Broken() }
            return example
        }
        var expected = network()
        try expected.fit(
            Loader(Self.data.subset(0..<16), batchSize: 8, order: .sequential), loss: .meanSquaredError, epochs: 1,
            seed: 5, on: .loop, progress: .silent)
        var model = network()
        do {
            try model.fit(
                Loader(source, batchSize: 8, order: .sequential), loss: .meanSquaredError, epochs: 1, seed: 5,
                on: .loop, progress: .silent)
            Issue.record("no error")
        } catch LoadingError.example(let index, let reason) {
            #expect(index == 20 && reason is Broken)
        }
        #expect(try model.weightsSHA256() == expected.weightsSHA256())
    }
}
