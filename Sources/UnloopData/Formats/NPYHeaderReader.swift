import UnloopBackend

/// Reads the dictionary of an NPY file's header: the little of Python's notation that NumPy writes there (Python Language Reference,
/// sections 2.4 and 6.2), and nothing else.
///
/// The members come in any order, with white space between all that has a meaning, single or double quotes without escapes, and a comma
/// after the last member or size, or none.
struct NPYHeaderReader {
    struct Members {
        let descr: String
        let fortranOrder: Bool
        let shape: [Int]
    }

    private let bytes: [UInt8]
    private let file: String
    private let allowsLongSuffix: Bool
    private var position = 0

    /// - Parameter allowsLongSuffix: whether a size may end in `L`, as Python 2 wrote it.
    init(_ bytes: [UInt8], file: String, allowsLongSuffix: Bool) {
        self.bytes = bytes
        self.file = file
        self.allowsLongSuffix = allowsLongSuffix
    }

    private func invalid(_ reason: String) -> DataError {
        malformed("its header is not valid at byte \(position): \(reason)")
    }

    private func malformed(_ reason: String) -> DataError {
        .malformed(file: file, format: NPYFile.format, reason: reason)
    }

    mutating func members() throws(DataError) -> Members {
        var (descr, fortranOrder, shape): (String?, Bool?, [Int]?) = (nil, nil, nil)
        skipSpace()
        try take("{")
        while !isAt("}") {
            let key = try text()
            try take(":")
            let isNew: Bool
            switch key {
            case "descr": (isNew, descr) = (descr == nil, try type())
            case "fortran_order": (isNew, fortranOrder) = (fortranOrder == nil, try truth())
            case "shape": (isNew, shape) = (shape == nil, try sizes())
            default: throw malformed("its header has a member `\(key.prefix(100))`, which the format does not know")
            }
            if !isNew { throw malformed("its header has `\(key)` twice") }
            if !isAt("}") { try take(",") }
        }
        try take("}")
        if position < bytes.count { throw invalid("text follows the end") }
        guard let descr, let fortranOrder, let shape else {
            throw malformed("its header needs `descr`, `fortran_order` and `shape`")
        }
        return Members(descr: descr, fortranOrder: fortranOrder, shape: shape)
    }

    private func isAt(_ character: Unicode.Scalar) -> Bool {
        position < bytes.count && bytes[position] == UInt8(ascii: character)
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[position]) { position += 1 }
    }

    /// White space behind is taken too, here and wherever else something was read.
    private mutating func take(_ character: Unicode.Scalar) throws(DataError) {
        guard isAt(character) else { throw invalid("\(character) is missing") }
        position += 1
        skipSpace()
    }

    private mutating func type() throws(DataError) -> String {
        // A list has a structure's fields, a tuple the shape of an element.
        if isAt("[") || isAt("(") {
            throw .unsupported(
                file: file, what: "an array of structures",
                remedy: "write each field as an array of its own, with array['name'].astype('float32')")
        }
        return try text()
    }

    /// Printable ASCII, which is all that keys and the types that are read consist of.
    private mutating func text() throws(DataError) -> String {
        guard isAt("'") || isAt("\"") else { throw invalid("a text in quotes is missing") }
        let quote = bytes[position]
        let start = position + 1
        guard let end = bytes[start...].firstIndex(of: quote) else { throw invalid("a text is not closed") }
        for place in start..<end where !(0x20..<0x7f).contains(bytes[place]) || bytes[place] == UInt8(ascii: "\\") {
            position = place
            throw invalid("the byte 0x\(String(bytes[place], radix: 16)) in a text")
        }
        position = end + 1
        skipSpace()
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private mutating func truth() throws(DataError) -> Bool {
        for (word, value) in [("True", true), ("False", false)] where bytes[position...].starts(with: word.utf8) {
            position += word.utf8.count
            skipSpace()
            return value
        }
        throw invalid("True or False is missing")
    }

    /// A tuple: `()`, `(3,)`, `(3, 4)` or `(3, 4,)`. In parentheses without a comma, a number is only a number.
    private mutating func sizes() throws(DataError) -> [Int] {
        var sizes: [Int] = []
        var hasComma = false
        try take("(")
        while !isAt(")") {
            if !sizes.isEmpty && !hasComma { throw invalid(", is missing") }
            sizes.append(try size())
            hasComma = isAt(",")
            if hasComma { try take(",") }
        }
        if sizes.count == 1 && !hasComma { throw invalid("a shape of one axis needs a comma, as in (3,)") }
        try take(")")
        return sizes
    }

    private mutating func size() throws(DataError) -> Int {
        let start = position
        guard let value = bytes.decimalNumber(at: &position) else { throw invalid("the number is too large") }
        guard position > start, bytes[start] != 0x30 || position == start + 1 else {
            throw invalid("a size is a whole number, not negative, in decimal digits")
        }
        if allowsLongSuffix && isAt("L") { position += 1 }
        skipSpace()
        guard isAt(",") || isAt(")") else {
            throw invalid("a size is a whole number, not negative, in decimal digits, before a comma or a parenthesis")
        }
        return value
    }
}
