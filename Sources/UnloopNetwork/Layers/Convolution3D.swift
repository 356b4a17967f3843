import UnloopBackend
import UnloopTensor

/// A convolution of volumes `[batch, depth, height, width, channels]` with filters `[depth, height, width, channels / groups,
/// filters]` (cross-correlation, as the field uses the word), plus a bias for each filter.
public struct Convolution3D: ConvolutionLayer {
    /// Filters, biases and activation.
    public let bank: FilterBank
    /// Depth, height and width of the filters.
    public let kernel: Size3D
    /// The step from one position of the filters to the next.
    public let stride: Size3D
    /// Zeros around the volume.
    public let padding: Padding3D
    /// The distance between neighbouring elements of a filter.
    public let dilation: Size3D

    /// - Parameters:
    ///   - kernel: depth, height and width of the filters; a number gives all three.
    ///   - padding: zeros around the volume; `.same` keeps its size at stride 1.
    ///   - dilation: the distance between neighbouring elements of a filter.
    ///   - groups: parts into which the channels are cut, each with its own filters.
    public init(
        filters: Int, kernel: Size3D, stride: Size3D = 1, padding: Padding3D = .valid, dilation: Size3D = 1,
        groups: Int = 1, activation: Activation = .identity, bias: Bool = true,
        initializer: Initializer = .glorotUniform
    ) {
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        bank = FilterBank(
            "Convolution3D", filters: filters, sizes: ("\(kernel)", "\(stride)", "\(dilation)"),
            arePositive: [kernel, stride, dilation].allSatisfy(\.isPositive), groups: groups,
            activation: activation, bias: bias, initializer: initializer)
    }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        require(
            inputShape.count == 4 && inputShape[3] % groups == 0,
            "Convolution3D: an example has the shape \(inputShape), not [depth, height, width, channels] for \(groups) groups"
        )
        return windowedVolume(
            "Convolution3D", inputShape, window: kernel, stride: stride, padding: padding, dilation: dilation) + [
                filters
            ]
    }

    public func build(inputShape: [Int], _ builder: inout Builder) {
        bank.build([kernel.depth, kernel.height, kernel.width], channels: inputShape[3], &builder)
    }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        bank.forward(pass) { weight, epilogue, inputs in
            convolution3D(
                input, weight, stride: stride, padding: padding, dilation: dilation, groups: groups,
                epilogue: epilogue, inputs: inputs)
        }
    }
}

/// The shape `[depth, height, width]` that windows moving through a volume leave; traps with the layer's name where none fits.
func windowedVolume(
    _ name: String, _ inputShape: [Int], window: Size3D, stride: Size3D, padding: Padding3D, dilation: Size3D = 1
) -> [Int] {
    require(
        inputShape.count == 4, "\(name): an example has the shape \(inputShape), not [depth, height, width, channels]")
    let extent = window.dilated(dilation)
    let depth = windowPositions(
        inputShape[0], extent: extent.depth, stride: stride.depth,
        padding: padding.depthAmounts(depth: inputShape[0], extent: extent.depth, stride: stride.depth))
    let amounts = padding.plane.amounts(
        height: inputShape[1], width: inputShape[2], extent: extent.plane, stride: stride.plane)
    let height = windowPositions(
        inputShape[1], extent: extent.height, stride: stride.height, padding: (amounts.top, amounts.bottom))
    let width = windowPositions(
        inputShape[2], extent: extent.width, stride: stride.width, padding: (amounts.left, amounts.right))
    require(
        depth > 0 && height > 0 && width > 0,
        "\(name): a window of \(window) does not fit into a volume of \(inputShape)")
    return [depth, height, width]
}
