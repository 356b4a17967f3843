/// Between which numbers a real value of a program lies, whatever the inputs are, if it is not NaN.
struct ValueBounds: Equatable {
    let lower: Float
    let upper: Float

    static let all = ValueBounds(-.infinity, .infinity)

    /// NaN as a bound, of infinities that cancel for example, bounds nothing.
    init(_ lower: Float, _ upper: Float) {
        self.lower = lower.isNaN ? -.infinity : lower
        self.upper = upper.isNaN ? .infinity : upper
    }

    func union(_ other: ValueBounds) -> ValueBounds {
        ValueBounds(min(lower, other.lower), max(upper, other.upper))
    }

    /// Those of the result of an operation in float32, from those of its operands. Rounding keeps the order of numbers, so bounds
    /// may be computed like the values.
    init(of instruction: ScalarProgram.Instruction, _ operands: [ValueBounds]) {
        switch instruction.operation {
        case .constant:
            let constant = Float(instruction.constant)
            self.init(constant, constant)
        case .negate: self.init(-operands[0].upper, -operands[0].lower)
        case .absolute:
            let (lower, upper) = (operands[0].lower, operands[0].upper)
            self.init(lower > 0 ? lower : upper < 0 ? -upper : 0, max(-lower, upper))
        case .add: self.init(operands[0].lower + operands[1].lower, operands[0].upper + operands[1].upper)
        case .subtract: self.init(operands[0].lower - operands[1].upper, operands[0].upper - operands[1].lower)
        case .multiply where instruction.operands[0] == instruction.operands[1]: self.init(0, .infinity)
        case .multiply where operands[0].lower >= 0 && operands[1].lower >= 0:
            self.init(operands[0].lower * operands[1].lower, operands[0].upper * operands[1].upper)
        case .minimum:
            self.init(min(operands[0].lower, operands[1].lower), min(operands[0].upper, operands[1].upper))
        case .maximum:
            self.init(max(operands[0].lower, operands[1].lower), max(operands[0].upper, operands[1].upper))
        case .select: self = operands[1].union(operands[2])
        case .squareRoot: self.init(0, .infinity)
        // Of x <= 0, what is added to 1 in the formula is not above 0.
        case .exp: self.init(0, operands[0].upper <= 0 ? 1 : .infinity)
        case .sigmoid, .normalDistribution: self.init(0, 1)
        case .tanh: self.init(-1, 1)
        default: self = .all
        }
    }
}

extension ScalarProgram {
    /// For each instruction the C formula `unloop_<name>` (CKernels/formulas) that computes it: that of its operation, or one with
    /// the same result but fewer steps where all values that its operand can have allow it.
    package var formulaNames: [String] {
        var bounds = [ValueBounds](repeating: .all, count: firstInstructionValue)
        bounds.reserveCapacity(firstInstructionValue + instructions.count)
        return instructions.map { instruction in
            let operands = instruction.operands.map { bounds[$0] }
            bounds.append(ValueBounds(of: instruction, operands))
            return switch instruction.operation {
            case .exp where operands[0].upper <= 0: "exp_nonpositive"
            case .log1p where operands[0].lower >= 0 && operands[0].upper <= 1: "log1p_unit"
            default: instruction.operation.rawValue
            }
        }
    }
}
