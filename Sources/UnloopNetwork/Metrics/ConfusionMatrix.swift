import UnloopBackend
import UnloopData
import UnloopTensor

/// How often examples of each class are predicted as each class, and what follows from that.
///
/// Where a quotient would be divided by 0, it is 0, as with scikit-learn: the precision of a class that nothing is predicted as, the recall
/// of a class without examples, F1 of a class without either.
public struct ConfusionMatrix: Sendable, Hashable {
    /// `counts[actual][predicted]`, examples.
    public private(set) var counts: [[Int]]
    /// For each actual class, the examples whose outputs hold NaN and therefore predict no class. They are missed.
    public private(set) var withoutPrediction: [Int]

    /// Without examples.
    ///
    /// - Precondition: at least one class.
    public init(classes: Int) {
        require(classes > 0, "ConfusionMatrix: \(classes) classes")
        counts = Array(repeating: Array(repeating: 0, count: classes), count: classes)
        withoutPrediction = Array(repeating: 0, count: classes)
    }

    /// - Parameters:
    ///   - counts: `counts[actual][predicted]`.
    ///   - withoutPrediction: for each actual class, what is predicted as none; nil for 0.
    /// - Precondition: as many columns as rows, and no negative counts.
    public init(counts: [[Int]], withoutPrediction: [Int]? = nil) {
        self.init(classes: counts.count)
        let others = withoutPrediction ?? self.withoutPrediction
        require(
            counts.allSatisfy { $0.count == counts.count } && others.count == counts.count,
            "ConfusionMatrix: rows of \(counts.map(\.count)) counts and \(others.count) without prediction for \(counts.count) classes"
        )
        require(
            (counts.flatMap { $0 } + others).allSatisfy { $0 >= 0 }, "ConfusionMatrix: a count is negative")
        self.counts = counts
        self.withoutPrediction = others
    }

    /// Of class numbers, one pair an example.
    ///
    /// - Precondition: as many predicted as actual ones, all in `0 ..< classes`.
    public init(predicted: [Int], actual: [Int], classes: Int) {
        self.init(classes: classes)
        require(
            predicted.count == actual.count,
            "ConfusionMatrix: \(predicted.count) predicted classes for \(actual.count) actual ones")
        for (predicted, actual) in zip(predicted, actual) {
            require(
                counts.indices.contains(predicted) && counts.indices.contains(actual),
                "ConfusionMatrix: the class \(predicted) predicted for \(actual), of \(classes) classes")
            counts[actual][predicted] += 1
        }
    }

    /// Of a network's outputs.
    ///
    /// - Parameters:
    ///   - outputs: `[examples, …, classes]`, logits or probabilities; the largest, of equals the first, is the class predicted.
    ///   - targets: class numbers `[examples, …]` or a column of them, or one number for each class, the largest at the class.
    ///   - threshold: for two classes and one output: outputs are `[examples]` or `[examples, 1]`, and one above the threshold (0.5 for
    ///     probabilities, 0 for logits) predicts class 1.
    ///   - ignored: a class number whose targets are left out.
    /// - Throws: `TrainingError.labelOutOfRange` where a target is no class (one that is no whole number counts as class -1); the error
    ///   of a device that failed.
    public init(outputs: Tensor, targets: Tensor, threshold: Double? = nil, ignoring ignored: Int? = nil) throws {
        self.init(classes: Self.classes(outputs, threshold))
        try add(Self.pairs(outputs, targets, threshold), ignoring: ignored)
    }

    static func classes(_ outputs: Tensor, _ threshold: Double?) -> Int {
        threshold == nil ? Swift.max(1, outputs.shape.last ?? 1) : 2
    }

    /// The actual and the predicted class of each example, on the device.
    static func pairs(_ outputs: Tensor, _ targets: Tensor, _ threshold: Double?) -> (actual: Tensor, predicted: Tensor)
    {
        let name = "ConfusionMatrix"
        require(
            outputs.shape.first == targets.shape.first,
            "\(name): targets \(targets.shape) for outputs \(outputs.shape); the numbers of examples must be the same")
        guard let threshold else {
            let predicted = ClassNumbers.predicted(name, outputs, targets, orElse: "a threshold")
            return (ClassNumbers.given(name, outputs, targets), predicted)
        }
        require(
            outputs.count == outputs.shape.first && targets.count == outputs.count,
            "\(name): outputs \(outputs.shape) and targets \(targets.shape); with a threshold there must be one for each example"
        )
        // As two outputs, of which the first is the larger where neither is.
        let column = outputs.reshaped([outputs.count, 1]).to(outputs.elementType == .float64 ? .float64 : .float32)
        let two = Tensor.concatenate([Tensor.full(like: column, threshold), column], axis: 1)
        return (
            ClassNumbers.given(name, two, targets.reshaped([targets.count])),
            ClassNumbers.predicted(name, two, targets, orElse: "a threshold")
        )
    }

