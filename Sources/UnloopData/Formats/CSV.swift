import UnloopBackend

/// A table in comma-separated values (RFC 4180): fields may be quoted, a quote inside is doubled, quoted fields may hold
/// separators and line breaks. Lines end with LF or CRLF; a line that is altogether empty is skipped.
///
/// The table keeps the text and finds fields in it when they are asked for, so that it takes no more memory than the file.
public struct CSVTable: Sendable {
    /// What a field without a value, or with `NaN`, `NA` or `?`, becomes among reals.
    public enum MissingValue: Sendable { case notANumber, rejected }

    public let rowCount: Int
    public let columnCount: Int
    let hasHeader: Bool
    /// At the first line.
    let start: CSVScanner

    /// - Throws: `DataError.unreadable`, and what `init(text:)` throws.
    public init(path: String, separator: Character = ",", hasHeader: Bool = false) throws(DataError) {
        self = try BinaryFile(path: path).parsed("CSV") { file throws(DataError) in
            try Self(bytes: file.readRest(), name: path, separator: separator, hasHeader: hasHeader)
        }
    }

    /// - Parameter name: stands for the file's name in errors.
    /// - Throws: `DataError.malformedLine` for a row whose number of fields differs from the first row's, for a quote that is not closed
    ///   or stands in the middle of a field, and for a zero byte.
    public init(text: String, name: String = "text", separator: Character = ",", hasHeader: Bool = false)
        throws(DataError)
    {
        try self.init(
            scanner: CSVScanner(Array(text.utf8), separator: Self.checked(separator), file: name), hasHeader: hasHeader)
    }

    /// - Throws: also `DataError.malformed` for bytes that are not UTF-8.
    package init(bytes: [UInt8], name: String = "bytes", separator: Character = ",", hasHeader: Bool = false)
        throws(DataError)
    {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw .malformed(file: name, format: "CSV", reason: Self.otherText(bytes))
        }
        try self.init(
            scanner: CSVScanner(bytes, separator: Self.checked(separator), file: name), hasHeader: hasHeader)
    }

    /// What is wrong with bytes that are not UTF-8.
    private static func otherText(_ bytes: [UInt8]) -> String {
        // Its byte order mark (The Unicode Standard, section 23.8), as spreadsheets write it.
        if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
            return "it is UTF-16 text; save it as UTF-8"
        }
        var (line, start) = (1, 0)
        while let end = bytes[start...].firstIndex(of: 0x0a),
            String(validating: bytes[start..<end], as: UTF8.self) != nil
        {
            (line, start) = (line + 1, end + 1)
        }
        return "its line \(line) is not UTF-8 text; save it as UTF-8"
    }

    private static func checked(_ separator: Character) -> UInt8 {
        require(
            separator.isASCII && separator != "\"" && !separator.isNewline,
            "CSVTable: the separator is one ASCII character")
        return separator.asciiValue ?? 0x2c
    }

    /// Looks at every field once.
    private init(scanner: CSVScanner, hasHeader: Bool) throws(DataError) {
        var rest = scanner
        var rows = 0
        var columns = 0
        while let row = try rest.nextRow({ (field, column, scanner) throws(DataError) in
            try scanner.checkZeroBytes(field, column: column)
        }) {
            if rows == 0 {
                columns = row.count
            } else if row.count != columns {
                let hint = rest.hint(fields: row.count, of: columns, isBelowHeader: hasHeader)
                throw .malformedLine(
                    file: rest.file, line: row.line,
                    reason: "\(row.count) fields, where the first row has \(columns)\(hint)")
            }
            rows += 1
        }
        if hasHeader, rows == 0 {
            throw .malformed(file: scanner.file, format: "CSV", reason: "it has no header line")
        }
        start = scanner
        columnCount = columns
        rowCount = rows - (hasHeader ? 1 : 0)
        self.hasHeader = hasHeader
    }

    /// The names of the columns, when the file has a header.
    public var columnNames: [String]? {
        guard hasHeader else { return nil }
        var (names, scanner) = ([String](), start)
        // The file was read to its end before without an error, here and below.
        _ = try? scanner.nextRow { field, _, scanner in names.append(scanner.text(field)) }
        return names
    }

    /// The fields of each row, as text without quotes and surrounding spaces. They are made when this is asked for, and take many times
    /// the file's memory.
    public var rows: [[String]] {
        var rows: [[String]] = []
        rows.reserveCapacity(rowCount)
        for _ in 0..<rowCount { rows.append([]) }
        visit { row, _, field, scanner in rows[row].append(scanner.text(field)) }
        return rows
    }

    /// The position of the column with this name.
    public func column(named name: String) throws(DataError) -> Int {
        let names = columnNames ?? []
        guard let position = names.firstIndex(of: name) else {
            throw .missing(file: start.file, what: "column `\(name)`", available: names)
        }
        return position
    }

    /// The numbers in these columns, row by row: `rowCount × columns.count` values.
    ///
    /// - Throws: `DataError.malformedLine` for a field that is not a number or beyond those of float32, or has no value and `missing` is
    ///   `rejected`.
    public func reals(columns: some Collection<Int>, missing: MissingValue = .rejected) throws(DataError) -> [Float] {
        check(columns)
        var result: [Float] = []
        result.reserveCapacity(rowCount * columns.count)
        // Columns are found in the order of the file, so others are brought into their order in the end.
        let isAscending = zip(columns, columns.dropFirst()).allSatisfy { $0 < $1 }
        let order = isAscending ? [] : columns.enumerated().sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }
        var next = columns.startIndex
        var found = 0
        try visit { (_, column, field, scanner) throws(DataError) in
            if column == 0 { (next, found) = (columns.startIndex, 0) }
            if isAscending {
                guard next != columns.endIndex, columns[next] == column else { return }
                result.append(try Self.real(field, scanner, missing) { problem(column, scanner, $0) })
                columns.formIndex(after: &next)
                return
            }
            while found < order.count, order[found].element == column {
                result.append(try Self.real(field, scanner, missing) { problem(column, scanner, $0) })
                found += 1
            }
        }
        guard !isAscending else { return result }
        var row = [Float](repeating: 0, count: order.count)
        for first in stride(from: 0, to: result.count, by: Swift.max(1, order.count)) {
            for (position, column) in order.enumerated() { row[column.offset] = result[first + position] }
            result.replaceSubrange(first..<first + order.count, with: row)
        }
        return result
    }

    /// The whole numbers in a column.
    ///
    /// - Throws: `DataError.malformedLine` for a field that is not a whole number of 32 bits.
    public func integers(column: Int) throws(DataError) -> [Int32] {
        check(CollectionOfOne(column))
        var result: [Int32] = []
        result.reserveCapacity(rowCount)
        try visit { (_, number, field, scanner) throws(DataError) in
            guard number == column else { return }
            let text = scanner.text(field)
            guard let value = Int32(text) else {
                throw problem(column, scanner, "`\(text.prefix(40))` is not a whole number of 32 bits")
            }
            result.append(value)
        }
        return result
    }

    /// The texts of a column as classes: the distinct texts in alphabetical order, and each row's position among them.
    public func classes(column: Int) -> (labels: [Int32], names: [String]) {
        check(CollectionOfOne(column))
        // Numbered as they come, then by the alphabet.
        var (numbers, labels) = ([String: Int32](), [Int32]())
        labels.reserveCapacity(rowCount)
        visit { _, number, field, scanner in
            guard number == column else { return }
            let text = scanner.text(field)
            let label = numbers[text] ?? Int32(clamping: numbers.count)
            numbers[text] = label
            labels.append(label)
        }
        let names = numbers.keys.sorted()
        var places = [Int32](repeating: 0, count: names.count)
        for (place, name) in names.enumerated() { places[Int(numbers[name] ?? 0)] = Int32(clamping: place) }
        return (labels.map { places[Int($0)] }, names)
    }

    /// Every field below the header, in the order of the file. Rows and columns are counted from 0.
    private func visit<Failure: Error>(
        _ body: (_ row: Int, _ column: Int, _ field: CSVScanner.Field, _ scanner: CSVScanner) throws(Failure) -> Void
    ) throws(Failure) {
        var scanner = start
        if hasHeader { _ = try? scanner.nextRow { _, _, _ in } }
        var row = 0
        var failure: Failure?
        while failure == nil {
            let found = try? scanner.nextRow { field, column, scanner in
                guard failure == nil else { return }
                do throws(Failure) { try body(row, column, field, scanner) } catch { failure = error }
            }
            if found == nil { break }
            row += 1
        }
        if let failure { throw failure }
    }

    func check(_ columns: some Collection<Int>) {
        require(
            columns.allSatisfy { rowCount == 0 || (0..<columnCount).contains($0) },
            "CSVTable: columns \(Array(columns)) of a table with \(columnCount) columns")
    }

    /// What is wrong with a field, named by its line and its column.
    func problem(_ column: Int, _ scanner: CSVScanner, _ reason: String) -> DataError {
        problem(column, line: scanner.rowLine, reason)
    }

    func problem(_ column: Int, line: Int, _ reason: String) -> DataError {
        let name = columnNames.map { "`\($0[column].prefix(100))`" } ?? "\(column + 1)"
        return .malformedLine(file: start.file, line: line, reason: "column \(name) \(reason)")
    }
}

