import Unloop

extension Example {
    /// The smallest model there is: one unit that learns y = x from five examples.
    static let sequentialModel = Example(
        "sequential-model", row: 11, "Dense(1) learns y = x: build, summary, fit, predict."
    ) { run in
        let x = Tensor([[1], [2], [3], [4], [6]], on: run.device)
        var model = Model { Dense(1) }
        model.build(inputShape: [1], on: run.device, seed: 1)
        try run.note(model.summary)
        try run.figure("parameters: one weight and one bias", model.parameterCount, equals: 2)

        let history = try model.fit(
            Dataset(features: x, labels: x), loss: .meanSquaredError, optimizer: .sgd(0.02), epochs: 500, batchSize: 5,
            on: run.device, progress: .silent)
        let losses = history.epochs.map(\.trainingLoss)
        try run.figure("epochs", losses.count, equals: 500)
        try run.figure("loss after the last epoch", losses.last ?? .nan, atMost: 1e-4)
        try run.figure(
            "the loss falls in every epoch", isTrue: zip(losses, losses.dropFirst()).allSatisfy { $0 >= $1 })
        let prediction = model.predict(Tensor([[5], [10]], on: run.device))
        try run.figures("prediction for 5 and 10", prediction, equal: [5, 10], within: 0.05)
        try run.figure("weight", model.values[0].value.item(), equals: 1, within: 0.01)
        try run.figure("bias", model.values[1].value.item(), equals: 0, within: 0.03)

        var plot = Plot(title: "y = x by one unit", x: .init("epoch"), y: .init("loss", scale: .logarithmic))
        plot.line("mean squared error", history.epochs.map { Double($0.number) }, losses)
        try run.draw(plot, as: "sequential-model")
    }
}
