/// What can go wrong in training besides the device.
public enum TrainingError: Error, Equatable, Sendable {
    /// The loss or the weights became infinite or NaN. The network has the last weights that were seen to give a finite loss. Epochs
    /// and steps are counted from 1, steps from the beginning of the training.
    case diverged(epoch: Int, step: Int, loss: Double)
    /// The loss or the weights became infinite or NaN, and the training data hold such numbers: `part` is `features` or `labels`,
    /// `example` the first of them, counted from 0. The network has the last weights that were seen to give a finite loss.
    case dataNotFinite(part: String, example: Int, epoch: Int, step: Int)
    /// A dataset, or all batches of an epoch, have no examples.
    case noExamples
    /// The examples hold nothing, such as sequences without steps; the shapes are those of one example.
    case emptyExamples(features: [Int], labels: [Int])
    /// A class number that the network has no output for.
    case labelOutOfRange(label: Int, classes: Int)
    /// The weight of an example, counted from 0, is negative, infinite or NaN.
    case invalidWeight(example: Int, weight: Double)
    /// A file of weights that belongs to another network.
    case weightsDoNotFit(file: String, reason: String)
    /// A checkpoint of another training: with other data, another optimizer, batch size, seed, ….
    case checkpointDoesNotFit(file: String, reason: String)
    /// A folder into which another process, or another training of this one, writes its checkpoints.
    case folderInUse(folder: String, process: String)
    /// A training that begins anew would mix its checkpoints with those that are there.
    case folderHasCheckpoints(folder: String)
    /// A receipt of another training: with other data, another network, optimizer, seed, ….
    case receiptDoesNotFit(file: String, reason: String)
    /// A receipt that was changed after it was written, or that ends too soon; lines are counted from 1.
    case receiptInvalid(file: String, line: Int, reason: String)
    /// A step of a training that is verified gave something else than the receipt says. `part` is `loss` (the bits of the number), `weights`
    /// (their SHA-256) or `steps` (how many there are).
    case receiptDiffers(file: String, step: Int, part: String, expected: String, found: String)
}

extension TrainingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .diverged(let epoch, let step, let loss):
            "training diverged in epoch \(epoch), step \(step): the loss is \(loss). The last good weights are kept; use a "
                + "smaller learning rate, clip the gradient, or look for infinities in the data"
        case .dataNotFinite(let part, let example, let epoch, let step):
            "training met numbers that are not finite in epoch \(epoch), step \(step): the \(part) of the training data hold NaN or "
                + "infinity, first in example \(example) (counted from 0). The last good weights are kept; fill in or remove such "
                + "examples"
        case .noExamples: "there are no examples to train or evaluate with"
        case .emptyExamples(let features, let labels):
            "the examples hold nothing to train or evaluate with: each has features \(features) and labels \(labels); leave out "
                + "sequences without steps"
        case .labelOutOfRange(let label, let classes):
            "the labels contain the class \(label), but the network has \(classes) outputs for the classes 0 to \(classes - 1)"
        case .invalidWeight(let example, let weight):
            "the weight of example \(example) (counted from 0) is \(weight); weights must be finite and not negative"
        case .weightsDoNotFit(let file, let reason):
            "the weights in \(file) are of another network: \(reason)"
        case .checkpointDoesNotFit(let file, let reason):
            "the checkpoint \(file) is of another training: \(reason); repeat that training's settings, or begin anew in another folder"
        case .folderInUse(let folder, let process):
            "another training writes its checkpoints into \(folder) (\(process)); wait until it ends, or use another folder"
        case .folderHasCheckpoints(let folder):
            "\(folder) has the checkpoints of a former training; resume it (`resume: .newest`, `--resume`), or use another folder"
        case .receiptDoesNotFit(let file, let reason):
            "the receipt \(file) is of another training: \(reason)"
        case .receiptInvalid(let file, let line, let reason):
            "the receipt \(file) proves nothing: line \(line) \(reason)"
        case .receiptDiffers(let file, let step, let part, let expected, let found):
            "step \(step) differs from the receipt \(file): \(part) \(found) where it says \(expected). The device or the library computes "
                + "something else than the one that wrote it; `Device.checking` finds the operation"
        }
    }
}
