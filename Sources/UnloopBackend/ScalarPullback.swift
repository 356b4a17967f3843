import Synchronization

/// The pullbacks of a program that have been asked for, each derived once; of many those that were asked for last.
final class PullbackCache: Sendable {
    private let known = Mutex(RecentlyUsed<[Int], ScalarProgram>(limit: 64))

    func program(for inputs: [Int], derive: () -> ScalarProgram) -> ScalarProgram {
        if let program = known.withLock({ $0[inputs] }) { return program }
        let program = derive()
        known.withLock { $0[inputs] = program }
        return program
    }
}

extension ScalarProgram {
    /// The reverse derivative: a program whose inputs are this program's inputs and then one cotangent for each real
    /// output, and whose outputs are the cotangents of the inputs asked for.
    ///
    /// Kinks have the middle of the two derivatives: 0 for `abs` at 0; ties of `min` and `max` give half to each operand, so
    /// `max(x, 0) + log1p(exp(-abs(x)))` has derivative 1/2 at 0. `select` has the derivative of the branch taken; what is not taken
    /// does not count, even where its own derivative is infinite or NaN, and neither do operands that `min` and `max` leave out.
    /// Comparisons, integers and rounding functions have derivative zero.
    ///
    /// - Precondition: the inputs asked for are real.
    public func pullback(withRespectTo inputs: [Int]) -> ScalarProgram {
        storage.pullbacks.program(for: inputs) { derivePullback(withRespectTo: inputs) }
    }

    private func derivePullback(withRespectTo requested: [Int]) -> ScalarProgram {
        let realOutputs = outputs.filter { type(ofValue: $0) == .real }
        let inputTypes = self.inputTypes
        return ScalarProgram(
            inputs: inputTypes + realOutputs.map { _ in .real }, scalars: scalarTypes
        ) { inputs, scalars in
            let values = expressions(inputs: Array(inputs.prefix(inputTypes.count)), scalars: scalars)
            var conditions = BranchConditions(self)
            var writer = BranchConditions.Writer(conditions, values: values)
            var cotangents = [Scalar?](repeating: nil, count: values.count)
            // Whether the cotangent is 0 wherever the value does not count.
            var isClean = [Bool](repeating: true, count: values.count)
            func accumulate(_ value: Int, _ term: Scalar) {
                cotangents[value] = cotangents[value].map { $0 + term } ?? term
            }
            for (position, output) in realOutputs.enumerated() {
                accumulate(output, Scalar(inputs[inputTypes.count + position]))
            }
            for position in instructions.indices.reversed() {
                let value = firstInstructionValue + position
                guard let cotangent = cotangents[value] else { continue }
                let instruction = instructions[position]
                let terms = operandCotangents(instruction, values: values, result: values[value], cotangent)
                for (place, operand) in instruction.operands.enumerated() {
                    guard var term = terms[place] else { continue }
                    let condition = conditions.condition(ofOperand: place, of: value)
                    let isTermClean =
                        condition == BranchConditions.always
                        || (isClean[value] && keepsZero(instruction, place: place))
                    if !isTermClean {
                        // What counts under the same condition may wait until it meets something else.
                        if conditions.ofValues[operand] == condition {
                            isClean[operand] = false
                        } else {
                            term = writer.guarded(term, by: condition)
                        }
                    }
                    accumulate(operand, term)
                }
            }
            return requested.map { input in
                require(inputTypes[input] == .real, "pullback: input \(input) is an integer, which has no derivative")
                guard let cotangent = cotangents[input] else { return Scalar(0).expression }
                if isClean[input] { return cotangent.expression }
                return writer.guarded(cotangent, by: conditions.ofValues[input] ?? BranchConditions.always).expression
            }
        }
    }

