import UnloopBackend

private let shiftedExp = ScalarFunction("softmax", { (x: Scalar, shift: Scalar) in UnloopBackend.exp(x - shift) })

private let finiteOrZero = ScalarFunction("finiteOrZero") { (x: Scalar) in select((x - x) .== 0, x, 0) }

private let product = ScalarProgram { a, b in a * b }
private let difference = ScalarProgram { a, b in a - b }
private let quotient = ScalarProgram { a, b in a / b }
private let logarithm = ScalarProgram { x in UnloopBackend.log(x) }

extension LineProgram.Builder {
    /// The largest element of each line where it is finite, 0 where it is not; for shifting before exp.
    fileprivate mutating func finiteMaximum(_ x: Value) -> Value {
        let largest = reduce(.maximum, x)
        return map(finiteOrZero.program, largest)
    }
}

/// log Σ exp(x)
private let logSumExpOfLines = LineProgram { lines in
    let x = lines.input()
    let shift = lines.finiteMaximum(x)
    let exponentials = lines.map(shiftedExp.program, x, shift)
    let sum = lines.reduce(.sum, exponentials)
    return [lines.map(ScalarProgram { sum, shift in UnloopBackend.log(sum) + shift }, sum, shift)]
}

/// exp(x) / Σ exp(x)
private let softmaxOfLines = LineProgram { lines in
    let x = lines.input()
    let shift = lines.finiteMaximum(x)
    let exponentials = lines.map(shiftedExp.program, x, shift)
    let sum = lines.reduce(.sum, exponentials)
    return [lines.map(quotient, exponentials, sum)]
}

/// y · (cotangent - Σ cotangent · y)
private let softmaxSlopeOfLines = LineProgram { lines in
    let (cotangent, y) = (lines.input(), lines.input())
    let products = lines.map(product, cotangent, y)
    let sum = lines.reduce(.sum, products)
    return [lines.map(ScalarProgram { y, cotangent, sum in y * (cotangent - sum) }, y, cotangent, sum)]
}

/// x - log Σ exp(x)
private let logSoftmaxOfLines = LineProgram { lines in
    let x = lines.input()
    let shift = lines.finiteMaximum(x)
    let shifted = lines.map(difference, x, shift)
    let exponentials = lines.map(ScalarProgram { x in UnloopBackend.exp(x) }, shifted)
    let sum = lines.reduce(.sum, exponentials)
    let logarithms = lines.map(logarithm, sum)
    return [lines.map(difference, shifted, logarithms)]
}

/// cotangent - exp(y) · Σ cotangent
private let logSoftmaxSlopeOfLines = LineProgram { lines in
    let (cotangent, y) = (lines.input(), lines.input())
    let sum = lines.reduce(.sum, cotangent)
    return [
        lines.map(
            ScalarProgram { cotangent, y, sum in cotangent - UnloopBackend.exp(y) * sum }, cotangent, y, sum)
    ]
}

extension BackwardPass {
    /// `slope`, but 0 where it is NaN and the cotangent 0.
    static func zeroWhereUntaken(_ cotangent: Scalar, _ slope: Scalar) -> Scalar {
        select((cotangent .== 0) & (slope .!= slope), 0, slope)
    }
    private static let zeroOfUntaken = ScalarFunction(
        "keepingZero", { (cotangent: Scalar, slope: Scalar) in zeroWhereUntaken(cotangent, slope) })

    /// A slope that is NaN, such as that of a softmax whose logits are all -infinity, is 0 where the cotangent is 0 for elements that were
    /// not taken.
    func keepingZero(_ cotangent: Tensor, _ slope: Tensor) -> Tensor {
        mayHoldUntaken ? Self.zeroOfUntaken(cotangent, slope) : slope
    }
}

extension Tensor {
    /// log Σ exp(x) over an axis, without overflow. Empty or all -infinity: -infinity.
    public func logSumExp(_ axis: Int = -1, keepingDimensions: Bool = false) -> Tensor {
        requireReal("logSumExp")
        let axis = resolved(axis: axis, "logSumExp")
        let result: Tensor
        if isTracked {
            let shift = finiteOrZero(stopGradient().max(axis, keepingDimensions: true))
            result =
                UnloopTensor.log(Tensor.sum(of: shiftedExp, [self, shift], axes: [axis], keepingDimensions: true))
                + shift
        } else {
            result = Tensor.mapLines("logSumExp", logSumExpOfLines, [self], axis: axis)[0]
        }
        return keepingDimensions ? result : result.squeezed(axis)
    }

    /// exp(x) / Σ exp(x) along an axis, without overflow.
    public func softmax(_ axis: Int = -1) -> Tensor {
        requireReal("softmax")
        let axis = resolved(axis: axis, "softmax")
        let output = Tensor.mapLines("softmax", softmaxOfLines, [stopGradient()], axis: axis)[0]
        return output.recorded(self) { cotangent, pass in
            let y = pass.savedOutput(output)
            // The fused formula is not differentiable itself.
            if y.isTracked || cotangent.isTracked {
                return pass.keepingZero(
                    cotangent, y * (cotangent - (cotangent * y).sum(axis, keepingDimensions: true)))
            }
            return pass.keepingZero(
                cotangent, Tensor.mapLines("gradient of softmax", softmaxSlopeOfLines, [cotangent, y], axis: axis)[0])
        }
    }

