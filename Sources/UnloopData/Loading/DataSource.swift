import UnloopBackend
import UnloopTensor

/// Examples by their numbers.
///
/// The example at an index is a function of the index and the key alone, so whoever asks, and however many threads ask, gets the same; a
/// `Loader` makes batches of them.
public protocol DataSource: Sendable {
    /// How many examples there are.
    var count: Int { get }

    /// The example at an index from 0 to `count` - 1; it may be asked for by several threads at once.
    ///
    /// - Parameter key: for what is random about it, such as how an image is turned; another one for every index of every epoch.
    /// - Throws: whatever hinders it; the loader adds the index.
    func example(at index: Int, key: RandomKey) throws -> Example

    /// Several examples as a batch. What there is by itself asks for one example after the other; a source that has many at once faster has
    /// its own, which must give the same.
    ///
    /// - Parameters:
    ///   - indices: at least one.
    ///   - keys: one for each index.
    ///   - padding: brings sequences to the length of the longest; the batch then has `lengths`.
    /// - Returns: features `[indices.count, …]` and labels `[indices.count, …]` on the device, in the order of the indices.
    func batch(at indices: [Int], keys: [RandomKey], padding: SequencePadding?, on device: Device) throws -> Dataset

    /// A text that tells these examples from others: a hash of the files, for example. A training that goes on from a checkpoint compares
    /// it. Nil, as there is by itself, where nothing is known.
    ///
    /// - Throws: what hinders the reading of a file.
    func identity() throws -> String?
}

extension DataSource {
    public func batch(at indices: [Int], keys: [RandomKey], padding: SequencePadding?, on device: Device) throws
        -> Dataset
    {
        try batchOfExamples(at: indices, keys: keys, padding: padding, on: device)
    }

    /// One example after the other.
    func batchOfExamples(at indices: [Int], keys: [RandomKey], padding: SequencePadding?, on device: Device) throws
        -> Dataset
    {
        require(
            indices.count == keys.count && !indices.isEmpty,
            "DataSource.batch: \(keys.count) keys for \(indices.count) examples")
        var stack = ExampleStack(padding: padding)
        for (index, key) in zip(indices, keys) {
            do {
                try stack.append(example(at: index, key: key))
            } catch {
                throw LoadingError(error, at: index)
            }
        }
        return stack.dataset(on: device)
    }

    public func identity() throws -> String? { nil }

    /// - Precondition: there is an example at the index.
    func checkIndex(_ index: Int, _ name: StaticString) {
        require(index >= 0 && index < count, "\(name): example \(index) of \(count)")
    }
}

/// Tensors in memory are a source: their rows.
extension Dataset: DataSource {
    public func example(at index: Int, key: RandomKey) throws -> Example {
        checkIndex(index, "Dataset.example")
        let row = sliced(index..<index + 1)
        return Example(
            features: Example.Values(shape: exampleShape, elements: try row.features.hostArray()),
            label: Example.Values(shape: Array(labels.shape.dropFirst()), elements: try row.labels.hostArray()),
            weight: try row.weights.map { try Float($0.doubles()[0]) })
    }

    public func batch(at indices: [Int], keys: [RandomKey], padding: SequencePadding?, on device: Device) throws
        -> Dataset
    {
        selecting(indices.map { Int32($0) }).to(device).withLengths(padding)
    }

    public func identity() throws -> String? { try sha256() }
}

extension Dataset {
    /// With the lengths that padding would find, where all examples have one shape.
    func withLengths(_ padding: SequencePadding?) -> Dataset {
        guard padding != nil, lengths == nil, let steps = exampleShape.first else { return self }
        return Dataset(
            viewing: features, labels: labels, weights: weights,
            lengths: Tensor(int32: [Int32](repeating: Int32(clamping: steps), count: count), on: device))
    }
}
