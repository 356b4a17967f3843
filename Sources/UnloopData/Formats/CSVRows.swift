import UnloopBackend

/// Goes through the rows below a table's header, one after the other.
struct CSVRowCursor {
    /// At the line after the row.
    private(set) var scanner: CSVScanner
    /// Of the row.
    private(set) var fields: [CSVScanner.Field] = []
    private var remaining: Int

    init(_ table: CSVTable) {
        scanner = table.start
        remaining = table.rowCount
        if table.hasHeader { _ = try? scanner.nextRow { _, _, _ in } }
    }

    /// Goes to the next row; false behind the last one.
    mutating func advance() -> Bool {
        guard remaining > 0 else { return false }
        remaining -= 1
        // The memory of the last row's fields is used again.
        var row: [CSVScanner.Field] = []
        swap(&row, &fields)
        row.removeAll(keepingCapacity: true)
        // The file was read to its end before without an error.
        _ = try? scanner.nextRow { field, _, _ in row.append(field) }
        swap(&row, &fields)
        return true
    }

    /// The text of a field of the row.
    func text(_ column: Int) -> String { scanner.text(fields[column]) }
    /// The line on which the row begins.
    var line: Int { scanner.rowLine }
}

// Whole rows of a table, in the order of the file and in little memory.
extension CSVTable {
    /// The positions of the columns with these names.
    ///
    /// - Throws: `DataError.missing`, which names all that are not there; `unsupported` where one of them is there twice.
    func positions(of names: [String]) throws(DataError) -> [Int] {
        let available = columnNames ?? []
        var places: [String: Int] = [:]
        var doubled: Set<String> = []
        for (position, name) in available.enumerated() {
            if places.updateValue(position, forKey: name) != nil { doubled.insert(name) }
        }
        let lacking = names.filter { places[$0] == nil }
        guard lacking.isEmpty else {
            let list = lacking.map { "`\($0.prefix(100))`" }.joined(separator: ", ")
            throw .missing(
                file: start.file, what: (lacking.count == 1 ? "column " : "columns ") + list, available: available)
        }
        for name in names where doubled.contains(name) {
            throw unsupported("two columns named `\(name.prefix(100))`", remedy: "give one of them another name")
        }
        return names.map { places[$0] ?? 0 }
    }

    /// What stands for the file's name in errors.
    package var name: String { start.file }

    /// The error for a table that can be read, and that nothing can be made of.
    package func unsupported(_ what: String, remedy: String) -> DataError {
        .unsupported(file: start.file, what: what, remedy: remedy)
    }

    /// - Throws: `DataError.unsupported` for a table of one column whose lines look as if another separator divided them.
    package func checkSeparator() throws(DataError) {
        guard columnCount == 1, let other = start.likelierSeparator else { return }
        throw unsupported(
            "one column whose rows look separated by \(CSVScanner.name(of: other)), not by \(CSVScanner.name(of: start.separator))",
            remedy:
                "write them with \(CSVScanner.name(of: start.separator)), or read them in Swift with CSVTable(path:separator:hasHeader:)"
        )
    }

    /// The file's lines with more fields behind each: what was there stays byte by byte, with its quotes and spaces. Empty lines are left out;
    /// lines end as they did, the last one too.
    ///
    /// - Parameters:
    ///   - names: of the new columns.
    ///   - fields: those of a row, counted from 0.
    /// - Returns: pieces of the new file, made when they are asked for.
    /// - Precondition: the table has a header.
    package func lines(
        adding names: [String], _ fields: @escaping (_ row: Int) -> [String]
    ) -> some Sequence<[UInt8]> {
        require(hasHeader, "CSVTable: columns can be added to a table with a header only")
        let start = start
        return sequence(state: (scanner: start, row: -1)) { state -> [UInt8]? in
            var piece: [UInt8] = []
            if state.row < 0 { piece += start.byteOrderMark }
            // Some rows at a time, so that few pieces are written.
            while piece.count < 1 << 16 {
                let found = try? state.scanner.nextRow { _, _, _ in }
                if found == nil { break }
                piece += state.scanner.bytes[state.scanner.rowBytes]
                for field in state.row < 0 ? names : fields(state.row) {
                    piece.append(start.separator)
                    piece += csvField(field, separator: Unicode.Scalar(start.separator)).utf8
                }
                piece += state.scanner.rowEnd
                state.row += 1
            }
            return piece.isEmpty ? nil : piece
        }
    }
}

