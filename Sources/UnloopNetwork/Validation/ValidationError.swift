/// What can make cross-validation impossible.
public enum ValidationError: Error, Equatable, Sendable {
    /// There are not 2 to `examples` folds.
    case foldsOutOfRange(folds: Int, examples: Int)
    /// A class has fewer examples than there are folds, so some folds would be without it.
    case classTooSmall(label: Int, members: Int, folds: Int)
    /// There is nothing to repeat.
    case noRepetitions(Int)
    /// The number of all folds is beyond 64 bits.
    case tooManyRepetitions(Int, folds: Int)
    /// Leaving one out leaves none.
    case tooFewExamples(Int)
    /// Positions of examples have 32 bits.
    case tooManyExamples(Int)
    /// A feature is infinite or NaN; indices are those of the element.
    case notFinite(indices: [Int])
    /// The folds were made for another number of examples than there are.
    case foldsOfOtherData(examples: Int, actual: Int)
    /// A fold of your own names an example that does not exist.
    case foldsDoNotFit(example: Int, examples: Int)
    /// There are no folds.
    case noFolds
}

extension ValidationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .foldsOutOfRange(let folds, let examples):
            "\(folds) folds of \(examples) examples; there must be at least 2, and an example for each"
        case .classTooSmall(let label, let members, let folds):
            "class \(label) has \(members) examples, fewer than the \(folds) folds; use fewer folds, more examples of the class, or "
                + "folds that are not stratified"
        case .noRepetitions(let count): "\(count) repetitions; there must be at least one"
        case .tooManyRepetitions(let count, let folds):
            "\(count) repetitions of \(folds) folds are more than can be numbered; repeat less often"
        case .tooManyExamples(let count):
            "\(count) examples; folds are made of at most \(Int32.max)"
        case .tooFewExamples(let count): "\(count) examples; leaving one out needs at least 2"
        case .notFinite(let indices):
            "the feature at \(indices) is infinite or NaN; remove or replace such values before validating"
        case .foldsOfOtherData(let examples, let actual):
            "the folds divide \(examples) examples, but there are \(actual); make the folds for these data"
        case .foldsDoNotFit(let example, let examples):
            "a fold names the example \(example), but there are only \(examples); make the folds for these data"
        case .noFolds: "there are no folds to validate with"
        }
    }
}
