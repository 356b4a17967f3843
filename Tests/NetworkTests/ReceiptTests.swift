import Foundation
import Synchronization
import Testing
import UnloopBackend
import UnloopConformance
import UnloopData
import UnloopLoop
import UnloopNetwork
import UnloopTensor

private final class Counter: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    /// Counts from 1.
    func next() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}

@Suite struct ReceiptTests {
    /// With momentum, not with Adam, whose first step goes by the signs of the gradients alone: an error in one shows a step later.
    private func fit(
        on device: Device, receipt: Receipt, batchNorm: Bool = true, epochs: Int = 3, seed: UInt64 = 5,
        checkpoint: CheckpointSchedule? = nil, to folder: String? = nil, resume: Resumption = .none,
        callbacks: [Callback] = []
    ) throws -> Model<Sequential> {
        var model = Model {
            Dense(6, activation: .tanh)
            if batchNorm { BatchNorm() }
            Dense(3)
        }
        let labels = Tensor(int32: (0..<23).map { Int32($0 * 7 % 3) }, on: device)
        try model.fit(
            Dataset(features: samples([23, 5], on: device), labels: labels), loss: .softmaxCrossEntropy,
            optimizer: .momentum(0.05), epochs: epochs, batchSize: 4, seed: seed, on: device, callbacks: callbacks,
            progress: .silent, checkpoint: checkpoint, to: folder, resume: resume, receipt: receipt)
        return model
    }

    private func contents(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }

