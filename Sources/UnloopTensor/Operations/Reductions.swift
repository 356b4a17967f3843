import UnloopBackend

extension Tensor {
    /// The sum over the given axes, all without arguments; negative axes count from the end. Empty: 0. int32 wraps.
    ///
    /// - Parameter keepingDimensions: leaves the axes in place with size 1.
    public func sum(_ axes: Int..., keepingDimensions: Bool = false) -> Tensor {
        sum(axes: axes.isEmpty ? Array(0..<rank) : axes, keepingDimensions: keepingDimensions)
    }

    /// The sum over the given axes.
    public func sum(axes: [Int], keepingDimensions: Bool = false) -> Tensor {
        let axes = reducedAxes(axes, "sum")
        let kept = keptShape(axes)
        let shape = dimensions
        let result = reduced("sum", .sum, axes).recorded(self) { cotangent, _ in
            cotangent.reshaped(kept).expanded(to: shape)
        }
        return keepingDimensions ? result.reshaped(kept) : result
    }

    /// The mean over the given axes, all without arguments. Empty: NaN.
    public func mean(_ axes: Int..., keepingDimensions: Bool = false) -> Tensor {
        mean(axes: axes.isEmpty ? Array(0..<rank) : axes, keepingDimensions: keepingDimensions)
    }

    /// The mean over the given axes.
    public func mean(axes: [Int], keepingDimensions: Bool = false) -> Tensor {
        requireReal("mean")
        let count = Dimensions(reducedAxes(axes, "mean").map { dimensions[$0] }).product
        return sum(axes: axes, keepingDimensions: keepingDimensions) / Double(count)
    }

    /// The product over the given axes, all without arguments. Empty: 1. int32 wraps.
    ///
    /// The derivative is exact also where elements are zero; second derivatives are not, in slices that hold a zero. It is the product divided
    /// by the element: where the product overflows, underflows or is NaN, so does the derivative.
    public func product(_ axes: Int..., keepingDimensions: Bool = false) -> Tensor {
        let axes = reducedAxes(axes.isEmpty ? Array(0..<rank) : axes, "product")
        let kept = keptShape(axes)
        let input = self
        let result = reduced("product", .product, axes).recorded(self) { cotangent, pass in
            let x = pass.saved(input)
            let isZero = x .== 0
            let zeros = isZero.reduced("sum", .sum, axes).reshaped(kept)
            let nonzero = select(isZero, Tensor.ones(like: x), x)
            let others = nonzero.productOfNonzero(axes, kept) / nonzero
            let wanted = select(zeros .== 0, others, select((zeros .== 1) * isZero, others, Tensor.zeros(like: x)))
            let given = cotangent.reshaped(kept)
            return pass.keepingZero(given, given * wanted)
        }
        return keepingDimensions ? result.reshaped(kept) : result
    }

    private func productOfNonzero(_ axes: Dimensions, _ kept: Dimensions) -> Tensor {
        let input = self
        let result = reduced("product", .product, axes).reshaped(kept)
        return result.recorded(self) { cotangent, pass in
            let x = pass.saved(input)
            return pass.keepingZero(cotangent, cotangent * (x.productOfNonzero(axes, kept) / x))
        }
    }

    /// The largest element over the given axes, all without arguments; NaN if one is. Empty: -infinity. Elements that
    /// are equally large share the derivative equally.
    public func max(_ axes: Int..., keepingDimensions: Bool = false) -> Tensor {
        extreme("max", .maximum, axes, keepingDimensions)
    }

    /// The smallest element over the given axes, all without arguments; NaN if one is. Empty: infinity. Elements that
    /// are equally small share the derivative equally.
    public func min(_ axes: Int..., keepingDimensions: Bool = false) -> Tensor {
        extreme("min", .minimum, axes, keepingDimensions)
    }

    private func extreme(_ name: String, _ reduction: Reduction, _ axes: [Int], _ keeping: Bool) -> Tensor {
        let axes = reducedAxes(axes.isEmpty ? Array(0..<rank) : axes, name)
        let kept = keptShape(axes)
        let input = self
        let plain = reduced(name, reduction, axes)
        let result = plain.recorded(self, selects: true) { cotangent, pass in
            let x = pass.saved(input).stopGradient()
            let mask = (x .== plain.reshaped(kept)).to(x.elementType)
            let given = cotangent.reshaped(kept)
            return pass.keepingZero(given, given * (mask / mask.reduced("sum", .sum, axes).reshaped(kept)))
        }
        return keeping ? result.reshaped(kept) : result
    }

    /// The position of the largest element along an axis, as int32; the first of equals; NaN counts as largest. Axes of more than 2^31
    /// elements, whose positions are no int32, are an error of the result.
    ///
    /// - Precondition: the axis is not empty.
    public func argmax(_ axis: Int = -1, keepingDimensions: Bool = false) -> Tensor {
        position("argmax", .indexOfMaximum, axis, keepingDimensions)
    }

