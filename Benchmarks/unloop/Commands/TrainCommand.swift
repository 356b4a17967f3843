import Foundation
import Unloop

/// `unloop train digits`
enum TrainCommand {
    static let command = Command(
        name: "train digits", summary: "Trains a network on handwritten digits.",
        options: [
            .value("--device", "DEVICE", "best (default), loop, cpu, opencl, opencl:INDEX or opencl:NAME"),
            .choice("--model", DigitsTask.Model.allCases.map(\.rawValue), "default: cnn"),
            .value("--epochs", "N", "how often every example is seen (default 10)"),
            .value("--batch", "N", "examples a step (default 32)"),
            .value("--seed", "N", "of initial weights and the order of examples (default 0)"),
            .value(
                "--checkpoint", "FOLDER", "writes checkpoints there, after every epoch unless --every says otherwise"),
            .value("--every", "STEPS", "writes a checkpoint every so many steps"),
            .flag("--resume", "goes on from the newest checkpoint in FOLDER; begins where there is none"),
            .value("--receipt", "FILE", "writes what `unloop verify` compares another run with"),
            .choice("--format", ["table", "json"], "default: table"),
        ],
        notes: """
            Trains on 1,437 of the 1,797 images of the UCI optical recognition of handwritten digits and tests on the other 360. The
            hash of the weights is the same on every device.

            With --checkpoint, an interrupt (Ctrl-C) or SIGTERM ends the training after its step with a checkpoint and status 130 or 143; a
            second one ends it at once. A run that was stopped, in whatever way, and resumed, on any device, gives the hash of the run that
            was not.
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
        let (folder, schedule, resume) = try checkpoints(arguments)
        let interruption = folder == nil ? nil : Interruption()
        let result: DigitsTask.Result
        let network: Model<Sequential>
        do {
            (result, network) = try task.run(
                on: device, checkpoint: schedule, to: folder, resume: resume,
                receipt: arguments.string("--receipt").map { .write($0, every: 50, about: task.receiptTexts) },
                isCancelled: { interruption?.signal != nil })
        } catch let error as CancellationError {
            guard let folder, let signal = interruption?.signal else { throw error }
            Terminal.note(
                "stopped; the checkpoint is \(try Checkpoint.newest(in: folder) ?? folder). The same command with --resume goes on"
            )
            return 128 + signal
        }
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
                    ("resumed_from_step", .integer(result.history.resumedFromStep)),
                    ("steps", .integer(result.history.steps)),
                ]).line)
            return 0
        }
        var table = Table([.right("epoch"), .right("loss"), .right("accuracy"), .right("images/s"), .right("seconds")])
        for epoch in result.history.epochs {
            table.append([
                "\(epoch.number)", Text.fixed(epoch.trainingLoss, 4),
                epoch.metrics[Metric.accuracy.name].map { Text.fixed(100 * $0, 2) + " %" } ?? "",
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

    private static func checkpoints(_ arguments: Arguments) throws -> (
        folder: String?, schedule: CheckpointSchedule?, resume: Resumption
    ) {
        let interval = try arguments.integer("--every", in: 1...Int.max)
        guard let folder = arguments.string("--checkpoint") else {
            if interval != nil { throw UsageError("--every needs --checkpoint FOLDER") }
            if arguments.has("--resume") { throw UsageError("--resume needs --checkpoint FOLDER") }
            return (nil, nil, .none)
        }
        return (folder, .every(interval.map { .steps($0) } ?? .epochs(1)), arguments.has("--resume") ? .newest : .none)
    }
}

extension DigitsTask {
    /// What the head of a receipt says of the task.
    var receiptTexts: [String: String] {
        [
            "program": "train digits", "model": model.rawValue, "epochs": "\(epochs)", "batch": "\(batchSize)",
            "seed": "\(seed)",
        ]
    }

    /// The task of a receipt; nil for another program's.
    init?(receiptTexts texts: [String: String]) {
        guard texts["program"] == "train digits", let model = texts["model"].flatMap(Model.init(rawValue:)),
            let epochs = texts["epochs"].flatMap(Int.init), (1...1_000_000).contains(epochs),
            let batch = texts["batch"].flatMap(Int.init), (1...Digits.imageCount).contains(batch),
            let seed = texts["seed"].flatMap(UInt64.init)
        else { return nil }
        self.init(model, epochs: epochs, batchSize: batch, seed: seed)
    }
}
