import Foundation
import Unloop
import UnloopBackend
import UnloopCPU

/// `unloop bench`
enum BenchCommand {
    static let command = Command(
        name: "bench", summary: "Checks and times operations on every device.",
        options: [
            .choice("--suite", Suite.allCases.map(\.rawValue), "which benchmarks; all but accelerator when left out"),
            .value("--filter", "REGEX", "only benchmarks whose name and shape match, such as 'matmul.*1024'"),
            .list("--devices", DeviceChoice.kinds, "which devices; all when left out"),
            .flag("--quick", "short measurements, for a first look"),
            .value("--min-time", "SECONDS", "measure each row at least so long (default 0.2)"),
            .value("--reps", "N", "take at least so many samples (default 10)"),
            .choice("--format", Report.Format.allCases.map(\.rawValue), "default: table"),
            .value("--output", "FILE", "write the result there instead of to standard output"),
            .value("--compare", "BASE.json", "show the change against an earlier JSON result"),
            .value("--fail-above", "PERCENT", "with --compare: exit with 1 when a row got slower by more"),
            .list("--peers", peerNames, "time these libraries too, where they are installed"),
            .flag("--list", "name the benchmarks of all suites and stop"),
        ],
        notes: """
            Every result is compared with the loop's, bit by bit, before it is timed. `× loop` is against the textbook loop in
            the lecture suite and against .loop elsewhere. A loop that would take too long is skipped, and a part of the result is
            checked instead.
            """,
        run: run)

    private static let peerNames = ["openblas", "clblast"]

    private static func run(_ arguments: Arguments) throws -> Int32 {
        let suites = Suite.allCases.filter { $0.rawValue == arguments.string("--suite") }
        let usual = arguments.has("--list") ? Suite.allCases : Suite.usual
        var benchmarks = (suites.isEmpty ? usual : suites).flatMap(\.benchmarks)
        if let pattern = arguments.string("--filter") {
            guard let regex = try? Regex(pattern) else {
                throw UsageError("'\(pattern)' is not a value of --filter; valid: a regular expression")
            }
            benchmarks.removeAll { "\($0.name) \($0.shapeText)".firstMatch(of: regex) == nil }
        }
        var settings = arguments.has("--quick") ? MeasurementSettings.quick : MeasurementSettings()
        if let seconds = try arguments.number("--min-time", atLeast: 0) { settings.minimumTime = seconds }
        if let count = try arguments.integer("--reps", in: 1...1_000_000) { settings.repetitions = count }
        let limit = try arguments.number("--fail-above", atLeast: 0)
        if limit != nil && !arguments.has("--compare") { throw UsageError("--fail-above needs --compare BASE.json") }

        if arguments.has("--list") {
            for benchmark in benchmarks {
                Terminal.print("\(benchmark.suite.rawValue)  \(benchmark.name.padding(to: 24))  \(benchmark.shapeText)")
            }
            return 0
        }
        if benchmarks.isEmpty { throw UsageError("no benchmark matches; `unloop bench --list` names them") }
        let baseline = try arguments.string("--compare").map { try Baseline(path: $0) }
        // Before anything is measured: a result that cannot be written would be lost after minutes.
        let output = arguments.string("--output")
        if let output { try naming(output) { () throws(FileFailure) in try checkWritable(output) } }
        let format = arguments.string("--format").flatMap(Report.Format.init) ?? .table

        let devices = try DeviceChoice.devices(arguments.list("--devices"))
        let peers = peers(arguments.list("--peers") ?? [])
        Terminal.progress("measuring the machine's peaks")
        let processor = try CPUBackend.shared()
        let peaks = try Peaks(devices: devices)
        let context = context(processor, devices, peers, peaks, settings)

        // A table on standard output grows row by row: the slowest benchmarks take minutes.
        let isStreamed = format == .table && output == nil
        let widths = Report.widths(benchmarks, comparing: baseline != nil)
        if isStreamed {
            Terminal.clearProgress()
            Terminal.print(header(processor, devices, peaks, markdown: false) + "\n")
            Terminal.print(Report.table([], comparing: baseline != nil).head(widths: widths))
        }
        var rows: [Row] = []
        for (position, benchmark) in benchmarks.enumerated() {
            let runner = Runner(settings: settings, devices: devices, peers: peers, peaks: peaks) { what in
                Terminal.progress("[\(position + 1)/\(benchmarks.count)] \(what)")
            }
            var new = runner.rows(of: benchmark)
            baseline?.fill(&new)
            rows += new
            if isStreamed {
                Terminal.clearProgress()
                // Nobody would see what more is measured.
                if Terminal.outputFailure != nil { return 1 }
                Terminal.print(Report.table(new, comparing: baseline != nil).body(widths: widths))
            }
        }
        Terminal.clearProgress()
        if isStreamed { return status(rows, arguments, limit: limit) }

        var text = Report(context: context, rows: rows, comparing: baseline != nil).text(format)
        if format == .table || format == .markdown {
            text = header(processor, devices, peaks, markdown: format == .markdown) + "\n\n" + text
        }
        if let output {
            try naming(output) { () throws(FileFailure) in try writeFile([Array((text + "\n").utf8)], to: output) }
        } else {
            Terminal.print(text)
        }
        return status(rows, arguments, limit: limit)
    }

