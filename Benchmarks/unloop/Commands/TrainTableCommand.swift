import Foundation
import Unloop

/// `unloop train table FILE`
enum TrainTableCommand {
    static let command = Command(
        name: "train table", summary: "Trains a network on a table of your own (CSV).",
        subject: (name: "file", choices: []),
        options: [
            .value("--label", "COLUMN", "the column to be learnt; all others are learnt from"),
            .choice("--model", TableTask.Model.allCases.map(\.rawValue), "default: linear"),
            .value("--epochs", "N", "how often every row is seen at most (default 200)"),
            .value("--seed", "N", "of the split, initial weights and the order of rows (default 0)"),
            .value("--test", "SHARE", "of the rows that are tested with, from 0 to below 1 (default 0.2)"),
            .value("--device", "DEVICE", "best (default), loop, cpu, opencl, opencl:INDEX or opencl:NAME"),
            .value("--output", "MODEL", "writes the model there, for `unloop predict`"),
            .choice("--format", ["table", "json"], "default: table"),
        ],
        notes: """
            FILE has comma-separated values with a header. A column is a number or a date (ISO 8601) where all its values are, a category
            where few texts come often, and is left out otherwise. Numbers that are missing become the mean of the column, texts that are
            missing a category of their own. Fields without a value are empty, or ?, NA, N/A, NaN or null.

            Classes are learnt where the label is text, or whole numbers of which there are at most 20; numbers otherwise. linear is logistic
            or ridge regression, solved to its one minimum (--epochs limits the iterations for more than 500 weights, the only ones that need
            any); mlp has two layers inside and stops early. The hash of the weights is the same on every device.
            """,
        run: run)

    private static func run(_ arguments: Arguments) throws -> Int32 {
        guard let label = arguments.string("--label") else { throw UsageError("missing --label COLUMN") }
        var task = TableTask(label: label, model: arguments.string("--model").flatMap(TableTask.Model.init) ?? .linear)
        if let epochs = try arguments.integer("--epochs", in: 1...1_000_000) { task.epochs = epochs }
        if let seed = try arguments.integer("--seed", in: 0...Int.max) { task.seed = UInt64(seed) }
        if let share = try arguments.number("--test", atLeast: 0) {
            guard share < 1 else {
                throw UsageError("'\(share)' is not a value of --test; valid: a number from 0 to below 1")
            }
            task.testShare = share
        }
        let device = try DeviceChoice.device(arguments.string("--device"))
        let path = arguments.subject ?? ""
        let table = try CSVTable(path: path, hasHeader: true)
        let (result, model) = try task.run(table, on: device)
        let output = arguments.string("--output")
        if let output { try model.save(to: output) }
        if arguments.string("--format") == "json" {
            Terminal.print(json(task, result, model, device, output: output).line)
        } else {
            Terminal.print(report(path, task, result, model, device, output: output))
        }
        return 0
    }

    private static func json(
        _ task: TableTask, _ result: TableTask.Result, _ model: TableModel, _ device: Device, output: String?
    ) -> JSON {
        let isClassification = model.label.classCount != nil
        var members: [(String, JSON)] = [
            ("task", .string(isClassification ? "classification" : "regression")),
            isClassification
                ? ("test_accuracy", .number(result.testAccuracy)) : ("test_r2", .number(result.testRSquared)),
            ("weights_sha256", .string(result.weightsSHA256)), ("label", .string(task.label)),
        ]
        if case .classes(let names) = model.label.kind {
            members.append(("classes", .array(names.map { .string($0) })))
        }
        members += [
            ("model", .string(task.model.rawValue)), ("seed", .integer(Int(task.seed))),
            ("epochs", result.history.map { .integer($0.epochs.count) } ?? .null),
            ("train_rows", .integer(result.trainingRows.count)), ("test_rows", .integer(result.testRows.count)),
            ("features", .integer(model.encoder.featureCount)),
            (
                "columns",
                .array(
                    model.encoder.columns.map { column in
                        .object([
                            ("name", .string(column.name)), ("type", .string(column.content.typeText)),
                            ("features", .integer(column.featureNames.count)), ("missing", .integer(column.missing)),
                        ])
                    })
            ),
            (
                "left_out",
                .array(
                    model.encoder.leftOut.map {
                        .object([("name", .string($0.name)), ("reason", .string($0.reason))])
                    })
            ),
            ("parameters", .integer(model.network.parameterCount)), ("seconds", .number(result.seconds)),
            ("device", .string(device.kind.rawValue)), ("hardware", .string(device.name)), ("output", .string(output)),
        ]
        return .object(members)
    }

    private static func report(
        _ path: String, _ task: TableTask, _ result: TableTask.Result, _ model: TableModel, _ device: Device,
        output: String?
    ) -> String {
        var columns = Table([.left("column"), .left("type"), .left("becomes"), .left("missing")])
        for column in model.encoder.columns {
            columns.append([
                column.name, column.content.typeText, column.content.becomesText,
                column.missing > 0 ? "\(column.missing)\(column.content.fillText)" : "",
            ])
        }
        for column in model.encoder.leftOut { columns.append([column.name, "left out", column.reason, ""]) }
        let what =
            switch model.label.kind {
            case .classes(let names):
                "\(names.count) classes: \(names.prefix(10).joined(separator: ", "))"
                    + (names.count > 10 ? ", …" : "")
            case .number: "a number"
            }
        var lines = [
            "\(path): \(result.trainingRows.count) rows to train on, \(result.testRows.count) to test with",
            "`\(task.label)` is \(what)", "", columns.plain, "",
            "\(task.model.rawValue), \(model.encoder.featureCount) features, \(model.network.parameterCount) parameters, on "
                + DeviceChoice.text(device),
        ]
        if let history = result.history {
            lines.append("\(history.epochs.count) epochs; the weights are those of epoch \(history.weightsFromEpoch)")
        }
        lines.append("")
        let after = " after \(Text.fixed(result.seconds, 2)) s"
        if let accuracy = result.testAccuracy {
            lines.append("test accuracy \(Text.fixed(100 * accuracy, 2)) %\(after)")
        } else if let rSquared = result.testRSquared {
            lines.append("test R² \(Text.fixed(rSquared, 4))\(after)")
        } else {
            lines.append("not tested: there are too few rows for it\(after)")
        }
        lines.append("weights sha256 \(result.weightsSHA256)")
        lines.append(output.map { "the model is \($0)" } ?? "the model is not kept: --output MODEL writes it")
        return lines.joined(separator: "\n")
    }
}

extension TableEncoder.Content {
    fileprivate var typeText: String {
        switch self {
        case .number: "number"
        case .date: "date"
        case .category: "category"
        }
    }

    /// What stands for a value that is missing.
    fileprivate var fillText: String {
        switch self {
        case .number(let coding), .date(let coding): coding.fill.map { ": " + Text.number($0) } ?? ""
        case .category(let coding): coding.hasMissing ? ": its own category" : coding.fill.map { ": \($0)" } ?? ""
        }
    }

    /// What features are made of it.
    fileprivate var becomesText: String {
        switch self {
        case .number(let coding), .date(let coding): coding.text
        case .category(let coding):
            coding.ordinal != nil
                ? "its position among \(coding.categories.count)"
                : "\(coding.categories.count + (coding.hasMissing ? 1 : 0)) features of 0 and 1"
        }
    }
}

extension TableEncoder.NumberCoding {
    fileprivate var text: String {
        "(value - \(Text.number(offset))) / \(Text.number(divisor))" + (marksMissing ? ", one for missing" : "")
    }
}
