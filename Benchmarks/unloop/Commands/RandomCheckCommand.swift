import Foundation
import Unloop
import UnloopConformance

/// `unloop check --random`
enum RandomCheckCommand {
    static let options: [OptionDescription] = [
        .value("--random", "N", "runs N random programs on every device instead"),
        .value("--seed", "S", "of the random programs (default 2026)"),
        .value("--first", "I", "the number of the first program (default 0)"),
        .value("--compiled-every", "N", "of N random programs, one with formulas compiled on OpenCL (default 250)"),
        .flag("--isolated", "random programs in child processes, so that one that crashes is found"),
        .flag("--alone", "random programs one at a time, not two, for drivers that run in one thread only"),
        .flag("--print", "random programs as Swift, without running them"),
        .value("--path", "LIST", "a simpler program, by the positions that a failure was reported with"),
    ]

    /// Refuses options that say nothing where the programs are, or are not, random ones.
    static func requireRandom(_ arguments: Arguments) throws {
        if arguments.has("--random") {
            if arguments.has("--family") { throw UsageError("--random takes no --family") }
            let size = arguments.string("--size")
            if size != nil && size != "tiny" { throw UsageError("--random takes no --size but tiny") }
        } else if let option = options.first(where: { arguments.has($0.name) }) {
            throw UsageError("\(option.name) needs --random N")
        }
    }

    static func run(_ arguments: Arguments) throws -> Int32 {
        // What is read before it is written shows; devices look at this when they are made.
        setenv("UNLOOP_POISON_MEMORY", "1", 0)
        let request = try Request(arguments)
        if arguments.has("--print") {
            try request.printSources()
            return 0
        }
        let report = request.isIsolated ? try IsolatedRandomCheck(request).run() : try request.run()
        Terminal.clearProgress()
        print(report, asJSON: arguments.string("--format") == "json")
        return report.isClean ? 0 : 1
    }

    /// What was asked for.
    struct Request {
        var count: Int
        var seed: Int
        var first: Int
        var device: String?
        var size: RandomProgram.Size?
        var compiledEvery: Int
        var isIsolated: Bool
        var isAlone: Bool
        var path: [Int]

        init(_ arguments: Arguments) throws {
            count = try arguments.integer("--random", in: 0...Int.max >> 12) ?? 0
            seed = try arguments.integer("--seed", in: 0...Int.max) ?? 2026
            first = try arguments.integer("--first", in: 0...Int.max >> 12) ?? 0
            device = arguments.string("--device")
            size = arguments.string("--size") == "tiny" ? .tiny : nil
            compiledEvery =
                try arguments.integer("--compiled-every", in: 1...Int.max) ?? RandomConfiguration.usualCompiledEvery
            isIsolated = arguments.has("--isolated")
            isAlone = arguments.has("--alone")
            path = try (arguments.list("--path") ?? []).map { text in
                guard let position = Int(text), position >= 0 else {
                    throw UsageError("'\(text)' is not a value of --path; valid: positions with commas between them")
                }
                return position
            }
        }

        /// The same as words of a command line, for other programs of the same kind.
        func words(first: Int, count: Int, path: [Int] = [], device: String? = nil) -> [String] {
            var words = [
                "check", "--random", "\(count)", "--seed", "\(seed)", "--first", "\(first)", "--format", "json",
                "--compiled-every", "\(compiledEvery)",
            ]
            if let device = device ?? self.device { words += ["--device", device] }
            if size != nil { words += ["--size", "tiny"] }
            if isAlone { words.append("--alone") }
            if !path.isEmpty { words += ["--path", path.map(String.init).joined(separator: ",")] }
            return words
        }

        func check(_ configurations: [RandomConfiguration]) -> RandomCheck {
            RandomCheck(seed: UInt64(seed), size: size, configurations: configurations, isAlone: isAlone)
        }

