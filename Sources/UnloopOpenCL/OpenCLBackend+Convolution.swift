#if OpenCL
    import UnloopBackend

    /// The ways to compute a convolution, best first; the first that does not refuse, and then can, is taken. All give the same bits.
    package enum ConvolutionVariant: CaseIterable, Sendable {
        /// CPUs: depthwise convolutions, lines of several pixels in registers.
        case depthwise
        /// CPUs: few channels of the result, whose positions run in the lanes of vectors.
        case narrow
        /// CPUs: few channels of the image, whose windows are read in place.
        case windows
        /// CPUs: a product of panels in registers, whose operand of pixels is collected as it is needed.
        case panels
        /// GPUs: a product of tiles in local memory, whose operand of pixels is collected as it is needed.
        case tiles
        /// One element of the result a work-item.
        case direct

        /// Why the variant is not for this convolution; nil when it is.
        package func refusal(
            for d: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, on device: OpenCLDevice,
            _ deviceClass: OpenCLDevice.Class
        ) -> String? {
            // The others multiply distances, or hold them in 32 bits.
            if self != .direct && d.reach >= 1 << 20 { return "windows see places far apart" }
            switch self {
            case .depthwise:
                if deviceClass != .cpuLike { return "made for CPUs" }
                if d.inputChannelsPerGroup != 1 || d.outputChannelsPerGroup != 1 { return "not depthwise" }
                if d.groups % 4 != 0 || device.vectorWidth < 4 { return "the channels fill no vectors" }
                if d.kernelHeight * d.kernelWidth > NumericsContract.productBlockLength {
                    return "more taps than a block of products"
                }
            case .narrow:
                if deviceClass != .cpuLike { return "made for CPUs" }
                if direction == .filterGradient { return "for images" }
                if d.isDepthwise { return "each group has one channel" }
                if d.sumsNothing { return "there is nothing to sum" }
                let columns = direction == .forward ? d.outputChannelsPerGroup : d.inputChannelsPerGroup
                if columns > NarrowShape.widest(on: device) { return "the channels of the result fill vectors" }
                if direction == .forward && (d.strideHeight != 1 || d.strideWidth != 1) {
                    return "positions see no neighbours"
                }
            case .windows:
                if deviceClass != .cpuLike { return "made for CPUs" }
                if direction == .inputGradient { return "for images of few channels" }
                if d.isDepthwise { return "each group has one channel" }
                if d.sumsNothing { return "there is nothing to sum" }
                if d.inputChannelsPerGroup > WindowShape.channels(direction) { return "windows are long" }
                if direction == .filterGradient && d.groups == 1 && d.outputChannels < 4 {
                    return "the channels of the result fill no vectors"
                }
            case .panels:
                if deviceClass != .cpuLike { return "made for CPUs" }
                if d.groups > 1 && min(d.inputChannelsPerGroup, d.outputChannelsPerGroup) == 1 {
                    return "each group has too few channels for a panel"
                }
                if d.sumsNothing { return "there is nothing to sum" }
            case .tiles:
                if deviceClass != .gpuLike { return "made for GPUs" }
                if d.groups > 1 && min(d.inputChannelsPerGroup, d.outputChannelsPerGroup) < 8 {
                    return "each group has too few channels for a tile"
                }
                if d.sumsNothing { return "there is nothing to sum" }
                if max(d.inputShape.product, d.outputShape.product) > 1 << 30 { return "counts pixels in 32 bits" }
                if TileShape.smallest.refusal(on: device) != nil { return "the device has too little local memory" }
            case .direct:
                break
            }
            return nil
        }
    }

    extension ConvolutionDescriptor {
        /// Whether an operand has no elements, so that every sum is empty.
        fileprivate var sumsNothing: Bool { outputShape.product == 0 || inputChannelsPerGroup == 0 }
    }

    extension OpenCLBackend {
        public func convolve(
            _ descriptor: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ first: StridedView,
            _ second: StridedView, epilogue: Epilogue?, output: StridedView
        ) throws(BackendError) {
            let modes = FloatingPointModes.ofContract()
            defer { modes.restore() }
            try requireCountable(descriptor)
            guard descriptor.resultShape(direction).product > 0 else { return }
            var history = try OperationHistory(queue, "convolve")
            try history.read(first)
            try history.read(second)
            try history.read(epilogue?.inputs ?? [])
            try history.willWrite(output)
            defer { history.wrote(output) }
            for variant in ConvolutionVariant.allCases
            where variant.refusal(for: descriptor, direction, on: device, deviceClass) == nil {
                if variant == .direct {
                    _ = try convolve(variant, descriptor, direction, first, second, output)
                    break
                }
                let isDone = try unlessRefused("convolve") { () throws(BackendError) in
                    try convolve(variant, descriptor, direction, first, second, output)
                }
                if isDone == true { break }
            }
            try apply(epilogue, to: output)
        }

        /// Whether the variant could compute the convolution, and has.
        package func convolve(
            _ variant: ConvolutionVariant, _ d: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction,
            _ first: StridedView, _ second: StridedView, _ output: StridedView
        ) throws(BackendError) -> Bool {
            switch (variant, direction) {
            case (.depthwise, .filterGradient): return false
            case (.depthwise, _): return try depthwiseLines(d, direction, first, second, output)
            case (.narrow, _): return try narrowConvolution(d, direction, first, second, output)
            case (.windows, .filterGradient): return try windowFilterGradient(d, first, second, output)
            case (.windows, _): return try windowForward(d, first, second, output)
            case (.panels, .forward): try panelForward(d, first, second, output)
            case (.panels, .inputGradient): try panelInputGradient(d, first, second, output)
            case (.panels, .filterGradient): try panelFilterGradient(d, first, second, output)
            case (.tiles, .forward): return try tiledForward(d, first, second, output)
            case (.tiles, .inputGradient): return try tiledInputGradient(d, first, second, output)
            case (.tiles, .filterGradient): return try tiledFilterGradient(d, first, second, output)
            case (.direct, .filterGradient): try directFilterGradient(d, first, second, output)
            case (.direct, _): try directConvolution(d, direction, first, second, output)
            }
            return true
        }

        /// Whether the convolution could be computed by lines: not gradients of those that leave pixels out.
        private func depthwiseLines(
            _ d: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ source: StridedView,
            _ filter: StridedView, _ output: StridedView
        ) throws(BackendError) -> Bool {
            let isForward = direction == .forward
            guard isForward || (d.strideHeight == 1 && d.strideWidth == 1) else { return false }
            let width = vectorWidth(dividing: d.groups)
            let inputSize = [d.inputHeight, d.inputWidth]
            let outputSize = [d.outputHeight, d.outputWidth]
            let lines = d.batch * (isForward ? d.outputHeight : d.inputHeight)
            let perItem = max(1, lines / (4 * wantedTasks))
            let layout =
                [source.offset, filter.offset, output.offset, d.groups]
                + (isForward ? inputSize + outputSize : outputSize + inputSize)
                + [
                    d.kernelHeight, d.kernelWidth, d.strideHeight, isForward ? -d.paddingTop : d.paddingTop,
                    isForward ? d.dilationHeight : -d.dilationHeight, d.strideWidth,
                    isForward ? -d.paddingLeft : d.paddingLeft, isForward ? d.dilationWidth : -d.dilationWidth, lines,
                    perItem,
                ]
            try queue.launch(
                try kernel("depthwise_lines", of: .depthwise(width: width)), operation: "convolve",
                LaunchRange(groups: lines.parts(of: perItem)),
                [
                    .buffer(openCL(source.buffer)), .buffer(openCL(filter.buffer)), .buffer(openCL(output.buffer)),
                    .words(layout),
                ])
            return true
        }

        // MARK: One element of the result a work-item

        /// The output channels of a vector see one input channel, or (depthwise) each its own.
        private func directProgram(
            _ d: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, isWide: Bool
        ) -> (program: KernelProgram, width: Int) {
            let isDepthwise = d.inputChannelsPerGroup == 1 && d.outputChannelsPerGroup == 1
            // A work-item of a GPU computes some channels too, because finding their place takes long.
            func width(_ channels: Int) -> Int {
                deviceClass == .gpuLike && channels % 4 == 0 ? 4 : vectorWidth(dividing: channels)
            }
            let width =
                isDepthwise
                ? width(d.groups) : direction == .inputGradient ? 1 : width(d.outputChannelsPerGroup)
            return (.convolutionDirect(width: width, isDepthwise: isDepthwise, isWide: isWide), width)
        }

        /// Whether convolution_direct.cl counts in 64 bits. Half of what 32 bits hold is left for places in the padding.
        private func isWide(_ d: ConvolutionDescriptor, _ views: StridedView...) -> Bool {
            if case .convolutionDirect(_, _, let isWide)? = proofs.subject?.program { return isWide }
            let counts = views.flatMap { [$0.offset, $0.elementCount] }
            // Where a place beside an image would lie, were it one of its elements.
            let line = max(d.inputWidth * d.inputChannels, d.outputWidth * d.outputChannels)
            return Double(d.reach) * Double(max(line, 1)) >= 0x1p29 || counts.contains { $0 >= 1 << 29 }
        }

        private func directLayout(
            _ d: ConvolutionDescriptor, _ first: StridedView, _ second: StridedView, outputOffset: Int,
            firstBlock: Int = 0, blocks: Int = 0, items: Int, isWide: Bool
        ) -> KernelArgument {
            let words = [
                first.offset, second.offset, outputOffset, d.inputHeight, d.inputWidth, d.inputChannels,
                d.outputHeight, d.outputWidth, d.outputChannels, d.kernelHeight, d.kernelWidth, d.strideHeight,
                d.strideWidth, d.paddingTop, d.paddingLeft, d.dilationHeight, d.dilationWidth,
                d.inputChannelsPerGroup, d.outputChannelsPerGroup, d.batch, firstBlock, blocks, items,
            ]
            return isWide ? .words(words) : .halfWords(words)
        }

        private func directConvolution(
            _ d: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ first: StridedView,
            _ second: StridedView, _ output: StridedView
        ) throws(BackendError) {
            let isWide = isWide(d, first, second, output)
            let (program, width) = directProgram(d, direction, isWide: isWide)
            let items = d.resultShape(direction).product / width
            let name = direction == .forward ? "direct_forward" : "direct_input_gradient"
            try launch(
                try kernel(name, of: program), operation: "convolve", items: items,
                [
                    .buffer(openCL(first.buffer)), .buffer(openCL(second.buffer)), .buffer(openCL(output.buffer)),
                    directLayout(d, first, second, outputOffset: output.offset, items: items, isWide: isWide),
                ])
        }

        private func directFilterGradient(
            _ d: ConvolutionDescriptor, _ input: StridedView, _ gradient: StridedView, _ output: StridedView
        ) throws(BackendError) {
            let isWide = isWide(d, input, gradient, output)
            let (program, width) = directProgram(d, .filterGradient, isWide: isWide)
            let elements = d.filterShape.product
            let blocks = max(
                1, (d.batch * d.outputHeight * d.outputWidth).parts(of: NumericsContract.productBlockLength))
            let product = try kernel("direct_filter_gradient", of: program)
            // On a CPU always, where it fits: the pixels of one block are then near for all elements.
            let wanted = deviceClass == .cpuLike ? Int.max : wantedTasks
            let plan = SplitPlan(
                blocks: blocks, elements: elements, tasks: elements / width, wantedTasks: wanted,
                limit: workspaceElements)
            guard plan.runs > 1 else {
                return try launch(
                    product, operation: "convolve", items: elements / width,
                    [
                        .buffer(openCL(input.buffer)), .buffer(openCL(gradient.buffer)),
                        .buffer(openCL(output.buffer)),
                        directLayout(
                            d, input, gradient, outputOffset: output.offset, blocks: blocks, items: elements / width,
                            isWide: isWide),
                    ])
            }
            let partial = try queue.allocate(.float32, count: plan.runs * elements)
            for firstBlock in stride(from: 0, to: blocks, by: plan.runs) {
                let runs = min(plan.runs, blocks - firstBlock)
                let items = runs * elements / width
                try launch(
                    product, operation: "convolve", items: items,
                    [
                        .buffer(openCL(input.buffer)), .buffer(openCL(gradient.buffer)), .buffer(partial),
                        directLayout(
                            d, input, gradient, outputOffset: 0, firstBlock: firstBlock, blocks: 1, items: items,
                            isWide: isWide),
                    ])
                try addRuns(
                    partial, to: openCL(output.buffer), offset: output.offset, elements: elements, runs: runs,
                    isFirst: firstBlock == 0, operation: "convolve")
            }
        }

        /// Adds up images of a result in increasing order: to nothing, or to what is there already.
        func addRuns(
            _ images: OpenCLBuffer, to output: OpenCLBuffer, offset: Int, elements: Int, runs: Int, isFirst: Bool,
            operation: String
        ) throws(BackendError) {
            try launch(
                try kernel("add_runs", of: .convolutionDirect(width: 1, isDepthwise: false, isWide: false)),
                operation: operation, items: elements, isRepeatable: isFirst,
                [
                    .buffer(images), .buffer(output), .long(offset), .long(elements), .long(runs),
                    .int(isFirst ? 1 : 0),
                ])
        }

        /// Independent pieces of work that keep the device busy.
        var wantedTasks: Int { device.computeUnits * (deviceClass == .cpuLike ? 4 : 512) }
    }

    /// How long sums over k are shared out where there are few elements, as in a filter's gradient. Blocks may be
    /// summed at the same time, each to its own place, and added afterwards in increasing order: the same bits.
    struct SplitPlan {
        /// Blocks summed at the same time; 1 when there are enough elements without.
        let runs: Int

        /// - Parameter limit: how many sums of blocks may be kept.
        init(blocks: Int, elements: Int, tasks: Int, wantedTasks: Int, limit: Int) {
            let room = limit / max(1, elements)
            runs = tasks >= wantedTasks || room < 2 ? 1 : min(blocks, room)
        }
    }
#endif
