import Unloop

extension Example {
    /// What each way to choose first weights promises, whether it keeps it, and what comes of it.
    static let initialization = Example(
        "initialization", row: 12,
        "Zeros, small Gaussians, Glorot's, He's and orthogonal weights: their statistics and what they learn."
    ) { run in
        // A layer with 200 inputs and 300 outputs has 60,000 weights. The mean of so many varies by σ/245, their variance by
        // less than σ²/170; five times that is allowed.
        func weights(_ initializer: Initializer, seed: UInt64 = 1, on device: Device? = nil) -> Tensor {
            var model = Model(Dense(300, initializer: initializer))
            model.build(inputShape: [200], on: device ?? run.device, seed: seed)
            return model[model.root.weight]
        }
        let promises: [(Initializer, variance: Double)] = [
            (.gaussian(0.01), 0.0001), (.glorotUniform, 2 / 500.0), (.glorotNormal, 2 / 500.0), (.heUniform, 2 / 200.0),
            (.heNormal, 2 / 200.0),
        ]
        for (initializer, variance) in promises {
            let w = weights(initializer)
            let mean = try w.mean().item()
            try run.figure(
                "\(initializer.name): mean", mean, equals: 0, within: 5 * variance.squareRoot() / 245)
            try run.figure(
                "\(initializer.name): variance", (w - Double(mean)).squared().mean().item(), equals: variance,
                within: 5 * variance / 170)
        }
        let q = weights(.orthogonal())
        let distance = abs(matmul(q, q.transposed()) - Tensor.eye(200, on: run.device)).max()
        try run.figure("orthogonal: largest element of W Wᵀ - 1", distance.item(), equals: 0, within: 1e-5)

        // First weights follow from the seed, the same bits everywhere.
        for initializer in promises.map(\.0) + [.orthogonal()] {
            let same = try weights(initializer).sha256() == weights(initializer, on: .loop).sha256()
            try run.figure("\(initializer.name): the same hash as on .loop", isTrue: same)
        }
        try run.figure(
            "another seed gives other weights",
            isTrue: try weights(.heNormal, seed: 2).sha256() != weights(.heNormal).sha256())

        // The same network and training for each.
        let (training, test) = try Digits.load(on: run.device).stratifiedSplit(holdingOut: 360, seed: 1)
        func network(_ initializer: Initializer, _ activation: Activation) -> Model<Sequential> {
            Model {
                Flatten()
                for _ in 0..<6 { Dense(32, activation: activation, initializer: initializer) }
                Dense(10, initializer: initializer)
            }
        }
        func accuracy(_ model: inout Model<Sequential>) throws -> Double {
            try model.fit(
                training, loss: .softmaxCrossEntropy, optimizer: .momentum(0.05), epochs: 10, on: run.device)
            return try model.evaluate(test)
        }

        // With zeros all units of a layer compute the same, get the same gradient and stay equal for ever: as good as one unit.
        var zeros = network(.zeros, .sigmoid)
        try run.figure("test accuracy, zeros", accuracy(&zeros), atMost: 0.2)
        var difference = 0.0
        for layer in zeros.root.layers.compactMap({ $0 as? Dense }).dropLast() {
            let weight = zeros[layer.weight]
            difference = Swift.max(difference, Double(try abs(weight - weight[.all, 0..<1]).max().item()))
        }
        try run.figure("zeros: largest difference between two units of a layer, after training", difference, equals: 0)

        // Weights that are too small let the signal die on its way: each layer shrinks it, and the gradient with it.
        for (initializer, activation, bound) in [
            (.gaussian(0.01), .relu, 0), (.heNormal, .relu, 0.85), (.glorotUniform, .tanh, 0.9),
            (.orthogonal(), .tanh, 0.9),
        ] as [(Initializer, Activation, Double)] {
            let name = "\(initializer.name), \(activation.name)"
            var model = network(initializer, activation)
            model.build(inputShape: test.exampleShape, on: run.device)
            let hidden = Model(Sequential(Array(model.root.layers.dropLast())), model.values)
            let signal = try hidden.predict(test.features).squared().mean().item()
            let size = Double(signal).squareRoot()
            if bound == 0 {
                try run.figure("signal after 6 layers: \(name)", size, atMost: 1e-5)
                try run.figure("test accuracy: \(name)", accuracy(&model), atMost: 0.2)
            } else {
                try run.figure("signal after 6 layers: \(name)", size, atLeast: 0.1)
                try run.figure("test accuracy: \(name)", accuracy(&model), atLeast: bound)
            }
        }
    }
}
