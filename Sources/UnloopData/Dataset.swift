import UnloopBackend
import UnloopTensor

/// Examples with their labels: two tensors whose first axis is the examples, and maybe a weight for each example.
public struct Dataset: Sendable {
    /// `[examples, …]`.
    public let features: Tensor
    /// `[examples]` class numbers (int32), or `[examples, …]` numbers.
    public let labels: Tensor
    /// `[examples]`: how much each example counts in a loss, relative to the others; nil where all count alike.
    public let weights: Tensor?
    /// `[examples]`, int32: of sequences that are filled up to one length, how many steps each has; nil for others. Training does not look
    /// at it; recurrent layers take it in `forward(_:state:lengths:_:)`.
    public let lengths: Tensor?

    /// Views that are not in row-major order are copied, once: batches gather rows, and would copy the whole table for each.
    ///
    /// - Parameter weights: float32 `[examples]` (float64 on `.loop`, too), not negative: a training and an evaluation refuse others.
    ///   Losses become weighted means, Σ wᵢ·lᵢ / Σ wᵢ; metrics count every example once.
    /// - Precondition: all have as many examples and are on the same device.
    public init(features: Tensor, labels: Tensor, weights: Tensor? = nil, lengths: Tensor? = nil) {
        self.init(
            viewing: features.contiguous(), labels: labels.contiguous(), weights: weights?.contiguous(),
            lengths: lengths?.contiguous())
    }

    /// Without copying views: for parts that are used as a whole.
    package init(viewing features: Tensor, labels: Tensor, weights: Tensor? = nil, lengths: Tensor? = nil) {
        require(
            features.rank >= 1 && labels.rank >= 1 && features.dimensions[0] == labels.dimensions[0],
            "Dataset: features \(features.shape) and labels \(labels.shape) have not as many examples")
        require(
            features.device == labels.device, "Dataset: features on \(features.device), labels on \(labels.device)")
        if let weights {
            require(
                weights.elementType != .int32 && weights.rank == 1 && weights.dimensions[0] == features.dimensions[0],
                "Dataset: \(weights.elementType) weights \(weights.shape) for features \(features.shape); there must be one real "
                    + "number for each example")
            require(
                weights.device == features.device,
                "Dataset: features on \(features.device), weights on \(weights.device)")
        }
        if let lengths {
            require(
                lengths.elementType == .int32 && lengths.rank == 1 && lengths.dimensions[0] == features.dimensions[0]
                    && lengths.device == features.device,
                "Dataset: \(lengths.elementType) lengths \(lengths.shape) on \(lengths.device) for features \(features.shape) on "
                    + "\(features.device); there must be one int32 number for each example")
        }
        self.features = features
        self.labels = labels
        self.weights = weights
        self.lengths = lengths
    }

    /// The number of examples.
    public var count: Int { features.dimensions[0] }
    public var device: Device { features.device }
    /// The shape of one example's features.
    public var exampleShape: [Int] { Array(features.dimensions.dropFirst()) }

    /// The same examples on another device.
    public func to(_ device: Device) -> Dataset {
        device == self.device
            ? self
            : Dataset(
                features: features.to(device), labels: labels.to(device), weights: weights?.to(device),
                lengths: lengths?.to(device))
    }

    /// The examples at these positions, in this order.
    public func selecting(_ positions: [Int32]) -> Dataset {
        require(
            positions.allSatisfy { $0 >= 0 && Int($0) < count }, "Dataset.selecting: positions outside 0..<\(count)")
        return selecting(Tensor(int32: positions, on: device))
    }

    func selecting(_ positions: Tensor) -> Dataset {
        Dataset(
            features: features.gathering(positions), labels: labels.gathering(positions),
            weights: weights?.gathering(positions), lengths: lengths?.gathering(positions))
    }

    /// The examples of a range, without copying them.
    public func sliced(_ range: Range<Int>) -> Dataset {
        Dataset(
            viewing: features.sliced(axis: 0, range), labels: labels.sliced(axis: 0, range),
            weights: weights?.sliced(axis: 0, range), lengths: lengths?.sliced(axis: 0, range))
    }

