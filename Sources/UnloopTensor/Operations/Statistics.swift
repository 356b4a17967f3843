import UnloopBackend

extension ScalarFunction {
    /// `(x - mean) - rest`.
    static let center = ScalarFunction("center", { (x: Scalar, mean: Scalar, rest: Scalar) in (x - mean) - rest })
    /// The square root of a sum of squares. Where that is 0, no direction is better than another, and its derivative is 0, as that of the
    /// absolute value is.
    static let length = ScalarFunction(
        "sqrt", program: ScalarProgram { x in UnloopBackend.sqrt(x) },
        pullback: ScalarProgram { x, cotangent in
            let root = UnloopBackend.sqrt(x)
            return select(root .== 0, 0, cotangent * 0.5 / root)
        })
    static let difference = ScalarFunction("subtract", { (a: Scalar, b: Scalar) in a - b })
}

extension Tensor {
    /// The distances from the mean over some axes, and that mean, with size 1 along the axes.
    ///
    /// The mean of numbers that are large beside their differences is off by many of these, once for its sum and once because it is
    /// rounded itself. So the mean of the distances, which would be 0, is taken off them (T. Chan, G. Golub, R. LeVeque, Algorithms for
    /// computing the sample variance, 1983), and added to the mean.
    package func centered(axes: [Int]) -> (distances: Tensor, mean: Tensor) {
        requireReal("mean")
        let axes = Array(reducedAxes(axes, "mean"))
        let count = Dimensions(axes.map { dimensions[$0] }).product
        let mean = mean(axes: axes, keepingDimensions: true)
        // By the elements it has no derivative: it is 0 but for rounding.
        let rest =
            Tensor.sum(
                of: .difference, [stopGradient(), mean.stopGradient()], axes: axes, keepingDimensions: true)
            / Double(count)
        return (ScalarFunction.center(self, mean, rest), mean + rest)
    }

    /// The mean of the squared distances from the mean, over the given axes, all without arguments. Accurate too where the numbers are
    /// large beside their differences, and 0 where all are the same.
    ///
    /// - Parameter correction: subtracted from the count in the denominator; 1 for the unbiased estimate of a sample. Where no more
    ///   than that many elements are left, there is no estimate: the sum of the squared distances is divided by 0, which gives NaN for
    ///   a single element or equal ones, and infinity for others. Over no elements: NaN.
    public func variance(_ axes: Int..., correction: Double = 0, keepingDimensions: Bool = false) -> Tensor {
        variance(
            axes: axes.isEmpty ? Array(0..<rank) : axes, correction: correction, keepingDimensions: keepingDimensions)
    }

    /// The variance over the given axes.
    public func variance(axes: [Int], correction: Double = 0, keepingDimensions: Bool = false) -> Tensor {
        requireReal("variance")
        let count = Dimensions(reducedAxes(axes, "variance").map { dimensions[$0] }).product
        return Tensor.sum(
            of: .square, [centered(axes: axes).distances], axes: axes, keepingDimensions: keepingDimensions)
            / Swift.max(0, Double(count) - correction)
    }

    /// The square root of the variance. Its derivative is 0 where the variance is 0.
    public func standardDeviation(_ axes: Int..., correction: Double = 0, keepingDimensions: Bool = false) -> Tensor {
        ScalarFunction.length(
            variance(
                axes: axes.isEmpty ? Array(0..<rank) : axes, correction: correction,
                keepingDimensions: keepingDimensions))
    }

    /// The Euclidean norm √Σx² over the given axes, all without arguments. Its derivative is 0 where the norm is 0.
    public func norm(_ axes: Int..., keepingDimensions: Bool = false) -> Tensor {
        ScalarFunction.length(
            Tensor.sum(of: .square, [self], axes: axes.isEmpty ? nil : axes, keepingDimensions: keepingDimensions))
    }
}
