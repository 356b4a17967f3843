import UnloopBackend

/// A height and a width: of strides, windows, dilations. An integer literal gives both.
public struct Size2D: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    public var height: Int
    public var width: Int

    public init(_ height: Int, _ width: Int) {
        self.height = height
        self.width = width
    }

    public init(_ both: Int) { self.init(both, both) }
    public init(integerLiteral value: Int) { self.init(value, value) }

    public var description: String { "\(height)×\(width)" }
}

/// How images are extended before a window moves over them.
public enum Padding: Hashable, Sendable {
    /// Not at all.
    case valid
    /// So that the output has ⌈size / stride⌉ positions; an odd remainder goes to the bottom and the right.
    case same
    /// By these numbers of rows and columns.
    case explicit(top: Int, bottom: Int, left: Int, right: Int)

    /// By the same number on every side.
    public static func explicit(_ all: Int) -> Padding { .explicit(top: all, bottom: all, left: all, right: all) }

    /// The rows (columns) before and after, for an axis of `size` and a dilated window of `extent`.
    static func same(size: Int, extent: Int, stride: Int) -> (before: Int, after: Int) {
        let positions = (size + stride - 1) / stride
        let total = Swift.max(0, (positions - 1) * stride + extent - size)
        return (total / 2, total - total / 2)
    }

    func amounts(height: Int, width: Int, extent: Size2D, stride: Size2D) -> (
        top: Int, bottom: Int, left: Int, right: Int
    ) {
        switch self {
        case .valid: return (0, 0, 0, 0)
        case .same:
            let vertical = Self.same(size: height, extent: extent.height, stride: stride.height)
            let horizontal = Self.same(size: width, extent: extent.width, stride: stride.width)
            return (vertical.before, vertical.after, horizontal.before, horizontal.after)
        case .explicit(let top, let bottom, let left, let right): return (top, bottom, left, right)
        }
    }
}

/// The 2-D convolution of images with filters (the cross-correlation, as the field uses the word).
///
/// - Parameters:
///   - input: `[batch, height, width, input channels]`.
///   - filter: `[height, width, input channels / groups, output channels]`.
///   - dilation: the distance between neighbouring filter elements.
///   - groups: cuts the channels into parts that are convolved apart; as many as there are channels is depthwise.
/// - Returns: `[batch, output height, output width, output channels]`, the output size being
///   ⌊(n + padding - (dilation·(f - 1) + 1)) / stride⌋ + 1.
public func convolution2D(
    _ input: Tensor, _ filter: Tensor, stride: Size2D = 1, padding: Padding = .valid, dilation: Size2D = 1,
    groups: Int = 1
) -> Tensor {
    let descriptor = Tensor.convolution(input, filter, stride, padding, dilation, groups)
    return Tensor.convolve(descriptor, .forward, input, filter)
}

/// A convolution to which a function is applied before it is stored: bias and activation in one pass.
///
/// - Parameters:
///   - function: its first input is the convolution's element, the others are those of `inputs`.
///   - inputs: broadcast to the shape of the convolution; a bias of shape `[output channels]` does.
public func convolution2D(
    _ input: Tensor, _ filter: Tensor, stride: Size2D = 1, padding: Padding = .valid, dilation: Size2D = 1,
    groups: Int = 1, epilogue function: ScalarFunction, inputs: [Tensor] = [], scalars: [Double] = []
) -> Tensor {
    let descriptor = Tensor.convolution(input, filter, stride, padding, dilation, groups)
    return Tensor.withEpilogue(
        function, scalars, inputs, (input, filter),
        stored: { Tensor.convolve(descriptor, .forward, input, filter) },
        fused: { Tensor.convolveUntracked(descriptor, .forward, input, filter, (function, scalars), inputs) },
        cotangents: { Tensor.convolutionCotangents(descriptor, .forward, $0, input, filter, $1) })
}