    mutating func add(_ pairs: (actual: Tensor, predicted: Tensor), ignoring ignored: Int?) throws {
        for (actual, predicted) in zip(try pairs.actual.integers(), try pairs.predicted.integers()) {
            let (actual, predicted) = (Int(actual), Int(predicted))
            if actual == ignored { continue }
            guard counts.indices.contains(actual) else {
                throw TrainingError.labelOutOfRange(label: actual, classes: classes)
            }
            if predicted < 0 { withoutPrediction[actual] += 1 } else { counts[actual][predicted] += 1 }
        }
    }

    /// The counts of both; of batches, for example.
    ///
    /// - Precondition: as many classes.
    public static func + (a: ConfusionMatrix, b: ConfusionMatrix) -> ConfusionMatrix {
        require(a.classes == b.classes, "ConfusionMatrix: \(a.classes) classes + \(b.classes) classes")
        return ConfusionMatrix(
            counts: zip(a.counts, b.counts).map { zip($0, $1).map(+) },
            withoutPrediction: zip(a.withoutPrediction, b.withoutPrediction).map(+))
    }

    /// Adds the counts of other examples, of as many classes.
    public static func += (a: inout ConfusionMatrix, b: ConfusionMatrix) { a = a + b }

    // MARK: What follows

    /// The number of classes.
    public var classes: Int { counts.count }
    /// Of all classes.
    public var examples: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } + withoutPrediction.reduce(0, +) }

    /// The share of examples predicted as their class; NaN without examples.
    public var accuracy: Double {
        Double(counts.indices.reduce(0) { $0 + counts[$1][$1] }) / Double(examples)
    }

    /// Of the examples predicted as a class, the share that are of it.
    public func precision(_ average: ClassAverage = .macro) -> Double { value(of: .precision, average) }
    /// Of the examples predicted as one class, the share that are of it; 0 where none is predicted as it.
    public func precision(ofClass number: Int) -> Double { precision(.ofClass(number)) }

    /// Of the examples of a class, the share that is predicted as it.
    public func recall(_ average: ClassAverage = .macro) -> Double { value(of: .recall, average) }
    /// Of the examples of one class, the share that is predicted as it; 0 without examples.
    public func recall(ofClass number: Int) -> Double { recall(.ofClass(number)) }

    /// The harmonic mean of a class's precision and recall.
    public func f1(_ average: ClassAverage = .macro) -> Double { value(of: .f1, average) }
    /// The harmonic mean of one class's precision and recall; 0 where both are.
    public func f1(ofClass number: Int) -> Double { f1(.ofClass(number)) }

    private func value(of score: ClassScore, _ average: ClassAverage) -> Double {
        if case .ofClass(let number) = average {
            require(counts.indices.contains(number), "ConfusionMatrix.\(score): class \(number) of \(classes)")
        }
        var sums = ClassCounts()
        for (actual, row) in counts.enumerated() {
            for (predicted, count) in row.enumerated() where count > 0 {
                sums.add(actual: actual, predicted: predicted, times: count)
            }
            if withoutPrediction[actual] > 0 {
                sums.add(actual: actual, predicted: -1, times: withoutPrediction[actual])
            }
        }
        return sums.value(of: score, average)
    }
}

extension ConfusionMatrix: CustomStringConvertible {
    /// A table: a line for each actual class, a column for each predicted one, and one for outputs with NaN where there are any.
    ///
    ///     actual   0   1   2
    ///          0  50   0   0
    ///          1   0  48   2
    ///          2   0   1  49
    public var description: String {
        let hasOthers = withoutPrediction.contains { $0 > 0 }
        var rows = [["actual"] + counts.indices.map { "\($0)" } + (hasOthers ? ["NaN"] : [])]
        for (actual, row) in counts.enumerated() {
            rows.append(["\(actual)"] + row.map { "\($0)" } + (hasOthers ? ["\(withoutPrediction[actual])"] : []))
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}

extension Model where Root: Layer {
    /// How often examples of each class are predicted as each class, on the network's device.
    ///
    /// - Parameters:
    ///   - threshold: for two classes and one output; see `ConfusionMatrix.init(outputs:targets:threshold:ignoring:)`.
    ///   - ignored: a class number whose examples are left out.
    /// - Throws: `TrainingError.noExamples`, `emptyExamples`, `labelOutOfRange`; `TensorError` when the device fails.
    public func confusionMatrix(
        of data: Dataset, threshold: Double? = nil, ignoring ignored: Int? = nil, batchSize: Int = 256
    ) throws -> ConfusionMatrix {
        try checkExamples(data)
        let data = data.to(device ?? data.device)
        var result: ConfusionMatrix?
        var pending: [(actual: Tensor, predicted: Tensor)] = []
        func read(into result: inout ConfusionMatrix?) throws {
            for pairs in pending { try result?.add(pairs, ignoring: ignored) }
            pending.removeAll(keepingCapacity: true)
        }
        for batch in data.batches(of: batchSize) {
            let outputs = self(batch.features)
            if result == nil { result = ConfusionMatrix(classes: ConfusionMatrix.classes(outputs, threshold)) }
            pending.append(ConfusionMatrix.pairs(outputs, batch.labels, threshold))
            if pending.count == Evaluation.batchesBetweenReads { try read(into: &result) }
        }
        try read(into: &result)
        guard let result else { throw TrainingError.noExamples }
        return result
    }
}
