#if OpenCL
    import UnloopBackend

    /// Scatter-add by sorting positions by their index: what devices with many items do where there are many positions.
    struct ScatterSort {
        /// How many bits of an index one pass sorts by.
        static let digitBits = 4
        /// Positions that one item goes through.
        static let chunk = 64
        /// Fewer positions are linked by looking for the next of the same index, in two launches.
        static let fewestPositions = 4096

        let descriptor: GatherDescriptor

        private var digits: Int { 1 << Self.digitBits }
        /// Sets of indices: one for all outer positions, or one each.
        private var sets: Int { descriptor.hasOwnIndices ? descriptor.outer : 1 }
        private var chunks: Int { descriptor.count.parts(of: Self.chunk) }

        /// - Parameters:
        ///   - layout: what kernels are told, for a shift.
        ///   - launch: runs a kernel of scatter_sort.cl with so many items.
        func run(
            on queue: LaunchQueue, source: OpenCLBuffer, indices: OpenCLBuffer, output: OpenCLBuffer, offsets: [Int],
            check: KernelArgument,
            launch: (_ kernel: String, _ items: Int, _ arguments: [KernelArgument]) throws(BackendError) -> Void
        ) throws(BackendError) {
            let d = descriptor
            func layout(shift: Int) -> KernelArgument {
                .words(offsets + [d.outer, d.rows, d.inner, d.count, d.indexStride, sets, chunks, shift])
            }
            func array(_ count: Int) throws(BackendError) -> OpenCLBuffer { try queue.allocate(.int32, count: count) }
            var (keys, positions) = (try array(sets * d.count), try array(sets * d.count))
            var (otherKeys, otherPositions) = (try array(sets * d.count), try array(sets * d.count))
            let (firsts, counts) = (try array(sets * d.rows), try array(sets * digits * chunks))
            let totals = try array(sets * digits)
            try launch(
                "scatter_sort_begin", sets * (d.count + d.rows),
                [.buffer(indices), .buffer(keys), .buffer(positions), .buffer(firsts), layout(shift: 0), check])
            // Keys go up to the number of rows, which stands for an index that is none.
            for shift in stride(from: 0, to: Int.bitWidth - d.rows.leadingZeroBitCount, by: Self.digitBits) {
                let layout = layout(shift: shift)
                try launch("scatter_sort_count", sets * chunks, [.buffer(keys), .buffer(counts), layout])
                try launch("scatter_sort_scan", sets * digits, [.buffer(counts), .buffer(totals), layout])
                try launch(
                    "scatter_sort_move", sets * chunks,
                    [
                        .buffer(keys), .buffer(positions), .buffer(counts), .buffer(totals), .buffer(otherKeys),
                        .buffer(otherPositions), layout,
                    ])
                swap(&keys, &otherKeys)
                swap(&positions, &otherPositions)
            }
            try launch("scatter_sort_firsts", sets * d.count, [.buffer(keys), .buffer(firsts), layout(shift: 0)])
            try launch(
                "scatter_sort_add", d.outer * d.rows * d.inner,
                [
                    .buffer(source), .buffer(keys), .buffer(positions), .buffer(firsts), .buffer(output),
                    layout(shift: 0),
                ])
        }
    }
#endif
