import UnloopTensor

/// What can go wrong while batches are loaded.
public enum LoadingError: Error, Sendable {
    /// The example at this index could not be had, for this reason.
    case example(index: Int, reason: any Error)
    /// Examples that do not go into one tensor, and how they differ.
    case examplesDiffer(String)
    /// More examples were broken than may be left out; the last one, and its reason.
    case tooManyBroken(count: Int, allowed: Int, index: Int, reason: any Error)
    /// None of an epoch's examples could be had; how many there were, the last one, and its reason.
    case allBroken(count: Int, index: Int, reason: any Error)
    /// A label that is not one of the classes, whose numbers begin with 0.
    case unknownClass(Int32, classes: Int)
}

extension LoadingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .example(let index, let reason): "example \(index): \(reason)"
        case .examplesDiffer(let how):
            "the examples of a batch differ: \(how); bring them to one shape with `mapped`, or give the loader a `padding` for sequences"
        case .tooManyBroken(let count, let allowed, let index, let reason):
            "\(count) examples could not be had, where \(allowed) may be left out; the last is example \(index): \(reason)"
        case .allBroken(let count, let index, let reason):
            "none of \(count) examples could be had; the last is example \(index): \(reason)"
        case .unknownClass(let label, let classes):
            "its label is \(label), where the \(classes) classes are 0 to \(classes - 1); correct the label or the number of classes"
        }
    }
}

extension LoadingError {
    /// What hinders an example, with its index where the error does not say it.
    init(_ error: any Error, at index: Int) { self = error as? LoadingError ?? .example(index: index, reason: error) }
}