extension Tensor {
    fileprivate static func convolution(
        _ input: Tensor, _ filter: Tensor, _ stride: Size2D, _ padding: Padding, _ dilation: Size2D, _ groups: Int
    ) -> ConvolutionDescriptor {
        let (i, f) = (input.dimensions, filter.dimensions)
        require(
            i.count == 4 && f.count == 4,
            "convolution2D: takes images [batch, height, width, channels] and filters [height, width, in, out], got \(i) and \(f)"
        )
        require(
            groups > 0 && i[3] % groups == 0 && f[3] % groups == 0 && f[2] == i[3] / groups,
            "convolution2D: \(i) and filter \(f) do not agree: \(i[3]) channels in \(groups) groups, filter for \(f[2])"
        )
        require(
            stride.height > 0 && stride.width > 0 && dilation.height > 0 && dilation.width > 0,
            "convolution2D: stride \(stride) and dilation \(dilation) must be positive")
        require(f[0] > 0 && f[1] > 0, "convolution2D: the filter \(f) is empty")
        let extent = Size2D(dilation.height * (f[0] - 1) + 1, dilation.width * (f[1] - 1) + 1)
        let amounts = padding.amounts(height: i[1], width: i[2], extent: extent, stride: stride)
        require(
            Swift.min(amounts.top, amounts.bottom, amounts.left, amounts.right) >= 0,
            "convolution2D: padding \(amounts) must not be negative")
        return ConvolutionDescriptor(
            batch: i[0], inputHeight: i[1], inputWidth: i[2], inputChannels: i[3], outputChannels: f[3],
            kernelHeight: f[0], kernelWidth: f[1], strideHeight: stride.height, strideWidth: stride.width,
            paddingTop: amounts.top, paddingBottom: amounts.bottom, paddingLeft: amounts.left,
            paddingRight: amounts.right, dilationHeight: dilation.height, dilationWidth: dilation.width,
            groups: groups)
    }

    /// One of the three directions. Each is linear in both operands, and the derivative with respect to either is again
    /// one of the three, so the family is closed under differentiation.
    fileprivate static func convolve(
        _ descriptor: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ first: Tensor,
        _ second: Tensor
    ) -> Tensor {
        let result = convolveUntracked(descriptor, direction, first, second, nil, [])
        guard first.isTracked || second.isTracked else { return result }
        return result.recorded([first.node, second.node]) {
            convolutionCotangents(descriptor, direction, $0, first, second, $1)
        }
    }

    /// The cotangents of both operands, where the pass wants its first two inputs.
    fileprivate static func convolutionCotangents(
        _ descriptor: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ cotangent: Tensor,
        _ first: Tensor, _ second: Tensor, _ pass: BackwardPass
    ) -> [Tensor?] {
        let (a, b) = (pass.saved(first), pass.saved(second))
        func gradient(_ input: Int, _ compute: () -> Tensor) -> Tensor? { pass.wants(input) ? compute() : nil }
        switch direction {
        case .forward:  // (input, filter) to output
            return [
                gradient(0) { convolve(descriptor, .inputGradient, cotangent, b) },
                gradient(1) { convolve(descriptor, .filterGradient, a, cotangent) },
            ]
        case .inputGradient:  // (output gradient, filter) to input gradient
            return [
                gradient(0) { convolve(descriptor, .forward, cotangent, b) },
                gradient(1) { convolve(descriptor, .filterGradient, cotangent, a) },
            ]
        case .filterGradient:  // (input, output gradient) to filter gradient
            return [
                gradient(0) { convolve(descriptor, .inputGradient, b, cotangent) },
                gradient(1) { convolve(descriptor, .forward, a, cotangent) },
            ]
        }
    }

    fileprivate static func convolveUntracked(
        _ descriptor: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ first: Tensor,
        _ second: Tensor, _ epilogue: (function: ScalarFunction, scalars: [Double])?, _ inputs: [Tensor]
    ) -> Tensor {
        requireSameDevice("convolution2D", first, second)
        require(
            first.elementType == second.elementType && first.elementType != .int32,
            "convolution2D: elements are \(first.elementType) and \(second.elementType); both must be the same real type"
        )
        let target = descriptor.resultShape(direction)
        let type = epilogueType(epilogue?.function, first.elementType)
        return make("convolution2D", on: first.device, type, target) { backend, output in
            if target.product == 0 { return }
            try backend.convolve(
                descriptor, direction, try first.stopGradient().contiguous().view(),
                try second.stopGradient().contiguous().view(),
                epilogue: try epilogue.map { try epilogueOnProduct($0, inputs, target, target) }, output: output)
        }
    }
}
