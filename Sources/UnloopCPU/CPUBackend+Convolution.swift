import CUnloopCPU
import UnloopBackend

/// Convolutions as matrix products whose left operand is read from windows of the image while it is packed.
extension CPUBackend {
    public func convolve(
        _ descriptor: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ first: StridedView,
        _ second: StridedView, epilogue: Epilogue?, output: StridedView
    ) throws(BackendError) {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        try requireReal(first.elementType, "convolve")
        try requireCountable(descriptor)
        memory.countLaunch()
        try withSums(epilogue, output) { sums, finish throws(BackendError) in
            switch direction {
            case .forward:
                // The result of a group is not contiguous.
                let finishesParts = descriptor.groups == 1
                try convolveForward(descriptor, first, second, sums, finishesParts ? finish : nil)
                if finishesParts { return }
            case .inputGradient: try convolveInputGradient(descriptor, first, second, sums)
            case .filterGradient: try convolveFilterGradient(descriptor, first, second, sums)
            }
            if let finish { finishAll(sums.elementCount, finish) }
        }
    }

    /// Row: output position. k: (kernel row, kernel column, input channel).
    private func convolveForward(
        _ d: ConvolutionDescriptor, _ input: StridedView, _ filter: StridedView, _ output: StridedView,
        _ finish: Finish?
    ) throws(BackendError) {
        var product = unloop_product()
        product.m = Int64(d.batch * d.outputHeight * d.outputWidth)
        product.n = Int64(d.outputChannelsPerGroup)
        product.k = Int64(d.kernelHeight * d.kernelWidth * d.inputChannelsPerGroup)
        (product.b_middle, product.b_inner) = (1, max(1, product.k))
        (product.b_k, product.b_n) = (Int64(d.outputChannels), 1)
        product.c_row = Int64(d.outputChannels)
        if d.isPointwise {
            product.operand = UNLOOP_OPERAND_STRIDED
            (product.a_row, product.a_k) = (Int64(d.inputChannels), 1)
        } else {
            product.operand = UNLOOP_OPERAND_PATCH_ROWS
            product.patches = d.inputPatches
        }
        nonisolated(unsafe) let (image, weights, target) = (input.reals, filter.reals, output.reals)
        if d.actsOnEachChannel { return try convolveChannels(d, image, weights, target) }
        nonisolated(unsafe) let prototype = product
        try runProducts(count: d.groups, finish: finish) { group in
            var product = prototype
            product.a = UnsafePointer(image + group * d.inputChannelsPerGroup)
            product.b = UnsafePointer(weights + group * d.outputChannelsPerGroup)
            product.c = target + group * d.outputChannelsPerGroup
            return product
        }
    }

    /// Row: (kernel row, kernel column, input channel). k: output position.
    private func convolveFilterGradient(
        _ d: ConvolutionDescriptor, _ input: StridedView, _ outputGradient: StridedView, _ filterGradient: StridedView
    ) throws(BackendError) {
        var product = unloop_product()
        product.m = Int64(d.kernelHeight * d.kernelWidth * d.inputChannelsPerGroup)
        product.n = Int64(d.outputChannelsPerGroup)
        product.k = Int64(d.batch * d.outputHeight * d.outputWidth)
        (product.b_middle, product.b_inner) = (1, max(1, product.k))
        (product.b_k, product.b_n) = (Int64(d.outputChannels), 1)
        product.c_row = Int64(d.outputChannels)
        if d.isPointwise {
            product.operand = UNLOOP_OPERAND_STRIDED
            (product.a_row, product.a_k) = (1, Int64(d.inputChannels))
        } else {
            product.operand = UNLOOP_OPERAND_PATCH_COLUMNS
            product.patches = d.inputPatches
        }
        nonisolated(unsafe) let (image, gradient, target) = (input.reals, outputGradient.reals, filterGradient.reals)
        if d.actsOnEachChannel { return try convolveChannelsFilterGradient(d, image, gradient, target) }
        nonisolated(unsafe) let prototype = product
        try runProducts(count: d.groups) { group in
            var product = prototype
            product.a = UnsafePointer(image + group * d.inputChannelsPerGroup)
            product.b = UnsafePointer(gradient + group * d.outputChannelsPerGroup)
            product.c = target + group * d.outputChannelsPerGroup
            return product
        }
    }

