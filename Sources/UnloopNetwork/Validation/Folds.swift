import UnloopBackend
import UnloopData

/// One division of examples into those to train on and those to test on: positions in increasing order.
public struct Fold: Sendable, Hashable {
    /// Positions of the examples to train on.
    public let training: [Int32]
    /// Positions of the examples to test on.
    public let test: [Int32]

    /// Both in increasing order, without common positions.
    public init(training: [Int32], test: [Int32]) {
        self.training = training
        self.test = test
    }
}

/// Folds of a known number of examples. All of them follow from the arguments alone, the same on every machine.
public protocol FoldCollection: RandomAccessCollection, Sendable where Element == Fold, Index == Int {
    /// How many examples are divided.
    var exampleCount: Int { get }
}

extension FoldCollection {
    /// 0: folds are numbered from there.
    public var startIndex: Int { 0 }

    fileprivate func requireFold(_ position: Int) {
        require(
            indices.contains(position), "\(Self.self): fold \(position) of \(count), which are numbered from 0")
    }
}

/// k folds: every example is in exactly one test part, and the sizes of the test parts differ by at most one (the first ones are the
/// larger ones).
///
///     for fold in try KFold(5, examples: data.count, shuffling: 1) { … fold.training … fold.test … }
public struct KFold: FoldCollection {
    private let division: Division

    /// - Parameters:
    ///   - folds: from 2 to the number of examples.
    ///   - seed: puts the examples in random order first; nil takes them in runs, in their own order.
    /// - Throws: `ValidationError.foldsOutOfRange`, `tooManyExamples`.
    public init(_ folds: Int, examples: Int, shuffling seed: UInt64? = nil) throws(ValidationError) {
        try Division.check(folds, examples: examples)
        division = Division(folds, examples: examples, random: seed.map { Division.random(seed: $0) })
    }

    public var exampleCount: Int { division.examples }
    public var endIndex: Int { division.folds }
    public subscript(position: Int) -> Fold {
        requireFold(position)
        return division[position]
    }
}

/// k folds with each class in every fold in the same proportion, as nearly as whole examples allow; each class's share and the size of a
/// test part differ by at most one between folds.
public struct StratifiedKFold: FoldCollection {
    private let division: Division

    /// - Parameters:
    ///   - labels: the class of each example.
    ///   - seed: divides each class at random; nil divides it in runs, in the examples' order.
    /// - Throws: `ValidationError.foldsOutOfRange`, `classTooSmall`, `tooManyExamples`.
    public init(_ folds: Int, labels: [Int32], shuffling seed: UInt64? = nil) throws(ValidationError) {
        let classes = LabelClasses(labels)
        try Division.check(folds, classes)
        division = Division(folds, classes, random: seed.map { Division.random(seed: $0) })
    }

    public var exampleCount: Int { division.examples }
    public var endIndex: Int { division.folds }
    public subscript(position: Int) -> Fold {
        requireFold(position)
        return division[position]
    }
}

/// k folds, made anew in another random order for each repetition.
public struct RepeatedKFold: FoldCollection {
    private enum Examples: Sendable {
        case all(Int)
        case stratified(LabelClasses)
    }

    private let examples: Examples
    private let folds: Int
    private let seed: UInt64
    public let exampleCount: Int
    public let endIndex: Int

    /// - Throws: `ValidationError.foldsOutOfRange`, `noRepetitions`, `tooManyRepetitions`, `tooManyExamples`.
    public init(_ folds: Int, examples: Int, repetitions: Int, seed: UInt64) throws(ValidationError) {
        try Division.check(folds, examples: examples)
        try self.init(folds, .all(examples), count: examples, repetitions, seed)
    }

    /// Stratified: each class in every fold in the same proportion.
    ///
    /// - Throws: `ValidationError.foldsOutOfRange`, `classTooSmall`, `noRepetitions`, `tooManyRepetitions`, `tooManyExamples`.
    public init(_ folds: Int, labels: [Int32], repetitions: Int, seed: UInt64) throws(ValidationError) {
        let classes = LabelClasses(labels)
        try Division.check(folds, classes)
        try self.init(folds, .stratified(classes), count: labels.count, repetitions, seed)
    }

    private init(
        _ folds: Int, _ examples: Examples, count: Int, _ repetitions: Int, _ seed: UInt64
    ) throws(ValidationError) {
        guard repetitions > 0 else { throw .noRepetitions(repetitions) }
        let (total, overflows) = repetitions.multipliedReportingOverflow(by: folds)
        guard !overflows else { throw .tooManyRepetitions(repetitions, folds: folds) }
        self.examples = examples
        self.folds = folds
        self.seed = seed
        exampleCount = count
        endIndex = total
    }

    public subscript(position: Int) -> Fold {
        requireFold(position)
        let random = Division.random(seed: seed, repetition: position / folds)
        let division =
            switch examples {
            case .all(let count): Division(folds, examples: count, random: random)
            case .stratified(let classes): Division(folds, classes, random: random)
            }
        return division[position % folds]
    }
}

