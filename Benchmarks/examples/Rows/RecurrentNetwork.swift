import Unloop

extension Example {
    /// An Elman network, h_t = tanh(x_t·W_x + h_{t-1}·W_h) and o_t = h_t·W_o, with the error E = Σ_t ½ (o_t - y_t)².
    static let recurrentNetwork = Example(
        "recurrent-network", row: 18,
        "Backpropagation through time by hand, as automatic, and truncated; adding numbers."
    ) { run in
        try gradientsByHand(run)
        try binaryAddition(run)
    }

    private static func gradientsByHand(_ run: ExampleRun) throws {
        let (time, inputs, units, outputs) = (6, 3, 4, 2)
        let recurrent = RNN(units)
        let output = Dense(outputs, bias: false)
        var model = Model {
            recurrent
            output
        }
        model.build(inputShape: [time, inputs], on: run.device, seed: 1)
        let x = Tensor.randomNormal([1, time, inputs], RandomKey(seed: 2), on: run.device)
        let y = Tensor.randomNormal([1, time, outputs], RandomKey(seed: 3), on: run.device)
        let weights = recurrent.weights[0]
        let names = ["W_x", "W_h", "W_o"]
        let parameters = [weights.inputWeight, weights.recurrentWeight, output.weight]

        // The whole sequence, and pieces of two steps: there the error of a step goes back to the start of its piece only.
        for window in [time, 2] {
            let byHand = backpropagationThroughTime(
                x[0], y[0], model[weights.inputWeight], model[weights.recurrentWeight], model[output.weight],
                window: window)
            let automatic = model.truncatedBackpropagation(
                Dataset(features: x, labels: y), loss: .halfSquaredError, steps: window)
            for (name, parameter) in zip(names, parameters) {
                guard let place = model.trainableParameters.firstIndex(of: parameter),
                    let expected = byHand[name]
                else { continue }
                let difference = abs(automatic.gradients[place] - expected).max() / abs(expected).max()
                // Sums of some dozen float32 products in another order.
                try run.figure(
                    "\(window == time ? "full" : "truncated") ∂E/∂\(name): relative difference by hand and automatic",
                    Double(difference.item()), atMost: 2e-6)
            }
        }
    }

    /// The notes' sums over t and t' ≤ t, with ∂h_t/∂h_t' as a product of the steps' Jacobians.
    private static func backpropagationThroughTime(
        _ x: Tensor, _ y: Tensor, _ wx: Tensor, _ wh: Tensor, _ wo: Tensor, window: Int
    ) -> [String: Tensor] {
        let time = x.shape[0]
        // Forward: all states, the first of zeros.
        var h = [Tensor.zeros([1, wh.shape[0]], on: x.device)]
        for t in 0..<time { h.append(tanh(matmul(x[t..<t + 1], wx) + matmul(h[t], wh))) }

        var gradients = ["W_x": Tensor.zeros(like: wx), "W_h": Tensor.zeros(like: wh), "W_o": Tensor.zeros(like: wo)]
        func add(_ name: String, _ term: Tensor) { gradients[name] = gradients[name].map { $0 + term } }
        for t in 0..<time {
            let outputError = matmul(h[t + 1], wo) - y[t..<t + 1]
            add("W_o", matmul(h[t + 1].transposed(), outputError))
            // The error of step t, carried back from step to step.
            var hiddenError = matmul(outputError, wo.transposed())
            for earlier in stride(from: t, through: t / window * window, by: -1) {
                let delta = hiddenError * (1 - h[earlier + 1] * h[earlier + 1])
                add("W_h", matmul(h[earlier].transposed(), delta))
                add("W_x", matmul(x[earlier..<earlier + 1].transposed(), delta))
                hiddenError = matmul(delta, wh.transposed())
            }
        }
        return gradients
    }

    /// Two binary numbers come in, bit by bit from the lowest; their sum goes out. The network has to remember the carry.
    private static func binaryAddition(_ run: ExampleRun) throws {
        var model = Model {
            RNN(16)
            Dense(1)
        }
        // Truncated backpropagation: an update after every four bits.
        try model.fit(
            additions(400, bits: 12, seed: 1, on: run.device), loss: .sigmoidCrossEntropy, optimizer: .adam(0.01),
            epochs: 8,
            batchSize: 20, window: 4, seed: 1, on: run.device, progress: .silent)
        // Numbers twice as long as any in training.
        let test = additions(200, bits: 24, seed: 2, on: run.device)
        let right = ((model.predict(test.features) .> 0).to(.float32) .== test.labels).to(.float32).sum()
        try run.figure(
            "bits right in sums of 24-bit numbers, trained on 12 bits", Double(right.item()) / (200 * 24),
            atLeast: 0.999)
    }

    private static func additions(_ count: Int, bits: Int, seed: UInt64, on device: Device) -> Dataset {
        var random = CounterRandom(seed: seed)
        var features: [Float] = []
        var labels: [Float] = []
        for _ in 0..<count {
            var carry = 0
            for _ in 0..<bits {
                let (a, b) = (random.next(below: 2), random.next(below: 2))
                features += [Float(a), Float(b)]
                labels.append(Float((a + b + carry) % 2))
                carry = (a + b + carry) / 2
            }
        }
        return Dataset(
            features: Tensor(features, shape: [count, bits, 2], on: device),
            labels: Tensor(labels, shape: [count, bits, 1], on: device))
    }
}
