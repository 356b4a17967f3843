import UnloopBackend
import UnloopTensor

extension Metric {
    /// The mean of (ŷ - y)² over the outputs.
    public static let meanSquaredError = Metric("meanSquaredError", isScore: false) { prediction, target in
        perExample((prediction - aligned("meanSquaredError", target, with: prediction)).squared(), prediction)
    }

    /// The mean of |ŷ - y| over the outputs.
    public static let meanAbsoluteError = Metric("meanAbsoluteError", isScore: false) { prediction, target in
        perExample(abs(prediction - aligned("meanAbsoluteError", target, with: prediction)), prediction)
    }

    /// The sum over examples of the mean over each one's outputs.
    static func perExample(_ values: Tensor, _ prediction: Tensor) -> Tensor {
        let outputs = prediction.shape.dropFirst().reduce(1, *)
        return values.to(prediction.elementType).sum() / Double(outputs)
    }

    /// The coefficient of determination, R² = 1 - Σ (y - ŷ)² / Σ (y - ȳ)²: 1 for predictions without error, 0 for the mean of the targets
    /// (scikit-learn's `r2_score`). Of several outputs it is the mean of theirs. In double precision, in the order of the examples.
    ///
    /// Where all targets of an output are the same, it is 1 if all predictions are right and 0 if not, as with scikit-learn. Of fewer
    /// than two examples, and where there is a NaN, it is NaN.
    public static let rSquared = Metric(
        "rSquared", isScore: true,
        summary: Summary { prediction, target in
            let prediction = prediction.elementType == .int32 ? prediction.to(.float32) : prediction
            return [prediction, aligned("rSquared", withoutColumns(target, for: prediction), with: prediction)]
        } beginning: {
            Determination()
        })
}

/// All predictions and targets, and R² of them.
private struct Determination: ExampleSummary {
    private var predictions: [Double] = []
    private var targets: [Double] = []
    private var examples = 0

    mutating func add(_ parts: [[Double]], examples: Int) {
        predictions += parts[0]
        targets += parts[1]
        self.examples += examples
    }

    func value() -> Double {
        guard examples >= 2, !targets.isEmpty else { return .nan }
        let outputs = targets.count / examples
        return (0..<outputs).reduce(0) { $0 + value(ofOutput: $1, of: outputs) } / Double(outputs)
    }

    private func value(ofOutput output: Int, of outputs: Int) -> Double {
        let positions = stride(from: output, to: targets.count, by: outputs)
        // Distances from one target rather than the targets themselves: where all are the same, their mean is exactly 0.
        let first = targets[output]
        let mean = positions.reduce(0) { $0 + (targets[$1] - first) } / Double(examples)
        var (residual, total) = (0.0, 0.0)
        for position in positions {
            let (error, distance) = (targets[position] - predictions[position], targets[position] - first - mean)
            residual += error * error
            total += distance * distance
        }
        if total == 0 { return residual.isNaN ? .nan : residual == 0 ? 1 : 0 }
        return 1 - residual / total
    }
}
