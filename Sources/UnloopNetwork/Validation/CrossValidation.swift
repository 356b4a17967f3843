import Dispatch
import Foundation
import Synchronization
import UnloopBackend
import UnloopData
import UnloopTensor

/// The scores of cross-validation, one a fold.
public struct CrossValidation: Sendable, Equatable {
    /// In the order of the folds.
    public let scores: [Double]

    public init(scores: [Double]) { self.scores = scores }

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
        String(format: "%.4f ± %.4f (%d folds)", mean, standardDeviation, scores.count)
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
///   - folds: `KFold`, `StratifiedKFold`, `RepeatedKFold`, `LeaveOneOut`, or any other sequence.
///   - device: where the data are moved to; nil for where they are.
///   - progress: the number of folds done and their mean on the terminal unless switched off.
///   - score: gets the examples to train on and to test on; may be called from several threads.
/// - Throws: `ValidationError.notFinite`, `foldsOfOtherData`, `foldsDoNotFit`, `noFolds`; `TensorError`; what `score` throws.
public func crossValidate(
    _ data: Dataset, _ folds: some Sequence<Fold>, on device: Device? = nil, progress: ProgressDisplay = .automatic,
    score: @Sendable (_ training: Dataset, _ test: Dataset) throws -> Double
) throws -> CrossValidation {
    if let folds = folds as? any FoldCollection, folds.exampleCount != data.count {
        throw ValidationError.foldsOfOtherData(examples: folds.exampleCount, actual: data.count)
    }
    let folds = Array(folds)
    let data = data.to(device ?? data.device)
    guard !folds.isEmpty else { throw ValidationError.noFolds }
    for fold in folds {
        for example in fold.training + fold.test where example < 0 || Int(example) >= data.count {
            throw ValidationError.foldsDoNotFit(example: Int(example), examples: data.count)
        }
    }
    if let indices = try data.features.firstNotFinite() { throw ValidationError.notFinite(indices: indices) }

    let progress = FoldProgress(progress, folds: folds.count)
    let results = Mutex([Result<Double, any Error>?](repeating: nil, count: folds.count))
    @Sendable func run(_ number: Int) {
        // What comes after a failure is not needed; what comes before may fail too and is then what is reported.
        let hasFailed = results.withLock { results in
            results[..<number].contains { if case .failure = $0 { true } else { false } }
        }
        if hasFailed { return }
        let result = Result {
            try score(data.selecting(folds[number].training), data.selecting(folds[number].test))
        }
        let done = results.withLock { results in
            results[number] = result
            return results.compactMap { try? $0?.get() }
        }
        progress.update(done)
    }
    if data.device.kind == .opencl {
        for number in folds.indices { run(number) }
    } else {
        DispatchQueue.concurrentPerform(iterations: folds.count) { run($0) }
    }
    progress.finish()
    return CrossValidation(scores: try results.withLock { try $0.compactMap { try $0?.get() } })
}

/// Trains a new network for every fold and tests it. Every fold starts from the same seed.
///
/// - Parameters:
///   - metric: of the test examples; the result holds its values.
///   - scalingFeatures: brings features to mean 0 and variance 1, by what the fold's training examples say.
///   - model: makes a network that is not built yet; may be called from several threads.
/// - Throws: what `fit` throws, and `ValidationError`.
public func crossValidate(
    _ data: Dataset, _ folds: some Sequence<Fold>, loss: Loss, optimizer: Optimizer = .adam(),
    metric: Metric = .accuracy, epochs: Int, batchSize: Int = 32, seed: UInt64 = 0, scalingFeatures: Bool = false,
    on device: Device = .best, progress: ProgressDisplay = .automatic, model: @Sendable () -> any Layer
) throws -> CrossValidation {
    try crossValidate(data, folds, on: device, progress: progress) { training, test in
        let scaling = scalingFeatures ? FeatureScaling(of: training.features) : nil
        let network = model()
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

    func update(_ scores: [Double]) {
        guard isShown else { return }
        lastDrawn.withLock { last in
            // Terminals are slow; people do not read faster than this.
            guard scores.count == folds || .now - last > .milliseconds(100) else { return }
            last = .now
            let mean = scores.isEmpty ? Double.nan : CrossValidation(scores: scores).mean
            let seconds = Int((.now - start) / .seconds(1))
            let text = String(
                format: "fold %d/%d  mean %.4f  %d:%02d", scores.count, folds, mean, seconds / 60, seconds % 60)
            TerminalText.rewriteLine(text)
        }
    }

    func finish() {
        if isShown { TerminalText.writeError("\n") }
    }
}
