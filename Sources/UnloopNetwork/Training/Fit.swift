import UnloopData
import UnloopBackend
import UnloopTensor

extension Model where Root: Layer {
    /// Trains the network, which is built first if it is not yet.
    ///
    /// Each epoch goes through all examples once, in mini-batches, in an order shuffled anew by the seed. First weights, order and
    /// dropout follow from the seed alone, so a training gives the same weights on every device; and one that is stopped anywhere and goes
    /// on from its newest checkpoint, elsewhere even, gives the weights of one that was never stopped.
    ///
    ///     try model.fit(data, loss: .softmaxCrossEntropy, epochs: 12, checkpoint: .every(.epochs(1)), to: "run", resume: .newest)
    ///
    /// - Parameters:
    ///   - validation: examples that are not trained on; after each epoch, loss and metrics of these are computed.
    ///   - metrics: for the validation.
    ///   - epochs: in all, those before a checkpoint too.
    ///   - batchSize: examples in a step; the last batch of an epoch may be smaller.
    ///   - window: for sequences with labels for each step, after how many steps of time backpropagation is cut; see `Trainer`.
    ///   - device: where it runs; network and data are moved there. The network stays there.
    ///   - averaging: keeps an average of the weights over the steps, which is validated and which the network has in the end.
    ///   - plateau: lowers the learning rate where the training no longer gets better.
    ///   - progress: a bar on the terminal unless switched off.
    ///   - checkpoint: when checkpoints are written, into the folder `to`, which one training at a time uses. There is one more at the end,
    ///     and where the task is cancelled.
    ///   - resume: whether to go on from a checkpoint. Network, data, loss, optimizer, seed, batch size and the like must be those of the
    ///     training that wrote it; `epochs` may be more.
    ///   - receipt: writes what proves the training, or compares it with what was written.
    /// - Returns: losses, metrics and speed of every epoch.
    /// - Throws: `TrainingError.diverged` when the loss or the weights are no longer finite (looked at every few dozen steps;
    ///   the error names the exact step, and the network has the last weights that were seen to give a finite loss, which may be
    ///   those of some dozen steps before), `dataNotFinite` when that comes from the training data, `noExamples`, `emptyExamples`,
    ///   `labelOutOfRange`; `checkpointDoesNotFit`, `folderInUse`, `folderHasCheckpoints`, `receiptDoesNotFit`, `receiptInvalid`,
    ///   `receiptDiffers`; `DataError` for files; `TensorError` when the device fails, be it
    ///   in a step, in the validation or in a callback (the network then has the last weights that are known to be good; one that could not
    ///   be built is not built, one that could not be moved is where it was); whatever a callback throws, and `CancellationError` where the
    ///   task is cancelled, after the step (the network then keeps its weights, if they are finite).
    @discardableResult
    public mutating func fit(
        _ training: Dataset, validating validation: Dataset? = nil, loss: Loss, optimizer: Optimizer = .adam(),
        metrics: [Metric] = [], epochs: Int = 1, batchSize: Int = 32, window: Int? = nil, seed: UInt64 = 0,
        on device: Device = .best, averaging: WeightAverage.Rule? = nil, plateau: ReduceOnPlateau? = nil,
        earlyStopping: EarlyStopping? = nil, callbacks: [Callback] = [], progress: ProgressDisplay = .automatic,
        checkpoint: CheckpointSchedule? = nil, to folder: String? = nil, resume: Resumption = .none,
        receipt: Receipt? = nil
    ) throws -> History {
        let settings = FitSettings(
            loss: loss, optimizer: optimizer, metrics: metrics, epochs: epochs, window: window, seed: seed,
            averaging: averaging, plateau: plateau, earlyStopping: earlyStopping, callbacks: callbacks,
            progress: progress, checkpoint: checkpoint, folder: folder, resume: resume, receipt: receipt,
            isCancelled: { Task.isCancelled })
        return try fit(training, validating: validation, batchSize: batchSize, settings, on: device)
    }

