import UnloopBackend
import UnloopData
import UnloopTensor

extension Model where Root: Layer {
    /// Trains the network with L-BFGS on the loss of all examples; it is built first if it is not yet. Each epoch is one iteration, which
    /// computes the loss and its gradient once or a few times.
    ///
    /// The network computes as it does after training, so nothing is dropped and running statistics stay as they are.
    ///
    /// - Parameters:
    ///   - epochs: iterations at most; fewer where the optimizer's tolerances are reached.
    ///   - seed: of the first weights.
    ///   - progress: a bar on the terminal unless switched off.
    /// - Returns: values (with the L2 term) and gradients of every iteration, and why it ended.
    /// - Throws: `TrainingError.diverged` when the loss or its gradient is not finite, at the start or however short the step (the network
    ///   then has the last good weights; the step is the number of evaluations), `dataNotFinite` where that comes from the data,
    ///   `noExamples`, `emptyExamples`, `labelOutOfRange`; `TensorError` when the device fails, likewise.
    @discardableResult
    public mutating func fit(
        _ training: Dataset, loss: Loss, optimizer: LBFGS, epochs: Int = 100, seed: UInt64 = 0,
        on device: Device = .best, progress: ProgressDisplay = .automatic
    ) throws -> LBFGS.Report {
        require(epochs >= 0, "fit: \(epochs) epochs")
        let training = training.to(device)
        try check(training, loss)
        let recovery = Recovery(self, on: device)
        try prepare(inputShape: training.exampleShape, on: device, seed: seed)
        let objective = BatchObjective(self, loss: loss, l2: optimizer.l2, chunkSize: optimizer.chunkSize)
        var search = LBFGSSearch(optimizer) { try objective.valueWithGradient(training, at: $0) }
        let start = values
        func found() -> ParameterValues { search.point.map(objective.parameters.values(at:)) ?? start }
        do {
            try search.train(
                from: objective.parameters.joined(objective.parameters.start), training, epochs: epochs,
                progress: progress)
            restore(found())
            return search.report
        } catch {
            self = recovery.model(self, from: [found(), start])
            throw error
        }
    }
}

extension LBFGSSearch {
    fileprivate mutating func train(
        from start: Tensor, _ training: Dataset, epochs: Int, progress: ProgressDisplay
    ) throws {
        let bar = ProgressBar(progress, epochs: epochs, examples: training.count)
        do {
            try begin(at: start)
            while report.iterations < epochs {
                let number = report.iterations + 1
                let begun = ContinuousClock.now
                bar.begin(epoch: number)
                let before = report.value
                let goesOn = try iterate()
                let seconds = (ContinuousClock.now - begun) / .seconds(1)
                bar.finish(
                    History.Epoch(
                        number: number, trainingLoss: before, validationLoss: nil, metrics: [:],
                        learningRate: 0, seconds: seconds,
                        examplesPerSecond: Double(training.count) / Swift.max(seconds, 1e-9)))
                if !goesOn { break }
            }
        } catch let failure as LBFGSSearch.NotFinite {
            throw try training.divergence(
                epoch: Swift.max(1, failure.iteration), step: Swift.max(1, report.evaluations),
                loss: failure.value)
        }
    }
}
