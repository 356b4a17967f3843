import Unloop
import UnloopBackend
import UnloopConformance
import UnloopLoop

/// `unloop check`
enum CheckCommand {
    static let command = Command(
        name: "check", summary: "Shows that a device gives the same bits as the loop.",
        options: [
            .value("--device", "DEVICE", "cpu, opencl, opencl:INDEX or opencl:NAME; all when left out"),
            .choice(
                "--size", OperationCase.SizeClass.allCases.map(name), "cases up to this size (default small)"),
            .choice("--family", OperationCase.Family.allCases.map(\.rawValue), "only this family of operations"),
            .choice("--format", ["table", "json"], "default: table"),
        ] + RandomCheckCommand.options + ProgramCheckCommand.options,
        notes: """
            Runs generated cases of every operation on the device and on the loop, and compares every element bit by bit. Exit
            status 1 when any differs. Please report a device for which that happens.

            With --random: small programs of operations drawn from the seed, with derivatives, on the processor with every
            instruction set, one to three threads, compiled and interpreted formulas, and on OpenCL with both kinds of
            kernels, alone and two at a time; also compared with float64 on the loop. A program that fails is made as small
            as it gets and printed as Swift. --size tiny takes the smallest tensors, for interpreters and sanitizers.

            With --program train-digits: trains on the device and runs every operation on a second device, too (--against). Names the first
            operation whose bits differ, its shapes and the element.
            """,
        run: run)

    private static func name(_ size: OperationCase.SizeClass) -> String { "\(size)" }

    /// How one family of operations fared on one device.
    private struct Result {
        let device: String
        let family: OperationCase.Family
        var agreeing = 0
        var total = 0
        /// The first disagreements, for people.
        var failures: [String] = []
    }

    private static func run(_ arguments: Arguments) throws -> Int32 {
        try ProgramCheckCommand.requireProgram(arguments)
        if arguments.has("--program") { return try ProgramCheckCommand.run(arguments) }
        try RandomCheckCommand.requireRandom(arguments)
        if arguments.has("--random") { return try RandomCheckCommand.run(arguments) }
        let sizes = OperationCase.SizeClass.allCases
        let size = sizes.first { name($0) == arguments.string("--size") } ?? .small
        let families = OperationCase.Family.allCases.filter {
            [nil, $0.rawValue].contains(arguments.string("--family"))
        }
        let backends = try backends(arguments.string("--device"))
        var results: [Result] = []
        for family in families {
            let cases = ConformanceSuite.cases(of: family, upTo: size)
            if cases.isEmpty { continue }
            results += compare(cases, family, on: backends)
        }
        Terminal.clearProgress()
        report(results, backends, asJSON: arguments.string("--format") == "json")
        return results.allSatisfy { $0.agreeing == $0.total } ? 0 : 1
    }

    private static func backends(_ name: String?) throws -> [(label: String, backend: any Backend)] {
        if let name {
            let device = try DeviceChoice.device(name)
            if device.kind == .loop {
                throw UsageError("the loop is what devices are compared with; valid: cpu, opencl")
            }
            return [(device.label, try device.backend())]
        }
        return try DeviceChoice.devices(nil).filter { $0.kind != .loop }.map { ($0.label, try $0.backend()) }
    }

    private static func compare(
        _ cases: [OperationCase], _ family: OperationCase.Family, on backends: [(label: String, backend: any Backend)]
    ) -> [Result] {
        var results = backends.map { Result(device: $0.label, family: family) }
        for (position, operation) in cases.enumerated() {
            if position % 16 == 0 { Terminal.progress("\(family.rawValue): \(position) of \(cases.count)") }
            let expected = Swift.Result { try operation.run(on: LoopBackend.shared) }
            for (index, (_, backend)) in backends.enumerated() {
                results[index].total += 1
                do {
                    if let difference = Comparison.bitDifference(
                        expected: try expected.get(), actual: try operation.run(on: backend))
                    {
                        results[index].failures.append("\(operation.name): \(difference)")
                    } else {
                        results[index].agreeing += 1
                    }
                } catch {
                    results[index].failures.append("\(operation.name): \(error)")
                }
            }
        }
        return results
    }

    private static func report(
        _ results: [Result], _ backends: [(label: String, backend: any Backend)], asJSON: Bool
    ) {
        if asJSON {
            let rows = results.map { result in
                JSON.object([
                    ("device", .string(result.device)),
                    ("conforming", .bool(backends.first { $0.label == result.device }?.backend.isConforming ?? true)),
                    ("family", .string(result.family.rawValue)),
                    ("agreeing", .integer(result.agreeing)), ("total", .integer(result.total)),
                    ("failures", .array(result.failures.map { .string($0) })),
                ])
            }
            Terminal.print(JSON.object([("schema", .integer(1)), ("results", .array(rows))]).pretty())
            return
        }
        var table = Table([.left("operations")] + backends.map { .right($0.label) })
        for family in OperationCase.Family.allCases {
            let row = results.filter { $0.family == family }
            if !row.isEmpty { table.append([family.rawValue] + row.map { "\($0.agreeing) of \($0.total)" }) }
        }
        Terminal.print(table.plain + "\n")
        for (label, backend) in backends {
            let mine = results.filter { $0.device == label }
            let (agreeing, total) = (mine.reduce(0) { $0 + $1.agreeing }, mine.reduce(0) { $0 + $1.total })
            Terminal.print(
                "\(label): \(agreeing) of \(total) cases have the loop's bits on \(backend.name)"
                    + (backend.isConforming ? "" : ", which is known to give others and admitted by the environment"))
            for failure in mine.flatMap(\.failures).prefix(10) { Terminal.complain(failure) }
        }
    }
}
