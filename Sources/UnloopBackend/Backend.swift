/// What a device can do, by families of operations. An operation is a value passed to one of these methods, never a
/// method of its own, so that N operations on M devices are N + M pieces of work.
///
/// Arguments arrive validated: shapes agree, element types are the device's, all buffers come from this backend, and
/// no result overlaps an operand except where `map` allows it. Methods may return before the work is done; work runs in
/// order. An error that is found late belongs to the buffers that the operation wrote and to what was computed from them:
/// whatever reads or waits for one of those throws it, every time; other buffers are not affected. Every method is safe to
/// call from any thread. Results follow Numerics.md bit for bit.
///
/// Empty results need no work; an empty sum is 0.
public protocol Backend: AnyObject, Sendable {
    /// `loop`, `cpu` or `opencl`.
    var kind: BackendKind { get }
    /// The hardware's name, for people.
    var name: String { get }
    /// The element types that arrays on this device may have.
    var elementTypes: Set<ElementType> { get }

    /// Memory for `count` elements, not initialized.
    func allocate(_ elementType: ElementType, count: Int) throws(BackendError) -> Buffer
    /// A new buffer with these elements.
    func upload(_ elements: HostArray) throws(BackendError) -> Buffer
    /// The elements `offset ..< offset + count`; waits until they are computed.
    func download(_ buffer: Buffer, offset: Int, count: Int) throws(BackendError) -> HostArray
    /// Waits until all work is done.
    ///
    /// - Throws: when waiting fails. Errors of single operations are thrown by `wait(for:)` and `download`.
    func synchronize() throws(BackendError)
    /// Waits until the elements of a buffer are computed.
    ///
    /// - Throws: the error of the operation that failed to compute them.
    func wait(for buffer: Buffer) throws(BackendError)

    /// Copies element by element between views of one shape and element type that do not overlap.
    func copy(_ source: StridedView, to destination: StridedView) throws(BackendError)

    /// Runs a program on each element. All views have the same shape (broadcast inputs have stride 0); real inputs and
    /// outputs are all float32 or all float64, integers are int32. An output may be the very same view as an input.
    /// `scalars` holds the values of the program's scalars; integers are given as exact Doubles.
    func map(_ program: ScalarProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView])
        throws(BackendError)

    /// Reduces the middle axis. The inputs have shape `[outer, length, inner]` and any strides; the output is row-major
    /// `[outer, inner]`, int32 for the reductions that give an index.
    func reduce(_ descriptor: ReduceDescriptor, inputs: [StridedView], scalars: [Double], output: StridedView)
        throws(BackendError)

    /// Runs a program of several stages along the middle axis. Inputs and outputs of elements have shape `[outer, length,
    /// inner]`, those of lines `[outer, inner]`; inputs have any strides, outputs are row-major. The results are those of the
    /// program's `steps` one after the other, which is how it runs where a device has nothing better.
    func mapLines(_ program: LineProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView])
        throws(BackendError)

    /// Cumulative sums along the middle axis; input and output are row-major `[outer, length, inner]`.
    func scan(_ descriptor: ScanDescriptor, input: StridedView, output: StridedView) throws(BackendError)

    func matmul(
        _ descriptor: MatmulDescriptor, _ a: StridedView, _ b: StridedView, epilogue: Epilogue?, output: StridedView
    ) throws(BackendError)

    /// Operands and output in the order that the direction states, all row-major.
    func convolve(
        _ descriptor: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ first: StridedView,
        _ second: StridedView, epilogue: Epilogue?, output: StridedView
    ) throws(BackendError)

    /// Inputs in the order that the direction states, all row-major. `forward` takes no second input.
    func pool(
        _ descriptor: PoolDescriptor, _ direction: PoolDescriptor.Direction, _ input: StridedView,
        _ second: StridedView?, output: StridedView
    ) throws(BackendError)

    /// `output[o, i, :] = table[o, indices[i], :]`, all row-major; elements of any type; `indices[o, i]` where every outer position
    /// has indices of its own. Indices outside the table are an error (`indexOutOfRange`), which asynchronous devices report late.
    func gather(_ descriptor: GatherDescriptor, table: StridedView, indices: StridedView, output: StridedView)
        throws(BackendError)

    /// `output[o, r, :] = Σ source[o, i, :]` over the i with `indices[i] = r` (or `indices[o, i] = r`), added in increasing i to 0.
    func scatterAdd(_ descriptor: GatherDescriptor, source: StridedView, indices: StridedView, output: StridedView)
        throws(BackendError)

    /// Whether results are those of Numerics.md bit for bit, as far as is known. False only where the environment admits a device
    /// that gives others.
    var isConforming: Bool { get }

    /// What the device has counted so far: memory, launches, programs built; for people and tests.
    var statistics: BackendStatistics { get }
}

extension Backend {
    /// For backends that find every error at once.
    public func wait(for buffer: Buffer) throws(BackendError) { try synchronize() }
    public var isConforming: Bool { true }
}

public enum BackendKind: String, Hashable, Sendable, CaseIterable {
    case loop, cpu, opencl
}

public struct BackendStatistics: Hashable, Sendable {
    /// Bytes in buffers that are in use.
    public var bytesInUse = 0
    /// Bytes that are held for reuse.
    public var bytesPooled = 0
    /// The largest sum of both so far.
    public var bytesPeak = 0
    /// How often a buffer was taken from the pool instead of from the system.
    public var poolHits = 0
    public var allocations = 0
    /// Kernel launches or parallel sections.
    public var launches = 0
    /// Programs compiled from source, found in memory, and found on disk.
    public var programsBuilt = 0
    public var programsFromMemory = 0
    public var programsFromDisk = 0
    /// Programs that are kept in memory, compiled or as data for an interpreter.
    public var programsKept = 0
    /// Nanoseconds spent compiling or loading programs.
    public var buildNanoseconds = 0

    public init() {}
}
