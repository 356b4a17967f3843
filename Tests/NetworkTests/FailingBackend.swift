import Synchronization
import UnloopBackend
import UnloopLoop

/// The loop backend, which fails at one operation of its work, or from it on, and counts what it copies.
final class FailingBackend: Backend {
    enum Failing: Sendable {
        /// The operation with this number, counted from 0, and no other.
        case at(Int)
        /// That and all after it.
        case from(Int)
        /// Likewise, and elements can no longer be read: the device is gone.
        case deadFrom(Int)
    }

    private struct State {
        var failing: Failing?
        var operations = 0
        var copied: [Int] = []
    }

    private let base = LoopBackend.shared
    private let state = Mutex(State())

    /// Counts from 0 again; nil fails no more.
    func fail(_ failing: Failing?) { state.withLock { $0 = State(failing: failing) } }
    /// Since the last `fail`.
    var operations: Int { state.withLock { $0.operations } }
    /// The numbers of elements of every copy since the last `fail`.
    var copied: [Int] { state.withLock { $0.copied } }

    static let error = BackendError.outOfMemory(device: "failing", bytes: 1, limit: 0)

    private func check(isReading: Bool = false) throws(BackendError) {
        let fails = state.withLock { state in
            let number = state.operations
            if !isReading { state.operations += 1 }
            return switch state.failing {
            case .at(let failing): !isReading && number == failing
            case .from(let first): !isReading && number >= first
            case .deadFrom(let first): number >= first
            case nil: false
            }
        }
        if fails { throw Self.error }
    }

    var kind: BackendKind { .loop }
    var name: String { "failing" }
    var elementTypes: Set<ElementType> { [.float32, .int32] }
    var statistics: BackendStatistics { base.statistics }

    func allocate(_ elementType: ElementType, count: Int) throws(BackendError) -> Buffer {
        try check()
        return try base.allocate(elementType, count: count)
    }
    func upload(_ elements: HostArray) throws(BackendError) -> Buffer {
        try check()
        return try base.upload(elements)
    }
    func download(_ buffer: Buffer, offset: Int, count: Int) throws(BackendError) -> HostArray {
        try check(isReading: true)
        return try base.download(buffer, offset: offset, count: count)
    }
    func synchronize() throws(BackendError) { try check(isReading: true) }
    func copy(_ source: StridedView, to destination: StridedView) throws(BackendError) {
        try check()
        state.withLock { $0.copied.append(source.shape.product) }
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
    func mapLines(_ program: LineProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView])
        throws(BackendError)
    {
        try check()
        try base.mapLines(program, inputs: inputs, scalars: scalars, outputs: outputs)
    }
    func scan(_ descriptor: ScanDescriptor, input: StridedView, output: StridedView) throws(BackendError) {
        try check()
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
