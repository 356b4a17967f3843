import UnloopBackend

/// The header of a safetensors file, checked against the format's rules: JSON (RFC 8259) that holds an object of the arrays' types,
/// shapes and ranges of bytes, and under `__metadata__` an object of texts.
struct SafeTensorsHeader {
    struct Entry {
        let name: String
        let element: ElementType
        let shape: [Int]
        /// Where its bytes begin, after the header.
        let begin: Int
        let end: Int
    }

    /// In the order of their bytes, which follow one another without gaps.
    private(set) var entries: [Entry] = []
    private(set) var metadata: [String: String] = [:]

    /// More texts than any program writes; each takes far more memory than its bytes in the file.
    private static let metadataLimit = 100_000
    static let metadataName = "__metadata__"

    init(_ bytes: [UInt8], file: String) throws(DataError) {
        var reader = JSONReader(bytes, file: file)
        // Counted first, so that the list does not grow by doubling: a header may be a hundred megabytes long.
        var count = 0
        try reader.header { name, reader throws(DataError) in
            try reader.members { _, reader throws(DataError) in
                if name == Self.metadataName { _ = try reader.string() } else { try reader.skipMember() }
            }
            count += 1
        }
        entries.reserveCapacity(count)
        reader = JSONReader(bytes, file: file)
        var hasMetadata = false
        try reader.header { name, reader throws(DataError) in
            if name == Self.metadataName {
                if hasMetadata { throw reader.broken("its header has \(Self.metadataName) twice") }
                hasMetadata = true
                metadata = try reader.texts(atMost: Self.metadataLimit)
            } else {
                entries.append(try reader.entry(name))
            }
        }

        // In order of their place, arrays must follow one another without gaps, so each byte belongs to exactly one.
        entries.sort { ($0.begin, $0.end, $0.name) < ($1.begin, $1.end, $1.name) }
        var end = 0
        for entry in entries {
            guard entry.begin == end else {
                throw reader.broken(
                    "`\(entry.name)` begins at byte \(entry.begin), but the array before it ends at \(end)")
            }
            end = entry.end
        }
    }

    /// The bytes of all arrays.
    var payloadBytes: Int { entries.last?.end ?? 0 }
}

extension JSONReader {
    func broken(_ reason: String) -> DataError { .malformed(file: file, format: "safetensors", reason: reason) }

    /// The object that is all of the header but spaces at its end.
    fileprivate mutating func header(
        _ member: (_ name: String, inout JSONReader) throws(DataError) -> Void
    ) throws(DataError) {
        guard isAt(UInt8(ascii: "{")) else { throw broken("its header does not begin with {") }
        try members(member)
        try end()
    }

    /// What may stand in an entry or among the metadata: a text, or an array of whole numbers.
    fileprivate mutating func skipMember() throws(DataError) {
        if isAt(UInt8(ascii: "\"")) {
            _ = try string()
        } else {
            try elements { reader throws(DataError) in _ = try reader.size() }
        }
    }

    fileprivate mutating func texts(atMost limit: Int) throws(DataError) -> [String: String] {
        var texts: [String: String] = [:]
        try members { key, reader throws(DataError) in
            guard texts.updateValue(try reader.string(), forKey: key) == nil else {
                throw reader.broken("its metadata have the name `\(key.prefix(100))` twice")
            }
            if texts.count > limit { throw reader.broken("it has more than \(limit) metadata") }
        }
        return texts
    }

    fileprivate mutating func entry(_ name: String) throws(DataError) -> SafeTensorsHeader.Entry {
        let label = name.prefix(100)
        var (type, shape, offsets): (String?, [Int]?, [Int]?) = (nil, nil, nil)
        try members { key, reader throws(DataError) in
            let isNew: Bool
            switch key {
            case "dtype": (isNew, type) = (type == nil, try reader.string())
            case "shape": (isNew, shape) = (shape == nil, try reader.sizes(atMost: Dimensions.maximumRank, label, key))
            case "data_offsets": (isNew, offsets) = (offsets == nil, try reader.sizes(atMost: 2, label, key))
            default: throw reader.broken("`\(label)` has a member `\(key.prefix(100))`, which the format does not know")
            }
            if !isNew { throw reader.broken("`\(label)` has `\(key)` twice") }
        }
        guard let type, let shape, let offsets else {
            throw broken("`\(label)` needs `dtype`, `shape` and `data_offsets` in the header")
        }
        guard let element = ElementType.allCases.first(where: { $0.safeTensorsName == type }) else {
            throw .unsupported(
                file: file, what: "`\(label)` of type \(type.prefix(100))",
                remedy: "convert it to F32, I32 or F64 and write it again")
        }
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw broken("`\(label)` has the offsets \(offsets), not a begin and an end")
        }
        guard let count = elementCount(shape) else {
            throw broken("`\(label)` has the shape \(shape), larger than any memory")
        }
        guard count * element.byteCount == offsets[1] - offsets[0] else {
            throw broken(
                "`\(label)` of shape \(shape) needs \(count * element.byteCount) bytes, but has \(offsets[1] - offsets[0])"
            )
        }
        return SafeTensorsHeader.Entry(name: name, element: element, shape: shape, begin: offsets[0], end: offsets[1])
    }

    private mutating func sizes(atMost limit: Int, _ label: Substring, _ key: String) throws(DataError) -> [Int] {
        var sizes: [Int] = []
        try elements { reader throws(DataError) in
            if sizes.count == limit { throw reader.broken("`\(label)` has more than \(limit) numbers in `\(key)`") }
            sizes.append(try reader.size())
        }
        return sizes
    }
}

extension ElementType {
    var safeTensorsName: String {
        switch self {
        case .float32: "F32"
        case .int32: "I32"
        case .float64: "F64"
        }
    }
}
