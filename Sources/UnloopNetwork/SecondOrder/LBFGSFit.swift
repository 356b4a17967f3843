import UnloopBackend
import UnloopData
import UnloopTensor

extension Layer {
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
    public func fit(
        _ training: Dataset, loss: Loss, optimizer: LBFGS, epochs: Int = 100, seed: UInt64 = 0,
        on device: Device = .best, progress: ProgressDisplay = .automatic
    ) throws -> LBFGS.Report {
        require(epochs >= 0, "fit: \(epochs) epochs")
        let training = training.to(device)
        try check(training, loss)
        let good = GoodWeights(of: self)
        do {
            try prepare(inputShape: training.exampleShape, on: device, seed: seed)
            good.begin()
            return try train(training, loss, optimizer, epochs: epochs, progress: progress)
        } catch {
            good.recover(keepingCurrent: true)
            throw error
        }
    }

    private func train(
        _ training: Dataset, _ loss: Loss, _ optimizer: LBFGS, epochs: Int, progress: ProgressDisplay
    ) throws -> LBFGS.Report {
        let objective = BatchObjective(self, loss: loss, l2: optimizer.l2, chunkSize: optimizer.chunkSize)
        let parameters = objective.parameters
        let bar = ProgressBar(progress, epochs: epochs, examples: training.count)
        var search = LBFGSSearch(optimizer) { try objective.valueWithGradient(training, at: $0) }
        let start = parameters.values
        defer { parameters.assign(search.point.map(parameters.parts) ?? start) }
        do {
            try search.begin(at: parameters.joined(start))
            while search.report.iterations < epochs {
                let number = search.report.iterations + 1
                let begun = ContinuousClock.now
                bar.begin(epoch: number)
                let before = search.report.value
                let goesOn = try search.iterate()
                let seconds = (ContinuousClock.now - begun) / .seconds(1)
                bar.finish(
                    History.Epoch(
                        number: number, trainingLoss: before, validationLoss: nil, validationMetric: nil,
                        learningRate: 0, seconds: seconds,
                        examplesPerSecond: Double(training.count) / Swift.max(seconds, 1e-9)), metricName: nil)
                if !goesOn { break }
            }
        } catch let failure as LBFGSSearch.NotFinite {
            throw try training.divergence(
                epoch: Swift.max(1, failure.iteration), step: Swift.max(1, search.report.evaluations),
                loss: failure.value)
        }
        return search.report
    }
}
