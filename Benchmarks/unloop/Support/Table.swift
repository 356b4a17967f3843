import UnloopBackend
import UnloopData

/// Columns of text, aligned; also as Markdown and CSV (RFC 4180).
struct Table {
    struct Column {
        let title: String
        let alignsRight: Bool
        static func left(_ title: String) -> Column { Column(title: title, alignsRight: false) }
        static func right(_ title: String) -> Column { Column(title: title, alignsRight: true) }
    }

    let columns: [Column]
    var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    mutating func append(_ row: [String]) { rows.append(row) }

    func without(column: Int) -> Table {
        var table = Table(columns.enumerated().filter { $0.offset != column }.map(\.element))
        table.rows = rows.map { row in row.enumerated().filter { $0.offset != column }.map(\.element) }
        return table
    }

    private var widths: [Int] {
        columns.indices.map { column in
            rows.reduce(TerminalText.width(columns[column].title)) { max($0, TerminalText.width($1[column])) }
        }
    }

    private func line(_ cells: [String], _ wanted: [Int]) -> String {
        let widths = Self.fitting(wanted, Terminal.outputColumns)
        let cut = widths.indices.filter { widths[$0] < wanted[$0] }
        var line = ""
        for (position, content) in cells.enumerated() {
            // Only what a narrow terminal took from a column is cut; more than was expected moves what follows to the right.
            let cell = cut.contains(position) ? Self.cut(content, widths[position]) : content
            let space = String(repeating: " ", count: max(0, widths[position] - TerminalText.width(cell)))
            line += (position == 0 ? "" : "  ") + (columns[position].alignsRight ? space + cell : cell + space)
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    /// The widths with which a line fits so many columns: the widest give what is missing, down to a width that still tells something.
    static func fitting(_ widths: [Int], _ columns: Int) -> [Int] {
        let least = 6
        var widths = widths
        var excess = widths.reduce(2 * (widths.count - 1), +) - min(columns, 1 << 20)
        while excess > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > least {
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    /// The beginning of a cell, with a sign that there is more.
    private static func cut(_ cell: String, _ width: Int) -> String {
        // Colours are not cut: they would not end.
        TerminalText.width(cell) <= width || cell.contains("\u{1b}") ? cell : TerminalText.fitted(cell, width - 1) + "…"
    }

    /// The title's line and the one below it, for a table that is printed while its rows arrive.
    func head(widths: [Int]) -> String {
        Terminal.bold(line(columns.map(\.title), widths)) + "\n"
            + Terminal.dim(
                Self.fitting(widths, Terminal.outputColumns).map { String(repeating: "─", count: $0) }
                    .joined(separator: "  "))
    }

    /// The rows without the head.
    func body(widths: [Int]) -> String { rows.map { line($0, widths) }.joined(separator: "\n") }

    /// Aligned by spaces. Columns without any content are left out.
    var plain: String {
        let used = columns.indices.filter { column in rows.contains { !$0[column].isEmpty } }
        var table = Table(used.map { columns[$0] })
        table.rows = rows.map { row in used.map { row[$0] } }
        let widths = table.widths
        return table.head(widths: widths) + "\n" + table.body(widths: widths)
    }

    var markdown: String {
        func escaped(_ cell: String) -> String { cell.replacing("|", with: "\\|") }
        var lines = ["| " + columns.map { escaped($0.title) }.joined(separator: " | ") + " |"]
        lines.append("|" + columns.map { $0.alignsRight ? "---:|" : "---|" }.joined())
        lines += rows.map { "| " + $0.map(escaped).joined(separator: " | ") + " |" }
        return lines.joined(separator: "\n")
    }

    static func csv(_ rows: [[String]]) -> String {
        rows.map { $0.map(csvField).joined(separator: ",") }.joined(separator: "\n")
    }
}
