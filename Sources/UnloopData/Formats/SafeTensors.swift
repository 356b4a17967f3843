import UnloopBackend

/// Named arrays in the safetensors format (Hugging Face, <https://github.com/huggingface/safetensors>, format section).
///
/// The length of the header as a little-endian 64-bit integer, the header in JSON, then all elements, row-major and
/// little-endian. The header gives each array's type, shape and range of bytes, and under `__metadata__` free text.
public struct SafeTensors: Sendable, Equatable {
    public struct Array: Sendable, Equatable {
        public var shape: [Int]
        public var elements: HostArray

        /// - Precondition: as many elements as the shape says, and no size that no memory holds.
        public init(shape: [Int], elements: HostArray) {
            require(
                elementCount(shape) == elements.count,
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
    ///   break the format's rules (gaps, overlaps, sizes that do not fit the shape, bytes left over, a name twice), `unsupported` for
    ///   element types other than F32, I32 and F64. Every size is checked before memory is taken for it.
    public init(path: String) throws(DataError) {
        self = try BinaryFile(path: path).parsed("safetensors") { file throws(DataError) in try Self(file) }
    }

    /// - Parameter name: stands for the file's name in errors.
    package init(bytes: [UInt8], name: String = "bytes") throws(DataError) {
        self = try BinaryFile(bytes: bytes, name: name).parsed("safetensors") { file throws(DataError) in try Self(file)
        }
    }

    private init(_ file: BinaryFile) throws(DataError) {
        func broken(_ reason: String) -> DataError {
            .malformed(file: file.name, format: "safetensors", reason: reason)
        }
        let headerBytes = try file.read(1, as: UInt64.self)[0]
        guard headerBytes <= Self.maximumHeaderBytes else {
            throw broken("its header would have \(headerBytes) bytes, more than \(Self.maximumHeaderBytes)")
        }
        let header = try SafeTensorsHeader(try file.read(Int(headerBytes)), file: file.name)
        guard header.payloadBytes <= file.remaining else {
            let (expected, overflow) = UInt64(header.payloadBytes).addingReportingOverflow(8 + headerBytes)
            throw .truncated(
                file: file.name, expectedBytes: overflow ? .max : expected, actualBytes: UInt64(file.byteCount))
        }
        guard header.payloadBytes == file.remaining else {
            throw broken("\(file.remaining - header.payloadBytes) bytes follow the last array")
        }

        arrays = [:]
        arrays.reserveCapacity(header.entries.count)
        metadata = header.metadata
        for entry in header.entries {
            let count = (entry.end - entry.begin) / entry.element.byteCount
            let elements: HostArray =
                switch entry.element {
                case .float32: .float32(try file.read(count, as: Float.self))
                case .int32: .int32(try file.read(count, as: Int32.self))
                case .float64: .float64(try file.read(count, as: Double.self))
                }
            guard arrays.updateValue(Array(shape: entry.shape, elements: elements), forKey: entry.name) == nil else {
                throw broken("its header has the array `\(entry.name.prefix(100))` twice")
            }
        }
    }

    /// Arrays are written in the order of their names; the same content gives the same bytes. The file appears whole or not at all:
    /// a symbolic link is followed, an existing file keeps its mode, and what is on the disk when this returns survives a crash.
    ///
    /// - Throws: `DataError.unwritable`, also when an array is named `__metadata__`, which the format keeps for itself.
    public func write(to path: String) throws(DataError) {
        let ordered = arrays.sorted { $0.key < $1.key }
        let header = try header(ordered, path)
        let count = withUnsafeBytes(of: UInt64(header.count).littleEndian) { [UInt8]($0) }
        let pieces = (0...ordered.count).lazy.map { number in
            number == 0 ? count + header : Self.bytes(ordered[number - 1].value.elements)
        }
        try UnloopData.write(pieces, to: path)
    }

    /// Little-endian, as the machine has them.
    static func bytes(_ elements: HostArray) -> [UInt8] {
        switch elements {
        case .float32(let values): values.withUnsafeBytes { [UInt8]($0) }
        case .int32(let values): values.withUnsafeBytes { [UInt8]($0) }
        case .float64(let values): values.withUnsafeBytes { [UInt8]($0) }
        }
    }

    private func header(_ ordered: [(key: String, value: Array)], _ path: String) throws(DataError) -> [UInt8] {
        if arrays[SafeTensorsHeader.metadataName] != nil {
            throw .unwritable(
                file: path,
                reason:
                    "an array cannot be named `\(SafeTensorsHeader.metadataName)`, which the format keeps for itself")
        }
        var header = Swift.Array("{".utf8)
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(jsonString($0.key)):\(jsonString($0.value))" }
            header += "\"\(SafeTensorsHeader.metadataName)\":{\(pairs.joined(separator: ","))}".utf8
        }
        var offset = 0
        for (name, array) in ordered {
            guard elementCount(array.shape) == array.elements.count, array.shape.count <= Dimensions.maximumRank else {
                throw .unwritable(
                    file: path,
                    reason: "the array `\(name)` has the shape \(array.shape) for \(array.elements.count) elements")
            }
            let size = array.elements.count * array.elements.elementType.byteCount
            let comma = header.count > 1 ? "," : ""
            let shape = array.shape.map(String.init).joined(separator: ",")
            let type = array.elements.elementType.safeTensorsName
            header +=
                "\(comma)\(jsonString(name)):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(offset + size)]}"
                .utf8
            offset += size
        }
        header += "}".utf8
        // Elements begin at a multiple of eight bytes; the format allows spaces at the end of the header for that.
        while header.count % 8 != 0 { header.append(0x20) }
        guard UInt64(header.count) <= Self.maximumHeaderBytes else {
            throw .unwritable(file: path, reason: "the header would be longer than the format allows")
        }
        return header
    }
}
