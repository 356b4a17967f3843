#if OpenCL
    import Foundation
    import Unloop
    import UnloopCPU
    import UnloopOpenCL

    /// `unloop tune`
    enum TuneCommand {
        static let command = Command(
            name: "tune", summary: "Finds the fastest kernels for an OpenCL device and remembers them.",
            options: [
                .value("--device", "DEVICE", "opencl, opencl:INDEX or opencl:NAME (default: opencl)"),
                .value("--time-limit", "SECONDS", "stop after so long (default 300)"),
                .value("--filter", "REGEX", "only problems whose name matches, such as 'matmul.nn'"),
                .choice("--format", ["table", "json"], "default: table"),
            ],
            notes: """
                Every candidate's bits are compared with the CPU's before it is timed; one that differs is named and never chosen.
                What is found is kept for the device and its driver beside the compiled programs, and used from then on; results
                do not change, only times. What was found before the limit is kept. Exit status 1 when a candidate's bits differ.
                """,
            run: run)

        /// Thirty years.
        private static let longestLimit = 1e9

        private static func run(_ arguments: Arguments) throws -> Int32 {
            let limit = try arguments.number("--time-limit", atLeast: 1) ?? 300
            guard limit <= Self.longestLimit else {
                throw UsageError(
                    "'\(arguments.string("--time-limit") ?? "")' is not a value of --time-limit; valid: seconds, from 1 to "
                        + "\(Int(Self.longestLimit))")
            }
            let asJSON = arguments.string("--format") == "json"
            let device = try DeviceChoice.device(arguments.string("--device") ?? "opencl")
            guard let backend = try device.backend() as? OpenCLBackend else {
                throw UsageError("\(device.label) has nothing to tune; valid: opencl, opencl:INDEX, opencl:NAME")
            }
            let problems = try problems(backend, arguments.string("--filter"))
            let file = try ProgramDiskCache.standard().flatMap { TuningFile(beside: $0, backend.device) }
            // Before anything is measured: what is found would be lost.
            try file?.prepare()
            if file == nil { Terminal.note("unloop: no folder to remember results in; set UNLOOP_CACHE_DIR") }

            var reports: [Tuner.Report] = []
            if !asJSON { Terminal.print("\(backend.name)\n\n" + table([]).head(widths: widths)) }
            try Tuner(backend, reference: try CPUBackend.shared()).run(
                problems, timeLimit: .seconds(limit),
                progress: { step in
                    let candidate = step.candidate ?? "untuned"
                    Terminal.progress(
                        "\(step.problemNumber) of \(step.problemCount): \(step.problem) with \(candidate)")
                },
                report: { report, tuned in
                    Terminal.clearProgress()
                    reports.append(report)
                    if !asJSON { Terminal.print(table([cells(report)]).body(widths: widths)) }
                    for candidate in report.wrong {
                        Terminal.complain("\(report.problem): the bits of \(candidate) are wrong; it is not used")
                    }
                    try file?.store(tuned)
                })
            Terminal.clearProgress()
            if asJSON {
                Terminal.print(json(reports, backend, file).pretty())
            } else {
                Terminal.print("\n" + summary(reports, of: problems.count, file))
            }
            return reports.allSatisfy(\.wrong.isEmpty) ? 0 : 1
        }

        private static func problems(_ backend: OpenCLBackend, _ filter: String?) throws -> [TuningProblem] {
            let all = TuningProblem.all(for: backend.deviceClass)
            guard let filter else { return all }
            guard let expression = try? Regex(filter) else {
                throw UsageError("'\(filter)' is not a value of --filter; valid: a regular expression")
            }
            let chosen = all.filter { $0.name.contains(expression) }
            if chosen.isEmpty {
                throw UsageError("no problem matches '\(filter)'; valid: \(all.map(\.name).joined(separator: ", "))")
            }
            return chosen
        }

        // MARK: Output

        private static let widths = [50, 30, 8, 8, 6, 5]

        private static func table(_ rows: [[String]]) -> Table {
            var table = Table([
                .left("problem"), .left("choice"), .right("time"), .right("untuned"), .right("gain"), .right("tried"),
            ])
            table.rows = rows
            return table
        }

        private static func cells(_ report: Tuner.Report) -> [String] {
            [
                report.problem, report.choice ?? "as untuned", Text.time(report.nanoseconds),
                Text.time(report.untunedNanoseconds),
                Text.fixed(report.untunedNanoseconds / report.nanoseconds, 2) + "×", "\(report.times.count)",
            ]
        }

        private static func summary(_ reports: [Tuner.Report], of count: Int, _ file: TuningFile?) -> String {
            let gains = reports.map { log($0.untunedNanoseconds / $0.nanoseconds) }
            let mean = gains.isEmpty ? 1 : exp(gains.reduce(0, +) / Double(gains.count))
            let place = file.map { "; kept in \($0.url.path)" } ?? ""
            return
                "\(reports.count) of \(count) problems, \(Text.fixed(mean, 2)) times as fast in the geometric mean\(place)"
        }

        private static func json(_ reports: [Tuner.Report], _ backend: OpenCLBackend, _ file: TuningFile?) -> JSON {
            .object([
                ("schema", .integer(1)), ("device", .string(backend.name)),
                ("file", .string(file?.url.path)),
                (
                    "problems",
                    .array(
                        reports.map { report in
                            .object([
                                ("name", .string(report.problem)),
                                ("choice", .string(report.choice)),
                                ("nanoseconds", .number(report.nanoseconds)),
                                ("untuned_nanoseconds", .number(report.untunedNanoseconds)),
                                (
                                    "candidates",
                                    .object(report.times.map { ($0.candidate, .number($0.nanoseconds)) })
                                ),
                                ("refused", .array(report.refused.map { .string($0) })),
                                ("wrong", .array(report.wrong.map { .string($0) })),
                            ])
                        })
                ),
            ])
        }
    }
#endif