    /// Row: input position. k: (kernel row, kernel column, output channel). Rows and columns of the image that are equal
    /// modulo the stride meet the same kernel positions, so each such phase is one product.
    private func convolveInputGradient(
        _ d: ConvolutionDescriptor, _ outputGradient: StridedView, _ filter: StridedView, _ inputGradient: StridedView
    ) throws(BackendError) {
        nonisolated(unsafe) let (gradient, weights) = (outputGradient.reals, filter.reals)
        nonisolated(unsafe) let target = inputGradient.reals
        let filterColumn = d.inputChannelsPerGroup * d.outputChannels
        var phases: [unloop_product] = []
        for row in 0..<min(d.strideHeight, d.inputHeight) {
            let vertical = StridePhase(
                row, padding: d.paddingTop, window: d.kernelHeight, stride: d.strideHeight, dilation: d.dilationHeight)
            for column in 0..<min(d.strideWidth, d.inputWidth) {
                let horizontal = StridePhase(
                    column, padding: d.paddingLeft, window: d.kernelWidth, stride: d.strideWidth,
                    dilation: d.dilationWidth)
                let height = (d.inputHeight - row - 1) / d.strideHeight + 1
                let width = (d.inputWidth - column - 1) / d.strideWidth + 1
                var product = unloop_product()
                product.m = Int64(d.batch * height * width)
                product.n = Int64(d.inputChannelsPerGroup)
                product.k = Int64(vertical.taps * horizontal.taps * d.outputChannelsPerGroup)
                (product.b_middle, product.b_inner) = (
                    Int64(max(1, horizontal.taps)), Int64(max(1, d.outputChannelsPerGroup))
                )
                product.b_outer_stride = Int64(vertical.step * d.kernelWidth * filterColumn)
                product.b_middle_stride = Int64(horizontal.step * filterColumn)
                (product.b_k, product.b_n) = (1, Int64(d.outputChannels))
                product.c_row = Int64(d.strideWidth * d.inputChannels)
                if d.isPointwise && !d.actsOnEachChannel {
                    product.operand = UNLOOP_OPERAND_STRIDED
                    (product.a_row, product.a_k) = (Int64(d.outputChannels), 1)
                } else {
                    product.operand = UNLOOP_OPERAND_PATCH_ROWS
                    product.patches = unloop_patches(
                        height: Int64(d.outputHeight), width: Int64(d.outputWidth),
                        image_pitch: Int64(d.outputHeight * d.outputWidth * d.outputChannels),
                        line_pitch: Int64(d.outputWidth * d.outputChannels), pixel_pitch: Int64(d.outputChannels),
                        channels: Int64(d.outputChannelsPerGroup), grid_height: Int64(height),
                        grid_width: Int64(width), step_height: 1, step_width: 1, taps_height: Int64(vertical.taps),
                        taps_width: Int64(horizontal.taps), first_height: Int64(vertical.firstOutput),
                        first_width: Int64(horizontal.firstOutput), tap_height: Int64(-vertical.outputStep),
                        tap_width: Int64(-horizontal.outputStep))
                    (product.c_grid_height, product.c_grid_width) = (Int64(height), Int64(width))
                    product.c_image = Int64(d.inputHeight * d.inputWidth * d.inputChannels)
                    product.c_line = Int64(d.strideHeight * d.inputWidth * d.inputChannels)
                }
                product.a = UnsafePointer(gradient)
                product.b = UnsafePointer(
                    weights + (vertical.first * d.kernelWidth + horizontal.first) * filterColumn)
                product.c = target + (row * d.inputWidth + column) * d.inputChannels
                phases.append(product)
            }
        }
        @Sendable func product(_ phase: unloop_product, _ group: Int) -> unloop_product {
            var product = phase
            product.a = phase.a?.advanced(by: group * d.outputChannelsPerGroup)
            product.b = phase.b?.advanced(by: group * d.outputChannelsPerGroup)
            product.c = phase.c?.advanced(by: group * d.inputChannelsPerGroup)
            return product
        }
        if d.actsOnEachChannel {
            try convolveChannelsInputGradient(d, gradient, weights, phases)
        } else if d.batch > 0, areNarrow(phases) {
            for group in 0..<d.groups { try runNarrowProducts(phases.map { product($0, group) }) }
        } else {
            for phase in phases {
                nonisolated(unsafe) let phase = phase
                try runProducts(count: d.groups) { product(phase, $0) }
            }
        }
    }
}

/// Along one axis, the kernel positions that meet the input positions `phase + i · stride`: `first`, `first + step`, …; the
/// first of them at output position `firstOutput + i`, each further one `outputStep` before.
private struct StridePhase {
    var taps = 0
    var first = 0
    var step = 1
    var firstOutput = 0
    var outputStep = 0

    init(_ phase: Int, padding: Int, window: Int, stride: Int, dilation: Int) {
        let meeting = (0..<window).filter { (phase + padding - $0 * dilation) % stride == 0 }
        guard let first = meeting.first else { return }
        taps = meeting.count
        self.first = first
        firstOutput = (phase + padding - first * dilation) / stride
        if taps > 1 {
            step = meeting[1] - first
            outputStep = step * dilation / stride
        }
    }
}

extension ConvolutionDescriptor {
    /// Whether each input channel is convolved by itself: with one output channel or several, which then are fewer than the
    /// input channels, so that these fill vectors better.
    fileprivate var actsOnEachChannel: Bool {
        groups > 1 && inputChannelsPerGroup == 1 && 1...groups ~= outputChannelsPerGroup
    }

    /// Whether each output pixel sees its own input pixel alone.
    fileprivate var isPointwise: Bool {
        kernelHeight == 1 && kernelWidth == 1 && strideHeight == 1 && strideWidth == 1 && paddingTop == 0
            && paddingBottom == 0 && paddingLeft == 0 && paddingRight == 0
    }

    /// The windows of the input, one for each output position.
    var inputPatches: unloop_patches {
        unloop_patches(
            height: Int64(inputHeight), width: Int64(inputWidth),
            image_pitch: Int64(inputHeight * inputWidth * inputChannels),
            line_pitch: Int64(inputWidth * inputChannels), pixel_pitch: Int64(inputChannels),
            channels: Int64(inputChannelsPerGroup), grid_height: Int64(outputHeight), grid_width: Int64(outputWidth),
            step_height: Int64(strideHeight), step_width: Int64(strideWidth), taps_height: Int64(kernelHeight),
            taps_width: Int64(kernelWidth), first_height: Int64(-paddingTop), first_width: Int64(-paddingLeft),
            tap_height: Int64(dilationHeight), tap_width: Int64(dilationWidth))
    }
}
