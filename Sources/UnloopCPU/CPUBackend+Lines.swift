import CUnloopCPU
import UnloopBackend

extension CPUBackend {
    /// Threads take blocks of lines that stay in the caches from one stage to the next.
    public func mapLines(
        _ program: LineProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView]
    ) throws(BackendError) {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        guard let shape = program.shape(of: inputs), shape[0] > 0, shape[2] > 0 else { return }
        try requireCountable(program, shape: shape)
        let lowered = program.form { LoweredLineProgram(program) }
        guard lowered.isRunnable, takesLines(shape) else {
            return try mapLinesInSteps(program, inputs: inputs, scalars: scalars, outputs: outputs)
        }
        var failure: BackendError?
        let isDone = withUnsafeTemporaryAllocation(of: unloop_line_value.self, capacity: lowered.values.count) {
            values in
            guard Self.place(lowered, shape, inputs, outputs, in: values) else { return false }
            do throws(BackendError) { try run(lowered, shape, values, scalars) } catch { failure = error }
            return true
        }
        if let failure { throw failure }
        if !isDone { try mapLinesInSteps(program, inputs: inputs, scalars: scalars, outputs: outputs) }
    }

    /// Lines longer than this leave the caches between two stages, or are few.
    private static let longestLine = 65_536
    /// Lines shorter than this are mapped together.
    private static let shortLine = 128
    /// Elements of a block, all whose values together then take about the first-level cache.
    private static let blockElements = 2048

    /// Whether the lines lie along a contiguous axis, and are as many as it takes to keep all threads busy where each takes long.
    private func takesLines(_ shape: Dimensions) -> Bool {
        let length = shape[1]
        if shape[2] != 1 || length == 0 || length > Self.longestLine { return false }
        return length <= NumericsContract.chunkLength || shape[0] >= 2 * threadCount || threadCount == 1
    }

    /// Says where each value lies; false when some input lies in a way that the kernels do not take.
    private static func place(
        _ program: LoweredLineProgram, _ shape: Dimensions, _ inputs: [StridedView], _ outputs: [StridedView],
        in values: UnsafeMutableBufferPointer<unloop_line_value>
    ) -> Bool {
        let (lines, length) = (shape[0], shape[1])
        let streams = lines * length >= streamingElements
        for (position, value) in program.values.enumerated() {
            var place = unloop_line_value()
            place.meets_elements = value.meetsElements
            if position < inputs.count {
                let view = inputs[position]
                guard let layout = layout(of: view, value, lines, length) else { return false }
                (place.layout, place.stride) = (layout, Int64(view.strides[0]))
                place.memory = view.memory.assumingMemoryBound(to: UInt32.self)
            } else {
                place.layout = value.extent == .elements ? unloop_line_elements : unloop_line_values
                place.stride = Int64(length)
                if let output = value.output {
                    place.memory = outputs[output].memory.assumingMemoryBound(to: UInt32.self)
                    place.streams = streams && value.extent == .elements && !value.isRead
                }
            }
            values.initializeElement(at: position, to: place)
        }
        return true
    }

    private static func layout(
        of view: StridedView, _ value: LoweredLineProgram.Value, _ lines: Int, _ length: Int
    ) -> unloop_line_layout? {
        let alongLines = lines == 1 ? 0 : view.strides[0]
        if value.extent == .elements, length == 1 || view.strides[1] == 1 {
            return alongLines == 0 && lines > 1 ? unloop_line_repeated : unloop_line_elements
        }
        // One element for each line.
        if value.extent == .elements, view.strides[1] != 0 || value.isReduced { return nil }
        return alongLines == 0 ? unloop_line_constant : alongLines == 1 ? unloop_line_values : nil
    }

    private func run(
        _ program: LoweredLineProgram, _ shape: Dimensions, _ values: UnsafeMutableBufferPointer<unloop_line_value>,
        _ scalars: [Double]
    ) throws(BackendError) {
        memory.countLaunch()
        let (lines, length) = (shape[0], shape[1])
        var plan = unloop_line_plan()
        plan.kernels = kernels
        plan.compiled = compiledPrograms
        plan.stages = UnsafePointer(program.stages)
        plan.values = values.baseAddress.map { UnsafePointer($0) }
        (plan.stage_count, plan.value_count) = (Int32(program.stageCount), Int32(values.count))
        plan.length = Int64(length)
        plan.block = Int64(min(lines, max(1, Self.blockElements / length)))
        plan.joins =
            length < Self.shortLine
            && (lines == 1
                || values.allSatisfy { $0.layout != unloop_line_elements || $0.stride == Int64(length) })
        var failure: BackendError?
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: max(1, program.constantCount)) { constants in
            program.fill(constants, scalars: scalars)
            plan.constant_bits = constants.baseAddress.map { UnsafePointer($0) }
            withUnsafePointer(to: &plan) { plan in
                nonisolated(unsafe) let plan = plan
                let cost = program.nanosecondsPerElement * Double(length) + 20
                do throws(BackendError) {
                    try withScratch(unloop_lines_scratch_size(plan)) { scratch in
                        runChunks(of: lines, unit: Int(plan.pointee.block), nanosecondsPerElement: cost) { begin, end in
                            scratch.lend { unloop_lines_run(plan, Int64(begin), Int64(end), $0) }
                        }
                    }
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
    }
}
