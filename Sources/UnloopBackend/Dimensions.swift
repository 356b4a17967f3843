/// The sizes (a shape) or the strides of an array of up to eight axes, stored inline so that describing an
/// operation allocates nothing.
public struct Dimensions: Hashable, Sendable {
    /// The largest number of axes that an array may have.
    public static let maximumRank = 8

    private var storage: SIMD8<Int>
    public private(set) var count: Int

    /// No axes: the shape of a scalar.
    public init() {
        storage = SIMD8(repeating: 0)
        count = 0
    }

    /// - Precondition: at most `maximumRank` elements.
    public init(_ elements: some Sequence<Int>) {
        self.init()
        for element in elements { append(element) }
    }

    public init(repeating value: Int, count: Int) {
        self.init()
        for _ in 0..<count { append(value) }
    }

    public mutating func append(_ element: Int) {
        precondition(count < Self.maximumRank, "an array has at most \(Self.maximumRank) axes")
        storage[count] = element
        count += 1
    }

    /// The product of all elements: the number of elements of an array of this shape, 1 for a scalar.
    public var product: Int {
        var result = 1
        for axis in 0..<count { result *= storage[axis] }
        return result
    }

    /// The strides, in elements, of a row-major array of this shape: the last axis has stride 1.
    public var rowMajorStrides: Dimensions {
        var result = self
        var step = 1
        for axis in (0..<count).reversed() {
            result.storage[axis] = step
            step *= storage[axis]
        }
        return result
    }
}

extension Dimensions: RandomAccessCollection, MutableCollection, ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: Int...) { self.init(elements) }
    public var startIndex: Int { 0 }
    public var endIndex: Int { count }
    public subscript(position: Int) -> Int {
        get {
            precondition(position >= 0 && position < count, "axis out of range")
            return storage[position]
        }
        set {
            precondition(position >= 0 && position < count, "axis out of range")
            storage[position] = newValue
        }
    }
}

extension Dimensions: CustomStringConvertible {
    public var description: String { "[" + map(String.init).joined(separator: ", ") + "]" }
}
