import UnloopBackend
import UnloopTensor

/// A convolution of sequences `[batch, length, channels]` with filters `[length, channels / groups, filters]`
/// (cross-correlation, as the field uses the word), plus a bias for each filter.
public struct Convolution1D: ConvolutionLayer {
    /// Filters, biases and activation.
    public let bank: FilterBank
    /// The length of the filters.
    public let kernel: Int
    /// The step from one position of the filters to the next.
    public let stride: Int
    /// Zeros at the ends of the sequence.
    public let padding: Padding1D
    /// The distance between neighbouring elements of a filter.
    public let dilation: Int

    /// - Parameters:
    ///   - kernel: the length of the filters.
    ///   - padding: zeros around the sequence; `.causal` lets no output see later positions.
    ///   - dilation: the distance between neighbouring elements of a filter.
    ///   - groups: parts into which the channels are cut, each with its own filters.
    public init(
        filters: Int, kernel: Int, stride: Int = 1, padding: Padding1D = .valid, dilation: Int = 1, groups: Int = 1,
        activation: Activation = .identity, bias: Bool = true, initializer: Initializer = .glorotUniform
    ) {
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        bank = FilterBank(
            "Convolution1D", filters: filters, sizes: ("\(kernel)", "\(stride)", "\(dilation)"),
            arePositive: kernel > 0 && stride > 0 && dilation > 0, groups: groups,
            activation: activation, bias: bias, initializer: initializer)
    }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        require(
            inputShape.count == 2 && inputShape[1] % groups == 0,
            "Convolution1D: an example has the shape \(inputShape), not [length, channels] for \(groups) groups")
        return [
            windowedLength(
                "Convolution1D", inputShape, window: kernel, stride: stride, padding: padding, dilation: dilation),
            filters,
        ]
    }

    public func build(inputShape: [Int], _ builder: inout Builder) {
        bank.build([kernel], channels: inputShape[1], &builder)
    }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        bank.forward(pass) { weight, epilogue, inputs in
            convolution1D(
                input, weight, stride: stride, padding: padding, dilation: dilation, groups: groups,
                epilogue: epilogue, inputs: inputs)
        }
    }
}

/// The number of positions that a window takes along a sequence; traps with the layer's name where it does not fit.
func windowedLength(
    _ name: String, _ inputShape: [Int], window: Int, stride: Int, padding: Padding1D, dilation: Int = 1
) -> Int {
    require(inputShape.count == 2, "\(name): an example has the shape \(inputShape), not [length, channels]")
    let extent = windowExtent(window, dilation: dilation)
    let length = windowPositions(
        inputShape[0], extent: extent, stride: stride,
        padding: padding.amounts(length: inputShape[0], extent: extent, stride: stride))
    require(length > 0, "\(name): a window of \(window) does not fit into a sequence of \(inputShape)")
    return length
}
