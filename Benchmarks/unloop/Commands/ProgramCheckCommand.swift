import Unloop

/// `unloop check --program`
enum ProgramCheckCommand {
    static let options: [OptionDescription] = [
        .choice("--program", ["train-digits"], "runs this program instead, every operation on two devices"),
        .value(
            "--against", "DEVICE", "what --device is compared with in a program (default cpu; loop for the device cpu)"),
        .choice("--model", DigitsTask.Model.allCases.map(\.rawValue), "of the program (default mlp)"),
        .value("--epochs", "N", "of the program: how often every example is seen (default 1)"),
    ]

    /// Refuses options that say nothing where a program is, or is not, asked for.
    static func requireProgram(_ arguments: Arguments) throws {
        if arguments.has("--program") {
            let others = ["--family", "--size"] + RandomCheckCommand.options.map(\.name)
            if let option = others.first(where: { arguments.has($0) }) {
                throw UsageError("--program takes no \(option)")
            }
        } else if let option = options.first(where: { arguments.has($0.name) }) {
            throw UsageError("\(option.name) needs --program train-digits")
        }
    }

    static func run(_ arguments: Arguments) throws -> Int32 {
        let model = arguments.string("--model").flatMap(DigitsTask.Model.init) ?? .mlp
        let epochs = try arguments.integer("--epochs", in: 1...1_000_000) ?? 1
        let checked = try DeviceChoice.device(arguments.string("--device"))
        let reference = try DeviceChoice.device(arguments.string("--against") ?? (checked == .cpu ? "loop" : "cpu"))
        if checked == reference {
            throw UsageError("\(checked.label) would be compared with itself; give --device and --against two devices")
        }
        let device = try Device.checking(checked, against: reference)
        do {
            _ = try DigitsTask(model, epochs: epochs).run(on: device)
        } catch {
            // What differs ends the training; any other error is the command's.
            if device.differences.isEmpty { throw error }
        }
        let program = "train-digits, \(model.rawValue), \(epochs) epoch\(epochs == 1 ? "" : "s")"
        let first = device.differences.first
        if arguments.string("--format") == "json" {
            Terminal.print(
                JSON.object([
                    ("ok", .bool(first == nil)), ("program", .string("train-digits")),
                    ("model", .string(model.rawValue)),
                    ("epochs", .integer(epochs)), ("device", .string(checked.label)),
                    ("hardware", .string(checked.name)),
                    ("against", .string(reference.label)), ("operations", .integer(device.checkedOperations)),
                    ("first_difference", first.map(json) ?? .null),
                ]).pretty())
        } else if let first {
            Terminal.print("\(program): \(device.checkedOperations) operations checked until one differed")
            Terminal.complain("\(first)")
        } else {
            Terminal.print(
                "\(program): all \(device.checkedOperations) operations have the same bits on "
                    + "\(DeviceChoice.text(checked)) and \(DeviceChoice.text(reference))")
        }
        return first == nil ? 0 : 1
    }

    private static func json(_ difference: OperationDifference) -> JSON {
        func integers(_ values: [Int]) -> JSON { .array(values.map { .integer($0) }) }
        return .object([
            ("operation", .string(difference.operation)), ("number", .integer(difference.number)),
            ("details", .string(difference.details)),
            (
                "shapes",
                .object([
                    ("inputs", .array(difference.inputShapes.map(integers))),
                    ("output", integers(difference.outputShape)),
                ])
            ),
            ("output", .integer(difference.output)), ("element_type", .string("\(difference.elementType)")),
            ("element", difference.element.map(integers) ?? .null), ("expected", .string(difference.expected)),
            ("found", .string(difference.found)), ("differing", .integer(difference.differingCount)),
            ("count", .integer(difference.count)),
        ])
    }
}
