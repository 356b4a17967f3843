import UnloopData
import UnloopBackend
import UnloopTensor

extension Model where Root: Layer {
    /// Trains the network, which is built first if it is not yet.
    ///
    /// Each epoch goes through all examples once, in mini-batches, in an order shuffled anew by the seed. First weights, order and
    /// dropout follow from the seed alone, so a training gives the same weights on every device.
    ///
    /// - Parameters:
    ///   - validation: examples that are not trained on; after each epoch, loss and metric of these are computed.
    ///   - metric: for the validation.
    ///   - batchSize: examples in a step; the last batch of an epoch may be smaller.
    ///   - window: for sequences with labels for each step, after how many steps of time backpropagation is cut; see `Trainer`.
    ///   - device: where it runs; network and data are moved there. The network stays there.
    ///   - progress: a bar on the terminal unless switched off.
    /// - Returns: losses, metrics and speed of every epoch.
    /// - Throws: `TrainingError.diverged` when the loss or the weights are no longer finite (looked at every few dozen steps;
    ///   the error names the exact step, and the network has the last weights that were seen to give a finite loss, which may be
    ///   those of some dozen steps before), `dataNotFinite`
    ///   when that comes from the training data, `noExamples`, `emptyExamples`, `labelOutOfRange`; `TensorError` when the device fails, be it
    ///   in a step, in the validation or in a callback (the network then has the last weights that are known to be good; one that could not
    ///   be built is not built, one that could not be moved is where it was); whatever a callback throws, and `CancellationError` where the
    ///   task is cancelled, after the step (the network then keeps its weights, if they are finite).
    @discardableResult
    public mutating func fit(
        _ training: Dataset, validating validation: Dataset? = nil, loss: Loss, optimizer: Optimizer = .adam(),
        metric: Metric? = nil, epochs: Int = 1, batchSize: Int = 32, window: Int? = nil, seed: UInt64 = 0,
        on device: Device = .best, earlyStopping: EarlyStopping? = nil, callbacks: [Callback] = [],
        progress: ProgressDisplay = .automatic
    ) throws -> History {
        try fit(
            training, validating: validation, loss: loss, optimizer: optimizer, metric: metric, epochs: epochs,
            batchSize: batchSize, window: window, seed: seed, on: device, earlyStopping: earlyStopping,
            callbacks: callbacks, progress: progress, isCancelled: { Task.isCancelled })
    }

    mutating func fit(
        _ training: Dataset, validating validation: Dataset?, loss: Loss, optimizer: Optimizer, metric: Metric?,
        epochs: Int, batchSize: Int, window: Int?, seed: UInt64, on device: Device, earlyStopping: EarlyStopping?,
        callbacks: [Callback], progress: ProgressDisplay, isCancelled: @escaping () -> Bool
    ) throws -> History {
        require(epochs >= 0 && batchSize > 0, "fit: \(epochs) epochs with batches of \(batchSize)")
        require(
            earlyStopping.map { $0.monitor == .trainingLoss || validation != nil } ?? true,
            "fit: early stopping by the validation needs validation data")
        require(
            earlyStopping.map { $0.monitor != .validationMetric || metric != nil } ?? true,
            "fit: early stopping by the metric needs a metric")
        let training = training.to(device)
        let validation = validation?.to(device)
        for data in [training, validation] {
            if let data { try check(data, loss) }
        }
        let recovery = Recovery(self, on: device)
        try prepare(inputShape: training.exampleShape, on: device, seed: seed)
        var run = TrainingRun(
            trainer: Trainer(self, loss: loss, optimizer: optimizer, seed: seed, window: window), training: training,
            batchSize: batchSize, seed: seed, callbacks: callbacks,
            bar: ProgressBar(progress, epochs: epochs, examples: training.count), isCancelled: isCancelled)
        // The training has the values alone, and changes them where they are.
        releaseValues()
        do {
            let history = try run.train(
                epochs: epochs, validation: validation, metric: metric, batchSize: batchSize,
                earlyStopping: earlyStopping,
                callbacks: callbacks)
            restore(run.trainer.values)
            return history
        } catch {
            // Which steps a device has done when it reports a failure depends on the device; the last good weights do not.
            self = recovery.model(self, from: error is TensorError ? [run.good] : [run.trainer.values, run.good])
            throw error
        }
    }

    /// The mean of a metric over examples, on the network's device.
    ///
    /// - Throws: `TrainingError.noExamples`, `emptyExamples`, `TensorError` when the device fails.
    public func evaluate(_ data: Dataset, metric: Metric = .accuracy, batchSize: Int = 256) throws -> Double {
        try checkExamples(data)
        return try sums(data, loss: nil, metric: metric, batchSize: batchSize).metric ?? .nan
    }

    /// The mean of a loss over examples, on the network's device.
    ///
    /// - Throws: `TrainingError.noExamples`, `emptyExamples`, `labelOutOfRange`, `TensorError` when the device fails.
    public func evaluate(_ data: Dataset, loss: Loss, batchSize: Int = 256) throws -> Double {
        try check(data, loss)
        return try sums(data, loss: loss, metric: nil, batchSize: batchSize).loss ?? .nan
    }

