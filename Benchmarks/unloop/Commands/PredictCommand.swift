import Unloop
import UnloopBackend
import UnloopNetwork

/// `unloop predict MODEL`
enum PredictCommand {
    static let command = Command(
        name: "predict", summary: "Predicts a column of a table by a model that `train table` wrote.",
        subject: (name: "model", choices: []),
        options: [
            .value("--input", "FILE", "the table (CSV) with the columns that the model was trained on"),
            .value("--output", "FILE", "writes there (default: standard output)"),
            .value("--device", "DEVICE", "best (default), loop, cpu, opencl, opencl:INDEX or opencl:NAME"),
        ],
        notes: """
            Writes the table as it is, with a column `prediction` behind the others, and for classes a column `probability_CLASS` for each. The
            table may have its columns in another order and further ones; the label may be missing. The text is the same on every device.
            """,
        run: run)

    private static func run(_ arguments: Arguments) throws -> Int32 {
        guard let input = arguments.string("--input") else { throw UsageError("missing --input FILE") }
        let device = try DeviceChoice.device(arguments.string("--device"))
        let model = try TableModel(path: arguments.subject ?? "", on: device)
        let table = try CSVTable(path: input, hasHeader: true)
        let predictions = try model.predict(table)
        if let output = arguments.string("--output") {
            try predictions.write(with: table, to: output)
        } else {
            for lines in try predictions.lines(of: table) { Terminal.write(lines) }
        }
        return 0
    }
}
