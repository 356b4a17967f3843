import UnloopBackend

/// An array in the IDX format of the MNIST files (Y. LeCun, C. Cortes, C. Burges: The MNIST database).
///
/// Two zero bytes, a byte for the element type, a byte for the number of axes, each axis's size as a big-endian 32-bit
/// integer, then the elements, row-major and big-endian. Compressed files are read by `IDXFile(gzip:)` of UnloopFormats.
public struct IDXFile: Sendable, Equatable {
    /// The type of the elements in the file.
    public enum Element: UInt8, Sendable, CaseIterable {
        case unsignedByte = 0x08, signedByte = 0x09, int16 = 0x0b, int32 = 0x0c, float32 = 0x0d, float64 = 0x0e

        public var byteCount: Int {
            switch self {
            case .unsignedByte, .signedByte: 1
            case .int16: 2
            case .int32, .float32: 4
            case .float64: 8
            }
        }
    }

    public let element: Element
    public let shape: [Int]
    /// Integers of every width are read as int32.
    public let elements: HostArray

    /// The name of the format in errors.
    static let format = "IDX"

    /// - Throws: `DataError.truncated` when the file is shorter than its header announces, `malformed` when it is longer or the
    ///   header is not IDX, `unsupported` for compressed files. Nothing is allocated on a header's word alone.
    public init(path: String) throws(DataError) {
        self = try BinaryFile(path: path).parsed(Self.format) { file throws(DataError) in try Self(file) }
    }

    /// - Parameter name: stands for the file's name in errors.
    package init(bytes: [UInt8], name: String = "bytes") throws(DataError) {
        self = try BinaryFile(bytes: bytes, name: name).parsed(Self.format) { file throws(DataError) in try Self(file) }
    }

    /// Type and sizes, with nothing read behind them.
    static func header(_ file: BinaryFile) throws(DataError) -> (element: Element, shape: [Int]) {
        let magic = try file.read(4)
        if magic[0] == 0x1f && magic[1] == 0x8b {
            throw .unsupported(
                file: file.name, what: "compressed data",
                remedy: "decompress it with `gunzip` first, or read it with IDXFile(gzip:) of UnloopFormats")
        }
        guard magic[0] == 0, magic[1] == 0 else { throw malformed("it does not begin with two zero bytes", file) }
        guard let element = Element(rawValue: magic[2]) else {
            throw malformed("0x\(String(magic[2], radix: 16)) is no element type", file)
        }
        let rank = Int(magic[3])
        guard (1...Dimensions.maximumRank).contains(rank) else {
            throw malformed("\(rank) axes, where 1 to \(Dimensions.maximumRank) are possible", file)
        }
        let shape = try file.read(rank, as: UInt32.self) { Int($0.byteSwapped) }
        guard elementCount(shape) != nil else { throw malformed("its sizes \(shape) are larger than any memory", file) }
        return (element, shape)
    }

    private static func malformed(_ reason: String, _ file: BinaryFile) -> DataError {
        .malformed(file: file.name, format: format, reason: reason)
    }

    private init(_ file: BinaryFile) throws(DataError) {
        let (element, shape) = try Self.header(file)
        let count = elementCount(shape) ?? 0
        let payload = count * element.byteCount
        guard payload <= file.remaining else {
            let expected = UInt64(payload) + UInt64(file.byteCount - file.remaining)
            throw .truncated(file: file.name, expectedBytes: expected, actualBytes: UInt64(file.byteCount))
        }
        guard payload == file.remaining else {
            throw Self.malformed("\(file.remaining - payload) bytes follow the last element", file)
        }

        self.element = element
        self.shape = shape
        elements =
            switch element {
            case .unsignedByte: .int32(try file.read(count, as: UInt8.self) { Int32($0) })
            case .signedByte: .int32(try file.read(count, as: Int8.self) { Int32($0) })
            case .int16: .int32(try file.read(count, as: Int16.self) { Int32($0.byteSwapped) })
            case .int32: .int32(try file.read(count, as: Int32.self) { $0.byteSwapped })
            case .float32: .float32(try file.read(count, as: UInt32.self) { Float(bitPattern: $0.byteSwapped) })
            case .float64: .float64(try file.read(count, as: UInt64.self) { Double(bitPattern: $0.byteSwapped) })
            }
    }
}
