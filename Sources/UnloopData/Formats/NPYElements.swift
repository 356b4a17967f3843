import UnloopBackend

/// The elements of an NPY file, on their way into row-major order and a type that tensors have.
struct NPYElements {
    let file: BinaryFile
    let header: NPYHeader
    let count: Int

    func read(as elementType: ElementType?) throws(DataError) -> HostArray {
        switch header.element {
        case .float16:
            return try reals(
                UInt16.self, as: elementType, { widened(half: $0) }, { widened(widened(half: $0).bitPattern) })
        case .float32:
            return try reals(UInt32.self, as: elementType, { Float(bitPattern: $0) }, { widened($0) })
        case .float64:
            return try reals(UInt64.self, as: elementType, { narrowed($0) }, { Double(bitPattern: $0) })
        case .int8: return try integers(Int8.self, as: elementType)
        case .int16: return try integers(Int16.self, as: elementType)
        case .int32: return try integers(Int32.self, as: elementType)
        case .int64: return try integers(Int64.self, as: elementType)
        case .uint8: return try integers(UInt8.self, as: elementType)
        case .uint16: return try integers(UInt16.self, as: elementType)
        case .uint32: return try integers(UInt32.self, as: elementType)
        case .uint64: return try integers(UInt64.self, as: elementType)
        case .bool: return try integers(UInt8.self, as: elementType, largest: 1)
        }
    }

    /// - Parameters:
    ///   - single: makes a float32 of the stored bits.
    ///   - double: makes a float64 of them.
    private func reals<Bits: FixedWidthInteger & BitwiseCopyable>(
        _ type: Bits.Type, as elementType: ElementType?, _ single: (Bits) -> Float, _ double: (Bits) -> Double
    ) throws(DataError) -> HostArray {
        switch elementType ?? .float32 {
        case .float32: return .float32(try values(type, zero: 0, single))
        case .float64: return .float64(try values(type, zero: 0, double))
        case .int32:
            throw .unsupported(
                file: file.name, what: "reals where int32 is asked for",
                remedy: "read it as float32, or write it with array.astype('int32')")
        }
    }

    private func integers<Stored: FixedWidthInteger & BitwiseCopyable>(
        _ type: Stored.Type, as elementType: ElementType?, largest: Stored = .max
    ) throws(DataError) -> HostArray {
        // Elements come in the order of the file.
        var position = 0
        var refused: (position: Int, value: Stored)?
        func checked<Element>(_ zero: Element, _ convert: (Stored) -> Element?) throws(DataError) -> [Element] {
            try values(type, zero: zero) { stored in
                defer { position += 1 }
                if stored <= largest, let value = convert(stored) { return value }
                if refused == nil { refused = (position, stored) }
                return zero
            }
        }
        let result: HostArray =
            switch elementType ?? .int32 {
            case .float32: .float32(try checked(0) { Float($0) })
            case .float64: .float64(try checked(0) { Double($0) })
            case .int32: .int32(try checked(0) { Int32(exactly: $0) })
            }
        guard let (position, value) = refused else { return result }
        if value > largest {
            throw header.malformed("the truth value at \(index(of: position)) is \(value), not 0 or 1")
        }
        throw .unsupported(
            file: file.name, what: "\(value) at \(index(of: position)), beyond \(Int32.min)...\(Int32.max) of int32",
            remedy: "read it as float32, or write smaller numbers")
    }

    /// Reads in pieces, in little memory besides the result.
    private func values<Stored: FixedWidthInteger & BitwiseCopyable, Element>(
        _ type: Stored.Type, zero: Element, _ convert: (Stored) -> Element
    ) throws(DataError) -> [Element] {
        let isSwapped = header.isBigEndian
        guard header.isColumnMajor, count > 0, header.shape.count(where: { $0 > 1 }) > 1 else {
            return try file.read(count, as: type) { convert(isSwapped ? $0.byteSwapped : $0) }
        }
        try file.checkRoom(count * MemoryLayout<Element>.stride)
        var result = [Element](repeating: zero, count: count)
        var place = ColumnMajorPlace(header.shape)
        var rest = count
        while rest > 0 {
            let piece = try file.read(Swift.min(rest, 1 << 14), as: type)
            for stored in piece {
                result[place.offset] = convert(isSwapped ? stored.byteSwapped : stored)
                place.advance()
            }
            rest -= piece.count
        }
        return result
    }

    /// The index of the element that has this place in the file.
    private func index(of position: Int) -> [Int] {
        var index = header.shape
        var rest = position
        for step in index.indices {
            let axis = header.isColumnMajor ? step : index.count - 1 - step
            index[axis] = rest % header.shape[axis]
            rest /= header.shape[axis]
        }
        return index
    }
}

/// Where the elements of a column-major array lie in row-major order, one after the other.
private struct ColumnMajorPlace {
    private(set) var offset = 0
    private var index: [Int]
    private let shape: [Int]
    private let strides: [Int]

    init(_ shape: [Int]) {
        self.shape = shape
        index = shape.map { _ in 0 }
        var strides = index
        var stride = 1
        for axis in shape.indices.reversed() {
            strides[axis] = stride
            stride *= shape[axis]
        }
        self.strides = strides
    }

    /// Behind the last element begins anew.
    mutating func advance() {
        for axis in shape.indices {
            index[axis] += 1
            offset += strides[axis]
            if index[axis] < shape[axis] { return }
            offset -= shape[axis] * strides[axis]
            index[axis] = 0
        }
    }
}

/// The same number as float32, from the bits of a float16 (IEEE 754, binary16: a sign, five bits for the exponent with a bias of 15, ten
/// for the fraction). Swift has no Float16 on some systems. A NaN keeps its payload and becomes quiet.
private func widened(half: UInt16) -> Float {
    let sign = UInt32(half & 0x8000) << 16
    let exponent = UInt32(half >> 10) & 0x1f
    let fraction = UInt32(half & 0x3ff)
    switch exponent {
    // Multiples of 2⁻²⁴, which are no subnormal numbers in float32.
    case 0: return Float(bitPattern: sign | (Float(fraction) * 0x1p-24).bitPattern)
    case 31: return Float(bitPattern: sign | (fraction == 0 ? 0x7f80_0000 : 0x7fc0_0000 | fraction << 13))
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
}

/// The same number as float64, from the bits of a float32. What processors make of a NaN is not left to them.
func widened(_ bits: UInt32) -> Double {
    let value = Float(bitPattern: bits)
    guard value.isNaN else { return Double(value) }
    return Double(bitPattern: UInt64(bits >> 31) << 63 | 0x7ff8_0000_0000_0000 | UInt64(bits & 0x7f_ffff) << 29)
}

/// The nearest float32, from the bits of a float64. A NaN keeps its sign and the leading bits of its payload.
func narrowed(_ bits: UInt64) -> Float {
    let value = Double(bitPattern: bits)
    guard value.isNaN else { return Float(value) }
    let payload = UInt32(truncatingIfNeeded: bits >> 29) & 0x3f_ffff
    return Float(bitPattern: UInt32(bits >> 63) << 31 | 0x7fc0_0000 | payload)
}
