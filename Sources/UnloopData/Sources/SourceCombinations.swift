import UnloopBackend
import UnloopTensor

extension DataSource {
    /// The examples at these indices, in this order; one may come several times.
    ///
    /// - Precondition: there are such examples.
    public func subset(_ indices: [Int]) -> some DataSource { SubsetSource(self, indices) }

    /// The examples of a range.
    ///
    /// - Precondition: there are such examples.
    public func subset(_ range: Range<Int>) -> some DataSource {
        require(range.lowerBound >= 0 && range.upperBound <= count, "subset: \(range) of \(count) examples")
        return RangeSource(base: self, range: range)
    }

    /// All of these examples, then all of the others.
    public func concatenated(with other: some DataSource) -> some DataSource {
        ConcatenatedSource(first: self, second: other)
    }

    /// Every example with the other source's example of the same index: the features of this one, and as its label the features of the other.
    ///
    /// - Precondition: both have as many examples.
    public func zipped(withLabels other: some DataSource) -> some DataSource {
        require(count == other.count, "zipped: \(count) examples with \(other.count) labels")
        return ZippedSource(features: self, labels: other)
    }

    /// Every example changed by a function of it and its key, which is called by several threads at once.
    ///
    /// - Parameter name: stands for the function in the source's `identity`; without one, nothing is known about the examples.
    public func mapped(
        _ name: String? = nil, _ body: @escaping @Sendable (Example, RandomKey) throws -> Example
    ) -> some DataSource {
        MappedSource(base: self, name: name, body: body)
    }
}

/// What tells a source that is made of others from all that are made of these in another way: a hash of how it is made and of all parts, each
/// behind its length. Nil where nothing is known about a part.
func combinedIdentity(_ kind: String, _ parts: String?...) -> String? {
    var hash = SHA256()
    for part in [kind] + parts {
        guard let part else { return nil }
        hash.update("\(part.utf8.count) \(part)\n")
    }
    return SHA256.hexadecimal(hash.finalize())
}

private struct SubsetSource<Base: DataSource>: DataSource {
    let base: Base
    let indices: [Int]

    init(_ base: Base, _ indices: [Int]) {
        let count = base.count
        if let wrong = indices.first(where: { $0 < 0 || $0 >= count }) {
            misuse("subset: example \(wrong) of \(count)")
        }
        self.base = base
        self.indices = indices
    }

    var count: Int { indices.count }

    func example(at index: Int, key: RandomKey) throws -> Example {
        checkIndex(index, "subset")
        return try base.example(at: indices[index], key: key)
    }

    func batch(at positions: [Int], keys: [RandomKey], padding: SequencePadding?, on device: Device) throws -> Dataset {
        for position in positions { checkIndex(position, "subset") }
        return try base.batch(at: positions.map { indices[$0] }, keys: keys, padding: padding, on: device)
    }

    func identity() throws -> String? {
        var hash = SHA256()
        for index in indices { hash.update("\(index)\n") }
        return try combinedIdentity("subset", SHA256.hexadecimal(hash.finalize()), base.identity())
    }
}

private struct RangeSource<Base: DataSource>: DataSource {
    let base: Base
    let range: Range<Int>

    var count: Int { range.count }

    func example(at index: Int, key: RandomKey) throws -> Example {
        checkIndex(index, "subset")
        return try base.example(at: range.lowerBound + index, key: key)
    }

    func batch(at indices: [Int], keys: [RandomKey], padding: SequencePadding?, on device: Device) throws -> Dataset {
        for index in indices { checkIndex(index, "subset") }
        return try base.batch(at: indices.map { range.lowerBound + $0 }, keys: keys, padding: padding, on: device)
    }

    func identity() throws -> String? { try combinedIdentity("subset", "\(range)", base.identity()) }
}

private struct ConcatenatedSource<First: DataSource, Second: DataSource>: DataSource {
    let first: First
    let second: Second

    var count: Int { first.count + second.count }

    func example(at index: Int, key: RandomKey) throws -> Example {
        checkIndex(index, "concatenated")
        return index < first.count
            ? try first.example(at: index, key: key) : try second.example(at: index - first.count, key: key)
    }

    func identity() throws -> String? {
        try combinedIdentity("concatenated", first.identity(), second.identity())
    }
}

private struct ZippedSource<Features: DataSource, Labels: DataSource>: DataSource {
    let features: Features
    let labels: Labels

    var count: Int { features.count }

    func example(at index: Int, key: RandomKey) throws -> Example {
        var example = try features.example(at: index, key: key)
        example.label = try labels.example(at: index, key: key).features
        return example
    }

    func batch(at indices: [Int], keys: [RandomKey], padding: SequencePadding?, on device: Device) throws -> Dataset {
        let batch = try features.batch(at: indices, keys: keys, padding: padding, on: device)
        let fill = padding.map { SequencePadding(features: $0.labels) }
        let labels = try labels.batch(at: indices, keys: keys, padding: fill, on: device)
        return Dataset(
            viewing: batch.features, labels: labels.features, weights: batch.weights, lengths: batch.lengths)
    }

    func identity() throws -> String? {
        try combinedIdentity("zipped", features.identity(), labels.identity())
    }
}

private struct MappedSource<Base: DataSource>: DataSource {
    let base: Base
    let name: String?
    let body: @Sendable (Example, RandomKey) throws -> Example

    var count: Int { base.count }

    func example(at index: Int, key: RandomKey) throws -> Example {
        // The function's numbers are others than those of the source below.
        try body(base.example(at: index, key: key.child(0)), key.child(1))
    }

    func identity() throws -> String? {
        try combinedIdentity("mapped", name, base.identity())
    }
}
