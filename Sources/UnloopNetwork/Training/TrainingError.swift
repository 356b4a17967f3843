/// What can go wrong in training besides the device.
public enum TrainingError: Error, Equatable, Sendable {
    /// The loss or the weights became infinite or NaN. The network has the last weights that were seen to give a finite loss. Epochs
    /// and steps are counted from 1, steps from the beginning of the training.
    case diverged(epoch: Int, step: Int, loss: Double)
    /// The loss or the weights became infinite or NaN, and the training data hold such numbers: `part` is `features` or `labels`,
    /// `example` the first of them, counted from 0. The network has the last weights that were seen to give a finite loss.
    case dataNotFinite(part: String, example: Int, epoch: Int, step: Int)
    case noExamples
    /// The examples hold nothing, such as sequences without steps; the shapes are those of one example.
    case emptyExamples(features: [Int], labels: [Int])
    /// A class number that the network has no output for.
    case labelOutOfRange(label: Int, classes: Int)
    /// A file of weights that belongs to another network.
    case weightsDoNotFit(file: String, reason: String)
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
        case .weightsDoNotFit(let file, let reason):
            "the weights in \(file) are of another network: \(reason)"
        }
    }
}
