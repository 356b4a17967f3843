/// Finds rows and fields in the text of a table.
struct CSVScanner {
    /// Where a field's text lies. Quotes around it are no part of it.
    struct Field {
        let first: Int
        let last: Int
        /// Whether quotes inside are doubled.
        let hasQuotes: Bool
    }

    let file: String
    /// The line, counted from 1, on which the row begins that was read last.
    private(set) var rowLine = 1
    /// Where that row lies as it stands in the file, without its line end.
    private(set) var rowBytes = 0..<0
    let bytes: [UInt8]
    let separator: UInt8
    private var position: Int
    private var line = 1

    init(_ bytes: [UInt8], separator: UInt8, file: String) {
        self.bytes = bytes
        self.separator = separator
        self.file = file
        // A byte order mark is no part of the first field.
        position = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    }

    func text(_ field: Field) -> String {
        let text = bytes[field.first..<field.last]
        guard field.hasQuotes else { return String(decoding: text, as: UTF8.self) }
        var content: [UInt8] = []
        var isFirstOfTwo = false
        for byte in text {
            isFirstOfTwo = byte == Self.quote && !isFirstOfTwo
            if !isFirstOfTwo { content.append(byte) }
        }
        return String(decoding: content, as: UTF8.self)
    }

    /// Programs in C take a zero byte for the end of a text.
    func checkZeroBytes(_ field: Field, column: Int) throws(DataError) {
        for position in field.first..<field.last where bytes[position] == 0 {
            throw .malformedLine(
                file: file, line: rowLine,
                reason: "column \(column + 1) has a zero byte at its byte \(position - field.first + 1)")
        }
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

    /// The next row that is not empty: the line on which it begins, and the number of its fields, which the body is given one by one.
    mutating func nextRow(
        _ body: (Field, _ column: Int, CSVScanner) throws(DataError) -> Void
    ) throws(DataError) -> (line: Int, count: Int)? {
        while position < bytes.count, atLineEnd { skipLineEnd() }
        guard position < bytes.count else { return nil }
        rowLine = line
        let start = position
        try body(try field(), 0, self)
        var count = 1
        while position < bytes.count, bytes[position] == separator {
            position += 1
            try body(try field(), count, self)
            count += 1
        }
        rowBytes = start..<position
        skipLineEnd()
        return (rowLine, count)
    }

    private func isSpace(_ byte: UInt8) -> Bool { (byte == 0x20 || byte == 0x09) && byte != separator }

    private mutating func skipSpaces() {
        while position < bytes.count, isSpace(bytes[position]) { position += 1 }
    }

    private mutating func field() throws(DataError) -> Field {
        skipSpaces()
        if position < bytes.count, bytes[position] == Self.quote { return try quotedField() }
        let start = position
        while !atLineEnd, bytes[position] != separator {
            if bytes[position] == Self.quote {
                throw .malformedLine(
                    file: file, line: line,
                    reason: "a quote in the middle of a field that is not quoted\(separatorHint)")
            }
            if bytes[position] == Self.carriageReturn {
                throw .malformedLine(
                    file: file, line: line,
                    reason: "a carriage return that no line feed follows; lines end with LF, or with CR and LF")
            }
            position += 1
        }
        var end = position
        while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        return Field(first: start, last: end, hasQuotes: false)
    }

    private mutating func quotedField() throws(DataError) -> Field {
        let first = line
        position += 1
        let start = position
        var hasQuotes = false
        while true {
            guard position < bytes.count else {
                throw .malformedLine(file: file, line: first, reason: "a quote is opened and never closed")
            }
            let byte = bytes[position]
            position += 1
            if byte == Self.quote {
                guard position < bytes.count, bytes[position] == Self.quote else { break }
                hasQuotes = true
                position += 1
            }
            if byte == Self.lineFeed { line += 1 }
        }
        let end = position - 1
        skipSpaces()
        guard atLineEnd || bytes[position] == separator else {
            throw .malformedLine(file: file, line: line, reason: "text follows a quoted field\(separatorHint)")
        }
        return Field(first: start, last: end, hasQuotes: hasQuotes)
    }
}
