import Synchronization
import UnloopBackend
import UnloopLoop

/// The loop backend, which can be told to fail: how devices that break are tested.
final class UnreliableBackend: Backend {
    private let base = LoopBackend.shared
    private let failure = Mutex<BackendError?>(nil)
    private let largest = Mutex(0)

    /// The number of elements of the largest buffer so far.
    var largestCount: Int { largest.withLock { $0 } }

    /// Every operation from now on throws this; nil ends it. Reading elements still works.
    func fail(with error: BackendError?) { failure.withLock { $0 = error } }

    private func check() throws(BackendError) {
        if let error = failure.withLock({ $0 }) { throw error }
    }

    var kind: BackendKind { .loop }
    var name: String { "unreliable" }
    var elementTypes: Set<ElementType> { base.elementTypes }
    var statistics: BackendStatistics { base.statistics }

    func allocate(_ elementType: ElementType, count: Int) throws(BackendError) -> Buffer {
        try check()
        largest.withLock { $0 = max($0, count) }
        return try base.allocate(elementType, count: count)
    }
    func upload(_ elements: HostArray) throws(BackendError) -> Buffer {
        try check()
        return try base.upload(elements)
    }
    func download(_ buffer: Buffer, offset: Int, count: Int) throws(BackendError) -> HostArray {
        try base.download(buffer, offset: offset, count: count)
    }
    func synchronize() throws(BackendError) { try check() }
    func copy(_ source: StridedView, to destination: StridedView) throws(BackendError) {
        try check()
        try base.copy(source, to: destination)
    }
    func map(_ program: ScalarProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView])
        throws(BackendError)
    {
        try check()
        try base.map(program, inputs: inputs, scalars: scalars, outputs: outputs)
    }
    func reduce(_ descriptor: ReduceDescriptor, inputs: [StridedView], scalars: [Double], output: StridedView)
        throws(BackendError)
    {
        try check()
        try base.reduce(descriptor, inputs: inputs, scalars: scalars, output: output)
    }
    /// Whether cumulative sums leave their results as the memory was.
    private let forgetsCumulativeSums: Bool

    init(forgetsCumulativeSums: Bool = false) { self.forgetsCumulativeSums = forgetsCumulativeSums }

    func scan(_ descriptor: ScanDescriptor, input: StridedView, output: StridedView) throws(BackendError) {
        try check()
        if forgetsCumulativeSums { return }
        try base.scan(descriptor, input: input, output: output)
    }
    func matmul(
        _ descriptor: MatmulDescriptor, _ a: StridedView, _ b: StridedView, epilogue: Epilogue?, output: StridedView
    ) throws(BackendError) {
        try check()
        try base.matmul(descriptor, a, b, epilogue: epilogue, output: output)
    }
    func convolve(
        _ descriptor: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ first: StridedView,
        _ second: StridedView, epilogue: Epilogue?, output: StridedView
    ) throws(BackendError) {
        try check()
        try base.convolve(descriptor, direction, first, second, epilogue: epilogue, output: output)
    }
    func pool(
        _ descriptor: PoolDescriptor, _ direction: PoolDescriptor.Direction, _ input: StridedView,
        _ second: StridedView?, output: StridedView
    ) throws(BackendError) {
        try check()
        try base.pool(descriptor, direction, input, second, output: output)
    }
    func gather(_ descriptor: GatherDescriptor, table: StridedView, indices: StridedView, output: StridedView)
        throws(BackendError)
    {
        try check()
        try base.gather(descriptor, table: table, indices: indices, output: output)
    }
    func scatterAdd(_ descriptor: GatherDescriptor, source: StridedView, indices: StridedView, output: StridedView)
        throws(BackendError)
    {
        try check()
        try base.scatterAdd(descriptor, source: source, indices: indices, output: output)
    }
}
