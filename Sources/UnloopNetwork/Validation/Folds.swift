import UnloopData

/// One division of examples into those to train on and those to test on: positions in increasing order.
public struct Fold: Sendable, Hashable {
    public let training: [Int32]
    public let test: [Int32]

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
    public var startIndex: Int { 0 }
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
    /// - Throws: `ValidationError.foldsOutOfRange`.
    public init(_ folds: Int, examples: Int, shuffling seed: UInt64? = nil) throws(ValidationError) {
        division = try Division(folds, examples: examples, random: seed.map { Division.random(seed: $0) })
    }

    public var exampleCount: Int { division.numbers.count }
    public var endIndex: Int { division.folds }
    public subscript(position: Int) -> Fold { division[position] }
}

/// k folds with each class in every fold in the same proportion, as nearly as whole examples allow; each class's share and the size of a
/// test part differ by at most one between folds.
public struct StratifiedKFold: FoldCollection {
    private let division: Division

    /// - Parameters:
    ///   - labels: the class of each example.
    ///   - seed: divides each class at random; nil divides it in runs, in the examples' order.
    /// - Throws: `ValidationError.foldsOutOfRange`, `classTooSmall`.
    public init(_ folds: Int, labels: [Int32], shuffling seed: UInt64? = nil) throws(ValidationError) {
        division = try Division(folds, labels: labels, random: seed.map { Division.random(seed: $0) })
    }

    public var exampleCount: Int { division.numbers.count }
    public var endIndex: Int { division.folds }
    public subscript(position: Int) -> Fold { division[position] }
}

/// k folds, made anew in another random order for each repetition.
public struct RepeatedKFold: FoldCollection {
    private let divisions: [Division]
    private let folds: Int

    /// - Throws: `ValidationError.foldsOutOfRange`, `noRepetitions`.
    public init(_ folds: Int, examples: Int, repetitions: Int, seed: UInt64) throws(ValidationError) {
        guard repetitions > 0 else { throw .noRepetitions(repetitions) }
        var divisions: [Division] = []
        for number in 0..<repetitions {
            divisions.append(
                try Division(folds, examples: examples, random: Division.random(seed: seed, repetition: number)))
        }
        self.divisions = divisions
        self.folds = folds
    }

    /// Stratified: each class in every fold in the same proportion.
    ///
    /// - Throws: `ValidationError.foldsOutOfRange`, `classTooSmall`, `noRepetitions`.
    public init(_ folds: Int, labels: [Int32], repetitions: Int, seed: UInt64) throws(ValidationError) {
        guard repetitions > 0 else { throw .noRepetitions(repetitions) }
        var divisions: [Division] = []
        for number in 0..<repetitions {
            divisions.append(
                try Division(folds, labels: labels, random: Division.random(seed: seed, repetition: number)))
        }
        self.divisions = divisions
        self.folds = folds
    }

    public var exampleCount: Int { divisions[0].numbers.count }
    public var endIndex: Int { divisions.count * folds }
    public subscript(position: Int) -> Fold { divisions[position / folds][position % folds] }
}

/// As many folds as examples, each with one example to test on.
public struct LeaveOneOut: FoldCollection {
    public let exampleCount: Int

    /// - Throws: `ValidationError.tooFewExamples`.
    public init(examples: Int) throws(ValidationError) {
        guard examples >= 2 else { throw .tooFewExamples(examples) }
        exampleCount = examples
    }

    public var endIndex: Int { exampleCount }
    public subscript(position: Int) -> Fold {
        Fold(training: (0..<exampleCount).filter { $0 != position }.map(Int32.init), test: [Int32(position)])
    }
}

/// The number of the fold in which each example is tested.
private struct Division: Sendable {
    let folds: Int
    let numbers: [Int]

    static func random(seed: UInt64, repetition: Int = 0) -> CounterRandom {
        CounterRandom(seed: seed, stream: 0x666f_6c64_0000_0000 + UInt64(repetition))
    }

    init(_ folds: Int, examples: Int, random: CounterRandom?) throws(ValidationError) {
        guard folds >= 2, folds <= examples else { throw .foldsOutOfRange(folds: folds, examples: examples) }
        self.folds = folds
        var random = random
        let order = random?.permutation(of: examples).map(Int.init) ?? Array(0..<examples)
        var numbers = [Int](repeating: 0, count: examples)
        var next = 0
        for fold in 0..<folds {
            let size = examples / folds + (fold < examples % folds ? 1 : 0)
            for example in order[next..<next + size] { numbers[example] = fold }
            next += size
        }
        self.numbers = numbers
    }

    /// Laid out class after class, the examples are dealt to the folds in turn, which makes all counts nearly equal at once; of a class, a
    /// fold then takes a run of that length. The classes are laid out as they first appear, as scikit-learn does.
    init(_ folds: Int, labels: [Int32], random: CounterRandom?) throws(ValidationError) {
        guard folds >= 2, folds <= labels.count else {
            throw .foldsOutOfRange(folds: folds, examples: labels.count)
        }
        self.folds = folds
        var random = random
        var classes: [Int32] = []
        var members: [Int32: [Int]] = [:]
        for (example, label) in labels.enumerated() {
            if members[label] == nil { classes.append(label) }
            members[label, default: []].append(example)
        }
        var numbers = [Int](repeating: 0, count: labels.count)
        var dealt = 0
        for label in classes {
            var group = members[label] ?? []
            guard group.count >= folds else {
                throw .classTooSmall(label: Int(label), members: group.count, folds: folds)
            }
            random?.shuffle(&group)
            var sizes = [Int](repeating: 0, count: folds)
            for position in dealt..<dealt + group.count { sizes[position % folds] += 1 }
            dealt += group.count
            var next = 0
            for (fold, size) in sizes.enumerated() {
                for example in group[next..<next + size] { numbers[example] = fold }
                next += size
            }
        }
        self.numbers = numbers
    }

    subscript(fold: Int) -> Fold {
        var (training, test): ([Int32], [Int32]) = ([], [])
        for (example, number) in numbers.enumerated() {
            if number == fold { test.append(Int32(example)) } else { training.append(Int32(example)) }
        }
        return Fold(training: training, test: test)
    }
}
