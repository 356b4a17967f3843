import UnloopBackend

extension ScalarFunction {
    /// `centered / √(variance + ε) · scale + shift`.
    package static let normalize = ScalarFunction("normalize", inputs: 4, scalars: 1) { x, s in
        x[0] / UnloopBackend.sqrt(x[1] + s[0]) * x[2] + x[3]
    }
}

/// The same from x, the scale and the shift, with the number of elements of a line and ε.
private let layerNormalizationOfLines = LineProgram { lines in
    let (x, scale, shift) = (lines.input(), lines.input(), lines.input())
    let (count, epsilon) = (lines.scalar(), lines.scalar())
    let share = ScalarProgram(inputs: [.real], scalars: [.real]) { x, s in [(Scalar(x[0]) / Scalar(s[0])).expression] }
    let sum = lines.reduce(.sum, x)
    let mean = lines.map(share, sum, scalars: count)
    let centered = lines.map(ScalarProgram { x, mean in x - mean }, x, mean)
    let squares = lines.map(ScalarFunction.square.program, centered)
    let sumOfSquares = lines.reduce(.sum, squares)
    let variance = lines.map(share, sumOfSquares, scalars: count)
    let deviation = lines.map(
        ScalarProgram(inputs: [.real], scalars: [.real]) { x, s in
            [UnloopBackend.sqrt(Scalar(x[0]) + Scalar(s[0])).expression]
        }, variance, scalars: epsilon)
    let normalized = ScalarProgram(inputs: [.real, .real, .real, .real]) { x, _ in
        [(Scalar(x[0]) / Scalar(x[1]) * Scalar(x[2]) + Scalar(x[3])).expression]
    }
    return [lines.map(normalized, centered, deviation, scale, shift)]
}

extension Tensor {
    /// The last axis brought to mean 0 and variance 1, then scaled and shifted (J. Ba et al., arXiv 1607.06450).
    ///
    /// - Parameters:
    ///   - scale, shift: of the size of the last axis.
    ///   - epsilon: is added to the variance.
    public func layerNormalized(scale: Tensor, shift: Tensor, epsilon: Double = 1e-5) -> Tensor {
        requireReal("layerNormalized")
        let axis = resolved(axis: -1, "layerNormalized")
        let size = dimensions[axis]
        require(
            scale.dimensions == [size] && shift.dimensions == [size],
            "layerNormalized: \(dimensions) needs a scale and a shift of shape [\(size)], got \(scale.dimensions) and \(shift.dimensions)"
        )
        let count = Double(size)
        guard isTracked || scale.isTracked || shift.isTracked else {
            return Tensor.mapLines(
                "layerNormalized", layerNormalizationOfLines, [self, scale, shift], axis: axis,
                scalars: [count, epsilon])[0]
        }
        let centered = self - mean(axis, keepingDimensions: true)
        let variance = Tensor.sum(of: .square, [centered], axes: [axis], keepingDimensions: true) / count
        return ScalarFunction.normalize([centered, variance, scale, shift], scalars: [epsilon])
    }
}
