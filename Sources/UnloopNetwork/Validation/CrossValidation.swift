import Dispatch
import Foundation
import Synchronization
import UnloopBackend
import UnloopData
import UnloopPlot
import UnloopTensor

/// The scores of cross-validation, one a fold.
public struct CrossValidation: Sendable, Equatable {
    /// In the order of the folds.
    public let scores: [Double]

    /// Scores in the order of the folds; at least one.
    public init(scores: [Double]) { self.scores = scores }

    /// Of the scores.
    public var mean: Double { scores.reduce(0, +) / Double(scores.count) }

    /// Of the scores about their mean, with one less than their number in the denominator; 0 for a single score.
    public var standardDeviation: Double {
        guard scores.count > 1 else { return 0 }
        let mean = mean
        let sum = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (sum / Double(scores.count - 1)).squareRoot()
    }
}

extension CrossValidation: CustomStringConvertible {
    /// `0.9789 ± 0.0127 (5 folds)`.
    public var description: String {
        let (mean, deviation) = (DecimalText.fixed(mean, digits: 4), DecimalText.fixed(standardDeviation, digits: 4))
        return "\(mean) ± \(deviation) (\(scores.count) folds)"
    }
}

/// Trains and tests anew for every fold.
///
///     let result = try crossValidate(data, StratifiedKFold(5, labels: labels, shuffling: 1), on: .cpu) { training, test in
///         try LogisticRegression(training).accuracy(test)
///     }
///     print(result)  // 0.9789 ± 0.0127 (5 folds)
///
/// On `.loop` and `.cpu`, folds run at the same time on the machine's processors; an OpenCL device works them off in order. The scores are
/// the same in every case. A fold that fails ends the validation with its error, the first fold's if several do.
///
/// - Parameters:
///   - folds: `KFold`, `StratifiedKFold`, `RepeatedKFold`, `LeaveOneOut`, each fold of which is made when it is needed, or any other sequence.
///   - device: where the data are moved to; nil for where they are.
///   - progress: the number of folds done and their mean on the terminal unless switched off.
///   - score: gets the examples to train on and to test on; may be called from several threads.
/// - Throws: `ValidationError.notFinite`, `foldsOfOtherData`, `foldsDoNotFit`, `noFolds`; `TensorError`; what `score` throws.
public func crossValidate(
    _ data: Dataset, _ folds: some Sequence<Fold>, on device: Device? = nil, progress: ProgressDisplay = .automatic,
    score: @Sendable (_ training: Dataset, _ test: Dataset) throws -> Double
) throws -> CrossValidation {
    let folds = try FoldSource(folds, examples: data.count)
    let data = data.to(device ?? data.device)
    if let indices = try data.features.firstNotFinite() { throw ValidationError.notFinite(indices: indices) }

    let progress = FoldProgress(progress, folds: folds.count)
    let results = Mutex(FoldResults(folds.count))
    @Sendable func run(_ number: Int) {
        // What comes after a failure is not needed; what comes before may fail too and is then what is reported.
        if results.withLock({ $0.hasFailure(before: number) }) { return }
        let result = Result {
            let fold = try folds.fold(number)
            return try score(data.selecting(fold.training), data.selecting(fold.test))
        }
        let (done, mean) = results.withLock { results in
            results.note(result, number)
            return (results.done, results.mean)
        }
        progress.update(done, mean: mean)
    }
    if data.device.kind == .opencl {
        for number in 0..<folds.count { run(number) }
    } else {
        DispatchQueue.concurrentPerform(iterations: folds.count) { run($0) }
    }
    progress.finish()
    return CrossValidation(scores: try results.withLock { try $0.all() })
}

/// Folds, each made when it is needed where that is possible: all of them at once are quadratic in the number of examples.
private struct FoldSource: Sendable {
    let count: Int
    private let examples: Int
    private let make: @Sendable (Int) -> Fold