    /// The outputs for `[examples, …]`, computed batch by batch on the network's device.
    public func predict(_ features: Tensor, batchSize: Int = 256) -> Tensor {
        require(
            batchSize > 0 && features.rank > 0, "predict: features \(features.shape) in batches of \(batchSize)")
        let features = features.to(device ?? features.device)
        let count = features.shape[0]
        guard count > batchSize else { return self(features) }
        return Tensor.concatenate(
            stride(from: 0, to: count, by: batchSize).map { start in
                self(features.sliced(axis: 0, start..<Swift.min(start + batchSize, count)))
            })
    }

    /// Means over examples; computed on the device, read once at the end.
    func sums(_ data: Dataset, loss: Loss?, metric: Metric?, batchSize: Int) throws -> (
        loss: Double?, metric: Double?
    ) {
        let data = data.to(device ?? data.device)
        var results: [(loss: Tensor?, metric: Tensor?, count: Int)] = []
        for batch in data.batches(of: batchSize) {
            let prediction = self(batch.features)
            results.append((loss?(prediction, batch.labels), metric?.summed(prediction, batch.labels), batch.count))
        }
        var (lossSum, metricSum) = (0.0, 0.0)
        for result in results {
            lossSum += (try result.loss?.doubles()[0] ?? 0) * Double(result.count)
            metricSum += try result.metric?.doubles()[0] ?? 0
        }
        let count = Double(data.count)
        return (loss == nil ? nil : lossSum / count, metric == nil ? nil : metricSum / count)
    }

    /// Labels come from files: those that are no class of the network are an error, not a trap and not silently no class.
    func check(_ data: Dataset, _ loss: Loss) throws {
        try checkExamples(data)
        guard loss.takesClasses, data.labels.elementType == .int32 else { return }
        guard let classes = root.outputShape(for: data.exampleShape).last else { return }
        for label in [data.labels.min(), data.labels.max()] {
            let label = Int(try label.integers()[0])
            guard (0..<classes).contains(label) else {
                throw TrainingError.labelOutOfRange(label: label, classes: classes)
            }
        }
    }

    /// There are examples, they hold something, and no device failed to bring them here.
    private func checkExamples(_ data: Dataset) throws {
        if let failure = data.features.failure ?? data.labels.failure { throw failure }
        guard data.count > 0 else { throw TrainingError.noExamples }
        guard data.features.count > 0 && data.labels.count > 0 else {
            throw TrainingError.emptyExamples(
                features: data.exampleShape, labels: Array(data.labels.shape.dropFirst()))
        }
    }
}

extension TrainingRun {
    fileprivate mutating func train(
        epochs: Int, validation: Dataset?, metric: Metric?, batchSize: Int, earlyStopping: EarlyStopping?,
        callbacks: [Callback]
    ) throws -> History {
        var history = History(metricName: metric?.name)
        var stopper = earlyStopping.map { Stopper($0, isScore: metric?.isScore ?? false) }
        epochs: for number in stride(from: 1, through: epochs, by: 1) {
            let trained = try epoch(number)
            let validated = try validation.map {
                try trainer.model.sums($0, loss: trainer.loss, metric: metric, batchSize: batchSize)
            }
            let epoch = History.Epoch(
                number: number, trainingLoss: trained.loss, validationLoss: validated?.loss,
                validationMetric: validated?.metric,
                learningRate: trainer.optimizer.learningRate[Swift.max(0, trainer.step - 1)],
                seconds: trained.seconds,
                examplesPerSecond: Double(training.count) / Swift.max(trained.seconds, 1e-9))
            history.epochs.append(epoch)
            history.weightsFromEpoch = number
            bar.finish(epoch, metricName: metric?.name)
            for callback in callbacks where try callback.afterEpoch?(epoch) == .stop { history.stoppedEarly = true }
            if stopRequested { history.stoppedEarly = true }
            if stopper?.shouldStop(after: epoch, values: trainer.values) == true { history.stoppedEarly = true }
            if history.stoppedEarly { break epochs }
        }
        try finish(epoch: history.epochs.count)
        if let stopper, stopper.settings.restoresBest, let best = stopper.best {
            trainer.values = best.values
            _ = try trainer.isFinite()
            history.weightsFromEpoch = best.epoch
        }
        return history
    }
}

/// The state of early stopping.
private struct Stopper {
    let settings: EarlyStopping
    let isScore: Bool
    private(set) var best: (epoch: Int, value: Double, values: ParameterValues)?
    private var epochsWithout = 0

    init(_ settings: EarlyStopping, isScore: Bool) {
        self.settings = settings
        self.isScore = isScore && settings.monitor == .validationMetric
    }

    mutating func shouldStop(after epoch: History.Epoch, values: ParameterValues) -> Bool {
        let value =
            switch settings.monitor {
            case .trainingLoss: epoch.trainingLoss
            case .validationLoss: epoch.validationLoss ?? .nan
            case .validationMetric: epoch.validationMetric ?? .nan
            }
        let improvement = best.map { isScore ? value - $0.value : $0.value - value } ?? .infinity
        // NaN never improves.
        if improvement > settings.minimumImprovement && !value.isNaN {
            best = (epoch.number, value, values)
            epochsWithout = 0
        } else {
            epochsWithout += 1
        }
        return epochsWithout > settings.patience
    }
}
