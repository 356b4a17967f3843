import UnloopBackend
import UnloopTensor

extension Metric {
    // MARK: Accuracy

    /// The share of examples whose largest output (the first of equals) is that of their class. Targets are class numbers, `[examples, …]`
    /// or a column of them, or one number for each class, the largest at the class. Logits and probabilities alike. Outputs with a NaN
    /// are never right.
    ///
    /// - Precondition: at least two outputs; a single one is no class number: see `binaryAccuracy`.
    public static let accuracy = Metric("accuracy", isScore: true, mean: { BatchSum(accuracySum($0, $1)) })

    private static func accuracySum(_ prediction: Tensor, _ target: Tensor) -> Tensor {
        let shape = prediction.shape
        ClassNumbers.requireOutputs(
            "accuracy", prediction, target, orElse: "binaryAccuracy, of logits binaryAccuracy(threshold: 0)")
        let classes = Array(shape.dropLast())
        let isRight: Tensor
        if target.shape == shape {
            isRight =
                (prediction.argmax(-1) .== target.argmax(-1)).to(.float32)
                * ClassNumbers.hasNumbers(target).to(.float32)
        } else {
            require(
                target.shape == classes || target.shape == classes + [1],
                "accuracy: targets \(target.shape) for predictions \(shape); they must be class numbers \(classes) or the same"
            )
            let guess = prediction.argmax(-1)
            isRight = (guess.to(target.elementType) .== target.reshaped(classes)).to(.float32)
        }
        return (isRight * ClassNumbers.hasNumbers(prediction).to(.float32)).sum()
            / Double(classes.dropFirst().reduce(1, *))
    }

    /// The share of examples whose class is among those of the `count` largest outputs: fewer than `count` outputs are larger than that
    /// of the class, or equal to it and before it. With 1 it is `accuracy`; of sequences, every step counts alike. Targets are as there;
    /// one that is no class is a miss. Outputs with a NaN are never right.
    ///
    /// - Parameter count: more than there are outputs makes every class right.
    public static func topAccuracy(_ count: Int) -> Metric {
        require(count > 0, "Metric.topAccuracy: of the \(count) largest outputs")
        let name = "topAccuracy(\(count))"
        return Metric(name, isScore: true) { prediction, target in
            let outputs = prediction.shape.last ?? 0
            let actual = ClassNumbers.actual(name, prediction, target, orElse: "binaryAccuracy")
            let (column, positions) = (
                actual.expandingDimension(at: -1), Tensor.indices(outputs, on: prediction.device)
            )
            let own = select(positions .== column, prediction, Tensor.zeros(like: prediction))
                .sum(-1, keepingDimensions: true)
            let ahead = (prediction .> own) + (prediction .== own) * (positions .< column)
            let isRight =
                (ahead.sum(-1) .< Double(Swift.min(count, outputs))) * (actual .>= 0)
                * ClassNumbers.hasNumbers(prediction)
            return BatchSum(isRight.sum(), dividedBy: .number(actual.count))
        }
    }

    // MARK: Two classes, one output

    /// The share of outputs on the right side of 0.5, for probabilities of two classes.
    public static let binaryAccuracy = binaryAccuracy(threshold: 0.5)

    /// The share of outputs on the right side of a threshold (0 for logits); targets are 0 and 1. What lies on the threshold counts as 0;
    /// NaN is on neither side.
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

    /// Of the outputs above a threshold (0.5 for probabilities, 0 for logits), the share whose targets are 1. Targets are 0 and 1; the
    /// outputs of examples with several are taken together. NaN is not above. Without any such output: 0.
    public static func precision(threshold: Double) -> Metric { score(.precision, threshold) }

    /// Of the outputs whose targets are 1, the share that is above a threshold; see `precision(threshold:)`. Without any such target: 0.
    public static func recall(threshold: Double) -> Metric { score(.recall, threshold) }

    /// The harmonic mean of `precision(threshold:)` and `recall(threshold:)`; 0 where both are.
    public static func f1(threshold: Double) -> Metric { score(.f1, threshold) }

