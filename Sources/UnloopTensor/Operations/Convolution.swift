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
    package static func same(size: Int, extent: Int, stride: Int) -> (before: Int, after: Int) {
        if size == 0 { return (0, 0) }
        let positions = (size - 1) / stride + 1
        let total = Swift.max(0, (positions - 1) * stride + extent - size)
        return (total / 2, total - total / 2)
    }

    package func amounts(height: Int, width: Int, extent: Size2D, stride: Size2D) -> (
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
    return Tensor.convolve(descriptor, .forward, input, filter, function, inputs, scalars)
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
            stride.isPositive && dilation.isPositive,
            "convolution2D: stride \(stride) and dilation \(dilation) must be positive")
        require(f[0] > 0 && f[1] > 0, "convolution2D: the filter \(f) is empty")
        let extent = Size2D(f[0], f[1]).dilated(dilation)
        let amounts = padding.amounts(height: i[1], width: i[2], extent: extent, stride: stride)
        requirePadding("convolution2D", amounts.top, amounts.bottom, amounts.left, amounts.right)
        requireWindowFits(
            "convolution2D", extent, dimensions: i, padded: (amounts.top + amounts.bottom, amounts.left + amounts.right)
        )
        return ConvolutionDescriptor(
            batch: i[0], inputHeight: i[1], inputWidth: i[2], inputChannels: i[3], outputChannels: f[3],
            kernelHeight: f[0], kernelWidth: f[1], strideHeight: stride.height, strideWidth: stride.width,
            paddingTop: amounts.top, paddingBottom: amounts.bottom, paddingLeft: amounts.left,
            paddingRight: amounts.right, dilationHeight: dilation.height, dilationWidth: dilation.width,
            groups: groups)
    }

    /// Traps where a window is larger than the padded images `[batch, height, width, channels]`. Images without rows or columns have
    /// no windows, and that is no mistake.
    static func requireWindowFits(
        _ operation: String, _ extent: Size2D, dimensions: Dimensions, padded: (rows: Int, columns: Int)
    ) {
        require(
            dimensions[1] == 0 || dimensions[2] == 0
                || (extent.height <= dimensions[1] + padded.rows && extent.width <= dimensions[2] + padded.columns),
            "\(operation): a window of \(extent) does not fit into images \(dimensions) padded by \(padded.rows) rows and \(padded.columns) columns"
        )
        requireExtent(operation, extent.height, extent.width)
    }

    /// One of the three directions, with a function applied before the result is stored.
    static func convolve(
        _ descriptor: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ first: Tensor,
        _ second: Tensor, _ function: ScalarFunction?, _ inputs: [Tensor], _ scalars: [Double]
    ) -> Tensor {
        guard let function else { return convolve(descriptor, direction, first, second) }
        return withEpilogue(
            function, scalars, inputs, (first, second),
            stored: { convolve(descriptor, direction, first, second) },
            fused: { convolveUntracked(descriptor, direction, first, second, epilogue: function, inputs, scalars) },
            cotangents: { convolutionCotangents(descriptor, direction, $0, first, second, $1) })
    }

    /// One of the three directions. Each is linear in both operands, and the derivative with respect to either is again
    /// one of the three, so the family is closed under differentiation.
    fileprivate static func convolve(
        _ descriptor: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ first: Tensor,
        _ second: Tensor
    ) -> Tensor {
        let result = convolveUntracked(descriptor, direction, first, second)
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
        _ second: Tensor, epilogue function: ScalarFunction? = nil, _ inputs: [Tensor] = [], _ scalars: [Double] = []
    ) -> Tensor {
        requireSameDevice("convolution2D", first, second)
        require(
            first.elementType == second.elementType && first.elementType != .int32,
            "convolution2D: elements are \(first.elementType) and \(second.elementType); both must be the same real type"
        )
        let target = descriptor.resultShape(direction)
        let type = epilogueType(function, first.elementType)
        return make("convolution2D", on: first.device, type, target) { backend, output in
            if target.product == 0 { return }
            try backend.convolve(
                descriptor, direction, try first.contiguousView(), try second.contiguousView(),
                epilogue: try function.map { try epilogueOnProduct($0, inputs, scalars, target, target) },
                output: output)
        }
    }
}
