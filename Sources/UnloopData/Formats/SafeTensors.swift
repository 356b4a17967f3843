import Foundation
import UnloopBackend

/// Named arrays in the safetensors format (Hugging Face, <https://github.com/huggingface/safetensors>, format section).
///
/// The length of the header as a little-endian 64-bit integer, the header in JSON, then all elements, row-major and
/// little-endian. The header gives each array's type, shape and range of bytes, and under `__metadata__` free text.
public struct SafeTensors: Sendable, Equatable {
    public struct Array: Sendable, Equatable {
        public var shape: [Int]
        public var elements: HostArray

        /// - Precondition: as many elements as the shape says.
        public init(shape: [Int], elements: HostArray) {
            require(
                shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == elements.count,
                "SafeTensors.Array: shape \(shape) does not have \(elements.count) elements")
            self.shape = shape
            self.elements = elements
        }
    }

    public var arrays: [String: Array]
    public var metadata: [String: String]

    public init(arrays: [String: Array] = [:], metadata: [String: String] = [:]) {
        self.arrays = arrays
        self.metadata = metadata
    }

    /// The longest header that the format allows, in bytes.
    public static let maximumHeaderBytes: UInt64 = 100_000_000

    /// - Throws: `DataError.truncated` when the file ends before its last array, `malformed` when the header or the ranges
    ///   break the format's rules (gaps, overlaps, sizes that do not fit the shape, bytes left over), `unsupported` for
    ///   element types other than F32, I32 and F64. Every size is checked before memory is taken for it.
    public init(path: String) throws(DataError) {
        let file = try BinaryFile(path: path)
        let rules = Rules(file: path)
        guard file.byteCount >= 8 else {
            throw .truncated(file: path, expectedBytes: 8, actualBytes: file.byteCount)
        }
        let headerBytes = try file.read(8).decoded(UInt64.self) { $0 }[0]
        guard headerBytes <= Self.maximumHeaderBytes else {
            throw rules.broken("its header would have \(headerBytes) bytes, more than \(Self.maximumHeaderBytes)")
        }
        guard headerBytes <= file.byteCount - 8 else {
            throw .truncated(file: path, expectedBytes: headerBytes + 8, actualBytes: file.byteCount)
        }
        let header = try rules.header(try file.read(Int(headerBytes)))
        let payloadBytes = file.byteCount - 8 - headerBytes

        // In order of their place, arrays must follow one another without gaps, so each byte belongs to exactly one.
        let ordered = header.arrays.sorted {
            ($0.value.begin, $0.value.end, $0.key) < ($1.value.begin, $1.value.end, $1.key)
        }
        var end: UInt64 = 0
        for (name, entry) in ordered {
            try rules.check(name, entry)
            guard entry.begin == end else {
                throw rules.broken("`\(name)` begins at byte \(entry.begin), but the array before it ends at \(end)")
            }
            end = entry.end
        }
        guard end <= payloadBytes else {
            throw .truncated(file: path, expectedBytes: end + 8 + headerBytes, actualBytes: file.byteCount)
        }
        guard end == payloadBytes else { throw rules.broken("\(payloadBytes - end) bytes follow the last array") }

        arrays = [:]
        metadata = header.metadata
        for (name, entry) in ordered {
            let data = try file.read(Int(entry.end - entry.begin))
            arrays[name] = Array(shape: entry.shape, elements: rules.elements(data, entry.element))
        }
    }

    /// Arrays are written in the order of their names; the same content gives the same bytes. The file appears whole or not
    /// at all.
    public func write(to path: String) throws(DataError) {
        var header = Data("{".utf8)
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            header.append(Data("\"__metadata__\":{\(pairs.joined(separator: ","))}".utf8))
        }
        let ordered = arrays.sorted { $0.key < $1.key }
        var offset = 0
        for (name, array) in ordered {
            let size = array.elements.count * array.elements.elementType.byteCount
            let comma = header.count > 1 ? "," : ""
            let shape = array.shape.map(String.init).joined(separator: ",")
            let name = quoted(name)
            let type = array.elements.elementType.safeTensorsName
            let entry =
                "\(comma)\(name):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(offset + size)]}"
            header.append(Data(entry.utf8))
            offset += size
        }
        header.append(Data("}".utf8))
        // Elements begin at a multiple of eight bytes; the format allows spaces at the end of the header for that.
        while header.count % 8 != 0 { header.append(0x20) }
        guard UInt64(header.count) <= Self.maximumHeaderBytes else {
            throw .unwritable(file: path, reason: "the header would be longer than the format allows")
        }