extension CSVScanner {
    /// What the file begins with, if it does.
    fileprivate var byteOrderMark: ArraySlice<UInt8> { bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes[..<3] : [] }

    /// The line end of the row that was read last; LF where the file ends without one.
    fileprivate var rowEnd: [UInt8] {
        bytes[rowBytes.upperBound...].first == 0x0d ? [0x0d, 0x0a] : [0x0a]
    }

    /// What may be meant where the row that was read last has more or fewer fields than the first one.
    ///
    /// - Parameter isBelowHeader: whether the first row has the columns' names.
    func hint(fields: Int, of expected: Int, isBelowHeader: Bool) -> String {
        let hint = separatorHint
        guard hint.isEmpty else { return hint }
        guard isBelowHeader, separator == 0x2c, fields > expected, hasCommaBetweenDigits else { return "" }
        return "; numbers with decimal commas become two fields: write decimal points"
    }

    /// What a reason goes on with where the rows look separated by something else.
    var separatorHint: String {
        likelierSeparator.map {
            "; the rows look separated by \(Self.name(of: $0)), not by \(Self.name(of: separator))"
        } ?? ""
    }

    private var hasCommaBetweenDigits: Bool {
        let digits: ClosedRange<UInt8> = 0x30...0x39
        return rowBytes.dropFirst().dropLast().contains { position in
            bytes[position] == 0x2c && digits.contains(bytes[position - 1]) && digits.contains(bytes[position + 1])
        }
    }

    static func name(of separator: UInt8) -> String {
        switch separator {
        case 0x2c: "commas"
        case 0x3b: "semicolons"
        case 0x09: "tabs"
        case 0x7c: "vertical bars"
        default: "`\(Character(Unicode.Scalar(separator)))`"
        }
    }

    /// A comma, semicolon, tab or vertical bar that stands equally often, outside quotes, in each of the first lines, where the separator itself
    /// does not; the most frequent one. Nil if there is none.
    var likelierSeparator: UInt8? {
        let candidates: [UInt8] = [0x2c, 0x3b, 0x09, 0x7c].filter { $0 != separator } + [separator]
        let lines = counts(of: candidates, lines: 20)
        guard let first = lines.first else { return nil }
        let constant = candidates.indices.filter { place in
            first[place] > 0 && lines.allSatisfy { $0[place] == first[place] }
        }
        guard !constant.contains(candidates.count - 1) else { return nil }
        return constant.max { first[$0] < first[$1] }.map { candidates[$0] }
    }

    /// How often each of these bytes stands outside quotes in each of the first lines that are not empty.
    private func counts(of candidates: [UInt8], lines limit: Int) -> [[Int]] {
        var (lines, counts) = ([[Int]](), [Int](repeating: 0, count: candidates.count))
        var (isQuoted, isEmpty) = (false, true)
        // A file without line ends is looked at in its beginning only.
        for byte in bytes.prefix(1 << 20) {
            if byte == 0x22 { isQuoted.toggle() }
            if byte == 0x0a, !isQuoted {
                if !isEmpty { lines.append(counts) }
                if lines.count == limit { return lines }
                (counts, isEmpty) = ([Int](repeating: 0, count: candidates.count), true)
                continue
            }
            if byte != 0x0d { isEmpty = false }
            if !isQuoted, let place = candidates.firstIndex(of: byte) { counts[place] += 1 }
        }
        return isEmpty ? lines : lines + [counts]
    }
}
