import UnloopBackend

/// The transposed 3-D convolution: the linear map whose matrix is the transpose of `convolution3D`'s with the same filter, stride,
/// padding, dilation and groups.
///
/// Every plane of the input is a transposed 2-D convolution that gives one plane for each position of the filter's depth; these are
/// added in the order of the positions, the same on every device.
///
/// - Parameters:
///   - input: `[batch, depth, height, width, input channels]`.
///   - filter: `[depth, height, width, output channels / groups, input channels]`, the filter of the convolution that it
///     transposes.
///   - padding: of that convolution, so it is cut off here; `.same` gives an output of input size times stride.
///   - outputPadding: planes, rows and columns added at the back, the bottom and the right, less than the stride; 0 with `.same`.
///   - function: applied to each element at the end; its first input is the element, the others are those of `inputs`.
///   - inputs: broadcast to the shape of the result; a bias of shape `[output channels]` does.
/// - Returns: `[batch, output depth, output height, output width, output channels]`, each size being
///   (n - 1)·stride + dilation·(f - 1) + 1 - padding + output padding.
public func transposedConvolution3D(
    _ input: Tensor, _ filter: Tensor, stride: Size3D = 1, padding: Padding3D = .valid, outputPadding: Size3D = 0,
    dilation: Size3D = 1, groups: Int = 1, epilogue function: ScalarFunction? = nil, inputs: [Tensor] = [],
    scalars: [Double] = []
) -> Tensor {
    let (i, f) = (input.dimensions, filter.dimensions)
    require(
        i.count == 5 && f.count == 5,
        "transposedConvolution3D: takes volumes [batch, depth, height, width, channels] and filters [depth, height, width, out, in], got \(i) and \(f)"
    )
    require(
        groups > 0 && i[4] % groups == 0 && f[4] == i[4],
        "transposedConvolution3D: \(i) and filter \(f) do not agree: \(i[4]) channels in \(groups) groups, filter for \(f[4])"
    )
    require(f[0] > 0 && f[1] > 0 && f[2] > 0, "transposedConvolution3D: the filter \(f) is empty")
    require(i[1] > 0 && i[2] > 0 && i[3] > 0, "transposedConvolution3D: volumes \(i) are empty")
    let depths = TransposedGeometry(
        depth: "transposedConvolution3D", i[1], kernel: f[0], stride: stride, padding: padding,
        outputPadding: outputPadding, dilation: dilation)

    let filters = filter.permuted([1, 2, 0, 3, 4]).reshaped(f[1], f[2], f[0] * f[3], f[4])
    let images = transposedConvolution2D(
        input.reshaped(Dimensions([i[0], i[1]]).product, i[2], i[3], i[4]), filters, stride: stride.plane,
        padding: padding.plane,
        outputPadding: outputPadding.plane, dilation: dilation.plane, groups: groups)
    let (height, width, channels) = (images.dimensions[1], images.dimensions[2], groups * f[3])
    let parts = images.reshaped(i[0], i[1], height, width, groups, f[0], f[3])

    let depth = depths.padding.top + depths.output.height + depths.padding.bottom
    let shape: Dimensions = [i[0], depth, height, width, channels]
    func spread(_ offset: Int) -> Tensor {
        let planes = parts[.all, .all, .all, .all, .all, offset].reshaped(i[0], i[1], height, width, channels)
        let region = SliceRegion(
            starts: [0, offset * dilation.depth, 0, 0, 0], steps: [1, stride.depth, 1, 1, 1], sizes: planes.dimensions)
        return planes.embedded(in: shape, region, fill: 0)
    }
    let sum = (1..<f[0]).reduce(spread(0)) { $0 + spread($1) }
    let front = depths.padding.top
    let result = sum.sliced(axis: 1, front..<front + depths.output.height)
    guard let function else { return result.contiguous() }
    return Tensor.apply(function, [result] + inputs, scalars: scalars)
}

extension TransposedGeometry {
    /// Of the depth alone, which stands in the place of the height.
    package init(
        depth operation: String, _ depth: Int, kernel: Int, stride: Size3D, padding: Padding3D, outputPadding: Size3D,
        dilation: Size3D
    ) {
        let (front, back) = padding.depthAmounts(depth: depth, extent: 1, stride: 1)
        self.init(
            operation, Size2D(depth, 1), kernel: Size2D(kernel, 1), stride: Size2D(stride.depth, 1),
            padding: padding == .same ? .same : .explicit(top: front, bottom: back, left: 0, right: 0),
            outputPadding: Size2D(outputPadding.depth, 0), dilation: Size2D(dilation.depth, 1))
    }
}
