#if OpenCL
    import UnloopBackend

    extension OpenCLBackend {
        /// The layout of convolution_tile.cl.
        private struct TiledConvolution {
            let direction: ConvolutionDescriptor.Direction
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

            var tapsAreK: Bool { direction != .filterGradient }
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
                taps.tapColumns, max(1, taps.runLength), c.height, c.width, 0,
            ])
            return .words(words)
        }

        /// Whether there is a tile that the device runs; nothing is computed when there is none.
        private func tiledConvolution(
            _ c: TiledConvolution, _ image: StridedView, _ other: StridedView, _ output: OpenCLBuffer, firstK: Int = 0,
            runs: Int = 1, runLength: Int? = nil, resultStep: Int = 0
        ) throws(BackendError) -> Bool {
            guard
                let tile = try tile(
                    "convolution.\(c.direction)", m: c.m, n: c.n, k: c.k, batch: c.groups * runs,
                    operands: operands(c, resultStep: resultStep),
                    program: { .convolutionTile($0, tapsAreK: c.tapsAreK) })
            else { return false }
            if c.n.parts(of: tile.shape.columns) > device.maximumGroups || c.groups * runs > device.maximumGroups {
                return false
            }
            try queue.launch(
                tile.kernel, operation: "convolve",
                LaunchRange(
                    groups: [
                        c.m.parts(of: tile.shape.rows), c.n.parts(of: tile.shape.columns), c.groups * runs,
                    ], localSize: [tile.shape.threads, 1, 1]),
                [
                    .buffer(openCL(image.buffer)), .buffer(openCL(other.buffer)), .buffer(output),
                    layout(c, firstK: firstK, runs: runs, runLength: runLength ?? c.k, resultStep: resultStep),
                ])
            return true
        }

        /// Channels are adjacent: in the image they are k or (filter gradient) rows.
        private func operands(_ c: TiledConvolution, resultStep: Int) -> TileOperands {
            func inQuads(_ numbers: [Int]) -> Bool { numbers.allSatisfy { $0 % 4 == 0 } }
            let (filter, result) = (c.filter, c.result)
            let lines = [filter.offset, filter.tapRow, filter.tapColumn, filter.group]
            return TileOperands(
                aAlongK: c.tapsAreK, bAlongK: c.direction == .inputGradient,
                aInQuads: inQuads([c.taps.channels, c.taps.runLength, c.imageOffset, c.imageGroup]),
                bInQuads: c.direction == .inputGradient
                    ? inQuads(lines + [c.taps.runLength, filter.column]) : inQuads(lines + [c.n, filter.channel]),
                cInQuads: inQuads([
                    c.n, result.offset, result.image, result.row, result.pixel, result.group, resultStep,
                ]))
        }

        func tiledForward(
            _ d: ConvolutionDescriptor, _ input: StridedView, _ filter: StridedView, _ output: StridedView
        ) throws(BackendError) -> Bool {
            let tapSize = d.inputChannelsPerGroup * d.outputChannels
            let line = d.outputWidth * d.outputChannels
            let product = TiledConvolution(
                direction: .forward, taps: TapLayout(forward: d), imageOffset: input.offset,
                imageGroup: d.inputChannelsPerGroup,
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
                product, input, filter, openCL(output.buffer))
        }

        func tiledInputGradient(
            _ d: ConvolutionDescriptor, _ gradient: StridedView, _ filter: StridedView, _ output: StridedView
        ) throws(BackendError) -> Bool {
            let tapSize = d.inputChannelsPerGroup * d.outputChannels
            let line = d.inputWidth * d.inputChannels
            for (rows, columns) in Phase.pairs(d) {
                let taps = TapLayout(inputGradient: d, rows: rows, columns: columns)
                let product = TiledConvolution(
                    direction: .inputGradient, taps: taps, imageOffset: gradient.offset,
                    imageGroup: d.outputChannelsPerGroup,
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
                    product, gradient, filter, openCL(output.buffer))
                if !isDone { return false }
            }
            return true
        }

        func tiledFilterGradient(
            _ d: ConvolutionDescriptor, _ input: StridedView, _ gradient: StridedView, _ output: StridedView
        ) throws(BackendError) -> Bool {
            let pixels = d.batch * d.outputHeight * d.outputWidth
            let elements = d.kernelHeight * d.kernelWidth * d.inputChannelsPerGroup
            var product = TiledConvolution(
                direction: .filterGradient, taps: TapLayout(forward: d), imageOffset: input.offset,
                imageGroup: d.inputChannelsPerGroup,
                filter: (gradient.offset, 0, 0, d.outputChannels, 1, d.outputChannelsPerGroup),
                result: (output.offset, 0, 0, d.outputChannels, d.outputChannelsPerGroup), m: elements,
                n: d.outputChannelsPerGroup, k: pixels, height: d.outputHeight, width: d.outputWidth, groups: d.groups)
            let block = NumericsContract.productBlockLength
            let (blocks, results) = (pixels.parts(of: block), d.filterShape.product)
            let plan = SplitPlan(
                blocks: blocks, elements: results, tasks: elements.parts(of: 64) * d.outputChannels.parts(of: 64),
                wantedTasks: 2 * device.computeUnits, limit: workspaceElements)
            let mostRuns = min(plan.runs, device.maximumGroups / d.groups)
            guard mostRuns > 1 else {
                return try tiledConvolution(
                    product, input, gradient, openCL(output.buffer))
            }
            let partial = try queue.allocate(.float32, count: mostRuns * results)
            product.result.offset = 0
            for firstBlock in stride(from: 0, to: blocks, by: mostRuns) {
                let runs = min(mostRuns, blocks - firstBlock)
                let isDone = try tiledConvolution(
                    product, input, gradient, partial, firstK: firstBlock * block,
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