    /// Trains the network on batches of your own, such as those of data that no memory holds.
    ///
    ///     try model.fit({ epoch in (0..<100).lazy.map { makeBatch(epoch, $0) } }, loss: .meanSquaredError, epochs: 5)
    ///
    /// - Parameter batches: gives those of an epoch, which is counted from 1. A training that goes on from a checkpoint needs the same ones
    ///   again, and leaves out those that were done; so they must follow from the epoch's number alone. The first one's examples give the
    ///   shape that a network is built for.
    /// - Throws: what `fit` with a dataset throws, and what `batches` throws; `labelOutOfRange` and `noExamples` for a batch are found when
    ///   losses are read, and the network then has the last weights of before.
    @discardableResult
    public mutating func fit<Batches: Sequence>(
        _ batches: @escaping (_ epoch: Int) throws -> Batches, validating validation: Dataset? = nil, loss: Loss,
        optimizer: Optimizer = .adam(), metrics: [Metric] = [], epochs: Int = 1, window: Int? = nil,
        seed: UInt64 = 0, on device: Device = .best, averaging: WeightAverage.Rule? = nil,
        plateau: ReduceOnPlateau? = nil, earlyStopping: EarlyStopping? = nil, callbacks: [Callback] = [],
        progress: ProgressDisplay = .automatic, checkpoint: CheckpointSchedule? = nil, to folder: String? = nil,
        resume: Resumption = .none, receipt: Receipt? = nil
    ) throws -> History where Batches.Element == Dataset {
        let settings = FitSettings(
            loss: loss, optimizer: optimizer, metrics: metrics, epochs: epochs, window: window, seed: seed,
            averaging: averaging, plateau: plateau, earlyStopping: earlyStopping, callbacks: callbacks,
            progress: progress, checkpoint: checkpoint, folder: folder, resume: resume, receipt: receipt,
            isCancelled: { Task.isCancelled })
        settings.check(hasValidation: validation != nil)
        let data = TrainingData({ AnySequence(try batches($0)) }, on: device)
        let shape = try isBuilt ? inputShape ?? [] : data.firstExampleShape()
        return try fit(
            data, inputShape: shape, validating: validation.map { .examples($0) }, settings, on: device)
    }

    /// Trains the network on what a loader reads: data that no memory holds, or examples that are made anew for each epoch.
    ///
    ///     try model.fit(Loader(images, batchSize: 64), loss: .softmaxCrossEntropy, epochs: 5)
    ///
    /// The same examples, batch size and seed give the weights that `fit` with a dataset gives, whatever the number of workers. A
    /// training that goes on from a checkpoint in the middle of an epoch reads no example that is done, but for one batch where the network
    /// is not built yet and needs the shape of an example.
    ///
    /// - Parameter validation: any source, a dataset too; one that is not in memory is read as the loader reads, in its order.
    /// - Throws: what `fit` with a dataset throws, `LoadingError`, and what the source throws. Where a batch cannot be had, the network has
    ///   the weights of the last step before it. `dataNotFinite` names the example by its index in the source.
    @discardableResult
    public mutating func fit(
        _ loader: Loader, validating validation: (any DataSource)? = nil, loss: Loss, optimizer: Optimizer = .adam(),
        metrics: [Metric] = [], epochs: Int = 1, window: Int? = nil, seed: UInt64 = 0, on device: Device = .best,
        averaging: WeightAverage.Rule? = nil, plateau: ReduceOnPlateau? = nil, earlyStopping: EarlyStopping? = nil,
        callbacks: [Callback] = [], progress: ProgressDisplay = .automatic, checkpoint: CheckpointSchedule? = nil,
        to folder: String? = nil, resume: Resumption = .none, receipt: Receipt? = nil
    ) throws -> History {
        let settings = FitSettings(
            loss: loss, optimizer: optimizer, metrics: metrics, epochs: epochs, window: window, seed: seed,
            averaging: averaging, plateau: plateau, earlyStopping: earlyStopping, callbacks: callbacks,
            progress: progress, checkpoint: checkpoint, folder: folder, resume: resume, receipt: receipt,
            isCancelled: { Task.isCancelled })
        settings.check(hasValidation: validation != nil)
        let data = TrainingData(loader, seed: seed, on: device)
        let shape = try isBuilt ? inputShape ?? [] : data.firstExampleShape()
        return try fit(
            data, inputShape: shape, validating: validation.map { ValidationData($0, like: loader, on: device) },
            settings,
            on: device)
    }

    /// With a dataset, whatever asks for it.
    mutating func fit(
        _ training: Dataset, validating validation: Dataset?, batchSize: Int, _ settings: FitSettings,
        on device: Device
    ) throws -> History {
        settings.check(hasValidation: validation != nil)
        let training = training.to(device)
        let data = TrainingData(training, batchSize: batchSize, seed: settings.seed)
        try check(training, settings.loss)
        return try fit(
            data, inputShape: training.exampleShape, validating: validation.map { .examples($0) }, settings, on: device)
    }

