import UnloopBackend
import UnloopTensor

/// A convolution of images `[batch, height, width, channels]` with filters `[height, width, channels / groups, filters]`
/// (cross-correlation, as the field uses the word), plus a bias for each filter.
///
/// The number of parameters does not depend on the size of the image.
public final class Convolution2D: Layer {
    public let filters: Int
    public let kernel: Size2D
    public let stride: Size2D
    public let padding: Padding
    public let dilation: Size2D
    public let groups: Int
    public let activation: Activation
    public let usesBias: Bool
    public let initializer: Initializer
    public let weight = Parameter("weight", isRegularized: true)
    public let bias = Parameter("bias")

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
        require(
            filters > 0 && groups > 0 && filters % groups == 0
                && [kernel, stride, dilation].allSatisfy(\.isPositive),
            "Convolution2D: \(filters) filters of \(kernel), stride \(stride), dilation \(dilation), \(groups) groups")
        self.filters = filters
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        self.activation = activation
        usesBias = bias
        self.initializer = initializer
    }

    public var kind: String { activation.describing("Convolution2D", "\(filters) of \(kernel)") }
    public var parameters: [Parameter] { usesBias ? [weight, bias] : [weight] }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        require(
            inputShape.count == 3 && inputShape[2] % groups == 0,
            "Convolution2D: an example has the shape \(inputShape), not [height, width, channels] for \(groups) groups")
        return windowedShape(
            "Convolution2D", inputShape, window: kernel, stride: stride, padding: padding, dilation: dilation) + [
                filters
            ]
    }

    public func build(inputShape: [Int], _ builder: Builder) {
        let channels = inputShape[2] / groups
        let area = kernel.height * kernel.width
        builder.make(
            weight, [kernel.height, kernel.width, channels, filters], initializer, inputs: area * channels,
            outputs: area * filters / groups)
        if usesBias { builder.make(bias, [filters], .zeros) }
    }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        activation.afterProduct(bias: usesBias ? bias.value : nil) { epilogue, inputs in
            guard let epilogue else {
                return convolution2D(
                    input, weight.value, stride: stride, padding: padding, dilation: dilation, groups: groups)
            }
            return convolution2D(
                input, weight.value, stride: stride, padding: padding, dilation: dilation, groups: groups,
                epilogue: epilogue, inputs: inputs)
        }
    }
}