    /// x - log Σ exp(x) along an axis, without overflow.
    public func logSoftmax(_ axis: Int = -1) -> Tensor {
        requireReal("logSoftmax")
        let axis = resolved(axis: axis, "logSoftmax")
        let output = Tensor.mapLines("logSoftmax", logSoftmaxOfLines, [stopGradient()], axis: axis)[0]
        return output.recorded(self) { cotangent, pass in
            let y = pass.savedOutput(output)
            if y.isTracked || cotangent.isTracked {
                return pass.keepingZero(
                    cotangent, cotangent - UnloopTensor.exp(y) * cotangent.sum(axis, keepingDimensions: true))
            }
            return pass.keepingZero(
                cotangent,
                Tensor.mapLines("gradient of logSoftmax", logSoftmaxSlopeOfLines, [cotangent, y], axis: axis)[0])
        }
    }
}

// MARK: Cross-entropy

/// Where the element of a class lies among all elements, from the class and the number of classes. A number that is no class
/// gives a position outside the line.
private let positionOfClass = ScalarProgram(inputs: [.integer], scalars: [.integer]) { classes, count in
    [(IntegerScalar(classes[0]) + .index * IntegerScalar(count[0])).expression]
}

/// What a line adds to the loss, log Σ exp(x - shift) + shift - x of the class, is made of: the shift, the sum, the position of the
/// element of the class, and that element.
private let crossEntropyOfLines = LineProgram { lines in
    let (x, classes) = (lines.input(), lines.input(.integer, .lines))
    let count = lines.scalar(.integer)
    let shift = lines.finiteMaximum(x)
    let exponentials = lines.map(shiftedExp.program, x, shift)
    let sum = lines.reduce(.sum, exponentials)
    let position = lines.map(positionOfClass, classes, scalars: count)
    let only = lines.map(
        ScalarProgram(inputs: [.real, .integer]) { x, _ in
            [select(.index .== IntegerScalar(x[1]), Scalar(x[0]), 0).expression]
        }, x, position)
    return [shift, sum, position, lines.reduce(.sum, only)]
}

private let crossEntropyOfLine = ScalarFunction(
    "softmaxCrossEntropy",
    { (sum: Scalar, shift: Scalar, picked: Scalar) in UnloopBackend.log(sum) + shift - picked })

/// (softmax - one-hot) · (cotangent / rows)
private let crossEntropySlopeOfLines = LineProgram { lines in
    let x = lines.input()
    let (shift, sum) = (lines.input(.real, .lines), lines.input(.real, .lines))
    let (cotangent, position) = (lines.input(.real, .lines), lines.input(.integer, .lines))
    let rows = lines.scalar()
    let factor = lines.map(
        ScalarProgram(inputs: [.real], scalars: [.real]) { x, s in [(Scalar(x[0]) / Scalar(s[0])).expression] },
        cotangent, scalars: rows)
    let slope = ScalarProgram(inputs: [.real, .real, .real, .integer, .real]) { x, _ in
        let share = UnloopBackend.exp(Scalar(x[0]) - Scalar(x[1])) / Scalar(x[2])
        let truth = Scalar(converting: .index .== IntegerScalar(x[3]))
        return [((share - truth) * Scalar(x[4])).expression]
    }
    return [lines.map(slope, x, shift, sum, position, factor)]
}

/// The same as a function of (x, shift, Σ exp(x - shift), cotangent, class of the row, class of the column), to be differentiated.
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
        let rows = classes.reshaped(-1, 1)
        let (columns, count) = (Double(dimensions[rank - 1]), Double(classes.count))
        let lines = Tensor.mapLines(
            "softmaxCrossEntropy", crossEntropyOfLines, [x, rows], axis: 1, scalars: [columns])
        let (shift, sums, positions, picked) = (lines[0], lines[1], lines[2], lines[3])
        let total = Tensor.sum(of: crossEntropyOfLine, [sums, shift, picked])
        return (total / count).recorded(tracked) { cotangent, pass in
            let x = pass.saved(tracked)
            // The fused formula does not show how the sums depend on x, which the derivative of this derivative needs.
            if x.isTracked {
                return pass.keepingZero(
                    cotangent,
                    (x.softmax() - rows.reshaped(-1).oneHot(x.dimensions[1], x.elementType)) * (cotangent / count))
            }
            if cotangent.isTracked {
                let classes = Tensor.indices(x.dimensions[1], on: x.device)
                return pass.keepingZero(
                    cotangent, crossEntropySlope([x, shift, sums, cotangent, rows, classes], scalars: [count]))
            }
            return pass.keepingZero(
                cotangent,
                Tensor.mapLines(
                    "gradient of softmaxCrossEntropy", crossEntropySlopeOfLines,
                    [x, shift, sums, cotangent, positions],
                    axis: 1, scalars: [count])[0])
        }
    }
}
