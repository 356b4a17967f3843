import UnloopBackend

/// The 1-D convolution of sequences with filters (the cross-correlation, as the field uses the word).
///
/// It is `convolution2D` of images of one row, with the same bits.
///
/// - Parameters:
///   - input: `[batch, length, input channels]`.
///   - filter: `[length, input channels / groups, output channels]`.
///   - dilation: the distance between neighbouring filter elements.
///   - groups: cuts the channels into parts that are convolved apart.
///   - function: applied to each element before it is stored; its first input is the element, the others are those of `inputs`.
///   - inputs: broadcast to the shape of the convolution; a bias of shape `[output channels]` does.
/// - Returns: `[batch, ⌊(n + padding - (dilation·(f - 1) + 1)) / stride⌋ + 1, output channels]`.
public func convolution1D(
    _ input: Tensor, _ filter: Tensor, stride: Int = 1, padding: Padding1D = .valid, dilation: Int = 1,
    groups: Int = 1, epilogue function: ScalarFunction? = nil, inputs: [Tensor] = [], scalars: [Double] = []
) -> Tensor {
    let (i, f) = (input.dimensions, filter.dimensions)
    require(
        i.count == 3 && f.count == 3,
        "convolution1D: takes sequences [batch, length, channels] and filters [length, in, out], got \(i) and \(f)")
    require(
        groups > 0 && i[2] % groups == 0 && f[2] % groups == 0 && f[1] == i[2] / groups,
        "convolution1D: \(i) and filter \(f) do not agree: \(i[2]) channels in \(groups) groups, filter for \(f[1])")
    require(
        stride > 0 && dilation > 0 && f[0] > 0,
        "convolution1D: stride \(stride), dilation \(dilation) and the filter \(f) must be positive")
    let extent = windowExtent(f[0], dilation: dilation)
    let (before, after) = padding.amounts(length: i[1], extent: extent, stride: stride)
    requirePadding("convolution1D", before, after)
    require(
        i[1] == 0 || extent <= i[1] + before + after,
        "convolution1D: a window of \(extent) does not fit into sequences \(i) padded by \(before) and \(after)")
    requireExtent("convolution1D", extent)
    let (rows, filters) = (input.expandingDimension(at: 1), filter.expandingDimension(at: 0))
    let explicit = Padding.explicit(top: 0, bottom: 0, left: before, right: after)
    let (strides, dilations) = (Size2D(1, stride), Size2D(1, dilation))
    guard let function else {
        return convolution2D(
            rows, filters, stride: strides, padding: explicit, dilation: dilations, groups: groups
        ).squeezed(1)
    }
    return convolution2D(
        rows, filters, stride: strides, padding: explicit, dilation: dilations, groups: groups, epilogue: function,
        inputs: inputs.map(\.asInputForOneRow), scalars: scalars
    ).squeezed(1)
}

extension Tensor {
    /// What is broadcast to `[batch, length, channels]`, for `[batch, 1, length, channels]`.
    var asInputForOneRow: Tensor { rank < 3 ? self : expandingDimension(at: -3) }
}
