import Unloop

extension Example {
    /// Six layers of sigmoids, which random first weights cannot train with a hundred labels.
    static let pretraining = Example(
        "pretraining", row: 14,
        "Greedy pre-training of a deep network on unlabelled digits, against a random start, with 100 labels."
    ) { run in
        let (training, test) = try Digits.load(on: run.device).stratifiedSplit(holdingOut: 360, seed: 1)
        // The first ten of each digit keep their labels.
        var found = [Int](repeating: 0, count: 10)
        var positions: [Int32] = []
        for (position, label) in try training.labels.integers().enumerated() where found[Int(label)] < 10 {
            found[Int(label)] += 1
            positions.append(Int32(position))
        }
        let labelled = training.selecting(positions)
        try run.figure("labelled digits", labelled.count, equals: 100)

        let network = Model {
            Flatten()
            for _ in 0..<6 { Dense(64, activation: .sigmoid, initializer: .glorotUniform) }
            Dense(10)
        }
        // The same training with labels for both starts; each gets the best of four learning rates.
        let rates = [0.001, 0.002, 0.005, 0.01]
        func tune(_ start: Model<Sequential>, _ rate: Double) throws -> Double {
            var model = start
            try model.fit(
                labelled, loss: .softmaxCrossEntropy, optimizer: .adam(.constant(rate)), epochs: 300, batchSize: 20,
                seed: 3, on: run.device)
            return try model.evaluate(test)
        }

        var randomStart = network
        randomStart.build(inputShape: training.exampleShape, on: run.device, seed: 1)
        let fromRandom = try rates.map { try tune(randomStart, $0) }

        // Each layer learns to rebuild its input, a tenth of which is hidden from it. No labels are used.
        var pretrained = network
        let result = try pretrained.pretrain(
            training.features, loss: .sigmoidCrossEntropy, corruption: 0.1, optimizer: .adam(0.003), epochs: 15,
            seed: 1,
            on: run.device)
        var plot = Plot(
            title: "Pre-training, layer by layer", x: .init("epoch"), y: .init("loss over the first epoch's"))
        for (number, (_, history)) in result.enumerated() {
            let losses = history.epochs.map(\.trainingLoss)
            plot.line("layer \(number + 1)", history.epochs.map { Double($0.number) }, losses.map { $0 / losses[0] })
        }
        try run.draw(plot, as: "pretraining")
        let fromPretrained = try rates.map { try tune(pretrained, $0) }

        for (rate, pair) in zip(rates, zip(fromRandom, fromPretrained)) {
            try run.note("rate \(rate): random start \(pair.0), pre-trained \(pair.1)")
        }
        let (random, best) = (fromRandom.max() ?? 0, fromPretrained.max() ?? 0)
        try run.figure("layers pre-trained", result.count, equals: 6)
        try run.figure("test accuracy from a random start", random, atMost: 0.8)
        try run.figure("test accuracy after pre-training", best, atLeast: 0.85)
        try run.figure("pre-training's gain", best - random, atLeast: 0.1)
    }
}
