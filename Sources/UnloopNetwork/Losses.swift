import UnloopBackend
import UnloopTensor

/// What training makes small: a number for a batch of predictions and targets, the mean over the examples (first axis).
///
/// Losses of whole rows (cross-entropies and sums of errors) are summed over the outputs of an example; those named `mean…`
/// are averaged over outputs too. With weights of the examples it is the weighted mean Σ wᵢ·lᵢ / Σ wᵢ.
public struct Loss: Sendable {
    /// Shown to people, and written into checkpoints and receipts.
    public let name: String
    /// What it computes, as text that is the same in every process: the name with its options and, where it is one for each output, the program of the
    /// formula. What only code says, as in a loss of one's own, is not in it.
    let formula: String
    /// Whether targets may be class numbers, which must then lie below the size of the prediction's last axis.
    package let takesClasses: Bool
    /// A class number outside or inside the classes whose targets do not count; nil where all count.
    package let ignoredClass: Int?
    private let compute: @Sendable (_ prediction: Tensor, _ target: Tensor) -> Tensor
    /// Nil where the loss of each example is not known.
    private let parts: (@Sendable (_ prediction: Tensor, _ target: Tensor, _ weights: Tensor?) -> Parts)?
    /// Whether the examples count differently without weights of their own, too: by their classes.
    private let weighsTargets: Bool

    /// A weighted mean before the division: two numbers, which can be added up over batches.
    struct Parts: Sendable {
        let sum: Tensor
        let weight: Tensor

        init(sum: Tensor, weight: Tensor) {
            self.sum = sum
            self.weight = weight
        }

        /// - Parameter each: `[examples]`.
        init(ofEachExample each: Tensor, _ weights: Tensor?) {
            let weights = weights ?? Tensor.ones(like: each)
            sum = Tensor.sum(of: Loss.weighted, [weights, each])
            weight = weights.sum()
        }

        /// Where nothing has a weight, 0, and so is its gradient.
        var mean: Tensor { Loss.weightedMean(sum, weight) }
    }

    /// A loss of one's own, which takes no weights of the examples.
    ///
    /// - Parameter compute: gives one number for a batch.
    public init(_ name: String, _ compute: @escaping @Sendable (_ prediction: Tensor, _ target: Tensor) -> Tensor) {
        self.init(name, takesClasses: false, parts: nil, compute)
    }

    /// A loss of one's own, which takes weights of the examples, too.
    ///
    /// - Parameter each: the loss of each example, `[examples]`; the loss of a batch is the mean of these.
    public init(
        _ name: String, ofEachExample each: @escaping @Sendable (_ prediction: Tensor, _ target: Tensor) -> Tensor
    ) {
        @Sendable func checked(_ prediction: Tensor, _ target: Tensor) -> Tensor {
            let result = each(prediction, target)
            require(
                result.rank == 1 && result.dimensions[0] == prediction.shape.first,
                "\(name): gives \(result.shape) for predictions \(prediction.shape); there must be one loss for each example"
            )
            return result
        }
        self.init(
            name, takesClasses: false,
            parts: { prediction, target, weights in Parts(ofEachExample: checked(prediction, target), weights) },
            { prediction, target in checked(prediction, target).mean() })
    }

    init(
        _ name: String, formula: String? = nil, takesClasses: Bool, ignoring ignoredClass: Int? = nil,
        weighsTargets: Bool = false, parts: (@Sendable (Tensor, Tensor, Tensor?) -> Parts)?,
        _ compute: @escaping @Sendable (Tensor, Tensor) -> Tensor
    ) {
        self.name = name
        self.formula = formula ?? name
        self.takesClasses = takesClasses
        self.ignoredClass = ignoredClass
        self.weighsTargets = weighsTargets
        self.parts = parts
        self.compute = compute
    }

    /// - Parameters:
    ///   - prediction: `[examples, …]`.
    ///   - target: of the same shape; without the last axis if that has size 1; or class numbers, where the loss takes them.
    public func callAsFunction(_ prediction: Tensor, _ target: Tensor) -> Tensor { compute(prediction, target) }

