import UnloopBackend

/// What stands before the elements of an NPY file, checked against the format's rules.
struct NPYHeader {
    let file: String
    /// What errors call the file.
    let format: String
    let element: NPYFile.Element
    let isBigEndian: Bool
    /// Whether the first axis runs fastest in the file (Fortran) instead of the last (C).
    let isColumnMajor: Bool
    let shape: [Int]

    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    /// Row-major elements that lie somewhere without a header.
    init(file: String, format: String, element: NPYFile.Element, isBigEndian: Bool, shape: [Int]) {
        self.file = file
        self.format = format
        self.element = element
        self.isBigEndian = isBigEndian
        isColumnMajor = false
        self.shape = shape
    }

    init(_ file: BinaryFile) throws(DataError) {
        func malformed(_ reason: String) -> DataError {
            .malformed(file: file.name, format: NPYFile.format, reason: reason)
        }

        let start = try file.read(Self.magic.count + 2)
        guard start.starts(with: Self.magic) else { throw malformed("it does not begin with the byte 0x93 and NUMPY") }
        let (major, minor) = (start[6], start[7])
        let length: Int
        switch (major, minor) {
        case (1, 0): length = Int(try file.read(1, as: UInt16.self)[0])
        case (2, 0), (3, 0): length = Int(try file.read(1, as: UInt32.self)[0])
        default:
            throw .unsupported(
                file: file.name, what: "version \(major).\(minor) of the NPY format, where 1.0, 2.0 and 3.0 are known",
                remedy: "write it again with numpy.lib.format.write_array(file, array, version=(1, 0))")
        }
        guard length <= NPYFile.maximumHeaderBytes else {
            throw malformed("its header would have \(length) bytes, more than \(NPYFile.maximumHeaderBytes)")
        }
        // Python 2 wrote the suffix of long integers, which version 3.0 is too young for.
        var reader = NPYHeaderReader(try file.read(length), file: file.name, allowsLongSuffix: major < 3)
        let members = try reader.members()

        (element, isBigEndian) = try Self.type(members.descr, file.name)
        guard members.shape.count <= Dimensions.maximumRank else {
            throw .unsupported(
                file: file.name, what: "an array of \(members.shape.count) axes",
                remedy: "write it with at most \(Dimensions.maximumRank), with array.squeeze() or array.reshape(…)")
        }
        self.file = file.name
        format = NPYFile.format
        isColumnMajor = members.fortranOrder
        shape = members.shape
    }

    func malformed(_ reason: String) -> DataError { .malformed(file: file, format: format, reason: reason) }

    /// The type and the byte order, from NumPy's abbreviation (NumPy reference, The array interface protocol, `typestr`): `<` little-endian,
    /// `>` big-endian, `|` without meaning, `=` or nothing the machine's, which is little-endian, then a letter and the width in bytes.
    private static func type(_ text: String, _ file: String) throws(DataError) -> (NPYFile.Element, Bool) {
        let order = text.first.flatMap { "<>|=".contains($0) ? $0 : nil }
        let code = text.dropFirst(order == nil ? 0 : 1)
        if let element = NPYFile.Element(rawValue: String(code)) { return (element, order == ">") }
        // Dates have their unit in brackets behind the width, objects alone need no width.
        let width = code.dropFirst().prefix { $0 != "[" }
        guard let letter = code.first, let (kind, remedy) = otherTypes[letter],
            letter == "O" || !width.isEmpty, width.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else {
            throw .malformed(
                file: file, format: NPYFile.format, reason: "`\(text.prefix(100))` is no type of elements")
        }
        throw .unsupported(file: file, what: "\(kind) (`\(text.prefix(100))`)", remedy: remedy)
    }

    private static let numbers = "write it with array.astype('float32')"

    /// By their letters, what NumPy has besides the types that are read, and what to do with it.
    private static let otherTypes: [Character: (kind: String, remedy: String)] = [
        "f": ("reals of another width", numbers),
        "i": ("integers of another width", numbers),
        "u": ("integers of another width", numbers),
        "b": ("truth values of another width", numbers),
        "t": ("bit fields", numbers),
        "c": (
            "complex numbers",
            "write their parts, array.real.astype('float32') and array.imag.astype('float32'), in files of their own"
        ),
        "U": ("texts", "write numbers, with array.astype('float32') where the texts are numbers"),
        "S": ("texts", "write numbers, with array.astype('float32') where the texts are numbers"),
        "a": ("texts", "write numbers, with array.astype('float32') where the texts are numbers"),
        "O": ("Python objects, which are never loaded", numbers),
        "M": ("dates", "write it with array.astype('int64').astype('float64')"),
        "m": ("durations", "write it with array.astype('int64').astype('float64')"),
        "V": ("bytes without a type", "give it one with array.view('uint8')"),
    ]

    /// The bytes up to the elements, as `numpy.save` writes them: after the dictionary there are spaces, as many as the first axis needs to
    /// grow to 21 digits and more up to a multiple of 64 bytes, the last of which is a line break.
    ///
    /// Whatever the shape, that is 128 bytes: one without axes needs 66, one with axes at least 88; eight axes need 108 bytes and one for
    /// each digit beyond the first of the last seven sizes, of which there are at most 18 in sizes that memory holds.
    static func bytes(_ element: NPYFile.Element, _ shape: [Int]) -> [UInt8] {
        let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        let type = (element.byteCount == 1 ? "|" : "<") + element.rawValue
        let text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }"
        let start = magic + [1, 0, 118, 0] + text.utf8
        return start + [UInt8](repeating: UInt8(ascii: " "), count: 127 - start.count) + [UInt8(ascii: "\n")]
    }
}
