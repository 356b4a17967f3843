import Unloop

extension Example {
    /// Gradient descent for logistic regression as the lectures write it first, in three nested loops, and then without any loop over
    /// examples or features; then the library's own, on real data.
    static let logisticRegression = Example(
        "logistic-regression", row: 8,
        "Three nested loops and their vectorized form give the same weights; five folds of the breast cancer data."
    ) { run in
        let data = try BreastCancer.load(on: run.device)
        let sample = data.sliced(0..<200)
        let x = FeatureScaling(of: sample.features)(sample.features)
        let y = sample.labels.to(.float32).reshaped(200, 1)
        let (m, n, epochs) = (200, 30, 25)
        let rate: Float = 0.5

        // The loops: for each epoch, for each example, for each feature. The logarithms of the cost are not needed for the weights.
        let (xs, ys) = (try x.scalars(), try y.scalars())
        var w = [Float](repeating: 0, count: n)
        var b: Float = 0
        for _ in 0..<epochs {
            var dw = [Float](repeating: 0, count: n)
            var db: Float = 0
            for i in 0..<m {
                var z: Float = 0
                // One rounding for product and sum, as every device does it: z += xs[i * n + j] * w[j] would round twice.
                for j in 0..<n { z.addProduct(xs[i * n + j], w[j]) }
                let a: Float = try sigmoid(Tensor([z + b], on: .loop)).item()
                let dz = a - ys[i]
                for j in 0..<n { dw[j].addProduct(xs[i * n + j], dz) }
                db += dz
            }
            for j in 0..<n { w[j] -= rate * (dw[j] / Float(m)) }
            b -= rate * (db / Float(m))
        }

        // The same without them: examples are the rows of x. Ones times dz is the sum of dz, in the order of the examples.
        var weights = Tensor.zeros([n, 1], on: run.device)
        var bias = Tensor.zeros([1, 1], on: run.device)
        let ones = Tensor.ones([1, m], on: run.device)
        for _ in 0..<epochs {
            let a = sigmoid(matmul(x, weights) + bias)
            let dz = a - y
            weights -= Double(rate) * (matmul(x.transposed(), dz) / Double(m))
            bias -= Double(rate) * (matmul(ones, dz) / Double(m))
        }
        // Up to 256 products are summed in one chain in the order of the loop (Numerics.md), so not even the last bits differ.
        try run.figure("weights have the loops' bits", isTrue: weights.scalars() == w)
        try run.figure("bias has the loops' bits", isTrue: bias.scalars() == [b])
        let loss = Loss.sigmoidCrossEntropy(matmul(x, weights) + bias, y)
        try run.figure("cost after 25 epochs (log 2 at the start)", Double(loss.item()), atMost: 0.2)

        // Newton's method instead of gradient descent. scikit-learn 1.9 finds the expected numbers; the bound is that of float32 sums.
        let all = try LogisticRegression(data, l2: 1)
        try run.figure("Newton steps", Double(all.iterations), atMost: 15)
        try run.figure("weight of the worst texture", all.weight[21, 0].item(), equals: -1.3146076, within: 1e-4)
        try run.figure("bias", all.bias.item(), equals: 0.2145027, within: 1e-4)

        // Scaling is found from the training examples of each fold alone.
        let folds = try StratifiedKFold(5, labels: data.labels.integers(), shuffling: 1)
        let result = try crossValidate(data, folds, on: run.device) { training, test in
            try LogisticRegression(training, l2: 1).accuracy(test)
        }
        try run.figure("mean test accuracy in 5 folds", result.mean, atLeast: 0.97)
        try run.note("Test accuracy \(result).")
    }
}
