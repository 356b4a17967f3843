import UnloopData
import UnloopTensor

/// The epochs of one `fit`: batches, and the watch over the loss.
final class TrainingRun {
    let trainer: Trainer
    let bar: ProgressBar
    let training: Dataset
    private let batchSize: Int
    private let seed: UInt64
    private let callbacks: [Callback]
    /// Losses are read this many steps at a time, as reading waits for the device.
    private static let stepsBetweenReads = 50
    private var pending: [(step: Int, loss: Tensor, count: Int)] = []
    private let good: GoodWeights

    init(
        trainer: Trainer, training: Dataset, batchSize: Int, seed: UInt64, callbacks: [Callback], bar: ProgressBar,
        good: GoodWeights
    ) {
        self.trainer = trainer
        self.training = training
        self.batchSize = batchSize
        self.seed = seed
        self.callbacks = callbacks
        self.bar = bar
        self.good = good
    }

    func epoch(_ number: Int) throws -> (loss: Double, seconds: Double) {
        let start = ContinuousClock.now
        var total = 0.0
        var seen = 0
        bar.begin(epoch: number)
        let order = training.shuffledOrder(seed: seed, epoch: number)
        for batch in training.batches(of: batchSize, order: order) {
            let (loss, gradients) = trainer.advance(batch)
            // Steps after one that was left out would lead elsewhere.
            if let failure = loss.failure { throw failure }
            pending.append((trainer.step, loss, batch.count))
            for callback in callbacks {
                let step = Callback.Step(
                    epoch: number, step: trainer.step, loss: loss, model: trainer.model, gradients: gradients,
                    previousValues: trainer.previousTrainableValues)
                if try callback.afterStep?(step) == .stop { stopRequested = true }
            }
            if pending.count == Self.stepsBetweenReads || stopRequested {
                let read = try readLosses(epoch: number)
                (total, seen) = (total + read.sum, seen + read.count)
                bar.update(seen: seen, loss: total / Double(seen))
            }
            if stopRequested { break }
        }
        let read = try readLosses(epoch: number)
        (total, seen) = (total + read.sum, seen + read.count)
        return (total / Double(seen), (ContinuousClock.now - start) / .seconds(1))
    }

    /// Whether a callback wants no further steps.
    private(set) var stopRequested = false

    /// The sum of the pending losses over their examples; throws when one is not finite.
    private func readLosses(epoch: Int) throws -> (sum: Double, count: Int) {
        var (sum, count) = (0.0, 0)
        for (step, loss, examples) in pending {
            let value = try loss.doubles()[0]
            guard value.isFinite else { throw try diverged(epoch, step, value) }
            sum += value * Double(examples)
            count += examples
        }
        if !pending.isEmpty { good.note(trainer.previousValues) }
        pending.removeAll(keepingCapacity: true)
        return (sum, count)
    }

    /// The last step's loss says nothing about the weights after it.
    func finish(epoch: Int) throws {
        guard trainer.step > 0 else { return }
        guard try trainer.isFinite() else { throw try diverged(epoch, trainer.step, .nan) }
    }

    /// The error, with its cause where that is the data.
    private func diverged(_ epoch: Int, _ step: Int, _ loss: Double) throws -> TrainingError {
        good.restore()
        return try training.divergence(epoch: epoch, step: step, loss: loss)
    }
}

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
