import UnloopBackend
import UnloopData
import UnloopTensor

/// A loss and metrics of many examples, batch by batch in one pass. Batches are computed on the device and read some dozens at a time, so
/// that neither every batch waits nor the memory for what is not read yet grows with the data.
struct Evaluation {
    private let loss: Loss?
    private let metrics: [Metric]
    private var pending: [Batch] = []
    private var joinedLoss = JoinedMean()
    private var joined: [JoinedMetric]
    static let batchesBetweenReads = 64

    private struct Batch {
        let examples: Int
        let loss: Loss.Joinable?
        let metrics: [Metric.Part]
    }

    init(loss: Loss?, metrics: [Metric]) {
        self.loss = loss
        self.metrics = metrics
        joined = metrics.map { JoinedMetric($0) }
    }

    mutating func add(_ batch: Dataset, _ prediction: Tensor) throws(TensorError) {
        pending.append(
            Batch(
                examples: batch.count, loss: loss?.joinable(prediction, batch.labels, batch.weights),
                metrics: metrics.map { $0.part(prediction, batch.labels) }))
        if pending.count == Self.batchesBetweenReads { try read() }
    }

    /// What all batches give.
    mutating func results() throws(TensorError) -> (loss: Double?, metrics: [Double]) {
        try read()
        var values: [Double] = []
        for metric in joined { values.append(try metric.value()) }
        return (loss == nil ? nil : joinedLoss.value, values)
    }

    private mutating func read() throws(TensorError) {
        for batch in pending {
            if let loss = batch.loss { try joinedLoss.add(loss, examples: batch.examples) }
            for (position, part) in batch.metrics.enumerated() {
                try joined[position].add(part, examples: batch.examples)
            }
        }
        pending.removeAll(keepingCapacity: true)
    }
}

/// A mean over batches, in double precision and in their order.
struct JoinedMean {
    private var sum = 0.0
    private var divisor = 0.0
    private var isWeighted = false

    mutating func add(_ loss: Loss.Joinable, examples: Int) throws(TensorError) {
        switch loss.kind {
        case .mean: add(try loss.value.item() * Double(examples), Double(examples))
        case .sum(let weight): try add(loss.value, weight: weight)
        }
    }

    mutating func add(_ batch: Metric.BatchSum, examples: Int) throws(TensorError) {
        switch batch.divisor {
        case .examples: add(try batch.sum.item(), Double(examples))
        case .number(let count): add(try batch.sum.item(), Double(count))
        case .weight(let weight): try add(batch.sum, weight: weight)
        }
    }

    private mutating func add(_ sum: Tensor, weight: Tensor) throws(TensorError) {
        isWeighted = true
        add(try sum.item(), try weight.item())
    }

    private mutating func add(_ sum: Double, _ divisor: Double) {
        self.sum += sum
        self.divisor += divisor
    }

    /// NaN without examples; 0 where there are some, but none has a weight, as for a single batch.
    var value: Double { isWeighted && divisor == 0 ? 0 : sum / divisor }
}

/// A metric of several batches.
struct JoinedMetric {
    private var mean = JoinedMean()
    private var summary: (any ExampleSummary)?

    init(_ metric: Metric) { summary = metric.beginning() }

    mutating func add(_ part: Metric.Part, examples: Int) throws(TensorError) {
        switch part {
        case .mean(let batch): try mean.add(batch, examples: examples)
        case .summary(let tensors):
            var parts: [[Double]] = []
            for tensor in tensors { parts.append(try tensor.doubles()) }
            summary?.add(parts, examples: examples)
        }
    }

    func value() throws(TensorError) -> Double { try summary?.value() ?? mean.value }
}
