import CUnloopCPU
import UnloopBackend

/// A number for each axis, as the kernels take them.
private typealias AxisNumbers = (Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64)

extension Dimensions {
    /// The layout of this type is fixed: it begins with its eight elements, those beyond the rank being 0.
    @inline(__always)
    fileprivate var axisNumbers: AxisNumbers { withUnsafeBytes(of: self) { $0.load(as: AxisNumbers.self) } }

    fileprivate init(_ numbers: AxisNumbers, rank: Int32) {
        self.init()
        withUnsafeBytes(of: numbers) { bytes in
            for number in bytes.bindMemory(to: Int64.self).prefix(Int(rank)) { append(Int(number)) }
        }
    }
}

extension unloop_map_operand {
    @inline(__always)
    fileprivate init(_ view: StridedView) { self.init(base: view.memory, strides: view.strides.axisNumbers) }
}

extension UnsafeMutableBufferPointer<unloop_map_operand> {
    /// Takes the views apart where they are: to copy one is to count a reference.
    @inline(__always)
    fileprivate func initialize(at first: Int, to views: [StridedView]) {
        views.withUnsafeBufferPointer { views in
            guard let view = views.baseAddress else { return }
            for position in views.indices {
                let base = view[position].buffer.memory(at: view[position].offset)
                let strides = view[position].strides.axisNumbers
                initializeElement(at: first + position, to: unloop_map_operand(base: base, strides: strides))
            }
        }
    }
}

/// The axes that two arrays of one shape are walked along, joined where both run on from one axis to the next.
struct JoinedAxes {
    let shape: Dimensions
    let strides: (first: Dimensions, second: Dimensions)

    init(_ first: StridedView, _ second: StridedView) {
        var plan = unloop_map_plan()
        (plan.inputs, plan.outputs) = (1, 1)
        (plan.rank, plan.shape) = (Int32(first.shape.count), first.shape.axisNumbers)
        strides = withUnsafeTemporaryAllocation(of: unloop_map_operand.self, capacity: 2) { operands in
            operands.initializeElement(at: 0, to: unloop_map_operand(first))
            operands.initializeElement(at: 1, to: unloop_map_operand(second))
            plan.operands = operands.baseAddress
            unloop_map_join_axes(&plan)
            return (
                Dimensions(operands[0].strides, rank: plan.rank), Dimensions(operands[1].strides, rank: plan.rank)
            )
        }
        shape = Dimensions(plan.shape, rank: plan.rank)
    }
}

extension [StridedView] {
    /// Whether some view shows a buffer that one of the others shows.
    fileprivate func haveBuffers(of others: [StridedView]) -> Bool {
        let buffers = Set(others.map { ObjectIdentifier($0.buffer) })
        return contains { buffers.contains(ObjectIdentifier($0.buffer)) }
    }
}

/// Operands and constants of a plan: in memory that is there where they are few, else in memory of their own.
private struct PlanMemory {
    static let alignment = 16
    static let bytes = 1024
    private static let operandLimit = 12
    private static let constantLimit = (bytes - operandLimit * MemoryLayout<unloop_map_operand>.stride) / 4

    let operands: UnsafeMutableBufferPointer<unloop_map_operand>
    let constants: UnsafeMutableBufferPointer<UInt32>
    private let isOwn: Bool

    @inline(__always)
    init(_ memory: UnsafeMutableRawBufferPointer, operands operandCount: Int, constants constantCount: Int) {
        isOwn = operandCount > Self.operandLimit || constantCount > Self.constantLimit
        if isOwn {
            operands = .allocate(capacity: operandCount)
            constants = .allocate(capacity: constantCount)
        } else {
            let offset = Self.operandLimit * MemoryLayout<unloop_map_operand>.stride
            operands = UnsafeMutableBufferPointer(
                start: memory.baseAddress?.bindMemory(to: unloop_map_operand.self, capacity: operandCount),
                count: operandCount)
            constants = UnsafeMutableBufferPointer(
                start: (memory.baseAddress.map { $0 + offset })?.bindMemory(to: UInt32.self, capacity: constantCount),
                count: constantCount)
        }
    }

    @inline(__always)
    func free() {
        guard isOwn else { return }
        operands.deallocate()
        constants.deallocate()
    }
}

extension CPUBackend {
    /// Calls `body` with a plan that runs the program over views of one shape. Inlined, because the compiler would make it anew for each
    /// `body` otherwise, with copies of all that this holds: references that threads count at the same time.
    ///
    /// - Throws: what `body` throws.
    @inline(__always)
    func withPlan(
        _ program: Unmanaged<LoweredProgram>, shape: Dimensions, inputs: [StridedView], scalars: [Double],
        outputs: [StridedView], _ body: (UnsafePointer<unloop_map_plan>) throws(BackendError) -> Void
    ) throws(BackendError) {
        var failure: BackendError?
        let elementCount = shape.product
        var plan = unloop_map_plan()
        plan.kernels = kernels
        let (constantCount, storesEarly) = program._withUnsafeGuaranteedRef { program in
            plan.code = UnsafePointer(program.code)
            plan.inputs = Int32(program.inputCount)
            plan.outputs = Int32(program.outputCount)
            if let number = program.compiledNumber, let compiled = compiledPrograms {
                plan.compiled = compiled[number]
                return (program.scalarTypes.count, false)
            }
            plan.temporaries = Int32(program.temporaryCount)
            return (program.constantCount, program.storesEarly)
        }
        plan.constants = Int32(constantCount)
        (plan.rank, plan.shape) = (Int32(shape.count), shape.axisNumbers)
        plan.deferred = storesEarly && outputs.haveBuffers(of: inputs)
        plan.streaming = elementCount >= Self.streamingElements
        let operandCount = max(1, inputs.count + outputs.count)
        // Of a size that the compiler knows, so that all is in one place: on the stack.
        withUnsafeTemporaryAllocation(byteCount: PlanMemory.bytes, alignment: PlanMemory.alignment) { bytes in
            let memory = PlanMemory(bytes, operands: operandCount, constants: constantCount)
            defer { memory.free() }
            memory.operands.initialize(at: 0, to: inputs)
            memory.operands.initialize(at: inputs.count, to: outputs)
            plan.operands = memory.operands.baseAddress
            unloop_map_join_axes(&plan)
            program._withUnsafeGuaranteedRef { $0.fill(memory.constants, scalars: scalars) }
            plan.constant_bits = memory.constants.baseAddress.map { UnsafePointer($0) }
            let limit = max(256, min(2048, 8192 / operandCount / 128 * 128))
            plan.block = unloop_map_block(&plan, Int64(min(limit, max(1, elementCount))))
            do throws(BackendError) { try body(&plan) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// From this size on outputs bypass the caches, which they would fill without being found there again.
    static var streamingElements: Int { 8 << 20 }
}
