import Unloop

extension Example {
    /// Two networks with as many parameters learn the same digits: one sees images, the other 100 numbers without an order.
    static let convolutionalClassifier = Example(
        "convolutional-classifier", row: 17,
        "Digits by a convolutional and by a dense network of the same size, centered and shifted."
    ) { run in
        var convolutional = Model {
            Convolution2D(filters: 16, kernel: 3, padding: .same, activation: .relu, initializer: .heNormal)
            Convolution2D(filters: 16, kernel: 3, padding: .same, activation: .relu, initializer: .heNormal)
            MaxPooling2D(2)
            Convolution2D(filters: 32, kernel: 3, padding: .same, activation: .relu, initializer: .heNormal)
            MaxPooling2D(2, padding: .same)
            Flatten()
            Dense(10)
        }
        var dense = Model {
            Flatten()
            Dense(90, activation: .relu, initializer: .heNormal)
            Dense(10)
        }

        // A margin of one pixel around the 8×8 images leaves room to shift them without cutting anything off.
        let digits = try Digits.load(on: run.device)
        func shifted(_ data: Dataset, down: Int, right: Int) -> Dataset {
            let widths = [(0, 0), (1 + down, 1 - down), (1 + right, 1 - right), (0, 0)]
            return Dataset(features: data.features.padded(widths), labels: data.labels)
        }
        let (training, test) = try digits.stratifiedSplit(holdingOut: 360, seed: 1)
        let centered = (training: shifted(training, down: 0, right: 0), test: shifted(test, down: 0, right: 0))

        var plot = Plot(title: "Test accuracy while training", x: .init("epoch"), y: .init("accuracy"))
        func learn(_ name: String, _ network: inout Model<Sequential>) throws -> (accuracy: Double, shifted: Double) {
            let epochs = 12
            let steps = epochs * ((centered.training.count + 31) / 32)
            let history = try network.fit(
                centered.training, validating: centered.test, loss: .softmaxCrossEntropy,
                optimizer: .adam(.cosine(from: 0.004, over: steps)), metrics: [.accuracy], epochs: epochs,
                batchSize: 32,
                seed: 1, on: run.device, progress: .silent)
            let accuracies = history.epochs.compactMap { $0.metrics["accuracy"] }
            plot.line(name, (1...epochs).map(Double.init), accuracies)
            try run.measurement(
                "training of the \(name) network", history.epochs.reduce(0) { $0 + $1.seconds }, unit: "s")
            try run.note(network.summary)
            // It has never seen a digit that is not in the middle.
            let directions = [(0, 1), (0, -1), (1, 0), (-1, 0)]
            let moved = try directions.map { try network.evaluate(shifted(test, down: $0.0, right: $0.1)) }
            return (try network.evaluate(centered.test), moved.reduce(0, +) / 4)
        }
        let images = try learn("convolutional", &convolutional)
        let numbers = try learn("dense", &dense)

        try run.figure("parameters of the convolutional network", convolutional.parameterCount, equals: 10_010)
        try run.figure("parameters of the dense network", dense.parameterCount, equals: 10_000)
        try run.figure("test accuracy of the convolutional network", images.accuracy, atLeast: 0.97)
        try run.figure("test accuracy of the dense network", numbers.accuracy, atLeast: 0.95)
        try run.figure("accuracy gained by convolutions", images.accuracy - numbers.accuracy, atLeast: 0)
        try run.figure("accuracy of the convolutional network, digits shifted by a pixel", images.shifted, atLeast: 0.6)
        try run.figure("accuracy of the dense network, digits shifted by a pixel", numbers.shifted, atMost: 0.6)
        try run.figure("tolerance of shifts gained", images.shifted - numbers.shifted, atLeast: 0.1)
        try run.draw(plot, as: "accuracy")
    }
}
