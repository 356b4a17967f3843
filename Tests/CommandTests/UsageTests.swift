import Foundation
import Testing

@Suite struct UsageTests {
    static let commands = ["bench", "train", "predict", "devices", "doctor", "check"]

    @Test(arguments: commands)
    func everyCommandHasHelp(_ command: String) throws {
        for arguments in [[command, "--help"], ["help", command]] {
            let result = try unloop(arguments[0], arguments[1])
            #expect(result.status == 0)
            #expect(result.output.contains("Usage: unloop \(command)"))
            #expect(result.errors.isEmpty)
        }
    }

    @Test func helpNamesEveryCommand() throws {
        let result = try unloop("--help")
        #expect(result.status == 0)
        for command in Self.commands { #expect(result.output.contains("  \(command) ")) }
    }

    /// What is wrong, what is valid: both must be in the message.
    @Test(
        arguments: [
            (["bogus"], ["bogus", "bench", "train", "devices", "doctor", "check"]),
            ([], ["bench", "train"]),
            (["bench", "--suite", "bogus"], ["bogus", "lecture", "kernels", "training"]),
            (["bench", "--devices", "loop,gpu"], ["gpu", "loop", "cpu", "opencl"]),
            (["bench", "--format", "xml"], ["xml", "table", "markdown", "json", "csv"]),
            (["bench", "--peers", "mkl"], ["mkl", "openblas", "clblast"]),
            (["bench", "--filter", "["], ["[", "regular expression"]),
            (["bench", "--filter", "no such benchmark"], ["--list"]),
            (["bench", "--min-time", "soon"], ["soon", "number"]),
            (["bench", "--reps", "0"], ["0", "integer"]),
            (["bench", "--reps"], ["--reps", "needs a value"]),
            (["bench", "--quick=yes"], ["--quick", "no value"]),
            (["bench", "--fail-above", "5"], ["--compare"]),
            (["bench", "lecture"], ["lecture"]),
            (["bench", "--bogus"], ["--bogus", "--suite", "--filter", "--help"]),
            (["train"], ["digits", "table"]),
            (["train", "letters"], ["letters", "digits", "table"]),
            (["train", "digits", "--model", "rnn"], ["rnn", "mlp", "cnn"]),
            (["train", "digits", "--device", "tpu"], ["tpu", "loop", "cpu", "opencl", "best"]),
            (["train", "digits", "--epochs", "-1"], ["-1", "integer"]),
            (["train", "digits", "--batch", "0"], ["0", "integer"]),
            (["devices", "--format", "csv"], ["csv", "table", "json"]),
            (["doctor", "--fix"], ["--fix", "--help"]),
            (["check", "--size", "huge"], ["huge", "tiny"]),
            (["check", "--path", "1,2"], ["--path", "--random"]),
            (["check", "--seed", "1"], ["--seed", "--random"]),
            (["check", "--random", "1", "--family", "map"], ["--family", "--random"]),
            (["check", "--random", "1", "--size", "large"], ["--size", "tiny"]),
            (["check", "--random", "\(Int.max)", "--print"], ["--random", "integer"]),
            (["check", "--program", "train-letters"], ["train-letters", "train-digits"]),
            (["check", "--against", "loop"], ["--against", "--program"]),
            (["check", "--program", "train-digits", "--random", "1"], ["--program", "--random"]),
            (["check", "--program", "train-digits", "--family", "map"], ["--program", "--family"]),
            (["check", "--program", "train-digits", "--device", "cpu", "--against", "cpu"], ["cpu", "itself"]),
        ] as [([String], [String])])
    func wrongUsageSaysWhatIsValid(_ arguments: [String], _ words: [String]) throws {
        let result = try unloop(arguments)
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        for word in words { #expect(result.errors.contains(word), "\(result.errors)") }
    }
}
