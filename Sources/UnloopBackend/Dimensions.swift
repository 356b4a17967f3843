/// The sizes (a shape) or the strides of an array of up to eight axes, stored inline so that describing an
/// operation allocates nothing.
@frozen public struct Dimensions: Sendable {
    /// The largest number of axes that an array may have.
    public static let maximumRank = 8

    /// All elements, those beyond the rank being 0.
    @frozen @usableFromInline struct Storage: Sendable {
        @usableFromInline var first: (Int, Int, Int, Int)
        @usableFromInline var second: (Int, Int, Int, Int)

        @inlinable
        init() { (first, second) = ((0, 0, 0, 0), (0, 0, 0, 0)) }

        @inlinable
        subscript(position: Int) -> Int {
            get {
                withUnsafeBytes(of: self) { $0.load(fromByteOffset: position * MemoryLayout<Int>.stride, as: Int.self) }
            }
            set {
                withUnsafeMutableBytes(of: &self) {
                    $0.storeBytes(of: newValue, toByteOffset: position * MemoryLayout<Int>.stride, as: Int.self)
                }
            }
        }
    }

    @usableFromInline var storage: Storage
    @usableFromInline var rank: Int

    @inlinable public var count: Int { rank }

    /// No axes: the shape of a scalar.
    @inlinable
    public init() {
        storage = Storage()
        rank = 0
    }

    /// - Precondition: at most `maximumRank` elements.
    @inlinable
    public init(_ elements: some Sequence<Int>) {
        self.init()
        for element in elements { append(element) }
    }

    @inlinable
    public init(repeating value: Int, count: Int) {
        self.init()
        for _ in 0..<count { append(value) }
    }

    @inlinable
    public mutating func append(_ element: Int) {
        precondition(count < Self.maximumRank, "an array has at most \(Self.maximumRank) axes")
        storage[count] = element
        rank += 1
    }

    /// The product of all elements: the number of elements of an array of this shape, 1 for a scalar.
    @inlinable
    public var product: Int {
        // Taken apart once: to read an element by its number is to copy all of them.
        withUnsafeBytes(of: storage) { bytes in
            var result = 1
            for size in bytes.bindMemory(to: Int.self).prefix(count) { result *= size }
            return result
        }
    }

    /// The strides, in elements, of a row-major array of this shape: the last axis has stride 1.
    @inlinable
    public var rowMajorStrides: Dimensions {
        var result = self
        withUnsafeMutableBytes(of: &result.storage) { bytes in
            let elements = bytes.bindMemory(to: Int.self)
            var step = 1
            for axis in (0..<count).reversed() {
                (elements[axis], step) = (step, step * elements[axis])
            }
        }
        return result
    }
}

extension Dimensions: RandomAccessCollection, MutableCollection, ExpressibleByArrayLiteral {
    @inlinable
    public init(arrayLiteral elements: Int...) { self.init(elements) }
    @inlinable
    public var startIndex: Int { 0 }
    @inlinable
    public var endIndex: Int { count }
    @inlinable
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

extension Dimensions: Hashable {
    @inlinable
    public static func == (left: Dimensions, right: Dimensions) -> Bool {
        left.rank == right.rank && left.storage.first == right.storage.first
            && left.storage.second == right.storage.second
    }

    @inlinable
    public func hash(into hasher: inout Hasher) {
        hasher.combine(rank)
        for axis in 0..<rank { hasher.combine(storage[axis]) }
    }
}

extension Dimensions: CustomStringConvertible {
    public var description: String { "[" + map(String.init).joined(separator: ", ") + "]" }
}
