import UnloopBackend

/// The largest element of each window of images `[batch, height, width, channels]`; padding is never taken; NaN
/// propagates. The first of equal maxima receives the derivative. A window with nothing but padding gives -infinity.
///
/// - Parameter stride: the window's size if nil.
public func maxPool2D(_ input: Tensor, window: Size2D, stride: Size2D? = nil, padding: Padding = .valid) -> Tensor {
    Tensor.pool(.maximum, input, window, stride ?? window, padding)
}

/// The mean of each window of images `[batch, height, width, channels]`, over the elements inside the image; 0 for a window with nothing
/// but padding.
///
/// - Parameter stride: the window's size if nil.
public func averagePool2D(
    _ input: Tensor, window: Size2D, stride: Size2D? = nil, padding: Padding = .valid
) -> Tensor {
    Tensor.pool(.average, input, window, stride ?? window, padding)
}

extension Tensor {
    fileprivate static func pool(
        _ kind: PoolDescriptor.Kind, _ input: Tensor, _ window: Size2D, _ stride: Size2D, _ padding: Padding
    ) -> Tensor {
        let name = kind == .maximum ? "maxPool2D" : "averagePool2D"
        let shape = input.dimensions
        require(shape.count == 4, "\(name): takes images [batch, height, width, channels], got \(shape)")
        require(
            window.isPositive && stride.isPositive,
            "\(name): window \(window) and stride \(stride) must be positive")
        input.requireReal(name)
        let amounts = padding.amounts(height: shape[1], width: shape[2], extent: window, stride: stride)
        requirePadding(name, amounts.top, amounts.bottom, amounts.left, amounts.right)
        requireWindowFits(
            name, window, dimensions: shape, padded: (amounts.top + amounts.bottom, amounts.left + amounts.right))
        let descriptor = PoolDescriptor(
            kind, batch: shape[0], inputHeight: shape[1], inputWidth: shape[2], channels: shape[3],
            windowHeight: window.height, windowWidth: window.width, strideHeight: stride.height,
            strideWidth: stride.width, paddingTop: amounts.top, paddingBottom: amounts.bottom,
            paddingLeft: amounts.left, paddingRight: amounts.right)
        return pool(name, descriptor, .forward, input, nil)
    }

    /// `forward` of the input, or one of the two linear maps `gradient` and `tangent`, which are each other's
    /// transposes; which input each output came from does not change under small changes of the input.
    private static func pool(
        _ name: String, _ descriptor: PoolDescriptor, _ direction: PoolDescriptor.Direction, _ input: Tensor,
        _ second: Tensor?
    ) -> Tensor {
        let target = direction == .gradient ? descriptor.inputShape : descriptor.outputShape
        let result = make(name, on: input.device, input.elementType, target) { backend, output in
            if target.product == 0 { return }
            try backend.pool(
                descriptor, direction, try input.contiguousView(),
                try second?.contiguousView(), output: output)
        }
        if let second {
            // Its transpose, the gradient, gives nothing to elements that no window took.
            return result.recorded(second, selects: direction == .tangent) { cotangent, pass in
                pool(name, descriptor, direction == .gradient ? .tangent : .gradient, pass.saved(input), cotangent)
            }
        }
        return result.recorded(input, selects: true) { cotangent, pass in
            pool(name, descriptor, .gradient, pass.saved(input), cotangent)
        }
    }

    /// All windows of images `[batch, height, width, channels]`, as `[batch, output height, output width,
    /// window height · window width, channels]`, each window row by row.
    ///
    /// - Parameter stride: the window's size if nil.
    public func slidingWindows2D(_ window: Size2D, stride: Size2D? = nil) -> Tensor {
        slidingWindows2D(window, stride ?? window, axis: 3)
    }

    /// - Parameter axis: the new one, which holds the elements of a window.
    fileprivate func slidingWindows2D(_ window: Size2D, _ stride: Size2D, axis: Int) -> Tensor {
        require(rank == 4, "slidingWindows2D: takes images [batch, height, width, channels], got \(dimensions)")
        require(
            window.isPositive && stride.isPositive && window.height <= dimensions[1] && window.width <= dimensions[2],
            "slidingWindows2D: a window of \(window), stride \(stride), does not fit into images \(dimensions)")
        let rows = (dimensions[1] - window.height) / stride.height + 1
        let columns = (dimensions[2] - window.width) / stride.width + 1
        let elements = Dimensions([window.height, window.width]).product
        if elements > 1 << 16 {
            // So many slices take long to make: first whether there is memory for them.
            var target = Dimensions([dimensions[0], rows, columns, dimensions[3]])
            target = Dimensions(target.prefix(axis) + [elements] + target.dropFirst(axis))
            let whole = Tensor.make("slidingWindows2D", on: device, elementType, target) { _, _ in }
            if whole.failure != nil { return whole }
        }
        var parts: [Tensor] = []
        for row in 0..<window.height {
            for column in 0..<window.width {
                parts.append(
                    self[
                        .all, .range(row..<row + (rows - 1) * stride.height + 1, every: stride.height),
                        .range(column..<column + (columns - 1) * stride.width + 1, every: stride.width)])
            }
        }
        return Tensor.stack(parts, axis: axis)
    }
}

/// Pooling with a function of your own: images `[batch, height, width, channels]` to `[batch, output height, output width,
/// channels]`.
///
///     pool2D(images, window: 3, stride: 2) { windows in windows.norm(-1) }
///
/// - Parameters:
///   - stride: the window's size if nil.
///   - function: gets all windows, `[batch, output height, output width, channels, window height · window width]`, and
///     reduces the last axis. Derivatives flow through the tensor operations that it is made of.
public func pool2D(
    _ input: Tensor, window: Size2D, stride: Size2D? = nil, _ function: (_ windows: Tensor) throws -> Tensor
) rethrows -> Tensor {
    let windows = input.slidingWindows2D(window, stride ?? window, axis: 4)
    let result = try function(windows)
    require(
        result.dimensions == Dimensions(windows.dimensions.dropLast()),
        "pool2D: the function turns windows \(windows.dimensions) into \(result.dimensions); it must reduce the last axis"
    )
    return result
}
