#if OpenCL
    import UnloopBackend

    /// How a work-group of a GPU shares a tile of a product; the parameters of tile.cl.
    struct TileShape: Hashable, Sendable {
        var threadRows: Int
        var threadColumns: Int
        var rowQuads: Int
        var columnQuads: Int
        var depth: Int

        var rows: Int { 4 * threadRows * rowQuads }
        var columns: Int { 4 * threadColumns * columnQuads }
        /// Two steps of both operands, each line with four elements to spare.
        var localBytes: Int { 2 * depth * (rows + columns + 8) * 4 }

        var parameters: [String: Int] {
            [
                "THREAD_ROWS": threadRows, "THREAD_COLUMNS": threadColumns, "ROW_QUADS": rowQuads,
                "COLUMN_QUADS": columnQuads, "DEPTH": depth,
            ]
        }

        /// Largest first: large tiles read less memory, small ones keep more of the device busy.
        static let all = [
            TileShape(threadRows: 16, threadColumns: 16, rowQuads: 2, columnQuads: 2, depth: 8),
            TileShape(threadRows: 16, threadColumns: 16, rowQuads: 1, columnQuads: 1, depth: 16),
            TileShape(threadRows: 8, threadColumns: 8, rowQuads: 1, columnQuads: 1, depth: 8),
            smallest,
        ]
        static let smallest = TileShape(threadRows: 4, threadColumns: 8, rowQuads: 1, columnQuads: 1, depth: 8)

        /// Why the device cannot run the tile; nil when it can.
        func refusal(on device: OpenCLDevice) -> String? {
            if localBytes > device.localMemory { return "needs \(localBytes) bytes of local memory" }
            let sizes = zip([threadColumns, threadRows], device.maximumWorkItemSizes)
            if threadRows * threadColumns > device.maximumWorkGroupSize || !sizes.allSatisfy({ $0 <= $1 }) {
                return "needs work-groups of \(threadRows * threadColumns) items"
            }
            return nil
        }
    }

    extension OpenCLBackend {
        /// The largest tile that keeps every unit of the device busy and that it can run, with its kernel; nil when it runs
        /// none.
        private func tile(
            m: Int, n: Int, batch: Int, program: (TileShape) -> KernelProgram
        ) throws(BackendError) -> (shape: TileShape, kernel: Kernel)? {
            func tiles(_ shape: TileShape) -> Int { m.parts(of: shape.rows) * n.parts(of: shape.columns) * batch }
            let possible = TileShape.all.filter { $0.refusal(on: device) == nil }
            let preferred = possible.filter { tiles($0) >= 2 * device.computeUnits } + possible.suffix(1)
            for shape in preferred + possible {
                let kernel = try kernel("tile_product", of: program(shape))
                // Registers may allow this kernel smaller groups than the device allows in general.
                if kernel.maximumWorkGroupSize >= shape.threadRows * shape.threadColumns { return (shape, kernel) }
            }
            return nil
        }

        // MARK: Matrix products

        func tiledProduct(_ product: MatrixProduct) throws(BackendError) {
            let aAlongK = product.a.columnStride == 1
            let bAlongK = product.b.rowStride == 1 && product.b.columnStride != 1
            guard
                let tile = try tile(
                    m: product.m, n: product.n, batch: product.batchCount,
                    program: { .matmulTile($0, aAlongK: aAlongK, bAlongK: bAlongK) })
            else { return try simpleProduct(product) }
            let tiles = [product.m.parts(of: tile.shape.rows), product.n.parts(of: tile.shape.columns)]
            try splitProduct(product, tasks: tiles[0] * tiles[1] * product.batchCount) {
                (part, runs, layout, target) throws(BackendError) in
                try queue.launch(
                    tile.kernel, operation: "matmul",
                    LaunchRange(
                        groups: tiles + [part.batchCount * runs],
                        localSize: [tile.shape.threadColumns, tile.shape.threadRows, 1]),
                    [.buffer(part.a.buffer), .buffer(part.b.buffer), .buffer(target), layout])
            }
        }

        func simpleProduct(_ product: MatrixProduct) throws(BackendError) {
            let kernel = try kernel("simple_product", of: .matmulSimple)
            let outputs = product.m * product.n * product.batchCount
            try splitProduct(product, tasks: outputs.parts(of: Self.plainGroupSize)) {
                (part, runs, layout, target) throws(BackendError) in
                try launch(
                    kernel, operation: "matmul", items: outputs * runs,
                    [
                        .buffer(part.a.buffer), .buffer(part.b.buffer), .buffer(target), layout,
                        .long(outputs * runs),
                    ])
            }
        }

        /// Runs a product, with its k shared out over runs of blocks where there are too few tasks for the device.
        private func splitProduct(
            _ product: MatrixProduct, tasks: Int,
            run: (_ part: MatrixProduct, _ runs: Int, _ layout: KernelArgument, _ target: OpenCLBuffer)
                throws(BackendError) -> Void
        ) throws(BackendError) {
            let block = NumericsContract.productBlockLength
            let (blocks, elements) = (product.k.parts(of: block), product.m * product.n)
            let isPlain = product.batchCount == 1 && product.c.columnStride == 1 && product.c.rowStride == product.n
            let plan = SplitPlan(
                blocks: blocks, elements: elements, tasks: tasks, wantedTasks: device.computeUnits)
            guard plan.runs == blocks && blocks > 1 && isPlain else {
                let layout = layout(product, runs: 1, runLength: product.k, resultStep: 0)
                return try run(product, 1, layout, product.c.buffer)
            }
            let partial = try queue.allocate(.float32, count: blocks * elements)
            var part = product
            part.c.offset = 0
            let layout = layout(part, runs: blocks, runLength: block, resultStep: elements)
            try run(part, blocks, layout, partial)
            try addRuns(
                partial, to: product.c.buffer, offset: product.c.offset, elements: elements, runs: blocks,
                isFirst: true, operation: "matmul")
        }

        private func layout(
            _ product: MatrixProduct, runs: Int, runLength: Int, resultStep: Int
        ) -> KernelArgument {
            var words = four(product.batch, filler: 1)
            for operand in [product.a, product.b, product.c] { words += four(operand.batchStrides) }
            for operand in [product.a, product.b, product.c] {
                words += [operand.offset, operand.rowStride, operand.columnStride]
            }
            words.append(resultStep)
            words += pairs([product.m, product.n, product.k, 0, runs, runLength])
            return .words(words)
        }

        /// Pairs of 32-bit integers as eight-byte words.
        private func pairs(_ integers: [Int]) -> [Int] {
            stride(from: 0, to: integers.count, by: 2).map {
                integers[$0] & 0xffff_ffff | integers[$0 + 1] << 32
            }
        }

        // MARK: Convolutions

        /// The layout of convolution_tile.cl.
        private struct TiledConvolution {
            var taps: TapLayout
            var imageOffset: Int
            var imageGroup: Int
            var filter: (offset: Int, tapRow: Int, tapColumn: Int, channel: Int, column: Int, group: Int)
            var result: (offset: Int, image: Int, row: Int, pixel: Int, group: Int)
            var m: Int
            var n: Int
            var k: Int
            var height: Int
            var width: Int
            var groups: Int
        }

        private func layout(
            _ c: TiledConvolution, firstK: Int, runs: Int, runLength: Int, resultStep: Int
        ) -> KernelArgument {
            var words = [c.imageOffset, c.imageGroup, c.filter.offset, c.filter.tapRow, c.filter.tapColumn]
            words += [c.filter.channel, c.filter.column, c.filter.group]
            words += [c.result.offset, c.result.image, c.result.row, c.result.pixel, c.result.group, resultStep]
            let taps = c.taps
            words += pairs([
                c.m, c.n, c.k, firstK, runs, runLength, taps.height, taps.line / taps.channels, taps.channels,
                taps.rowStride,
                taps.originRow, taps.tapRowStep, taps.columnStride, taps.originColumn, taps.tapColumnStep,
                taps.tapColumns, taps.runLength, c.height, c.width, 0,
            ])
            return .words(words)
        }

        /// Whether there is a tile that the device runs; nothing is computed when there is none.
        private func tiledConvolution(
            _ c: TiledConvolution, tapsAreK: Bool, bAlongK: Bool, _ image: StridedView, _ other: StridedView,
            _ output: OpenCLBuffer, firstK: Int = 0, runs: Int = 1, runLength: Int? = nil, resultStep: Int = 0
        ) throws(BackendError) -> Bool {
            guard
                let tile = try tile(
                    m: c.m, n: c.n, batch: c.groups * runs,
                    program: { .convolutionTile($0, tapsAreK: tapsAreK, bAlongK: bAlongK) })
            else { return false }
            try queue.launch(
                tile.kernel, operation: "convolve",
                LaunchRange(
                    groups: [
                        c.m.parts(of: tile.shape.rows), c.n.parts(of: tile.shape.columns), c.groups * runs,
                    ], localSize: [tile.shape.threadColumns, tile.shape.threadRows, 1]),
                [
                    .buffer(openCL(image.buffer)), .buffer(openCL(other.buffer)), .buffer(output),
                    layout(c, firstK: firstK, runs: runs, runLength: runLength ?? c.k, resultStep: resultStep),
                ])
            return true
        }

        func tiledForward(
            _ d: ConvolutionDescriptor, _ input: StridedView, _ filter: StridedView, _ output: StridedView
        ) throws(BackendError) -> Bool {
            let tapSize = d.inputChannelsPerGroup * d.outputChannels
            let line = d.outputWidth * d.outputChannels
            let product = TiledConvolution(
                taps: TapLayout(forward: d), imageOffset: input.offset, imageGroup: d.inputChannelsPerGroup,
                filter: (
                    filter.offset, d.kernelWidth * tapSize, tapSize, d.outputChannels, 1, d.outputChannelsPerGroup
                ),
                result: (
                    output.offset, d.outputHeight * line, line, d.outputChannels, d.outputChannelsPerGroup
                ),
                m: d.batch * d.outputHeight * d.outputWidth, n: d.outputChannelsPerGroup,
                k: d.kernelHeight * d.kernelWidth * d.inputChannelsPerGroup, height: d.outputHeight,
                width: d.outputWidth, groups: d.groups)
            return try tiledConvolution(
                product, tapsAreK: true, bAlongK: false, input, filter, openCL(output.buffer))
        }

        func tiledInputGradient(
            _ d: ConvolutionDescriptor, _ gradient: StridedView, _ filter: StridedView, _ output: StridedView
        ) throws(BackendError) -> Bool {
            let tapSize = d.inputChannelsPerGroup * d.outputChannels
            let line = d.inputWidth * d.inputChannels
            let columnPhases = Phase.all(
                size: d.inputWidth, padding: d.paddingLeft, stride: d.strideWidth, dilation: d.dilationWidth,
                taps: d.kernelWidth)
            for rows in Phase.all(
                size: d.inputHeight, padding: d.paddingTop, stride: d.strideHeight, dilation: d.dilationHeight,
                taps: d.kernelHeight)
            {
                for columns in columnPhases {
                    let taps = TapLayout(inputGradient: d, rows: rows, columns: columns)
                    let product = TiledConvolution(
                        taps: taps, imageOffset: gradient.offset, imageGroup: d.outputChannelsPerGroup,
                        filter: (
                            filter.offset + (rows.firstTap * d.kernelWidth + columns.firstTap) * tapSize,
                            rows.tapStep * d.kernelWidth * tapSize, columns.tapStep * tapSize, 1, d.outputChannels,
                            d.outputChannelsPerGroup
                        ),
                        result: (
                            output.offset + rows.first * line + columns.first * d.inputChannels, d.inputHeight * line,
                            d.strideHeight * line, d.strideWidth * d.inputChannels, d.inputChannelsPerGroup
                        ),
                        m: d.batch * rows.count * columns.count, n: d.inputChannelsPerGroup,
                        k: taps.tapRows * taps.tapColumns * d.outputChannelsPerGroup, height: rows.count,
                        width: columns.count, groups: d.groups)
                    let isDone = try tiledConvolution(
                        product, tapsAreK: true, bAlongK: true, gradient, filter, openCL(output.buffer))
                    if !isDone { return false }
                }
            }
            return true
        }

        func tiledFilterGradient(
            _ d: ConvolutionDescriptor, _ input: StridedView, _ gradient: StridedView, _ output: StridedView
        ) throws(BackendError) -> Bool {
            let pixels = d.batch * d.outputHeight * d.outputWidth
            let elements = d.kernelHeight * d.kernelWidth * d.inputChannelsPerGroup
            var product = TiledConvolution(
                taps: TapLayout(forward: d), imageOffset: input.offset, imageGroup: d.inputChannelsPerGroup,
                filter: (gradient.offset, 0, 0, d.outputChannels, 1, d.outputChannelsPerGroup),
                result: (output.offset, 0, 0, d.outputChannels, d.outputChannelsPerGroup), m: elements,
                n: d.outputChannelsPerGroup, k: pixels, height: d.outputHeight, width: d.outputWidth, groups: d.groups)
            let block = NumericsContract.productBlockLength
            let (blocks, results) = (pixels.parts(of: block), d.filterShape.product)
            let plan = SplitPlan(
                blocks: blocks, elements: results, tasks: elements.parts(of: 64) * d.outputChannels.parts(of: 64),
                wantedTasks: 2 * device.computeUnits)
            guard plan.runs > 1 else {
                return try tiledConvolution(
                    product, tapsAreK: false, bAlongK: false, input, gradient, openCL(output.buffer))
            }
            let partial = try queue.allocate(.float32, count: plan.runs * results)
            product.result.offset = 0
            for firstBlock in stride(from: 0, to: blocks, by: plan.runs) {
                let runs = min(plan.runs, blocks - firstBlock)
                let isDone = try tiledConvolution(
                    product, tapsAreK: false, bAlongK: false, input, gradient, partial, firstK: firstBlock * block,
                    runs: runs, runLength: block, resultStep: results)
                if !isDone { return false }
                try addRuns(
                    partial, to: openCL(output.buffer), offset: output.offset, elements: results, runs: runs,
                    isFirst: firstBlock == 0, operation: "convolve")
            }
            return true
        }
    }
#endif
