import UnloopBackend

// Pooling of sequences and volumes is pooling of images: the largest of the largest is the largest, and the mean of means over
// windows of equal size is the mean.

/// The largest element of each window of sequences `[batch, length, channels]`; padding is never taken; NaN propagates. The
/// first of equal maxima receives the derivative.
///
/// - Parameter stride: the window's length if nil.
public func maxPool1D(_ input: Tensor, window: Int, stride: Int? = nil, padding: Padding1D = .valid) -> Tensor {
    input.pooledAsOneRow("maxPool1D", window, padding) {
        maxPool2D($0, window: Size2D(1, window), stride: Size2D(1, stride ?? window), padding: $1)
    }
}

/// The mean of each window of sequences `[batch, length, channels]`, over the elements inside the sequence.
///
/// - Parameter stride: the window's length if nil.
public func averagePool1D(_ input: Tensor, window: Int, stride: Int? = nil, padding: Padding1D = .valid) -> Tensor {
    input.pooledAsOneRow("averagePool1D", window, padding) {
        averagePool2D($0, window: Size2D(1, window), stride: Size2D(1, stride ?? window), padding: $1)
    }
}

/// The largest element of each window of volumes `[batch, depth, height, width, channels]`; padding is never taken; NaN
/// propagates. The first of equal maxima receives the derivative.
///
/// - Parameter stride: the window's size if nil.
public func maxPool3D(_ input: Tensor, window: Size3D, stride: Size3D? = nil, padding: Padding3D = .valid) -> Tensor {
    input.pooledByPlanes("maxPool3D", window, stride ?? window, padding) {
        maxPool2D($0, window: $1, stride: $2, padding: $3)
    }
}

/// The mean of each window of volumes `[batch, depth, height, width, channels]`, over the elements inside the volume: the mean of each
/// plane's part of the window, then the mean of those.
///
/// - Parameter stride: the window's size if nil.
public func averagePool3D(_ input: Tensor, window: Size3D, stride: Size3D? = nil, padding: Padding3D = .valid) -> Tensor
{
    input.pooledByPlanes("averagePool3D", window, stride ?? window, padding) {
        averagePool2D($0, window: $1, stride: $2, padding: $3)
    }
}

/// The largest element of each channel, the last axis: `[batch, …, channels]` to `[batch, channels]`. Equal maxima share the
/// derivative equally.
public func globalMaxPool(_ input: Tensor) -> Tensor {
    input.requirePositions("globalMaxPool")
    let positions = input.dimensions[1..<input.rank - 1].product
    return input.reshaped(input.dimensions[0], positions, input.dimensions[input.rank - 1]).max(1)
}

/// The mean of each channel, the last axis: `[batch, …, channels]` to `[batch, channels]`.
public func globalAveragePool(_ input: Tensor) -> Tensor {
    input.requirePositions("globalAveragePool")
    return input.mean(axes: Array(1..<input.rank - 1))
}

extension Tensor {
    fileprivate func requirePositions(_ operation: String) {
        require(
            rank >= 3 && dimensions[1..<rank - 1].allSatisfy { $0 > 0 },
            "\(operation): takes [batch, positions…, channels] with at least one position, got \(dimensions)")
    }

    fileprivate func pooledAsOneRow(
        _ operation: String, _ window: Int, _ padding: Padding1D, _ pool: (Tensor, Padding) -> Tensor
    ) -> Tensor {
        require(rank == 3, "\(operation): takes sequences [batch, length, channels], got \(dimensions)")
        return pool(expandingDimension(at: 1), padding.ofOneRow(kernel: window, dilation: 1)).squeezed(1)
    }

    /// Pools every plane, then the planes' results along the depth.
    fileprivate func pooledByPlanes(
        _ operation: String, _ window: Size3D, _ stride: Size3D, _ padding: Padding3D,
        _ pool: (_ images: Tensor, _ window: Size2D, _ stride: Size2D, _ padding: Padding) -> Tensor
    ) -> Tensor {
        require(rank == 5, "\(operation): takes volumes [batch, depth, height, width, channels], got \(dimensions)")
        require(
            window.isPositive && stride.isPositive,
            "\(operation): window \(window) and stride \(stride) must be positive")
        let (batch, depth, channels) = (dimensions[0], dimensions[1], dimensions[4])
        let (front, back) = padding.depthAmounts(depth: depth, extent: window.depth, stride: stride.depth)
        let planes = pool(
            reshaped(Dimensions([batch, depth]).product, dimensions[2], dimensions[3], channels), window.plane,
            stride.plane, padding.plane)
        let (height, width) = (planes.dimensions[1], planes.dimensions[2])
        let result = pool(
            planes.reshaped(batch, depth, Dimensions([height, width]).product, channels), Size2D(window.depth, 1),
            Size2D(stride.depth, 1),
            .explicit(top: front, bottom: back, left: 0, right: 0))
        return result.reshaped(batch, result.dimensions[1], height, width, channels)
    }
}
