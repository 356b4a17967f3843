import Unloop
import UnloopCPU

/// Rows as a table for people, as Markdown, JSON or CSV.
struct Report {
    enum Format: String, CaseIterable, Sendable { case table, markdown, json, csv }

    let context: [(String, JSON)]
    let rows: [Row]
    let comparing: Bool

    func text(_ format: Format) -> String {
        switch format {
        case .table: Self.table(rows, comparing: comparing).plain
        case .markdown: Self.table(rows, comparing: comparing).markdown
        case .json:
            JSON.object([
                ("schema", .integer(1)), ("context", .object(context)), ("benchmarks", .array(rows.map(\.json))),
            ]).pretty()
        case .csv: csv
        }
    }

    private static let columns: [Table.Column] = [
        .left("operation"), .left("shape"), .left("device"), .right("median ± MAD"), .right("GFLOP/s"), .right("GB/s"),
        .right("% peak"), .right("× loop"), .right("first call"), .right("max error"), .right("vs base"),
        .left("status"),
    ]

    private static let baseColumn = 10

    /// An operation's name and shape stand in its first row only.
    ///
    /// - Parameter comparing: whether there is a column for the change against an earlier result.
    static func table(_ rows: [Row], comparing: Bool = false) -> Table {
        var table = Table(columns)
        var previous: Row?
        for row in rows {
            let isNew = previous?.name != row.name || previous?.shape != row.shape
            table.append([
                isNew ? row.name : "", isNew ? row.shape.map(String.init).joined(separator: "×") : "",
                row.device.replacing("peer:", with: ""), row.timing.map(Self.time) ?? "",
                row.gflops.map(Text.number) ?? "",
                row.gbps.map(Text.number) ?? "", row.percentOfPeak.map(Text.number) ?? "",
                row.speedup.map(Text.number) ?? "", row.firstCall.map(Text.time) ?? "",
                row.maximumError.map { $0 == 0 ? "0" : Text.scientific($0) } ?? "",
                row.change.map { ($0 > 0 ? "+" : "") + Text.fixed($0, 1) + " %" } ?? "",
                row.status.word,
            ])
            previous = row
        }
        return comparing ? table : table.without(column: baseColumn)
    }

    /// Widths that fit the rows of these benchmarks before they are known.
    static func widths(_ benchmarks: [Benchmark], comparing: Bool) -> [Int] {
        func widest(_ texts: [String], _ title: String) -> Int { texts.reduce(title.count) { max($0, $1.count) } }
        let names = widest(benchmarks.map(\.name), "operation")
        return [names, widest(benchmarks.map(\.shapeText), "shape"), 8, 13, 7, 5, 6, 6, 10, 9]
            + (comparing ? [9, 7] : [7])
    }

    private static func time(_ timing: Timing) -> String {
        Text.time(timing.median) + " ±" + Text.percent(timing.deviation / timing.median)
    }

    private var csv: String {
        let header = [
            "suite", "name", "shape", "dtype", "device", "median_ns", "mad_ns", "p95_ns", "first_call_ns", "gflops",
            "gbps",
            "percent_of_peak", "speedup_vs_loop", "max_error", "status",
        ]
        func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
        return Table.csv(
            [header]
                + rows.map { row in
                    [
                        row.suite.rawValue, row.name, row.shape.map(String.init).joined(separator: "x"),
                        row.elementType, row.device, text(row.timing?.median), text(row.timing?.deviation),
                        text(row.timing?.percentile95), text(row.firstCall), text(row.gflops), text(row.gbps),
                        text(row.percentOfPeak), text(row.speedup), text(row.maximumError), row.status.text,
                    ]
                })
    }
}
