import Foundation
import Testing
import UnloopData
import UnloopNetwork
import UnloopTensor

/// TensorBoard's files, byte by byte and read back. `Golden/check_tensorboard.py` gives them to TensorBoard itself.
@Suite struct TensorBoardTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    @Test("CRC-32C of RFC 3720, section B.4")
    func checksums() {
        #expect(crc32c([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
        #expect(crc32c([UInt8](repeating: 255, count: 32)) == 0x62a8_ab43)
        #expect(crc32c(0..<32) == 0x46dd_794e)
        #expect(crc32c((0..<32).reversed()) == 0x113f_db5c)
        let command: [UInt8] = [
            0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0x14, 0, 0, 0,
            0x18,
            0x28, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
        ]
        #expect(crc32c(command) == 0xd996_3a56)
        #expect(crc32c("123456789".utf8) == 0xe306_9283)
        #expect(crc32c([]) == 0)
    }

    @Test("the bytes that the tensorboard package 2.21 writes")
    func golden() {
        func hex(_ event: TensorBoardEvent) -> String {
            event.record.map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined()
        }
        #expect(
            hex(TensorBoardEvent(wallTime: 1234.5, step: 0, .version))
                == "1800000000000000a37f4b220900000000004a93401a0d627261696e2e4576656e743a3265b8d3fb")
        #expect(
            hex(TensorBoardEvent(wallTime: 1234.5, step: 3, .start))
                == "0f000000000000006d532b090900000000004a934010033a0208012c83c1e8")
        let scalars: [TensorBoardEvent.Scalar] = [.init("loss/training", 0.1), .init("metrics/größe", 0)]
        #expect(
            hex(TensorBoardEvent(wallTime: 1234.5, step: 300, .scalars(scalars)))
                == "3c00000000000000c8b7a3520900000000004a934010ac022a2e0a140a0d6c6f73732f747261696e696e6715cdcccc3d"
                + "0a160a0f6d6574726963732f6772c3b6c39f6515000000009342c02b")
    }

    @Test func fitWritesCurves() throws {
        let x = Tensor((0..<64).map { Float($0) / 32 - 1 }, shape: [64, 1], on: .loop)
        let line = Dataset(features: x, labels: x * 2 - 1)
        var model = Model { Dense(1) }
        var losses: [Float] = []
        let begin = Date().timeIntervalSince1970
        let path = folder.path("logs/first")
        let history = try model.fit(
            line, validating: line, loss: .meanSquaredError, optimizer: .sgd(0.1), metrics: [.meanAbsoluteError],
            epochs: 2, batchSize: 8, seed: 1, on: .loop,
            callbacks: [
                .afterStep {
                    if $0.step % 5 == 0 { losses.append(try $0.loss.item()) }
                    return .proceed
                }, .tensorBoard(path, everySteps: 5),
            ], progress: .silent)

        let files = try eventFiles(path)
        #expect(files.count == 1)
        let name = try #require(files.first)
        let form = #/events\.out\.tfevents\.\d{10}\..+\.\d+\.\d+/#
        #expect(try form.wholeMatch(in: name) != nil, "\(name)")
        let events = try readEvents(path + "/" + name)
        #expect(events.map(\.step) == [0, 1, 1, 2])
        #expect(events[0].version == "brain.Event:2")
        #expect(events.map(\.isStart) == [false, true, false, false])
        #expect(events.allSatisfy { $0.wallTime >= begin && $0.wallTime <= Date().timeIntervalSince1970 })
        for (event, epoch) in zip(events[2...], history.epochs) {
            #expect(
                event.scalars == [
                    "loss/training": Float(epoch.trainingLoss),
                    "loss/validation": epoch.validationLoss.map { Float($0) },
                    "metrics/meanAbsoluteError": epoch.metrics["meanAbsoluteError"].map { Float($0) },
                    "learning_rate": 0.1,
                ])
        }

        let steps = try #require(eventFiles(path + "/steps").first)
        let stepEvents = try readEvents(path + "/steps/" + steps)
        #expect(stepEvents.map(\.step) == [0, 1, 5, 10, 15])
        #expect(stepEvents.map(\.isStart) == [false, true, false, false, false])
        #expect(stepEvents[2...].map(\.scalars) == losses.map { ["loss/step": $0] })
    }

    /// Four epochs of three steps; the training was interrupted in the fourth and taken up after the second.
    private func writeInterrupted(in path: String) throws {
        try write(in: path, after: 0, 1...3)
        // The clock of the machine that goes on may be late.
        let ahead = String(Int(Date().timeIntervalSince1970) + 1000)
        for path in [path, path + "/steps"] {
            let name = try #require(eventFiles(path).first)
            let later = name.split(separator: ".").enumerated().map { $0.offset == 3 ? ahead : String($0.element) }
            try FileManager.default.moveItem(
                atPath: path + "/" + name, toPath: path + "/" + later.joined(separator: "."))
        }
        try write(in: path, after: 2, 3...4)
    }

    private func write(in path: String, after done: Int, _ numbers: ClosedRange<Int>) throws {
        let epochs = (1...4).map { LoggedEpoch($0, loss: 1 / Double($0), metrics: ["größe": Double($0)]) }
        let all = try logHistory(epochs).epochs
        let log = TensorBoardLog(path, everySteps: 2)
        try log.begin(logHistory(Array(epochs.prefix(done)), metricNames: ["größe"]), step: done * 3)
        for number in numbers {
            for step in number * 3 - 2...number * 3 { try log.add(step: step) { Double(step) } }
            try log.add(all[number - 1])
        }
    }

    /// TensorBoard forgets what it read before when a file begins anew at a step; so does this.
    private func shown(_ path: String) throws -> [[Float]] {
        var points: [(step: Int, value: Float)] = []
        for file in try eventFiles(path) {
            for event in try readEvents(path + "/" + file) {
                if event.isStart { points.removeAll { $0.step >= event.step } }
                if let value = event.scalars["loss/training"] ?? event.scalars["loss/step"] {
                    points.append((event.step, value ?? .nan))
                }
            }
        }
        return points.map { [Float($0.step), $0.value] }
    }

    @Test func curvesGoOnAfterACheckpoint() throws {
        // Where TensorBoard itself is to read the files; see `Golden/check_tensorboard.py`.
        if let kept = ProcessInfo.processInfo.environment["UNLOOP_EVENT_FILES"] { try writeInterrupted(in: kept) }
        let path = folder.path("run")
        try writeInterrupted(in: path)
        #expect(try eventFiles(path).count == 2)
        #expect(try shown(path) == (1...4).map { [Float($0), Float(1 / Double($0))] })
        #expect(try shown(path + "/steps") == [2, 4, 6, 8, 10, 12].map { [$0, $0] })
        // The process ended between saving the second epoch and logging it.
        try write(in: folder.path("early"), after: 0, 1...1)
        try write(in: folder.path("early"), after: 2, 3...4)
        #expect(try shown(folder.path("early")) == shown(path))
        // Another training in the same folder replaces the curves.
        try write(in: path, after: 0, 1...1)
        #expect(try shown(path) == [[1, 1]])
        #expect(try shown(path + "/steps") == [[2, 2]])
    }

    @Test func numbersThatAreNotFiniteStay() throws {
        let log = TensorBoardLog(folder.path("run"))
        try log.begin(logHistory([], metricNames: ["m", "absent"]), step: 0)
        #expect(try eventFiles(folder.path("run")).isEmpty)
        for epoch in try logHistory([LoggedEpoch(1, loss: 1e300, validation: -.infinity, metrics: ["m": .nan])]).epochs
        {
            try log.add(epoch)
        }
        try log.finish()
        let file = try #require(eventFiles(folder.path("run")).first)
        let scalars = try readEvents(folder.path("run") + "/" + file)[2].scalars
        #expect(scalars.keys.sorted() == ["learning_rate", "loss/training", "loss/validation", "metrics/m"])
        #expect(scalars["loss/training"] == .infinity && scalars["loss/validation"] == -.infinity)
        #expect(try #require(scalars["metrics/m"] ?? nil).isNaN)
        #expect(!FileManager.default.fileExists(atPath: folder.path("run/steps")))
    }

    private func eventFiles(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.contains("tfevents") }.sorted()
    }
}
