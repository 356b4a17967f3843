import UnloopBackend
import UnloopTensor

/// A transposed convolution of images `[batch, height, width, channels]` with filters `[height, width, filters / groups, channels]`,
/// plus a bias for each filter: what decoders and generators use to make images larger.
///
/// With a stride s and `padding: .same` the image grows s times.
public struct TransposedConvolution2D: ConvolutionLayer {
    /// Filters, biases and activation.
    public let bank: FilterBank
    /// Height and width of the filters.
    public let kernel: Size2D
    /// The distance in the result between neighbouring elements of the input.
    public let stride: Size2D
    /// Rows and columns cut off the result.
    public let padding: Padding
    /// Rows and columns added at the bottom and the right.
    public let outputPadding: Size2D
    /// The distance between neighbouring elements of a filter.
    public let dilation: Size2D

    /// - Parameters:
    ///   - filters: the number of output channels.
    ///   - padding: rows and columns cut off the result.
    ///   - outputPadding: rows and columns added at the bottom and the right, less than the stride.
    ///   - dilation: the distance between neighbouring elements of a filter.
    ///   - groups: parts into which the channels are cut, each with its own filters.
    public init(
        filters: Int, kernel: Size2D, stride: Size2D = 1, padding: Padding = .valid, outputPadding: Size2D = 0,
        dilation: Size2D = 1, groups: Int = 1, activation: Activation = .identity, bias: Bool = true,
        initializer: Initializer = .glorotUniform
    ) {
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.outputPadding = outputPadding
        self.dilation = dilation
        bank = FilterBank(
            "TransposedConvolution2D", filters: filters, sizes: ("\(kernel)", "\(stride)", "\(dilation)"),
            arePositive: [kernel, stride, dilation].allSatisfy(\.isPositive), groups: groups,
            activation: activation, bias: bias, initializer: initializer)
    }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        require(
            inputShape.count == 3 && inputShape[2] % groups == 0 && inputShape[0] > 0 && inputShape[1] > 0,
            "TransposedConvolution2D: an example has the shape \(inputShape), not [height, width, channels] for \(groups) groups"
        )
        let size = TransposedGeometry(
            "TransposedConvolution2D", Size2D(inputShape[0], inputShape[1]), kernel: kernel, stride: stride,
            padding: padding, outputPadding: outputPadding, dilation: dilation
        ).output
        return [size.height, size.width, filters]
    }

    public func build(inputShape: [Int], _ builder: inout Builder) {
        bank.build([kernel.height, kernel.width], channels: inputShape[2], isTransposed: true, &builder)
    }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        bank.forward(pass) { weight, epilogue, inputs in
            transposedConvolution2D(
                input, weight, stride: stride, padding: padding, outputPadding: outputPadding,
                dilation: dilation, groups: groups, epilogue: epilogue, inputs: inputs)
        }
    }
}

/// A transposed convolution of sequences `[batch, length, channels]` with filters `[length, filters / groups, channels]`, plus a bias
/// for each filter.
///
/// With a stride s and `padding: .same` the sequence grows s times.
public struct TransposedConvolution1D: ConvolutionLayer {
    /// Filters, biases and activation.
    public let bank: FilterBank
    /// The length of the filters.
    public let kernel: Int
    /// The distance in the result between neighbouring elements of the input.
    public let stride: Int
    /// Steps cut off the ends of the result.
    public let padding: Padding1D
    /// Steps added at the end.
    public let outputPadding: Int
    /// The distance between neighbouring elements of a filter.
    public let dilation: Int

    /// - Parameters:
    ///   - filters: the number of output channels.
    ///   - padding: positions cut off the result.
    ///   - outputPadding: positions added at the end, less than the stride.
    ///   - dilation: the distance between neighbouring elements of a filter.
    ///   - groups: parts into which the channels are cut, each with its own filters.
    public init(
        filters: Int, kernel: Int, stride: Int = 1, padding: Padding1D = .valid, outputPadding: Int = 0,
        dilation: Int = 1, groups: Int = 1, activation: Activation = .identity, bias: Bool = true,
        initializer: Initializer = .glorotUniform
    ) {
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.outputPadding = outputPadding
        self.dilation = dilation
        bank = FilterBank(
            "TransposedConvolution1D", filters: filters, sizes: ("\(kernel)", "\(stride)", "\(dilation)"),
            arePositive: kernel > 0 && stride > 0 && dilation > 0, groups: groups,
            activation: activation, bias: bias, initializer: initializer)
    }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        require(
            inputShape.count == 2 && inputShape[1] % groups == 0 && inputShape[0] > 0,
            "TransposedConvolution1D: an example has the shape \(inputShape), not [length, channels] for \(groups) groups"
        )
        let size = TransposedGeometry(
            "TransposedConvolution1D", Size2D(1, inputShape[0]), kernel: Size2D(1, kernel), stride: Size2D(1, stride),
            padding: padding.ofOneRow(kernel: kernel, dilation: dilation), outputPadding: Size2D(0, outputPadding),
            dilation: Size2D(1, dilation)
        ).output
        return [size.width, filters]
    }

    public func build(inputShape: [Int], _ builder: inout Builder) {
        bank.build([kernel], channels: inputShape[1], isTransposed: true, &builder)
    }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        bank.forward(pass) { weight, epilogue, inputs in
            transposedConvolution1D(
                input, weight, stride: stride, padding: padding, outputPadding: outputPadding,
                dilation: dilation, groups: groups, epilogue: epilogue, inputs: inputs)
        }
    }
}
