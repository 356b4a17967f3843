/// The command `unloop`: chooses a subcommand, and turns errors into messages and exit statuses: 0 success, 1 failure,
/// 2 wrong usage.
enum CommandLineTool {
    static let commands: [Command] = {
        var commands = [
            BenchCommand.command,
            .branching(
                "train", summary: "Trains a network, on handwritten digits or on a table of your own.",
                subject: "data set", [TrainCommand.command, TrainTableCommand.command]),
            PredictCommand.command, VerifyCommand.command, ExamplesCommand.command, ExampleCommand.command,
            CheckCommand.command, SoakCommand.command, DevicesCommand.command, DoctorCommand.command,
        ]
        #if OpenCL
            commands.append(TuneCommand.command)
        #endif
        return commands
    }()

    static func run(_ words: [String]) -> Int32 {
        let status = answer(words)
        guard let failure = Terminal.outputFailure else { return status }
        Terminal.complain("cannot write to standard output: \(failure.reason)")
        return status == 0 ? 1 : status
    }

    private static func answer(_ words: [String]) -> Int32 {
        let names = commands.map(\.name)
        guard let first = words.first else {
            Terminal.complain("missing command; valid: \(names.joined(separator: ", ")) (see unloop --help)")
            return 2
        }
        if ["--help", "-h", "help"].contains(first) {
            if let command = commands.first(where: { $0.name == words.dropFirst().first }) {
                Terminal.print(help(command, Array(words.dropFirst(2))))
            } else {
                Terminal.print(help)
            }
            return 0
        }
        guard let command = commands.first(where: { $0.name == first }) else {
            Terminal.complain("'\(first)' is not a command; valid: \(names.joined(separator: ", "))")
            return 2
        }
        if words.dropFirst().contains(where: { $0 == "--help" || $0 == "-h" }) {
            Terminal.print(help(command, Array(words.dropFirst())))
            return 0
        }
        do {
            let (command, words) = try command.chosen(Array(words.dropFirst()))
            return try command.run(command.parse(words))
        } catch let error as UsageError {
            Terminal.complain("\(command.name): \(error.message)")
            return 2
        } catch {
            Terminal.complain("\(error)")
            return 1
        }
    }

    /// Of a branch where the words choose one.
    private static func help(_ command: Command, _ words: [String]) -> String {
        ((try? command.chosen(words))?.command ?? command).help
    }

    static var help: String {
        var lines = [
            "Unloop: the same bits on every device, at high speed.", "", "Usage: unloop COMMAND [options]", "",
        ]
        lines.append("Commands:")
        for command in commands {
            lines.append("  " + command.name.padding(to: 10) + command.summary)
        }
        lines += ["", "unloop COMMAND --help says more. Exit status: 0 success, 1 failure, 2 wrong usage."]
        return lines.joined(separator: "\n")
    }
}

extension String {
    func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
