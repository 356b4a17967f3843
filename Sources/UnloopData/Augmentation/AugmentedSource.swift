import UnloopBackend
import UnloopTensor

extension DataSource {
    /// The same examples, their images changed at random, each by its key; the labels stay.
    ///
    /// The features are images `[height, width, channels]` of reals. Images of several sizes that a crop brings to one are changed one after
    /// the other, and so are those of a loader with padding.
    ///
    /// - Parameters:
    ///   - augmentations: in the order in which they are applied.
    ///   - place: whether the device that a batch is loaded onto computes the pixels, or the thread that loads it. The bits are the same.
    public func augmented(by augmentations: [Augmentation], on place: Augmentation.Place = .device) -> some DataSource {
        AugmentedSource(base: self, augmentations: augmentations, place: place)
    }
}

private struct AugmentedSource<Base: DataSource>: DataSource {
    let base: Base
    let augmentations: [Augmentation]
    let place: Augmentation.Place

    var count: Int { base.count }

    func example(at index: Int, key: RandomKey) throws -> Example {
        var example = try base.example(at: index, key: Self.keyOfBase(key))
        let features = example.features
        require(
            features.shape.count == 3, "augmented: features \(features.shape) are no image [height, width, channels]")
        let image = Tensor(features.elements, shape: [1] + features.shape, on: .host(features.elements.elementType))
        let changed = image.augmented(by: augmentations, keys: [Self.ownKey(key)])
        example.features = Example.Values(
            shape: Array(changed.shape.dropFirst()), elements: try changed.hostArray())
        return example
    }

    func batch(at indices: [Int], keys: [RandomKey], padding: SequencePadding?, on device: Device) throws -> Dataset {
        guard place == .device, padding == nil else {
            return try batchOfExamples(at: indices, keys: keys, padding: padding, on: device)
        }
        let batch: Dataset
        do {
            batch = try base.batch(at: indices, keys: keys.map(Self.keyOfBase), padding: nil, on: device)
        } catch LoadingError.examplesDiffer {
            return try batchOfExamples(at: indices, keys: keys, padding: nil, on: device)
        }
        return Dataset(
            viewing: batch.features.augmented(by: augmentations, keys: keys.map(Self.ownKey)), labels: batch.labels,
            weights: batch.weights)
    }

    func identity() throws -> String? {
        try combinedIdentity("augmented", "\(augmentations)", base.identity())
    }

    /// The numbers of the augmentations are others than those of the source below.
    private static func keyOfBase(_ key: RandomKey) -> RandomKey { key.child(0) }
    private static func ownKey(_ key: RandomKey) -> RandomKey { key.child(1) }
}

extension Device {
    /// The fastest one of the host that has the type.
    static func host(_ elementType: ElementType) -> Device { elementType == .float64 ? .loop : .cpu }
}