extension CSVTable: Equatable {
    /// Whether the same fields have the same texts.
    public static func == (left: CSVTable, right: CSVTable) -> Bool {
        left.columnCount == right.columnCount && left.columnNames == right.columnNames && left.rows == right.rows
    }
}

extension CSVTable {
    /// Whether a field's text stands for no value.
    static func isMissing(_ text: String) -> Bool {
        text.isEmpty || text == "?" || ["nan", "na", "n/a", "null"].contains(text.lowercased())
    }

    private static func real(
        _ field: CSVScanner.Field, _ scanner: CSVScanner, _ missing: MissingValue, _ problem: (String) -> DataError
    ) throws(DataError) -> Float {
        let text = scanner.text(field)
        if let value = number(text), !value.isNaN {
            if value.isInfinite, text.utf8.contains(where: { (0x30...0x39).contains($0) }) {
                throw problem("`\(text.prefix(40))` is beyond the numbers of float32")
            }
            return value
        }
        // With a sign it is none either.
        let isMissing = isMissing(text) || number(text) != nil
        guard isMissing else { throw problem("`\(text.prefix(40))` is not a number") }
        guard missing == .notANumber else { throw problem("has no value") }
        return .nan
    }

    /// Nil for texts that are no numbers, and those with characters that a number does not have: the conversion may stop at them.
    static func number<Number: LosslessStringConvertible>(_ text: String, as type: Number.Type = Float.self) -> Number?
    {
        let isPlain = text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x7a).contains($0 | 0x20) || [0x2b, 0x2d, 0x2e].contains($0)
        }
        return isPlain ? Number(text) : nil
    }
}
