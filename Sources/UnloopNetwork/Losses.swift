import UnloopBackend
import UnloopTensor

/// What training makes small: a number for a batch of predictions and targets, the mean over the examples (first axis).
///
/// Losses of whole rows (cross-entropies and sums of errors) are summed over the outputs of an example; those named `mean…`
/// are averaged over outputs too.
public struct Loss: Sendable {
    public let name: String
    /// Whether targets may be class numbers, which must then lie below the size of the prediction's last axis.
    package let takesClasses: Bool
    private let compute: @Sendable (_ prediction: Tensor, _ target: Tensor) -> Tensor

    /// - Parameter compute: gives one number for a batch.
    public init(_ name: String, _ compute: @escaping @Sendable (_ prediction: Tensor, _ target: Tensor) -> Tensor) {
        self.init(name, takesClasses: false, compute)
    }

    private init(_ name: String, takesClasses: Bool, _ compute: @escaping @Sendable (Tensor, Tensor) -> Tensor) {
        self.name = name
        self.takesClasses = takesClasses
        self.compute = compute
    }

    /// - Parameters:
    ///   - prediction: `[examples, …]`.
    ///   - target: of the same shape; without the last axis if that has size 1; or class numbers, where the loss takes them.
    public func callAsFunction(_ prediction: Tensor, _ target: Tensor) -> Tensor { compute(prediction, target) }

    // MARK: Errors of numbers

    /// What the result is divided by.
    private enum Mean { case overExamples, overElements }

    private static func elementwise(_ name: String, _ mean: Mean, _ function: ScalarFunction) -> Loss {
        Loss(name) { prediction, target in
            let target = aligned(name, target, with: prediction)
            let count = mean == .overExamples ? prediction.shape.first ?? 1 : prediction.count
            return Tensor.sum(of: function, [prediction, target]) / Double(count)
        }
    }

    /// ½ Σ (ŷ - y)².
    public static let halfSquaredError = elementwise("halfSquaredError", .overExamples, halfSquare)
    /// Σ (ŷ - y)², also called L2.
    public static let squaredError = elementwise("squaredError", .overExamples, square)
    /// Σ |ŷ - y|, also called L1.
    public static let absoluteError = elementwise("absoluteError", .overExamples, absolute)
    public static let meanSquaredError = elementwise("meanSquaredError", .overElements, square)
    public static let meanAbsoluteError = elementwise("meanAbsoluteError", .overElements, absolute)

    /// Half the square of errors up to `delta`, linear beyond (P. Huber, 1964); averaged over outputs and examples.
    public static func huber(_ delta: Double = 1) -> Loss {
        require(delta > 0, "Loss.huber: delta \(delta)")
        let function = ScalarFunction(
            "huber",
            { (p: Scalar, t: Scalar) in
                let size = abs(p - t)
                let bound = Scalar(delta)
                return select(size .<= bound, 0.5 * size * size, bound * (size - 0.5 * bound))
            })
        return elementwise("huber(\(delta))", .overElements, function)
    }

    private static let square = ScalarFunction("squaredError", { (p: Scalar, t: Scalar) in (p - t) * (p - t) })
    private static let halfSquare = ScalarFunction(
        "halfSquaredError", { (p: Scalar, t: Scalar) in 0.5 * ((p - t) * (p - t)) })
    private static let absolute = ScalarFunction("absoluteError", { (p: Scalar, t: Scalar) in abs(p - t) })

    // MARK: Two classes

    /// `-Σ y log ŷ + (1 - y) log(1 - ŷ)` of probabilities. A logarithm counts as at least -100, so that the loss is finite at 0 and 1.
    public static let binaryCrossEntropy = elementwise("binaryCrossEntropy", .overExamples, binaryFromProbability)

    /// The same of logits z, ŷ = sigmoid(z): `Σ |z| w + log(1 + exp(-|z|))` with w = y for z ≤ 0 and 1 - y for z > 0, accurate for every
    /// z. What has weight 0 counts 0, also where z is infinite.
    public static let sigmoidCrossEntropy = elementwise("sigmoidCrossEntropy", .overExamples, binaryFromLogit)

