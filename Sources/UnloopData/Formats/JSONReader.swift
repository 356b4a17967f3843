/// Reads JSON (RFC 8259) in one pass, without a tree: who asks says what must come next, and everything else is an error. Nothing that
/// the standard does not allow is let through.
struct JSONReader {
    let file: String
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
    }

    /// Whether this byte comes next, here and now.
    func isAt(_ byte: UInt8) -> Bool { position < bytes.count && bytes[position] == byte }

    private func invalid(_ reason: String) -> DataError {
        .malformed(file: file, format: "safetensors", reason: "its header is not valid at byte \(position): \(reason)")
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[position]) { position += 1 }
    }

    private mutating func take(_ byte: UInt8) throws(DataError) {
        guard isAt(byte) else { throw invalid("\(Character(Unicode.Scalar(byte))) is missing") }
        position += 1
    }

    /// Nothing but space may follow.
    mutating func end() throws(DataError) {
        skipSpace()
        if position < bytes.count { throw invalid("text follows the end") }
    }

    /// An object; the body reads the value of each member.
    mutating func members(_ body: (_ name: String, inout JSONReader) throws(DataError) -> Void) throws(DataError) {
        try list(UInt8(ascii: "{"), UInt8(ascii: "}")) { reader throws(DataError) in
            let name = try reader.string()
            reader.skipSpace()
            try reader.take(UInt8(ascii: ":"))
            reader.skipSpace()
            try body(name, &reader)
        }
    }

    /// An array; the body reads each element.
    mutating func elements(_ body: (inout JSONReader) throws(DataError) -> Void) throws(DataError) {
        try list(UInt8(ascii: "["), UInt8(ascii: "]"), body)
    }

    private mutating func list(
        _ first: UInt8, _ last: UInt8, _ body: (inout JSONReader) throws(DataError) -> Void
    ) throws(DataError) {
        try take(first)
        skipSpace()
        if isAt(last) {
            position += 1
            return
        }
        while true {
            try body(&self)
            skipSpace()
            if isAt(last) {
                position += 1
                return
            }
            try take(UInt8(ascii: ","))
            skipSpace()
        }
    }

    /// A whole number that is not negative, without fraction or exponent.
    mutating func size() throws(DataError) -> Int {
        let start = position
        guard let value = bytes.decimalNumber(at: &position) else { throw invalid("the number is too large") }
        let isWhole = position == bytes.count || ![0x2e, 0x65, 0x45].contains(bytes[position])
        guard position > start, isWhole, bytes[start] != 0x30 || position == start + 1 else {
            throw invalid("a size is a whole number, not negative, in decimal digits")
        }
        return value
    }

    mutating func string() throws(DataError) -> String {
        guard isAt(UInt8(ascii: "\"")) else { throw invalid("a text in quotes is missing") }
        position += 1
        let start = position
        // What was decoded, once there was an escape.
        var decoded: [UInt8]?
        while true {
            guard position < bytes.count else { throw invalid("a text is not closed") }
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") { break }
            if byte < 0x20 { throw invalid("a control character in a text") }
            if byte == UInt8(ascii: "\\") {
                if decoded == nil { decoded = Array(bytes[start..<position]) }
                position += 1
                let scalar = try escaped()
                decoded?.append(contentsOf: String(Character(scalar)).utf8)
            } else {
                decoded?.append(byte)
                position += 1
            }
        }
        let text =
            if let decoded { String(validating: decoded, as: UTF8.self) } else {
                String(validating: bytes[start..<position], as: UTF8.self)
            }
        guard let text else { throw invalid("a text is not UTF-8") }
        position += 1
        return text
    }

    private mutating func escaped() throws(DataError) -> Unicode.Scalar {
        guard position < bytes.count else { throw invalid("a text is not closed") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try hexadecimal()
            if let scalar = Unicode.Scalar(unit) { return scalar }
            // Characters beyond 16 bits are two surrogates.
            guard unit < 0xdc00, isAt(UInt8(ascii: "\\")), bytes.dropFirst(position + 1).first == UInt8(ascii: "u")
            else {
                throw invalid("half of a surrogate pair")
            }
            position += 2
            let low = try hexadecimal()
            guard (0xdc00...0xdfff).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00))
            else { throw invalid("half of a surrogate pair") }
            return scalar
        default: throw invalid("no such escape")
        }
    }

    private mutating func hexadecimal() throws(DataError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw invalid("\\u needs four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
