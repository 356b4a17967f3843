import UnloopBackend

/// Convolutions in their three directions: strides, dilations, paddings, groups, channels about the widths of vectors.
enum ConvolutionCases {
    static var all: [OperationCase] {
        geometries.flatMap { name, geometry in
            ConvolutionDescriptor.Direction.allCases.map { convolve(name, geometry, $0) }
        } + epilogues + data
    }

    private static func convolve(
        _ name: String, _ d: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction,
        data: CaseData = .reals, accuracy: OperationCase.Accuracy? = nil, offset: Int = 0, epilogue: CaseProgram? = nil,
        epilogueLayouts: [CaseLayout] = []
    ) -> OperationCase {
        let (first, second, length) =
            switch direction {
            case .forward:
                (d.inputShape, d.filterShape, d.kernelHeight * d.kernelWidth * d.inputChannelsPerGroup)
            case .inputGradient:
                (d.outputShape, d.filterShape, d.kernelHeight * d.kernelWidth * d.outputChannelsPerGroup)
            case .filterGradient: (d.inputShape, d.outputShape, d.batch * d.outputHeight * d.outputWidth)
            }
        let extra = zip(epilogueLayouts, epilogue?.data.dropFirst() ?? []).map { CaseOperand($0, $1) }
        return OperationCase(
            .convolution, "\(direction) \(name) \(text(d))",
            shape: Array(d.inputShape) + [d.kernelHeight, d.kernelWidth, d.outputChannels],
            inputs: [
                CaseOperand(CaseLayout(Array(first), offset: offset), data),
                CaseOperand(CaseLayout(Array(second), offset: offset), data),
            ] + extra,
            outputs: [CaseResult(CaseLayout(Array(d.resultShape(direction)), offset: offset))],
            accuracy: accuracy ?? (epilogue == nil ? .sums(length: length) : .notStated),
            floatingPointOperations: d.floatingPointOperations,
            work: Int(d.floatingPointOperations / 2)
        ) { backend, inputs, outputs in
            try backend.convolve(
                d, direction, inputs[0], inputs[1],
                epilogue: epilogue.map {
                    Epilogue($0.program, inputs: Array(inputs.dropFirst(2)), scalars: $0.scalars)
                }, output: outputs[0])
        }
    }

    private static func text(_ d: ConvolutionDescriptor) -> String {
        var text = "\(sizeText(Array(d.inputShape))) by \(d.kernelHeight)×\(d.kernelWidth)×\(d.outputChannels)"
        if (d.strideHeight, d.strideWidth) != (1, 1) { text += " stride \(d.strideHeight),\(d.strideWidth)" }
        if (d.dilationHeight, d.dilationWidth) != (1, 1) { text += " dilation \(d.dilationHeight),\(d.dilationWidth)" }
        let padding = [d.paddingTop, d.paddingBottom, d.paddingLeft, d.paddingRight]
        if padding != [0, 0, 0, 0] { text += " padding \(padding.map(String.init).joined(separator: ","))" }
        if d.groups != 1 { text += " groups \(d.groups)" }
        return text
    }

    private static var geometries: [(String, ConvolutionDescriptor)] {
        grid + channels + fewChannels + severalOutputs + irregular
    }

    /// Strides × dilations × paddings × kernels; channels and groups take turns.
    private static var grid: [(String, ConvolutionDescriptor)] {
        let channels = [(1, 1, 1), (3, 16, 1), (16, 17, 1), (17, 3, 1), (4, 4, 4), (4, 8, 2), (6, 12, 6)]
        var geometries: [(String, ConvolutionDescriptor)] = []
        for stride in [1, 2, 3] {
            for dilation in [1, 2] {
                for padding in [0, 1, 2] {
                    for kernel in [1, 2, 3, 5] {
                        let (input, output, groups) = channels[geometries.count % channels.count]
                        geometries.append(
                            (
                                "grid",
                                ConvolutionDescriptor(
                                    batch: 2, inputHeight: 9, inputWidth: 11, inputChannels: input,
                                    outputChannels: output, kernelHeight: kernel, kernelWidth: kernel,
                                    strideHeight: stride, strideWidth: stride, paddingTop: padding,
                                    paddingBottom: padding / 2, paddingLeft: padding, paddingRight: padding,
                                    dilationHeight: dilation, dilationWidth: dilation, groups: groups)
                            ))
                    }
                }
            }
        }
        return geometries
    }

