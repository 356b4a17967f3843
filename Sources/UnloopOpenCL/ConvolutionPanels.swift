#if OpenCL
    import UnloopBackend

    /// The pixels of an image that taps of a filter see, as convolution_panel.cl reads them.
    struct TapLayout {
        /// The image: rows, elements of a row, elements of an image, channels.
        var height: Int
        var line: Int
        var channels: Int
        /// The image row (column) that the first tap of pixel 0 sees, and the steps from pixel to pixel and tap to tap.
        var originRow: Int
        var originColumn: Int
        var rowStride: Int
        var columnStride: Int
        var tapRowStep: Int
        var tapColumnStep: Int
        var tapRows: Int
        var tapColumns: Int
        /// Channels that each tap sums.
        var runLength: Int

        /// Adjacent taps see adjacent elements when all channels are summed: a row of taps is then one run.
        var joinsTaps: Bool { tapColumnStep == 1 && runLength == channels }

        /// TapLayout of convolution_panel.cl, for `batch` images from `offset` on.
        func words(offset: Int, batch: Int) -> [Int] {
            let runs = joinsTaps ? 1 : tapColumns
            return [
                offset, height, line, height * line, rowStride, originRow, tapRowStep, columnStride * channels,
                originColumn * channels,
                tapColumnStep * channels, tapRows, runs, joinsTaps ? tapColumns * runLength : runLength,
                batch * height * line,
            ]
        }

        /// The taps of a forward convolution.
        init(forward d: ConvolutionDescriptor) {
            height = d.inputHeight
            line = d.inputWidth * d.inputChannels
            channels = d.inputChannels
            (originRow, originColumn) = (-d.paddingTop, -d.paddingLeft)
            (rowStride, columnStride) = (d.strideHeight, d.strideWidth)
            (tapRowStep, tapColumnStep) = (d.dilationHeight, d.dilationWidth)
            (tapRows, tapColumns) = (d.kernelHeight, d.kernelWidth)
            runLength = d.inputChannelsPerGroup
        }

        /// The taps of one phase of an input gradient, which see the output gradient.
        init(inputGradient d: ConvolutionDescriptor, rows: Phase, columns: Phase) {
            height = d.outputHeight
            line = d.outputWidth * d.outputChannels
            channels = d.outputChannels
            (originRow, originColumn) = (rows.origin, columns.origin)
            (rowStride, columnStride) = (1, 1)
            (tapRowStep, tapColumnStep) = (-rows.originStep, -columns.originStep)
            // Without taps the kernel still divides by the columns.
            (tapRows, tapColumns) = columns.taps == 0 ? (0, 1) : (rows.taps, columns.taps)
            runLength = d.outputChannelsPerGroup
        }
    }

    /// Along one axis: the input positions `first`, `first + stride`, … and the taps `firstTap`, `firstTap + tapStep`, … that
    /// reach outputs from them. Each tap belongs to one phase.
    struct Phase {
        let first: Int
        let count: Int
        let firstTap: Int
        let tapStep: Int
        let taps: Int
        /// The output that the first tap reaches from the first position, and by how much each further tap lies before it.
        let origin: Int
        let originStep: Int

        /// The phases of an input gradient along both axes, each of the rows with each of the columns.
        static func pairs(_ d: ConvolutionDescriptor) -> [(rows: Phase, columns: Phase)] {
            let columns = all(
                size: d.inputWidth, padding: d.paddingLeft, stride: d.strideWidth, dilation: d.dilationWidth,
                taps: d.kernelWidth)
            let rows = all(
                size: d.inputHeight, padding: d.paddingTop, stride: d.strideHeight, dilation: d.dilationHeight,
                taps: d.kernelHeight)
            return rows.flatMap { row in columns.map { (row, $0) } }
        }

        /// All phases of an axis of `size` positions.
        private static func all(size: Int, padding: Int, stride: Int, dilation: Int, taps: Int) -> [Phase] {
            (0..<min(stride, size)).map { first in
                let matching = (0..<taps).filter { (first + padding - $0 * dilation) % stride == 0 }
                // Taps of one phase are stride / gcd(stride, dilation) apart.
                let step = matching.count > 1 ? matching[1] - matching[0] : 1
                let firstTap = matching.first ?? 0
                return Phase(
                    first: first, count: (size - first).parts(of: stride), firstTap: firstTap, tapStep: step,
                    taps: matching.count,
                    origin: matching.isEmpty ? 0 : (first + padding - firstTap * dilation) / stride,
                    originStep: step * dilation / stride)
            }
        }
    }

    extension OpenCLBackend {
        private func panelProgram(_ rowCount: Int) -> (program: KernelProgram, shape: PanelShape) {
            let shape = PanelShape(rowCount: rowCount, device: device)
            return (.panel(width: shape.width, rows: shape.rows), shape)
        }

        func panelForward(
            _ d: ConvolutionDescriptor, _ input: StridedView, _ filter: StridedView, _ output: StridedView
        ) throws(BackendError) {
            let k = d.kernelHeight * d.kernelWidth * d.inputChannelsPerGroup
            let block = NumericsContract.productBlockLength
            let columns = ColumnLayout(
                batchShape: [d.groups], batchStrides: [d.outputChannelsPerGroup], offset: filter.offset,
                tapRowStride: 0, tapColumnStride: block * d.outputChannels, kStride: d.outputChannels, columnStride: 1,
                tapRows: 1, tapColumns: k.parts(of: block), tapLength: block, length: k,
                columns: d.outputChannelsPerGroup)
            let pixels = PixelLayout(
                height: d.outputHeight, width: d.outputWidth, offset: output.offset,
                image: d.outputHeight * d.outputWidth * d.outputChannels, row: d.outputWidth * d.outputChannels,
                pixel: d.outputChannels)
            try panelProduct(
                d, TapLayout(forward: d), columns, pixels, sourceGroup: d.inputChannelsPerGroup, input, filter, output)
        }

        func panelInputGradient(
            _ d: ConvolutionDescriptor, _ gradient: StridedView, _ filter: StridedView, _ output: StridedView
        ) throws(BackendError) {
            let tapSize = d.inputChannelsPerGroup * d.outputChannels
            for (rows, columns) in Phase.pairs(d) {
                let taps = TapLayout(inputGradient: d, rows: rows, columns: columns)
                let filterColumns = ColumnLayout(
                    batchShape: [d.groups], batchStrides: [d.outputChannelsPerGroup],
                    offset: filter.offset + (rows.firstTap * d.kernelWidth + columns.firstTap) * tapSize,
                    tapRowStride: rows.tapStep * d.kernelWidth * tapSize,
                    tapColumnStride: columns.tapStep * tapSize, kStride: 1, columnStride: d.outputChannels,
                    tapRows: taps.tapRows, tapColumns: taps.tapColumns, tapLength: d.outputChannelsPerGroup,
                    length: taps.tapRows * taps.tapColumns * d.outputChannelsPerGroup,
                    columns: d.inputChannelsPerGroup)
                let line = d.inputWidth * d.inputChannels
                let pixels = PixelLayout(
                    height: rows.count, width: columns.count,
                    offset: output.offset + rows.first * line + columns.first * d.inputChannels,
                    image: d.inputHeight * line, row: d.strideHeight * line,
                    pixel: d.strideWidth * d.inputChannels)
                try panelProduct(
                    d, taps, filterColumns, pixels, sourceGroup: d.outputChannelsPerGroup, gradient, filter, output)
            }
        }

        /// The pixels of a result: how many in each image, and where they lie in its buffer.
        private struct PixelLayout {
            var height: Int
            var width: Int
            var offset: Int
            var image: Int
            var row: Int
            var pixel: Int
        }

        private func panelProduct(
            _ d: ConvolutionDescriptor, _ taps: TapLayout, _ columns: ColumnLayout, _ pixels: PixelLayout,
            sourceGroup: Int, _ source: StridedView, _ filter: StridedView, _ output: StridedView
        ) throws(BackendError) {
            let count = d.batch * pixels.height * pixels.width
            let (program, shape) = panelProgram(count)
            let panels = columns.columns.parts(of: shape.columns)
            let packed = try queue.allocate(
                .float32, count: d.groups * panels * columns.length * shape.columns)
            try packColumns(
                columns, from: openCL(filter.buffer), to: packed, program: program, shape: shape, operation: "convolve")
            // Tiles as wide as possible, because each collects its pixels; enough of them to keep all units busy.
            let rowPanels = count.parts(of: shape.rows)
            let columnTile = min(panels, 16)
            let others = panels.parts(of: columnTile) * d.groups
            let rowTile = max(1, min(16, rowPanels / max(1, wantedTasks.parts(of: others))))
            var words = taps.words(offset: source.offset, batch: d.batch)
            words += [d.batch, pixels.height, pixels.width]
            words += [pixels.offset, pixels.image, pixels.row, pixels.pixel]
            words += [columns.columns, sourceGroup, columns.columns, rowTile, columnTile]
            try queue.launch(
                try kernel("convolution_packed", of: program), operation: "convolve",
                LaunchRange(
                    groups: [panels.parts(of: columnTile), rowPanels.parts(of: rowTile), d.groups],
                    localSize: [1, 1, 1]),
                [
                    .buffer(openCL(source.buffer)), .buffer(packed), .buffer(openCL(output.buffer)),
                    .words(words),
                ])
        }

        func panelFilterGradient(
            _ d: ConvolutionDescriptor, _ input: StridedView, _ gradient: StridedView, _ output: StridedView
        ) throws(BackendError) {
            let (program, shape) = panelProgram(d.outputChannelsPerGroup)
            let block = NumericsContract.productBlockLength
            let pixels = d.batch * d.outputHeight * d.outputWidth
            let blocks = pixels.parts(of: block)
            let rowPanels = d.outputChannelsPerGroup.parts(of: shape.rows)
            let rowStep = block + 16  // ROW_STEP of panel.cl
            let taps = TapLayout(forward: d)
            let elements = d.kernelHeight * d.kernelWidth * d.inputChannelsPerGroup
            let panels = elements.parts(of: shape.columns)
            let sumCount = d.groups * panels * rowPanels * shape.rows * shape.columns
            let plan = SplitPlan(
                blocks: blocks, elements: sumCount, tasks: panels * d.groups, wantedTasks: device.computeUnits * 2,
                limit: workspaceElements / 2)
            let sums = try queue.allocate(.float32, count: plan.runs * sumCount)
            // As many blocks of the gradient are packed at a time as leave the workspace small.
            let blockSize = d.groups * rowPanels * shape.rows * rowStep
            let packedBlocks = max(1, min(blocks, workspaceElements / 2 / blockSize))
            let packed = try queue.allocate(.float32, count: packedBlocks * blockSize)
            // Tiles of several panels read their pixels once.
            let tile = max(1, min(16, panels * d.groups / (device.computeUnits * 2)))

            func sum(first: Int, packedFirst: Int, count: Int, runs: Int, blocksOfRun: Int) throws(BackendError) {
                var words = taps.words(offset: input.offset, batch: d.batch)
                words += [d.batch, d.outputHeight, d.outputWidth, d.inputChannelsPerGroup, d.outputChannelsPerGroup]
                let addsUp = plan.runs == 1 && packedFirst > 0
                words += [packedFirst, count, first, blocksOfRun, addsUp ? 1 : 0, tile]
                try queue.launch(
                    try kernel("filter_gradient_packed", of: program), operation: "convolve",
                    LaunchRange(groups: [panels.parts(of: tile), runs, d.groups], localSize: [1, 1, 1]),
                    isRepeatable: !addsUp,
                    [.buffer(openCL(input.buffer)), .buffer(packed), .buffer(sums), .words(words)])
            }
            func unpack(runs: Int, isFirst: Bool) throws(BackendError) {
                try queue.launch(
                    try kernel("filter_gradient_unpack", of: program), operation: "convolve",
                    LaunchRange(groups: [panels, rowPanels, d.groups], localSize: [1, 1, 1]), isRepeatable: isFirst,
                    [
                        .buffer(sums), .buffer(openCL(output.buffer)), .long(output.offset), .long(elements),
                        .long(d.outputChannelsPerGroup), .long(d.outputChannels), .long(runs), .int(isFirst ? 1 : 0),
                    ])
            }

            for packedFirst in stride(from: 0, to: blocks, by: packedBlocks) {
                let count = min(packedBlocks, blocks - packedFirst)
                try queue.launch(
                    try kernel("pack_rows", of: program), operation: "convolve",
                    LaunchRange(groups: [rowPanels, count, d.groups], localSize: [1, 1, 1]),
                    [
                        .buffer(openCL(gradient.buffer)),
                        .long(gradient.offset + packedFirst * block * d.outputChannels), .buffer(packed),
                        .long(pixels - packedFirst * block), .long(d.outputChannels), .long(d.outputChannelsPerGroup),
                    ])
                if plan.runs == 1 {
                    // One task goes through all blocks; its sums wait for the next ones.
                    try sum(first: packedFirst, packedFirst: packedFirst, count: count, runs: 1, blocksOfRun: count)
                    continue
                }
                for first in stride(from: packedFirst, to: packedFirst + count, by: plan.runs) {
                    let runs = min(plan.runs, packedFirst + count - first)
                    try sum(first: first, packedFirst: packedFirst, count: count, runs: runs, blocksOfRun: 1)
                    try unpack(runs: runs, isFirst: first == 0)
                }
            }
            if plan.runs == 1 { try unpack(runs: 1, isFirst: true) }
        }
    }
#endif