    /// The SHA-256 of features, labels, weights and lengths with their shapes and element types (row-major, little-endian, every NaN as the
    /// standard quiet one): equal data give the same 64 digits on every device.
    ///
    /// - Throws: when they cannot be read from the device.
    package func sha256() throws(TensorError) -> String {
        var hash = SHA256()
        for tensor in [features, labels, weights, lengths] {
            guard let tensor else { continue }
            hash.update("\(tensor.elementType) \(tensor.shape)\n")
            hash.update(try tensor.canonicalBytes())
        }
        return SHA256.hexadecimal(hash.finalize())
    }

    // MARK: Splitting

    /// Two disjoint parts, chosen at random by the seed: all but `size` examples, and `size` examples. The same on every device.
    ///
    /// - Precondition: `size` is not larger than the number of examples.
    public func split(holdingOut size: Int, seed: UInt64) -> (training: Dataset, test: Dataset) {
        require(size >= 0 && size <= count, "Dataset.split: \(size) of \(count) examples held out")
        var random = CounterRandom(seed: seed, stream: Self.splitStream)
        let order = random.permutation(of: count)
        return (selecting(Array(order.dropFirst(size))), selecting(Array(order.prefix(size))))
    }

    /// The same with each class in both parts in the same proportion, as nearly as whole examples allow: the shares are
    /// rounded down, and the examples still missing come from the classes with the largest remainders, of equals the lowest class.
    ///
    /// - Precondition: labels are class numbers.
    /// - Throws: when the labels cannot be read from their device.
    public func stratifiedSplit(holdingOut size: Int, seed: UInt64) throws(TensorError) -> (
        training: Dataset, test: Dataset
    ) {
        require(size >= 0 && size <= count, "Dataset.stratifiedSplit: \(size) of \(count) examples held out")
        require(
            labels.elementType == .int32 && labels.rank == 1,
            "Dataset.stratifiedSplit: labels \(labels.shape) are not class numbers")
        var members: [Int32: [Int32]] = [:]
        for (position, label) in try labels.integers().enumerated() {
            members[label, default: []].append(Int32(position))
        }
        let classes = members.keys.sorted()
        var shares = classes.map { (members[$0]?.count ?? 0) * size / Swift.max(1, count) }
        let remainders = classes.map { (members[$0]?.count ?? 0) * size % Swift.max(1, count) }
        let byRemainder = classes.indices.sorted { (remainders[$1], $0) < (remainders[$0], $1) }
        for position in byRemainder.prefix(size - shares.reduce(0, +)) { shares[position] += 1 }

        var random = CounterRandom(seed: seed, stream: Self.splitStream)
        var (training, test): ([Int32], [Int32]) = ([], [])
        for (label, share) in zip(classes, shares) {
            var group = members[label] ?? []
            random.shuffle(&group)
            test += group.prefix(share)
            training += group.dropFirst(share)
        }
        random.shuffle(&training)
        random.shuffle(&test)
        return (selecting(training), selecting(test))
    }

    private static let splitStream: UInt64 = 0x7370_6c69_7400_0000

    // MARK: Batches

    /// The examples in parts of `size`, the last one smaller if need be.
    ///
    /// - Parameters:
    ///   - order: see `shuffledOrder`; nil keeps their order and copies nothing.
    ///   - skipped: how many batches are left out at the beginning.
    public func batches(of size: Int, order: Tensor? = nil, skipping skipped: Int = 0) -> some Sequence<Dataset> {
        require(size > 0 && skipped >= 0, "Dataset.batches: batches of \(size) without \(skipped)")
        let batchCount = (count + size - 1) / size
        return stride(from: Swift.min(skipped, batchCount) * size, to: count, by: size).lazy.map { start in
            let range = start..<Swift.min(start + size, count)
            guard let order else { return sliced(range) }
            return selecting(order.sliced(axis: 0, range))
        }
    }

    /// A random order of the examples for one epoch, made on the host, so the same on every device: a `KeyedPermutation`.
    public func shuffledOrder(seed: UInt64, epoch: Int) -> Tensor {
        require(epoch >= 0, "Dataset.shuffledOrder: epoch \(epoch)")
        let permutation = KeyedPermutation(count: count, seed: seed, stream: UInt64(epoch))
        return Tensor(int32: (0..<count).map { Int32(permutation[$0]) }, on: device)
    }
}