    /// The weighted mean Σ wᵢ·lᵢ / Σ wᵢ of the examples' losses; 0, with a gradient of zeros, where all weights are 0. What has the
    /// weight 0 counts 0, even where its loss is infinite or NaN.
    ///
    /// - Parameter weights: `[examples]`, not negative; nil for the loss without weights.
    /// - Precondition: with weights, the loss is one of the library's or made with `init(_:ofEachExample:)`.
    public func callAsFunction(_ prediction: Tensor, _ target: Tensor, _ weights: Tensor?) -> Tensor {
        weights == nil ? compute(prediction, target) : weighted(prediction, target, weights).mean
    }

    /// What is joined over batches to the loss of all examples.
    func joinable(_ prediction: Tensor, _ target: Tensor, _ weights: Tensor?) -> Joinable {
        guard weighsTargets || weights != nil else {
            return Joinable(value: compute(prediction, target), kind: .mean)
        }
        let parts = weighted(prediction, target, weights)
        return Joinable(value: parts.sum, kind: .sum(weight: parts.weight))
    }

    /// The loss of a batch: its mean over the examples, or a sum that is to be divided by a weight.
    struct Joinable: Sendable {
        enum Kind: Sendable {
            case mean
            case sum(weight: Tensor)
        }
        let value: Tensor
        let kind: Kind
    }

    private func weighted(_ prediction: Tensor, _ target: Tensor, _ weights: Tensor?) -> Parts {
        guard let parts else {
            misuse(
                "\(name): a loss made of a whole batch takes no weights of examples; make it with Loss(_:ofEachExample:)"
            )
        }
        if let weights {
            require(
                weights.rank == 1 && weights.dimensions[0] == prediction.shape.first,
                "\(name): weights \(weights.shape) for predictions \(prediction.shape); there must be one for each example"
            )
        }
        return parts(prediction, target, weights?.to(prediction.elementType))
    }

    /// What has weight 0 counts 0, even where it is infinite or NaN.
    static let weighted = ScalarFunction(
        "weighted", { (weight: Scalar, value: Scalar) in select(weight .== 0, 0, weight * value) })
    /// Without any weight the sum is 0, and so are the quotient and its derivative.
    private static let weightedMean = ScalarFunction(
        "weightedMean", { (sum: Scalar, weight: Scalar) in sum / select(weight .== 0, 1, weight) })

    // MARK: Errors of numbers

    /// What the result is divided by.
    enum Mean { case overExamples, overElements }

    /// - Parameter others: further inputs of the function, which broadcast to the prediction.
    static func elementwise(
        _ name: String, options: String = "", _ mean: Mean, _ function: ScalarFunction,
        others: (@Sendable (_ prediction: Tensor) -> [Tensor])? = nil
    ) -> Loss {
        @Sendable func inputs(_ prediction: Tensor, _ target: Tensor) -> [Tensor] {
            [prediction, aligned(name, target, with: prediction)] + (others?(prediction) ?? [])
        }
        return Loss(
            name, formula: "\(name)\(options) \(mean)\n\(function.program)", takesClasses: false,
            parts: { prediction, target, weights in
                let outputs = mean == .overExamples ? 1 : prediction.shape.dropFirst().reduce(1, *)
                let sums = Tensor.sum(of: function, inputs(prediction, target), axes: Array(1..<prediction.rank))
                return Parts(ofEachExample: sums / Double(outputs), weights)
            },
            { prediction, target in
                let count = mean == .overExamples ? prediction.shape.first ?? 1 : prediction.count
                return Tensor.sum(of: function, inputs(prediction, target)) / Double(count)
            })
    }

    /// ½ Σ (ŷ - y)².
    public static let halfSquaredError = elementwise("halfSquaredError", .overExamples, halfSquare)
    /// Σ (ŷ - y)², also called L2.
    public static let squaredError = elementwise("squaredError", .overExamples, square)
    /// Σ |ŷ - y|, also called L1.
    public static let absoluteError = elementwise("absoluteError", .overExamples, absolute)
    /// The mean of (ŷ - y)² over outputs and examples.
    public static let meanSquaredError = elementwise("meanSquaredError", .overElements, square)
    /// The mean of |ŷ - y| over outputs and examples.
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

    /// Every loss of the library, those with a parameter at its default.
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
