#if OpenCL
    import UnloopBackend

    /// The tiles of convolution_narrow.cl: as many vectors of positions as fill the 32 (or 16) vector registers with sums.
    struct NarrowShape {
        let vectors: Int

        init(columns: Int, width: Int) {
            vectors = max(1, min(8, ((width == 16 ? 32 : 16) - 2) / (columns + 1)))
        }

        /// Up to so many channels of the result positions fill vectors better (measured: 16 channels 2 to 4 times as fast as panels).
        static func widest(on device: OpenCLDevice) -> Int { device.wideVector }
    }

    /// The tiles of convolution_window.cl.
    struct WindowShape: Hashable {
        let width: Int
        let vectors: Int
        /// Pixels of a line, which is often a multiple of 8.
        let pixels: Int
        /// Elements of the filter, which are often a multiple of 9 or nearly so.
        let terms: Int
        /// Output channels of a panel.
        var columns: Int { vectors * width }

        /// For so many output channels, which shorter vectors may hold.
        init(columns: Int, widest: Int) {
            width = columns <= 8 ? min(8, widest) : widest
            vectors = columns <= width ? 1 : 2
            (pixels, terms) = widest == 16 ? (8, 9) : (6, 6)
        }

        /// Up to so many channels of the image windows in place are better than panels. Measured, ratio of the speeds: forward, of 3
        /// channels 1.3, 8 channels 1.5, 16 channels 1.0, 64 channels 0.9; filter gradient, of 16 channels 1.7 to 4, 64 channels 1.8, 128
        /// channels 0.7.
        static func channels(_ direction: ConvolutionDescriptor.Direction) -> Int { direction == .forward ? 8 : 64 }
    }

    /// Convolutions of which one side has few channels, on devices that are CPUs.
    extension OpenCLBackend {
        /// A result of few channels; false when a line needs too much memory.
        func narrowConvolution(
            _ d: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ image: StridedView,
            _ filter: StridedView, _ output: StridedView
        ) throws(BackendError) -> Bool {
            let taps = direction == .forward ? ImageTaps(forward: d) : ImageTaps(inputGradient: d)
            let plan = BandPlan(
                narrow: taps, width: device.wideVector, wantedTasks: wantedTasks, limit: workspaceElements)
            guard let plan else { return false }
            let program = KernelProgram.convolutionNarrow(width: device.wideVector, columns: taps.targetChannels)
            try bandProduct(try kernel("convolution_narrow", of: program), plan, image, filter, output)
            return true
        }

        /// Images of few channels; false when a line needs too much memory.
        func windowForward(
            _ d: ConvolutionDescriptor, _ image: StridedView, _ filter: StridedView, _ output: StridedView
        ) throws(BackendError) -> Bool {
            let shape = WindowShape(columns: d.outputChannelsPerGroup, widest: device.wideVector)
            let plan = BandPlan(
                windows: ImageTaps(forward: d), shape, wantedTasks: wantedTasks, limit: workspaceElements)
            guard let plan else { return false }
            try bandProduct(
                try kernel("window_forward", of: .convolutionWindow(shape)), plan, image, filter, output)
            return true
        }

        private func bandProduct(
            _ kernel: Kernel, _ plan: BandPlan, _ image: StridedView, _ filter: StridedView, _ output: StridedView
        ) throws(BackendError) {
            let groups = plan.taps.d.groups
            let distances = try queue.allocate(.int32, count: plan.items * groups * plan.distances)
            let workspace = try queue.allocate(.float32, count: plan.items * groups * plan.floats)
            try queue.launch(
                kernel, operation: "convolve",
                LaunchRange(groups: [plan.items, groups], localSize: [1, 1]),
                [
                    .buffer(openCL(image.buffer)), .buffer(openCL(filter.buffer)), .buffer(openCL(output.buffer)),
                    .buffer(distances), .buffer(workspace),
                    plan.words(image: image, filterOffset: filter.offset, targetOffset: output.offset),
                ])
        }

        /// Work-items sum blocks of pixels, as many at a time as stay in the caches; these are then added in order. False when a block
        /// needs too much memory.
        func windowFilterGradient(
            _ d: ConvolutionDescriptor, _ image: StridedView, _ gradient: StridedView, _ output: StridedView
        ) throws(BackendError) -> Bool {
            let shape = WindowShape(columns: d.outputChannelsPerGroup, widest: device.wideVector)
            let plan = BandPlan(
                blocks: ImageTaps(forward: d), shape, wantedTasks: wantedTasks, limit: workspaceElements / 2)
            let elements = d.filterShape.product
            guard let plan, workspaceElements / 2 >= elements else { return false }
            let program = KernelProgram.convolutionWindow(shape)
            let blocks = (d.batch * d.outputHeight * d.outputWidth).parts(of: NumericsContract.productBlockLength)
            // 4 MiB, but some blocks for each task.
            let kept = min(blocks, workspaceElements / 2 / elements, max(1 << 20 / elements, 4 * wantedTasks))
            let items = min(plan.items, kept)
            let distances = try queue.allocate(.int32, count: items * d.groups * plan.distances)
            let workspace = try queue.allocate(.float32, count: items * d.groups * plan.floats)
            let sums = try queue.allocate(.float32, count: kept * elements)
            let part = elements.parts(of: wantedTasks * device.wideVector) * device.wideVector
            for first in stride(from: 0, to: blocks, by: kept) {
                let count = min(kept, blocks - first)
                try queue.launch(
                    try kernel("window_filter_gradient", of: program), operation: "convolve",
                    LaunchRange(groups: [min(items, count), d.groups], localSize: [1, 1]),
                    [
                        .buffer(openCL(image.buffer)), .buffer(openCL(gradient.buffer)), .buffer(sums),
                        .buffer(distances), .buffer(workspace),
                        plan.words(
                            image: image, filterOffset: 0, targetOffset: gradient.offset, firstBlock: first,
                            blocks: count),
                    ])
                try queue.launch(
                    try kernel("add_blocks", of: program), operation: "convolve",
                    LaunchRange(groups: elements.parts(of: part)), isRepeatable: first == 0,
                    [
                        .buffer(sums), .buffer(openCL(output.buffer)), .long(output.offset), .long(elements),
                        .long(count), .long(part), .int(first == 0 ? 1 : 0),
                    ])
            }
            return true
        }
    }
#endif
