import Synchronization
import UnloopBackend
import UnloopLoop

/// The loop backend, which notes the programs that it is given.
final class RecordingBackend: Backend {
    private let base = LoopBackend.shared
    private let noted = Mutex<[ScalarProgram]>([])

    /// In the order in which they came.
    var programs: [ScalarProgram] { noted.withLock { $0 } }

    private func note(_ program: ScalarProgram?) {
        if let program { noted.withLock { $0.append(program) } }
    }

    var kind: BackendKind { .loop }
    var name: String { "recording" }
    var elementTypes: Set<ElementType> { [.float32, .int32] }
    var statistics: BackendStatistics { base.statistics }

    func allocate(_ elementType: ElementType, count: Int) throws(BackendError) -> Buffer {
        try base.allocate(elementType, count: count)
    }
    func upload(_ elements: HostArray) throws(BackendError) -> Buffer { try base.upload(elements) }
    func download(_ buffer: Buffer, offset: Int, count: Int) throws(BackendError) -> HostArray {
        try base.download(buffer, offset: offset, count: count)
    }
    func synchronize() throws(BackendError) {}
    func copy(_ source: StridedView, to destination: StridedView) throws(BackendError) {
        try base.copy(source, to: destination)
    }
    func map(_ program: ScalarProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView])
        throws(BackendError)
    {
        note(program)
        try base.map(program, inputs: inputs, scalars: scalars, outputs: outputs)
    }
    func reduce(_ descriptor: ReduceDescriptor, inputs: [StridedView], scalars: [Double], output: StridedView)
        throws(BackendError)
    {
        note(descriptor.prologue)
        try base.reduce(descriptor, inputs: inputs, scalars: scalars, output: output)
    }
    /// Devices run the stages of a program, or its steps, into which several stages may have gone.
    func mapLines(_ program: LineProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView])
        throws(BackendError)
    {
        for case .map(let stage) in program.stages.map(\.work) { note(stage) }
        try mapLinesInSteps(program, inputs: inputs, scalars: scalars, outputs: outputs)
    }
    func scan(_ descriptor: ScanDescriptor, input: StridedView, output: StridedView) throws(BackendError) {
        try base.scan(descriptor, input: input, output: output)
    }
    func matmul(
        _ descriptor: MatmulDescriptor, _ a: StridedView, _ b: StridedView, epilogue: Epilogue?, output: StridedView
    ) throws(BackendError) {
        note(epilogue?.program)
        try base.matmul(descriptor, a, b, epilogue: epilogue, output: output)
    }
    func convolve(
        _ descriptor: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ first: StridedView,
        _ second: StridedView, epilogue: Epilogue?, output: StridedView
    ) throws(BackendError) {
        note(epilogue?.program)
        try base.convolve(descriptor, direction, first, second, epilogue: epilogue, output: output)
    }
    func pool(
        _ descriptor: PoolDescriptor, _ direction: PoolDescriptor.Direction, _ input: StridedView,
        _ second: StridedView?, output: StridedView
    ) throws(BackendError) {
        try base.pool(descriptor, direction, input, second, output: output)
    }
    func gather(_ descriptor: GatherDescriptor, table: StridedView, indices: StridedView, output: StridedView)
        throws(BackendError)
    {
        try base.gather(descriptor, table: table, indices: indices, output: output)
    }
    func scatterAdd(_ descriptor: GatherDescriptor, source: StridedView, indices: StridedView, output: StridedView)
        throws(BackendError)
    {
        try base.scatterAdd(descriptor, source: source, indices: indices, output: output)
    }
}
