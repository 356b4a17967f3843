import Unloop

extension Example {
    /// Second-order optimization of a deep autoencoder, on which gradient descent is slow.
    static let hessianFree = Example(
        "hessian-free", row: 22,
        "Hessian-free optimization of a deep autoencoder against tuned gradient descent with momentum, epoch by epoch."
    ) { run in
        // Digits are squeezed through 8 numbers and drawn again: 64-40-20-8-20-40-64.
        let autoencoder = Model {
            Dense(40, activation: .tanh)
            Dense(20, activation: .tanh)
            Dense(8)
            Dense(20, activation: .tanh)
            Dense(40, activation: .tanh)
            Dense(64)
        }
        let images = try Digits.load(on: run.device).features.reshaped(Digits.imageCount, 64)
        let data = Dataset(features: images, labels: images)
        let epochs = 10
        let clock = ContinuousClock()

        // Gradient descent with momentum, the best of a grid of learning rates and momenta. Its best learning rates are inside of the
        // grid. Batches of 16, 32 and 128 examples end higher than the best with 8.
        var best: (loss: Double, rate: Double, momentum: Double, losses: [Double])?
        var runs = 0
        let searchTime = try clock.measure {
            for momentum in [0.0, 0.5, 0.9] {
                for rate in [0.003, 0.01, 0.03, 0.1] {
                    var network = autoencoder
                    let losses = try network.fit(
                        data, validating: data, loss: .sigmoidCrossEntropy,
                        optimizer: .momentum(.constant(rate), momentum: momentum), epochs: epochs, batchSize: 8,
                        on: run.device
                    ).epochs.compactMap(\.validationLoss)
                    runs += 1
                    guard let loss = losses.last, best.map({ loss < $0.loss }) ?? true else { continue }
                    best = (loss, rate, momentum, losses)
                }
            }
        }
        guard let best else { return }
        try run.note("best of \(runs): learning rate \(best.rate), momentum \(best.momentum)")
        try run.measurement("momentum: time of one training", searchTime / .seconds(1) / Double(runs), unit: "s")

        // Hessian-free: six steps an epoch, each with the gradient of 300 examples and the Gauss–Newton matrix of 150 of them.
        var network = autoencoder
        let settings = HessianFree(
            damping: 0.3, gradientBatchSize: 300, curvatureBatchSize: 150,
            conjugateGradient: ConjugateGradient(maximumSteps: 60))
        let start = clock.now
        let history = try network.fit(
            data, validating: data, loss: .sigmoidCrossEntropy, optimizer: settings, epochs: epochs, on: run.device)
        let time = clock.now - start
        let losses = history.epochs.compactMap(\.validationLoss)
        try run.measurement("Hessian-free: time of the training", time / .seconds(1), unit: "s")
        let products = history.steps.reduce(0) { $0 + $1.conjugateGradientSteps }
        try run.note(
            "Hessian-free took \(history.steps.count) steps with \(products) products; an epoch costs more, and does more."
        )

        // The loss at every pixel's own value, which no network can get below.
        let floor = try Double(Loss.binaryCrossEntropy(images, images).item())
        try run.figure("least possible loss", floor, atMost: best.loss)
        let last = losses.last ?? .nan
        try run.figure("Hessian-free: loss after \(epochs) epochs, against tuned momentum", last, atMost: best.loss)
        try run.figure(
            "what is left above the least loss, of momentum's", (last - floor) / (best.loss - floor), atMost: 0.75)
        try run.figure(
            "Hessian-free: lower after every epoch", isTrue: zip(losses, best.losses).allSatisfy { $0 < $1 })
        let overtaken = losses.firstIndex { $0 < best.loss }.map { $0 + 1 } ?? epochs + 1
        try run.figure("epoch in which momentum's last loss is reached", Double(overtaken), atMost: 4)
        try run.figure("every step lowers its loss", isTrue: history.steps.allSatisfy { $0.lossAfter <= $0.lossBefore })

        let numbers = (1...epochs).map(Double.init)
        var plot = Plot(
            title: "Deep autoencoder of digits", x: .init("epoch"),
            y: .init("loss above the least", scale: .logarithmic))
        plot.line("momentum \(best.momentum), rate \(best.rate)", numbers, best.losses.map { $0 - floor })
        plot.line("Hessian-free", numbers, losses.map { $0 - floor })
        try run.draw(plot, as: "losses")

        // L-BFGS is for smooth functions without mini-batches: the valley of Rosenbrock.
        let (point, report) = try LBFGS(gradientTolerance: 1e-3, valueTolerance: 0).minimize(
            from: Tensor([-1.2, 1], on: run.device)
        ) { x in (x[1] - x[0].squared()).squared() * 100 + (1 - x[0]).squared() }
        try run.figures("L-BFGS in Rosenbrock's valley", point, equal: [1, 1], within: 2e-3)
        try run.figure("L-BFGS: iterations", Double(report.iterations), atMost: 60)
    }
}
