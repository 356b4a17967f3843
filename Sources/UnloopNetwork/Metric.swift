import UnloopBackend
import UnloopTensor

/// How good predictions are, in a number for people: a mean over the examples. Not differentiated.
public struct Metric: Sendable {
    public let name: String
    /// Whether larger is better.
    public let isScore: Bool
    private let sum: @Sendable (_ prediction: Tensor, _ target: Tensor) -> Tensor

    /// - Parameter sum: the sum over the examples of a batch, one number.
    public init(
        _ name: String, isScore: Bool, sum: @escaping @Sendable (_ prediction: Tensor, _ target: Tensor) -> Tensor
    ) {
        self.name = name
        self.isScore = isScore
        self.sum = sum
    }

    /// The sum over a batch; the mean is this divided by the number of examples.
    func summed(_ prediction: Tensor, _ target: Tensor) -> Tensor { sum(prediction, target) }

    /// The mean over the examples.
    public func callAsFunction(_ prediction: Tensor, _ target: Tensor) -> Tensor {
        sum(prediction, target) / Double(prediction.shape.first ?? 1)
    }

    /// The share of examples whose largest output (the first of equals) is that of their class. Targets are class numbers, or one
    /// number for each class, the largest at the class. Logits and probabilities alike.
    public static let accuracy = Metric("accuracy", isScore: true) { prediction, target in
        let guess = prediction.argmax(-1)
        let truth = target.elementType == .int32 && target.rank == prediction.rank - 1 ? target : target.argmax(-1)
        require(
            truth.shape == guess.shape, "accuracy: targets \(target.shape) for predictions \(prediction.shape)")
        let positions = guess.shape.dropFirst().reduce(1, *)
        return (guess .== truth).to(.float32).sum() / Double(positions)
    }

    /// The share of outputs on the right side of 0.5, for probabilities of two classes.
    public static let binaryAccuracy = binaryAccuracy(threshold: 0.5)

    /// The share of outputs on the right side of a threshold (0 for logits); targets are 0 and 1.
    public static func binaryAccuracy(threshold: Double) -> Metric {
        Metric("binaryAccuracy", isScore: true) { prediction, target in
            let target = aligned("binaryAccuracy", target, with: prediction)
            return perExample((prediction .> threshold) .== (target .> 0.5), prediction)
        }
    }

    /// The mean of (ŷ - y)² over the outputs.
    public static let meanSquaredError = Metric("meanSquaredError", isScore: false) { prediction, target in
        perExample((prediction - aligned("meanSquaredError", target, with: prediction)).squared(), prediction)
    }

    /// The mean of |ŷ - y| over the outputs.
    public static let meanAbsoluteError = Metric("meanAbsoluteError", isScore: false) { prediction, target in
        perExample(abs(prediction - aligned("meanAbsoluteError", target, with: prediction)), prediction)
    }

    /// A loss as a metric.
    public static func loss(_ loss: Loss) -> Metric {
        Metric(loss.name, isScore: false) { loss($0, $1) * Double($0.shape.first ?? 1) }
    }

    /// The sum over examples of the mean over each one's outputs.
    private static func perExample(_ values: Tensor, _ prediction: Tensor) -> Tensor {
        let outputs = prediction.shape.dropFirst().reduce(1, *)
        return values.to(prediction.elementType).sum() / Double(outputs)
    }

    /// Every metric above, those with a parameter at its default.
    public static let all: [Metric] = [
        accuracy, binaryAccuracy, meanSquaredError, meanAbsoluteError, loss(.softmaxCrossEntropy),
    ]
}
