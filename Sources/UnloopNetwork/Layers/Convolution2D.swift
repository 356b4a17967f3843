import UnloopBackend
import UnloopTensor

/// A convolution of images `[batch, height, width, channels]` with filters `[height, width, channels / groups, filters]`
/// (cross-correlation, as the field uses the word), plus a bias for each filter.
///
/// The number of parameters does not depend on the size of the image.
public struct Convolution2D: ConvolutionLayer {
    /// Filters, biases and activation.
    public let bank: FilterBank
    /// Height and width of the filters.
    public let kernel: Size2D
    /// The step from one position of the filters to the next.
    public let stride: Size2D
    /// Zeros around the image.
    public let padding: Padding
    /// The distance between neighbouring elements of a filter.
    public let dilation: Size2D

    /// - Parameters:
    ///   - kernel: height and width of the filters; a number gives both.
    ///   - padding: zeros around the image; `.same` keeps its size at stride 1.
    ///   - dilation: the distance between neighbouring elements of a filter.
    ///   - groups: parts into which the channels are cut, each with its own filters; as many as there are channels is a depthwise
    ///     convolution.
    public init(
        filters: Int, kernel: Size2D, stride: Size2D = 1, padding: Padding = .valid, dilation: Size2D = 1,
        groups: Int = 1, activation: Activation = .identity, bias: Bool = true,
        initializer: Initializer = .glorotUniform
    ) {
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        bank = FilterBank(
            "Convolution2D", filters: filters, sizes: ("\(kernel)", "\(stride)", "\(dilation)"),
            arePositive: [kernel, stride, dilation].allSatisfy(\.isPositive), groups: groups,
            activation: activation, bias: bias, initializer: initializer)
    }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        require(
            inputShape.count == 3 && inputShape[2] % groups == 0,
            "Convolution2D: an example has the shape \(inputShape), not [height, width, channels] for \(groups) groups")
        return windowedShape(
            "Convolution2D", inputShape, window: kernel, stride: stride, padding: padding, dilation: dilation) + [
                filters
            ]
    }

    public func build(inputShape: [Int], _ builder: inout Builder) {
        bank.build([kernel.height, kernel.width], channels: inputShape[2], &builder)
    }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        bank.forward(pass) { weight, epilogue, inputs in
            guard let epilogue else {
                return convolution2D(
                    input, weight, stride: stride, padding: padding, dilation: dilation, groups: groups)
            }
            return convolution2D(
                input, weight, stride: stride, padding: padding, dilation: dilation, groups: groups,
                epilogue: epilogue, inputs: inputs)
        }
    }
}
