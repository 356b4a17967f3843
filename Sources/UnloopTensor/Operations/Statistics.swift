import UnloopBackend

extension Tensor {
    /// The mean of the squared distances from the mean, over the given axes, all without arguments.
    ///
    /// - Parameter correction: subtracted from the count in the denominator; 1 for the unbiased estimate of a sample.
    public func variance(_ axes: Int..., correction: Double = 0, keepingDimensions: Bool = false) -> Tensor {
        variance(
            axes: axes.isEmpty ? Array(0..<rank) : axes, correction: correction, keepingDimensions: keepingDimensions)
    }

    /// The variance over the given axes.
    public func variance(axes: [Int], correction: Double = 0, keepingDimensions: Bool = false) -> Tensor {
        requireReal("variance")
        let count = reducedAxes(axes, "variance").reduce(1) { $0 * dimensions[$1] }
        let distance = self - mean(axes: axes, keepingDimensions: true)
        return Tensor.sum(of: .square, [distance], axes: axes, keepingDimensions: keepingDimensions)
            / (Double(count) - correction)
    }

    /// The square root of the variance. Its derivative is not finite where the variance is 0.
    public func standardDeviation(_ axes: Int..., correction: Double = 0, keepingDimensions: Bool = false) -> Tensor {
        sqrt(
            variance(
                axes: axes.isEmpty ? Array(0..<rank) : axes, correction: correction,
                keepingDimensions: keepingDimensions))
    }

    /// The Euclidean norm √Σx² over the given axes, all without arguments. Its derivative at 0 is not finite.
    public func norm(_ axes: Int..., keepingDimensions: Bool = false) -> Tensor {
        sqrt(Tensor.sum(of: .square, [self], axes: axes.isEmpty ? nil : axes, keepingDimensions: keepingDimensions))
    }
}
