import Unloop

extension Example {
    /// The chain rule written out for two layers, as the notes have it, beside automatic differentiation.
    static let backpropagation = Example(
        "backpropagation", row: 10, "δ, dW and db of two layers by hand, equal to automatic differentiation."
    ) { run in
        let (m, n, hidden, outputs) = (32, 6, 5, 3)
        func normal(_ stream: UInt64, _ shape: Int...) -> Tensor {
            Tensor.randomNormal(shape, RandomKey(seed: 10, stream: stream), on: run.device)
        }
        let x = normal(0, m, n)
        let y = (normal(1, m, outputs) .> 0).to(.float32)
        let parameters = [normal(2, n, hidden), normal(3, hidden), normal(4, hidden, outputs), normal(5, outputs)]
        let (w1, b1, w2, b2) = (parameters[0], parameters[1], parameters[2], parameters[3])

        // Forward, keeping what the backward pass needs. Examples are rows.
        let a1 = tanh(matmul(x, w1) + b1)
        let a2 = sigmoid(matmul(a1, w2) + b2)

        // The output layer's δ depends on the loss; everything before follows in the same way.
        func gradients(_ delta2: Tensor) -> [Tensor] {
            let dw2 = matmul(a1.transposed(), delta2) / Double(m)
            let db2 = delta2.sum(0) / Double(m)
            // δ of the hidden layer: back through the weights, times tanh' = 1 − tanh².
            let delta1 = matmul(delta2, w2.transposed()) * (1 - a1 * a1)
            let dw1 = matmul(x.transposed(), delta1) / Double(m)
            let db1 = delta1.sum(0) / Double(m)
            return [dw1, db1, dw2, db2]
        }

        let cases: [(name: String, loss: Loss, delta: Tensor)] = [
            // With cross-entropy, the slope of the sigmoid cancels: δ = a − y.
            ("cross-entropy", .binaryCrossEntropy, a2 - y),
            // With ½(a − y)² it stays: δ = (a − y) ⊙ σ'(z).
            ("half squared error", .halfSquaredError, (a2 - y) * a2 * (1 - a2)),
        ]
        for (name, loss, delta) in cases {
            let byHand = gradients(delta)
            let automatic = gradient(at: parameters) { p in
                loss(sigmoid(matmul(tanh(matmul(x, p[0]) + p[1]), p[2]) + p[3]), y)
            }
            for (label, (hand, found)) in zip(["dW1", "db1", "dW2", "db2"], zip(byHand, automatic)) {
                let scale = try abs(found).max().item()
                let difference = try abs(hand - found).max().item() / scale
                // Chains of at most 32 + 5 + 3 terms and a dozen roundings, relative to the largest gradient.
                try run.figure(
                    "\(name): \(label), largest relative difference", Double(difference), atMost: 64 * 0x1p-24)
            }
        }

        // Columns as examples: dW = (1/m) δ Aᵀ gives the same numbers, transposed.
        let columns = matmul((a2 - y).transposed(), a1) / Double(m)
        try run.figure(
            "columns as examples give the same bits",
            isTrue: columns.transposed().isBitEqual(to: gradients(a2 - y)[2]))

        // And both are right: half the difference of the loss at two near points.
        let direction = normal(6, n, hidden)
        func loss(_ shift: Double) throws -> Double {
            let shifted = parameters.map { try? $0.doubles() }
            guard let w = shifted[0], let b = shifted[1], let v = shifted[2], let c = shifted[3] else { return .nan }
            // In double precision, so that the difference of two losses means something.
            let steps = try direction.doubles()
            let moved = Tensor(float64: zip(w, steps).map { $0 + shift * $1 }, shape: [n, hidden])
            let z =
                matmul(
                    tanh(matmul(x.to(.loop).to(.float64), moved) + Tensor(float64: b)),
                    Tensor(float64: v, shape: [hidden, outputs])) + Tensor(float64: c)
            return try Loss.binaryCrossEntropy(sigmoid(z), y.to(.loop).to(.float64)).doubles()[0]
        }
        let slope = try (loss(1e-5) - loss(-1e-5)) / 2e-5
        let byHand = try (gradients(a2 - y)[0] * direction).sum().item()
        try run.figure("slope of the loss along a direction", byHand, equals: slope, within: 1e-5 * abs(slope))
    }
}
