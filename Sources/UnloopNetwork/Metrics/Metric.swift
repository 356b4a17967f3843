import UnloopBackend
import UnloopTensor

/// How good predictions are, in a number for people: a mean over the examples or another summary of them. Not differentiated.
///
/// All examples count alike, also those of a `Dataset` with weights.
///
/// Batches are computed on the device and joined on the host, in their order, so that every device gives the same number. What counts
/// examples (accuracies, precision, recall, F1) or keeps a number of each of them (the area under the curve, R², the logarithmic loss)
/// also has the same bits for batches of every size. A mean of sums of reals, such as the squared error, is rounded once a batch, so that
/// other sizes of batches may change its last digits; so is `accuracy` of sequences, but not `topAccuracy(1)`, which is the same.
public struct Metric: Sendable {
    /// What its values are found by: in histories, evaluations and logs, and by `Monitor.metric`.
    public let name: String
    /// Whether larger is better.
    public let isScore: Bool
    private let kind: Kind

    private enum Kind: Sendable {
        case mean(@Sendable (_ prediction: Tensor, _ target: Tensor) -> BatchSum)
        case summary(Summary)
    }

    /// A batch's part of a mean.
    struct BatchSum: Sendable {
        enum Divisor: Sendable {
            case examples
            case number(Int)
            case weight(Tensor)
        }
        /// One number.
        let sum: Tensor
        let divisor: Divisor

        init(_ sum: Tensor, dividedBy divisor: Divisor = .examples) {
            self.sum = sum
            self.divisor = divisor
        }
    }

    /// A metric that is no mean of sums.
    struct Summary: Sendable {
        /// What is kept of a batch, computed on the device.
        let parts: @Sendable (_ prediction: Tensor, _ target: Tensor) -> [Tensor]
        /// Before the first batch.
        let beginning: @Sendable () -> any ExampleSummary
    }

    /// - Parameter sum: the sum over the examples of a batch, one number. Where a target differs from the prediction by a last axis of size
    ///   1 only, it comes in the prediction's shape, and a column of class numbers (int32) without its last axis: broadcasting would pair
    ///   every example with every other.
    public init(
        _ name: String, isScore: Bool, sum: @escaping @Sendable (_ prediction: Tensor, _ target: Tensor) -> Tensor
    ) {
        self.init(name, isScore: isScore, mean: { BatchSum(sum($0, Self.withoutColumns($1, for: $0))) })
    }

    /// A summary of all examples that is no mean, such as a median or a quantile.
    ///
    /// - Parameters:
    ///   - collecting: what is needed of a batch, each tensor with as many elements an example; targets come as for `init(_:isScore:sum:)`.
    ///   - summary: the metric from the elements of these tensors, joined over all batches in the order of the examples.
    public init(
        _ name: String, isScore: Bool,
        collecting: @escaping @Sendable (_ prediction: Tensor, _ target: Tensor) -> [Tensor],
        summary: @escaping @Sendable (_ columns: [[Double]]) -> Double
    ) {
        self.init(
            name, isScore: isScore,
            summary: Summary(parts: { collecting($0, Self.withoutColumns($1, for: $0)) }) {
                CollectedColumns(summary: summary)
            })
    }

    /// With targets as they are.
    init(_ name: String, isScore: Bool, mean: @escaping @Sendable (Tensor, Tensor) -> BatchSum) {
        self.name = name
        self.isScore = isScore
        kind = .mean(mean)
    }

    /// With targets as they are.
    init(_ name: String, isScore: Bool, summary: Summary) {
        self.name = name
        self.isScore = isScore
        kind = .summary(summary)
    }

    // MARK: Of a batch

    /// What an evaluation keeps of a batch until it is read.
    enum Part: Sendable {
        case mean(BatchSum)
        case summary([Tensor])
    }

    func part(_ prediction: Tensor, _ target: Tensor) -> Part {
        require(
            prediction.shape.first == target.shape.first,
            "\(name): targets \(target.shape) for predictions \(prediction.shape); the numbers of examples must be the same"
        )
        switch kind {
        case .summary(let summary): return .summary(summary.parts(prediction, target))
        case .mean(let mean):
            let result = mean(prediction, target)
            require(
                result.sum.count == 1,
                "\(name): gives \(result.sum.shape), not one number, of targets \(target.shape) and predictions \(prediction.shape)"
            )
            return .mean(result)
        }
    }

