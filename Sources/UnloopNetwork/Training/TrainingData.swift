import UnloopBackend
import UnloopData
import UnloopTensor

/// Where the batches of a training come from.
struct TrainingData {
    private enum Source {
        case examples(Dataset, batchSize: Int)
        case loader(Loader, Device)
        case batches((_ epoch: Int) throws -> AnySequence<Dataset>, Device)
    }

    /// A batch of an epoch.
    struct Step {
        let batch: Dataset
        /// Whether it is known to be the last.
        let isLast: Bool
        /// How many batches of the epoch are done with it, those before the first one and those that nothing could be read of too.
        let done: Int
        /// How many examples of those could not be had.
        var broken = 0
    }

    /// Gives one after the other; nil after the last.
    typealias Steps = () throws -> Step?

    private let source: Source
    private let seed: UInt64

    /// All examples once an epoch, in an order shuffled anew by the seed.
    init(_ examples: Dataset, batchSize: Int, seed: UInt64) {
        require(batchSize > 0, "fit: batches of \(batchSize)")
        source = .examples(examples, batchSize: batchSize)
        self.seed = seed
    }

    /// What a loader reads, in the order that it gives for the seed.
    init(_ loader: Loader, seed: UInt64, on device: Device) {
        source = .loader(loader, device)
        self.seed = seed
    }

    /// Whatever a function gives for an epoch.
    init(_ batches: @escaping (_ epoch: Int) throws -> AnySequence<Dataset>, on device: Device) {
        source = .batches(batches, device)
        seed = 0
    }

    /// The shape of an example of the first epoch.
    ///
    /// - Throws: `TrainingError.noExamples` where there is none.
    func firstExampleShape() throws -> [Int] {
        var data = self
        // Nothing is read ahead for one batch.
        if case .loader(let loader, let device) = source { data = TrainingData(loader.alone, seed: seed, on: device) }
        guard let first = try data.steps(epoch: 1, skipping: 0, broken: 0)() else { throw TrainingError.noExamples }
        return first.batch.exampleShape
    }

    /// Examples in an epoch, where that is known before.
    var count: Int? {
        switch source {
        case .examples(let examples, _): examples.count
        case .loader(let loader, _): loader.examplesInEpoch
        case .batches: nil
        }
    }

    /// Examples in a step, where that is known before.
    var batchSize: Int? {
        switch source {
        case .examples(_, let batchSize): batchSize
        case .loader(let loader, _): loader.batchSize
        case .batches: nil
        }
    }

    /// The steps of an epoch but for the first ones.
    ///
    /// - Parameter broken: how many examples of those could not be had.
    func steps(epoch: Int, skipping done: Int, broken: Int) throws -> Steps {
        switch source {
        case .examples(let examples, let batchSize):
            let order = examples.shuffledOrder(seed: seed, epoch: epoch)
            let last = (examples.count + batchSize - 1) / batchSize
            var number = done
            var batches = examples.batches(of: batchSize, order: order, skipping: done).makeIterator()
            return {
                number += 1
                return batches.next().map { Step(batch: $0, isLast: number == last, done: number) }
            }
        case .loader(let loader, let device):
            let batches = loader.batches(epoch: epoch, seed: seed, skipping: done, brokenBefore: broken, on: device)
            return {
                try batches.next().map {
                    Step(
                        batch: $0, isLast: batches.isAtEnd, done: batches.position, broken: batches.brokenExamples)
                }
            }
        case .batches(let batches, let device):
            let rest = try batches(epoch).dropFirst(done).makeIterator()
            var number = done
            return {
                number += 1
                return rest.next().map { Step(batch: $0.to(device), isLast: false, done: number) }
            }
        }
    }

    /// Whether all labels can be looked at before the training.
    var isKnown: Bool {
        if case .examples = source { true } else { false }
    }

    /// What tells the examples from others, nil where nothing is known about them.
    ///
    /// - Throws: when they cannot be read.
    func identity() throws -> String? {
        switch source {
        case .examples(let examples, _): try examples.sha256()
        case .loader(let loader, _): try loader.identity()
        case .batches: nil
        }
    }

    /// The error of a training on these data whose loss is not finite.
    ///
    /// - Parameter batch: the number in the epoch of the one whose loss it is; nil after the last.
    func divergence(epoch: Int, step: Int, loss: Double, batch: Int?) throws -> TrainingError {
        switch source {
        case .examples(let examples, _): return try examples.divergence(epoch: epoch, step: step, loss: loss)
        case .loader(let loader, _):
            let last = loader.batchesInEpoch - 1
            let batch = batch ?? last
            // A number may show a step later, when it has made weights that are not finite.
            for (epochOfBatch, batch) in [(epoch, batch), batch > 0 ? (epoch, batch - 1) : (epoch - 1, last)]
            where epochOfBatch > 0 {
                guard let (part, index) = loader.firstNotFinite(batch: batch, epoch: epochOfBatch, seed: seed)
                else { continue }
                return .dataNotFinite(part: part, example: index, epoch: epoch, step: step)
            }
        case .batches: break
        }
        return .diverged(epoch: epoch, step: step, loss: loss)
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
