import UnloopBackend
import UnloopData
import UnloopTensor

extension Model where Root: Layer {
    /// Trains the network with Hessian-free optimization; it is built first if it is not yet.
    ///
    /// Each epoch goes through all examples once in gradients, in batches of the optimizer's `gradientBatchSize` (one of all examples
    /// unless set), in an order shuffled anew by the seed. One step takes many products with the Gauss–Newton matrix of a smaller batch.
    /// A training gives the same weights on every device.
    ///
    /// - Parameters:
    ///   - validation: examples whose loss and metrics are computed after each epoch.
    ///   - device: where it runs; network and data are moved there. The network stays there.
    ///   - progress: a bar on the terminal unless switched off.
    /// - Throws: `TrainingError.diverged` when the loss at the weights is not finite, which the data of a new batch can cause (the network
    ///   then has the last good weights: steps to where it is not finite are never made), `dataNotFinite` where that comes from the training data, `noExamples`,
    ///   `emptyExamples`, `labelOutOfRange`;
    ///   `TensorError` when the device fails, with the weights before the step; a network that could not be built is not built, one that
    ///   could not be moved is where it was.
    @discardableResult
    public mutating func fit(
        _ training: Dataset, validating validation: Dataset? = nil, loss: Loss, optimizer: HessianFree,
        metrics: [Metric] = [], epochs: Int = 1, seed: UInt64 = 0, on device: Device = .best,
        progress: ProgressDisplay = .automatic
    ) throws -> HessianFreeHistory {
        require(epochs >= 0, "fit: \(epochs) epochs")
        let training = training.to(device)
        let validation = validation?.to(device)
        for data in [training, validation] {
            if let data { try check(data, loss) }
        }
        let recovery = Recovery(self, on: device)
        try prepare(inputShape: training.exampleShape, on: device, seed: seed)
        let start = values
        var run = HessianFreeRun(self, loss: loss, optimizer, seed: seed)
        do {
            let history = try run.train(training, validation, metrics: metrics, epochs: epochs, progress: progress)
            restore(run.values)
            return history
        } catch {
            self = recovery.model(self, from: [run.values, start])
            throw error
        }
    }
}

extension HessianFreeRun {
    fileprivate mutating func train(
        _ training: Dataset, _ validation: Dataset?, metrics: [Metric], epochs: Int, progress: ProgressDisplay
    ) throws -> HessianFreeHistory {
        let bar = ProgressBar(progress, epochs: epochs, examples: training.count)
        var history = HessianFreeHistory()
        for number in stride(from: 1, through: epochs, by: 1) {
            let start = ContinuousClock.now
            bar.begin(epoch: number)
            var (total, seen) = (0.0, 0)
            let size = settings.gradientBatchSize ?? training.count
            let order = size < training.count ? training.shuffledOrder(seed: seed, epoch: number) : nil
            for batch in training.batches(of: size, order: order) {
                let step: HessianFreeHistory.Step
                do {
                    step = try self.step(batch, epoch: number)
                } catch TrainingError.diverged(let epoch, let step, let loss) {
                    throw try training.divergence(epoch: epoch, step: step, loss: loss)
                }
                history.steps.append(step)
                total += step.lossBefore * Double(batch.count)
                seen += batch.count
                bar.update(seen: seen, loss: total / Double(seen))
            }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let model = model
            let validated = try validation.map { try model.sums($0, loss: loss, metrics: metrics, batchSize: 256) }
            let names = metrics.map(\.name)
            let epoch = History.Epoch(
                number: number, trainingLoss: total / Double(seen), validationLoss: validated?.loss,
                metrics: Dictionary(uniqueKeysWithValues: zip(names, validated?.metrics ?? [])),
                learningRate: history.steps.last?.stepLength ?? 0, seconds: seconds,
                examplesPerSecond: Double(training.count) / Swift.max(seconds, 1e-9))
            history.epochs.append(epoch)
            bar.finish(epoch, metricNames: names)
        }
        return history
    }
}
