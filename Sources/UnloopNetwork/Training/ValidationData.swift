import UnloopData
import UnloopTensor

/// Examples that are not trained on: in memory, or as a loader reads them.
enum ValidationData {
    case examples(Dataset)
    case loader(Loader, Device)

    /// From any source, read as the examples to train with are.
    init(_ source: some DataSource, like loader: Loader, on device: Device) {
        if let examples = source as? Dataset {
            self = .examples(examples)
        } else {
            self = .loader(loader.reading(source, order: .sequential), device)
        }
    }

    func to(_ device: Device) -> ValidationData {
        if case .examples(let examples) = self { .examples(examples.to(device)) } else { self }
    }

    /// All batches in their order, with as many examples as `size` says where that is not said otherwise; nil after the last one.
    func batches(of size: Int) -> () throws -> Dataset? {
        switch self {
        case .examples(let examples):
            var batches = examples.batches(of: size).makeIterator()
            return { batches.next() }
        case .loader(let loader, let device):
            let batches = loader.batches(epoch: 0, on: device)
            return { try batches.next() }
        }
    }

    /// Whether all labels can be looked at before the training.
    var isKnown: Bool {
        if case .examples = self { true } else { false }
    }

    /// What tells the examples from others, nil where nothing is known about them.
    ///
    /// - Throws: when they cannot be read.
    func identity() throws -> String? {
        switch self {
        case .examples(let examples): try examples.sha256()
        case .loader(let loader, _): try loader.identity()
        }
    }
}
