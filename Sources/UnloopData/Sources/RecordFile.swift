import UnloopBackend
import UnloopTensor

/// Examples in a binary file, each at a place that follows from its number: records of one size one after the other, the rows of an NPY or IDX
/// array. Only what a batch needs is read, so the file may be larger than any memory.
///
///     // CIFAR-10: a byte for the class, then the red, green and blue plane.
///     try RecordFile(path: "data_batch_1.bin", fields: [
///         .label(.uint8), .features(.uint8, [3, 32, 32], dividedBy: 255, axes: [1, 2, 0])])
public struct RecordFile: DataSource {
    /// A field with where its first record begins, and how far the next one is.
    struct Column: Sendable {
        let field: RecordField
        let start: Int
        let stride: Int
    }

    /// Columns whose parts of a record are read together.
    private struct Strip: Sendable {
        /// One behind the other.
        var columns: [Column]

        var start: Int { columns[0].start }
        var stride: Int { columns[0].stride }
        /// Of a record.
        var byteCount: Int {
            let last = columns[columns.count - 1]
            return last.start + last.field.byteCount - start
        }

        /// Whether it may take in a column behind it: bytes between them that nobody wants cost less than another read.
        func reaches(_ column: Column) -> Bool {
            column.stride == stride && column.start - (start + byteCount) <= 1024
        }

        /// The bytes of one of its columns among those of `count` records.
        func part(_ column: Column, of bytes: [UInt8], count: Int) -> [UInt8] {
            let size = column.field.byteCount
            if size == byteCount { return bytes }
            var part: [UInt8] = []
            part.reserveCapacity(count * size)
            for record in 0..<count {
                let begin = record * byteCount + column.start - start
                part += bytes[begin..<begin + size]
            }
            return part
        }
    }

    public let count: Int
    private let file: IndexedFile
    private let columns: [Column]
    private let strips: [Strip]

    /// - Parameters:
    ///   - fields: of a record, in their order: features once, a label and a weight at most once. Without a label, the features are the label,
    ///     as an autoencoder wants it.
    ///   - headerBytes: before the first record.
    /// - Throws: `DataError.unreadable`; `malformed` where the file is no whole number of records.
    public init(path: String, fields: [RecordField], headerBytes: Int = 0) throws(DataError) {
        let file = try IndexedFile(path: path)
        let size = fields.reduce(0) { $0 + $1.byteCount }
        require(headerBytes >= 0 && size > 0, "RecordFile: records of \(size) bytes after \(headerBytes)")
        let rest = file.byteCount - headerBytes
        guard rest >= 0, rest % size == 0 else {
            throw .malformed(
                file: path, format: "binary",
                reason: "\(file.byteCount) bytes are not \(headerBytes) and a whole number of records of \(size)")
        }
        var start = headerBytes
        var columns: [Column] = []
        for field in fields {
            columns.append(Column(field: field, start: start, stride: size))
            start += field.byteCount
        }
        self.init(file, count: rest / size, columns)
    }

    /// The rows of a row-major NPY array: its first axis is the examples.
    ///
    /// - Parameters:
    ///   - elementType: what the numbers become; float32 unless given.
    ///   - divisor: what they are divided by; only as float32.
    /// - Throws: `DataError` for what is no such file; `unsupported` for column-major arrays of several axes, whose rows do not lie together.
    public init(npy path: String, as elementType: ElementType = .float32, dividedBy divisor: Float? = nil)
        throws(DataError)
    {
        let (header, start) = try BinaryFile(path: path).parsed(NPYFile.format) {
            file throws(DataError) in
            let header = try NPYHeader(file)
            return (header, file.byteCount - file.remaining)
        }
        guard !header.isColumnMajor || header.shape.count(where: { $0 > 1 }) <= 1 else {
            throw .unsupported(
                file: path, what: "an array in column-major order, whose rows do not lie together",
                remedy: "write it with numpy.ascontiguousarray(array)")
        }
        guard !header.shape.isEmpty else { throw header.malformed("a single number has no rows") }
        guard elementCount(header.shape) != nil else {
            throw header.malformed("its shape \(header.shape) is larger than any memory")
        }
        try self.init(
            path, count: header.shape[0], start: start, format: NPYFile.format,
            .features(
                header.element, Array(header.shape.dropFirst()), isBigEndian: header.isBigEndian, as: elementType,
                dividedBy: divisor))
    }

    /// The rows of an array in the IDX format of the MNIST files: its first axis is the examples.
    ///
    /// - Parameters:
    ///   - elementType: what the numbers become; float32 unless given.
    ///   - divisor: what they are divided by, 255 for the bytes of images; only as float32.
    ///   - shape: of an example, such as `[28, 28, 1]` for gray images; that of the file unless given.
    /// - Throws: `DataError` for what is no such file; `malformed` where its examples do not have that shape's number of elements.
    public init(
        idx path: String, as elementType: ElementType = .float32, dividedBy divisor: Float? = nil, shape: [Int]? = nil
    ) throws(DataError) {
        let (header, start) = try BinaryFile(path: path).parsed(IDXFile.format) {
            file throws(DataError) in
            let header = try IDXFile.header(file)
            return (header, file.byteCount - file.remaining)
        }
        let own = Array(header.shape.dropFirst())
        if let shape, elementCount(shape) != elementCount(own) {
            throw .malformed(
                file: path, format: IDXFile.format, reason: "its examples have the shape \(own), not \(shape)")
        }
        try self.init(
            path, count: header.shape[0], start: start, format: IDXFile.format,
            .features(
                NPYFile.Element(header.element), shape ?? own, isBigEndian: true, as: elementType, dividedBy: divisor))
    }

