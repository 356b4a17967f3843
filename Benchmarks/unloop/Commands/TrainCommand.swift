import Foundation
import Unloop

/// `unloop train digits`
enum TrainCommand {
    static let command = Command(
        name: "train", summary: "Trains a network on handwritten digits.",
        subject: (name: "data set", choices: ["digits"]),
        options: [
            .value("--device", "DEVICE", "best (default), loop, cpu, opencl, opencl:INDEX or opencl:NAME"),
            .choice("--model", DigitsTask.Model.allCases.map(\.rawValue), "default: cnn"),
            .value("--epochs", "N", "how often every example is seen (default 10)"),
            .value("--batch", "N", "examples a step (default 32)"),
            .value("--seed", "N", "of initial weights and the order of examples (default 0)"),
            .choice("--format", ["table", "json"], "default: table"),
        ],
        notes: """
            Trains on 1,437 of the 1,797 images of the UCI optical recognition of handwritten digits and tests on the other 360. The
            hash of the weights is the same on every device.
            """,
        run: run)

    private static func run(_ arguments: Arguments) throws -> Int32 {
        let model = arguments.string("--model").flatMap(DigitsTask.Model.init) ?? .cnn
        var task = DigitsTask(model)
        if let epochs = try arguments.integer("--epochs", in: 1...1_000_000) { task.epochs = epochs }
        if let count = try arguments.integer("--batch", in: 1...Digits.imageCount) { task.batchSize = count }
        if let seed = try arguments.integer("--seed", in: 0...Int.max) { task.seed = UInt64(seed) }
        let device = try DeviceChoice.device(arguments.string("--device"))

        let asJSON = arguments.string("--format") == "json"
        let (result, network) = try task.run(on: device)
        let statistics = try device.statistics
        if asJSON {
            Terminal.print(
                JSON.object([
                    ("device", .string(device.kind.rawValue)), ("hardware", .string(device.name)),
                    ("conforming", .bool(try device.isConforming)),
                    ("model", .string(model.rawValue)), ("epochs", .integer(task.epochs)),
                    ("batch", .integer(task.batchSize)), ("seed", .integer(Int(task.seed))),
                    ("train_loss", .number(result.trainLoss)), ("test_accuracy", .number(result.testAccuracy)),
                    ("seconds", .number(result.seconds)), ("weights_sha256", .string(result.weightsSHA256)),
                    ("parameters", .integer(network.parameterCount)),
                    ("programs_built", .integer(statistics.programsBuilt)),
                    ("programs_from_disk", .integer(statistics.programsFromDisk)),
                    ("build_seconds", .number(Double(statistics.buildNanoseconds) / 1e9)),
                ]).line)
            return 0
        }
        var table = Table([.right("epoch"), .right("loss"), .right("accuracy"), .right("images/s"), .right("seconds")])
        for epoch in result.history.epochs {
            table.append([
                "\(epoch.number)", Text.fixed(epoch.trainingLoss, 4),
                epoch.validationMetric.map { Text.fixed(100 * $0, 2) + " %" } ?? "",
                Text.fixed(epoch.examplesPerSecond, 0), Text.fixed(epoch.seconds, 2),
            ])
        }
        Terminal.print(
            "\(model.rawValue), \(network.parameterCount) parameters, on \(DeviceChoice.text(device))\n")
        Terminal.print(table.plain)
        Terminal.print(
            "\ntest accuracy \(Text.fixed(100 * result.testAccuracy, 2)) % after \(Text.fixed(result.seconds, 2)) s"
                + "\nweights sha256 \(result.weightsSHA256)")
        if device.kind == .opencl {
            Terminal.note(
                "programs: \(statistics.programsBuilt) compiled, \(statistics.programsFromDisk) from the disk cache, "
                    + Text.time(Double(statistics.buildNanoseconds)) + " spent on them")
        }
        return 0
    }
}
