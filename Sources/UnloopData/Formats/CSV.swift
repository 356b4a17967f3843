import Foundation
import UnloopBackend

/// A table in comma-separated values (RFC 4180): fields may be quoted, a quote inside is doubled, quoted fields may hold
/// separators and line breaks. Lines end with LF or CRLF; a line that is altogether empty is skipped.
public struct CSVTable: Sendable, Equatable {
    /// What a field without a value, or with `NaN`, `NA` or `?`, becomes among reals.
    public enum MissingValue: Sendable { case notANumber, rejected }

    /// The names of the columns, when the file has a header.
    public let columnNames: [String]?
    public let columnCount: Int
    /// The fields of each row, as text without quotes and surrounding spaces.
    public let rows: [[String]]
    /// The name for errors.
    private let file: String
    /// The line, counted from 1, on which each row begins.
    private let lines: [Int]

    public var rowCount: Int { rows.count }

    /// - Throws: `DataError.unreadable`, and what `init(text:)` throws.
    public init(path: String, separator: Character = ",", hasHeader: Bool = false) throws(DataError) {
        let file = try BinaryFile(path: path)
        guard let size = Int(exactly: file.byteCount) else {
            throw .unreadable(file: path, reason: "it is larger than memory")
        }
        guard let text = String(data: try file.read(size), encoding: .utf8) else {
            throw .malformed(file: path, format: "CSV", reason: "it is not UTF-8 text")
        }
        try self.init(text: text, name: path, separator: separator, hasHeader: hasHeader)
    }

    /// - Parameter name: stands for the file's name in errors.
    /// - Throws: `DataError.malformedLine` for a row whose number of fields differs from the first row's, and for a quote that
    ///   is not closed or stands in the middle of a field.
    public init(text: String, name: String = "text", separator: Character = ",", hasHeader: Bool = false)
        throws(DataError)
    {
        require(
            separator.isASCII && separator != "\"" && !separator.isNewline,
            "CSVTable: the separator is one ASCII character")
        var parser = CSVParser(bytes: Array(text.utf8), separator: separator.asciiValue ?? 0x2c, file: name)
        var rows: [[String]] = []
        var lines: [Int] = []
        while let (line, fields) = try parser.nextRow() {
            if let first = rows.first, fields.count != first.count {
                throw .malformedLine(
                    file: name, line: line, reason: "\(fields.count) fields, where the first row has \(first.count)")
            }
            rows.append(fields)
            lines.append(line)
        }
        columnCount = rows.first?.count ?? 0
        if hasHeader {
            guard !rows.isEmpty else { throw .malformed(file: name, format: "CSV", reason: "it has no header line") }
            columnNames = rows.removeFirst()
            lines.removeFirst()
        } else {
            columnNames = nil
        }
        self.rows = rows
        self.lines = lines
        file = name
    }

    /// The position of the column with this name.
    public func column(named name: String) throws(DataError) -> Int {
        guard let position = columnNames?.firstIndex(of: name) else {
            throw .missing(file: file, what: "column `\(name)`", available: columnNames ?? [])
        }
        return position
    }

