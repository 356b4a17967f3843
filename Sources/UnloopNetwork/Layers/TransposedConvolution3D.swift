import UnloopBackend
import UnloopTensor

/// A transposed convolution of volumes `[batch, depth, height, width, channels]` with filters `[depth, height, width, filters / groups,
/// channels]`, plus a bias for each filter.
///
/// With a stride s and `padding: .same` the volume grows s times along each axis.
public struct TransposedConvolution3D: ConvolutionLayer {
    /// Filters, biases and activation.
    public let bank: FilterBank
    /// Depth, height and width of the filters.
    public let kernel: Size3D
    /// The distance in the result between neighbouring elements of the input.
    public let stride: Size3D
    /// Planes, rows and columns cut off the result.
    public let padding: Padding3D
    /// Planes, rows and columns added at the back, the bottom and the right.
    public let outputPadding: Size3D
    /// The distance between neighbouring elements of a filter.
    public let dilation: Size3D

    /// - Parameters:
    ///   - filters: the number of output channels.
    ///   - padding: planes, rows and columns cut off the result.
    ///   - outputPadding: planes, rows and columns added at the back, the bottom and the right, less than the stride.
    ///   - dilation: the distance between neighbouring elements of a filter.
    ///   - groups: parts into which the channels are cut, each with its own filters.
    public init(
        filters: Int, kernel: Size3D, stride: Size3D = 1, padding: Padding3D = .valid, outputPadding: Size3D = 0,
        dilation: Size3D = 1, groups: Int = 1, activation: Activation = .identity, bias: Bool = true,
        initializer: Initializer = .glorotUniform
    ) {
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.outputPadding = outputPadding
        self.dilation = dilation
        bank = FilterBank(
            "TransposedConvolution3D", filters: filters, sizes: ("\(kernel)", "\(stride)", "\(dilation)"),
            arePositive: [kernel, stride, dilation].allSatisfy(\.isPositive), groups: groups,
            activation: activation, bias: bias, initializer: initializer)
    }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        require(
            inputShape.count == 4 && inputShape[3] % groups == 0 && !inputShape.dropLast().contains(0),
            "TransposedConvolution3D: an example has the shape \(inputShape), not [depth, height, width, channels] for \(groups) groups"
        )
        let depth = TransposedGeometry(
            depth: "TransposedConvolution3D", inputShape[0], kernel: kernel.depth, stride: stride, padding: padding,
            outputPadding: outputPadding, dilation: dilation
        ).output.height
        let plane = TransposedGeometry(
            "TransposedConvolution3D", Size2D(inputShape[1], inputShape[2]), kernel: kernel.plane,
            stride: stride.plane, padding: padding.plane, outputPadding: outputPadding.plane, dilation: dilation.plane
        ).output
        return [depth, plane.height, plane.width, filters]
    }

    public func build(inputShape: [Int], _ builder: inout Builder) {
        bank.build(
            [kernel.depth, kernel.height, kernel.width], channels: inputShape[3], isTransposed: true, &builder)
    }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        bank.forward(pass) { weight, epilogue, inputs in
            transposedConvolution3D(
                input, weight, stride: stride, padding: padding, outputPadding: outputPadding,
                dilation: dilation, groups: groups, epilogue: epilogue, inputs: inputs)
        }
    }
}
