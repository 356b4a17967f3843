/// When the values of a program count: one that is used only where `select`, `min` or `max` may not take it counts where it is
/// taken, and nowhere else may it change a derivative, not even by 0 · infinity.
///
/// A condition is a number: 0 holds always; every other one is another condition and a literal that holds too. So conditions form a
/// tree, whose paths are as long as selections are nested.
struct BranchConditions {
    private enum Literal: Hashable {
        /// An integer value of the program is not 0, or is 0.
        case isTrue(Int), isFalse(Int)
        /// The `minimum` or `maximum` that defines the value takes its first (second) operand; of equals, both.
        case takesFirst(Int), takesSecond(Int)
        /// One of two conditions holds.
        case either(Int, Int)

        /// Whether one of the two holds, whatever the inputs are.
        func complements(_ other: Literal) -> Bool {
            switch (self, other) {
            case (.isTrue(let a), .isFalse(let b)), (.isFalse(let a), .isTrue(let b)),
                (.takesFirst(let a), .takesSecond(let b)), (.takesSecond(let a), .takesFirst(let b)):
                a == b
            default: false
            }
        }
    }

    private struct Condition: Hashable {
        let parent: Int
        let literal: Literal
    }

    static let always = 0

    /// The conditions from 1 on.
    private var conditions: [Condition] = []
    private var numbers: [Condition: Int] = [:]
    private var depths = [0]
    /// An ancestor further up, by which ancestors are found in logarithmic time (E. Myers, An applicative random-access stack, 1983).
    private var jumps = [0]
    /// For each value when its cotangent counts; nil where it has none.
    private(set) var ofValues: [Int?]
    private let program: ScalarProgram

    init(_ program: ScalarProgram) {
        self.program = program
        let first = program.firstInstructionValue
        ofValues = Array(repeating: nil, count: first + program.instructions.count)
        for output in program.outputs where program.type(ofValue: output) == .real { ofValues[output] = Self.always }
        for (position, instruction) in program.instructions.enumerated().reversed() {
            guard ofValues[first + position] != nil else { continue }
            for place in instruction.operands.indices where instruction.passesDerivative(to: place) {
                let condition = condition(ofOperand: place, of: first + position)
                let operand = instruction.operands[place]
                ofValues[operand] = ofValues[operand].map { union($0, condition) } ?? condition
            }
        }
    }

    /// When what an instruction passes on to an operand counts.
    mutating func condition(ofOperand place: Int, of value: Int) -> Int {
        let instruction = program.instructions[value - program.firstInstructionValue]
        let own = ofValues[value] ?? Self.always
        switch instruction.operation {
        case .select:
            let condition = instruction.operands[0]
            return number(own, place == 1 ? .isTrue(condition) : .isFalse(condition))
        case .minimum, .maximum:
            return number(own, place == 0 ? .takesFirst(value) : .takesSecond(value))
        default: return own
        }
    }

    private mutating func number(_ parent: Int, _ literal: Literal) -> Int {
        if parent > 0, conditions[parent - 1].literal == literal { return parent }
        let condition = Condition(parent: parent, literal: literal)
        if let known = numbers[condition] { return known }
        conditions.append(condition)
        numbers[condition] = conditions.count
        depths.append(depths[parent] + 1)
        let jump = jumps[parent]
        let isEven = depths[parent] - depths[jump] == depths[jump] - depths[jumps[jump]]
        jumps.append(isEven ? jumps[jump] : parent)
        return conditions.count
    }

    private func parent(_ condition: Int) -> Int { condition == 0 ? 0 : conditions[condition - 1].parent }

    private func ancestor(_ condition: Int, depth: Int) -> Int {
        var condition = condition
        while depths[condition] > depth {
            condition = depths[jumps[condition]] >= depth ? jumps[condition] : parent(condition)
        }
        return condition
    }

    /// What holds where one of two conditions does.
    private mutating func union(_ a: Int, _ b: Int) -> Int {
        let depth = min(depths[a], depths[b])
        var (x, y) = (ancestor(a, depth: depth), ancestor(b, depth: depth))
        if x == y { return x }
        while parent(x) != parent(y) {
            (x, y) = jumps[x] == jumps[y] ? (parent(x), parent(y)) : (jumps[x], jumps[y])
        }
        let common = parent(x)
        if depths[a] == depths[common] + 1, depths[b] == depths[a],
            conditions[a - 1].literal.complements(conditions[b - 1].literal)
        {
            return common
        }
        return number(common, .either(min(a, b), max(a, b)))
    }

    // MARK: As expressions

    /// Writes conditions as formulas over the values of the program.
    struct Writer {
        private let conditions: BranchConditions
        private let values: [ScalarExpression]
        private var known: [Int: IntegerScalar] = [:]

        init(_ conditions: BranchConditions, values: [ScalarExpression]) {
            self.conditions = conditions
            self.values = values
        }

        /// `term` where a condition holds, else 0.
        mutating func guarded(_ term: Scalar, by condition: Int) -> Scalar {
            guard condition != BranchConditions.always else { return term }
            let own = conditions.conditions[condition - 1]
            if own.parent == BranchConditions.always {
                switch own.literal {
                case .isTrue(let value): return select(IntegerScalar(values[value]), term, 0)
                case .isFalse(let value): return select(IntegerScalar(values[value]), 0, term)
                default: break
                }
            }
            return select(expression(condition), term, 0)
        }

