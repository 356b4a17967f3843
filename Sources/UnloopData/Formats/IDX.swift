import Foundation
import UnloopBackend

/// An array in the IDX format of the MNIST files (Y. LeCun, C. Cortes, C. Burges: The MNIST database).
///
/// Two zero bytes, a byte for the element type, a byte for the number of axes, each axis's size as a big-endian 32-bit
/// integer, then the elements, row-major and big-endian. Compressed files are to be decompressed first.
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

    /// - Throws: `DataError.truncated` when the file is shorter than its header announces, `malformed` when it is longer or the
    ///   header is not IDX, `unsupported` for compressed files. Nothing is allocated on a header's word alone.
    public init(path: String) throws(DataError) {
        let file = try BinaryFile(path: path)
        func malformed(_ reason: String) -> DataError { .malformed(file: path, format: "IDX", reason: reason) }

        let magic = [UInt8](try file.read(4))
        if magic[0] == 0x1f && magic[1] == 0x8b {
            throw .unsupported(file: path, what: "compressed data", remedy: "decompress it with `gunzip` first")
        }
        guard magic[0] == 0, magic[1] == 0 else { throw malformed("it does not begin with two zero bytes") }
        guard let element = Element(rawValue: magic[2]) else {
            throw malformed("0x\(String(magic[2], radix: 16)) is no element type")
        }
        let rank = Int(magic[3])
        guard (1...Dimensions.maximumRank).contains(rank) else {
            throw malformed("\(rank) axes, where 1 to \(Dimensions.maximumRank) are possible")
        }
        let shape = try file.read(4 * rank).decoded(UInt32.self, bigEndian: true) { Int($0) }
        let (payload, expected) = try Self.payload(shape, element, after: file.position, malformed)
        guard expected <= file.byteCount else {
            throw .truncated(file: path, expectedBytes: expected, actualBytes: file.byteCount)
        }
        guard expected == file.byteCount else {
            throw malformed("\(file.byteCount - expected) bytes follow the last element")
        }

        let data = try file.read(payload)
        self.element = element
        self.shape = shape
        elements =
            switch element {
            case .unsignedByte: .int32(data.decoded(UInt8.self) { Int32($0) })
            case .signedByte: .int32(data.decoded(Int8.self) { Int32($0) })
            case .int16: .int32(data.decoded(Int16.self, bigEndian: true) { Int32($0) })
            case .int32: .int32(data.decoded(Int32.self, bigEndian: true) { $0 })
            case .float32: .float32(data.decoded(UInt32.self, bigEndian: true) { Float(bitPattern: $0) })
            case .float64: .float64(data.decoded(UInt64.self, bigEndian: true) { Double(bitPattern: $0) })
            }
    }

    /// The bytes of the elements, and those of the whole file.
    private static func payload(
        _ shape: [Int], _ element: Element, after header: UInt64, _ malformed: (String) -> DataError
    ) throws(DataError) -> (Int, UInt64) {
        var payload = element.byteCount
        var overflow = false
        // A zero makes the array empty whatever the other sizes are.
        for size in shape.contains(0) ? [0] : shape {
            let product = payload.multipliedReportingOverflow(by: size)
            overflow = overflow || product.overflow
            payload = product.partialValue
        }
        let (total, wraps) = UInt64(truncatingIfNeeded: payload).addingReportingOverflow(header)
        guard !overflow, !wraps, payload >= 0 else { throw malformed("its sizes \(shape) are larger than any memory") }
        return (payload, total)
    }
}
