import UnloopBackend
import UnloopTensor

extension DataSource {
    /// Every example mixed with another one, features and label alike: λ·x + (1 - λ)·x', where λ follows the beta distribution Beta(α, α)
    /// and the other example is any of the source, all equally likely (H. Zhang et al.: mixup: Beyond empirical risk minimization, ICLR 2018).
    /// Both follow from the key.
    ///
    /// Labels that are class numbers become rows of float32 whose sum is 1, as for one class they would have 1 there and 0 elsewhere; real
    /// labels are mixed as they are, and so are the weights of examples.
    ///
    /// - Parameters:
    ///   - alpha: small ones leave most examples nearly as they are; 1 makes all λ equally likely.
    ///   - classes: how many there are, where labels are class numbers.
    /// - Precondition: features are real; α is positive, and there are no more than 2^32 - 1 examples.
    public func mixedUp(alpha: Double, classes: Int? = nil) -> some DataSource {
        require(
            Float(alpha) > 0 && Float(alpha).isFinite && classes ?? 1 > 0 && count <= Int(UInt32.max),
            "mixedUp: α of \(alpha), \(classes ?? 1) classes, \(count) examples")
        return MixedUpSource(base: self, alpha: alpha, classes: classes)
    }
}

private struct MixedUpSource<Base: DataSource>: DataSource {
    let base: Base
    let alpha: Double
    let classes: Int?

    var count: Int { base.count }

    func example(at index: Int, key: RandomKey) throws -> Example {
        checkIndex(index, "mixedUp")
        let draw = MixingDraw(key, count: count)
        let own = try base.example(at: index, key: draw.ownKey)
        let partner: Example
        do {
            partner = try base.example(at: draw.partner, key: draw.partnerKey)
        } catch let error as LoadingError {
            throw error
        } catch {
            throw LoadingError.example(index: draw.partner, reason: error)
        }
        var pair = ExampleStack(padding: nil)
        try pair.append(own)
        try pair.append(partner)
        let type = own.features.elements.elementType
        let mixed = try mixed(pair.dataset(on: .host(type)), [index, draw.partner], [draw])
        func values(_ tensor: Tensor) throws -> Example.Values {
            Example.Values(shape: Array(tensor.shape.dropFirst()), elements: try tensor.hostArray())
        }
        return Example(
            features: try values(mixed.features), label: try values(mixed.labels),
            weight: try mixed.weights.map { try Float($0.doubles()[0]) })
    }

    func batch(at indices: [Int], keys: [RandomKey], padding: SequencePadding?, on device: Device) throws -> Dataset {
        // Sequences of different lengths are not mixed.
        if padding != nil { return try batchOfExamples(at: indices, keys: keys, padding: padding, on: device) }
        for index in indices { checkIndex(index, "mixedUp") }
        let draws = keys.map { MixingDraw($0, count: count) }
        let both = indices + draws.map(\.partner)
        let pairs = try base.batch(
            at: both, keys: draws.map(\.ownKey) + draws.map(\.partnerKey), padding: nil, on: device)
        return try mixed(pairs, both, draws)
    }

    func identity() throws -> String? {
        try combinedIdentity("mixed up", "\(alpha) \(classes.map(String.init) ?? "real labels")", base.identity())
    }

    /// - Parameters:
    ///   - pairs: the examples, then the partner of each.
    ///   - indices: of all these.
    private func mixed(_ pairs: Dataset, _ indices: [Int], _ draws: [MixingDraw]) throws -> Dataset {
        require(pairs.features.elementType != .int32, "mixedUp: features of integers; give the source real ones")
        let share = MixingDraw.shares(draws, alpha: alpha, on: pairs.device)
        return Dataset(
            viewing: Self.mixed(pairs.features, share), labels: Self.mixed(try realLabels(pairs, indices), share),
            weights: pairs.weights.map { Self.mixed($0, share) })
    }

    private func realLabels(_ pairs: Dataset, _ indices: [Int]) throws -> Tensor {
        let labels = pairs.labels
        guard labels.elementType == .int32 else { return labels }
        guard let classes else { misuse("mixedUp: labels are class numbers; say how many `classes` there are") }
        let labelsOfExample = labels.count / Swift.max(1, pairs.count)
        for (place, label) in try labels.integers().enumerated() where label < 0 || Int(label) >= classes {
            throw LoadingError.example(
                index: indices[place / labelsOfExample], reason: LoadingError.unknownClass(label, classes: classes))
        }
        return labels.oneHot(classes)
    }

    /// The first half of the rows with the second.
    private static func mixed(_ rows: Tensor, _ share: Tensor) -> Tensor {
        let count = share.count
        let share = share.reshaped([count] + Array(repeating: 1, count: rows.rank - 1)).to(rows.elementType)
        return mixing(rows.sliced(axis: 0, 0..<count), rows.sliced(axis: 0, count..<2 * count), share)
    }
}

/// What has no share does not count, whatever it is.
private let mixing = ScalarFunction(
    "mix",
    { (own: Scalar, other: Scalar, share: Scalar) in
        select(share .== 1, own, select(share .== 0, other, share * own + (1 - share) * other))
    })

/// What is drawn for one example that is mixed with another.
private struct MixingDraw {
    let partner: Int
    let ownKey: RandomKey
    let partnerKey: RandomKey
    /// In (0, 1] and [0, 1).
    private let uniform: (Float, Float)

    /// - Precondition: there are examples.
    init(_ key: RandomKey, count: Int) {
        (ownKey, partnerKey) = (key.child(0), key.child(1))
        var random = CounterRandom(key.child(2))
        partner = random.next(below: count)
        let first = 1 - random.uniform()
        uniform = (Float(first), Float(random.uniform()))
    }

    /// λ of each example, `[examples]`.
    static func shares(_ draws: [MixingDraw], alpha: Double, on device: Device) -> Tensor {
        SymmetricBeta.quantity(
            Tensor(draws.map(\.uniform.0), on: device), Tensor(draws.map(\.uniform.1), on: device), scalars: alpha)
    }
}