    /// Channels in and out × kernels, and all kinds of groups.
    private static var channels: [(String, ConvolutionDescriptor)] {
        let sizes = [1, 3, 16, 17, 64]
        var geometries: [(String, ConvolutionDescriptor)] = []
        for input in sizes {
            for output in sizes {
                for kernel in [1, 3] {
                    geometries.append(
                        (
                            "channels",
                            ConvolutionDescriptor(
                                batch: 2, inputHeight: 6, inputWidth: 7, inputChannels: input, outputChannels: output,
                                kernelHeight: kernel, kernelWidth: kernel, paddingTop: kernel / 2,
                                paddingBottom: kernel / 2, paddingLeft: kernel / 2, paddingRight: kernel / 2)
                        ))
                }
            }
        }
        for (input, output, groups) in [
            (3, 3, 3), (16, 16, 16), (17, 17, 17), (64, 64, 64), (64, 64, 4), (3, 6, 3), (32, 16, 16), (34, 17, 17),
            (16, 32, 2),
        ] {
            for stride in [1, 2] {
                geometries.append(
                    (
                        "groups",
                        ConvolutionDescriptor(
                            batch: 2, inputHeight: 8, inputWidth: 7, inputChannels: input, outputChannels: output,
                            kernelHeight: 3, kernelWidth: 3, strideHeight: stride, strideWidth: stride, paddingTop: 1,
                            paddingBottom: 1, paddingLeft: 1, paddingRight: 1, groups: groups)
                    ))
            }
        }
        return geometries
    }

    /// Few channels of the image, the result or both: images narrower than a vector and wider than several, windows that leave
    /// pixels out or skip them, uneven padding.
    private static var fewChannels: [(String, ConvolutionDescriptor)] {
        let channels = [
            (1, 1, 1), (1, 32, 1), (2, 3, 1), (3, 33, 1), (3, 64, 1), (5, 8, 1), (64, 2, 1), (16, 12, 1), (6, 3, 3),
            (10, 15, 5), (4, 8, 4), (8, 8, 2),
        ]
        return channels.flatMap { input, output, groups -> [(String, ConvolutionDescriptor)] in
            func convolution(
                _ size: (batch: Int, height: Int, width: Int), kernel: (Int, Int), stride: (Int, Int) = (1, 1),
                padding: (top: Int, bottom: Int, left: Int, right: Int), dilation: (Int, Int) = (1, 1)
            ) -> (String, ConvolutionDescriptor) {
                (
                    "few channels",
                    ConvolutionDescriptor(
                        batch: size.batch, inputHeight: size.height, inputWidth: size.width, inputChannels: input,
                        outputChannels: output, kernelHeight: kernel.0, kernelWidth: kernel.1,
                        strideHeight: stride.0, strideWidth: stride.1, paddingTop: padding.top,
                        paddingBottom: padding.bottom, paddingLeft: padding.left, paddingRight: padding.right,
                        dilationHeight: dilation.0, dilationWidth: dilation.1, groups: groups)
                )
            }
            return [
                convolution((1, 3, 5), kernel: (3, 3), padding: (1, 1, 1, 1)),
                convolution((2, 9, 37), kernel: (3, 5), padding: (0, 2, 3, 1)),
                convolution((2, 19, 23), kernel: (7, 7), stride: (2, 2), padding: (3, 3, 3, 3)),
                convolution(
                    (1, 11, 40), kernel: (2, 3), stride: (3, 2), padding: (1, 0, 0, 2), dilation: (2, 3)),
                convolution((3, 4, 131), kernel: (1, 4), stride: (1, 3), padding: (0, 0, 2, 0)),
            ]
        }
    }

