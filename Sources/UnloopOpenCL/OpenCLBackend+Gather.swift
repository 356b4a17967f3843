#if OpenCL
    import UnloopBackend

    extension OpenCLBackend {
        public func gather(
            _ descriptor: GatherDescriptor, table: StridedView, indices: StridedView, output: StridedView
        ) throws(BackendError) {
            let modes = FloatingPointModes.ofContract()
            defer { modes.restore() }
            let d = descriptor
            guard d.outer * d.count * d.inner > 0 else { return }
            let run = runLength(d)
            var history = try OperationHistory(queue, "gather")
            try history.read(table)
            try history.read(indices)
            try history.willWrite(output)
            defer { history.wrote(output) }
            let result = try queue.own(output.buffer)
            let check = KernelArgument.indexCheck(IndexCheck(operation: "gather", bound: d.rows, result: result))
            try launch(
                try kernel("gather", of: .gather(.float32)), operation: "gather",
                items: d.outer * d.count * d.inner.parts(of: run),
                [
                    .buffer(openCL(table.buffer)), .buffer(openCL(indices.buffer)), .buffer(result),
                    layout(d, table, indices, output, run: run), check,
                ])
        }

        public func scatterAdd(
            _ descriptor: GatherDescriptor, source: StridedView, indices: StridedView, output: StridedView
        ) throws(BackendError) {
            let modes = FloatingPointModes.ofContract()
            defer { modes.restore() }
            let d = descriptor
            guard d.outer * d.rows * d.inner > 0 else { return }
            if deviceClass == .gpuLike && max(d.rows, d.count) > Int(Int32.max) {
                throw .unsupported(
                    device: device.name, operation: "scatterAdd",
                    reason: "\(d.count) positions among \(d.rows) rows are not counted in 32 bits; scatter parts")
            }
            let program = KernelProgram.gather(output.elementType)
            var history = try OperationHistory(queue, "scatterAdd")
            try history.read(source)
            try history.read(indices)
            try history.willWrite(output)
            defer { history.wrote(output) }
            let (from, positions, to) = (openCL(source.buffer), openCL(indices.buffer), try queue.own(output.buffer))
            let check = KernelArgument.indexCheck(IndexCheck(operation: "scatterAdd", bound: d.rows, result: to))
            switch deviceClass {
            case .cpuLike:
                let run = runLength(d)
                try launch(
                    try kernel("scatter_add_runs", of: program), operation: "scatterAdd",
                    items: d.outer * d.inner.parts(of: run),
                    [
                        .buffer(from), .buffer(positions), .buffer(to), layout(d, source, indices, output, run: run),
                        check,
                    ])
            case .gpuLike where d.count >= ScatterSort.fewestPositions:
                let sorted = KernelProgram.scatterSort(output.elementType)
                try ScatterSort(descriptor: d).run(
                    on: queue, source: from, indices: positions, output: to,
                    offsets: [source.offset, indices.offset, output.offset], check: check
                ) { (name, items, arguments) throws(BackendError) in
                    try launch(try kernel(name, of: sorted), operation: "scatterAdd", items: items, arguments)
                }
            case .gpuLike:
                let linkCount = (d.indexStride > 0 ? d.outer : 1) * (d.count + d.rows)
                let links = try queue.allocate(.int32, count: linkCount)
                let layout = layout(d, source, indices, output, run: 1)
                try launch(
                    try kernel("scatter_links", of: program), operation: "scatterAdd", items: linkCount,
                    [.buffer(positions), .buffer(links), layout, check])
                try launch(
                    try kernel("scatter_add_links", of: program), operation: "scatterAdd",
                    items: d.outer * d.rows * d.inner, [.buffer(from), .buffer(links), .buffer(to), layout])
            }
        }

        /// How many adjacent elements one work-item handles: many on a CPU, if enough items remain for all its units.
        private func runLength(_ descriptor: GatherDescriptor) -> Int {
            if deviceClass == .gpuLike { return 1 }
            let share = (descriptor.outer * descriptor.inner).parts(of: device.computeUnits)
            return max(1, min(descriptor.inner, max(16, share)))
        }

        private func layout(
            _ d: GatherDescriptor, _ table: StridedView, _ indices: StridedView, _ output: StridedView, run: Int
        ) -> KernelArgument {
            .words(
                [table.offset, indices.offset, output.offset, d.outer, d.rows, d.inner, d.count, run, d.indexStride])
        }
    }
#endif
