import UnloopBackend
import UnloopTensor

/// How good predictions are, in a number for people: a mean over the examples. Not differentiated.
public struct Metric: Sendable {
    public let name: String
    /// Whether larger is better.
    public let isScore: Bool
    private let sum: @Sendable (_ prediction: Tensor, _ target: Tensor) -> Tensor

    /// - Parameter sum: the sum over the examples of a batch, one number. Where a target differs from the prediction by a last axis of size
    ///   1 only, it comes in the prediction's shape, and a column of class numbers (int32) without its last axis: broadcasting would pair
    ///   every example with every other.
    public init(
        _ name: String, isScore: Bool, sum: @escaping @Sendable (_ prediction: Tensor, _ target: Tensor) -> Tensor
    ) {
        self.init(ofTargetsAsTheyAre: name, isScore) { sum($0, Self.withoutColumns($1, for: $0)) }
    }

    private init(
        ofTargetsAsTheyAre name: String, _ isScore: Bool, _ sum: @escaping @Sendable (Tensor, Tensor) -> Tensor
    ) {
        self.name = name
        self.isScore = isScore
        self.sum = sum
    }

    /// The sum over a batch; the mean is this divided by the number of examples.
    func summed(_ prediction: Tensor, _ target: Tensor) -> Tensor {
        require(
            prediction.shape.first == target.shape.first,
            "\(name): targets \(target.shape) for predictions \(prediction.shape); the numbers of examples must be the same"
        )
        let result = sum(prediction, target)
        require(
            result.count == 1,
            "\(name): gives \(result.shape), not one number, of targets \(target.shape) and predictions \(prediction.shape)"
        )
        return result
    }

    /// The mean over the examples.
    public func callAsFunction(_ prediction: Tensor, _ target: Tensor) -> Tensor {
        summed(prediction, target) / Double(prediction.shape.first ?? 1)
    }

    private static func withoutColumns(_ target: Tensor, for prediction: Tensor) -> Tensor {
        let (shape, wanted) = (target.shape, prediction.shape)
        if shape == wanted { return target }
        if shape + [1] == wanted || shape == wanted + [1] { return target.reshaped(wanted) }
        let classes = wanted.dropLast()
        return target.elementType == .int32 && shape == classes + [1] ? target.reshaped(Array(classes)) : target
    }

    /// The share of examples whose largest output (the first of equals) is that of their class. Targets are class numbers, `[examples, …]`
    /// or a column of them, or one number for each class, the largest at the class. Logits and probabilities alike. Outputs with a NaN
    /// are never right.
    ///
    /// - Precondition: at least two outputs; a single one is no class number: see `binaryAccuracy`.
    public static let accuracy = Metric(ofTargetsAsTheyAre: "accuracy", true, accuracySum)

    private static func accuracySum(_ prediction: Tensor, _ target: Tensor) -> Tensor {
        let shape = prediction.shape
        require(
            shape.count >= 2 && shape[shape.count - 1] >= 2,
            "accuracy: predictions \(shape) for targets \(target.shape) have no two outputs to choose the larger of; for two classes "
                + "and one output use binaryAccuracy, of logits binaryAccuracy(threshold: 0)")
        let classes = Array(shape.dropLast())
        let isRight: Tensor
        if target.shape == shape {
            isRight = (prediction.argmax(-1) .== target.argmax(-1)).to(.float32) * hasNumbers(target)
        } else {
            require(
                target.shape == classes || target.shape == classes + [1],
                "accuracy: targets \(target.shape) for predictions \(shape); they must be class numbers \(classes) or the same"
            )
            let guess = prediction.argmax(-1)
            isRight = (guess.to(target.elementType) .== target.reshaped(classes)).to(.float32)
        }
        return (isRight * hasNumbers(prediction)).sum() / Double(classes.dropFirst().reduce(1, *))
    }

    /// 1 where a row of the last axis has no NaN, else 0.
    private static func hasNumbers(_ rows: Tensor) -> Tensor {
        let largest = rows.max(-1)
        return (largest .== largest).to(.float32)
    }

    /// The share of outputs on the right side of 0.5, for probabilities of two classes.
    public static let binaryAccuracy = binaryAccuracy(threshold: 0.5)

    /// The share of outputs on the right side of a threshold (0 for logits); targets are 0 and 1. What lies on the threshold counts as 0; NaN is
    /// on neither side.
    public static func binaryAccuracy(threshold: Double) -> Metric {
        Metric("binaryAccuracy", isScore: true) { prediction, target in
            let prediction = prediction.elementType == .int32 ? prediction.to(.float32) : prediction
            let target = aligned("binaryAccuracy", target, with: prediction)
            return perExample(onSameSide([prediction, target], scalars: [threshold]), prediction)
        }
    }

    private static let onSameSide = ScalarFunction("onSameSide", inputs: 2, scalars: 1) { x, s in
        let (prediction, target, threshold) = (x[0], x[1], s[0])
        let isRightOne = select(prediction .> threshold, Scalar(1), 0)
        let isRightZero = select(prediction .<= threshold, Scalar(1), 0)
        return select(target .> 0.5, isRightOne, select(target .<= 0.5, isRightZero, 0))
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
