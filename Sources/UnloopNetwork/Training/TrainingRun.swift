import UnloopData
import UnloopTensor

/// A training from its first or some later step to its end: epochs, validation, what is watched, checkpoints and the receipt.
struct TrainingRun<Root: Layer> {
    private(set) var trainer: Trainer<Root>
    private let data: TrainingData
    private let validation: ValidationData?
    private let settings: FitSettings
    private let bar: ProgressBar
    /// Only for these are the values before every step kept.
    private let stepCallbacks: [(Callback.Step) throws -> Callback.Decision]
    private var record: RunRecord
    /// The average of the values over the steps, where one is wanted.
    private var average: WeightAverage?
    /// The values of the best epoch, where early stopping gives them back.
    private var best: ParameterValues?
    private var keeper: CheckpointKeeper?
    private var receipt: ReceiptKeeper?
    private var pending: [(step: Int, batch: Int, loss: Tensor, count: Int, labels: LabelRange?)] = []
    private var batchesSinceGood = 0
    /// The last values that were seen to give a finite loss; those that the training started from until then.
    private(set) var good: ParameterValues
    /// Whether a callback wants no further steps.
    private var stopRequested = false
    /// When the epoch began here, and what it took before in another process; nil between epochs.
    private var clock: (start: ContinuousClock.Instant, secondsBefore: Double)?

    /// Begins, or goes on with a checkpoint.
    init(_ model: Model<Root>, _ data: TrainingData, validation: ValidationData?, _ settings: FitSettings) throws {
        var trainer = Trainer(
            model, loss: settings.loss, optimizer: settings.optimizer, seed: settings.seed, window: settings.window)
        var average = settings.averaging.map { WeightAverage($0, of: model.values) }
        let identity = try settings.isKept ? RunIdentity(model, settings, data, validation) : nil
        var record = RunRecord(identity, metricNames: settings.metrics.map(\.name))
        let folder = try settings.folder.map { try CheckpointFolder($0) }
        if let checkpoint = try settings.checkpointToResume(folder) {
            record = try RunRecord(checkpoint)
            try record.check(identity, settings, file: checkpoint.path)
            trainer.values = try checkpoint.values("model", like: model.values)
            try checkpoint.restore(&trainer.optimizerState, of: model)
            if var restored = average {
                try checkpoint.restore(&restored)
                average = restored
            }
            if settings.earlyStopping?.restoresBest == true, record.stopping?.bestEpoch ?? 0 > 0 {
                best = try checkpoint.values("best", like: model.values)
            }
            record.history.resumedFromStep = trainer.step
            try folder?.check(resumesAt: trainer.step)
        }
        record.stopping = settings.earlyStopping == nil ? nil : record.stopping ?? StoppingState()
        record.plateau = settings.plateau == nil ? nil : record.plateau ?? PlateauState()
        if let folder, let schedule = settings.checkpoint { keeper = CheckpointKeeper(folder, schedule) }
        if let identity, let receipt = settings.receipt {
            self.receipt = try ReceiptKeeper(receipt, identity, epochs: settings.epochs, resumedFrom: trainer.step)
        }
        (self.trainer, self.average, self.record) = (trainer, average, record)
        (self.data, self.validation, self.settings) = (data, validation, settings)
        stepCallbacks = settings.callbacks.compactMap(\.afterStep)
        bar = ProgressBar(settings.progress, epochs: settings.epochs, examples: data.count ?? 0)
        good = trainer.values
    }

    // MARK: Epochs

    mutating func train() throws -> History {
        try call(\.beforeRun) {
            Callback.Run(
                epochs: settings.epochs, history: record.history, step: trainer.step, summary: trainer.model.summary)
        }
        while record.history.epochs.count < settings.epochs && !record.history.stoppedEarly {
            try epoch(record.history.epochs.count + 1)
        }
        try finish()
        try call(\.afterRun) { record.history }
        return record.history
    }

    private func call<Argument>(
        _ callback: KeyPath<Callback, ((Argument) throws -> Void)?>, _ argument: () -> Argument
    ) throws {
        let bodies = settings.callbacks.compactMap { $0[keyPath: callback] }
        if bodies.isEmpty { return }
        let argument = argument()
        for body in bodies { try body(argument) }
    }

    private mutating func epoch(_ number: Int) throws {
        try call(\.beforeEpoch) { number }
        clock = (.now, secondsBefore: record.epoch.seconds)
        bar.begin(epoch: number)
        let next = try data.steps(
            epoch: number, skipping: record.epoch.batches, broken: record.epoch.brokenExamples ?? 0)
        while let step = try next() {
            if settings.isCancelled() {
                try write()
                throw CancellationError()
            }
            try take(step, epoch: number)
            if stopRequested { break }
        }
        try readLosses(epoch: number, before: nil)
        noteTime()
        clock = nil
        guard record.epoch.examples > 0 else { throw TrainingError.noExamples }
        try finishEpoch(number)
    }

