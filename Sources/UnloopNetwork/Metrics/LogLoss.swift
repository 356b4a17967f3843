import UnloopBackend
import UnloopTensor

extension Metric {
    /// The mean of -log p over the examples, p being the probability that the outputs give the example's class: `logLoss(fromLogits:
    /// false)`.
    public static let logLoss = logLoss(fromLogits: false)

    /// The mean of -log p over the examples, p being the probability of the example's class. Targets are as for `accuracy`; of a single
    /// output, the probability of class 1, they are 0 and 1. Of sequences, every step counts alike.
    ///
    /// Of probabilities, p is brought into ε … 1 - ε with the ε of their element type, 2⁻²³ for float32, as with scikit-learn, so that
    /// the result is finite; the logarithms are computed in double precision. Logits go through `logSoftmax`, of a single output through
    /// the loss `sigmoidCrossEntropy`, in their element type, and p may be 0. In both cases what is found for the examples is added up in
    /// double precision in their order. NaN where an output is NaN, a target is no class, or there are no examples.
    public static func logLoss(fromLogits: Bool) -> Metric {
        let parts: @Sendable (Tensor, Tensor) -> [Tensor] = { prediction, target in
            let given = prediction.elementType == .int32 ? prediction.to(.float32) : prediction
            let isSingle = given.shape.dropFirst().allSatisfy { $0 == 1 }
            let part =
                switch (isSingle, fromLogits) {
                case (true, true): lossOfLogit(given, binaryTarget(target, given))
                case (true, false): clipped(ofTwo(given, binaryTarget(target, given)))
                case (false, true): ofClass(target, given.logSoftmax(), missing: .nan) * -1
                case (false, false): clipped(ofClass(target, given, missing: .nan))
                }
            return [part]
        }
        return Metric(
            "logLoss", isScore: false, summary: Summary(parts: parts) { LogLossSummary(areLosses: fromLogits) })
    }

    private static func binaryTarget(_ target: Tensor, _ prediction: Tensor) -> Tensor {
        aligned("logLoss", withoutColumns(target, for: prediction), with: prediction)
    }

    /// The elements of the rows' classes, without regard to the others, which may be infinite.
    private static func ofClass(_ target: Tensor, _ rows: Tensor, missing: Double) -> Tensor {
        let actual = ClassNumbers.actual("logLoss", rows, target, orElse: "logLoss with predictions [examples, 1]")
        let positions = Tensor.indices(rows.shape.last ?? 0, on: rows.device)
        let own = select(positions .== actual.expandingDimension(at: -1), rows, Tensor.zeros(like: rows)).sum(-1)
        let isKnown = (actual .>= 0) * ClassNumbers.hasNumbers(rows)
        return select(isKnown, own, Tensor.full(like: own, missing))
    }

    private static func clipped(_ probabilities: Tensor) -> Tensor {
        let epsilon = probabilities.elementType == .float64 ? 0x1p-52 : 0x1p-23
        return clip([probabilities], scalars: [epsilon, 1 - epsilon])
    }

    /// NaN stays NaN.
    private static let clip = ScalarFunction("clip", inputs: 1, scalars: 2) { x, s in
        select(x[0] .< s[0], s[0], select(x[0] .> s[1], s[1], x[0]))
    }
    private static let ofTwo = ScalarFunction(
        "probabilityOfClass",
        { (p: Scalar, t: Scalar) in select(t .> 0.5, p, select(t .<= 0.5, 1 - p, t)) })
    private static let lossOfLogit = ScalarFunction(
        "logLoss",
        { (z: Scalar, t: Scalar) in
            select(t .> 0.5, logisticLoss(z, 1), select(t .<= 0.5, logisticLoss(z, 0), t))
        })
}

/// The probability of every example's class, or -log of it.
private struct LogLossSummary: ExampleSummary {
    let areLosses: Bool
    private var values: [Double] = []

    init(areLosses: Bool) { self.areLosses = areLosses }

    mutating func add(_ parts: [[Double]], examples: Int) { values += parts[0] }

    func value() throws(TensorError) -> Double {
        let losses = areLosses ? values : try (-log(Tensor(float64: values, on: .loop))).doubles()
        return losses.reduce(0, +) / Double(losses.count)
    }
}