    /// Each input channel by itself, with several output channels: about the widths of vectors, dilated, with more terms than a block.
    private static var severalOutputs: [(String, ConvolutionDescriptor)] {
        func convolution(
            _ channels: Int, times multiplier: Int, _ height: Int, _ width: Int, kernel: Int, stride: Int = 1,
            padding: Int, dilation: Int = 1
        ) -> (String, ConvolutionDescriptor) {
            (
                "several outputs",
                ConvolutionDescriptor(
                    batch: 2, inputHeight: height, inputWidth: width, inputChannels: channels,
                    outputChannels: channels * multiplier, kernelHeight: kernel, kernelWidth: kernel,
                    strideHeight: stride, strideWidth: stride, paddingTop: padding, paddingBottom: padding,
                    paddingLeft: padding, paddingRight: padding, dilationHeight: dilation, dilationWidth: dilation,
                    groups: channels)
            )
        }
        return [
            convolution(2, times: 2, 5, 4, kernel: 3, padding: 1),
            convolution(7, times: 2, 5, 6, kernel: 3, padding: 0),
            convolution(8, times: 2, 6, 5, kernel: 3, padding: 2, dilation: 2),
            convolution(9, times: 3, 6, 5, kernel: 2, stride: 2, padding: 1),
            convolution(16, times: 2, 7, 7, kernel: 1, padding: 0),
            convolution(17, times: 2, 7, 5, kernel: 3, stride: 3, padding: 1, dilation: 2),
            convolution(33, times: 5, 4, 4, kernel: 2, padding: 1),
            convolution(72, times: 2, 19, 20, kernel: 3, padding: 2, dilation: 2),
            convolution(5, times: 4, 12, 11, kernel: 9, stride: 2, padding: 4),
            convolution(40, times: 3, 17, 18, kernel: 10, padding: 3),
        ]
    }

