import UnloopBackend
import UnloopData
import UnloopTensor

/// The loss of a batch with its L2 term as a function of the vector of parameters, computed a chunk of examples at a time.
struct BatchObjective<Root: Layer> {
    let model: Model<Root>
    let parameters: ParameterVector
    let loss: Loss
    let l2: Double
    /// Where the L2 term acts; nil without one.
    let mask: Tensor?
    let chunkSize: Int

    init(_ model: Model<Root>, loss: Loss, l2: Double, chunkSize: Int) {
        self.model = model
        self.loss = loss
        self.l2 = l2
        self.chunkSize = chunkSize
        parameters = ParameterVector(model)
        mask = l2 > 0 ? parameters.regularizationMask() : nil
    }

    func value(_ batch: Dataset, at point: Tensor) throws -> Double {
        let values = parameters.values(at: point)
        let parts = batch.batches(of: chunkSize).map { chunk in
            (loss.joinable(model(chunk.features, Pass(values)), chunk.labels, chunk.weights), chunk.count)
        }
        return try mean(parts) + penalty(point)
    }

    func valueWithGradient(_ batch: Dataset, at point: Tensor) throws -> (value: Double, gradient: Tensor) {
        let values = parameters.values(at: point)
        var parts: [(Loss.Joinable, Int)] = []
        var total: Tensor?
        for chunk in batch.batches(of: chunkSize) {
            var kind = Loss.Joinable.Kind.mean
            let found = UnloopNetwork.valueWithGradient(of: values, isTraining: false) { pass in
                let part = loss.joinable(model(chunk.features, pass), chunk.labels, chunk.weights)
                kind = part.kind
                return part.value
            }
            parts.append((Loss.Joinable(value: found.value, kind: kind), chunk.count))
            var weighted = parameters.joined(found.gradients)
            if case .mean = kind, chunk.count < batch.count {
                weighted = weighted * (Double(chunk.count) / Double(batch.count))
            }
            total = total.map { $0 + weighted } ?? weighted
        }
        var gradient = total ?? Tensor.zeros(like: point)
        // Sums are divided by what all examples weigh; without any weight they are 0.
        if let weight = try self.weight(parts), weight != 0 { gradient = gradient / weight }
        if let mask { gradient = addDecay([gradient, mask, point], scalars: [l2]) }
        return (try mean(parts) + penalty(point), gradient)
    }

    private func mean(_ parts: [(loss: Loss.Joinable, count: Int)]) throws -> Double {
        if parts.count == 1, case .mean = parts[0].loss.kind { return try parts[0].loss.value.doubles()[0] }
        var mean = JoinedMean()
        for part in parts { try mean.add(part.loss, examples: part.count) }
        return mean.value
    }

    /// Of all examples; nil where each counts 1.
    private func weight(_ parts: [(loss: Loss.Joinable, count: Int)]) throws -> Double? {
        var sum: Double?
        for part in parts {
            if case .sum(let weight) = part.loss.kind { sum = (sum ?? 0) + (try weight.item()) }
        }
        return sum
    }

    private func penalty(_ point: Tensor) throws -> Double {
        guard let mask else { return 0 }
        return try 0.5 * l2 * Tensor.sum(of: maskedSquare, [mask, point]).doubles()[0]
    }
}

private let addDecay = ScalarFunction("addDecay", inputs: 3, scalars: 1) { x, s in x[0] + s[0] * x[1] * x[2] }
private let maskedSquare = ScalarFunction("maskedSquare", inputs: 2) { x, _ in x[0] * x[1] * x[1] }
