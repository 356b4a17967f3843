import UnloopBackend

/// The 3-D convolution of volumes with filters (the cross-correlation, as the field uses the word).
///
/// The planes that a filter meets are laid side by side as channels, which leaves one 2-D convolution: every output is one chain
/// over kernel row, kernel column, kernel depth and input channel, the same on every device. This takes memory for as many
/// copies of the input as the filter is deep (divided by the stride in depth).
///
/// - Parameters:
///   - input: `[batch, depth, height, width, input channels]`.
///   - filter: `[depth, height, width, input channels / groups, output channels]`.
///   - dilation: the distance between neighbouring filter elements.
///   - groups: cuts the channels into parts that are convolved apart.
///   - function: applied to each element before it is stored; its first input is the element, the others are those of `inputs`.
///   - inputs: broadcast to the shape of the convolution; a bias of shape `[output channels]` does.
/// - Returns: `[batch, output depth, output height, output width, output channels]`, each size being
///   ⌊(n + padding - (dilation·(f - 1) + 1)) / stride⌋ + 1.
public func convolution3D(
    _ input: Tensor, _ filter: Tensor, stride: Size3D = 1, padding: Padding3D = .valid, dilation: Size3D = 1,
    groups: Int = 1, epilogue function: ScalarFunction? = nil, inputs: [Tensor] = [], scalars: [Double] = []
) -> Tensor {
    let (i, f) = (input.dimensions, filter.dimensions)
    require(
        i.count == 5 && f.count == 5,
        "convolution3D: takes volumes [batch, depth, height, width, channels] and filters [depth, height, width, in, out], got \(i) and \(f)"
    )
    require(
        groups > 0 && i[4] % groups == 0 && f[4] % groups == 0 && f[3] == i[4] / groups,
        "convolution3D: \(i) and filter \(f) do not agree: \(i[4]) channels in \(groups) groups, filter for \(f[3])")
    require(
        stride.isPositive && dilation.isPositive && f[0] > 0 && f[1] > 0 && f[2] > 0,
        "convolution3D: stride \(stride), dilation \(dilation) and the filter \(f) must be positive")
    let extent = Size3D(f[0], f[1], f[2]).dilated(dilation)
    let (front, back) = padding.depthAmounts(depth: i[1], extent: extent.depth, stride: stride.depth)
    requireExtent("convolution3D", extent.depth)
    requirePadding("convolution3D", front, back)
    let depth = windowPositions(i[1], extent: extent.depth, stride: stride.depth, padding: (front, back))
    require(
        depth > 0 || i[1] == 0 || i[2] == 0 || i[3] == 0,
        "convolution3D: a window of \(extent) does not fit into volumes \(i) padded by \(front) and \(back) planes")

    let padded = front + back == 0 ? input : input.padded([(0, 0), (front, back), (0, 0), (0, 0), (0, 0)])
    let planes = (0..<f[0]).map { offset in
        let first = offset * dilation.depth
        // Volumes without planes have no positions.
        let range = depth == 0 ? 0..<0 : first..<first + (depth - 1) * stride.depth + 1
        return padded[.all, .range(range, every: stride.depth)]
            .reshaped(i[0], depth, i[2], i[3], groups, f[3])
    }
    let images = Tensor.stack(planes, axis: 5).reshaped(
        Dimensions([i[0], depth]).product, i[2], i[3], Dimensions([f[0], i[4]]).product)
    let filters = filter.permuted([1, 2, 0, 3, 4]).reshaped(f[1], f[2], f[0] * f[3], f[4])
    let result: Tensor
    if let function {
        let (extent, plane) = (extent.plane, padding.plane)
        let amounts = plane.amounts(height: i[2], width: i[3], extent: extent, stride: stride.plane)
        let height = windowPositions(
            i[2], extent: extent.height, stride: stride.height, padding: (amounts.top, amounts.bottom))
        let width = windowPositions(
            i[3], extent: extent.width, stride: stride.width, padding: (amounts.left, amounts.right))
        // What does not differ between planes fits as it is; the rest is spread out to them.
        let spread = inputs.map { input in
            input.rank < 4
                ? input
                : input.expanded(to: [i[0], depth, height, width, f[4]]).reshaped(i[0] * depth, height, width, f[4])
        }
        result = convolution2D(
            images, filters, stride: stride.plane, padding: plane, dilation: dilation.plane, groups: groups,
            epilogue: function, inputs: spread, scalars: scalars)
    } else {
        result = convolution2D(
            images, filters, stride: stride.plane, padding: padding.plane, dilation: dilation.plane, groups: groups)
    }
    let shape = result.dimensions
    return result.reshaped(i[0], depth, shape[1], shape[2], shape[3])
}
