import UnloopBackend
import UnloopData
import UnloopTensor

/// Where the batches of a training come from.
struct TrainingData {
    private enum Source {
        case examples(Dataset, batchSize: Int)
        case batches((_ epoch: Int) throws -> AnySequence<Dataset>, Device)
    }

    private let source: Source
    private let seed: UInt64

    /// All examples once an epoch, in an order shuffled anew by the seed.
    init(_ examples: Dataset, batchSize: Int, seed: UInt64) {
        require(batchSize > 0, "fit: batches of \(batchSize)")
        source = .examples(examples, batchSize: batchSize)
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
        for (batch, _) in try batches(epoch: 1, skipping: 0) { return batch.exampleShape }
        throw TrainingError.noExamples
    }

    /// Examples in an epoch, where that is known before.
    var count: Int? {
        if case .examples(let examples, _) = source { examples.count } else { nil }
    }

    /// Examples in a step, where that is known before.
    var batchSize: Int? {
        if case .examples(_, let batchSize) = source { batchSize } else { nil }
    }

    /// The batches of an epoch but for the first ones, each with whether it is known to be the last.
    func batches(epoch: Int, skipping done: Int) throws -> AnySequence<(batch: Dataset, isLast: Bool)> {
        switch source {
        case .examples(let examples, let batchSize):
            let order = examples.shuffledOrder(seed: seed, epoch: epoch)
            let last = (examples.count + batchSize - 1) / batchSize
            return AnySequence(
                zip((done + 1)..., examples.batches(of: batchSize, order: order, skipping: done)).lazy.map {
                    (batch: $1, isLast: $0 == last)
                })
        case .batches(let batches, let device):
            // Lazy after what is left out: of what `lazy.dropFirst` gives, `map` would make all batches of the epoch at once.
            return AnySequence(
                try batches(epoch).dropFirst(done).lazy.map { (batch: $0.to(device), isLast: false) })
        }
    }

    /// Whether all labels can be looked at before the training.
    var isKnown: Bool { count != nil }

    /// The SHA-256 of all examples, nil where they are not known before.
    func sha256() throws(TensorError) -> String? {
        if case .examples(let examples, _) = source { try examples.sha256() } else { nil }
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

    /// The SHA-256 of features, labels and weights with their shapes and element types (row-major, little-endian, every NaN as the standard quiet one): equal data give
    /// the same 64 digits on every device.
    ///
    /// - Throws: when they cannot be read from the device.
    func sha256() throws(TensorError) -> String {
        var hash = SHA256()
        for tensor in [features, labels, weights] {
            guard let tensor else { continue }
            hash.update("\(tensor.elementType) \(tensor.shape)\n")
            hash.update(try tensor.canonicalBytes())
        }
        return SHA256.hexadecimal(hash.finalize())
    }
}
