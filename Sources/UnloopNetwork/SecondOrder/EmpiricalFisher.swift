import UnloopBackend
import UnloopData
import UnloopTensor

extension Model where Root: Layer {
    /// The mean over the examples of the squares of each example's own gradient, element by element: the diagonal of the empirical
    /// Fisher matrix, a rough picture of the curvature's diagonal.
    ///
    /// One gradient is computed for each group of examples. With as many groups as examples, the result is exact. With fewer, the
    /// gradients of a group are added with random signs before they are squared, so that the mixed products cancel in the mean: an
    /// estimate without bias whose relative standard deviation is about √(2 / groups), at the cost of a single gradient of the batch.
    /// The random signs follow from the key, so that the result is the same on every device.
    ///
    /// - Parameters:
    ///   - loss: a mean over the examples, as all of `Loss.all` are.
    ///     With weights of the examples, each one's own gradient counts wᵢ / w̄ times, w̄ being the mean of the weights.
    ///   - groups: at most the number of examples counts.
    /// - Returns: a tensor of each trainable parameter's shape.
    /// - Precondition: the network is built; the batch has at least one example.
    public func empiricalFisherDiagonal(
        _ loss: Loss, on batch: Dataset, groups: Int = .max, key: RandomKey = RandomKey(seed: 0)
    )
        -> [Tensor]
    {
        let parameters = ParameterVector(self)
        return parameters.parts(squaredGradients(parameters, at: parameters.start, loss, batch, groups, key))
    }

    func squaredGradients(
        _ parameters: ParameterVector, at values: [Tensor], _ loss: Loss, _ batch: Dataset, _ groups: Int,
        _ key: RandomKey
    ) -> Tensor {
        require(groups > 0 && batch.count > 0, "empiricalFisherDiagonal: \(groups) groups of \(batch.count) examples")
        let size = (batch.count + min(groups, batch.count) - 1) / min(groups, batch.count)
        let type = values[0].elementType
        var signs = Tensor.randomBernoulli([batch.count], key, probability: 0.5, type, on: batch.device) * 2 - 1
        if let weights = batch.weights?.to(type) {
            signs = signs * EmpiricalFisher.share([weights, weights.sum()], scalars: [Double(batch.count)])
        }
        var total: Tensor?
        var start = 0
        for group in batch.batches(of: size) {
            let chosen = signs.sliced(axis: 0, start..<start + group.count)
            start += group.count
            let gradients = vjp(at: values) { values in
                self(group.features, Pass(parameters.values(values)))
            } cotangent: { outputs in
                // The loss is the group's mean; times the group's size, it has each example's own gradient.
                let each = gradient(at: outputs) { loss($0, group.labels) }
                let column = chosen.reshaped([group.count] + Array(repeating: 1, count: outputs.rank - 1))
                return EmpiricalFisher.signed([each, column], scalars: [Double(group.count)])
            }.cotangents
            let sum = parameters.joined(gradients)
            total = total.map { EmpiricalFisher.addSquare([$0, sum], scalars: []) } ?? sum.squared()
        }
        return (total ?? Tensor.zeros(like: parameters.joined(values))) / Double(batch.count)
    }
}

private enum EmpiricalFisher {
    static let signed = ScalarFunction("signed", inputs: 2, scalars: 1) { x, s in x[0] * x[1] * s[0] }
    /// Of the weight and the sum of all; nothing is divided where that is 0.
    static let share = ScalarFunction("share", inputs: 2, scalars: 1) { x, s in
        x[0] * s[0] / select(x[1] .== 0, 1, x[1])
    }
    static let addSquare = ScalarFunction("addSquare", inputs: 2) { x, _ in x[0] + x[1] * x[1] }
}
