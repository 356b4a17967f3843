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
        if count >= Self.maximumRank { refuseAxis(element) }
        storage[count] = element
        rank += 1
    }

    /// The product of all elements: the number of elements of an array of this shape, 1 for a scalar, 0 where a size is 0. Traps
    /// where it is too large for an `Int`.
    @inlinable
    public var product: Int { product(of: 0..<rank) }

    /// The product of the sizes of some neighbouring axes.
    ///
    /// - Precondition: these are axes of this shape.
    @inlinable
    package func product(of axes: Range<Int>) -> Int {
        // Taken apart once: to read an element by its number is to copy all of them.
        let (result, isTooLarge) = withUnsafeBytes(of: storage) { bytes in
            let sizes = bytes.bindMemory(to: Int.self)
            var (result, isTooLarge) = (1, false)
            var axis = axes.lowerBound
            while axis < axes.upperBound {
                let next = result.multipliedReportingOverflow(by: sizes[axis])
                (result, isTooLarge) = (next.partialValue, isTooLarge || next.overflow)
                axis += 1
            }
            return (result, isTooLarge)
        }
        return isTooLarge ? productOfLargeSizes(of: axes) : result
    }

    /// The product where the sizes that come before a 0 are too large.
    @inline(never)
    @usableFromInline
    func productOfLargeSizes(of axes: Range<Int>) -> Int {
        if self[axes].contains(0) { return 0 }
        misuse("an array of shape \(Dimensions(self[axes])) has more elements than an Int can count")
    }

    /// Whether a size is 0: an array of this shape has no elements.
    @inlinable
    package var hasEmptyAxis: Bool {
        withUnsafeBytes(of: storage) { bytes in
            let sizes = bytes.bindMemory(to: Int.self)
            for axis in 0..<rank where sizes[axis] == 0 { return true }
            return false
        }
    }

    /// The sizes of all other axes.
    @inlinable
    package func removing(_ axes: ClosedRange<Int>) -> Dimensions {
        var result = Dimensions()
        for axis in 0..<rank where !axes.contains(axis) { result.append(storage[axis]) }
        return result
    }

    @inline(never)
    @usableFromInline
    func refuseAxis(_ size: Int) -> Never {
        misuse("an array has at most \(Self.maximumRank) axes; one of size \(size) comes after \(self)")
    }

    @inline(never)
    @usableFromInline
    func refusePosition(_ position: Int) -> Never { misuse("axis \(position) of \(count) axes \(self)") }

    /// The strides, in elements, of a row-major array of this shape: the last axis has stride 1.
    @inlinable
    public var rowMajorStrides: Dimensions {
        var result = self
        withUnsafeMutableBytes(of: &result.storage) { bytes in
            let elements = bytes.bindMemory(to: Int.self)
            var step = 1
            for axis in (0..<count).reversed() {
                // What is too large belongs to an array without elements: an array's elements are counted when it is made.
                (elements[axis], step) = (step, step &* elements[axis])
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
            if position < 0 || position >= count { refusePosition(position) }
            return storage[position]
        }
        set {
            if position < 0 || position >= count { refusePosition(position) }
            storage[position] = newValue
        }
    }
}

extension Slice<Dimensions> {
    /// The product of some neighbouring sizes, 1 for none, 0 where one is 0. Traps where it is too large for an `Int`.
    @inlinable
    package var product: Int { base.product(of: startIndex..<endIndex) }
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
