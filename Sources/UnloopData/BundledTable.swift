/// A table of numbers that is part of the library.
enum BundledTable {
    /// - Parameter bytes: gives the file and its size.
    /// - Throws: `DataError.malformed` unless the table has the size it is known to have.
    static func load(
        _ name: String, rows: Int, columns: Int, _ bytes: (UnsafeMutablePointer<Int>) -> UnsafePointer<UInt8>?
    ) throws(DataError) -> CSVTable {
        var count = 0
        let start = bytes(&count)
        let table = try CSVTable(
            bytes: Array(UnsafeBufferPointer(start: start, count: count)), name: "the bundled \(name)")
        guard table.rowCount == rows, table.columnCount == columns else {
            throw .malformed(
                file: "the bundled \(name)", format: "bundled",
                reason: "it has \(table.rowCount) rows of \(table.columnCount) numbers, not \(rows) of \(columns)")
        }
        return table
    }
}
