import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Tables and lines of a training: exact texts, and the same after an interruption.
@Suite struct LogTests {
    let folder: TemporaryDirectory
    /// y = 2x - 1 on 64 points.
    let line: Dataset = {
        let x = Tensor((0..<64).map { Float($0) / 32 - 1 }, shape: [64, 1], on: .loop)
        return Dataset(features: x, labels: x * 2 - 1)
    }()

    init() throws { folder = try TemporaryDirectory() }

    private func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Of a network that learns the line in eight steps an epoch.
    @discardableResult
    private func fit(epochs: Int = 2, metrics: [Metric] = [], _ callbacks: [Callback]) throws -> History {
        var model = Model { Dense(1) }
        return try model.fit(
            line, validating: line, loss: .meanSquaredError, optimizer: .sgd(0.1), metrics: metrics, epochs: epochs,
            batchSize: 8, seed: 1, on: .loop, callbacks: callbacks, progress: .silent)
    }

    // MARK: CSV

    @Test func tablesHoldEveryEpoch() throws {
        let path = folder.path("log.csv")
        let names = ["accuracy", "a,b", "the \"best\"", "line\nbreak"]
        let log = CSVLog(path)
        try log.begin(logHistory([], metricNames: names))
        #expect(text(path) == nil)
        let epochs = try logHistory([
            LoggedEpoch(
                1, loss: 0.5, validation: 0.25,
                metrics: ["accuracy": 0.1, "a,b": .nan, "the \"best\"": .infinity, "line\nbreak": -.infinity]),
            LoggedEpoch(2, loss: 1 / 3, metrics: ["a,b": 1e-5]),
        ]).epochs
        let header =
            "epoch,training_loss,validation_loss,accuracy,\"a,b\",\"the \"\"best\"\"\",\"line\nbreak\",learning_rate,seconds,"
            + "examples_per_second\r\n"
        let rows = [
            "1,0.5,0.25,0.1,nan,inf,-inf,0.001,1.5,1000\r\n", "2,0.3333333333333333,,,1e-05,,,0.001,1.5,1000\r\n",
        ]
        try log.add(epochs[0])
        #expect(text(path) == header + rows[0])
        try log.add(epochs[1])
        try log.finish()
        #expect(text(path) == header + rows[0] + rows[1])

        let table = try CSVTable(path: path, hasHeader: true)
        #expect(table.columnNames?[3..<7] == names[...])
        #expect(table.rows.map { $0[1] } == ["0.5", "0.3333333333333333"])
    }

