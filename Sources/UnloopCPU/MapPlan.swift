import CUnloopCPU
import UnloopBackend

/// Axes that several arrays of one shape are walked along, joined where all arrays run on from one axis to the next.
struct JoinedAxes {
    private(set) var shape: Dimensions = []
    /// For each array, the strides of the joined axes.
    private(set) var strides: [Dimensions]

    init(_ shape: Dimensions, _ views: [StridedView]) {
        strides = Array(repeating: [], count: views.count)
        for axis in shape.indices where shape[axis] != 1 {
            let last = self.shape.count - 1
            let size = shape[axis]
            if last >= 0 && views.indices.allSatisfy({ strides[$0][last] == views[$0].strides[axis] * size }) {
                self.shape[last] *= size
                for view in views.indices { strides[view][last] = views[view].strides[axis] }
            } else {
                self.shape.append(size)
                for view in views.indices { strides[view].append(views[view].strides[axis]) }
            }
        }
    }
}

extension CPUBackend {
    /// Calls `body` with a plan that runs the program over views of one shape.
    ///
    /// - Parameter blockLimit: nil lets the block follow from the number of temporaries, so that all fit in the
    ///   first-level cache.
    func withPlan(
        _ program: LoweredProgram, shape: Dimensions, inputs: [StridedView], scalars: [Double],
        outputs: [StridedView], _ body: (UnsafeMutablePointer<unloop_map_plan>) -> Void
    ) {
        let views = inputs + outputs
        let axes = JoinedAxes(shape, views)
        let elementCount = shape.product
        withUnsafeTemporaryAllocation(of: unloop_map_operand.self, capacity: max(1, views.count)) { operands in
            for (position, view) in views.enumerated() {
                var operand = unloop_map_operand()
                operand.base = view.memory
                withUnsafeMutableBytes(of: &operand.strides) { bytes in
                    let strides = bytes.bindMemory(to: Int64.self)
                    for axis in axes.shape.indices { strides[axis] = Int64(axes.strides[position][axis]) }
                }
                operands.initializeElement(at: position, to: operand)
            }
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: max(1, program.constantCount)) { constants in
                for (position, type) in program.scalarTypes.enumerated() {
                    let value = scalars[position]
                    constants[position] =
                        type == .real
                        ? Float(value).bitPattern : UInt32(bitPattern: Int32(truncatingIfNeeded: Int64(value)))
                }
                for (position, bits) in program.constants.enumerated() {
                    constants[program.scalarTypes.count + position] = bits
                }
                guard let operandBase = operands.baseAddress else { return }
                var plan = unloop_map_plan()
                plan.kernels = kernels
                plan.code = UnsafePointer(program.code)
                plan.instruction_count = Int32(program.instructionCount)
                plan.inputs = Int32(program.inputCount)
                plan.constants = Int32(program.constantCount)
                plan.temporaries = Int32(program.temporaryCount)
                plan.outputs = Int32(program.outputCount)
                plan.operands = UnsafePointer(operandBase)
                plan.constant_bits = constants.baseAddress.map { UnsafePointer($0) }
                plan.rank = Int32(axes.shape.count)
                withUnsafeMutableBytes(of: &plan.shape) { bytes in
                    let sizes = bytes.bindMemory(to: Int64.self)
                    for axis in axes.shape.indices { sizes[axis] = Int64(axes.shape[axis]) }
                }
                plan.deferred =
                    program.storesEarly
                    && outputs.contains { output in inputs.contains { $0.buffer === output.buffer } }
                plan.streaming = elementCount >= Self.streamingElements
                let blocks = program.temporaryCount + (plan.streaming ? program.outputCount : 0) + program.inputCount
                let limit = max(256, min(2048, 6144 / max(1, blocks) / 16 * 16))
                plan.block = unloop_map_block(&plan, Int64(min(limit, max(1, elementCount))))
                body(&plan)
            }
        }
    }

    /// From this size on outputs bypass the caches, which they would fill without being found there again.
    static var streamingElements: Int { 8 << 20 }
}

/// Scratch memory of one thread for a plan.
@inline(__always)
func withScratch(_ size: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
    withUnsafeTemporaryAllocation(byteCount: max(64, size), alignment: 64) { scratch in
        if let base = scratch.baseAddress { body(base) }
    }
}
