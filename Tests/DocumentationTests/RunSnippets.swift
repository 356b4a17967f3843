import Foundation
import Testing
import Unloop

// The code of the recipes about what becomes of a training: saved, stopped, resumed, proved and watched. See `DocumentationTests` for how
// it is held to the text.

// snippet: classifier
func classifier() -> Model<Sequential> {
    Model {
        Flatten()
        Dense(64, activation: .relu)
        Dense(10)
    }
}
// end

// snippet: run
func run(epochs: Int, on device: Device, in folder: String) throws -> String {
    let (training, test) = try Digits.load(on: device).split(holdingOut: 360, seed: 1)
    var model = DigitsTask.Model.mlp.make()
    try model.fit(
        training, validating: test, loss: .softmaxCrossEntropy, metrics: [.accuracy], epochs: epochs, seed: 1,
        on: device, checkpoint: .every(.epochs(1)), to: folder, resume: .newest)
    return try model.weightsSHA256()
}
// end

@Suite struct RunSnippets {
    @Test("a network is saved, and another program predicts with it") func saving() throws {
        let folder = try Documentation.temporaryFolder()
        defer { Documentation.remove(folder) }
        let path = folder + "/digits.safetensors"
        // snippet: save
        let (training, test) = try Digits.load(on: .cpu).split(holdingOut: 360, seed: 1)
        var trained = classifier()
        try trained.fit(training, loss: .softmaxCrossEntropy, optimizer: .adam(0.003), epochs: 10, seed: 1, on: .cpu)
        print(try trained.evaluate(test))
        try trained.save(to: path)
        // end
        let images = test.features
        do {
            // snippet: predict
            var model = classifier()
            try model.load(from: path)
            print(try model.prediction(for: images).argmax(-1).integers())
            // end
            #expect(model.inputShape == [8, 8, 1])
            #expect(try model.weightsSHA256() == trained.weightsSHA256())
            let classes = try model.prediction(for: images).argmax(-1).integers()
            #expect(try classes == trained(images).argmax(-1).integers())
            let right = try zip(classes, test.labels.integers()).count { $0 == $1 }
            #expect(Double(right) > 0.9 * Double(test.count))
        }
    }

    @Test("a training that was stopped goes on, elsewhere too") func stopping() async throws {
        let folder = try Documentation.temporaryFolder()
        defer { Documentation.remove(folder) }
        // snippet: stop-and-resume
        print(try run(epochs: 2, on: .cpu, in: folder + "/moved"))
        let moved = try run(epochs: 4, on: .loop, in: folder + "/moved")
        let whole = try run(epochs: 4, on: .cpu, in: folder + "/whole")
        print(moved == whole)  // true
        // end
        #expect(moved == whole)
        // snippet: cancel
        let data = try Digits.load(on: .cpu)
        let long = Task {
            var model = DigitsTask.Model.mlp.make()
            try await model.fitInBackground(
                data, loss: .softmaxCrossEntropy, epochs: 100_000, on: .cpu, checkpoint: .every(.minutes(10)),
                to: folder + "/long", resume: .newest)
        }
        try await Task.sleep(for: .milliseconds(100))
        long.cancel()
        _ = await long.result
        print(try Checkpoint.newest(in: folder + "/long") ?? "none")
        // end
        await #expect(throws: CancellationError.self) { try await long.value }
        let newest = try #require(try Checkpoint.newest(in: folder + "/long"))
        #expect(try Checkpoint(path: newest).names == ["model", "optimizer"])
    }

    @Test("a training is proved on another device") func proving() throws {
        let folder = try Documentation.temporaryFolder()
        defer { Documentation.remove(folder) }
        let path = folder + "/digits.receipt"
        // snippet: receipt
        let data = try Digits.load(on: .cpu)
        var model = DigitsTask.Model.mlp.make()
        try model.fit(
            data, loss: .softmaxCrossEntropy, epochs: 2, seed: 1, on: .cpu, receipt: .write(path, every: 50))
        // end
        // snippet: verify
        var again = DigitsTask.Model.mlp.make()
        do {
            try again.fit(
                data, loss: .softmaxCrossEntropy, epochs: 2, seed: 1, on: .loop, receipt: .verify(path))
            print("the same bits, step by step")
        } catch let error as TrainingError {
            print(error)
        }
        // end
        try #require(again.isBuilt)
        #expect(try again.weightsSHA256() == model.weightsSHA256())
        #expect {
            var other = DigitsTask.Model.mlp.make()
            try other.fit(data, loss: .softmaxCrossEntropy, epochs: 2, seed: 2, on: .cpu, receipt: .verify(path))
        } throws: {
            "\($0)".contains("its seed is 1, not 2")
        }
        // snippet: checking
        let device = try Device.checking(.cpu, against: .loop)
        var checked = DigitsTask.Model.mlp.make()
        try checked.fit(data, loss: .softmaxCrossEntropy, seed: 1, on: device)
        print(device.checkedOperations, device.differences)  // … []
        // end
        #expect(device.checkedOperations > 1000 && device.differences.isEmpty)
    }

    @Test("a training is watched") func watching() throws {
        let folder = try Documentation.temporaryFolder()
        defer { Documentation.remove(folder) }
        // snippet: watching
        let (training, test) = try Digits.load(on: .cpu).split(holdingOut: 360, seed: 1)
        var model = DigitsTask.Model.mlp.make()
        let shown = Callback(
            beforeRun: { print($0.summary) },
            afterValidation: { print($0.epoch, $0.loss, $0.metrics["accuracy"] ?? .nan) },
            afterRun: { print("the weights are those of epoch \($0.weightsFromEpoch)") })
        let history = try model.fit(
            training, validating: test, loss: .softmaxCrossEntropy, optimizer: .adam(0.003),
            metrics: [.accuracy, .topAccuracy(3), .f1], epochs: 40, seed: 1, on: .cpu,
            plateau: ReduceOnPlateau(factor: 0.5, patience: 1),
            earlyStopping: EarlyStopping(.metric("f1"), patience: 4),
            callbacks: [
                shown, .csv(folder + "/epochs.csv"), .jsonLines(folder + "/run.jsonl", everySteps: 10),
                .tensorBoard(folder + "/curves", everySteps: 10),
            ])
        // end
        let epochs = history.epochs
        #expect(epochs.count > 4 && history.metricNames == ["accuracy", "topAccuracy(3)", "f1"])
        #expect(epochs[epochs.count - 1].learningRate < 0.003)
        let best = try #require(epochs.map { $0.metrics["f1"] ?? 0 }.max())
        #expect(try model.evaluate(test, metric: .f1) == best && best > 0.9)
        #expect(epochs[history.weightsFromEpoch - 1].metrics["f1"] == best)
        let table = try String(contentsOfFile: folder + "/epochs.csv", encoding: .utf8)
        #expect(table.components(separatedBy: "\r\n").count == epochs.count + 2)
        let lines = try String(contentsOfFile: folder + "/run.jsonl", encoding: .utf8).components(separatedBy: "\n")
        #expect(lines.count { $0.contains("\"event\":\"step\"") } == history.steps / 10)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/curves").contains("steps"))
        // snippet: confusion
        let confusion = try ConfusionMatrix(outputs: model.predict(test.features), targets: test.labels)
        print(confusion.recall(ofClass: 8), confusion.counts[8])  // how many eights are taken for which digit
        // end
        #expect(confusion.examples == 360 && abs(confusion.f1() - best) < 1e-12)
    }
}