    /// 1 when a row failed or got too slow, and when there was nothing to compare with.
    private static func status(_ rows: [Row], _ arguments: Arguments, limit: Double?) -> Int32 {
        var failed = false
        if let base = arguments.string("--compare") {
            let timed = rows.count { $0.timing != nil }
            let compared = rows.count { $0.change != nil }
            if limit != nil, compared == 0 {
                Terminal.complain("\(base) has none of the \(timed) rows that were measured; nothing could be compared")
                failed = true
            } else if compared < timed {
                Terminal.note("unloop: \(timed - compared) of \(timed) rows are not in \(base)")
            }
        }
        for row in rows {
            if case .failed(let why) = row.status {
                Terminal.complain("\(row.name) \(row.shape) on \(row.device): \(why)")
                failed = true
            }
            if let limit, let change = row.change, change > limit {
                Terminal.complain(
                    "\(row.name) \(row.shape) on \(row.device) got slower by \(Text.fixed(change, 1)) %, "
                        + "more than \(limit) %")
                failed = true
            }
        }
        return failed ? 1 : 0
    }

    private static func peers(_ names: [String]) -> [any Peer] {
        let peers: [any Peer] = names.compactMap { name in
            #if OpenCL
                if name == "clblast" { return CLBlast() }
            #endif
            return name == "openblas" ? OpenBLAS() : nil
        }
        for peer in peers where !peer.isAvailable { Terminal.note("unloop: \(peer.name): \(peer.note); skipped") }
        return peers
    }

    private static func header(_ processor: CPUBackend, _ devices: [Device], _ peaks: Peaks, markdown: Bool) -> String {
        var lines = [
            "Unloop \(unloopVersion), \(HostContext.operatingSystem), Swift \(HostContext.swiftVersion)",
            "cpu: \(processor.name); peak \(Text.number(peaks.processor.gflops)) GFLOP/s, "
                + "copying \(Text.number(peaks.processor.gbps)) GB/s",
        ]
        for device in devices where device.kind == .opencl {
            var line = DeviceChoice.text(device)
            if let peak = peaks.of(device), !device.isOpenCLCPU {
                line += "; peak \(Text.number(peak.gflops)) GFLOP/s, copying \(Text.number(peak.gbps)) GB/s"
            }
            lines.append(line)
        }
        return lines.map { markdown ? "- " + $0 : $0 }.joined(separator: "\n")
    }

    private static func context(
        _ processor: CPUBackend, _ devices: [Device], _ peers: [any Peer], _ peaks: Peaks,
        _ settings: MeasurementSettings
    ) -> [(String, JSON)] {
        HostContext.json(processor) + [
            (
                "devices",
                .array(
                    devices.map { device in
                        let peak = peaks.of(device)
                        return .object([
                            ("device", .string(device.kind.rawValue)), ("label", .string(device.label)),
                            ("name", .string(device.name)),
                            ("conforming", .bool((try? device.isConforming) ?? false)),
                            ("peak_gflops", .number(peak?.gflops)),
                            ("copy_gbps", .number(peak?.gbps)),
                        ])
                    })
            ),
            (
                "peers",
                .array(
                    peers.map { peer in
                        .object([
                            ("name", .string(peer.name)), ("available", .bool(peer.isAvailable)),
                            ("note", .string(peer.note)),
                        ])
                    })
            ),
            (
                "settings",
                .object([("min_time", .number(settings.minimumTime)), ("reps", .integer(settings.repetitions))])
            ),
        ]
    }
}
