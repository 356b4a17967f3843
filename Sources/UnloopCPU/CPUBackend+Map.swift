import CUnloopCPU
import UnloopBackend

extension CPUBackend {
    public func map(_ program: ScalarProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView])
        throws(BackendError)
    {
        guard let shape = outputs.first?.shape else { return }
        let count = shape.product
        if count == 0 { return }
        memory.countLaunch()
        let lowered = program.lowered
        let inputs = try withoutTransposed(inputs)
        withPlan(lowered, shape: shape, inputs: inputs, scalars: scalars, outputs: outputs) { plan in
            let block = Int(plan.pointee.block)
            runChunks(of: count, unit: block, nanosecondsPerElement: lowered.nanosecondsPerElement) {
                [plan] begin, end in
                withScratch(unloop_map_scratch_size(plan)) {
                    unloop_map_range(plan, Int64(begin), Int64(end), $0)
                }
            }
        }
    }

    /// Calls `body` with parts of `0 ..< count` that begin at multiples of `unit`: one for small work, several for each
    /// thread otherwise.
    func runChunks(
        of count: Int, unit: Int, nanosecondsPerElement: Double, _ body: (_ begin: Int, _ end: Int) -> Void
    ) {
        let nanoseconds = Double(count) * nanosecondsPerElement
        let units = (count + unit - 1) / unit
        // Waking a thread costs some microseconds.
        let chunks = min(units, threadCount == 1 ? 1 : Int(min(nanoseconds / 10_000, Double(threadCount * 8))))
        if chunks <= 1 { return body(0, count) }
        // The pool returns when all calls have returned.
        nonisolated(unsafe) let body = body
        withoutActuallyEscaping(body) { body in
            nonisolated(unsafe) let body = body
            threads.run(count: chunks) { chunk in
                let begin = units * chunk / chunks * unit
                let end = min(count, units * (chunk + 1) / chunks * unit)
                body(begin, end)
            }
        }
    }
}
