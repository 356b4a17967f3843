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

    /// Gives one batch after the other, each with whether it is known to be the last; nil after that.
    typealias Batches = () throws -> (batch: Dataset, isLast: Bool)?

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
        guard let first = try batches(epoch: 1, skipping: 0)() else { throw TrainingError.noExamples }
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

    /// The batches of an epoch but for the first ones.
    func batches(epoch: Int, skipping done: Int) throws -> Batches {
        switch source {
        case .examples(let examples, let batchSize):
            let order = examples.shuffledOrder(seed: seed, epoch: epoch)
            let last = (examples.count + batchSize - 1) / batchSize
            var number = done
            var batches = examples.batches(of: batchSize, order: order, skipping: done).makeIterator()
            return {
                number += 1
                return batches.next().map { ($0, isLast: number == last) }
            }
        case .loader(let loader, let device):
            let batches = loader.batches(epoch: epoch, seed: seed, skipping: done, on: device)
            return { try batches.next().map { ($0, isLast: batches.isAtEnd) } }
        case .batches(let batches, let device):
            let rest = try batches(epoch).dropFirst(done).makeIterator()
            return { rest.next().map { ($0.to(device), isLast: false) } }
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
    func divergence(epoch: Int, step: Int, loss: Double) throws -> TrainingError {
        if case .examples(let examples, _) = source {
            return try examples.divergence(epoch: epoch, step: step, loss: loss)
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
