/// The type of the elements of an array. `float32` and `int32` work on every device, `float64` on `.loop` only,
/// where gradients are checked.
public enum ElementType: UInt8, Hashable, Sendable, CaseIterable {
    case float32, int32, float64

    public var byteCount: Int { self == .float64 ? 8 : 4 }
}

/// Device memory holding `count` elements of one type. Each backend returns its own subclass and accepts only that.
/// A zero-size buffer owns no device memory.
open class Buffer: @unchecked Sendable {
    public let elementType: ElementType
    public let count: Int

    public init(elementType: ElementType, count: Int) {
        self.elementType = elementType
        self.count = count
    }

    public var byteCount: Int { count * elementType.byteCount }

    /// Another object for the same elements, which keeps them as long as it lives; or this one, where that is no slower. Threads that
    /// count references to objects of their own do not take the count's cache line from each other.
    open func reference() -> Buffer { self }
}

/// Elements in host memory on their way to or from a device.
public enum HostArray: Sendable, Equatable {
    case float32([Float])
    case int32([Int32])
    case float64([Double])

    public var count: Int {
        switch self {
        case .float32(let values): values.count
        case .int32(let values): values.count
        case .float64(let values): values.count
        }
    }

    public var elementType: ElementType {
        switch self {
        case .float32: .float32
        case .int32: .int32
        case .float64: .float64
        }
    }
}

/// Some elements of a buffer seen as an array: element `[i0, i1, …]` lies at `offset + i0·strides[0] + i1·strides[1] + …`.
/// Strides are in elements; 0 repeats (broadcasting), negative runs backwards.
public struct StridedView: Sendable {
    public var buffer: Buffer
    public var offset: Int
    public var shape: Dimensions
    public var strides: Dimensions

    public init(_ buffer: Buffer, offset: Int = 0, shape: Dimensions, strides: Dimensions) {
        self.buffer = buffer
        self.offset = offset
        self.shape = shape
        self.strides = strides
    }

    /// A row-major view of the buffer from `offset` on.
    public init(_ buffer: Buffer, offset: Int = 0, shape: Dimensions) {
        self.init(buffer, offset: offset, shape: shape, strides: shape.rowMajorStrides)
    }

    public var elementType: ElementType { buffer.elementType }
    public var elementCount: Int { shape.product }

    /// Whether the elements lie one after the other in row-major order. Axes of size 1 do not count; an empty view is.
    public var isContiguous: Bool {
        if shape.hasEmptyAxis { return true }
        var expected = 1
        for axis in shape.indices.reversed() where shape[axis] != 1 {
            if strides[axis] != expected { return false }
            expected &*= shape[axis]
        }
        return true
    }
}
