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
            rows.reduce(columns[column].title.count) { max($0, $1[column].count) }
        }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (position, cell) in cells.enumerated() {
            let space = String(repeating: " ", count: max(0, widths[position] - cell.count))
            line += (position == 0 ? "" : "  ") + (columns[position].alignsRight ? space + cell : cell + space)
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    /// The title's line and the one below it, for a table that is printed while its rows arrive.
    func head(widths: [Int]) -> String {
        Terminal.bold(line(columns.map(\.title), widths)) + "\n"
            + Terminal.dim(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "))
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
        rows.map { row in
            row.map { cell in
                cell.contains { ",\"\n\r".contains($0) } ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
            }.joined(separator: ",")
        }.joined(separator: "\n")
    }
}
