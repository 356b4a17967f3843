import Foundation
import UnloopBackend
import UnloopData

/// How far a training has come, beside the values of its network, its optimizer and its averages.
struct RunRecord: Sendable, Codable {
    /// Nil where nobody asks for it later.
    let identity: RunIdentity?
    /// The optimizer's numbers at the last step.
    var lastNumbers: String?
    var history: History
    /// Of the epoch that has begun.
    var epoch = EpochRecord()
    var stopping: StoppingState?
    var plateau: PlateauState?
    /// Of the best checkpoint.
    var best = Watch()

    init(_ identity: RunIdentity?, metricNames: [String]) {
        self.identity = identity
        history = History(metricNames: metricNames)
    }

    /// - Throws: `DataError` for a checkpoint that `fit` did not write.
    init(_ checkpoint: Checkpoint) throws(DataError) {
        guard let text = checkpoint.texts[Self.textName] else {
            throw .missing(
                file: checkpoint.path, what: "run that `fit` could go on with", available: checkpoint.names.sorted())
        }
        do {
            self = try decodedJSON(RunRecord.self, from: text.utf8, by: Self.decoder)
        } catch {
            throw .malformed(
                file: checkpoint.path, format: "checkpoint", reason: "its record of the run is unreadable: \(error)")
        }
        let counts =
            [epoch.batches, epoch.examples, history.steps, best.epochsWithout]
            + [epoch.brokenExamples, stopping?.epochsWithout, plateau?.epochsWithout].compactMap(\.self)
        guard counts.allSatisfy(Checkpoint.countRange.contains), epoch.seconds >= 0, epoch.seconds.isFinite,
            history.epochs.lazy.map(\.number).elementsEqual(1..<history.epochs.count + 1)
        else {
            throw .malformed(
                file: checkpoint.path, format: "checkpoint",
                reason: "its record of the run has epochs, batches or steps that no training has")
        }
    }

    /// - Throws: `TrainingError.checkpointDoesNotFit` for another training than the one that goes on.
    func check(_ now: RunIdentity?, _ settings: FitSettings, file: String) throws(TrainingError) {
        func doesNotFit(_ reason: String) -> TrainingError { .checkpointDoesNotFit(file: file, reason: reason) }
        if let identity, let now, let difference = identity.difference(from: now) { throw doesNotFit(difference) }
        if let lastNumbers, history.steps > 0 {
            let numbers = settings.optimizer.numbers(at: history.steps - 1)
            if numbers != lastNumbers {
                throw doesNotFit(
                    "its learning rate (with the optimizer's other numbers) at step \(history.steps) is \(lastNumbers), not \(numbers)"
                )
            }
        }
        let names = settings.metrics.map(\.name)
        if names != history.metricNames { throw doesNotFit("its metrics are \(history.metricNames), not \(names)") }
    }

    static let textName = "run"

    func text() throws -> String { String(decoding: try Self.encoder.encode(self), as: UTF8.self) }

    /// JSON has no infinities and no NaN.
    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }
}

/// What was done of an epoch.
struct EpochRecord: Sendable, Codable {
    var batches = 0
    /// Of the losses, each times its examples.
    var lossSum = 0.0
    var examples = 0
    var seconds = 0.0
    /// How many examples of the batches could not be had; nil in files of versions that did not count them.
    var brokenExamples: Int?

    var loss: Double { lossSum / Double(examples) }
}
