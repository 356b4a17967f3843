import UnloopBackend

/// The transposed 2-D convolution: the linear map whose matrix is the transpose of `convolution2D`'s with the same filter, stride,
/// padding, dilation and groups. It is that convolution's derivative with respect to its input, and makes images larger where the
/// convolution makes them smaller.
///
/// - Parameters:
///   - input: `[batch, height, width, input channels]`.
///   - filter: `[height, width, output channels / groups, input channels]`, the filter of the convolution that it transposes.
///   - padding: of that convolution, so it is cut off here; `.same` gives an output of input size times stride.
///   - outputPadding: rows and columns added at the bottom and the right. A convolution with a stride gives the same size for
///     several sizes of its input; this chooses among them. Less than the stride; 0 with `.same`.
///   - function: applied to each element before it is stored; its first input is the element, the others are those of `inputs`.
///   - inputs: broadcast to the shape of the result; a bias of shape `[output channels]` does.
/// - Returns: `[batch, output height, output width, output channels]`, the output size being
///   (n - 1)·stride + dilation·(f - 1) + 1 - padding + output padding.
public func transposedConvolution2D(
    _ input: Tensor, _ filter: Tensor, stride: Size2D = 1, padding: Padding = .valid, outputPadding: Size2D = 0,
    dilation: Size2D = 1, groups: Int = 1, epilogue function: ScalarFunction? = nil, inputs: [Tensor] = [],
    scalars: [Double] = []
) -> Tensor {
    let (i, f) = (input.dimensions, filter.dimensions)
    require(
        i.count == 4 && f.count == 4,
        "transposedConvolution2D: takes images [batch, height, width, channels] and filters [height, width, out, in], got \(i) and \(f)"
    )
    require(
        groups > 0 && i[3] % groups == 0 && f[3] == i[3],
        "transposedConvolution2D: \(i) and filter \(f) do not agree: \(i[3]) channels in \(groups) groups, filter for \(f[3])"
    )
    require(f[0] > 0 && f[1] > 0, "transposedConvolution2D: the filter \(f) is empty")
    require(i[1] > 0 && i[2] > 0, "transposedConvolution2D: images \(i) have no rows or no columns")
    let geometry = TransposedGeometry(
        "transposedConvolution2D", Size2D(i[1], i[2]), kernel: Size2D(f[0], f[1]), stride: stride, padding: padding,
        outputPadding: outputPadding, dilation: dilation)
    let descriptor = ConvolutionDescriptor(
        batch: i[0], inputHeight: geometry.output.height, inputWidth: geometry.output.width,
        inputChannels: f[2] * groups, outputChannels: f[3], kernelHeight: f[0], kernelWidth: f[1],
        strideHeight: stride.height, strideWidth: stride.width, paddingTop: geometry.padding.top,
        paddingBottom: geometry.padding.bottom, paddingLeft: geometry.padding.left,
        paddingRight: geometry.padding.right, dilationHeight: dilation.height, dilationWidth: dilation.width,
        groups: groups)
    return Tensor.convolve(descriptor, .inputGradient, input, filter, function, inputs, scalars)
}

/// The transposed 1-D convolution: `transposedConvolution2D` of images of one row, with the same bits.
///
/// - Parameters:
///   - input: `[batch, length, input channels]`.
///   - filter: `[length, output channels / groups, input channels]`, the filter of the convolution that it transposes.
///   - padding: of that convolution, so it is cut off here; `.same` gives an output of input length times stride.
///   - outputPadding: positions added at the end, less than the stride; 0 with `.same`.
/// - Returns: `[batch, (n - 1)·stride + dilation·(f - 1) + 1 - padding + output padding, output channels]`.
public func transposedConvolution1D(
    _ input: Tensor, _ filter: Tensor, stride: Int = 1, padding: Padding1D = .valid, outputPadding: Int = 0,
    dilation: Int = 1, groups: Int = 1, epilogue function: ScalarFunction? = nil, inputs: [Tensor] = [],
    scalars: [Double] = []
) -> Tensor {
    let (i, f) = (input.dimensions, filter.dimensions)
    require(
        i.count == 3 && f.count == 3,
        "transposedConvolution1D: takes sequences [batch, length, channels] and filters [length, out, in], got \(i) and \(f)"
    )
    return transposedConvolution2D(
        input.expandingDimension(at: 1), filter.expandingDimension(at: 0), stride: Size2D(1, stride),
        padding: padding.ofOneRow(kernel: f[0], dilation: dilation), outputPadding: Size2D(0, outputPadding),
        dilation: Size2D(1, dilation), groups: groups, epilogue: function, inputs: inputs.map(\.asInputForOneRow),
        scalars: scalars
    ).squeezed(1)
}

extension Padding1D {
    /// The same for images of one row and windows of one row.
    package func ofOneRow(kernel: Int, dilation: Int) -> Padding {
        switch self {
        case .valid: .valid
        case .same: .same
        case .causal: .explicit(top: 0, bottom: 0, left: windowExtent(kernel, dilation: dilation) - 1, right: 0)
        case .explicit(let before, let after): .explicit(top: 0, bottom: 0, left: before, right: after)
        }
    }
}

/// The size that a transposed convolution gives, and the padding of the convolution that it transposes.
package struct TransposedGeometry {
    package let output: Size2D
    package let padding: (top: Int, bottom: Int, left: Int, right: Int)

    /// Traps, with the operation's name, where there is none.
    package init(
        _ operation: String, _ input: Size2D, kernel: Size2D, stride: Size2D, padding: Padding, outputPadding: Size2D,
        dilation: Size2D
    ) {
        require(
            stride.isPositive && dilation.isPositive,
            "\(operation): stride \(stride) and dilation \(dilation) must be positive")
        require(
            Swift.max(stride.height, stride.width) <= Int(Int32.max),
            "\(operation): stride \(stride) is too large for any array")
        let extent = kernel.dilated(dilation)
        requireExtent(operation, extent.height, extent.width)
        for (size, stride) in [(input.height, stride.height), (input.width, stride.width)] {
            let (product, overflow) = size.multipliedReportingOverflow(by: stride)
            require(
                !overflow && product < 1 << 62,
                "\(operation): images of \(input) with stride \(stride) give more places than any array has")
        }
        if padding == .same {
            require(
                outputPadding == 0,
                "\(operation): output padding \(outputPadding) beside padding .same, which fixes the size")
            output = Size2D(input.height * stride.height, input.width * stride.width)
            self.padding = padding.amounts(height: output.height, width: output.width, extent: extent, stride: stride)
            return
        }
        require(
            outputPadding.height >= 0 && outputPadding.width >= 0 && outputPadding.height < stride.height
                && outputPadding.width < stride.width,
            "\(operation): output padding \(outputPadding) must be at least 0 and less than the stride \(stride)")
        let amounts = padding.amounts(height: input.height, width: input.width, extent: extent, stride: stride)
        requirePadding(operation, amounts.top, amounts.bottom, amounts.left, amounts.right)
        self.padding = amounts
        output = Size2D(
            (input.height - 1) * stride.height + extent.height + outputPadding.height - amounts.top - amounts.bottom,
            (input.width - 1) * stride.width + extent.width + outputPadding.width - amounts.left - amounts.right)
        require(
            output.isPositive,
            "\(operation): padding \(amounts) cuts off everything that images of \(input) and filters of \(extent) give"
        )
    }
}