    /// The position of the smallest element along an axis, as int32; the first of equals; NaN counts as smallest. Axes of more than 2^31
    /// elements, whose positions are no int32, are an error of the result.
    ///
    /// - Precondition: the axis is not empty.
    public func argmin(_ axis: Int = -1, keepingDimensions: Bool = false) -> Tensor {
        position("argmin", .indexOfMinimum, axis, keepingDimensions)
    }

    private func position(_ name: String, _ reduction: Reduction, _ axis: Int, _ keeping: Bool) -> Tensor {
        let axis = resolved(axis: axis, name)
        require(dimensions[axis] > 0, "\(name): axis \(axis) of \(dimensions) is empty")
        let result = reduced(name, reduction, [axis])
        return keeping ? result.reshaped(keptShape([axis])) : result
    }

    /// The sum over whatever axes broadcasting repeated: the transpose of `expanded`.
    func summed(to target: Dimensions) -> Tensor {
        if target == dimensions { return self }
        return sum(axes: Array(Tensor.repeatedAxes(dimensions, target))).reshaped(target)
    }

    // MARK: How axes are reduced

    /// Distinct axes from first to last, counted from the front.
    func reducedAxes(_ axes: [Int], _ operation: String) -> Dimensions {
        Tensor.reducedAxes(axes, of: dimensions, operation)
    }

    static func reducedAxes(_ axes: [Int], of shape: Dimensions, _ operation: String) -> Dimensions {
        var isReduced = Dimensions(repeating: 0, count: shape.count)
        for axis in axes {
            let resolved = axis < 0 ? axis + shape.count : axis
            require(resolved >= 0 && resolved < shape.count, "\(operation): \(shape) has no axis \(axis)")
            require(isReduced[resolved] == 0, "\(operation): an axis of \(axes) occurs twice")
            isReduced[resolved] = 1
        }
        return Dimensions(isReduced.indices.lazy.filter { isReduced[$0] == 1 })
    }

    func keptShape(_ axes: Dimensions) -> Dimensions { Tensor.keptShape(axes, of: dimensions) }

    static func keptShape(_ axes: Dimensions, of shape: Dimensions) -> Dimensions {
        var result = shape
        for axis in axes { result[axis] = 1 }
        return result
    }

    /// The axes along which a shape repeats when it is broadcast to a larger one.
    static func repeatedAxes(_ shape: Dimensions, _ target: Dimensions) -> Dimensions {
        let shift = shape.count - target.count
        return Dimensions(shape.indices.lazy.filter { $0 < shift || target[$0 - shift] != shape[$0] })
    }

    /// Reduces axes without keeping them: the last group of adjacent ones first (Numerics.md). Not tracked.
    func reduced(_ name: String, _ reduction: Reduction, _ axes: Dimensions) -> Tensor {
        var result = stopGradient()
        var remaining = axes.count
        while remaining > 0 {
            let last = axes[remaining - 1]
            var first = last
            remaining -= 1
            while remaining > 0, axes[remaining - 1] == first - 1 {
                first -= 1
                remaining -= 1
            }
            result = result.reducedRun(name, reduction, first...last)
        }
        return result
    }

    private func reducedRun(_ name: String, _ reduction: Reduction, _ run: ClosedRange<Int>) -> Tensor {
        Tensor.reduce(name, reduction, [self], dimensions, run, elementType)
    }

    /// Reduces a run of adjacent axes of a program over inputs that are broadcast to one shape. Not tracked.
    ///
    /// - Parameter elementType: that of what is reduced.
    static func reduce(
        _ name: String, _ reduction: Reduction, _ inputs: [Tensor], _ shape: Dimensions, _ run: ClosedRange<Int>,
        prologue: ScalarProgram? = nil, scalars: [Double] = [], _ elementType: ElementType
    ) -> Tensor {
        let outer = shape.product(of: 0..<run.lowerBound)
        let length = shape.product(of: run.lowerBound..<run.upperBound + 1)
        let inner = shape.product(of: run.upperBound + 1..<shape.count)
        let target = shape.removing(run)
        let folded: Dimensions = [outer, length, inner]
        let descriptor = ReduceDescriptor(reduction, outer: outer, length: length, inner: inner, prologue: prologue)
        let type = reduction.givesIndex ? ElementType.int32 : elementType
        return make(name, on: inputs[0].device, type, target) { backend, output in
            if outer * inner == 0 { return }
            var views: [StridedView] = []
            views.reserveCapacity(inputs.count)
            for input in inputs { views.append(try input.broadcastView(shape, foldedTo: folded)) }
            try backend.reduce(
                descriptor, inputs: views, scalars: scalars,
                output: StridedView(output.buffer, shape: [outer, inner]))
        }
    }

    /// The elements of this tensor repeated to a shape, with groups of neighbouring axes as one; copied only when the strides
    /// leave no other way.
    func broadcastView(_ shape: Dimensions, foldedTo folded: Dimensions) throws(TensorError) -> StridedView {
        let whole = reviewed(shape, broadcastStrides(shape))
        if let strides = Self.reshapedStrides(shape, whole.strides, to: folded) {
            return try whole.reviewed(folded, strides).view()
        }
        return try whole.contiguous().reviewed(folded, folded.rowMajorStrides).view()
    }
}