    private mutating func noteTime() {
        guard let clock else { return }
        record.epoch.seconds = clock.secondsBefore + (ContinuousClock.now - clock.start) / .seconds(1)
    }

    private mutating func finishEpoch(_ number: Int) throws {
        let validated = try validate(epoch: number)
        let trained = record.epoch
        let rate = trainer.optimizer.learningRate[Swift.max(0, trainer.step - 1)]
        let epoch = History.Epoch(
            number: number, trainingLoss: trained.loss, validationLoss: validated?.loss,
            metrics: validated?.metrics ?? [:], learningRate: rate * trainer.optimizerState.learningRateScale,
            seconds: trained.seconds, examplesPerSecond: Double(trained.examples) / Swift.max(trained.seconds, 1e-9))
        record.epoch = EpochRecord()
        record.history.epochs.append(epoch)
        record.history.weightsFromEpoch = number
        record.history.steps = trainer.step
        bar.finish(epoch, metricNames: record.history.metricNames)
        var isStopped = stopRequested
        for callback in settings.callbacks where try callback.afterEpoch?(epoch) == .stop { isStopped = true }
        if watch(epoch) { isStopped = true }
        record.history.stoppedEarly = isStopped
        try writeAfterEpoch(epoch, isLast: isStopped || number >= settings.epochs)
    }

    /// Whether early stopping wants no further epochs; lowers the learning rate on a plateau.
    private mutating func watch(_ epoch: History.Epoch) -> Bool {
        if let plateau = settings.plateau {
            let (scale, isScore) = (
                trainer.optimizerState.learningRateScale, plateau.monitor.isScore(among: settings.metrics)
            )
            trainer.optimizerState.learningRateScale =
                record.plateau?.scale(after: epoch, plateau, isScore: isScore, before: scale) ?? scale
        }
        guard let stopping = settings.earlyStopping else { return false }
        let isScore = stopping.monitor.isScore(among: settings.metrics)
        let verdict = record.stopping?.judge(epoch, stopping, isScore: isScore)
        if verdict?.isBest == true, stopping.restoresBest { best = values }
        return verdict?.isLast ?? false
    }

    /// What is tested, and what the network is to have in the end.
    private var values: ParameterValues { average?.values ?? trainer.values }

    private func validate(epoch: Int) throws -> Callback.Validation? {
        guard let validation else { return nil }
        try call(\.beforeValidation) { epoch }
        var model = trainer.model
        model.values = values
        let found = try model.sums(
            validation, loss: trainer.loss, metrics: settings.metrics, batchSize: data.batchSize ?? 256)
        let result = Callback.Validation(
            epoch: epoch, loss: found.loss ?? .nan,
            metrics: Dictionary(uniqueKeysWithValues: zip(settings.metrics.map(\.name), found.metrics)))
        try call(\.afterValidation) { result }
        return result
    }

    /// The last step's loss says nothing about the weights after it.
    private mutating func finish() throws {
        let epoch = record.history.epochs.count
        if trainer.step > 0 { try checkFinite(epoch: epoch) }
        if let best {
            trainer.values = best
            record.history.weightsFromEpoch = record.stopping?.bestEpoch ?? epoch
        } else if let average {
            trainer.values = average.values
        }
        if best != nil || average != nil { try checkFinite(epoch: epoch) }
        try receipt?.finish(steps: trainer.step, trainer.values)
    }

    private mutating func checkFinite(epoch: Int) throws {
        if try !trainer.isFinite() { throw try diverged(epoch, trainer.step, .nan, batch: nil) }
    }

    // MARK: Steps

    private mutating func take(_ step: TrainingData.Step, epoch: Int) throws {
        let (batch, done) = (step.batch, step.done)
        // The mean of no losses is no number.
        guard batch.count > 0 else { throw TrainingError.noExamples }
        // Losses are read some steps at a time, as reading waits for the device; where that can be before the weights change, those of
        // the last time and those before this step need not be there beside the new ones.
        batchesSinceGood += 1
        let isRead = batchesSinceGood >= stepsBetweenReads || step.isLast
        let isReadFirst = isRead && trainer.window == nil && stepCallbacks.isEmpty
        let before = (isRead && !isReadFirst) || !stepCallbacks.isEmpty ? trainer.values : nil
        let stepBefore = trainer.step
        var value = Double.nan
        let (loss, gradients): (Tensor, [Tensor])
        if isReadFirst {
            let found = trainer.gradient(batch)
            try note(found.value, of: batch, step: stepBefore + 1, at: done - 1)
            value = try readLosses(epoch: epoch, before: trainer.values)
            let changed = trainer.change(by: found)
            (loss, gradients) = (changed.value, changed.gradients)
            if let failure = loss.failure { throw failure }
        } else {
            (loss, gradients) = trainer.advance(batch)
            try note(loss, of: batch, step: trainer.step, at: done - 1)
        }
        record.epoch.batches = done
        record.epoch.brokenExamples = step.broken
        try average?.update(with: trainer.values)
        if let before { try callAfterStep(epoch, loss, gradients, before) }
        let isProved = receipt?.isDue(afterSteps: trainer.step, before: stepBefore) ?? false
        let isKept = keeper?.isDue(afterSteps: trainer.step, before: stepBefore) ?? false
        guard isRead || stopRequested || isProved || isKept else { return }
        if !isReadFirst { value = try readLosses(epoch: epoch, before: isRead ? before : nil) }
        bar.update(seen: record.epoch.examples, loss: record.epoch.loss)
        if isProved { try receipt?.step(trainer.step, epoch: epoch, loss: value, trainer.values) }
        if isKept { try write() }
    }

