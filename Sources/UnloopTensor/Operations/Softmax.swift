import UnloopBackend

private let shiftedExp = ScalarFunction("softmax", { (x: Scalar, shift: Scalar) in UnloopBackend.exp(x - shift) })

private let shareOfExp = ScalarFunction(
    "softmax", { (x: Scalar, shift: Scalar, sum: Scalar) in UnloopBackend.exp(x - shift) / sum })

extension Tensor {
    /// The largest element along an axis where it is finite, 0 where it is not; for shifting before exp.
    func finiteMaximum(_ axis: Int) -> Tensor {
        let largest = stopGradient().max(axis, keepingDimensions: true)
        return finiteOrZero(largest)
    }

    /// log Σ exp(x) over an axis, without overflow. Empty or all -infinity: -infinity.
    public func logSumExp(_ axis: Int = -1, keepingDimensions: Bool = false) -> Tensor {
        requireReal("logSumExp")
        let axis = resolved(axis: axis, "logSumExp")
        let shift = finiteMaximum(axis)
        let result =
            UnloopTensor.log(Tensor.sum(of: shiftedExp, [self, shift], axes: [axis], keepingDimensions: true)) + shift
        return keepingDimensions ? result : result.squeezed(axis)
    }

    /// exp(x) / Σ exp(x) along an axis, without overflow.
    public func softmax(_ axis: Int = -1) -> Tensor {
        requireReal("softmax")
        let axis = resolved(axis: axis, "softmax")
        let x = stopGradient()
        let shift = x.finiteMaximum(axis)
        // Computing the exponentials twice takes less time than storing and reading them.
        let sum = Tensor.sum(of: shiftedExp, [x, shift], axes: [axis], keepingDimensions: true)
        let output = shareOfExp(x, shift, sum)
        return output.recorded(self) { cotangent, pass in
            let y = pass.savedOutput(output)
            return y * (cotangent - (cotangent * y).sum(axis, keepingDimensions: true))
        }
    }

    /// x - log Σ exp(x) along an axis, without overflow.
    public func logSoftmax(_ axis: Int = -1) -> Tensor {
        requireReal("logSoftmax")
        let axis = resolved(axis: axis, "logSoftmax")
        let x = stopGradient()
        let shifted = x - x.finiteMaximum(axis)
        let output = shifted - UnloopTensor.log(Tensor.sum(of: .exp, [shifted], axes: [axis], keepingDimensions: true))
        return output.recorded(self) { cotangent, pass in
            let y = pass.savedOutput(output)
            return cotangent - UnloopTensor.exp(y) * cotangent.sum(axis, keepingDimensions: true)
        }
    }
}

private let finiteOrZero = ScalarFunction("finiteOrZero") { (x: Scalar) in select((x - x) .== 0, x, 0) }

// MARK: Cross-entropy

/// x where both numbers are the same, else 0.
private let pick = ScalarFunction(
    "softmaxCrossEntropy",
    program: ScalarProgram(inputs: [.real, .integer, .integer]) { x, _ in
        [select(IntegerScalar(x[1]) .== IntegerScalar(x[2]), Scalar(x[0]), 0).expression]
    })

/// log Σ exp(x - shift) + shift - x of the class.
private let crossEntropyOfRow = ScalarFunction(
    "softmaxCrossEntropy",
    { (sum: Scalar, shift: Scalar, picked: Scalar) in UnloopBackend.log(sum) + shift - picked })

/// (softmax - one-hot) · cotangent / rows, from (x, shift, Σ exp(x - shift), cotangent, class of the row, class of the column).
private let crossEntropySlope = ScalarFunction(
    "gradient of softmaxCrossEntropy",
    program: ScalarProgram(inputs: [.real, .real, .real, .real, .integer, .integer], scalars: [.real]) { x, s in
        let share = UnloopBackend.exp(Scalar(x[0]) - Scalar(x[1])) / Scalar(x[2])
        let truth = Scalar(converting: IntegerScalar(x[4]) .== IntegerScalar(x[5]))
        return [((share - truth) * (Scalar(x[3]) / Scalar(s[0]))).expression]
    })

extension Tensor {
    /// The mean over all rows of `-log softmax(row)[class]`, this tensor's last axis being the classes: in as few passes as possible,
    /// without overflow.
    ///
    /// - Parameter classes: int32, of this tensor's shape without the last axis, each in `0 ..< size of the last axis`; a row whose
    ///   class is none of these counts as if the logit of its class were 0.
    public func softmaxCrossEntropy(classes: Tensor) -> Tensor {
        requireReal("softmaxCrossEntropy")
        require(
            rank >= 1 && classes.elementType == .int32 && classes.dimensions == Dimensions(dimensions.dropLast()),
            "softmaxCrossEntropy: \(dimensions) needs int32 classes of shape \(Dimensions(dimensions.dropLast())), got \(classes.elementType) \(classes.dimensions)"
        )
        Tensor.requireSameDevice("softmaxCrossEntropy", self, classes)
        let tracked = reshaped(classes.count, dimensions[rank - 1])
        let x = tracked.stopGradient()
        let (rows, columns) = (classes.reshaped(-1, 1), Tensor.indices(dimensions[rank - 1], on: device))
        let shift = x.finiteMaximum(1)
        let sums = Tensor.sum(of: shiftedExp, [x, shift], axes: [1])
        let picked = Tensor.sum(of: pick, [x, rows, columns], axes: [1])
        let total = Tensor.sum(of: crossEntropyOfRow, [sums, shift.squeezed(1), picked])
        let count = Double(classes.count)
        return (total / count).recorded(tracked) { cotangent, pass in
            let x = pass.saved(tracked)
            // The fused formula does not show how the sums depend on x, which the derivative of this derivative needs.
            if x.isTracked {
                return (x.softmax() - rows.reshaped(-1).oneHot(x.dimensions[1], x.elementType)) * (cotangent / count)
            }
            return crossEntropySlope(
                [x, shift, sums.expandingDimension(at: 1), cotangent, rows, columns], scalars: [count])
        }
    }
}