    @Test func fitWritesATable() throws {
        let path = folder.path("log.csv")
        try Data("of another training".utf8).write(to: URL(fileURLWithPath: path))
        let history = try fit(epochs: 3, metrics: [.meanAbsoluteError], [.csv(path)])
        let table = try CSVTable(path: path, hasHeader: true)
        #expect(
            table.columnNames == [
                "epoch", "training_loss", "validation_loss", "meanAbsoluteError", "learning_rate", "seconds",
                "examples_per_second",
            ])
        let expected = history.epochs.map { epoch -> [Double?] in
            [
                Double(epoch.number), epoch.trainingLoss, epoch.validationLoss, epoch.metrics["meanAbsoluteError"],
                epoch.learningRate, epoch.seconds, epoch.examplesPerSecond,
            ]
        }
        #expect(expected.count == 3 && expected[2].allSatisfy { $0 != nil })
        #expect(table.rows.map { $0.map(Double.init) } == expected)
    }

    @Test func tablesGoOnAfterACheckpoint() throws {
        let epochs = (1...4).map { LoggedEpoch($0, loss: 1 / Double($0), metrics: ["m": Double($0)]) }
        let all = try logHistory(epochs, metricNames: ["m"]).epochs
        func write(_ name: String, after done: Int, _ numbers: ClosedRange<Int>) throws {
            let log = CSVLog(folder.path(name))
            try log.begin(logHistory(Array(epochs.prefix(done)), metricNames: ["m"]))
            for number in numbers { try log.add(all[number - 1]) }
        }
        try write("whole", after: 0, 1...4)
        // The checkpoint is of the second epoch; the process ended in the fourth.
        try write("interrupted", after: 0, 1...3)
        try write("interrupted", after: 2, 3...4)
        #expect(text(folder.path("interrupted")) == text(folder.path("whole")))
        // The file did not come along.
        try write("moved", after: 2, 3...4)
        #expect(text(folder.path("moved")) == text(folder.path("whole")))

        // Nothing was left to do, but rows are there of steps after the checkpoint.
        let log = CSVLog(folder.path("interrupted"))
        try log.begin(logHistory(Array(epochs.prefix(3)), metricNames: ["m"]))
        #expect(text(folder.path("interrupted")) == text(folder.path("whole")))
        try log.finish()
        try write("three", after: 0, 1...3)
        #expect(text(folder.path("interrupted")) == text(folder.path("three")))
    }

    // MARK: JSON

    @Test func linesHoldEpochsAndSteps() throws {
        let path = folder.path("log.jsonl")
        let log = JSONLinesLog(path, everySteps: 4)
        try log.begin(logHistory([], metricNames: ["a\"\n"]), step: 0)
        let epochs = try logHistory([
            LoggedEpoch(1, loss: 0.5, validation: 0.25, metrics: ["a\"\n": 0.875]),
            LoggedEpoch(2, loss: 0.125, validation: -.infinity, metrics: ["a\"\n": .nan]), LoggedEpoch(3, loss: 3),
        ]).epochs
        var asked: [Int] = []
        // Where sequences are cut, a callback sees several steps of the optimizer at a time.
        for (step, loss) in [(1, 9), (3, 9), (4, 0.1), (6, 9), (9, .infinity), (12, 2)] {
            try log.add(epoch: 1, step: step) {
                asked.append(step)
                return loss
            }
        }
        #expect(asked == [4, 9, 12])
        for epoch in epochs { try log.add(epoch) }
        try log.finish()
        let rest = "\"learning_rate\":0.001,\"seconds\":1.5,\"examples_per_second\":1000}\n"
        let expected = [
            "{\"event\":\"step\",\"epoch\":1,\"step\":4,\"loss\":0.1}\n",
            "{\"event\":\"step\",\"epoch\":1,\"step\":9,\"loss\":\"inf\"}\n",
            "{\"event\":\"step\",\"epoch\":1,\"step\":12,\"loss\":2}\n",
            #"{"event":"epoch","epoch":1,"training_loss":0.5,"validation_loss":0.25,"metrics":{"a\"\n":0.875},"# + rest,
            #"{"event":"epoch","epoch":2,"training_loss":0.125,"validation_loss":"-inf","metrics":{"a\"\n":"nan"},"#
                + rest,
            #"{"event":"epoch","epoch":3,"training_loss":3,"validation_loss":null,"metrics":{"a\"\n":null},"# + rest,
        ]
        #expect(text(path) == expected.joined())
        for line in expected { #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any]) }
    }

    @Test func fitWritesLines() throws {
        struct Line: Decodable, Equatable {
            let event: String
            let epoch: Int
            var step: Int?
            var loss: Double?
            var training_loss: Double?
            var validation_loss: Double?
        }
        let path = folder.path("log.jsonl")
        var expected: [Line] = []
        let see = Callback(
            afterStep: { step in
                if step.step % 3 == 0 {
                    expected.append(
                        Line(event: "step", epoch: step.epoch, step: step.step, loss: try step.loss.item()))
                }
                return .proceed
            },
            afterEpoch: { epoch in
                expected.append(
                    Line(
                        event: "epoch", epoch: epoch.number, training_loss: epoch.trainingLoss,
                        validation_loss: epoch.validationLoss))
                return .proceed
            })
        try fit([see, .jsonLines(path, everySteps: 3)])
        let lines = try (text(path) ?? "").split(separator: "\n").map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
        #expect(lines == expected)
        #expect(expected.map(\.event) == ["step", "step", "epoch", "step", "step", "step", "epoch"])
        #expect(expected.allSatisfy { $0.event == "step" || $0.validation_loss != nil })

        try fit([.jsonLines(path)])
        #expect(
            (text(path) ?? "").split(separator: "\n").map { $0.prefix(16) } == [
                "{\"event\":\"epoch\"", "{\"event\":\"epoch\"",
            ])
    }

    @Test func linesGoOnAfterACheckpoint() throws {
        let epochs = (1...3).map { LoggedEpoch($0, loss: 1 / Double($0)) }
        let all = try logHistory(epochs).epochs
        // Five steps an epoch, every second of which is logged.
        func write(_ name: String, after done: Int, until end: Int) throws {
            let log = JSONLinesLog(folder.path(name), everySteps: 2)
            try log.begin(logHistory(Array(epochs.prefix(done / 5))), step: done)
            for step in done + 1...end {
                try log.add(epoch: (step + 4) / 5, step: step) { Double(step) }
                if step % 5 == 0 { try log.add(all[step / 5 - 1]) }
            }
        }
        try write("whole", after: 0, until: 15)
        let whole = try #require(text(folder.path("whole")))
        #expect(whole.split(separator: "\n").count == 7 + 3)
        for checkpoint in 1...14 {
            try write("cut", after: 0, until: min(15, checkpoint + 4))
            // The process was killed while it wrote a line.
            let file = try #require(FileHandle(forWritingAtPath: folder.path("cut")))
            try file.seekToEnd()
            try file.write(contentsOf: Data("{\"event\":\"st".utf8))
            try file.close()
            try write("cut", after: checkpoint, until: 15)
            #expect(text(folder.path("cut")) == whole, "checkpoint at step \(checkpoint)")
        }
        // The file did not come along: epochs are known from the checkpoint, steps are not.
        try write("moved", after: 6, until: 15)
        let known = whole.split(separator: "\n").filter { line in
            !["2", "4", "6"].contains { line.contains("\"step\":\($0),") }
        }
        #expect((text(folder.path("moved")) ?? "").split(separator: "\n") == known)
    }

    @Test func linesOfSomethingElseAreNotContinued() throws {
        let path = folder.path("notes.jsonl")
        for other in ["my notes", "{\"event\":\"step\",\"epoch\":1}", "{\"event\":\"end\",\"epoch\":1}", ""] {
            let content = "{\"event\":\"epoch\",\"epoch\":1}\n\(other)\n"
            try Data(content.utf8).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: DataError.self) { try JSONLinesLog(path).begin(logHistory([]), step: 8) }
            guard case .malformedLine(path, 2, _)? = error else {
                Issue.record("\(other): \(String(describing: error))")
                continue
            }
            #expect(text(path) == content)
        }
        // In another encoding, and with bytes that are no text where nobody looks.
        let line = "{\"event\":\"step\",\"epoch\":1,\"step\":2}"
        let wide = try #require(line.data(using: .utf16LittleEndian))
        let bytes = Data(line.utf8.dropLast()) + Data(",\"a\":\"".utf8) + Data([0xff]) + Data("\"}".utf8)
        for other in [wide, bytes] {
            try (other + Data("\n".utf8)).write(to: URL(fileURLWithPath: path))
            #expect(throws: DataError.self) { try JSONLinesLog(path).begin(logHistory([]), step: 8) }
        }
        // It takes no room on the disk, but would in memory.
        try Data().write(to: URL(fileURLWithPath: path))
        guard truncate(path, 1 << 43) == 0 else { return }
        #expect(throws: DataError.self) { try JSONLinesLog(path).begin(logHistory([]), step: 8) }
    }

    // MARK: Errors

    @Test func whatCannotBeWrittenIsFoundBeforeTheFirstStep() throws {
        let file = folder.path("file")
        try Data("as before".utf8).write(to: URL(fileURLWithPath: file))
        var steps = 0
        let counter = Callback.afterStep { _ in
            steps += 1
            return .proceed
        }
        for callback in [
            Callback.csv(folder.path("absent/log.csv")), .csv(file + "/log.csv"), .csv(folder.url.path), .csv(""),
            .jsonLines(folder.path("absent/log.jsonl")), .jsonLines(file + "/log.jsonl", everySteps: 1),
            .tensorBoard(file), .tensorBoard(file + "/logs", everySteps: 2), .tensorBoard("/proc/self/logs"),
        ] {
            let error = #expect(throws: DataError.self) { try fit([counter, callback]) }
            guard case .unwritable? = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
        #expect(steps == 0)
        #expect(text(file) == "as before")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["file"])
    }

    @Test func aTrainingThatDoesNotBeginLeavesTheLogOfAnother() throws {
        struct Stop: Error {}
        let path = folder.path("log")
        try Data("as before".utf8).write(to: URL(fileURLWithPath: path))
        for callback in [Callback.csv(path), .jsonLines(path, everySteps: 1)] {
            #expect(throws: Stop.self) { try fit([callback, Callback(beforeRun: { _ in throw Stop() })]) }
            #expect(text(path) == "as before")
        }
    }

    @Test func devicesAreWrittenThrough() throws {
        try fit([.csv("/dev/null"), .jsonLines("/dev/null", everySteps: 1)])
        try JSONLinesLog("/dev/null").begin(logHistory([LoggedEpoch(1, loss: 1)]), step: 8)
        let error = #expect(throws: DataError.self) { try fit([.csv("/dev/full")]) }
        guard case .unwritable("/dev/full", _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func intervalsHaveSteps() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Callback.jsonLines("/dev/null", everySteps: 0)
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("jsonLines: every 0 steps"), "\(message)")
    }
}
