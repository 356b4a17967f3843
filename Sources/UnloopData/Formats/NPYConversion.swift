import UnloopBackend

/// The elements of an array on their way into an NPY file, as another type than they have.
struct NPYConversion {
    let array: NPYFile
    /// Stands for the file's name in errors.
    let file: String

    /// Row-major and little-endian.
    ///
    /// - Throws: `DataError.unsupported` for an integer that the type does not hold.
    /// - Precondition: reals become reals.
    func bytes(as element: NPYFile.Element) throws(DataError) -> [UInt8] {
        switch array.elements {
        case .float32(let values): return reals(values, as: element) { widened($0.bitPattern) }
        case .float64(let values): return reals(values, as: element) { $0 }
        case .int32(let values):
            switch element {
            case .int8: return try integers(values, as: element, Int8.self)
            case .int16: return try integers(values, as: element, Int16.self)
            case .int32: return Self.bytes(values)
            case .int64: return try integers(values, as: element, Int64.self)
            case .uint8: return try integers(values, as: element, UInt8.self)
            case .uint16: return try integers(values, as: element, UInt16.self)
            case .uint32: return try integers(values, as: element, UInt32.self)
            case .uint64: return try integers(values, as: element, UInt64.self)
            case .bool: return try integers(values, as: element, UInt8.self, largest: 1)
            case .float16, .float32, .float64: return reals(values, as: element) { Double($0) }
            }
        }
    }

    /// - Parameter double: the same number in float64.
    private func reals<Value>(
        _ values: [Value], as element: NPYFile.Element, _ double: (Value) -> Double
    ) -> [UInt8] {
        switch element {
        case .float16: return Self.bytes(values.map { halved(double($0).bitPattern) })
        case .float32: return Self.bytes(values.map { narrowed(double($0).bitPattern) })
        case .float64: return Self.bytes(values.map { double($0) })
        default: misuse("NPYFile: reals cannot be written as \(element.rawValue)")
        }
    }

    private func integers<Stored: FixedWidthInteger & BitwiseCopyable>(
        _ values: [Int32], as element: NPYFile.Element, _ type: Stored.Type, largest: Stored = .max
    ) throws(DataError) -> [UInt8] {
        var result: [Stored] = []
        result.reserveCapacity(values.count)
        for value in values {
            guard let stored = Stored(exactly: value), stored <= largest else {
                throw .unsupported(
                    file: file,
                    what:
                        "\(value) at \(index(of: result.count)), beyond \(largest == 1 ? 0 : Stored.min)...\(largest) of `\(element.rawValue)`",
                    remedy: "write it as `\(NPYFile.Element.int32.rawValue)`, or write other numbers")
            }
            result.append(stored)
        }
        return Self.bytes(result)
    }

    /// The index of the element at this row-major place.
    private func index(of place: Int) -> [Int] {
        var index = array.shape
        var rest = place
        for axis in index.indices.reversed() {
            index[axis] = rest % array.shape[axis]
            rest /= array.shape[axis]
        }
        return index
    }

    private static func bytes(_ values: [some BitwiseCopyable]) -> [UInt8] { values.withUnsafeBytes { [UInt8]($0) } }
}

/// The bits of the nearest float16 (IEEE 754, binary16), ties to even, from the bits of a float64; infinite from 65520 on. A NaN keeps its sign
/// and the leading bits of its payload, and becomes quiet.
private func halved(_ bits: UInt64) -> UInt16 {
    let sign = UInt16(truncatingIfNeeded: bits >> 48) & 0x8000
    let magnitude = Double(bitPattern: bits & ~(1 << 63))
    if magnitude.isNaN { return sign | 0x7e00 | UInt16(truncatingIfNeeded: bits >> 42) & 0x1ff }
    if magnitude >= 65520 { return sign | 0x7c00 }
    // Subnormal halves are multiples of 2⁻²⁴; 1024 of them are the bits of the smallest normal one.
    if magnitude < 0x1p-14 { return sign | UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven)) }
    let exponent = Int(magnitude.exponent)
    // From 1024 to 2048, which are the bits of the next power of two.
    let steps = (magnitude * Double(sign: .plus, exponent: 10 - exponent, significand: 1)).rounded(.toNearestOrEven)
    return sign | (UInt16(exponent + 14) << 10 + UInt16(steps))
}
