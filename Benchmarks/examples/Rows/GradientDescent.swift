import Foundation
import Unloop

extension Example {
    /// A dense network, trained weight by weight in loops and as matrix products.
    static let gradientDescent = Example(
        "gradient-descent", row: 9,
        "The 5-6-3-1 network in four loops and vectorized; batch, mini-batch and stochastic gradient descent."
    ) { run in
        let sizes = [5, 6, 3, 1]
        let dense = Model {
            for size in sizes.dropFirst() { Dense(size, activation: .sigmoid) }
        }
        var model = dense
        model.build(inputShape: [5], on: run.device, seed: 1)
        try run.figure("parameters of 5-6-3-1", model.parameterCount, equals: 61)

        // Is the mean of five numbers above one half?
        let x = Tensor.randomUniform([128, 5], RandomKey(seed: 2), on: run.device)
        let y = (x.mean(1, keepingDimensions: true) .> 0.5).to(.float32)
        let data = Dataset(features: x, labels: y)

        // The same first weights for the loops, and the same number of steps on all examples.
        let steps = 20
        var network = LoopNetwork(
            sizes: sizes, weights: try model.root.layers.map { try model[$0.parameters[0]].scalars() },
            biases: try model.root.layers.map { try model[$0.parameters[1]].scalars() })
        let (inputs, targets) = (try x.scalars(), try y.scalars())
        let loops = ContinuousClock().measure {
            for _ in 0..<steps { network.step(inputs, targets, rate: 2) }
        }
        let start = ContinuousClock.now
        try model.fit(
            data, loss: .halfSquaredError, optimizer: .sgd(2), epochs: steps, batchSize: 128, on: run.device,
            progress: .silent)
        let vectorized = ContinuousClock.now - start
        var largest: Float = 0
        for (layer, weights) in zip(model.root.layers, network.weights) {
            for (a, b) in zip(try model[layer.parameters[0]].scalars(), weights) { largest = max(largest, abs(a - b)) }
        }
        // Gradients are sums of 128 numbers below 1 in float32, added in another order, 20 times.
        try run.figure(
            "largest difference of a weight, loops and vectorized", Double(largest), atMost: 20 * 2 * 45 * 0x1p-24)
        try run.measurement("\(steps) steps in loops", loops / .milliseconds(1), unit: "ms")
        try run.measurement("\(steps) steps vectorized", vectorized / .milliseconds(1), unit: "ms")

        // All examples a step are the smoothest way; single examples make the most steps of the same number of passes.
        var plot = Plot(title: "Gradient descent", x: .init("epoch"), y: .init("loss", scale: .logarithmic))
        for (name, batchSize, rate, bound) in [
            ("batch", 128, 8.0, 0.12), ("mini-batch", 16, 5, 0.04), ("stochastic", 1, 0.5, 0.04),
        ] {
            var model = dense
            let history = try model.fit(
                data, loss: .halfSquaredError, optimizer: .sgd(.constant(rate)), epochs: 100, batchSize: batchSize,
                seed: 3,
                on: run.device, progress: .silent)
            let losses = history.epochs.map(\.trainingLoss)
            plot.line(name, history.epochs.map { Double($0.number) }, losses)
            try run.figure("loss after 100 epochs, \(name)", losses.last ?? .nan, atMost: bound)
        }
        try run.draw(plot, as: "gradient-descent")
    }
}

/// Layers of sigmoids as loops over examples, layers, outputs and inputs, with a gradient for each weight.
private struct LoopNetwork {
    let sizes: [Int]
    /// For each layer, row-major by input and output.
    var weights: [[Float]]
    var biases: [[Float]]

    /// One step on the mean over the examples of ½(ŷ − y)².
    mutating func step(_ inputs: [Float], _ targets: [Float], rate: Float) {
        let examples = targets.count
        var weightSlopes = weights.map { $0.map { _ in Float(0) } }
        var biasSlopes = biases.map { $0.map { _ in Float(0) } }
        for example in 0..<examples {
            var outputs = [Array(inputs[example * sizes[0]..<(example + 1) * sizes[0]])]
            for layer in weights.indices {
                var output: [Float] = []
                for unit in 0..<sizes[layer + 1] {
                    var sum = biases[layer][unit]
                    for input in 0..<sizes[layer] {
                        sum += outputs[layer][input] * weights[layer][input * sizes[layer + 1] + unit]
                    }
                    output.append(1 / (1 + exp(-sum)))
                }
                outputs.append(output)
            }
            // δ of the outputs, then of each layer before: what flows back through the weights, times σ' = σ (1 − σ).
            var delta = outputs[weights.count].map { ($0 - targets[example]) * $0 * (1 - $0) }
            for layer in weights.indices.reversed() {
                var previous = [Float](repeating: 0, count: sizes[layer])
                for unit in 0..<sizes[layer + 1] {
                    for input in 0..<sizes[layer] {
                        let index = input * sizes[layer + 1] + unit
                        weightSlopes[layer][index] += outputs[layer][input] * delta[unit]
                        previous[input] += weights[layer][index] * delta[unit]
                    }
                    biasSlopes[layer][unit] += delta[unit]
                }
                delta = zip(previous, outputs[layer]).map { $0 * $1 * (1 - $1) }
            }
        }
        for layer in weights.indices {
            for index in weights[layer].indices {
                weights[layer][index] -= rate * weightSlopes[layer][index] / Float(examples)
            }
            for unit in biases[layer].indices {
                biases[layer][unit] -= rate * biasSlopes[layer][unit] / Float(examples)
            }
        }
    }
}
