/// Binary PGM (gray) and PPM (color) files of the Netpbm formats (J. Poskanzer; netpbm.sourceforge.net/doc/pgm.html and ppm.html).
///
/// `P5` or `P6`, then width, height and the largest sample in decimal digits, separated by white space and comments from `#` to the
/// end of the line, one character of white space, then the samples.
extension Bitmap {
    package static let netpbmFormat = "binary PGM or PPM"

    /// Reads a binary PGM or PPM file with samples of one byte. Samples are brought to 0…255 where the file's largest is another.
    ///
    /// - Throws: `DataError.malformed` for what is no such file, `unsupported` for the text variants, for samples of two bytes and for
    ///   several images in a file, `truncated` where samples are missing.
    public init(netpbm path: String) throws(DataError) {
        self = try BinaryFile(path: path).parsed(Bitmap.netpbmFormat) { file throws(DataError) in
            try Bitmap(netpbm: file.readRest(), name: path)
        }
    }

    /// - Parameter name: of the file, for errors.
    package init(netpbm bytes: [UInt8], name: String) throws(DataError) {
        var header = Header(bytes: bytes, name: name)
        let channels = try header.channels()
        let width = try header.number("width")
        let height = try header.number("height")
        let largest = try header.number("largest sample")
        guard largest <= 65535 else { throw header.malformed("its largest sample is \(largest), more than 65535") }
        guard largest < 256 else {
            throw .unsupported(
                file: name, what: "samples of two bytes", remedy: "convert it with `pamdepth 255`")
        }
        try header.endOfHeader()

        let start = header.position
        guard let count = elementCount([height, width, channels]) else {
            throw header.malformed("\(width)×\(height) pixels are more than any memory")
        }
        guard count <= bytes.count - start else {
            throw .truncated(
                file: name, expectedBytes: UInt64(count) + UInt64(start), actualBytes: UInt64(bytes.count))
        }
        guard count == bytes.count - start else {
            throw .unsupported(
                file: name, what: "\(bytes.count - start - count) bytes after the image, perhaps more images",
                remedy: "split it with `pamsplit`")
        }
        var samples = Array(bytes[start...])
        if largest < 255 {
            guard let excess = samples.firstIndex(where: { $0 > largest }) else {
                samples = samples.map { UInt8((Int($0) * 255 + largest / 2) / largest) }
                self.init(width: width, height: height, channels: channels, samples: samples)
                return
            }
            throw header.malformed("sample \(excess) is \(samples[excess]), more than the largest, \(largest)")
        }
        self.init(width: width, height: height, channels: channels, samples: samples)
    }

    /// The bytes of a binary PGM or PPM file.
    public func netpbmData() -> [UInt8] {
        Array("\(channels == 1 ? "P5" : "P6")\n\(width) \(height)\n255\n".utf8) + samples
    }

    /// Writes a binary PGM (gray) or PPM (color) file.
    public func writeNetpbm(to path: String) throws(DataError) { try write([netpbmData()], to: path) }
}

/// The text at the beginning of the file.
private struct Header {
    let bytes: [UInt8]
    let name: String
    var position = 0

    func malformed(_ reason: String) -> DataError {
        .malformed(file: name, format: Bitmap.netpbmFormat, reason: reason)
    }

    mutating func channels() throws(DataError) -> Int {
        let magic = String(decoding: bytes.prefix(2), as: UTF8.self)
        position = 2
        switch magic {
        case "P5": return 1
        case "P6": return 3
        case "P2", "P3":
            throw .unsupported(
                file: name, what: "samples written as text (\(magic))", remedy: "convert it with `pamtopnm`")
        default: throw malformed("it does not begin with P5 or P6")
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    /// A positive number after white space and comments.
    mutating func number(_ what: String) throws(DataError) -> Int {
        let start = position
        while position < bytes.count, Self.isSpace(bytes[position]) || bytes[position] == UInt8(ascii: "#") {
            if bytes[position] == UInt8(ascii: "#") {
                while position < bytes.count, bytes[position] != 10, bytes[position] != 13 { position += 1 }
            } else {
                position += 1
            }
        }
        guard position > start else { throw malformed("no white space before its \(what)") }
        let first = position
        guard let value = bytes.decimalNumber(at: &position) else { throw malformed("its \(what) has too many digits") }
        guard position > first, value > 0 else { throw malformed("its \(what) is not a positive number") }
        return value
    }

    mutating func endOfHeader() throws(DataError) {
        guard position < bytes.count, Self.isSpace(bytes[position]) else {
            throw malformed("no white space between header and samples")
        }
        position += 1
    }
}
