import UnloopBackend

/// An array in NumPy's NPY format, versions 1.0 to 3.0 (NumPy reference, numpy.lib.format; R. Kern: NEP 1, A Simple File Format for
/// NumPy Arrays).
///
/// The byte 0x93 and `NUMPY`, two bytes for the version, the length of the header as a little-endian integer of two bytes, from version
/// 2.0 on of four, the header, which is a dictionary in Python's notation with the elements' type, their order and the shape, then the
/// elements. Python objects, which NumPy stores as pickles, are never loaded.
public struct NPYFile: Sendable, Equatable {
    /// The type of the elements in the file, without the byte order, as NumPy abbreviates it.
    public enum Element: String, Sendable, CaseIterable {
        case float16 = "f2", float32 = "f4", float64 = "f8"
        case int8 = "i1", int16 = "i2", int32 = "i4", int64 = "i8"
        case uint8 = "u1", uint16 = "u2", uint32 = "u4", uint64 = "u8"
        case bool = "b1"

        public var byteCount: Int {
            switch self {
            case .int8, .uint8, .bool: 1
            case .float16, .int16, .uint16: 2
            case .float32, .int32, .uint32: 4
            case .float64, .int64, .uint64: 8
            }
        }
    }

    public let element: Element
    /// The sizes of at most eight axes, none for a single number.
    public let shape: [Int]
    /// In row-major order, whatever the order in the file.
    public let elements: HostArray

    /// The longest header that is read, in bytes: as many as version 1.0 can announce. NumPy itself reads 10,000 unless told otherwise.
    public static let maximumHeaderBytes = 65_535

    /// The name of the format in errors.
    static let format = "NPY"

    /// An array for writing.
    ///
    /// - Precondition: as many elements as the shape says, at most eight axes, and no size that no memory holds.
    public init(shape: [Int], elements: HostArray) {
        require(
            elementCount(shape) == elements.count, "NPYFile: shape \(shape) does not have \(elements.count) elements")
        require(
            shape.count <= Dimensions.maximumRank,
            "NPYFile: shape \(shape) has more than \(Dimensions.maximumRank) axes")
        element = Element(elements.elementType)
        self.shape = shape
        self.elements = elements
    }

    /// Reads an array of any byte order, row-major (C) or column-major (Fortran).
    ///
    /// - Parameter elementType: what the elements become. By default reals become float32 and integers and truth values int32 (true is
    ///   1). As float32 or float64, integers too are rounded to the nearest number, ties to even, as float64 is on its way to float32,
    ///   where numbers beyond its range become infinite. What is not converted keeps its bits; a NaN that is keeps its sign and the
    ///   leading bits of its payload, and is quiet. Tensors of float64 are for `.loop` only.
    /// - Throws: `DataError.truncated` when the file is shorter than its header announces; `malformed` when it is longer, or when the
    ///   header breaks the format's rules or is longer than `maximumHeaderBytes`; `unsupported` for other types of elements (structures,
    ///   complex numbers, texts, dates, objects, …), more than eight axes, an integer that int32 does not hold, whose index and value
    ///   the error names, and for reals that are asked for as int32. Nothing is allocated on a header's word alone.
    public init(path: String, as elementType: ElementType? = nil) throws(DataError) {
        try self.init(reading: BinaryFile(path: path), as: elementType)
    }

    /// - Parameter name: stands for the file's name in errors.
    package init(bytes: [UInt8], as elementType: ElementType? = nil, name: String = "bytes") throws(DataError) {
        try self.init(reading: BinaryFile(bytes: bytes, name: name), as: elementType)
    }

    package init(reading file: BinaryFile, as elementType: ElementType? = nil) throws(DataError) {
        self = try file.parsed(Self.format) { file throws(DataError) in try Self(file, as: elementType) }
    }

    private init(_ file: BinaryFile, as elementType: ElementType?) throws(DataError) {
        let header = try NPYHeader(file)
        guard let count = elementCount(header.shape) else {
            throw header.malformed("its shape \(header.shape) is larger than any memory")
        }
        let payload = count * header.element.byteCount
        guard payload <= file.remaining else {
            let expected = UInt64(payload) + UInt64(file.byteCount - file.remaining)
            throw .truncated(file: file.name, expectedBytes: expected, actualBytes: UInt64(file.byteCount))
        }
        guard payload == file.remaining else {
            throw header.malformed("\(file.remaining - payload) bytes follow the last element")
        }
        element = header.element
        shape = header.shape
        elements = try NPYElements(file: file, header: header, count: count).read(as: elementType)
    }

    /// Writes the bytes that `numpy.save` writes for this array in row-major order: version 1.0, little-endian, the elements at a multiple
    /// of 64 bytes. The file appears whole or not at all, as `SafeTensors.write(to:)` does it.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - element: the type of the elements in the file; nil for that of `elements`. Reals, and integers as reals, are rounded once to the
    ///     nearest number, ties to even, and infinite beyond the type's range; a NaN keeps its sign and the leading bits of its payload, and is
    ///     quiet where it is converted.
    /// - Throws: `DataError.unwritable`; `unsupported` for an integer that the type does not hold, whose index and value the error names; truth
    ///   values are 0 and 1.
    /// - Precondition: reals are not written as integers or truth values.
    public func write(to path: String, as element: Element? = nil) throws(DataError) {
        try UnloopData.write(data(as: element, file: path), to: path)
    }

    /// What is written to a file: the header and the elements.
    package func data() -> [[UInt8]] {
        [NPYHeader.bytes(Element(elements.elementType), shape), SafeTensors.bytes(elements)]
    }

    /// The same with elements of another type, where one is given.
    ///
    /// - Parameter file: stands for the file's name in errors.
    package func data(as element: Element?, file: String) throws(DataError) -> [[UInt8]] {
        guard let element, element != Element(elements.elementType) else { return data() }
        return [NPYHeader.bytes(element, shape), try NPYConversion(array: self, file: file).bytes(as: element)]
    }
}

extension NPYFile.Element {
    init(_ elementType: ElementType) {
        switch elementType {
        case .float32: self = .float32
        case .int32: self = .int32
        case .float64: self = .float64
        }
    }
}