    /// The numbers in these columns, row by row: `rowCount × columns.count` values.
    ///
    /// - Throws: `DataError.malformedLine` for a field that is not a number, or has no value and `missing` is `rejected`.
    public func reals(columns: some Collection<Int>, missing: MissingValue = .rejected) throws(DataError) -> [Float] {
        check(columns)
        var result: [Float] = []
        result.reserveCapacity(rowCount * columns.count)
        for (row, fields) in rows.enumerated() {
            for column in columns {
                let field = fields[column]
                if Self.isMissing(field) {
                    guard missing == .notANumber else { throw problem(row, column, "has no value") }
                    result.append(.nan)
                } else if let value = Float(field) {
                    result.append(value)
                } else {
                    throw problem(row, column, "`\(field.prefix(40))` is not a number")
                }
            }
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
        for (row, fields) in rows.enumerated() {
            guard let value = Int32(fields[column]) else {
                throw problem(row, column, "`\(fields[column].prefix(40))` is not a whole number of 32 bits")
            }
            result.append(value)
        }
        return result
    }

    /// The texts of a column as classes: the distinct texts in alphabetical order, and each row's position among them.
    public func classes(column: Int) -> (labels: [Int32], names: [String]) {
        check(CollectionOfOne(column))
        let names = Set(rows.map { $0[column] }).sorted()
        let positions = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($0.element, Int32($0.offset)) })
        return (rows.map { positions[$0[column]] ?? 0 }, names)
    }

    private static func isMissing(_ field: String) -> Bool {
        field.isEmpty || field == "?" || ["nan", "na", "n/a", "null"].contains(field.lowercased())
    }

    private func check(_ columns: some Collection<Int>) {
        require(
            columns.allSatisfy { rowCount == 0 || (0..<columnCount).contains($0) },
            "CSVTable: columns \(Array(columns)) of a table with \(columnCount) columns")
    }

    private func problem(_ row: Int, _ column: Int, _ reason: String) -> DataError {
        let name = columnNames.map { "`\($0[column])`" } ?? "\(column + 1)"
        return .malformedLine(file: file, line: lines[row], reason: "column \(name) \(reason)")
    }
}

/// Splits text into rows of fields.
private struct CSVParser {
    private let bytes: [UInt8]
    private let separator: UInt8
    private let file: String
    private var position = 0
    private var line = 1

    init(bytes: [UInt8], separator: UInt8, file: String) {
        // A byte order mark is no part of the first field.
        self.bytes = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? Array(bytes.dropFirst(3)) : bytes
        self.separator = separator
        self.file = file
    }

    private static let quote = UInt8(ascii: "\"")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    private var atLineEnd: Bool {
        position == bytes.count || bytes[position] == Self.lineFeed
            || (bytes[position] == Self.carriageReturn
                && (position + 1 == bytes.count || bytes[position + 1] == Self.lineFeed))
    }

    private mutating func skipLineEnd() {
        if position < bytes.count, bytes[position] == Self.carriageReturn { position += 1 }
        if position < bytes.count {
            position += 1
            line += 1
        }
    }

    /// The next row that is not empty, with the line on which it begins.
    mutating func nextRow() throws(DataError) -> (Int, [String])? {
        while position < bytes.count, atLineEnd { skipLineEnd() }
        guard position < bytes.count else { return nil }
        let first = line
        var fields = [try field()]
        while position < bytes.count, bytes[position] == separator {
            position += 1
            fields.append(try field())
        }
        skipLineEnd()
        return (first, fields)
    }

    private mutating func skipSpaces() {
        while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x09, bytes[position] != separator {
            position += 1
        }
    }

    private mutating func field() throws(DataError) -> String {
        skipSpaces()
        if position < bytes.count, bytes[position] == Self.quote { return try quotedField() }
        let start = position
        while !atLineEnd, bytes[position] != separator {
            if bytes[position] == Self.quote {
                throw .malformedLine(
                    file: file, line: line, reason: "a quote in the middle of a field that is not quoted")
            }
            position += 1
        }
        var end = position
        while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private mutating func quotedField() throws(DataError) -> String {
        let first = line
        var content: [UInt8] = []
        position += 1
        while true {
            guard position < bytes.count else {
                throw .malformedLine(file: file, line: first, reason: "a quote is opened and never closed")
            }
            let byte = bytes[position]
            position += 1
            if byte == Self.quote {
                if position < bytes.count, bytes[position] == Self.quote {
                    position += 1
                } else {
                    break
                }
            }
            if byte == Self.lineFeed { line += 1 }
            content.append(byte)
        }
        skipSpaces()
        guard atLineEnd || bytes[position] == separator else {
            throw .malformedLine(file: file, line: line, reason: "text follows a quoted field")
        }
        return String(decoding: content, as: UTF8.self)
    }
}
