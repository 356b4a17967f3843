import UnloopBackend

extension ScalarFunction {
    /// `centered / √(variance + ε) · scale + shift`.
    package static let normalize = ScalarFunction("normalize", inputs: 4, scalars: 1) { x, s in
        x[0] / UnloopBackend.sqrt(x[1] + s[0]) * x[2] + x[3]
    }
}

private let share = ScalarProgram(inputs: [.real], scalars: [.real]) { x, s in
    [(Scalar(x[0]) / Scalar(s[0])).expression]
}
private let deviation = ScalarProgram(inputs: [.real], scalars: [.real]) { x, s in
    [UnloopBackend.sqrt(Scalar(x[0]) + Scalar(s[0])).expression]
}

/// From x, the scale and the shift, with the number of elements of a line and ε: the normalized elements and, if they are wanted,
/// the centered ones and the variance.
private func layerNormalization(withStatistics: Bool) -> LineProgram {
    LineProgram { lines in
        let (x, scale, shift) = (lines.input(), lines.input(), lines.input())
        let (count, epsilon) = (lines.scalar(), lines.scalar())
        let sum = lines.reduce(.sum, x)
        let mean = lines.map(share, sum, scalars: count)
        // What the elements are away from the mean is computed wherever it is wanted: that is faster than to store it.
        let sumOfDistances = lines.reduce(.sum, lines.map(ScalarFunction.difference.program, x, mean))
        let rest = lines.map(share, sumOfDistances, scalars: count)
        let centered = ScalarProgram { x, mean, rest in (x - mean) - rest }
        guard withStatistics else {
            let squares = ScalarProgram { x, mean, rest in
                let centered = (x - mean) - rest
                return centered * centered
            }
            let sumOfSquares = lines.reduce(.sum, lines.map(squares, x, mean, rest))
            let deviations = lines.map(
                ScalarProgram(inputs: [.real], scalars: [.real, .real]) { x, s in
                    [UnloopBackend.sqrt(Scalar(x[0]) / Scalar(s[0]) + Scalar(s[1])).expression]
                }, sumOfSquares, scalars: count, epsilon)
            let normalize = ScalarProgram(inputs: Array(repeating: .real, count: 6)) { x, _ in
                let centered = (Scalar(x[0]) - Scalar(x[1])) - Scalar(x[2])
                return [(centered / Scalar(x[3]) * Scalar(x[4]) + Scalar(x[5])).expression]
            }
            return [lines.map(normalize, x, mean, rest, deviations, scale, shift)]
        }
        let distances = lines.map(centered, x, mean, rest)
        let sumOfSquares = lines.reduce(.sum, lines.map(ScalarFunction.square.program, distances))
        let variance = lines.map(share, sumOfSquares, scalars: count)
        let deviations = lines.map(deviation, variance, scalars: epsilon)
        let normalize = ScalarProgram(inputs: [.real, .real, .real, .real]) { x, _ in
            [(Scalar(x[0]) / Scalar(x[1]) * Scalar(x[2]) + Scalar(x[3])).expression]
        }
        return [lines.map(normalize, distances, deviations, scale, shift), distances, variance]
    }
}

private let layerNormalizationOfLines = layerNormalization(withStatistics: false)
private let layerNormalizationWithStatistics = layerNormalization(withStatistics: true)

/// The cotangent of x from that of the normalized elements, the centered elements, the scale and the variance. Every number rounds
/// as in the rules of the operations that `LayerNormalization.cotangents` uses.
private func layerNormalizationSlope(keepingZero: Bool) -> LineProgram {
    LineProgram { lines in
        let (cotangent, centered, scale) = (lines.input(), lines.input(), lines.input())
        let variance = lines.input(.real, .lines)
        let (count, epsilon) = (lines.scalar(), lines.scalar())
        let deviations = lines.map(deviation, variance, scalars: epsilon)
        let scaled = lines.map(ScalarProgram { cotangent, scale in cotangent * scale }, cotangent, scale)
        let ofVariance = lines.map(
            ScalarProgram { scaled, centered, deviation in
                -(scaled * (centered / deviation) / deviation) * 0.5 / deviation
            }, scaled, centered, deviations)
        let sumOfVariance = lines.reduce(.sum, ofVariance)
        let ofSquares = lines.map(share, sumOfVariance, scalars: count)
        let ofCentered = ScalarProgram(inputs: [.real, .real, .real, .real]) { x, _ in
            let square = Scalar(x[3]) * Scalar(x[2])
            return [(Scalar(x[0]) / Scalar(x[1]) + (square + square)).expression]
        }
        let direct = lines.map(ofCentered, scaled, deviations, centered, ofSquares)
        let negative = lines.map(ScalarProgram { x in -x }, direct)
        let sumOfNegative = lines.reduce(.sum, negative)
        let ofMean = lines.map(share, sumOfNegative, scalars: count)
        guard keepingZero else {
            return [lines.map(ScalarProgram { direct, mean in direct + mean }, direct, ofMean)]
        }
        let kept = ScalarProgram { direct, mean, cotangent in
            BackwardPass.zeroWhereUntaken(cotangent, direct + mean)
        }
        return [lines.map(kept, direct, ofMean, cotangent)]
    }
}

