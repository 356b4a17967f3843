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
            (loss(model(chunk.features, Pass(values)), chunk.labels), chunk.count)
        }
        return try mean(parts, of: batch.count) + penalty(point)
    }

    func valueWithGradient(_ batch: Dataset, at point: Tensor) throws -> (value: Double, gradient: Tensor) {
        let values = parameters.values(at: point)
        var parts: [(Tensor, Int)] = []
        var total: Tensor?
        for chunk in batch.batches(of: chunkSize) {
            let found = UnloopNetwork.valueWithGradient(of: values, isTraining: false) { pass in
                loss(model(chunk.features, pass), chunk.labels)
            }
            parts.append((found.value, chunk.count))
            let weighted =
                chunk.count == batch.count
                ? parameters.joined(found.gradients)
                : parameters.joined(found.gradients) * (Double(chunk.count) / Double(batch.count))
            total = total.map { $0 + weighted } ?? weighted
        }
        var gradient = total ?? Tensor.zeros(like: point)
        if let mask { gradient = addDecay([gradient, mask, point], scalars: [l2]) }
        return (try mean(parts, of: batch.count) + penalty(point), gradient)
    }

    private func mean(_ parts: [(loss: Tensor, count: Int)], of count: Int) throws -> Double {
        if parts.count == 1 { return try parts[0].loss.doubles()[0] }
        var sum = 0.0
        for part in parts { sum += try part.loss.doubles()[0] * Double(part.count) }
        return sum / Double(count)
    }

    private func penalty(_ point: Tensor) throws -> Double {
        guard let mask else { return 0 }
        return try 0.5 * l2 * Tensor.sum(of: maskedSquare, [mask, point]).doubles()[0]
    }
}

private let addDecay = ScalarFunction("addDecay", inputs: 3, scalars: 1) { x, s in x[0] + s[0] * x[1] * x[2] }
private let maskedSquare = ScalarFunction("maskedSquare", inputs: 2) { x, _ in x[0] * x[1] * x[1] }
