import UnloopBackend

/// A record of a training that any machine can verify: what the training is, and every so many steps the bits of the loss and the hash of the
/// weights.
///
///     try model.fit(data, loss: .softmaxCrossEntropy, epochs: 10, receipt: .write("run.receipt", every: 50))
///     try again.fit(data, loss: .softmaxCrossEntropy, epochs: 10, receipt: .verify("run.receipt"))  // throws at the first step that differs
///
/// The file has a JSON object a line, each with a hash over all lines before it, so that a receipt that was changed afterwards is told from
/// one that was written so.
public struct Receipt: Sendable, Hashable {
    enum Purpose: Sendable, Hashable {
        case write(every: Int, about: [String: String])
        case verify
    }

    /// Of the file.
    public let path: String
    let purpose: Purpose

    /// Writes a receipt; a file that is there is replaced, unless the training goes on from a checkpoint: then its steps up to that one
    /// stay.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - steps: how many lie between two entries; each waits for the device and reads the weights.
    ///   - about: texts of your own at its head.
    public static func write(_ path: String, every steps: Int, about: [String: String] = [:]) -> Receipt {
        require(steps >= 1, "Receipt.write: every \(steps) steps")
        return Receipt(path: path, purpose: .write(every: steps, about: about))
    }

    /// Compares a training with a receipt, whose settings it must have, and throws `TrainingError.receiptDiffers` at the first step that
    /// differs. The texts at its head do not count. A training that goes on from a checkpoint is compared from there.
    public static func verify(_ path: String) -> Receipt { Receipt(path: path, purpose: .verify) }
}