    private mutating func fit(
        _ data: TrainingData, inputShape: [Int], validating validation: ValidationData?, _ settings: FitSettings,
        on device: Device
    ) throws -> History {
        let validation = validation?.to(device)
        switch validation {
        case .examples(let examples): try check(examples, settings.loss)
        case .loader(let loader, _): guard loader.examplesInEpoch > 0 else { throw TrainingError.noExamples }
        case nil: break
        }
        let recovery = Recovery(self, on: device)
        try prepare(inputShape: inputShape, on: device, seed: settings.seed)
        var run = try TrainingRun(self, data, validation: validation, settings)
        // The training has the values alone, and changes them where they are.
        releaseValues()
        do {
            let history = try run.train()
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
    /// - Throws: `TrainingError.noExamples`, `emptyExamples`, `invalidWeight`; `TensorError` when the device fails.
    public func evaluate(_ data: Dataset, metric: Metric = .accuracy, batchSize: Int = 256) throws -> Double {
        try checkExamples(data)
        return try sums(data, loss: nil, metrics: [metric], batchSize: batchSize).metrics[0]
    }

    /// Several metrics of examples in one pass, on the network's device, by their names.
    ///
    /// - Throws: `TrainingError.noExamples`, `emptyExamples`, `invalidWeight`; `TensorError` when the device fails.
    /// - Precondition: no two metrics have the same name.
    public func evaluate(_ data: Dataset, metrics: [Metric], batchSize: Int = 256) throws -> [String: Double] {
        require(
            Set(metrics.map(\.name)).count == metrics.count,
            "evaluate: of the metrics \(metrics.map(\.name)), two have the same name")
        try checkExamples(data)
        let values = try sums(data, loss: nil, metrics: metrics, batchSize: batchSize).metrics
        return Dictionary(uniqueKeysWithValues: zip(metrics.map(\.name), values))
    }

    /// The mean of a loss over examples, on the network's device; with weights of the examples, the weighted mean.
    ///
    /// - Throws: `TrainingError.noExamples`, `emptyExamples`, `labelOutOfRange`, `invalidWeight`; `TensorError` when the device fails.
    public func evaluate(_ data: Dataset, loss: Loss, batchSize: Int = 256) throws -> Double {
        try check(data, loss)
        return try sums(data, loss: loss, metrics: [], batchSize: batchSize).loss ?? .nan
    }

    /// Metrics of what a loader reads, in one pass on the network's device, by their names.
    ///
    /// - Throws: what `evaluate` with a dataset throws, `LoadingError`, and what the source throws.
    /// - Precondition: no two metrics have the same name.
    public func evaluate(_ loader: Loader, metrics: [Metric]) throws -> [String: Double] {
        let values = try sums(loader, loss: nil, metrics: metrics).metrics
        return Dictionary(uniqueKeysWithValues: zip(metrics.map(\.name), values))
    }

    /// The mean of a loss over what a loader reads, on the network's device; with weights of the examples, the weighted mean.
    ///
    /// - Throws: what `evaluate` with a dataset throws, `LoadingError`, and what the source throws.
    public func evaluate(_ loader: Loader, loss: Loss) throws -> Double {
        try sums(loader, loss: loss, metrics: []).loss ?? .nan
    }

    private func sums(_ loader: Loader, loss: Loss?, metrics: [Metric]) throws -> (loss: Double?, metrics: [Double]) {
        require(
            Set(metrics.map(\.name)).count == metrics.count,
            "evaluate: of the metrics \(metrics.map(\.name)), two have the same name")
        guard loader.examplesInEpoch > 0 else { throw TrainingError.noExamples }
        return try sums(
            .loader(loader, device ?? .best), loss: loss, metrics: metrics, batchSize: loader.batchSize)
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

    /// The mean of a loss and metrics of all examples, in one pass.
    func sums(_ data: Dataset, loss: Loss?, metrics: [Metric], batchSize: Int) throws -> (
        loss: Double?, metrics: [Double]
    ) {
        try sums(.examples(data.to(device ?? data.device)), loss: loss, metrics: metrics, batchSize: batchSize)
    }

    func sums(_ data: ValidationData, loss: Loss?, metrics: [Metric], batchSize: Int) throws -> (
        loss: Double?, metrics: [Double]
    ) {
        var evaluation = Evaluation(loss: loss, metrics: metrics)
        let next = data.batches(of: batchSize)
        while let batch = try next() {
            if !data.isKnown {
                if let loss { try check(batch, loss) } else { try checkExamples(batch) }
            }
            try evaluation.add(batch, self(batch.features))
        }
        return try evaluation.results()
    }

    /// Labels come from files: those that are no class of the network are an error, not a trap and not silently no class.
    func check(_ data: Dataset, _ loss: Loss) throws {
        try checkExamples(data)
        try LabelRange(data, loss, root)?.check()
    }

    /// There are examples, they hold something, their weights are some, and no device failed to bring them here.
    func checkExamples(_ data: Dataset) throws {
        if let failure = data.features.failure ?? data.labels.failure ?? data.weights?.failure { throw failure }
        guard data.count > 0 else { throw TrainingError.noExamples }
        guard data.features.count > 0 && data.labels.count > 0 else {
            throw TrainingError.emptyExamples(
                features: data.exampleShape, labels: Array(data.labels.shape.dropFirst()))
        }
        for (example, weight) in try (data.weights?.doubles() ?? []).enumerated()
        where !(weight >= 0 && weight.isFinite) {
            throw TrainingError.invalidWeight(example: example, weight: weight)
        }
    }
}
