import UnloopBackend
import UnloopTensor

extension Metric {
    /// The area under the receiver operating characteristic, for two classes and one output: the probability that the output of an
    /// example of class 1 is larger than that of one of class 0, equal ones counting half. Probabilities and logits alike; predictions
    /// `[examples]` or `[examples, 1]`, targets 0 and 1.
    ///
    /// Computed from the ranks as the statistic of Mann and Whitney (Annals of Mathematical Statistics 18, 1947), equal outputs having
    /// their middle rank, in integers but for the last division. NaN where all examples are of one class, there are none, or an output or
    /// a target is NaN.
    public static let areaUnderROC = Metric(
        "areaUnderROC", isScore: true,
        collecting: { prediction, target in
            require(
                prediction.count == prediction.shape.first,
                "areaUnderROC: predictions \(prediction.shape) for targets \(target.shape); there must be one output for each example"
            )
            require(
                target.count == prediction.count,
                "areaUnderROC: targets \(target.shape) for predictions \(prediction.shape); they must be the same")
            return [prediction, target]
        },
        summary: { columns in
            guard columns.count == 2, !columns.contains(where: { $0.contains { $0.isNaN } }) else { return .nan }
            return areaUnderROC(scores: columns[0], isPositive: columns[1].map { $0 > 0.5 })
        })

    private static func areaUnderROC(scores: [Double], isPositive: [Bool]) -> Double {
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var (positives, negatives) = (0, 0)
        // Pairs of an example of class 1 and one of class 0 with a smaller output, counted twice, and those with equal outputs, once.
        var doubledPairs = 0
        var start = 0
        while start < order.count {
            var (end, ones) = (start, 0)
            while end < order.count, scores[order[end]] == scores[order[start]] {
                if isPositive[order[end]] { ones += 1 }
                end += 1
            }
            let zeros = end - start - ones
            doubledPairs += ones * (2 * negatives + zeros)
            positives += ones
            negatives += zeros
            start = end
        }
        return positives == 0 || negatives == 0 ? .nan : Double(doubledPairs) / Double(2 * positives * negatives)
    }
}