    /// What its parts are joined to; nil for means.
    func beginning() -> (any ExampleSummary)? {
        if case .summary(let summary) = kind { summary.beginning() } else { nil }
    }

    /// The metric of some examples as a tensor of one number on their device, in float32 unless they are float64. Where a device fails, it
    /// carries the error. Other metrics than means over examples are computed on the host, so they wait for the device.
    public func callAsFunction(_ prediction: Tensor, _ target: Tensor) -> Tensor {
        let part = part(prediction, target)
        if case .mean(let batch) = part {
            switch batch.divisor {
            case .examples: return batch.sum / Double(prediction.shape.first ?? 1)
            case .number(let count): return batch.sum.to(.float32) / Double(count)
            case .weight(let weight): return Loss.Parts(sum: batch.sum, weight: weight).mean
            }
        }
        let type = prediction.elementType == .float64 ? ElementType.float64 : .float32
        do throws(TensorError) {
            let value = try value(of: part, examples: prediction.shape.first ?? 1)
            return Tensor.full([], value, type, on: prediction.device)
        } catch {
            return Tensor.zeros([], type, on: prediction.device).failing(with: error)
        }
    }

    /// The metric of some examples, as an evaluation gives it; waits for the device.
    ///
    /// - Throws: the error of a device that failed.
    public func value(_ prediction: Tensor, _ target: Tensor) throws(TensorError) -> Double {
        try value(of: part(prediction, target), examples: prediction.shape.first ?? 1)
    }

    private func value(of part: Part, examples: Int) throws(TensorError) -> Double {
        var joined = JoinedMetric(self)
        try joined.add(part, examples: examples)
        return try joined.value()
    }

    /// The targets in the prediction's shape, or class numbers without their last axis, where a last axis of size 1 is the difference.
    static func withoutColumns(_ target: Tensor, for prediction: Tensor) -> Tensor {
        let (shape, wanted) = (target.shape, prediction.shape)
        if shape == wanted { return target }
        if shape + [1] == wanted || shape == wanted + [1] { return target.reshaped(wanted) }
        let classes = wanted.dropLast()
        return target.elementType == .int32 && shape == classes + [1] ? target.reshaped(Array(classes)) : target
    }

    // MARK: Losses

    /// A loss as a metric, without weights of the examples.
    public static func loss(_ loss: Loss) -> Metric {
        Metric(loss.name, isScore: false) { prediction, target in
            let target = withoutColumns(target, for: prediction)
            let batch = loss.joinable(prediction, target, nil)
            return switch batch.kind {
            case .mean: BatchSum(batch.value * Double(prediction.shape.first ?? 1))
            case .sum(let weight): BatchSum(batch.value, dividedBy: .weight(weight))
            }
        }
    }

    /// Every metric of the library, those with a parameter at its default.
    public static let all: [Metric] = [
        accuracy, binaryAccuracy, topAccuracy(5), precision, recall, f1, precision(threshold: 0.5),
        recall(threshold: 0.5), f1(threshold: 0.5), areaUnderROC, logLoss, meanSquaredError, meanAbsoluteError,
        rSquared,
        loss(.softmaxCrossEntropy),
    ]
}

/// What is known of the examples so far, on the host, from which a metric follows.
protocol ExampleSummary {
    /// - Parameters:
    ///   - parts: the elements of what the metric keeps of a batch.
    ///   - examples: of the batch.
    mutating func add(_ parts: [[Double]], examples: Int)
    func value() throws(TensorError) -> Double
}

/// Numbers of every example.
struct CollectedColumns: ExampleSummary {
    let summary: @Sendable ([[Double]]) -> Double
    private var columns: [[Double]] = []

    init(summary: @escaping @Sendable ([[Double]]) -> Double) { self.summary = summary }

    mutating func add(_ parts: [[Double]], examples: Int) {
        if columns.isEmpty { columns = parts.map { _ in [] } }
        for (position, part) in parts.enumerated() { columns[position] += part }
    }

    func value() -> Double { summary(columns) }
}
