import Foundation
import Synchronization
import Unloop
import UnloopBackend
import UnloopConformance
import UnloopCPU

/// A process that trains, or goes on with a training, until it is done or something stops it.
enum Child {
    /// What a child tells about a training that it ended.
    struct Report: Codable {
        let hash: String
        /// Of every epoch, without times.
        let losses: [String]
        let resumedFromStep: Int
        let steps: Int
        /// How many operations the device did.
        let operations: Int
    }

    /// - Parameter words: scenario, folder, receipt, device (`failing:N` is the processor, which fails at operation N), and the file for
    ///   the report.
    static func run(_ words: [String]) async throws -> Int32 {
        guard words.count == 5, let scenario = Scenario(rawValue: words[0]) else { return 2 }
        let operations = Mutex(0)
        let failing =
            words[3].split(separator: ":").first == "failing" ? Int(words[3].dropFirst("failing:".count)) : nil
        let device: Device
        if words[3].hasPrefix("failing") {
            let backend = ObservedBackend(try CPUBackend.shared(), name: "failing") { (call) throws(BackendError) in
                let number = operations.withLock { number in
                    number += 1
                    return number
                }
                if number == failing { throw .outOfMemory(device: "failing", bytes: 1, limit: 0) }
            }
            device = Device(backend, label: "failing")
        } else {
            device = try Device(named: words[3])
        }
        _ = received.load(ordering: .relaxed)
        signal(SIGTERM) { received.store($0, ordering: .relaxed) }
        let cancel = Callback.afterStep { _ in
            if received.load(ordering: .relaxed) != 0 { withUnsafeCurrentTask { $0?.cancel() } }
            return .proceed
        }
        do {
            let (hash, history) = try scenario.train(
                on: device, folder: words[1], receipt: words[2], callbacks: [cancel])
            let report = Report(
                hash: hash,
                losses: history.epochs.map {
                    "\($0.trainingLoss) \($0.validationLoss ?? 0) \($0.learningRate) \($0.metrics.sorted { $0.key < $1.key })"
                },
                resumedFromStep: history.resumedFromStep, steps: history.steps,
                operations: operations.withLock { $0 })
            try JSONEncoder().encode(report).write(to: URL(fileURLWithPath: words[4]))
            return 0
        } catch is CancellationError {
            return 143
        } catch let error as TensorError {
            print("\(error)")
            return 3
        }
    }

    /// Whether every checkpoint in a folder can be read.
    static func check(_ folder: String) throws -> Int32 {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".safetensors") {
            _ = try Checkpoint(path: folder + "/" + name)
        }
        return 0
    }
}

private let received = Atomic<Int32>(0)
