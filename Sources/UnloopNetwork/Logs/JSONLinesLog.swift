import UnloopData
import UnloopTensor

extension Callback {
    /// Writes one JSON object (RFC 8259) a line: after each epoch's validation
    ///
    ///     {"event":"epoch","epoch":1,"training_loss":0.5,"validation_loss":0.25,"metrics":{"accuracy":0.875},
    ///      "learning_rate":0.001,"seconds":1.5,"examples_per_second":1000}
    ///
    /// on one line, and with `everySteps` between them `{"event":"step","epoch":1,"step":10,"loss":0.5}`. Numbers are the shortest texts
    /// that read back exactly. What there is none of is null; JSON has no numbers that are not finite: they are the strings `"nan"`,
    /// `"inf"` and `"-inf"`.
    ///
    /// Lines are appended; a file of this name is replaced with the first. A training that goes on from a checkpoint keeps the lines of the
    /// steps before it, drops those after, which are done again, and writes the lines of the epochs before from its history.
    ///
    /// - Parameter everySteps: the losses of these steps are written too, each as soon as it is known. Reading one waits for the device. List
    ///   this callback before one that saves checkpoints: a step that was saved and not yet logged is not done again.
    /// - Throws: the training throws `DataError.unwritable`, before its first step where the file cannot be written, which is then as before;
    ///   where it goes on from a checkpoint, `malformedLine` for lines of something else, `unreadable`; `TensorError` where the device fails.
    public static func jsonLines(_ path: String, everySteps: Int? = nil) -> Callback {
        let log = JSONLinesLog(path, everySteps: everySteps)
        return logging(
            begin: log.begin,
            step: everySteps == nil
                ? nil : { step in try log.add(epoch: step.epoch, step: step.step) { try step.loss.item() } },
            epoch: log.add, finish: log.finish)
    }
}

/// A training's epochs and steps as lines of JSON.
package final class JSONLinesLog {
    private let file: LogFile
    private var interval: StepInterval?
    private var metricNames: [String] = []

    package init(_ path: String, everySteps: Int? = nil) {
        file = LogFile(path)
        interval = everySteps.map { StepInterval($0, of: "jsonLines") }
    }

    /// - Parameters:
    ///   - history: the epochs that were done before, and the names of the metrics.
    ///   - step: how many steps were done before.
    package func begin(_ history: History, step: Int) throws(DataError) {
        metricNames = history.metricNames
        interval?.begin(after: step)
        // The lines of each epoch's steps, then its own; those of an epoch that was interrupted are last.
        let steps = step > 0 ? try loggedSteps(of: file.path, until: step) : []
        var bytes: [UInt8] = []
        var next = steps.startIndex
        for epoch in history.epochs {
            while next < steps.endIndex, steps[next].epoch <= epoch.number {
                bytes += steps[next].line
                next += 1
            }
            bytes += line(epoch)
        }
        try file.begin(with: bytes + steps[next...].flatMap(\.line))
    }

    package func add(_ epoch: History.Epoch) throws(DataError) { try file.append(line(epoch)) }

    /// - Parameter loss: is asked for at the steps that are logged alone.
    package func add(epoch: Int, step: Int, loss: () throws -> Double) throws {
        guard interval?.isReached(by: step) == true else { return }
        let loss = jsonNumber(try loss())
        try file.append(Array("{\"event\":\"step\",\"epoch\":\(epoch),\"step\":\(step),\"loss\":\(loss)}\n".utf8))
    }

    package func finish() throws(DataError) { try file.finish() }

    private func line(_ epoch: History.Epoch) -> [UInt8] {
        let metrics = metricNames.map { "\(jsonString($0)):\(jsonNumber(epoch.metrics[$0]))" }
        let members = [
            ("training_loss", jsonNumber(epoch.trainingLoss)), ("validation_loss", jsonNumber(epoch.validationLoss)),
            ("metrics", "{\(metrics.joined(separator: ","))}"), ("learning_rate", jsonNumber(epoch.learningRate)),
            ("seconds", jsonNumber(epoch.seconds)), ("examples_per_second", jsonNumber(epoch.examplesPerSecond)),
        ]
        let text = members.map { ",\"\($0.0)\":\($0.1)" }.joined()
        return Array("{\"event\":\"epoch\",\"epoch\":\(epoch.number)\(text)}\n".utf8)
    }

    private func jsonNumber(_ value: Double?) -> String {
        guard let value else { return "null" }
        let text = shortestText(value)
        return value.isFinite ? text : jsonString(text)
    }
}
