import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Files that trainings leave behind.
extension FuzzTests {
    private static let jsonWords = [
        "{", "}", "[", "]", ",", ":", "\"", "\\\"", "\\u0000", "null", "true", "1e400", "-1",
    ]

    @Test func tableModel() throws {
        let file = InputFile()
        let table = try CSVTable(
            text: "size,colour,built\n1,red,2001-02-03\n,blue,\n7.5,,2020-01-01\n", hasHeader: true)
        try fuzz(
            "table-model",
            Self.jsonWords + [
                "hiddenUnits", "\\\"number\\\":{", "\\\"category\\\":{", "\\\"classes\\\"", "\\\"columns\\\":[",
                "1152921504606846976",
                "\"dtype\":\"F64\"", "\"shape\":[", "Unloop checkpoint 1",
            ],
            repair: Repair.safeTensorsSeal
        ) { bytes in
            try file.hold(bytes)
            for units in [1, 2] {
                var weights = Model {
                    Dense(units, activation: .relu)
                    Dense(3)
                }
                try refusal { try weights.load(from: file.path, on: .loop) }
            }
            let model = try TableModel(path: file.path, on: .loop)
            let predictions = try model.predict(table)
            #expect(predictions.texts.count == 3)
            try refusal {
                let lines = Array(try predictions.lines(of: table)).flatMap { $0 }
                #expect(try CSVTable(bytes: lines, hasHeader: true).rowCount == 3)
            }
            #expect(model.encoder.featureNames.count == model.encoder.featureCount)
        }
    }

    // MARK: Trainings

    private static func network() -> Model<Sequential> {
        Model {
            Dense(2, activation: .tanh)
            Dense(3)
        }
    }

    /// Five examples, in batches of two.
    private static func train(
        _ model: inout Model<Sequential>, epochs: Int, checkpoint: CheckpointSchedule? = nil, to folder: String? = nil,
        resume: Resumption = .none, receipt: Receipt? = nil
    ) throws {
        let features = Tensor((0..<10).map { Float($0) / 8 }, shape: [5, 2], on: .loop)
        try model.fit(
            Dataset(features: features, labels: Tensor(int32: [0, 1, 2, 1, 0], on: .loop)), loss: .softmaxCrossEntropy,
            optimizer: .adam(.step(from: 0.1, factor: 0.5, every: 2)), epochs: epochs, batchSize: 2, seed: 1, on: .loop,
            averaging: .exponential(decay: 0.5), plateau: ReduceOnPlateau(.trainingLoss, patience: 0),
            earlyStopping: EarlyStopping(.trainingLoss, patience: 1), progress: .silent, checkpoint: checkpoint,
            to: folder,
            resume: resume, receipt: receipt)
    }

    /// Checkpoints of the second epoch's first step and of its end, and the receipt, the same ones every time.
    private static func files(of folder: String) throws -> (checkpoints: [[UInt8]], receipt: [UInt8]) {
        var model = network()
        let receipt = folder + "/receipt"
        try train(
            &model, epochs: 2, checkpoint: .every(.steps(1), keeping: 4), to: folder,
            receipt: .write(receipt, every: 2, about: ["what": "damaged files"]))
        var checkpoints: [[UInt8]] = []
        for step in [4, 6] {
            let path = "\(folder)/step-00000000\(step).safetensors"
            var file = try SafeTensors(path: path)
            let record = try #require(file.metadata["text/run"])
            // What differs from one run to the next.
            file.metadata["text/run"] = record.replacing(/"(seconds|examplesPerSecond)":[^,}]+/) { "\"\($0.1)\":0.5" }
            // Shorter, so that more of the damage is elsewhere.
            file.metadata["version"] = "1"
            try file.sealed().write(to: path)
            checkpoints.append([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
        }
        return (checkpoints, [UInt8](try Data(contentsOf: URL(fileURLWithPath: receipt))))
    }

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("unloop-fuzz-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    @Test func checkpoint() throws {
        guard isWanted("checkpoint") else { return }
        try inFolder { folder in
            let good = try Self.files(of: folder).checkpoints
            var start = Self.network()
            start.build(inputShape: [2], on: .loop)
            let file = InputFile()
            try fuzz(
                "checkpoint", folders: [], made: good,
                Self.jsonWords + [
                    "model/", "optimizer/", "average/", "best/", "text/run", "/", "0.weight", "1/", "nan", "inf",
                    "\"3,2\"", "\"dtype\":\"F64\"",
                    "9007199254740992", "\\\"batches\\\":", "\\\"epochsWithout\\\":", "\"parameters\":\"4\"",
                ],
                usual: 4000, repair: Repair.safeTensorsSeal
            ) { bytes in
                try file.hold(bytes)
                var unbuilt = Self.network()
                try refusal {
                    try unbuilt.load(from: file.path, on: .loop)
                    guard let shape = unbuilt.inputShape,
                        shape.reduce(into: 1, { $0 = min(1000, $0 * min(1000, $1)) }) < 1000
                    else { return }
                    _ = try unbuilt.prediction(for: Tensor.zeros([2] + shape, on: .loop), requiringFinite: true)
                }
                var model = start
                try refusal { try model.load(from: file.path) }
                try refusal { try model.load("1.*", from: file.path) }
                let checkpoint = try Checkpoint(path: file.path)
                try refusal { try checkpoint.restore(&model) }
                for optimizer in [Optimizer.sgd(0.1), .adam(.step(from: 0.1, factor: 0.5, every: 2))] {
                    var state = OptimizerState(optimizer)
                    try refusal { try checkpoint.restore(&state, of: model) }
                    #expect(state.learningRate.isFinite)
                }
                var average = WeightAverage(.exponential(decay: 0.5), of: model.values)
                try refusal { try checkpoint.restore(&average) }
                // A training that goes on, if only to its end.
                model = start
                try Self.train(&model, epochs: 3, resume: .from(file.path))
            }
        }
    }

    @Test func receipt() throws {
        guard isWanted("receipt") else { return }
        try inFolder { folder in
            let good = try Self.files(of: folder).receipt
            var start = Self.network()
            start.build(inputShape: [2], on: .loop, seed: 1)
            let file = InputFile()
            try fuzz(
                "receipt", folders: [], made: [good, good + "{\"chain\":".utf8],
                Self.jsonWords + [
                    "\n", "{\"chain\":\"", "\",\"entry\":", "\"step\":", "\"epoch\":1", "\"every\":", "\"loss\":\"",
                    "\"about\":{", "\\ud800", "é",
                ], usual: 4000, repair: Repair.receiptChain
            ) { bytes in
                try file.hold(bytes)
                let torn = try ReceiptFile(path: file.path, allowsTornEnd: true)
                let whole = try ReceiptFile(path: file.path)
                #expect(torn.about == whole.about)
                var model = start
                try refusal { try Self.train(&model, epochs: 2, receipt: .verify(file.path)) }
            }
        }
    }

    @Test func log() throws {
        let history = try JSONDecoder().decode(
            History.self,
            from: Data(
                #"{"epochs":[{"number":1,"trainingLoss":0.5,"metrics":{},"learningRate":1,"seconds":1,"examplesPerSecond":1}],"metricNames":["a"],"stoppedEarly":false,"weightsFromEpoch":1,"steps":9,"resumedFromStep":0}"#
                    .utf8))
        let file = InputFile()
        try fuzz("log", Self.jsonWords + ["\n", "\"event\":\"step\"", "\"epoch\":", "\"step\":"]) { bytes in
            try file.hold(bytes)
            try JSONLinesLog(file.path).begin(history, step: 8)
        }
    }
}