    /// Sides that differ, nothing at all, kernels larger than the image, long sums.
    private static var irregular: [(String, ConvolutionDescriptor)] {
        [
            (
                "strides that differ",
                ConvolutionDescriptor(
                    batch: 3, inputHeight: 10, inputWidth: 7, inputChannels: 5, outputChannels: 6, kernelHeight: 3,
                    kernelWidth: 2, strideHeight: 1, strideWidth: 3, paddingTop: 0, paddingBottom: 2, paddingLeft: 1,
                    paddingRight: 0, dilationHeight: 2, dilationWidth: 1)
            ),
            (
                "a row",
                ConvolutionDescriptor(
                    batch: 1, inputHeight: 1, inputWidth: 200, inputChannels: 8, outputChannels: 8, kernelHeight: 1,
                    kernelWidth: 7, paddingLeft: 3, paddingRight: 3)
            ),
            (
                "a column",
                ConvolutionDescriptor(
                    batch: 1, inputHeight: 90, inputWidth: 1, inputChannels: 3, outputChannels: 20, kernelHeight: 5,
                    kernelWidth: 1, strideHeight: 2)
            ),
            (
                "no images",
                ConvolutionDescriptor(
                    batch: 0, inputHeight: 5, inputWidth: 5, inputChannels: 3, outputChannels: 4, kernelHeight: 3,
                    kernelWidth: 3)
            ),
            (
                "filter larger than the image",
                ConvolutionDescriptor(
                    batch: 2, inputHeight: 3, inputWidth: 3, inputChannels: 2, outputChannels: 3, kernelHeight: 5,
                    kernelWidth: 5)
            ),
            (
                "filter larger than the image, padded",
                ConvolutionDescriptor(
                    batch: 2, inputHeight: 3, inputWidth: 3, inputChannels: 2, outputChannels: 3, kernelHeight: 5,
                    kernelWidth: 5, paddingTop: 2, paddingBottom: 2, paddingLeft: 2, paddingRight: 2)
            ),
            (
                "filter as large as the image",
                ConvolutionDescriptor(
                    batch: 4, inputHeight: 6, inputWidth: 6, inputChannels: 16, outputChannels: 10, kernelHeight: 6,
                    kernelWidth: 6)
            ),
            (
                "stride larger than the filter",
                ConvolutionDescriptor(
                    batch: 2, inputHeight: 11, inputWidth: 11, inputChannels: 4, outputChannels: 5, kernelHeight: 2,
                    kernelWidth: 2, strideHeight: 4, strideWidth: 4)
            ),
            // The positions that meet no tap are more than those that meet one.
            (
                "a row, stride larger than the filter, padded",
                ConvolutionDescriptor(
                    batch: 1, inputHeight: 1, inputWidth: 33, inputChannels: 1, outputChannels: 16, kernelHeight: 1,
                    kernelWidth: 1, strideWidth: 2, paddingLeft: 1)
            ),
            (
                "stride larger than the filter, padded",
                ConvolutionDescriptor(
                    batch: 2, inputHeight: 13, inputWidth: 31, inputChannels: 3, outputChannels: 24, kernelHeight: 1,
                    kernelWidth: 1, strideHeight: 3, strideWidth: 2, paddingTop: 2, paddingLeft: 1)
            ),
            (
                "padding larger than the filter",
                ConvolutionDescriptor(
                    batch: 1, inputHeight: 4, inputWidth: 4, inputChannels: 3, outputChannels: 4, kernelHeight: 2,
                    kernelWidth: 2, paddingTop: 3, paddingBottom: 3, paddingLeft: 4, paddingRight: 3)
            ),
            (
                "long sums",
                ConvolutionDescriptor(
                    batch: 20, inputHeight: 8, inputWidth: 8, inputChannels: 32, outputChannels: 33, kernelHeight: 3,
                    kernelWidth: 3, paddingTop: 1, paddingBottom: 1, paddingLeft: 1, paddingRight: 1)
            ),
            (
                "digits",
                ConvolutionDescriptor(
                    batch: 32, inputHeight: 8, inputWidth: 8, inputChannels: 1, outputChannels: 16, kernelHeight: 3,
                    kernelWidth: 3, paddingTop: 1, paddingBottom: 1, paddingLeft: 1, paddingRight: 1)
            ),
            (
                "wide",
                ConvolutionDescriptor(
                    batch: 1, inputHeight: 20, inputWidth: 33, inputChannels: 24, outputChannels: 40, kernelHeight: 3,
                    kernelWidth: 3, paddingTop: 1, paddingBottom: 1, paddingLeft: 1, paddingRight: 1)
            ),
        ]
    }

    private static var epilogues: [OperationCase] {
        let biasRelu = CaseProgram("bias and relu", ScalarProgram { x, bias in max(x + bias, 0) })
        return [(1, 4, 1), (3, 16, 1), (8, 8, 8), (33, 17, 1)].flatMap { input, output, groups in
            [1, 2].map { stride in
                let d = ConvolutionDescriptor(
                    batch: 2, inputHeight: 8, inputWidth: 9, inputChannels: input, outputChannels: output,
                    kernelHeight: 3, kernelWidth: 3, strideHeight: stride, strideWidth: stride, paddingTop: 1,
                    paddingBottom: 1, paddingLeft: 1, paddingRight: 1, groups: groups)
                return convolve(
                    "bias and relu", d, .forward, epilogue: biasRelu,
                    epilogueLayouts: [CaseLayout("channels", Array(d.outputShape), steps: [0, 0, 0, 1])])
            }
        }
    }

    private static var data: [OperationCase] {
        let d = ConvolutionDescriptor(
            batch: 2, inputHeight: 7, inputWidth: 6, inputChannels: 5, outputChannels: 9, kernelHeight: 3,
            kernelWidth: 3, strideHeight: 2, strideWidth: 1, paddingTop: 1, paddingBottom: 1, paddingLeft: 1,
            paddingRight: 1)
        return ConvolutionDescriptor.Direction.allCases.flatMap { direction in
            [CaseData.special, .extreme, .ties, .subnormal].map { data in
                convolve(
                    data.rawValue, d, direction, data: data,
                    accuracy: data == .ties ? .exact : .notStated)
            } + [convolve("offset", d, direction, offset: 5)]
        }
    }
}