    /// The rows of an array of a file, of a shape that has an `elementCount`.
    private init(_ path: String, count: Int, start: Int, format: String, _ field: RecordField) throws(DataError) {
        let file = try IndexedFile(path: path)
        let payload = count * field.byteCount
        guard start <= file.byteCount, payload <= file.byteCount - start else {
            throw .truncated(
                file: path, expectedBytes: UInt64(start) + UInt64(payload), actualBytes: UInt64(file.byteCount))
        }
        guard start + payload == file.byteCount else {
            throw .malformed(
                file: path, format: format, reason: "\(file.byteCount - start - payload) bytes follow the last element")
        }
        self.init(
            file, count: count, [Column(field: field, start: start, stride: field.byteCount)])
    }

    /// - Precondition: the file has the columns.
    private init(_ file: IndexedFile, count: Int, _ columns: [Column]) {
        for (role, least) in [(RecordField.Role.features, 1), (.label, 0), (.weight, 0)] {
            let number = columns.count { $0.field.role == role }
            require(number >= least && number <= 1, "RecordFile: \(number) fields of \(role)")
        }
        self.file = file
        self.count = count
        self.columns = columns.filter { $0.field.role != .skipped }
        var strips: [Strip] = []
        for column in self.columns {
            if let last = strips.last, last.reaches(column) {
                strips[strips.count - 1].columns.append(column)
            } else {
                strips.append(Strip(columns: [column]))
            }
        }
        self.strips = strips
    }

    // MARK: Reading

    public func example(at index: Int, key: RandomKey) throws -> Example {
        checkIndex(index, "RecordFile.example")
        var features: Example.Values?
        var label: Example.Values?
        var weight: Float?
        try read([index]) { role, found in
            var values = found
            values.shape.removeFirst()
            switch (role, values.elements) {
            case (.features, _): features = values
            case (.label, _): label = values
            case (_, .float32(let numbers)): weight = numbers.first
            default: break
            }
        }
        guard let features else { misuse("RecordFile: no features") }
        return Example(features: features, label: label ?? features, weight: weight)
    }

    public func batch(at indices: [Int], keys: [RandomKey], padding: SequencePadding?, on device: Device) throws
        -> Dataset
    {
        for index in indices { checkIndex(index, "RecordFile.batch") }
        var tensors: [RecordField.Role: Tensor] = [:]
        do throws(DataError) {
            try read(indices) { tensors[$0] = Tensor($1.elements, shape: $1.shape, on: device) }
        } catch {
            throw located(error, indices)
        }
        guard let features = tensors[.features] else { misuse("RecordFile: no features") }
        return Dataset(viewing: features, labels: tensors[.label] ?? features, weights: tensors[.weight])
            .withLengths(padding)
    }

    /// What hinders the reading of several records, with the first that it concerns.
    private func located(_ error: DataError, _ indices: [Int]) -> any Error {
        for index in indices {
            do throws(DataError) {
                try read([index]) { _, _ in }
            } catch {
                return LoadingError.example(index: index, reason: error)
            }
        }
        return error
    }

    /// The features alone.
    func features(at indices: [Int]) throws(DataError) -> Example.Values {
        for index in indices { checkIndex(index, "RecordFile.features") }
        guard let column = columns.first(where: { $0.field.role == .features }) else {
            misuse("RecordFile: no features")
        }
        return try column.field.values(
            read(Strip(columns: [column]), indices), count: indices.count, file: file.name)
    }

    /// What some records have, column by column.
    private func read(
        _ indices: [Int], _ body: (RecordField.Role, Example.Values) -> Void
    ) throws(DataError) {
        for strip in strips {
            let bytes = try read(strip, indices)
            for column in strip.columns {
                let part = strip.part(column, of: bytes, count: indices.count)
                body(column.field.role, try column.field.values(part, count: indices.count, file: file.name))
            }
        }
    }

    /// The bytes of some records' parts, one behind the other.
    private func read(_ strip: Strip, _ indices: [Int]) throws(DataError) -> [UInt8] {
        let size = strip.byteCount
        var bytes = [UInt8](repeating: 0, count: indices.count * size)
        var place = 0
        while place < indices.count {
            // Neighbors are read together.
            var end = place + 1
            if strip.stride == size {
                while end < indices.count, indices[end] == indices[end - 1] + 1 { end += 1 }
            }
            let range = place * size..<end * size
            try file.read(into: &bytes, range, from: strip.start + indices[place] * strip.stride)
            place = end
        }
        return bytes
    }

    /// The SHA-256 of the file, and how it is read.
    public func identity() throws -> String? {
        var hash = SHA256()
        hash.update("\(columns.map { "\($0)" })\n")
        try file.update(&hash)
        return SHA256.hexadecimal(hash.finalize())
    }
}

extension NPYFile.Element {
    fileprivate init(_ element: IDXFile.Element) {
        switch element {
        case .unsignedByte: self = .uint8
        case .signedByte: self = .int8
        case .int16: self = .int16
        case .int32: self = .int32
        case .float32: self = .float32
        case .float64: self = .float64
        }
    }
}
