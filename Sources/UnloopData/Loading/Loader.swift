import UnloopBackend
import UnloopTensor

/// Batches of a source's examples, read ahead by background threads into a bounded number of batches.
///
/// Which examples a batch has, and what is random about them, follows from the seed, the epoch and the batch's number alone; so any number
/// of workers gives the same batches, and so does a training that goes on in the middle of an epoch.
///
///     let loader = Loader(try RecordFile(path: "train.bin", fields: [.label(.uint8), .features(.uint8, [28, 28, 1])]), batchSize: 64)
///     try model.fit(loader, loss: .softmaxCrossEntropy, epochs: 5)
public struct Loader: Sendable {
    /// What becomes of examples that cannot be had.
    public enum BrokenExamples: Sendable, Equatable {
        /// The first ends the epoch with an error.
        case thrown
        /// Up to so many in an epoch are left out and counted; their batches are smaller, and those without any other example are left out too.
        /// An epoch of which nothing is left is an error.
        case skipped(atMost: Int)
    }

    public let source: any DataSource
    /// Examples in a batch.
    public let batchSize: Int
    /// How many examples an epoch has.
    public var examplesInEpoch: Int { dropsLast ? order.count / batchSize * batchSize : order.count }
    /// How many batches an epoch has.
    public var batchesInEpoch: Int {
        examplesInEpoch / batchSize + (examplesInEpoch.isMultiple(of: batchSize) ? 0 : 1)
    }
    /// How many threads read; with none, batches are made when they are asked for.
    public private(set) var workers: Int

    let order: PreparedOrder
    let dropsLast: Bool
    let padding: SequencePadding?
    let brokenExamples: BrokenExamples
    let ahead: Int

    /// - Parameters:
    ///   - batchSize: the last batch of an epoch may be smaller.
    ///   - dropsLast: whether a last batch that is smaller is left out.
    ///   - padding: fills sequences up to the longest of their batch, and the batches have `lengths`. Without, the examples of a batch have one
    ///     shape.
    ///   - workers: the number of background threads.
    ///   - ahead: how many batches are ready or in work at most besides the one in use and the one after it; two for each worker, and
    ///     at least four, unless given; at least one for each in any case.
    public init(
        _ source: some DataSource, batchSize: Int = 32, order: ExampleOrder = .shuffled, dropsLast: Bool = false,
        padding: SequencePadding? = nil, brokenExamples: BrokenExamples = .thrown, workers: Int = 2, ahead: Int? = nil
    ) {
        require(
            batchSize > 0 && workers >= 0 && ahead ?? 1 > 0,
            "Loader: batches of \(batchSize), \(workers) workers, \(ahead ?? 1) batches ahead")
        self.source = source
        self.batchSize = batchSize
        self.dropsLast = dropsLast
        self.padding = padding
        self.brokenExamples = brokenExamples
        self.workers = workers
        // More than anyone has, and still to be added to.
        let most = Int.max / 4
        self.ahead = Swift.min(Swift.max(ahead ?? Swift.max(4, 2 * Swift.min(workers, most)), workers, 1), most)
        self.order = PreparedOrder(order, count: source.count)
    }

    /// The batches of an epoch, on a device.
    ///
    /// - Parameters:
    ///   - epoch: from 0 or 1 on, as you like; another number gives another order and other keys.
    ///   - skipped: how many batches are left out at the beginning, without being made.
    ///   - brokenBefore: how many examples of those could not be had, as `brokenExamples` said; they count towards how many may be left out.
    public func batches(
        epoch: Int, seed: UInt64 = 0, skipping skipped: Int = 0, brokenBefore: Int = 0, on device: Device = .best
    ) -> LoadedBatches {
        require(
            epoch >= 0 && skipped >= 0 && brokenBefore >= 0,
            "Loader.batches: epoch \(epoch), without \(skipped) batches, \(brokenBefore) broken examples before")
        return LoadedBatches(
            LoadingWork(
                self, epoch: epoch, order.epoch(epoch, seed: seed), first: skipped, broken: brokenBefore, on: device))
    }

    /// The same for other examples, all of them, in another order.
    package func reading(_ source: some DataSource, order: ExampleOrder) -> Loader {
        Loader(
            source, batchSize: batchSize, order: order, padding: padding, brokenExamples: brokenExamples,
            workers: workers,
            ahead: ahead)
    }

    /// The same without threads.
    package var alone: Loader {
        var loader = self
        loader.workers = 0
        return loader
    }

    /// Where in an epoch a batch's examples stand.
    func places(ofBatch number: Int) -> Range<Int> {
        let start = number * batchSize
        return start..<start + Swift.min(batchSize, examplesInEpoch - start)
    }

    /// The first number of a batch that is not finite: in which part of which example. Examples that cannot be had have none.
    package func firstNotFinite(batch number: Int, epoch: Int, seed: UInt64) -> (part: String, index: Int)? {
        let (indices, keys) = order.epoch(epoch, seed: seed).examples(at: places(ofBatch: number))
        var label: Int?
        for (index, key) in zip(indices, keys) {
            guard let example = try? source.example(at: index, key: key) else { continue }
            if !example.features.isFinite { return ("features", index) }
            if label == nil, !example.label.isFinite { label = index }
        }
        return label.map { ("labels", $0) }
    }

    /// What tells the batches from others, for checkpoints; nil where the source does not know what it holds.
    package func identity() throws -> String? {
        guard let data = try source.identity() else { return nil }
        var hash = SHA256()
        hash.update("\(data)\n\(dropsLast) \(padding.map { "\($0)" } ?? "unpadded") \(brokenExamples)\n")
        order.identify(in: &hash)
        return SHA256.hexadecimal(hash.finalize())
    }
}