    private static let binaryFromProbability = ScalarFunction(
        "binaryCrossEntropy",
        { (p: Scalar, t: Scalar) in -(t * max(log(p), -100) + (1 - t) * max(log1p(-p), -100)) },
        derivative: { p, t in
            // The bound only keeps the quotient finite where p is 0 or 1.
            ((p - t) / max(p * (1 - p), 1e-12), max(log1p(-p), -100) - max(log(p), -100))
        })
    private static let binaryFromLogit = ScalarFunction(
        "sigmoidCrossEntropy",
        { (z: Scalar, t: Scalar) in logisticLoss(z, t) },
        derivative: { z, t in (sigmoid(z) - t, -z) })

    // MARK: Many classes

    /// `-Σ y log ŷ` of probabilities along the last axis. A logarithm counts as at least -100, so that the loss is finite at 0.
    /// Targets are class numbers (int32; one outside the classes is an error when the loss is read), or probabilities of the
    /// prediction's shape.
    public static let categoricalCrossEntropy = Loss("categoricalCrossEntropy", takesClasses: true) {
        prediction, target in
        crossEntropy("categoricalCrossEntropy", logarithms: boundedLog(prediction), target)
    }

    /// The same of logits z, ŷ = softmax(z), accurate for every z.
    public static let softmaxCrossEntropy = Loss("softmaxCrossEntropy", takesClasses: true) { prediction, target in
        let name = "softmaxCrossEntropy"
        guard target.elementType == .int32 else {
            return crossEntropy(name, logarithms: prediction.logSoftmax(), target)
        }
        requireClasses(name, target, prediction)
        return prediction.softmaxCrossEntropy(classes: target)
    }

    private static let boundedLog = ScalarFunction(
        "log", { (p: Scalar) in max(log(p), -100) }, derivative: { p in 1 / max(p, 1e-12) })

    /// `-Σ target · logarithms`, summed over the last axis, the mean over all others.
    private static func crossEntropy(_ name: String, logarithms: Tensor, _ target: Tensor) -> Tensor {
        let shape = logarithms.shape
        let rows = Double(shape.dropLast().reduce(1, *))
        guard target.elementType == .int32 else {
            require(
                target.shape == shape,
                "\(name): targets \(target.shape) for predictions \(shape); they must be the same")
            return Tensor.sum(of: weighted, [target, logarithms]) / -rows
        }
        requireClasses(name, target, logarithms)
        return logarithms.takingAlongLastAxis(target).sum() / -rows
    }

    /// What has probability 0 counts 0, even where its logarithm is -infinity.
    private static let weighted = ScalarFunction(
        "weighted", { (weight: Scalar, logarithm: Scalar) in select(weight .== 0, 0, weight * logarithm) })

    private static func requireClasses(_ name: String, _ target: Tensor, _ prediction: Tensor) {
        require(
            target.shape == Array(prediction.shape.dropLast()),
            "\(name): class numbers \(target.shape) for predictions \(prediction.shape); the last axis of these is the classes"
        )
    }

    /// Every loss above, those with a parameter at its default.
    public static let all: [Loss] = [
        halfSquaredError, squaredError, absoluteError, meanSquaredError, meanAbsoluteError, huber(), binaryCrossEntropy,
        sigmoidCrossEntropy, categoricalCrossEntropy, softmaxCrossEntropy,
    ]
}

/// Targets in the shape and the element type of predictions. Broadcasting would pair every example with every other, so the shapes
/// must agree but for a last axis of size 1.
func aligned(_ name: String, _ target: Tensor, with prediction: Tensor) -> Tensor {
    let shape = prediction.shape
    let sameShape = target.shape == shape || (shape.last == 1 && target.shape == Array(shape.dropLast()))
    require(sameShape, "\(name): targets \(target.shape) for predictions \(shape); they must be the same")
    return target.to(prediction.elementType).reshaped(shape)
}

/// `-y log sigmoid(z) - (1 - y) log(1 - sigmoid(z))`.
func logisticLoss(_ z: Scalar, _ target: Scalar) -> Scalar {
    let size = abs(z)
    let weight = select(z .> 0, 1 - target, target)
    return select(weight .== 0, 0, size * weight) + log1p(exp(-size))
}
