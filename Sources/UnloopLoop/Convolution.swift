import UnloopBackend

/// The three directions of a convolution; operands and result in the order that the direction states.
func convolveImages<Real: LoopReal>(
    _ descriptor: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ first: StridedView,
    _ second: StridedView, output: StridedView, as type: Real.Type
) {
    let a = first.rowMajorElements(as: Real.self)
    let b = second.rowMajorElements(as: Real.self)
    let result = output.rowMajorElements(as: Real.self)
    switch direction {
    case .forward: convolveForward(descriptor, input: a, filter: b, output: result)
    case .inputGradient: convolveInputGradient(descriptor, outputGradient: a, filter: b, inputGradient: result)
    case .filterGradient: convolveFilterGradient(descriptor, input: a, outputGradient: b, filterGradient: result)
    }
}

/// Positions of elements in the three row-major arrays of a convolution; nil outside the image.
private struct ConvolutionGeometry {
    let descriptor: ConvolutionDescriptor
    let (outputHeight, outputWidth): (Int, Int)
    let (inputChannelsPerGroup, outputChannelsPerGroup): (Int, Int)

    init(_ descriptor: ConvolutionDescriptor) {
        self.descriptor = descriptor
        outputHeight = descriptor.outputHeight
        outputWidth = descriptor.outputWidth
        inputChannelsPerGroup = descriptor.inputChannelsPerGroup
        outputChannelsPerGroup = descriptor.outputChannelsPerGroup
    }

    /// The position of channel 0 of the input pixel that a kernel position meets for an output pixel.
    @inline(__always)
    func inputPixel(image: Int, outputRow: Int, outputColumn: Int, kernelRow: Int, kernelColumn: Int) -> Int? {
        let d = descriptor
        let row = outputRow * d.strideHeight - d.paddingTop + kernelRow * d.dilationHeight
        let column = outputColumn * d.strideWidth - d.paddingLeft + kernelColumn * d.dilationWidth
        guard row >= 0, row < d.inputHeight, column >= 0, column < d.inputWidth else { return nil }
        return ((image * d.inputHeight + row) * d.inputWidth + column) * d.inputChannels
    }

    @inline(__always)
    func outputElement(image: Int, row: Int, column: Int, channel: Int) -> Int {
        ((image * outputHeight + row) * outputWidth + column) * descriptor.outputChannels + channel
    }

    @inline(__always)
    func filterElement(kernelRow: Int, kernelColumn: Int, inputChannel: Int, outputChannel: Int) -> Int {
        ((kernelRow * descriptor.kernelWidth + kernelColumn) * inputChannelsPerGroup + inputChannel)
            * descriptor.outputChannels + outputChannel
    }
}

/// `output[n, y, x, o] = Σ input[n, y·stride − padding + r·dilation, x·stride − padding + s·dilation, c] · filter[r, s, c, o]`
/// over r, s, c.
private func convolveForward<Real: LoopReal>(
    _ d: ConvolutionDescriptor, input: UnsafeMutableBufferPointer<Real>, filter: UnsafeMutableBufferPointer<Real>,
    output: UnsafeMutableBufferPointer<Real>
) {
    let geometry = ConvolutionGeometry(d)
    for n in 0..<d.batch {
        for y in 0..<geometry.outputHeight {
            for x in 0..<geometry.outputWidth {
                for o in 0..<d.outputChannels {
                    let firstChannel = o / geometry.outputChannelsPerGroup * geometry.inputChannelsPerGroup
                    var chain = ProductChain<Real>()
                    for r in 0..<d.kernelHeight {
                        for s in 0..<d.kernelWidth {
                            let pixel = geometry.inputPixel(
                                image: n, outputRow: y, outputColumn: x, kernelRow: r, kernelColumn: s)
                            for c in 0..<geometry.inputChannelsPerGroup {
                                let element = pixel.map { input[$0 + firstChannel + c] } ?? 0
                                chain.add(
                                    element,
                                    filter[
                                        geometry.filterElement(
                                            kernelRow: r, kernelColumn: s, inputChannel: c, outputChannel: o)])
                            }
                        }
                    }
                    output[geometry.outputElement(image: n, row: y, column: x, channel: o)] = chain.sum
                }
            }
        }
    }
}

