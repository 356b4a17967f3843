import Synchronization
import UnloopBackend
import UnloopTensor

/// A random scalar program as a value that can be made smaller.
struct RandomFormula: Hashable, Sendable {
    let inputs: [ScalarType]
    let scalars: [ScalarType]
    var instructions: [ScalarProgram.Instruction]
    /// The number of the value that it gives.
    var output: Int

    /// One of `pool` formulas of a seed: few enough that devices which compile them do so once.
    ///
    /// - Parameter areReal: of inputs and result, for an epilogue or a sum; else any.
    static func random(seed: UInt64, pool: Int, number: Int, inputs: ClosedRange<Int>, areReal: Bool = false)
        -> RandomFormula
    {
        let stream = 0xf0_0000_0000 + UInt64(pool) << 20 + UInt64(inputs.lowerBound * 8 + inputs.upperBound) << 12
        var numbers = CounterNumbers(seed: seed, stream: stream + UInt64(number) + (areReal ? 1 << 33 : 0))
        let inputCount = inputs.lowerBound + numbers.below(inputs.count)
        let types: [ScalarType] = (0..<inputCount).map { position in
            areReal || position == 0 || !numbers.chance(1, of: 4) ? .real : .integer
        }
        let scalars: [ScalarType] = (0..<numbers.pick([0, 0, 1, 2])).map { _ in
            numbers.chance(1, of: 4) ? .integer : .real
        }
        var formula = RandomFormula(inputs: types, scalars: scalars, instructions: [], output: 0)
        formula.append(.constant, [], payload: numbers.pick([0.5, 1, -2, 0.1, 3, 1e-3]).bitPattern)
        formula.append(
            .integerConstant, [], payload: UInt64(UInt32(bitPattern: numbers.pick([1, 2, 3, -1, 7, 0x5555, 31]))))
        if numbers.chance(1, of: 4) { formula.append(.index, []) }
        let operations = ScalarOperation.allCases.filter {
            ![.constant, .integerConstant, .index].contains($0) && !($0 == .randomBits && !numbers.chance(1, of: 4))
        }
        for _ in 0..<2 + numbers.below(9) {
            let operation = numbers.chance(1, of: 3) ? numbers.pick(Self.common) : numbers.pick(operations)
            if operation == .randomBits {
                // Its key is four constants.
                let key = (0..<4).map { _ in
                    formula.append(.integerConstant, [], payload: UInt64(numbers.word()))
                }
                formula.append(.randomBits, key, payload: UInt64(numbers.below(3)))
                continue
            }
            let operands = operation.operandTypes.map { type in
                let values = (0..<formula.valueCount).filter { formula.type($0) == type }
                // Later values rather than earlier ones, so that few are computed in vain.
                return values[max(numbers.below(values.count), numbers.below(values.count))]
            }
            formula.append(operation, operands)
        }
        let wantsInteger = !areReal && numbers.chance(1, of: 8)
        formula.output = (0..<formula.valueCount).last { formula.type($0) == (wantsInteger ? .integer : .real) } ?? 0
        return formula
    }

    private static let common: [ScalarOperation] = [
        .add, .subtract, .multiply, .divide, .maximum, .minimum, .select, .exp, .tanh, .squareRoot,
    ]

    var valueCount: Int { inputs.count + scalars.count + instructions.count }

    func type(_ value: Int) -> ScalarType {
        if value < inputs.count { return inputs[value] }
        if value < inputs.count + scalars.count { return scalars[value - inputs.count] }
        return instructions[value - inputs.count - scalars.count].operation.resultType
    }

    var isReal: Bool { type(output) == .real }

    @discardableResult
    private mutating func append(_ operation: ScalarOperation, _ operands: [Int], payload: UInt64 = 0) -> Int {
        instructions.append(ScalarProgram.Instruction(operation, operands, payload: payload))
        return valueCount - 1
    }

    /// The same formula with a part of it as the whole.
    var simpler: [RandomFormula] {
        let first = inputs.count + scalars.count
        guard output >= first else { return [] }
        return instructions[output - first].operands.filter { type($0) == type(output) }.map {
            var part = self
            part.output = $0
            return part
        }
    }

    private static let functions = Mutex<[RandomFormula: ScalarFunction]>([:])

    /// The same object each time, as users keep theirs.
    var function: ScalarFunction {
        if let known = Self.functions.withLock({ $0[self] }) { return known }
        let program = ScalarProgram(inputs: inputs, scalars: scalars) { x, s in
            var values = x + s
            for instruction in instructions {
                values.append(
                    ScalarExpression(
                        instruction.operation, instruction.operands.map { values[$0] }, payload: instruction.payload))
            }
            return [values[output]]
        }
        let function = ScalarFunction("formula", program: program)
        return Self.functions.withLock { functions in
            if let known = functions[self] { return known }
            functions[self] = function
            return function
        }
    }

    /// An expression that makes the function.
    var source: String {
        func list(_ types: [ScalarType]) -> String { "[" + types.map { ".\($0)" }.joined(separator: ", ") + "]" }
        let first = inputs.count + scalars.count
        func name(_ value: Int) -> String {
            if value < inputs.count { return "x[\(value)]" }
            return value < first ? "s[\(value - inputs.count)]" : "t\(value - first)"
        }
        var used: Set<Int> = [output]
        for value in stride(from: output, through: first, by: -1) where used.contains(value) {
            used.formUnion(instructions[value - first].operands)
        }
        let lines = instructions.indices.filter { used.contains($0 + first) }.map { position -> String in
            let instruction = instructions[position]
            let operands = instruction.operands.map(name).joined(separator: ", ")
            let payload = instruction.payload == 0 ? "" : ", payload: \(instruction.payload)"
            return "let t\(position) = ScalarExpression(.\(instruction.operation), [\(operands)]\(payload)); "
        }
        return "ScalarFunction(\"formula\", program: ScalarProgram(inputs: \(list(inputs)), scalars: \(list(scalars))) "
            + "{ x, s in \(lines.joined())return [\(name(output))] })"
    }
}
