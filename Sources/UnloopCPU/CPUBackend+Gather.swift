import CUnloopCPU
import UnloopBackend

extension CPUBackend {
    public func gather(
        _ descriptor: GatherDescriptor, table: StridedView, indices: StridedView, output: StridedView
    ) throws(BackendError) {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        try check(descriptor, indices, "gather")
        memory.countLaunch()
        let d = descriptor
        if output.elementCount == 0 { return }
        nonisolated(unsafe) let (source, positions, result) = (table.integers, indices.integers, output.integers)
        // 32 Ki elements at a time: a section of the indices, or several outer positions.
        let section = max(1, min(d.count, (1 << 15) / max(1, d.inner)))
        let sections = (d.count + section - 1) / section
        let group = d.positionsTogether(elements: d.count)
        threads.run(count: (d.outer + group - 1) / group * sections) { item in
            let (position, index) = item.quotientAndRemainder(dividingBy: sections)
            let first = index * section
            for outer in position * group..<min(d.outer, (position + 1) * group) {
                kernels.pointee.gather.gather(
                    source + outer * d.rows * d.inner, positions + outer * d.indexStride + first,
                    Int64(min(section, d.count - first)), Int64(d.inner), result + (outer * d.count + first) * d.inner)
            }
        }
    }

    public func scatterAdd(
        _ descriptor: GatherDescriptor, source: StridedView, indices: StridedView, output: StridedView
    ) throws(BackendError) {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        try check(descriptor, indices, "scatterAdd")
        memory.countLaunch()
        let d = descriptor
        if output.elementCount == 0 { return }
        nonisolated(unsafe) let (terms, positions, result) = (source.memory, indices.integers, output.memory)
        let isReal = source.elementType == .float32
        // Threads share the rows of the result; each looks through all indices.
        let parallel = d.outer * max(d.rows, d.count) * d.inner >= 1 << 15
        let sections = parallel && d.outer < 2 * threadCount ? min(d.rows, 2 * threadCount) : 1
        let work: @Sendable (Int, Int) -> Void = { outer, index in
            let (first, end) = (Int64(index * d.rows / sections), Int64((index + 1) * d.rows / sections))
            let from = terms + outer * d.count * d.inner * 4
            let to = result + outer * d.rows * d.inner * 4
            let indices = positions + outer * d.indexStride
            if isReal {
                self.kernels.pointee.gather.scatter_add_real(
                    from.assumingMemoryBound(to: Float.self), indices, Int64(d.count), Int64(d.inner),
                    to.assumingMemoryBound(to: Float.self), first, end)
            } else {
                self.kernels.pointee.gather.scatter_add_integer(
                    from.assumingMemoryBound(to: Int32.self), indices, Int64(d.count), Int64(d.inner),
                    to.assumingMemoryBound(to: Int32.self), first, end)
            }
        }
        if parallel {
            let group = sections > 1 ? 1 : d.positionsTogether(elements: max(d.rows, d.count))
            threads.run(count: (d.outer + group - 1) / group * sections) { item in
                let (position, index) = item.quotientAndRemainder(dividingBy: sections)
                for outer in position * group..<min(d.outer, (position + 1) * group) { work(outer, index) }
            }
        } else {
            for outer in 0..<d.outer { work(outer, 0) }
        }
    }

    private func check(_ d: GatherDescriptor, _ indices: StridedView, _ operation: String) throws(BackendError) {
        guard kernels.pointee.gather.valid(indices.integers, Int64(d.indexCount), Int64(d.rows)) else {
            throw .indexOutOfRange(operation: operation, bound: d.rows)
        }
    }
}

extension GatherDescriptor {
    /// How many outer positions one piece of work takes, so that it has about 32 Ki elements.
    fileprivate func positionsTogether(elements: Int) -> Int {
        max(1, min(outer, (1 << 15) / max(1, elements * inner)))
    }
}
