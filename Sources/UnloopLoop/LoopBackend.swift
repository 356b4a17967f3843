import Synchronization
import UnloopBackend

/// The reference device: plain scalar loops, one obvious loop nest per operation, on one thread. It is the executable
/// form of Numerics.md that every other device is compared with, and the only one with float64.
public final class LoopBackend: Backend {
    public static let shared = LoopBackend()

    public let kind = BackendKind.loop
    public let name = "Scalar loops on the host"
    public let elementTypes: Set<ElementType> = [.float32, .int32, .float64]

    private let counters = Mutex(BackendStatistics())

    package init() {}

    public var statistics: BackendStatistics { counters.withLock { $0 } }

    public func allocate(_ elementType: ElementType, count: Int) throws(BackendError) -> Buffer {
        let buffer = LoopBuffer(elementType, count: count) { [self] bytes in
            counters.withLock { $0.bytesInUse -= bytes }
        }
        guard let buffer else {
            let (bytes, overflow) = count.multipliedReportingOverflow(by: elementType.byteCount)
            throw .outOfMemory(device: name, bytes: overflow ? .max : bytes, limit: HostMemory.machineBytes)
        }
        counters.withLock {
            $0.bytesInUse += buffer.byteCount
            $0.bytesPeak = max($0.bytesPeak, $0.bytesInUse)
            $0.allocations += 1
        }
        return buffer
    }

    public func upload(_ elements: HostArray) throws(BackendError) -> Buffer {
        let buffer = try allocate(elements.elementType, count: elements.count)
        switch elements {
        case .float32(let values): _ = buffer.elements(as: Float.self).update(from: values)
        case .int32(let values): _ = buffer.elements(as: Int32.self).update(from: values)
        case .float64(let values): _ = buffer.elements(as: Double.self).update(from: values)
        }
        return buffer
    }

    public func download(_ buffer: Buffer, offset: Int, count: Int) throws(BackendError) -> HostArray {
        switch buffer.elementType {
        case .float32: .float32(Array(buffer.elements(as: Float.self)[offset..<offset + count]))
        case .int32: .int32(Array(buffer.elements(as: Int32.self)[offset..<offset + count]))
        case .float64: .float64(Array(buffer.elements(as: Double.self)[offset..<offset + count]))
        }
    }

    /// Every method here returns when its work is done.
    public func synchronize() throws(BackendError) {}

    public func copy(_ source: StridedView, to destination: StridedView) throws(BackendError) {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        countLaunch()
        // Only the size matters, so integers stand for float32 as well.
        switch source.elementType {
        case .float32, .int32: copyElements(source, to: destination, as: UInt32.self)
        case .float64: copyElements(source, to: destination, as: UInt64.self)
        }
    }

