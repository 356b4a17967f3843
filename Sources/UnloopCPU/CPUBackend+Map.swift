import CUnloopCPU
import UnloopBackend

extension CPUBackend {
    public func map(_ program: ScalarProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView])
        throws(BackendError)
    {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        guard let shape = outputs.first?.shape else { return }
        let count = shape.product
        if count == 0 { return }
        try requireCountable(program, count: count, "map")
        memory.countLaunch()
        let lowered = try program.loweredToRun("map")
        let nanoseconds = lowered._withUnsafeGuaranteedRef { $0.nanosecondsPerElement }
        let inputs = try withoutTransposed(inputs, count: count)
        try withPlan(lowered, shape: shape, inputs: inputs, scalars: scalars, outputs: outputs) {
            plan throws(BackendError) in
            let block = Int(plan.pointee.block)
            try withScratch(unloop_map_scratch_size(plan)) { scratch in
                runChunks(of: count, unit: block, nanosecondsPerElement: nanoseconds) { begin, end in
                    scratch.lend { unloop_map_range(plan, Int64(begin), Int64(end), $0) }
                }
            }
        }
    }
}
