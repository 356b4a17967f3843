import Foundation
import UnloopBackend
import UnloopData
import UnloopTensor

/// Writes the receipt of a training, or compares the training with one.
struct ReceiptKeeper {
    private let path: String
    private let every: Int
    private var role: Role

    private enum Role {
        case writing(FileHandle, ReceiptChain)
        /// What is to come, by step.
        case verifying([Int: ReceiptEntry], end: ReceiptEntry?)
    }

    /// - Parameter step: the one that a checkpoint was taken up from; 0 for the beginning.
    init(_ receipt: Receipt, _ identity: RunIdentity, epochs: Int, resumedFrom step: Int) throws {
        path = receipt.path
        switch receipt.purpose {
        case .write(let every, let about):
            self.every = every
            let head = ReceiptHead(
                receipt: ReceiptHead.format, version: unloopVersion, contract: ReceiptHead.contract, run: identity,
                epochs: epochs, every: every, about: about)
            role = try Self.begin(path, head, resumedFrom: step)
        case .verify:
            let file = try ReceiptFile(path: path)
            every = file.head.every
            if let reason = file.head.difference(from: identity, epochs: file.end == nil ? nil : epochs) {
                throw TrainingError.receiptDoesNotFit(file: path, reason: reason)
            }
            let rest = file.entries.filter { $0.step > step }
            role = .verifying(
                Dictionary(rest.map { ($0.step, $0) }, uniquingKeysWith: { first, _ in first }), end: file.end)
        }
    }

    /// The head, and the entries that a former process wrote before the checkpoint.
    private static func begin(_ path: String, _ head: ReceiptHead, resumedFrom step: Int) throws -> Role {
        var entries: [ReceiptEntry] = []
        if step > 0, FileManager.default.fileExists(atPath: path) {
            let file = try ReceiptFile(path: path, allowsTornEnd: true)
            if let reason = file.head.difference(from: head.run, epochs: nil) {
                throw TrainingError.receiptDoesNotFit(file: path, reason: reason)
            }
            entries = file.entries.filter { $0.step <= step }
        }
        var chain = ReceiptChain()
        var text = try chain.line(head)
        for entry in entries { text += try chain.line(entry) }
        do {
            try writeFile([Array(text.utf8)], to: path)
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try handle.seekToEnd()
            return .writing(handle, chain)
        } catch {
            throw Self.unwritable(path, error)
        }
    }

    private static func unwritable(_ path: String, _ error: any Error) -> DataError {
        .unwritable(file: path, reason: (error as? FileFailure)?.reason ?? error.localizedDescription)
    }

    /// Whether there is an entry after a batch, which with a window can be several steps.
    func isDue(afterSteps steps: Int, before: Int) -> Bool { steps / every > before / every }

    mutating func step(_ step: Int, epoch: Int, loss: Double, _ values: ParameterValues) throws {
        let entry = ReceiptEntry(
            step: step, epoch: epoch, loss: Self.bits(loss, values), weights: try values.sha256())
        switch role {
        case .writing: try append(entry)
        case .verifying(var expected, let end):
            guard let then = expected.removeValue(forKey: step) else { return }
            role = .verifying(expected, end: end)
            try compare("loss", step, then.loss ?? "", entry.loss ?? "")
            try compare("weights", step, then.weights, entry.weights)
        }
    }

    mutating func finish(steps: Int, _ values: ParameterValues) throws {
        let entry = ReceiptEntry(step: steps, weights: try values.sha256())
        switch role {
        case .writing:
            try append(entry)
            try synchronize()
        case .verifying(let expected, let end):
            if let step = expected.keys.min() { try compare("steps", step, "\(step) or more", "\(steps)") }
            guard let end else { return }
            try compare("steps", steps, "\(end.step)", "\(steps)")
            try compare("weights", steps, end.weights, entry.weights)
        }
    }

    /// Waits until what was written is on the disk.
    func synchronize() throws(DataError) {
        guard case .writing(let handle, _) = role else { return }
        do {
            try handle.synchronize()
        } catch {
            throw Self.unwritable(path, error)
        }
    }

    private mutating func append(_ entry: ReceiptEntry) throws {
        guard case .writing(let handle, var chain) = role else { return }
        let line = try chain.line(entry)
        do {
            try handle.write(contentsOf: Data(line.utf8))
        } catch {
            throw Self.unwritable(path, error)
        }
        role = .writing(handle, chain)
    }

    private func compare(_ part: String, _ step: Int, _ expected: String, _ found: String) throws(TrainingError) {
        if expected != found {
            throw .receiptDiffers(file: path, step: step, part: part, expected: expected, found: found)
        }
    }

    /// Of a number that was computed in the element type of the values.
    private static func bits(_ loss: Double, _ values: ParameterValues) -> String {
        let isDouble = values.contains { $0.value.elementType == .float64 }
        let (bits, digits) = isDouble ? (loss.bitPattern, 16) : (UInt64(Float(loss).bitPattern), 8)
        let text = String(bits, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }
}

extension ReceiptHead {
    /// Why a training is another than the one that this is the head of; nil for the same.
    ///
    /// - Parameter epochs: of the training; nil where fewer or more do no harm.
    fileprivate func difference(from identity: RunIdentity, epochs: Int?) -> String? {
        if let difference = run.difference(from: identity) { return difference }
        if contract != Self.contract { return "it was written under another numerics contract (\(contract))" }
        if let epochs, epochs != self.epochs { return "it is of \(self.epochs) epochs, not \(epochs)" }
        return nil
    }
}