    public func map(_ program: ScalarProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView])
        throws(BackendError)
    {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        guard let shape = outputs.first?.shape else { return }
        try requireCountable(program, count: shape.product, "map")
        countLaunch()
        switch Self.realType(of: inputs + outputs) {
        case .float64: mapElements(program, inputs: inputs, scalars: scalars, outputs: outputs, as: Double.self)
        case .float32, .int32: mapElements(program, inputs: inputs, scalars: scalars, outputs: outputs, as: Float.self)
        }
    }

    public func reduce(
        _ descriptor: ReduceDescriptor, inputs: [StridedView], scalars: [Double], output: StridedView
    ) throws(BackendError) {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        if descriptor.outer == 0 || descriptor.inner == 0 { return }
        try requireCountable(descriptor)
        countLaunch()
        // Without a prologue the program is the identity, of the type of the one input.
        let program =
            descriptor.prologue
            ?? ScalarProgram(inputs: [inputs[0].elementType == .int32 ? .integer : .real]) { inputs, _ in inputs }
        switch (program.outputTypes[0], Self.realType(of: inputs + [output])) {
        case (.integer, .float64):
            try reduceLines(descriptor, program, inputs, scalars, output, on: self, Double.self, Int32.self)
        case (.integer, _):
            try reduceLines(descriptor, program, inputs, scalars, output, on: self, Float.self, Int32.self)
        case (.real, .float64):
            try reduceLines(descriptor, program, inputs, scalars, output, on: self, Double.self, Double.self)
        case (.real, _):
            try reduceLines(descriptor, program, inputs, scalars, output, on: self, Float.self, Float.self)
        }
    }

    public func scan(_ descriptor: ScanDescriptor, input: StridedView, output: StridedView) throws(BackendError) {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        countLaunch()
        switch input.elementType {
        case .float32: scanLines(descriptor, input, output, as: Float.self)
        case .int32: scanLines(descriptor, input, output, as: Int32.self)
        case .float64: scanLines(descriptor, input, output, as: Double.self)
        }
    }

    public func matmul(
        _ descriptor: MatmulDescriptor, _ a: StridedView, _ b: StridedView, epilogue: Epilogue?, output: StridedView
    ) throws(BackendError) {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        try withSums(a.elementType, "matmul", epilogue, output) { sums in
            switch a.elementType {
            case .float64: multiplyMatrices(descriptor, a, b, output: sums, as: Double.self)
            case .float32, .int32: multiplyMatrices(descriptor, a, b, output: sums, as: Float.self)
            }
        }
    }

    public func convolve(
        _ descriptor: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ first: StridedView,
        _ second: StridedView, epilogue: Epilogue?, output: StridedView
    ) throws(BackendError) {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        try requireCountable(descriptor)
        try withSums(first.elementType, "convolve", epilogue, output) { sums in
            switch first.elementType {
            case .float64: convolveImages(descriptor, direction, first, second, output: sums, as: Double.self)
            case .float32, .int32: convolveImages(descriptor, direction, first, second, output: sums, as: Float.self)
            }
        }
    }

    public func pool(
        _ descriptor: PoolDescriptor, _ direction: PoolDescriptor.Direction, _ input: StridedView,
        _ second: StridedView?, output: StridedView
    ) throws(BackendError) {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        try requireReal(input.elementType, "pool")
        countLaunch()
        switch input.elementType {
        case .float64: poolImages(descriptor, direction, input, second, output: output, as: Double.self)
        case .float32, .int32: poolImages(descriptor, direction, input, second, output: output, as: Float.self)
        }
    }

    public func gather(_ descriptor: GatherDescriptor, table: StridedView, indices: StridedView, output: StridedView)
        throws(BackendError)
    {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        countLaunch()
        // Only the size matters, so integers stand for float32 as well.
        switch table.elementType {
        case .float32, .int32: try gatherRows(descriptor, table, indices, output, as: UInt32.self)
        case .float64: try gatherRows(descriptor, table, indices, output, as: UInt64.self)
        }
    }

    public func scatterAdd(
        _ descriptor: GatherDescriptor, source: StridedView, indices: StridedView, output: StridedView
    ) throws(BackendError) {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        countLaunch()
        switch source.elementType {
        case .float32: try scatterRows(descriptor, source, indices, output, as: Float.self)
        case .int32: try scatterRows(descriptor, source, indices, output, as: Int32.self)
        case .float64: try scatterRows(descriptor, source, indices, output, as: Double.self)
        }
    }

    /// float64 if any of the views is, else float32.
    private static func realType(of views: [StridedView]) -> ElementType {
        views.contains { $0.elementType == .float64 } ? .float64 : .float32
    }

    private func countLaunch() {
        counters.withLock { $0.launches += 1 }
    }

    private func requireReal(_ elementType: ElementType, _ operation: String) throws(BackendError) {
        if elementType == .int32 {
            throw .unsupported(device: name, operation: operation, reason: "its elements must be float32 or float64")
        }
    }

    /// Lets `compute` write its sums, then applies the epilogue to them.
    private func withSums(
        _ elementType: ElementType, _ operation: String, _ epilogue: Epilogue?, _ output: StridedView,
        _ compute: (StridedView) -> Void
    ) throws(BackendError) {
        try requireReal(elementType, operation)
        countLaunch()
        guard let epilogue else { return compute(output) }
        let sums = StridedView(try allocate(elementType, count: output.elementCount), shape: output.shape)
        compute(sums)
        try map(epilogue.program, inputs: [sums] + epilogue.inputs, scalars: epilogue.scalars, outputs: [output])
    }
}