        var data = Data()
        data.reserveCapacity(8 + header.count + offset)
        data.appendLittleEndian(CollectionOfOne(UInt64(header.count)))
        data.append(header)
        for (_, array) in ordered {
            switch array.elements {
            case .float32(let values): data.appendLittleEndian(values.lazy.map(\.bitPattern))
            case .int32(let values): data.appendLittleEndian(values)
            case .float64(let values): data.appendLittleEndian(values.lazy.map(\.bitPattern))
            }
        }
        try writeAtomically(data, to: path)
    }
}

extension ElementType {
    fileprivate var safeTensorsName: String {
        switch self {
        case .float32: "F32"
        case .int32: "I32"
        case .float64: "F64"
        }
    }
}

/// A JSON string (RFC 8259, section 7).
private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case _ where scalar.value < 0x20:
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

/// The header as it is decoded.
private struct Header: Decodable {
    struct Entry: Decodable {
        let dtype: String
        let shape: [Int]
        let data_offsets: [UInt64]

        var element: ElementType { ElementType.allCases.first { $0.safeTensorsName == dtype } ?? .float32 }
        var begin: UInt64 { data_offsets.first ?? 0 }
        var end: UInt64 { data_offsets.last ?? 0 }
    }

    struct Name: CodingKey {
        let stringValue: String
        init(stringValue: String) { self.stringValue = stringValue }
        var intValue: Int? { nil }
        init?(intValue: Int) { nil }
    }

    var arrays: [String: Entry] = [:]
    var metadata: [String: String] = [:]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        for key in container.allKeys {
            if key.stringValue == "__metadata__" {
                metadata = try container.decode([String: String].self, forKey: key)
            } else {
                arrays[key.stringValue] = try container.decode(Entry.self, forKey: key)
            }
        }
    }
}

/// The format's rules, with the file's name for the errors.
private struct Rules {
    let file: String

    func broken(_ reason: String) -> DataError { .malformed(file: file, format: "safetensors", reason: reason) }

    func header(_ data: Data) throws(DataError) -> Header {
        guard data.first == UInt8(ascii: "{") else { throw broken("its header does not begin with {") }
        do {
            return try JSONDecoder().decode(Header.self, from: data)
        } catch DecodingError.keyNotFound(let key, let context) {
            throw broken("`\(key.stringValue)` is missing in its header\(place(context))")
        } catch DecodingError.typeMismatch(_, let context) {
            throw broken("its header has a value of the wrong kind\(place(context))")
        } catch DecodingError.valueNotFound(_, let context) {
            throw broken("its header lacks a value\(place(context))")
        } catch DecodingError.dataCorrupted(let context) {
            throw broken("its header is not valid JSON with whole numbers that fit\(place(context))")
        } catch {
            throw broken("its header cannot be decoded")
        }
    }

    private func place(_ context: DecodingError.Context) -> String {
        context.codingPath.isEmpty ? "" : " at `" + context.codingPath.map(\.stringValue).joined(separator: ".") + "`"
    }

    func check(_ name: String, _ entry: Header.Entry) throws(DataError) {
        guard ElementType.allCases.contains(where: { $0.safeTensorsName == entry.dtype }) else {
            throw .unsupported(
                file: file, what: "`\(name)` of type \(entry.dtype)",
                remedy: "convert it to F32, I32 or F64 and write it again")
        }
        guard entry.data_offsets.count == 2, entry.begin <= entry.end else {
            throw broken("`\(name)` has the offsets \(entry.data_offsets), not a begin and an end")
        }
        guard entry.shape.count <= Dimensions.maximumRank, entry.shape.allSatisfy({ $0 >= 0 }) else {
            throw broken("`\(name)` has the shape \(entry.shape), not 0 to \(Dimensions.maximumRank) sizes")
        }
        var size = UInt64(entry.element.byteCount)
        for length in entry.shape.contains(0) ? [0] : entry.shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: UInt64(length))
            guard !overflow else { throw broken("`\(name)` has the shape \(entry.shape), larger than any memory") }
            size = product
        }
        guard size == entry.end - entry.begin else {
            throw broken("`\(name)` of shape \(entry.shape) needs \(size) bytes, but has \(entry.end - entry.begin)")
        }
    }

    func elements(_ data: Data, _ type: ElementType) -> HostArray {
        switch type {
        case .float32: .float32(data.decoded(UInt32.self) { Float(bitPattern: $0) })
        case .int32: .int32(data.decoded(Int32.self) { $0 })
        case .float64: .float64(data.decoded(UInt64.self) { Double(bitPattern: $0) })
        }
    }
}
