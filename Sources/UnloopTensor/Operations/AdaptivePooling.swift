import UnloopBackend

// Position i of m along an axis of n covers the elements ⌊i·n/m⌋ ..< ⌈(i+1)·n/m⌉, the rule of PyTorch's adaptive layers. Windows
// have equal lengths where m divides n; elsewhere they overlap by an element here and there, and where m > n they repeat.

/// The largest element of each of `size` windows that cover images `[batch, height, width, channels]` evenly, whatever their
/// size is. The first of equal maxima receives the derivative; NaN propagates.
public func adaptiveMaxPool2D(_ input: Tensor, to size: Size2D) -> Tensor {
    guard let axes = Tensor.adaptiveAxes("adaptiveMaxPool2D", input, size) else {
        return maxPool2D(input, window: Size2D(input.dimensions[1] / size.height, input.dimensions[2] / size.width))
    }
    // Shorter windows repeat their last element, which changes no maximum and is not the first of equals.
    return maxPool2D(
        input.gathering(axes.rows.positions(on: input.device) { $0.upperBound - 1 }, axis: 1)
            .gathering(axes.columns.positions(on: input.device) { $0.upperBound - 1 }, axis: 2),
        window: Size2D(axes.rows.longest, axes.columns.longest))
}

/// The mean of each of `size` windows that cover images `[batch, height, width, channels]` evenly, whatever their size is.
public func adaptiveAveragePool2D(_ input: Tensor, to size: Size2D) -> Tensor {
    guard let axes = Tensor.adaptiveAxes("adaptiveAveragePool2D", input, size) else {
        return averagePool2D(
            input, window: Size2D(input.dimensions[1] / size.height, input.dimensions[2] / size.width))
    }
    input.requireReal("adaptiveAveragePool2D")
    // Shorter windows are filled up from a row and a column of zeros.
    let shape = input.dimensions
    let windows = input.padded([(0, 0), (0, 1), (0, 1), (0, 0)])
        .gathering(axes.rows.positions(on: input.device) { _ in shape[1] }, axis: 1)
        .gathering(axes.columns.positions(on: input.device) { _ in shape[2] }, axis: 2)
    let sums = windows.reshaped(
        shape[0], size.height, axes.rows.longest, size.width, axes.columns.longest, shape[3]
    ).sum(2, 4)
    let counts = axes.rows.windows.flatMap { row in axes.columns.windows.map { Float(row.count * $0.count) } }
    return sums / Tensor(counts, shape: [size.height, size.width, 1], on: input.device).to(input.elementType)
}

/// The largest element of each of `length` windows that cover sequences `[batch, length, channels]` evenly.
public func adaptiveMaxPool1D(_ input: Tensor, to length: Int) -> Tensor {
    require(input.rank == 3, "adaptiveMaxPool1D: takes sequences [batch, length, channels], got \(input.dimensions)")
    return adaptiveMaxPool2D(input.expandingDimension(at: 1), to: Size2D(1, length)).squeezed(1)
}

/// The mean of each of `length` windows that cover sequences `[batch, length, channels]` evenly.
public func adaptiveAveragePool1D(_ input: Tensor, to length: Int) -> Tensor {
    require(
        input.rank == 3, "adaptiveAveragePool1D: takes sequences [batch, length, channels], got \(input.dimensions)")
    return adaptiveAveragePool2D(input.expandingDimension(at: 1), to: Size2D(1, length)).squeezed(1)
}

/// The largest element of each of `size` windows that cover volumes `[batch, depth, height, width, channels]` evenly.
public func adaptiveMaxPool3D(_ input: Tensor, to size: Size3D) -> Tensor {
    input.adaptedByPlanes("adaptiveMaxPool3D", size, adaptiveMaxPool2D)
}

/// The mean of each of `size` windows that cover volumes `[batch, depth, height, width, channels]` evenly.
public func adaptiveAveragePool3D(_ input: Tensor, to size: Size3D) -> Tensor {
    input.adaptedByPlanes("adaptiveAveragePool3D", size, adaptiveAveragePool2D)
}

/// Windows that cover an axis evenly.
private struct AdaptiveAxis {
    let windows: [Range<Int>]
    let longest: Int

    /// Traps, with the operation's name, where the positions of all windows are not int32.
    init(_ operation: String, size: Int, count: Int) {
        // The longest window has at most so many positions.
        let (total, overflow) = count.multipliedReportingOverflow(by: size / count + 2)
        require(
            !overflow && max(size, total) <= Int(Int32.max),
            "\(operation): \(count) windows over \(size) positions are more than int32 numbers")
        windows = (0..<count).map { $0 * size / count..<(($0 + 1) * size + count - 1) / count }
        longest = windows.map(\.count).max() ?? 0
    }

    /// The positions of all windows one after the other, each as long as the longest, the shorter ones filled up.
    func positions(on device: Device, _ filling: (Range<Int>) -> Int) -> Tensor {
        let longest = longest
        return Tensor(
            int32: windows.flatMap { window in
                (0..<longest).map { Int32($0 < window.count ? window.lowerBound + $0 : filling(window)) }
            }, on: device)
    }
}

extension Tensor {
    /// nil where all windows are alike.
    fileprivate static func adaptiveAxes(_ operation: String, _ input: Tensor, _ size: Size2D) -> (
        rows: AdaptiveAxis, columns: AdaptiveAxis
    )? {
        let shape = input.dimensions
        require(
            shape.count == 4 && shape[1] > 0 && shape[2] > 0,
            "\(operation): takes images [batch, height, width, channels] with at least one row and column, got \(shape)"
        )
        require(size.isPositive, "\(operation): the output's size \(size) must be positive")
        if shape[1] % size.height == 0 && shape[2] % size.width == 0 { return nil }
        require(
            size.height <= Int(Int32.max) / size.width,
            "\(operation): \(size) windows are more than int32 numbers")
        return (
            AdaptiveAxis(operation, size: shape[1], count: size.height),
            AdaptiveAxis(operation, size: shape[2], count: size.width)
        )
    }

    /// Adapts every plane, then the planes' results along the depth.
    fileprivate func adaptedByPlanes(_ operation: String, _ size: Size3D, _ pool: (Tensor, Size2D) -> Tensor) -> Tensor
    {
        let shape = dimensions
        require(
            shape.count == 5, "\(operation): takes volumes [batch, depth, height, width, channels], got \(shape)")
        require(size.isPositive, "\(operation): the output's size \(size) must be positive")
        let planes = pool(
            reshaped(Dimensions([shape[0], shape[1]]).product, shape[2], shape[3], shape[4]), size.plane)
        let area = Dimensions([size.height, size.width]).product
        let depths = pool(planes.reshaped(shape[0], shape[1], area, shape[4]), Size2D(size.depth, area))
        return depths.reshaped(shape[0], size.depth, size.height, size.width, shape[4])
    }
}