    private static func score(_ score: ClassScore, _ threshold: Double) -> Metric {
        let name = "\(score)(threshold \(threshold))"
        let parts: @Sendable (Tensor, Tensor) -> [Tensor] = { prediction, target in
            let prediction = prediction.elementType == .int32 ? prediction.to(.float32) : prediction
            let isPositive = prediction .> threshold
            let isActual = aligned(name, withoutColumns(target, for: prediction), with: prediction) .> 0.5
            return [isPositive * isActual, isPositive, isActual].map { $0.sum() }
        }
        return Metric(name, isScore: true, summary: Summary(parts: parts) { PositiveCounts(score: score) })
    }

    // MARK: Several classes

    /// Of the examples predicted as a class, the share that are of it, in the mean over the classes: `precision(.macro)`.
    public static let precision = precision(.macro)

    /// Of the examples predicted as a class (by the largest output, the first of equals), the share that are of it. Targets are as for
    /// `accuracy`. A class that nothing is predicted as has the precision 0, as with scikit-learn. Outputs with a NaN predict no class; a
    /// target that is no class makes the prediction wrong.
    ///
    /// - Precondition: at least two outputs; for a single one see `precision(threshold:)`.
    public static func precision(_ average: ClassAverage) -> Metric { score(.precision, average) }

    /// Of the examples of a class, the share that is predicted as it, in the mean over the classes: `recall(.macro)`.
    public static let recall = recall(.macro)

    /// Of the examples of a class, the share that is predicted as it; see `precision(_:)`. A class without examples has the recall 0.
    public static func recall(_ average: ClassAverage) -> Metric { score(.recall, average) }

    /// The harmonic mean of a class's precision and recall, in the mean over the classes: `f1(.macro)`.
    public static let f1 = f1(.macro)

    /// The harmonic mean of a class's precision and recall, 2·hits / (predictions + examples); see `precision(_:)`. A class without either
    /// has 0.
    public static func f1(_ average: ClassAverage) -> Metric { score(.f1, average) }

    private static func score(_ score: ClassScore, _ average: ClassAverage) -> Metric {
        let name = average == .macro ? "\(score)" : "\(score)(\(average))"
        if case .ofClass(let number) = average { require(number >= 0, "Metric.\(name): there is no such class") }
        let parts: @Sendable (Tensor, Tensor) -> [Tensor] = { prediction, target in
            if case .ofClass(let number) = average {
                require(
                    number < prediction.shape.last ?? 0,
                    "\(name): predictions \(prediction.shape) have no such class")
            }
            let alternative = "\(score)(threshold:)"
            return [
                ClassNumbers.actual(name, prediction, target, orElse: alternative),
                ClassNumbers.predicted(name, prediction, target, orElse: alternative),
            ]
        }
        return Metric(
            name, isScore: true,
            summary: Summary(parts: parts) { ClassScoreSummary(score: score, average: average) })
    }
}

/// Hits, predictions and examples of the class 1 of two.
private struct PositiveCounts: ExampleSummary {
    let score: ClassScore
    private var (hits, predicted, actual) = (0, 0, 0)

    init(score: ClassScore) { self.score = score }

    mutating func add(_ parts: [[Double]], examples: Int) {
        hits += Int(parts[0][0])
        predicted += Int(parts[1][0])
        actual += Int(parts[2][0])
    }

    func value() -> Double { score.value(hits: hits, predicted: predicted, actual: actual) }
}

/// From the actual and the predicted class of each example.
private struct ClassScoreSummary: ExampleSummary {
    let score: ClassScore
    let average: ClassAverage
    private var counts = ClassCounts()

    init(score: ClassScore, average: ClassAverage) {
        self.score = score
        self.average = average
    }

    mutating func add(_ parts: [[Double]], examples: Int) {
        for (actual, predicted) in zip(parts[0], parts[1]) {
            counts.add(actual: Int(actual), predicted: Int(predicted))
        }
    }

    func value() -> Double { counts.value(of: score, average) }
}