    init(_ folds: some Sequence<Fold>, examples: Int) throws {
        self.examples = examples
        if let folds = folds as? any FoldCollection {
            guard folds.exampleCount == examples else {
                throw ValidationError.foldsOfOtherData(examples: folds.exampleCount, actual: examples)
            }
            (count, make) = Self.lazily(folds)
        } else {
            let folds = Array(folds)
            (count, make) = (folds.count, { folds[$0] })
            for number in folds.indices { _ = try fold(number) }
        }
        guard count > 0 else { throw ValidationError.noFolds }
    }

    private static func lazily(_ folds: some FoldCollection) -> (Int, @Sendable (Int) -> Fold) {
        (folds.count, { folds[folds.startIndex + $0] })
    }

    func fold(_ number: Int) throws(ValidationError) -> Fold {
        let fold = make(number)
        for part in [fold.training, fold.test] {
            for example in part where example < 0 || Int(example) >= examples {
                throw .foldsDoNotFit(example: Int(example), examples: examples)
            }
        }
        return fold
    }
}

/// What is known of the folds so far.
private struct FoldResults: Sendable {
    private var scores: [Double]
    /// The first fold that failed, of those that ran.
    private var failure: (number: Int, error: any Error)?
    private(set) var done = 0
    private var sum = 0.0

    init(_ folds: Int) { scores = Array(repeating: .nan, count: folds) }

    /// Of those done, in whatever order they were.
    var mean: Double { sum / Double(done) }

    func hasFailure(before number: Int) -> Bool { failure.map { $0.number < number } ?? false }

    mutating func note(_ result: Result<Double, any Error>, _ number: Int) {
        switch result {
        case .success(let score):
            scores[number] = score
            sum += score
            done += 1
        case .failure(let error):
            if number < failure?.number ?? .max { failure = (number, error) }
        }
    }

    func all() throws -> [Double] {
        if let failure { throw failure.error }
        return scores
    }
}

/// Trains a new network for every fold and tests it. Every fold starts from the same seed.
///
/// - Parameters:
///   - metric: of the test examples; the result holds its values.
///   - scalingFeatures: brings features to mean 0 and variance 1, by what the fold's training examples say.
///   - model: a network that is not built yet; stays so.
/// - Throws: what `fit` throws, and `ValidationError`.
public func crossValidate(
    _ model: Model<some Layer>, _ data: Dataset, _ folds: some Sequence<Fold>, loss: Loss,
    optimizer: Optimizer = .adam(),
    metric: Metric = .accuracy, epochs: Int, batchSize: Int = 32, seed: UInt64 = 0, scalingFeatures: Bool = false,
    on device: Device = .best, progress: ProgressDisplay = .automatic
) throws -> CrossValidation {
    try crossValidate(data, folds, on: device, progress: progress) { training, test in
        let scaling = scalingFeatures ? FeatureScaling(of: training.features) : nil
        var network = model
        try network.fit(
            scaling?(training) ?? training, loss: loss, optimizer: optimizer, epochs: epochs, batchSize: batchSize,
            seed: seed, on: device, progress: .silent)
        return try network.evaluate(scaling?(test) ?? test, metric: metric)
    }
}

/// `fold 7/10  mean 0.9731  0:04`, rewritten in place.
private final class FoldProgress: Sendable {
    private let isShown: Bool
    private let folds: Int
    private let start = ContinuousClock.now
    private let lastDrawn = Mutex(ContinuousClock.now)

    init(_ display: ProgressDisplay, folds: Int) {
        isShown = display == .automatic && isatty(STDERR_FILENO) == 1
        self.folds = folds
    }

    func update(_ done: Int, mean: Double) {
        guard isShown else { return }
        lastDrawn.withLock { last in
            // Terminals are slow; people do not read faster than this.
            guard done == folds || .now - last > .milliseconds(100) else { return }
            last = .now
            let seconds = Int((.now - start) / .seconds(1))
            let text =
                "fold \(done)/\(folds)  mean \(DecimalText.fixed(mean, digits: 4))  \(DecimalText.minutes(seconds))"
            TerminalText.rewriteLine(text)
        }
    }

    func finish() {
        if isShown { TerminalText.writeError("\n") }
    }
}
