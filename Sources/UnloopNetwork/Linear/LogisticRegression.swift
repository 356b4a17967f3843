import UnloopBackend
import UnloopData
import UnloopTensor

/// Logistic regression: probabilities `sigmoid(x·w + b)` of two classes, or `softmax(x·W + b)` of more, fitted to examples by making
///
///     Σ -log p(class of the example) + l2/2 Σ w²
///
/// as small as possible (the sum over examples; biases are not regularized). The loss is convex and its minimum is found by Newton's
/// method: sums over examples on the device, the system of equations on the host in double precision, so the weights have the same bits
/// on every device. Meant for up to some hundred weights (features × classes); for more, train a `Dense` layer with `fit`.
public struct LogisticRegression: Sendable {
    /// The distinct labels of the training examples, in increasing order.
    public let classes: [Int32]
    /// `[features, 1]` for two classes (for the second one), `[features, classes]` for more; for scaled features where there is a scaling.
    public let weight: Tensor
    /// `[1]` or `[classes]`.
    public let bias: Tensor
    /// Found from the training examples and applied to all others too.
    public let scaling: FeatureScaling?
    /// Newton steps taken.
    public let iterations: Int

    /// - Parameters:
    ///   - training: features `[examples, …]`, class numbers (int32) `[examples]`; without weights.
    ///   - l2: how strongly weights are kept small; scikit-learn's 1/C. 0 for the maximum of the likelihood, which exists only for classes that
    ///     overlap.
    ///   - standardizing: brings each feature to mean 0 and variance 1 first.
    ///   - limit: at most so many Newton steps; usually fewer than ten are needed.
    /// - Throws: `LogisticRegressionError`; `TensorError` when the device fails.
    public init(
        _ training: Dataset, l2: Double = 1, standardizing: Bool = true, iterations limit: Int = 100
    ) throws {
        require(
            training.labels.elementType == .int32 && training.labels.rank == 1,
            "LogisticRegression: labels \(training.labels.shape) are not class numbers")
        require(
            training.weights == nil,
            "LogisticRegression: counts all examples alike, but the data have weights; train a Dense layer with fit, or leave them out"
        )
        require(l2 >= 0 && l2.isFinite && limit > 0, "LogisticRegression: l2 \(l2), \(limit) iterations")
        guard training.count > 0 else { throw LogisticRegressionError.noExamples }
        if let indices = try training.features.firstNotFinite() {
            throw LogisticRegressionError.notFinite(indices: indices)
        }
        let labels = try training.labels.integers()
        classes = Set(labels).sorted()
        guard classes.count > 1 else { throw LogisticRegressionError.oneClass(label: Int(classes[0])) }
        let features = training.features.flattened(from: 1).to(.float32)
        scaling = standardizing ? FeatureScaling(of: features) : nil
        let numbers = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($0.element, Int32($0.offset)) })
        let problem = LogisticLikelihood(
            features: scaling?(features) ?? features, classes: labels.map { numbers[$0] ?? 0 },
            classCount: classes.count)
        let solution = try NewtonSolver(problem, l2: l2, limit: limit).solve()
        iterations = solution.iterations
        weight = solution.weights[0..<features.shape[1], .all].contiguous()
        bias = solution.weights[features.shape[1]].contiguous()
    }

    /// The logarithms of the odds: `[examples, 1]` for two classes, logits `[examples, classes]` for more.
    ///
    /// - Parameter features: `[examples, …]`, not scaled.
    public func decisionFunction(_ features: Tensor) -> Tensor {
        let features = features.flattened(from: 1).to(.float32)
        return matmul(
            scaling?(features) ?? features, weight.to(features.device), epilogue: Self.add,
            inputs: [bias.to(features.device)])
    }

    /// The probability of each class, `[examples, classes]`.
    public func predictProbability(_ features: Tensor) -> Tensor {
        let logits = decisionFunction(features)
        guard classes.count == 2 else { return logits.softmax() }
        return Tensor.concatenate([sigmoid(-logits), sigmoid(logits)], axis: 1)
    }

    /// The likeliest class of each example, int32 `[examples]`; of equally likely ones the lowest.
    public func predict(_ features: Tensor) -> Tensor { predict(logits: decisionFunction(features)) }

    private func predict(logits: Tensor) -> Tensor {
        let position = classes.count == 2 ? (logits .> 0).reshaped(-1) : logits.argmax(-1)
        return Tensor(int32: classes, on: logits.device).gathering(position)
    }

    /// The share of examples whose class is predicted; labels are class numbers, `[examples]` or a column of them. An example with a NaN
    /// among its features is never right.
    ///
    /// - Throws: `LogisticRegressionError.noExamples`; `TensorError` when the device fails.
    public func accuracy(_ data: Dataset) throws -> Double {
        guard data.count > 0 else { throw LogisticRegressionError.noExamples }
        let shape = data.labels.shape
        require(
            shape == [data.count] || shape == [data.count, 1],
            "LogisticRegression.accuracy: labels \(shape) are not a class number for each of \(data.features.shape)")
        let logits = decisionFunction(data.features)
        let isRight = predict(logits: logits).to(data.labels.elementType) .== data.labels.reshaped([data.count])
        let largest = logits.max(-1)
        return try zip(isRight.integers(), (largest .== largest).integers()).reduce(0) { $0 + Double($1.0 * $1.1) }
            / Double(data.count)
    }

    private static let add = ScalarFunction("add", { (x: Scalar, bias: Scalar) in x + bias })
}

/// What can make a logistic regression impossible.
public enum LogisticRegressionError: Error, Equatable, Sendable {
    /// There is nothing to fit or to test with.
    case noExamples
    /// All examples have the same class.
    case oneClass(label: Int)
    /// A feature is infinite or NaN.
    case notFinite(indices: [Int])
    /// The classes can be told apart without error, so without regularization ever larger weights are ever better.
    case separable
    /// The second derivatives form a singular matrix: features repeat each other and nothing is regularized.
    case singular
    /// The limit of Newton steps was reached.
    case notConverged(iterations: Int)
}

extension LogisticRegressionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noExamples: "there are no examples"
        case .oneClass(let label): "all examples have the class \(label); at least two classes are needed"
        case .notFinite(let indices): "the feature at \(indices) is infinite or NaN; remove or replace such values"
        case .separable:
            "the classes can be separated without error, so the likelihood has no maximum: regularize (l2 above 0)"
        case .singular:
            "the system of equations is singular: some features follow from others; regularize (l2 above 0) or leave them out"
        case .notConverged(let iterations):
            "no minimum was found in \(iterations) iterations; regularize more, or bring the features to one scale"
        }
    }
}
