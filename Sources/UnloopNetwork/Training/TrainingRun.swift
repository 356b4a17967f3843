import UnloopData
import UnloopTensor

/// The epochs of one `fit`: batches, and the watch over the loss.
struct TrainingRun<Root: Layer> {
    var trainer: Trainer<Root>
    let bar: ProgressBar
    let training: Dataset
    private let batchSize: Int
    private let seed: UInt64
    private let callbacks: [Callback]
    private let isCancelled: () -> Bool
    private var pending: [(step: Int, loss: Tensor, count: Int)] = []
    /// The last values that were seen to give a finite loss; those that the training started from until then.
    private(set) var good: ParameterValues
    /// Whether a callback wants no further steps.
    private(set) var stopRequested = false

    init(
        trainer: Trainer<Root>, training: Dataset, batchSize: Int, seed: UInt64, callbacks: [Callback],
        bar: ProgressBar, isCancelled: @escaping () -> Bool
    ) {
        self.trainer = trainer
        self.training = training
        self.batchSize = batchSize
        self.seed = seed
        self.callbacks = callbacks
        self.bar = bar
        self.isCancelled = isCancelled
        good = trainer.values
    }

    mutating func epoch(_ number: Int) throws -> (loss: Double, seconds: Double) {
        let start = ContinuousClock.now
        var total = 0.0
        var seen = 0
        bar.begin(epoch: number)
        let order = training.shuffledOrder(seed: seed, epoch: number)
        let last = (training.count + batchSize - 1) / batchSize
        for (batchNumber, batch) in zip(1..., training.batches(of: batchSize, order: order)) {
            if isCancelled() { throw CancellationError() }
            // Losses are read some steps at a time, as reading waits for the device; only then are the values before the step needed.
            let isRead = pending.count + 1 == stepsBetweenReads || batchNumber == last
            let before = isRead || !callbacks.isEmpty ? trainer.values : nil
            let (loss, gradients) = trainer.advance(batch)
            // Steps after one that was left out would lead elsewhere.
            if let failure = loss.failure { throw failure }
            pending.append((trainer.step, loss, batch.count))
            if let before { try call(callbacks, epoch: number, loss, gradients, before) }
            if isRead || stopRequested {
                let read = try readLosses(epoch: number, before: before)
                (total, seen) = (total + read.sum, seen + read.count)
                bar.update(seen: seen, loss: total / Double(seen))
            }
            if stopRequested { break }
        }
        return (total / Double(seen), (ContinuousClock.now - start) / .seconds(1))
    }

    private mutating func call(
        _ callbacks: [Callback], epoch: Int, _ loss: Tensor, _ gradients: [Tensor], _ before: ParameterValues
    ) throws {
        for callback in callbacks {
            let step = Callback.Step(
                epoch: epoch, step: trainer.step, loss: loss, values: trainer.values, gradients: gradients,
                previousValues: before.trainable)
            if try callback.afterStep?(step) == .stop { stopRequested = true }
        }
    }

    /// The sum of the pending losses over their examples; throws when one is not finite.
    ///
    /// - Parameter before: the values that gave the last of them.
    private mutating func readLosses(epoch: Int, before: ParameterValues?) throws -> (sum: Double, count: Int) {
        var (sum, count) = (0.0, 0)
        for (step, loss, examples) in pending {
            let value = try loss.doubles()[0]
            guard value.isFinite else { throw try diverged(epoch, step, value) }
            sum += value * Double(examples)
            count += examples
        }
        if let before, !pending.isEmpty { good = before }
        pending.removeAll(keepingCapacity: true)
        return (sum, count)
    }

    /// The last step's loss says nothing about the weights after it.
    mutating func finish(epoch: Int) throws {
        guard trainer.step > 0 else { return }
        guard try trainer.isFinite() else { throw try diverged(epoch, trainer.step, .nan) }
    }

    /// The error, with its cause where that is the data.
    private mutating func diverged(_ epoch: Int, _ step: Int, _ loss: Double) throws -> TrainingError {
        trainer.values = good
        return try training.divergence(epoch: epoch, step: step, loss: loss)
    }
}

/// How many losses are read at a time.
private let stepsBetweenReads = 50

extension Dataset {
    /// The error of a training on these data whose loss is not finite: of the data if they hold such numbers.
    func divergence(epoch: Int, step: Int, loss: Double) throws -> TrainingError {
        for (part, data) in [("features", features), ("labels", labels)] {
            let size = data.count / Swift.max(1, count)
            guard size > 0, let place = try data.doubles().firstIndex(where: { !$0.isFinite }) else { continue }
            return .dataNotFinite(part: part, example: place / size, epoch: epoch, step: step)
        }
        return .diverged(epoch: epoch, step: step, loss: loss)
    }
}
