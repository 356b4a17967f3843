import Unloop

extension Example {
    /// Penalties on weights: L1 makes them zero, L2 makes them small, decoupled decay is not the same as L2.
    static let regularization = Example(
        "regularization", row: 14, "L1, L2 and decoupled decay: their minima in closed form, and on digits."
    ) { run in
        // For the loss ½ Σ (w - t)² the best weights with a penalty are known: L1 moves t towards 0 and not beyond, L2 divides it.
        let target = Tensor([2, -1.5, 0.25, -0.125, 0], on: run.device)
        func minimum(_ optimizer: Optimizer) throws -> Tensor {
            let weights = Weights()
            var model = weights.ones(5, on: run.device)
            var state = OptimizerState(optimizer)
            for _ in 0..<100 {
                let found = valueWithGradient(of: model) { pass in (pass[weights.w] - target).squared().sum() / 2 }
                try state.update(&model, found)
            }
            return model[weights.w]
        }
        let sparse = try minimum(.sgd(0.25).softThresholded(l1: 0.5))
        try run.figures("L1 by soft thresholding", sparse, equal: [1.5, -1, 0, 0, 0], within: 1e-6)
        try run.figure("L1: weights that are exactly 0", (sparse .== 0).sum().item(), equals: 3)
        try run.figures(
            "L2", minimum(.sgd(0.25).regularized(l2: 0.25)), equal: [1.6, -1.2, 0.2, -0.1, 0], within: 1e-6)
        try run.figures(
            "decoupled decay", minimum(.sgd(0.25).decoupledDecay(0.25)), equal: [1.6, -1.2, 0.2, -0.1, 0], within: 1e-6)

        // With plain gradient descent decoupled decay and L2 agree. Adam divides the penalty's gradient by its own size, so that a weight
        // which the loss does not need shrinks by the rate at each step, however small L2 is; decoupled decay shrinks it by its share.
        func unneeded(_ optimizer: Optimizer) throws -> Float {
            let weights = Weights()
            var model = weights.ones(1, on: run.device)
            var state = OptimizerState(optimizer)
            for _ in 0..<10 {
                let found = valueWithGradient(of: model) { _ in Tensor([0], on: run.device) }
                try state.update(&model, found)
            }
            return try model[weights.w].item()
        }
        // 0.999^10; and 1 - 10 · 0.01, as each step has the length of the rate, more or less.
        try run.figure("AdamW, decay 0.1", unneeded(.adamW(0.01, weightDecay: 0.1)), equals: 0.99004488, within: 1e-6)
        try run.figure("Adam with L2, 0.1", unneeded(.adam(0.01).regularized(l2: 0.1)), equals: 0.9, within: 0.001)
        try run.figure("Adam with L2, 0.001", unneeded(.adam(0.01).regularized(l2: 0.001)), equals: 0.9, within: 0.001)

        // A linear classifier of digits from 200 examples has more weights (640) than it needs.
        let (rest, test) = try Digits.load(on: run.device).stratifiedSplit(holdingOut: 360, seed: 1)
        let training = rest.sliced(0..<200)
        func train(_ optimizer: Optimizer) throws -> (accuracy: Double, zeros: Float, size: Float) {
            let layer = Dense(10)
            var model = Model {
                Flatten()
                layer
            }
            try model.fit(training, loss: .softmaxCrossEntropy, optimizer: optimizer, epochs: 60, on: run.device)
            let w = model[layer.weight]
            return (try model.evaluate(test), try (w .== 0).sum().item(), try w.squared().sum().item().squareRoot())
        }
        let plain = try train(.sgd(0.25))
        let l1 = try train(.sgd(0.25).softThresholded(l1: 0.007))
        let l2 = try train(.sgd(0.25).regularized(l2: 0.02))
        let decay = try train(.adamW(0.01, weightDecay: 1))
        try run.note(
            "Test accuracy without a penalty \(plain.accuracy), L1 \(l1.accuracy), L2 \(l2.accuracy), AdamW \(decay.accuracy)"
        )
        try run.figure("weights that are 0, no penalty", plain.zeros, equals: 0)
        try run.figure("weights that are 0, L1, of 640", Double(l1.zeros), atLeast: 256)
        try run.figure("weights that are 0, L2", l2.zeros, equals: 0)
        try run.figure("norm of the weights, L2 over no penalty", Double(l2.size) / Double(plain.size), atMost: 0.7)
        try run.figure(
            "norm of the weights, AdamW over no penalty", Double(decay.size) / Double(plain.size), atMost: 0.9)
        for (name, result) in [("no penalty", plain), ("L1", l1), ("L2", l2), ("AdamW", decay)] {
            try run.figure("test accuracy, \(name)", result.accuracy, atLeast: 0.87)
        }
    }
}

/// A network that is nothing but weights.
private struct Weights: Module {
    let w = Parameter("w", isRegularized: true)
    var parameters: [Parameter] { [w] }

    /// As many as are asked for, all 1.
    func ones(_ count: Int, on device: Device) -> Model<Weights> {
        var model = Model(self)
        model.build(on: device) { weights, builder in builder.make(weights.w, [count], .ones) }
        return model
    }
}