        func printSources() throws {
            let check = check([])
            let device = device?.hasPrefix("opencl") == true ? "try .opencl" : ".cpu"
            if !path.isEmpty {
                let program = try simplified(check)
                return Terminal.print(program.source(device: device, remark: check.remark(first, path)) + "\n")
            }
            for number in first..<first + count {
                Terminal.print(
                    check.program(number).source(device: device, remark: check.remark(number, [])) + "\n")
            }
        }

        private func simplified(_ check: RandomCheck) throws -> RandomProgram {
            guard let program = check.program(first).following(path) else {
                throw UsageError("program \(first) of seed \(seed) has no simpler one at --path")
            }
            return program
        }

        func run() throws -> RandomReport {
            let check = check(try configurations())
            if !path.isEmpty { return check.run(try simplified(check), index: first) }
            return check.run(first: first, count: count) { done in
                if done % 16 == 0 { Terminal.progress("\(done) of \(count) programs") }
            }
        }

        private func configurations() throws -> [RandomConfiguration] {
            switch device.map({ $0.split(separator: ":").first.map(String.init) ?? "" }) {
            case "loop": return []
            case "cpu": return try RandomConfiguration.cpu()
            case "opencl": return try RandomConfiguration.openCL(compiledEvery: compiledEvery)
            case nil:
                do {
                    return try RandomConfiguration.cpu()
                        + RandomConfiguration.openCL(compiledEvery: compiledEvery)
                } catch {
                    Terminal.note("unloop: without opencl: \(error)")
                    return try RandomConfiguration.cpu()
                }
            default: throw UsageError("--random takes the devices loop, cpu and opencl")
            }
        }
    }

    // MARK: Output

    static func print(_ report: RandomReport, asJSON: Bool) {
        if asJSON { return Terminal.print(json(report).pretty()) }
        var table = Table([.left("configuration"), .right("programs"), .right("beside others"), .right("differing")])
        for (label, row) in report.rows {
            table.append([label, "\(row.programs)", "\(row.beside)", "\(row.differing)"])
        }
        Terminal.print(table.plain + "\n")
        Terminal.print(
            """
            \(report.programs) programs of \(report.steps) operations; \(report.compared) compared with float64 within a bound, \
            \(report.differentiated) derivatives with differences, \(report.beyond) beyond; \(report.crashes.count) crashes
            """)
        for failure in report.failures {
            Terminal.complain("program \(failure.index), \(failure.configuration): \(failure.difference)")
            Terminal.print(failure.source + "\n")
        }
        for crash in report.crashes {
            Terminal.complain("program \(crash.index) ends the process: \(crash.text)")
            Terminal.print(crash.source + "\n")
        }
    }

    private static func json(_ report: RandomReport) -> JSON {
        .object([
            ("schema", .integer(1)), ("programs", .integer(report.programs)), ("steps", .integer(report.steps)),
            (
                "configurations",
                .array(
                    report.rows.map { label, row in
                        .object([
                            ("name", .string(label)), ("programs", .integer(row.programs)),
                            ("beside", .integer(row.beside)), ("differing", .integer(row.differing)),
                        ])
                    })
            ),
            ("compared_with_float64", .integer(report.compared)),
            ("derivatives_compared", .integer(report.differentiated)), ("beyond_bound", .integer(report.beyond)),
            (
                "crashes",
                .array(
                    report.crashes.map {
                        .object([
                            ("index", .integer($0.index)), ("text", .string($0.text)), ("source", .string($0.source)),
                        ])
                    })
            ),
            (
                "failures",
                .array(
                    report.failures.map {
                        .object([
                            ("index", .integer($0.index)), ("configuration", .string($0.configuration)),
                            ("kind", .string($0.kind.rawValue)), ("difference", .string($0.difference)),
                            ("path", .array($0.path.map { .integer($0) })), ("source", .string($0.source)),
                        ])
                    })
            ),
            (
                "operations",
                .object(report.operations.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })
            ),
        ])
    }
}