    /// The cotangent that each operand receives; nil where the derivative is zero.
    private func operandCotangents(
        _ instruction: Instruction, values: [ScalarExpression], result: ScalarExpression, _ cotangent: Scalar
    ) -> [Scalar?] {
        func operand(_ position: Int) -> Scalar { Scalar(values[instruction.operands[position]]) }
        func condition() -> IntegerScalar { IntegerScalar(values[instruction.operands[0]]) }
        let none = [Scalar?](repeating: nil, count: instruction.operands.count)
        switch instruction.operation {
        case .negate: return [-cotangent]
        case .absolute:
            let x = operand(0)
            return [select(x .> 0, cotangent, select(x .< 0, -cotangent, select(x .== 0, 0, x * cotangent)))]
        case .add: return [cotangent, cotangent]
        case .subtract: return [cotangent, -cotangent]
        case .multiply: return [cotangent * operand(1), cotangent * operand(0)]
        case .divide:
            let quotient = Scalar(result)
            return [cotangent / operand(1), -(cotangent * quotient / operand(1))]
        case .squareRoot: return [cotangent * 0.5 / Scalar(result)]
        case .fusedMultiplyAdd: return [cotangent * operand(1), cotangent * operand(0), cotangent]
        case .minimum, .maximum:
            let (a, b) = (operand(0), operand(1))
            let (takesFirst, tied) = instruction.choice(a, b)
            return [
                select(takesFirst, cotangent, select(tied, 0.5 * cotangent, 0)),
                select(takesFirst, 0, select(tied, 0.5 * cotangent, cotangent)),
            ]
        case .exp: return [cotangent * Scalar(result)]
        // Not result + 1, which cancels where x is far below 0.
        case .expm1: return [cotangent * exp(operand(0))]
        case .log: return [cotangent / operand(0)]
        case .log1p: return [cotangent / (operand(0) + 1)]
        case .tanh:
            let y = Scalar(result)
            return [cotangent * (1 - y * y)]
        case .sigmoid:
            let y = Scalar(result)
            return [cotangent * (y * (1 - y))]
        case .erf:
            let twoOverRootPi = 1.1283791670955126
            // Beyond 40 the result is 0, in float64 too.
            let x = bounded(operand(0), 40)
            return [cotangent * (Scalar(twoOverRootPi) * exp(-(x * x)))]
        case .normalDistribution: return [cotangent * normalDensity(operand(0))]
        case .sin: return [cotangent * cos(operand(0))]
        case .cos: return [-(cotangent * sin(operand(0)))]
        case .power:
            let (x, y) = (operand(0), operand(1))
            // 0^y does not depend on y > 0; without the selection 0 · log 0 would be NaN. So would infinity^y of y < 0. Only 0^0 is 1, which
            // tells it from 0^y of y < 0 or NaN by the result, so that y need not be kept.
            let isLevel = (Scalar(result) .== 0) | ((x .== 0) & (Scalar(result) .== 1))
            let exponentTerm = select(isLevel, 0, Scalar(result) * log(x))
            let baseTerm = select(y .== 0, 0, y * pow(x, y - 1))
            return [cotangent * baseTerm, cotangent * exponentTerm]
        case .select:
            return [nil, select(condition(), cotangent, 0), select(condition(), 0, cotangent)]
        case .constant, .integerConstant, .index, .randomBits, .floor, .ceiling, .round, .equal, .notEqual, .less,
            .lessOrEqual, .integerSelect, .integerAdd, .integerSubtract, .integerMultiply, .integerAnd, .integerOr,
            .integerXor, .integerShiftLeft, .integerShiftRight, .integerEqual, .integerLess, .realFromInteger,
            .integerFromReal:
            return none
        }
    }
}

/// x, or what it may be at most in size, for products with what is 0 beyond.
package func bounded(_ x: Scalar, _ size: Double) -> Scalar {
    select(x .> Scalar(size), Scalar(size), select(x .< Scalar(-size), Scalar(-size), x))
}

/// exp(-x²/2) / √(2π), the density of the standard normal distribution. What x² loses when it is rounded is made good by a factor:
/// in the tails it would be many units in the last place of the result.
package func normalDensity(_ x: Scalar) -> Scalar {
    let distance = bounded(x, 40)
    let square = distance * distance
    let lost = fma(distance, distance, -square)
    let oneOverRootTwoPi = Scalar(0.3989422804014327)
    return oneOverRootTwoPi * exp(-(0.5 * square)) * (1 - 0.5 * lost)
}
