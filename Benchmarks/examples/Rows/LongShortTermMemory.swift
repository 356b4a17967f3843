import Unloop
import UnloopPlot

extension Example {
    /// The first symbol of a sequence decides; ninety-nine steps of other symbols follow before the answer is asked for.
    static let longShortTermMemory = Example(
        "long-short-term-memory", row: 20,
        "A lag of 99 steps that a plain recurrent network fails and LSTM and GRU bridge."
    ) { run in
        try formulas(run)
        let training = longLag(1600, seed: 1, on: run.device)
        let test = longLag(400, seed: 2, on: run.device)
        var plot = Plot(
            title: "Gradient of the last output with respect to each input, before training",
            x: .init("steps back"), y: .init("norm", scale: .logarithmic))
        for (name, layer) in [
            // Gates that start nearly open remember from the start; log 100 ≈ 5.
            ("RNN", RNN(16, returnsSequences: false)), ("GRU", GRU(16, returnsSequences: false, updateBias: 5)),
            ("LSTM", LSTM(16, returnsSequences: false, forgetBias: 5)),
        ] as [(String, any Recurrent)] {
            var model = Model {
                layer
                Dense(2)
            }
            model.build(inputShape: training.exampleShape, on: run.device, seed: 3)
            // The layer by itself, with the weights that it has in the network.
            let norms = try gradientNorms(Model(Sequential { layer }, model.values), test.features[0..<20])
            plot.line(name, (0..<norms.count).map { Double($0) }, norms.reversed())
            try model.fit(
                training, loss: .softmaxCrossEntropy, optimizer: Optimizer.adam(0.003).clipped(.norm(1)), epochs: 8,
                batchSize: 32, seed: 3, on: run.device, progress: .silent)
            let accuracy = try model.evaluate(test)
            if name == "RNN" {
                // Guessing gives one half.
                try run.figure("test accuracy of the plain network", accuracy, atMost: 0.65)
            } else {
                try run.figure("test accuracy of \(name)", accuracy, atLeast: 0.99)
            }
        }
        try run.draw(plot, as: "long-lag-gradients")
    }

    /// One step of an LSTM with the formulas written out, gate by gate.
    private static func formulas(_ run: ExampleRun) throws {
        var lstm = Model(LSTM(2))
        lstm.build(inputShape: [1, 3], on: run.device, seed: 4)
        let x = Tensor([[0.5, -1, 2]], on: run.device)
        let (h, c) = (Tensor([[0.1, -0.2]], on: run.device), Tensor([[1, -0.5]], on: run.device))
        let weights = lstm.root.weights[0]
        let sums =
            matmul(x, lstm[weights.inputWeight]) + lstm[weights.bias] + matmul(h, lstm[weights.recurrentWeight])
        let gates = sums.split(into: 4, axis: 1)
        let (input, forget, candidate, output) = (
            sigmoid(gates[0]), sigmoid(gates[1]), tanh(gates[2]), sigmoid(gates[3])
        )
        let cell = forget * c + input * candidate
        let expected = Tensor.concatenate([output * tanh(cell), cell])

        let state = RecurrentState([h.expandingDimension(at: 0), c.expandingDimension(at: 0)])
        let next = lstm(x.expandingDimension(at: 1), state: state).state
        let found = Tensor.concatenate(next.tensors.map { $0[0] })
        // The layer makes all four gates in one pass.
        try run.figure(
            "LSTM step as by its formulas, largest difference", Double(abs(found - expected).max().item()),
            atMost: 2.4e-7)
    }

    /// Features: two for the symbol of the first step, four for those that distract.
    private static func longLag(_ count: Int, seed: UInt64, on device: Device) -> Dataset {
        let (time, symbols, distractors) = (100, 2, 4)
        var random = CounterRandom(seed: seed)
        var features = [Float](repeating: 0, count: count * time * (symbols + distractors))
        var labels: [Int32] = []
        for example in 0..<count {
            for step in 0..<time {
                let start = (example * time + step) * (symbols + distractors)
                if step == 0 {
                    labels.append(Int32(random.next(below: symbols)))
                    features[start + Int(labels[example])] = 1
                } else {
                    features[start + symbols + random.next(below: distractors)] = 1
                }
            }
        }
        return Dataset(
            features: Tensor(features, shape: [count, time, symbols + distractors], on: device),
            labels: Tensor(int32: labels, on: device))
    }

    /// For each step the norm of the gradient of the last outputs' squares with respect to the inputs of that step.
    private static func gradientNorms(_ network: Model<Sequential>, _ x: Tensor) throws -> [Double] {
        let found = gradient(at: x) { network($0).squared().sum() }
        return try sqrt(found.squared().sum(axes: [0, 2])).doubles()
    }
}