    /// Notes a loss that is to be read, and which batch of the epoch gave it.
    private mutating func note(_ loss: Tensor, of batch: Dataset, step: Int, at position: Int) throws {
        // Steps after one that was left out would lead elsewhere.
        if let failure = loss.failure { throw failure }
        let labels = data.isKnown ? nil : LabelRange(batch, settings.loss, trainer.model.root)
        pending.append((step, position, loss, batch.count, labels))
    }

    private mutating func callAfterStep(
        _ epoch: Int, _ loss: Tensor, _ gradients: [Tensor], _ before: ParameterValues
    ) throws {
        for body in stepCallbacks {
            let step = Callback.Step(
                epoch: epoch, step: trainer.step, loss: loss, values: trainer.values, gradients: gradients,
                previousValues: before.trainable)
            if try body(step) == .stop { stopRequested = true }
        }
    }

    /// Adds up the pending losses; throws when one is not finite.
    ///
    /// - Parameter before: the values that gave the last of them.
    /// - Returns: the last of them.
    @discardableResult
    private mutating func readLosses(epoch: Int, before: ParameterValues?) throws -> Double {
        var last = Double.nan
        for (step, batch, loss, examples, labels) in pending {
            do { try labels?.check() } catch let error as TrainingError {
                trainer.values = good
                throw error
            }
            last = try loss.doubles()[0]
            guard last.isFinite else { throw try diverged(epoch, step, last, batch: batch) }
            record.epoch.lossSum += last * Double(examples)
            record.epoch.examples += examples
        }
        if let before, !pending.isEmpty {
            good = before
            batchesSinceGood = 0
        }
        pending.removeAll(keepingCapacity: true)
        return last
    }

    /// The error, with its cause where that is the data.
    ///
    /// - Parameter batch: the number in the epoch of the one whose loss it is; nil after the last.
    private mutating func diverged(_ epoch: Int, _ step: Int, _ loss: Double, batch: Int?) throws -> TrainingError {
        trainer.values = good
        return try data.divergence(epoch: epoch, step: step, loss: loss, batch: batch)
    }

    // MARK: Checkpoints

    private mutating func writeAfterEpoch(_ epoch: History.Epoch, isLast: Bool) throws {
        guard let keeper else { return }
        let monitor = settings.bestMonitor(hasValidation: validation != nil)
        let isScore = monitor.isScore(among: settings.metrics)
        let isBest = record.best.improves(monitor.value(of: epoch), isScore: isScore, by: 0)
        let isDue = keeper.isDue(afterEpoch: epoch.number, isLast: isLast)
        guard isBest || isDue else { return }
        // All values are read once for both files.
        let checkpoint = try checkpoint()
        if isBest { try checkpoint.write(to: keeper.folder.bestPath) }
        if isDue { try write(checkpoint) }
    }

    /// Writes a checkpoint, if they are wanted.
    private mutating func write() throws {
        guard keeper != nil else { return }
        try readLosses(epoch: record.history.epochs.count + 1, before: nil)
        try write(checkpoint())
    }

    private mutating func write(_ checkpoint: Checkpoint) throws {
        // What the receipt says of the steps before is there when the checkpoint is.
        try receipt?.synchronize()
        try keeper?.write(checkpoint, step: trainer.step)
    }

    /// - Throws: `TrainingError.diverged` where the values are not finite: nobody could go on with them.
    private mutating func checkpoint() throws -> Checkpoint {
        try checkFinite(epoch: record.history.epochs.count + (clock == nil ? 0 : 1))
        noteTime()
        record.lastNumbers = trainer.step > 0 ? settings.optimizer.numbers(at: trainer.step - 1) : nil
        record.history.steps = trainer.step
        var checkpoint = Checkpoint()
        try checkpoint.add(trainer.model)
        try checkpoint.add(trainer.optimizerState, of: trainer.model)
        if let average { try checkpoint.add(average) }
        if let best { try checkpoint.add(best, as: "best") }
        checkpoint.texts[RunRecord.textName] = try record.text()
        return checkpoint
    }
}

/// How many losses are read at a time.
private let stepsBetweenReads = 50
