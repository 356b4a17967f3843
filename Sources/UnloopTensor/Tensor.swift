import UnloopBackend

/// An array of numbers with any number of axes up to eight, on one device.
///
/// A tensor is an immutable value; copies and views (reshapes, transposes, slices, broadcasts) share elements. Operations
/// run at once (on OpenCL devices asynchronously, in order). They do not throw: when a device fails, the result carries
/// the error, operations on it pass it on, and whatever reads elements throws it. Other tensors are not affected.
/// Shapes, element types and devices that do not agree are mistakes of the program: they trap with the operation's name.
///
/// Element types: `float32` (the default) and `int32` on every device, `float64` on `.loop`.
public struct Tensor: Sendable {
    /// The elements and how they are arranged. An object, so that a tensor is cheap to copy; a single one, because to make objects is
    /// a large part of what an operation on few elements costs.
    /// Not changed, but for asking whether its elements have another reference, while it has one reference itself.
    private final class Layout: @unchecked Sendable {
        var storage: Storage
        let offset: Int
        let dimensions: Dimensions
        let strides: Dimensions

        init(_ storage: Storage, _ offset: Int, _ dimensions: Dimensions, _ strides: Dimensions) {
            self.storage = storage
            self.offset = offset
            self.dimensions = dimensions
            self.strides = strides
        }
    }

    private var layout: Layout
    /// How this tensor was computed, where someone asked for derivatives.
    var node: Node?

    init(_ storage: Storage, offset: Int, _ dimensions: Dimensions, _ strides: Dimensions, node: Node? = nil) {
        layout = Layout(storage, offset, dimensions, strides)
        self.node = node
    }

    var storage: Storage { layout.storage }
    var offset: Int { layout.offset }
    /// The sizes of the axes; the same as `shape`, without allocating an array.
    public var dimensions: Dimensions { layout.dimensions }
    var strides: Dimensions { layout.strides }

    /// A row-major tensor.
    init(_ storage: Storage, _ dimensions: Dimensions) {
        self.init(storage, offset: 0, dimensions, dimensions.rowMajorStrides)
    }

    /// What an operation has stored in a view of a new buffer.
    init(_ device: Device, _ view: StridedView) {
        self.init(
            Storage(device, view.elementType, .buffer(view.buffer)), offset: view.offset, view.shape, view.strides)
    }

    /// What takes the place of the result of an operation that failed.
    init(
        failed operation: String, _ error: any Error, on device: Device, _ elementType: ElementType,
        _ dimensions: Dimensions
    ) {
        self.init(
            Storage(device, elementType, .failure(TensorError(wrapping: error, operation: operation))), dimensions)
    }

    /// The sizes of the axes; empty for a single number.
    public var shape: [Int] { Array(dimensions) }
    /// The number of axes.
    public var rank: Int { dimensions.count }
    /// The number of elements.
    public var count: Int { dimensions.product }
    public var elementType: ElementType { layout.storage.elementType }
    public var device: Device { layout.storage.device }

    /// The error that an operation left here in place of elements; nil as far as is known. Devices that work
    /// asynchronously may find an error later, when elements are read.
    public var failure: TensorError? { storage.failure }

    var isContiguous: Bool {
        if strides == dimensions.rowMajorStrides { return true }
        var expected = 1
        for axis in (0..<rank).reversed() where dimensions[axis] != 1 {
            if dimensions[axis] == 0 { return true }
            if strides[axis] != expected { return false }
            expected &*= dimensions[axis]
        }
        return true
    }

    func view() throws(TensorError) -> StridedView {
        StridedView(try storage.buffer(), offset: offset, shape: dimensions, strides: strides)
    }

    /// Whether the elements are seen by this tensor alone, and nobody asked how they were computed: then what takes the tensor's place
    /// may be stored where it is.
    mutating func ownsElements() -> Bool {
        node == nil && isKnownUniquelyReferenced(&layout) && layout.storage.holdsOnlyReference()
    }

    /// The same elements seen in another way, not tracked.
    func reviewed(_ dimensions: Dimensions, _ strides: Dimensions, offset: Int? = nil) -> Tensor {
        Tensor(storage, offset: offset ?? self.offset, dimensions, strides)
    }

    /// The same, by objects that are not counted by other threads; see `SharedTensors`.
    func withOwnReferences() -> Tensor {
        Tensor(storage.withOwnReference(), offset: offset, dimensions, strides, node: node)
    }

    /// Runs work that fills a new row-major tensor; an error becomes the result.
    static func make(
        _ operation: String, on device: Device, _ elementType: ElementType, _ dimensions: Dimensions,
        _ work: (any Backend, StridedView) throws -> Void
    ) -> Tensor {
        do {
            return try device.withBackend { backend in
                let output = StridedView(
                    try backend.allocate(elementType, count: dimensions.product), shape: dimensions)
                try work(backend, output)
                return Tensor(device, output)
            }
        } catch {
            return Tensor(failed: operation, error, on: device, elementType, dimensions)
        }
    }

    /// Traps unless both tensors are on one device.
    static func requireSameDevice(_ operation: String, _ a: Tensor, _ b: Tensor) {
        require(
            a.storage.device == b.storage.device,
            "\(operation): one tensor is on \(a.device), the other on \(b.device); copy one with to(_:)")
    }

    func requireReal(_ operation: String) {
        require(
            elementType != .int32, "\(operation): elements are int32; convert them with to(.float32)")
    }

    /// The axis counted from the front; negative ones count from the back.
    func resolved(axis: Int, _ operation: String) -> Int {
        let resolved = axis < 0 ? axis + rank : axis
        require(resolved >= 0 && resolved < rank, "\(operation): \(dimensions) has no axis \(axis)")
        return resolved
    }
}
