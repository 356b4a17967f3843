import Foundation
import UnloopBackend
import UnloopData

/// A folder with the checkpoints of one training: `step-000000450.safetensors`, and `best.safetensors`. One training at a time writes into
/// it.
struct CheckpointFolder: Sendable {
    let path: String
    private let lock: FileLock

    /// Makes the folder, if it is not there, and takes it for this training.
    ///
    /// - Throws: `TrainingError.folderInUse`; `DataError.unwritable`.
    init(_ path: String) throws {
        self.path = path
        do {
            try makeFolder(path)
            let note = "process \(ProcessInfo.processInfo.processIdentifier)"
            let (lock, holder) = try FileLock.acquire(path + "/lock", note: note)
            guard let lock else { throw TrainingError.folderInUse(folder: path, process: holder) }
            self.lock = lock
        } catch let error as FileFailure {
            throw DataError.unwritable(file: path, reason: error.reason)
        }
    }

    var bestPath: String { path + "/best" + Self.suffix }

    func path(ofStep step: Int) -> String {
        let digits = String(step)
        return path + "/step-" + String(repeating: "0", count: Swift.max(0, 9 - digits.count)) + digits + Self.suffix
    }

    private static let suffix = ".safetensors"

    /// The steps of which there are checkpoints, in increasing order.
    func steps() throws(DataError) -> [Int] { try Self.files(in: path).map(\.step) }

    /// The newest checkpoint; nil if there is none.
    func newest() throws(DataError) -> String? { try Self.files(in: path).last?.path }

    /// The checkpoints in a folder in the order of their steps.
    static func files(in folder: String) throws(DataError) -> [(step: Int, path: String)] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw .unreadable(file: folder, reason: error.localizedDescription)
        }
        return names.compactMap { name in
            guard name.hasPrefix("step-"), name.hasSuffix(suffix) else { return nil }
            return Int(name.dropFirst("step-".count).dropLast(suffix.count)).map { ($0, folder + "/" + name) }
        }.sorted { $0.step < $1.step }
    }

    /// - Throws: `TrainingError.folderHasCheckpoints` where there are some of later steps: a training that takes up an earlier one would mix
    ///   them.
    func check(resumesAt step: Int) throws {
        if let last = try steps().last, last > step { throw TrainingError.folderHasCheckpoints(folder: path) }
    }

    /// Writes a checkpoint, and removes the oldest beyond those that are kept.
    func write(_ checkpoint: Checkpoint, step: Int, keeping kept: Int) throws(DataError) {
        try checkpoint.write(to: path(ofStep: step))
        for (_, old) in try Self.files(in: path).dropLast(kept) {
            do {
                try FileManager.default.removeItem(atPath: old)
            } catch {
                throw .unwritable(file: old, reason: error.localizedDescription)
            }
        }
    }
}

extension Checkpoint {
    /// The newest checkpoint file that a training wrote into a folder; nil if there is none.
    ///
    /// - Throws: `DataError` for a folder that cannot be read.
    public static func newest(in folder: String) throws(DataError) -> String? {
        try CheckpointFolder.files(in: folder).last?.path
    }
}
