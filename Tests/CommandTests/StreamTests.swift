import Foundation
import Testing
import UnloopBackend

/// Where text goes may be full, closed, narrow or gone.
@Suite struct StreamTests {
    static let commands = [
        "devices", "devices --format json", "examples", "examples --format json", "bench --list", "--help",
        "check --help", "help bench", "check --device cpu --size tiny --family matmul",
        "bench --quick --min-time 0 --reps 2 --filter '^relu 15$' --devices cpu",
        "bench --quick --min-time 0 --reps 2 --filter '^relu 15$' --devices cpu --format csv", "doctor",
    ]

    @Test("a full standard output is a failure", arguments: commands)
    func fullOutput(_ command: String) throws {
        let result = try unloopInShell("\"$0\" \(command) > /dev/full")
        #expect(result.status == 1)
        #expect(result.errors.contains("cannot write to standard output: No space left on device"))
    }

    @Test("a closed standard output is a failure, a closed standard error is none")
    func closedStreams() throws {
        let output = try unloopInShell("\"$0\" devices >&-")
        #expect(output.status == 1)
        #expect(output.errors.contains("cannot write to standard output"))
        #expect(try unloopInShell("\"$0\" devices 2>&-").status == 0)
        #expect(try unloopInShell("\"$0\" nonsense 2>&-").status == 2)
        #expect(try unloopInShell("\"$0\" devices <&- >&- 2>&-").status == 1)
    }

    /// A file that is opened where a stream is missing would get the stream's number, and the text that is meant for people.
    @Test("what is written for people never gets into a file")
    func closedStreamsAndFiles() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let result = try unloopInShell(
            "\"$0\" bench --quick --min-time 0 --reps 2 --filter '^relu 15$' --devices cpu --format json --output \(path) "
                + "<&- >&- 2>&-")
        #expect(result.status == 0)
        let bytes = try #require(FileManager.default.contents(atPath: path))
        #expect(try JSONSerialization.jsonObject(with: bytes) is [String: Any])
    }

    @Test("a reader that goes away is no failure")
    func brokenPipe() throws {
        let result = try unloopInShell("trap '' PIPE; { \"$0\" devices; echo $? >&2; } | true")
        #expect(result.errors.hasSuffix("0\n"), "\(result.errors)")
    }

    @Test("an output file that cannot be written is refused before anything is measured")
    func outputFile() throws {
        let folder = FileManager.default.temporaryDirectory.path
        for path in ["missing/x.json", folder, "/dev/null/x", "/proc/x"] {
            // All benchmarks would take minutes.
            let result = try unloop("bench", "--format", "json", "--output", path)
            #expect(result.status == 1)
            #expect(result.errors.contains("cannot write \(path): "))
            #expect(result.output.isEmpty)
        }
        for path in ["/dev/null/x", "/proc/x", "/dev/full"] {
            let result = try unloop("example", "all", "--output", path)
            #expect(result.status == 1 && result.output.isEmpty)
            #expect(result.errors.contains("cannot write \(path): "), "\(result.errors)")
        }
        let quick = ["bench", "--quick", "--min-time", "0", "--reps", "2", "--filter", "^relu 15$", "--devices", "cpu"]
        let full = try unloop(quick + ["--output", "/dev/full"])
        #expect(full.status == 1)
        #expect(full.errors.contains("cannot write /dev/full: No space left on device"))
        let stream = try unloop(quick + ["--output", "/dev/stdout", "--format", "csv"])
        #expect(stream.status == 0 && stream.output.hasPrefix("suite,"))
    }

    @Test("nothing in common with the base is a failure where one was asked for")
    func nothingInCommon() throws {
        let base = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: base) }
        let quick = ["bench", "--quick", "--min-time", "0", "--reps", "2", "--filter", "^relu 15$", "--devices", "cpu"]
        let rows = [
            "", #"{"suite":"lecture","name":"relu","shape":[16],"dtype":"float32","device":"cpu","median_ns":1}"#,
            #"{"suite":"lecture","name":"relu","shape":[15],"dtype":"float32","device":"cpu","median_ns":null}"#,
            #"{"suite":"lecture","name":"relu","shape":[15],"dtype":"float32","device":"cpu","median_ns":0}"#,
        ]
        for row in rows {
            try Data("{\"schema\": 1, \"benchmarks\": [\(row)]}".utf8).write(to: base)
            let result = try unloop(quick + ["--compare", base.path, "--fail-above", "10"])
            #expect(result.status == 1)
            #expect(result.errors.contains("nothing could be compared"))
            #expect(try unloop(quick + ["--compare", base.path]).status == 0)
        }
        #expect(try unloop(quick + ["--compare", "/dev/zero"]).status == 1)
    }

    @Test("progress stays in one line of a narrow terminal", arguments: [20, 40, 80] as [UInt16])
    func narrowProgress(_ columns: UInt16) throws {
        let (status, text) = try unloopOnTerminal(
            ["train", "digits", "--model", "mlp", "--epochs", "2", "--device", "cpu"], columns: columns)
        #expect(status == 0)
        let lines = text.split(whereSeparator: { $0 == "\r" || $0 == "\n" || $0 == "\r\n" })
        let progress = lines.filter { $0.hasPrefix("epoch ") && $0.contains("\u{1b}[K") }
        #expect(progress.count >= 2, "\(text)")
        for line in progress {
            #expect(TerminalText.width(String(line).replacing("\u{1b}[K", with: "")) < Int(columns), "\(line)")
        }
    }

    @Test("tables fit a narrow terminal")
    func narrowTables() throws {
        for columns: UInt16 in [60, 100] {
            let (status, text) = try unloopOnTerminal(["examples"], columns: columns)
            #expect(status == 0)
            let lines = text.split(separator: "\r\n").map { line in
                line.replacing(#/\u{1b}\[[0-9]*[mK]/#, with: "").replacing("\r", with: "")
            }
            #expect(lines.count > 20)
            for line in lines { #expect(TerminalText.width(String(line)) <= Int(columns), "\(line)") }
            #expect(text.contains("…"))
        }
        // Nothing is cut where no terminal is.
        #expect(try !unloop("examples").output.contains("…"))
    }

    @Test("a terminal that is closed does not end the training")
    func closedTerminal() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        // Nobody can read the result there, which is a failure, but no trap.
        let (status, text) = try unloopOnTerminal(
            ["train", "digits", "--model", "mlp", "--epochs", "3", "--device", "cpu"], columns: 80, closing: true)
        #expect(!text.isEmpty)
        #expect(status == 1)
    }
}