private let layerNormalizationSlopeOfLines = layerNormalizationSlope(keepingZero: false)
/// For cotangents that are 0 where elements were not taken (see `Node.selects`).
private let layerNormalizationSlopeOfTaken = layerNormalizationSlope(keepingZero: true)

extension Tensor {
    /// The last axis brought to mean 0 and variance 1, then scaled and shifted (J. Ba et al., arXiv 1607.06450).
    ///
    /// - Parameters:
    ///   - scale: of the size of the last axis.
    ///   - shift: likewise.
    ///   - epsilon: is added to the variance.
    public func layerNormalized(scale: Tensor, shift: Tensor, epsilon: Double = 1e-5) -> Tensor {
        requireReal("layerNormalized")
        let axis = resolved(axis: -1, "layerNormalized")
        let size = dimensions[axis]
        require(
            scale.dimensions == [size] && shift.dimensions == [size],
            "layerNormalized: \(dimensions) needs a scale and a shift of shape [\(size)], got \(scale.dimensions) and \(shift.dimensions)"
        )
        let operands = [self, scale, shift]
        let isTracked = operands.contains(where: \.isTracked)
        let outputs = Tensor.mapLines(
            "layerNormalized", isTracked ? layerNormalizationWithStatistics : layerNormalizationOfLines,
            operands.map { $0.stopGradient() }, axis: axis, scalars: [Double(size), epsilon])
        if !isTracked { return outputs[0] }
        let rule = LayerNormalization(
            x: self, scale: scale, shift: shift, centered: outputs[1], variance: outputs[2], epsilon: epsilon)
        return outputs[0].recorded(operands.map(\.node)) { rule.cotangents($0, $1) }
    }
}

/// What the derivative of a layer normalization needs.
private struct LayerNormalization: Sendable {
    let x: Tensor
    let scale: Tensor
    let shift: Tensor
    /// Not tracked.
    let centered: Tensor
    let variance: Tensor
    let epsilon: Double

    private var axis: Int { x.rank - 1 }
    private var count: Double { Double(x.dimensions[axis]) }

    /// Of x, the scale and the shift.
    func cotangents(_ cotangent: Tensor, _ pass: BackwardPass) -> [Tensor?] {
        let (x, scale, shift) = (pass.saved(x), pass.saved(scale), pass.saved(shift))
        let isDifferentiated = [cotangent, x, scale].contains(where: \.isTracked)
        var (centered, variance) = (centered, variance)
        if x.isTracked {
            // The statistics depend on x, which the derivative of this derivative needs.
            centered = x.centered(axes: [axis]).distances
            variance = Tensor.sum(of: .square, [centered], axes: [axis], keepingDimensions: true) / count
        }
        let ofX = pass.wants(0) && isDifferentiated
        let wanted = [ofX, ofX, pass.wants(1), pass.wants(2)]
        let operands = [centered, variance, scale, shift]
        let pullback = Pullback(
            .normalize, operands, shapes: operands.map(\.dimensions), wanted: wanted, [epsilon], usingOutput: false)
        let found = pullback(cotangent, nil, pass.wanting(wanted))
        guard pass.wants(0) else { return [nil, found[2], found[3]] }
        guard isDifferentiated, let ofCentered = found[0], let ofVariance = found[1] else {
            let slope = Tensor.mapLines(
                "gradient of layerNormalized",
                pass.mayHoldUntaken ? layerNormalizationSlopeOfTaken : layerNormalizationSlopeOfLines,
                [cotangent, centered, scale, variance], axis: axis, scalars: [count, epsilon])
            return [slope[0], found[2], found[3]]
        }
        let ofSquares = (ofVariance / count).expanded(to: x.dimensions)
        let square = ofSquares * centered
        let direct = ofCentered + (square + square)
        let ofMean = (-direct).sum(axis, keepingDimensions: true) / count
        return [pass.keepingZero(cotangent, direct + ofMean), found[2], found[3]]
    }
}