/// As many folds as examples, each with one example to test on.
public struct LeaveOneOut: FoldCollection {
    public let exampleCount: Int

    /// - Throws: `ValidationError.tooFewExamples`, `tooManyExamples`.
    public init(examples: Int) throws(ValidationError) {
        guard examples >= 2 else { throw .tooFewExamples(examples) }
        guard examples <= Division.maximumExamples else { throw .tooManyExamples(examples) }
        exampleCount = examples
    }

    public var endIndex: Int { exampleCount }
    public subscript(position: Int) -> Fold {
        requireFold(position)
        return Fold(test: position..<position + 1, of: exampleCount)
    }
}

extension Fold {
    /// Tests on a run of the examples.
    fileprivate init(test: Range<Int>, of examples: Int) {
        var training: [Int32] = []
        training.reserveCapacity(examples - test.count)
        for example in 0..<test.lowerBound { training.append(Int32(example)) }
        for example in test.upperBound..<examples { training.append(Int32(example)) }
        self.init(training: training, test: test.map(Int32.init))
    }
}

/// The examples of each class. The classes are laid out as they first appear, as scikit-learn does.
private struct LabelClasses: Sendable {
    let count: Int
    private(set) var classes: [(label: Int32, members: [Int32])] = []

    init(_ labels: [Int32]) {
        count = labels.count
        // Positions are 32-bit; more labels than that are refused.
        guard labels.count <= Division.maximumExamples else { return }
        var places: [Int32: Int] = [:]
        for (example, label) in labels.enumerated() {
            if let place = places[label] {
                classes[place].members.append(Int32(example))
            } else {
                places[label] = classes.count
                classes.append((label, [Int32(example)]))
            }
        }
    }
}

/// In which fold each example is tested.
private struct Division: Sendable {
    let folds: Int
    let examples: Int
    /// The number of each example's fold; nil where every fold is a run.
    private let numbers: [Int32]?

    static let maximumExamples = Int(Int32.max)

    static func random(seed: UInt64, repetition: Int = 0) -> CounterRandom {
        CounterRandom(seed: seed, stream: 0x666f_6c64_0000_0000 + UInt64(repetition))
    }

    static func check(_ folds: Int, examples: Int) throws(ValidationError) {
        guard folds >= 2, folds <= examples else { throw .foldsOutOfRange(folds: folds, examples: examples) }
        guard examples <= maximumExamples else { throw .tooManyExamples(examples) }
    }

    static func check(_ folds: Int, _ classes: LabelClasses) throws(ValidationError) {
        try check(folds, examples: classes.count)
        for (label, members) in classes.classes where members.count < folds {
            throw .classTooSmall(label: Int(label), members: members.count, folds: folds)
        }
    }

    /// Checked before.
    init(_ folds: Int, examples: Int, random: CounterRandom?) {
        self.folds = folds
        self.examples = examples
        guard var random else {
            numbers = nil
            return
        }
        let order = random.permutation(of: examples)
        var numbers = [Int32](repeating: 0, count: examples)
        for fold in 0..<folds {
            for example in order[Self.run(fold, of: folds, examples)] { numbers[Int(example)] = Int32(fold) }
        }
        self.numbers = numbers
    }

    /// Laid out class after class, the examples are dealt to the folds in turn, which makes all counts nearly equal at once; of a class, a
    /// fold then takes a run of that length. Checked before.
    init(_ folds: Int, _ classes: LabelClasses, random: CounterRandom?) {
        self.folds = folds
        examples = classes.count
        var random = random
        var numbers = [Int32](repeating: 0, count: classes.count)
        var dealt = 0
        for (_, members) in classes.classes {
            var group = members
            random?.shuffle(&group)
            var sizes = [Int](repeating: 0, count: folds)
            for position in dealt..<dealt + group.count { sizes[position % folds] += 1 }
            dealt += group.count
            var next = 0
            for (fold, size) in sizes.enumerated() {
                for example in group[next..<next + size] { numbers[Int(example)] = Int32(fold) }
                next += size
            }
        }
        self.numbers = numbers
    }

    /// The first folds are the larger ones.
    private static func run(_ fold: Int, of folds: Int, _ examples: Int) -> Range<Int> {
        let (size, rest) = (examples / folds, examples % folds)
        let start = fold * size + Swift.min(fold, rest)
        return start..<start + size + (fold < rest ? 1 : 0)
    }

    subscript(fold: Int) -> Fold {
        guard let numbers else { return Fold(test: Self.run(fold, of: folds, examples), of: examples) }
        var (training, test): ([Int32], [Int32]) = ([], [])
        for (example, number) in numbers.enumerated() {
            if number == fold { test.append(Int32(example)) } else { training.append(Int32(example)) }
        }
        return Fold(training: training, test: test)
    }
}
