import Foundation
import Synchronization
import UnloopBackend
import UnloopData
import UnloopTensor

extension Callback {
    /// Writes curves for TensorBoard (`tensorboard --logdir FOLDER`, or a folder in which those of several trainings lie): `loss/training`,
    /// `loss/validation`, `metrics/NAME` and `learning_rate` after each epoch's validation, over the number of the epoch, as Keras does.
    ///
    /// With `everySteps`, `loss/step` over the number of the step. TensorBoard has one axis for all curves of a folder, so this one is in the
    /// folder `steps` inside, which it shows as a run of its own.
    ///
    /// Numbers are rounded to float32, as the format has them; NaN and infinities are written as they are. A training begins a new file
    /// `events.out.tfevents.SECONDS.HOST.PROCESS.NUMBER` in the folder, which is made where there is none. It tells TensorBoard to forget
    /// what files of before have from its first epoch and step on: a training that goes on from a checkpoint continues the curves without
    /// doubled points, another replaces them. What was written is with the system after each epoch, and after each step that is logged.
    ///
    /// - Parameter everySteps: the losses of these steps are written too. Reading one waits for the device. List this callback before one
    ///   that saves checkpoints: a step that was saved and not yet logged is not done again.
    /// - Throws: the training throws `DataError.unwritable`, before its first step where the folder cannot be written to; `TensorError` where
    ///   the device fails.
    public static func tensorBoard(_ folder: String, everySteps: Int? = nil) -> Callback {
        let log = TensorBoardLog(folder, everySteps: everySteps)
        return logging(
            begin: log.begin,
            step: everySteps == nil ? nil : { step in try log.add(step: step.step) { try step.loss.item() } },
            epoch: log.add, finish: log.finish)
    }
}

/// A training's curves in event files.
package final class TensorBoardLog {
    private let folder: String
    private var interval: StepInterval?
    private var metricNames: [String] = []
    private var epochs: LogFile?
    private var steps: LogFile?

    package init(_ folder: String, everySteps: Int? = nil) {
        self.folder = folder
        interval = everySteps.map { StepInterval($0, of: "tensorBoard") }
    }

    /// - Parameters:
    ///   - history: the epochs that were done before, and the names of the metrics.
    ///   - step: how many steps were done before.
    package func begin(_ history: History, step: Int) throws(DataError) {
        metricNames = history.metricNames
        interval?.begin(after: step)
        // A process may have ended after it saved its last epoch and before that was logged, so it is written again.
        let last = history.epochs.last
        epochs = try eventFile(in: folder, from: last?.number ?? 1, last.map { [event($0)] } ?? [])
        steps = interval == nil ? nil : try eventFile(in: folder + "/steps", from: step + 1, [])
    }

    package func add(_ epoch: History.Epoch) throws(DataError) { try epochs?.append(event(epoch).record) }

    private func event(_ epoch: History.Epoch) -> TensorBoardEvent {
        var scalars = [TensorBoardEvent.Scalar("loss/training", epoch.trainingLoss)]
        if let loss = epoch.validationLoss { scalars.append(.init("loss/validation", loss)) }
        for name in metricNames {
            if let value = epoch.metrics[name] { scalars.append(.init("metrics/\(name)", value)) }
        }
        scalars.append(.init("learning_rate", epoch.learningRate))
        return TensorBoardEvent(wallTime: now(), step: epoch.number, .scalars(scalars))
    }

    /// - Parameter loss: is asked for at the steps that are logged alone.
    package func add(step: Int, loss: () throws -> Double) throws {
        guard interval?.isReached(by: step) == true else { return }
        let scalar = TensorBoardEvent.Scalar("loss/step", try loss())
        try steps?.append(TensorBoardEvent(wallTime: now(), step: step, .scalars([scalar])).record)
    }

    package func finish() throws(DataError) {
        try epochs?.finish()
        try steps?.finish()
    }
}

private func now() -> Double { Date().timeIntervalSince1970 }

/// A new file for events from a step on, which has the first of them.
private func eventFile(
    in folder: String, from step: Int, _ first: [TensorBoardEvent]
) throws(DataError) -> LogFile {
    do throws(FileFailure) {
        try makeFolder(folder)
    } catch {
        throw .unwritable(file: folder, reason: error.reason)
    }
    let time = now()
    let file = LogFile("\(folder)/\(newName(in: folder, at: time))")
    let begin = [
        TensorBoardEvent(wallTime: time, step: 0, .version), TensorBoardEvent(wallTime: time, step: step, .start),
    ]
    try file.begin(with: (begin + first).flatMap(\.record))
    return file
}

/// TensorBoard reads the files of a folder in the order of their names, which begin with a time of ten digits.
private func newName(in folder: String, at time: Double) -> String {
    let prefix = "events.out.tfevents."
    // A folder that cannot be listed is one that TensorBoard cannot read either.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let times = names.compactMap { name -> Int? in
        guard name.hasPrefix(prefix) else { return nil }
        let digits = name.dropFirst(prefix.count).prefix { $0 != "." }
        return digits.count == 10 ? Int(digits) : nil
    }
    // Later than all that are there, whatever the clocks of the machines that wrote them.
    let seconds = max(Int(time), (times.max() ?? 0) + 1)
    let digits = String(seconds)
    let padded = String(repeating: "0", count: max(0, 10 - digits.count)) + digits
    let number = fileNumber.wrappingAdd(1, ordering: .relaxed).oldValue
    return "\(prefix)\(padded).\(hostName()).\(getpid()).\(number)"
}

/// Names of one process differ by it, whatever the time.
private let fileNumber = Atomic<Int>(0)

private func hostName() -> String {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, bytes.count - 1) == 0 else { return "localhost" }
    let name = String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return name.isEmpty ? "localhost" : name
}
