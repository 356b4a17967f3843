import UnloopData

extension Callback {
    /// Writes a table of the epochs, comma-separated values (RFC 4180) with a header: `epoch`, `training_loss`, `validation_loss`, a column
    /// for each metric by its name, `learning_rate`, `seconds` (of the training part) and `examples_per_second`.
    ///
    /// Numbers are the shortest texts that read back exactly; what there is none of is empty; `nan`, `inf` and `-inf` stand for what is not
    /// finite. A row is appended after each epoch's validation. A file of this name is replaced with the first of them. A training that goes
    /// on from a checkpoint writes the rows of the epochs before anew, so that the table is that of a training without interruption.
    ///
    /// - Throws: the training throws `DataError.unwritable`, before its first step where the file cannot be written, which is then as before.
    public static func csv(_ path: String) -> Callback {
        let log = CSVLog(path)
        return logging(begin: { history, _ in try log.begin(history) }, epoch: log.add, finish: log.finish)
    }
}

/// The table of a training's epochs.
package final class CSVLog {
    private let file: LogFile
    private var metricNames: [String] = []

    package init(_ path: String) { file = LogFile(path) }

    /// - Parameter history: the epochs that were done before, and the names of the metrics.
    package func begin(_ history: History) throws(DataError) {
        metricNames = history.metricNames
        let names =
            ["epoch", "training_loss", "validation_loss"] + metricNames
            + ["learning_rate", "seconds", "examples_per_second"]
        try file.begin(with: line(names.map(csvField)) + history.epochs.flatMap(row))
    }

    package func add(_ epoch: History.Epoch) throws(DataError) { try file.append(row(epoch)) }

    package func finish() throws(DataError) { try file.finish() }

    private func row(_ epoch: History.Epoch) -> [UInt8] {
        let values =
            [epoch.trainingLoss, epoch.validationLoss] + metricNames.map { epoch.metrics[$0] }
            + [epoch.learningRate, epoch.seconds, epoch.examplesPerSecond]
        return line([String(epoch.number)] + values.map { $0.map(shortestText) ?? "" })
    }

    private func line(_ fields: [String]) -> [UInt8] { Array((fields.joined(separator: ",") + "\r\n").utf8) }
}