    @Test func everyDeviceWritesTheSameAndVerifiesIt() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("receipt")
        let model = try fit(on: .loop, receipt: .write(path, every: 4, about: ["what": "a test"]))
        let text = try contents(path)
        let lines = text.split(separator: "\n")
        // The head, steps 4, 8, 12, 16, and the end after 18.
        #expect(lines.count == 6 && text.hasSuffix("\n"))
        #expect(lines[5].contains(try model.weightsSHA256()) && lines[5].contains("\"step\":18"))
        for device in try DeviceTests.devices() {
            _ = try fit(on: device, receipt: .verify(path))
            let other = directory.path("other")
            _ = try fit(on: device, receipt: .write(other, every: 4, about: ["what": "a test"]))
            #expect(try contents(other) == text, "\(device)")
        }
    }

    @Test func aReceiptGoesOnWithItsTraining() throws {
        struct Stopped: Error {}
        let directory = try TemporaryDirectory()
        let (whole, path, folder) = (directory.path("whole"), directory.path("receipt"), directory.path("run"))
        _ = try fit(on: .loop, receipt: .write(whole, every: 2))
        let stop = Callback.afterStep { step in
            if step.step == 11 { throw Stopped() }
            return .proceed
        }
        #expect(throws: Stopped.self) {
            try fit(
                on: .loop, receipt: .write(path, every: 2), checkpoint: .every(.steps(5)), to: folder, callbacks: [stop]
            )
        }
        // As a process leaves it that is killed while it writes.
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"chain\":\"12".utf8))
        #expect(throws: TrainingError.self) { try fit(on: .loop, receipt: .verify(path)) }
        _ = try fit(
            on: .loop, receipt: .write(path, every: 2), checkpoint: .every(.steps(5)), to: folder, resume: .newest)
        #expect(try contents(path) == contents(whole))
        // From a checkpoint, what comes after it is compared.
        _ = try fit(
            on: .loop, receipt: .verify(whole), resume: .from(folder + "/step-000000015.safetensors"))
    }

    @Test func changedReceiptsAndOtherTrainingsAreRefused() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("receipt")
        _ = try fit(on: .loop, receipt: .write(path, every: 4))
        let text = try contents(path)
        for (line, from, to) in [
            (1, "\"seed\":5", "\"seed\":6"), (2, "\"step\":4", "\"step\":5"), (4, "\"epoch\":2", "\"epoch\":3"),
            (2, "\"loss\":\"", "\"loss\":\"0"), (6, "}}", "} }"), (3, "\n{\"chain\":\"", "\n{\"chain\":\"0"),
        ] {
            var lines = text.components(separatedBy: "\n")
            lines[line - 1] = ("\n" + lines[line - 1]).replacingOccurrences(of: from, with: to).trimmingCharacters(
                in: .newlines)
            let changed = lines.joined(separator: "\n")
            #expect(changed != text, "line \(line)")
            try Data(changed.utf8).write(to: URL(fileURLWithPath: path))
            #expect {
                try fit(on: .loop, receipt: .verify(path))
            } throws: { error in
                if case .receiptInvalid(path, line, _)? = error as? TrainingError { true } else { false }
            }
        }
        // A line that is missing.
        var lines = text.components(separatedBy: "\n")
        lines.remove(at: 2)
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: TrainingError.self) { try fit(on: .loop, receipt: .verify(path)) }

        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        for attempt in [
            { try fit(on: .loop, receipt: .verify(path), seed: 6) },
            { try fit(on: .loop, receipt: .verify(path), epochs: 4) },
            { try fit(on: .loop, receipt: .verify(path), batchNorm: false) },
        ] {
            #expect {
                _ = try attempt()
            } throws: { error in
                if case .receiptDoesNotFit(path, _)? = error as? TrainingError { true } else { false }
            }
        }
        #expect(throws: DataError.self) { try fit(on: .loop, receipt: .verify(directory.path("absent"))) }
        #expect(throws: DataError.self) { try fit(on: .loop, receipt: .verify(directory.path(""))) }
        // Nobody writes into it.
        let pipe = directory.path("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        #expect(throws: DataError.self) { try fit(on: .loop, receipt: .verify(pipe)) }
        #expect(throws: DataError.self) { try fit(on: .loop, receipt: .write(directory.path("no/receipt"), every: 1)) }
    }

    /// A device with one wrong bit in one of its products.
    ///
    /// - Parameter calls: counts them.
    private func lyingDevice(_ number: Int, calls: Counter = Counter()) -> Device {
        let base = LoopBackend.shared
        let backend = ObservedBackend(
            base, name: "lying",
            after: { (made, outputs) throws(BackendError) in
                guard case .matmul = made, let view = outputs.first, view.elementCount > 0 else { return }
                guard calls.next() == number else { return }
                guard case .float32(var elements) = try base.download(view.buffer, offset: 0, count: view.buffer.count)
                else { return }
                elements[view.offset] = Float(bitPattern: elements[view.offset].bitPattern ^ 0x40_0000)
                let all: Dimensions = [elements.count]
                try base.copy(
                    StridedView(try base.upload(.float32(elements)), shape: all),
                    to: StridedView(view.buffer, shape: all))
            })
        return Device(backend, label: "lying")
    }

    @Test("one wrong bit is found at its step by the receipt, and its operation by the checking device")
    func oneWrongBit() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("receipt")
        _ = try fit(on: .loop, receipt: .write(path, every: 1))
        let calls = Counter()
        _ = try fit(on: lyingDevice(0, calls: calls), receipt: .verify(path))
        let products = calls.count / 18
        #expect(products >= 4 && calls.count == products * 18)
        for (number, step) in [
            (1, 1), (products, 1), (products + 1, 2), (5 * products + 2, 6), (17 * products + 3, 18),
        ] {
            #expect {
                try fit(on: lyingDevice(number), receipt: .verify(path))
            } throws: { error in
                guard case .receiptDiffers(path, let found, _, _, _)? = error as? TrainingError else { return false }
                return found == step
            }
            let device = try Device.checking(lyingDevice(number), against: .loop)
            #expect(throws: TensorError.self) { try fit(on: device, receipt: .verify(path)) }
            let difference = try #require(device.differences.first)
            #expect("\(difference)".contains("matmul") && device.differences.count == 1)
            #expect(difference.element == [0, 0], "\(difference)")
        }
    }
}
