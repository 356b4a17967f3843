import UnloopBackend

private let shiftedExp = ScalarFunction("softmax", { (x: Scalar, shift: Scalar) in UnloopBackend.exp(x - shift) })

extension Tensor {
    /// The largest element along an axis where it is finite, 0 where it is not; for shifting before exp.
    fileprivate func finiteMaximum(_ axis: Int) -> Tensor {
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
        let exponentials = shiftedExp(x, x.finiteMaximum(axis))
        let output = exponentials / exponentials.sum(axis, keepingDimensions: true)
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