        /// 1 where a condition other than `always` holds, else 0.
        private mutating func expression(_ condition: Int) -> IntegerScalar {
            var pending = [condition]
            while let next = pending.last {
                let own = conditions.conditions[next - 1]
                var needed = own.parent == BranchConditions.always ? [] : [own.parent]
                if case .either(let a, let b) = own.literal { needed += [a, b] }
                if let missing = needed.first(where: { known[$0] == nil }) {
                    pending.append(missing)
                    continue
                }
                let literal = expression(own.literal)
                known[next] = known[own.parent].map { $0 & literal } ?? literal
                pending.removeLast()
            }
            return known[condition] ?? 1
        }

        private func expression(_ literal: Literal) -> IntegerScalar {
            switch literal {
            case .isTrue(let value): return conditions.isBoolean(value) ? integer(value) : integer(value) .!= 0
            case .isFalse(let value): return integer(value) .== 0
            case .takesFirst(let value):
                let (takesFirst, tied) = conditions.choice(value, values)
                return takesFirst | tied
            case .takesSecond(let value): return conditions.choice(value, values).takesFirst ^ 1
            case .either(let a, let b): return (known[a] ?? 1) | (known[b] ?? 1)
            }
        }

        private func integer(_ value: Int) -> IntegerScalar { IntegerScalar(values[value]) }
    }

    /// Whether an integer value is 0 or 1 whatever the inputs are.
    private func isBoolean(_ value: Int) -> Bool {
        guard value >= program.firstInstructionValue else { return false }
        switch program.instructions[value - program.firstInstructionValue].operation {
        case .equal, .notEqual, .less, .lessOrEqual, .integerEqual, .integerLess: return true
        default: return false
        }
    }

    private func choice(_ value: Int, _ values: [ScalarExpression]) -> (takesFirst: IntegerScalar, tied: IntegerScalar)
    {
        let instruction = program.instructions[value - program.firstInstructionValue]
        return instruction.choice(Scalar(values[instruction.operands[0]]), Scalar(values[instruction.operands[1]]))
    }
}

extension ScalarProgram.Instruction {
    /// Of a `minimum` or `maximum` of a and b.
    func choice(_ a: Scalar, _ b: Scalar) -> (takesFirst: IntegerScalar, tied: IntegerScalar) {
        ((operation == .minimum ? a .< b : b .< a) | (a .!= a), a .== b)
    }

    /// Whether the result has a derivative by this operand that is not zero everywhere.
    func passesDerivative(to place: Int) -> Bool {
        switch operation {
        case .constant, .integerConstant, .index, .randomBits, .floor, .ceiling, .round, .equal, .notEqual, .less,
            .lessOrEqual, .integerSelect, .integerAdd, .integerSubtract, .integerMultiply, .integerAnd, .integerOr,
            .integerXor, .integerShiftLeft, .integerShiftRight, .integerEqual, .integerLess, .realFromInteger,
            .integerFromReal:
            false
        case .select: place > 0
        default: true
        }
    }
}

extension ScalarProgram {
    /// Whether a real value is a number that does not depend on the inputs; scalars of a call are taken to be finite.
    fileprivate func isFiniteConstant(_ value: Int) -> Bool {
        if value < inputTypes.count { return false }
        if value < firstInstructionValue { return true }
        let instruction = instructions[value - firstInstructionValue]
        // As most devices have it: what is too large for float32 is infinite there.
        return instruction.operation == .constant && Float(instruction.constant).isFinite
    }

    /// Whether a cotangent of 0 gives the operand a cotangent of 0, whatever the values are: NaN and infinity times 0 do not.
    func keepsZero(_ instruction: Instruction, place: Int) -> Bool {
        switch instruction.operation {
        case .negate, .add, .subtract, .minimum, .maximum, .select: return true
        case .multiply: return isFiniteConstant(instruction.operands[1 - place])
        case .fusedMultiplyAdd: return place == 2 || isFiniteConstant(instruction.operands[1 - place])
        case .divide:
            let divisor = instruction.operands[1]
            return place == 0 && divisor >= firstInstructionValue && isFiniteConstant(divisor)
                && Float(instructions[divisor - firstInstructionValue].constant) != 0
        default: return false
        }
    }

    /// Whether there are elements for which the outputs do not depend on this input because a selection takes something else.
    package func isConditional(input: Int) -> Bool {
        let selects = instructions.contains { [.select, .minimum, .maximum].contains($0.operation) }
        return selects && (BranchConditions(self).ofValues[input] ?? BranchConditions.always) != BranchConditions.always
    }

    /// Whether the output is 0 wherever this input is, whatever the others are.
    package func keepsZero(ofInput input: Int) -> Bool {
        var isZero = inputTypes.indices.map { $0 == input } + scalarTypes.map { _ in false }
        for instruction in instructions {
            let operands = instruction.operands.map { isZero[$0] }
            switch instruction.operation {
            case .constant: isZero.append(instruction.constant == 0)
            case .negate: isZero.append(operands[0])
            case .add, .subtract, .minimum, .maximum: isZero.append(operands[0] && operands[1])
            case .select: isZero.append(operands[1] && operands[2])
            case .multiply, .divide:
                let place = operands[0] ? 0 : 1
                isZero.append(operands[place] && keepsZero(instruction, place: place))
            default: isZero.append(false)
            }
        }
        return isZero[outputs[0]]
    }
}