/// For each input element, the sum of output gradient times filter over the kernel positions (r, s) that meet it at an output
/// pixel of the strided grid, and over the output channels.
private func convolveInputGradient<Real: LoopReal>(
    _ d: ConvolutionDescriptor, outputGradient: UnsafeMutableBufferPointer<Real>,
    filter: UnsafeMutableBufferPointer<Real>, inputGradient: UnsafeMutableBufferPointer<Real>
) {
    let geometry = ConvolutionGeometry(d)
    for n in 0..<d.batch {
        for h in 0..<d.inputHeight {
            for w in 0..<d.inputWidth {
                for channel in 0..<d.inputChannels {
                    let (group, c) = channel.quotientAndRemainder(dividingBy: geometry.inputChannelsPerGroup)
                    let outputChannels =
                        group * geometry.outputChannelsPerGroup..<(group + 1) * geometry.outputChannelsPerGroup
                    var chain = ProductChain<Real>()
                    for r in 0..<d.kernelHeight {
                        let y = h + d.paddingTop - r * d.dilationHeight
                        guard y % d.strideHeight == 0 else { continue }
                        let row = y / d.strideHeight
                        for s in 0..<d.kernelWidth {
                            let x = w + d.paddingLeft - s * d.dilationWidth
                            guard x % d.strideWidth == 0 else { continue }
                            let column = x / d.strideWidth
                            let isInside =
                                row >= 0 && row < geometry.outputHeight && column >= 0 && column < geometry.outputWidth
                            for o in outputChannels {
                                let gradient =
                                    isInside
                                    ? outputGradient[
                                        geometry.outputElement(image: n, row: row, column: column, channel: o)] : 0
                                chain.add(
                                    gradient,
                                    filter[
                                        geometry.filterElement(
                                            kernelRow: r, kernelColumn: s, inputChannel: c, outputChannel: o)])
                            }
                        }
                    }
                    let pixel = (n * d.inputHeight + h) * d.inputWidth + w
                    inputGradient[pixel * d.inputChannels + channel] = chain.sum
                }
            }
        }
    }
}

/// For each filter element, the sum of input times output gradient over images, output rows and output columns.
private func convolveFilterGradient<Real: LoopReal>(
    _ d: ConvolutionDescriptor, input: UnsafeMutableBufferPointer<Real>,
    outputGradient: UnsafeMutableBufferPointer<Real>, filterGradient: UnsafeMutableBufferPointer<Real>
) {
    let geometry = ConvolutionGeometry(d)
    for r in 0..<d.kernelHeight {
        for s in 0..<d.kernelWidth {
            for c in 0..<geometry.inputChannelsPerGroup {
                for o in 0..<d.outputChannels {
                    let channel = o / geometry.outputChannelsPerGroup * geometry.inputChannelsPerGroup + c
                    var chain = ProductChain<Real>()
                    for n in 0..<d.batch {
                        for y in 0..<geometry.outputHeight {
                            for x in 0..<geometry.outputWidth {
                                let pixel = geometry.inputPixel(
                                    image: n, outputRow: y, outputColumn: x, kernelRow: r, kernelColumn: s)
                                chain.add(
                                    pixel.map { input[$0 + channel] } ?? 0,
                                    outputGradient[
                                        geometry.outputElement(image: n, row: y, column: x, channel: o)])
                            }
                        }
                    }
                    let element = geometry.filterElement(
                        kernelRow: r, kernelColumn: s, inputChannel: c, outputChannel: o)
                    filterGradient[element] = chain.sum
                }
            }
        }
    }
}
