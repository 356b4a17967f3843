import Unloop

extension Example {
    /// Why deep networks would not learn for so long, what it looks like, and four cures.
    static let vanishingGradients = Example(
        "vanishing-gradients", row: 13,
        "Gradients that vanish or explode in 20 layers, and what ReLU, skip connections and clipping do about it."
    ) { run in
        // A chain of units with one weight each. With w = 1.2 and b = -0.6 every unit sees z = 0, where the sigmoid's slope is 1/4: each
        // unit multiplies the gradient by w · σ'(z) = 0.3.
        func slope(ofUnits count: Int) throws -> Float {
            let units = (0..<count).map { _ in Dense(1, activation: .sigmoid, initializer: .constant(1.2)) }
            var chain = Model(Sequential(units))
            chain.build(inputShape: [1], on: run.device)
            for unit in units { chain[unit.bias] = Tensor([-0.6], on: run.device) }
            return try gradient(at: Tensor([[0.5]], on: run.device)) { chain($0).sum() }.item()
        }
        try run.figure("slope of 4 sigmoid units, 0.3^4", slope(ofUnits: 4), equals: 0.0081, within: 1e-8)
        // The notes print 0.000000000000348 and 3.48e-11 for 0.3^20; the second is right.
        try run.figure("slope of 20 sigmoid units, 0.3^20", slope(ofUnits: 20), equals: 3.486784401e-11, within: 1e-16)

        let (training, test) = try Digits.load(on: run.device).stratifiedSplit(holdingOut: 360, seed: 1)
        let batch = training.sliced(0..<256)

        /// Twenty layers of 48 units with an output layer.
        func network(
            _ activation: Activation, _ initializer: Initializer, skips: Bool = false
        ) -> Model<Sequential> {
            var model = Model {
                Flatten()
                Dense(48, activation: activation, initializer: initializer)
                for _ in 1..<20 {
                    let layer = Dense(48, activation: activation, initializer: initializer)
                    if skips { Residual { layer } } else { layer }
                }
                Dense(10)
            }
            model.build(inputShape: batch.exampleShape, on: run.device)
            return model
        }
        let networks: [(name: String, model: Model<Sequential>)] = [
            ("sigmoid", network(.sigmoid, .glorotUniform)),
            ("ReLU, He", network(.relu, .heNormal)),
            ("sigmoid, skips", network(.sigmoid, .glorotUniform, skips: true)),
            // Weights five times as large as those that keep tanh's signals as they are.
            ("tanh, large weights", network(.tanh, .gaussian(5 / 48.0.squareRoot()))),
        ]

        // The gradient of one batch before training, layer by layer. It vanishes where it falls to less than 1/1000 of the last layer's,
        // and explodes where it grows to more than 1000 times as much.
        var plot = Plot(
            title: "Gradients of 20 layers before training", x: .init("layer"),
            y: .init("norm of the gradient", scale: .logarithmic))
        var reports: [GradientReport] = []
        for (name, model) in networks {
            let report = try GradientReport(of: model, loss: .softmaxCrossEntropy, on: batch)
            reports.append(report)
            plot.line(name, report.layers.indices.map { Double($0 + 1) }, report.layers.map(\.median))
        }
        try run.draw(plot, as: "gradient-norms")
        // A report says what is wrong, as a table and as values.
        try run.note("Sigmoid, before training:\n\(reports[0])")
        func ratio(_ report: GradientReport) -> Double { report.layers[0].median / report.layers[20].median }
        try run.figure("first layer's gradient over the last one's: sigmoid", ratio(reports[0]), atMost: 1e-10)
        try run.figure("the same: ReLU with He's weights", ratio(reports[1]), atLeast: 0.1)
        try run.figure("the same: sigmoid with skip connections", ratio(reports[2]), atLeast: 1e-3)
        try run.figure("the same: tanh with large weights", ratio(reports[3]), atLeast: 1e3)
        try run.figure("ReLU with He's weights: findings", reports[1].findings().count, equals: 0)
        try run.figure("sigmoid with skip connections: findings", reports[2].findings().count, equals: 0)

        // What that means for learning: ten epochs of the same training for each.
        for ((name, network), bounds) in zip(networks.prefix(3), [0...0.2, 0.85...1, 0.75...1]) {
            var model = network
            let recorder = GradientRecorder(every: 10, updates: false)
            try model.fit(
                training, loss: .softmaxCrossEntropy, optimizer: .adam(0.002), epochs: 10, on: run.device,
                callbacks: [recorder.callback])
            let accuracy = try model.evaluate(test)
            if bounds.lowerBound == 0 {
                try run.figure("test accuracy: \(name)", accuracy, atMost: bounds.upperBound)
                try run.draw(recorder.report().plotOfSteps(title: "Sigmoid, while training"), as: "sigmoid-steps")
            } else {
                try run.figure("test accuracy: \(name)", accuracy, atLeast: bounds.lowerBound)
            }
        }

        // Weights 1.6 times too large in ten layers of ReLU make gradients 1.6^10 = 110 times too large: the first steps throw the weights
        // away. Clipping bounds each element of the gradient, or the length of all of it, and changes nothing once gradients are small.
        func train(_ clipping: Optimizer.Clipping) throws -> Double {
            var model = Model {
                Flatten()
                for inputs in [64] + [Int](repeating: 32, count: 9) {
                    Dense(32, activation: .relu, initializer: .gaussian(1.6 * (2 / Double(inputs)).squareRoot()))
                }
                Dense(10)
            }
            try model.fit(
                training, loss: .softmaxCrossEntropy, optimizer: .sgd(.cosine(from: 0.1, over: 450)).clipped(clipping),
                epochs: 10, on: run.device)
            return try model.evaluate(test)
        }
        do {
            _ = try train(.none)
            try run.figure("without clipping: training diverges", isTrue: false)
        } catch TrainingError.diverged(_, let step, _) {
            try run.figure("without clipping: the step that diverges", Double(step), atMost: 45)
        }
        try run.figure("test accuracy: clipped by value, 0.05", train(.value(0.05)), atLeast: 0.8)
        try run.figure("test accuracy: clipped by norm, 5", train(.norm(5)), atLeast: 0.8)
    }
}
