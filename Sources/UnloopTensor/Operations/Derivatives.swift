import Synchronization
import UnloopBackend

/// The derivatives of a scalar function, each made when it is first wanted.
final class Derivatives: Sendable {
    /// The cotangent of one input, as a function of some of (inputs…, cotangent, output).
    final class Partial: Sendable {
        /// Nil when the cotangent passes through unchanged.
        let function: ScalarFunction?
        /// Positions among (inputs…, cotangent, output).
        let operands: [Int]
        /// The cotangent is always zero.
        let isZero: Bool
        /// Whether there are elements that a selection of the function does not take, whose cotangent is then zero.
        let isConditional: Bool
        private let keeping = Mutex<ScalarFunction?>(nil)

        init(function: ScalarFunction?, operands: [Int], isZero: Bool, isConditional: Bool) {
            self.function = function
            self.operands = operands
            self.isZero = isZero
            self.isConditional = isConditional
        }

        /// The function, but 0 instead of 0 · infinity and 0 · NaN where the cotangent is 0.
        ///
        /// - Parameters:
        ///   - cotangent: its position among (inputs…, cotangent, output).
        ///   - scalarsAreFinite: those of the call; a program alone does not know.
        func keepingZero(cotangent: Int, scalarsAreFinite: Bool) -> ScalarFunction? {
            guard let function, let input = operands.firstIndex(of: cotangent),
                !(scalarsAreFinite && function.program.keepsZero(ofInput: input))
            else { return function }
            return keeping.withLock { known in
                if let known { return known }
                let program = function.program
                let guarded = ScalarFunction(
                    function.name,
                    program: ScalarProgram(inputs: program.inputTypes, scalars: program.scalarTypes) { x, s in
                        let result = Scalar(program.expressions(inputs: x, scalars: s)[program.outputs[0]])
                        let isLost = (Scalar(x[input]) .== 0) & (result .!= result)
                        return [select(isLost, 0, result).expression]
                    })
                known = guarded
                return guarded
            }
        }
    }

    private struct Key: Hashable {
        let input: Int
        let usingOutput: Bool
    }

    private let program: ScalarProgram
    /// What is used in place of the derivative that would be found.
    let custom: ScalarProgram?
    private let realInputs: [Int]
    private let partials = Mutex<[Key: Partial]>([:])

    init(_ program: ScalarProgram, _ custom: ScalarProgram?, _ realInputs: [Int]) {
        self.program = program
        self.custom = custom
        self.realInputs = realInputs
    }

    /// - Parameter usingOutput: whether the function's result will be at hand, so that it need not be computed again.
    func partial(_ input: Int, usingOutput: Bool, name: String) -> Partial {
        let key = Key(input: input, usingOutput: usingOutput)
        if let known = partials.withLock({ $0[key] }) { return known }
        let made = derive(input, usingOutput: usingOutput, name: name)
        partials.withLock { $0[key] = made }
        return made
    }

    private func derive(_ input: Int, usingOutput: Bool, name: String) -> Partial {
        let full: ScalarProgram
        let result: Int
        if let custom, let position = realInputs.firstIndex(of: input) {
            full = custom
            result = custom.outputs[position]
        } else {
            full = program.pullback(withRespectTo: [input])
            result = full.outputs[0]
        }
        let cotangent = program.inputTypes.count
        let isConditional = program.isConditional(input: input)
        if result == cotangent {
            return Partial(function: nil, operands: [], isZero: false, isConditional: isConditional)
        }
        let first = full.firstInstructionValue
        if result >= first, full.instructions[result - first].operation == .constant,
            full.instructions[result - first].constant == 0
        {
            return Partial(function: nil, operands: [], isZero: true, isConditional: false)
        }

        let plain = operands(of: result, in: full, Given())
        if usingOutput {
            let given = valuesGivenByOutput(in: full)
            let short = operands(of: result, in: full, given)
            if short.contains(cotangent + 1), short.count <= plain.count {
                return compact(full, result, short, given, name: name, isConditional: isConditional)
            }
        }
        return compact(full, result, plain, Given(), name: name, isConditional: isConditional)
    }

    /// Values of the full program that need not be computed when the function's result is at hand.
    private struct Given {
        /// The result itself.
        var output: Int?
        /// `x <= 0` where the function ends in `select(x <= 0, 0, x)`, as ReLU does: the same as `result <= 0`.
        var isRectified: Int?
    }

    private func valuesGivenByOutput(in full: ScalarProgram) -> Given {
        var numbers: [ScalarProgram.Instruction: Int] = [:]
        for (position, instruction) in full.instructions.enumerated() {
            numbers[instruction] = full.firstInstructionValue + position
        }
        // The full program has one more input, the cotangent, before the scalars.
        var values: [Int?] = Array(0..<program.inputTypes.count)
        values += program.scalarTypes.indices.map { program.inputTypes.count + 1 + $0 }
        for instruction in program.instructions {
            let operands = instruction.operands.compactMap { values[$0] }
            let same = ScalarProgram.Instruction(instruction.operation, operands, payload: instruction.payload)
            values.append(operands.count == instruction.operands.count ? numbers[same] : nil)
        }
        let output = program.outputs[0]
        guard output >= program.firstInstructionValue else { return Given() }
        return Given(output: values[output], isRectified: rectifyingComparison(output).flatMap { values[$0] })
    }

    /// The number of `x <= 0` if this value of the function is `select(x <= 0, 0, x)`.
    private func rectifyingComparison(_ output: Int) -> Int? {
        func instruction(_ value: Int, _ operation: ScalarOperation) -> ScalarProgram.Instruction? {
            guard value >= program.firstInstructionValue else { return nil }
            let instruction = program.instructions[value - program.firstInstructionValue]
            return instruction.operation == operation ? instruction : nil
        }
        guard let select = instruction(output, .select), instruction(select.operands[1], .constant)?.payload == 0,
            let comparison = instruction(select.operands[0], .lessOrEqual),
            comparison.operands[0] == select.operands[2],
            instruction(comparison.operands[1], .constant)?.payload == 0
        else { return nil }
        return select.operands[0]
    }

    /// What a value of the full program depends on: positions among (inputs…, cotangent, output); the cotangent always,
    /// as it has the shape of the result.
    private func operands(of value: Int, in full: ScalarProgram, _ given: Given) -> [Int] {
        let cotangent = program.inputTypes.count
        var used: Set<Int> = [cotangent]
        var usesOutput = false
        var pending = [value]
        while let value = pending.popLast() {
            if value == given.output || value == given.isRectified {
                usesOutput = true
            } else if used.insert(value).inserted, value >= full.firstInstructionValue {
                pending += full.instructions[value - full.firstInstructionValue].operands
            }
        }
        return full.inputTypes.indices.filter(used.contains) + (usesOutput ? [cotangent + 1] : [])
    }

    /// One value of the full program as a function of what it depends on.
    private func compact(
        _ full: ScalarProgram, _ result: Int, _ operands: [Int], _ given: Given, name: String,
        isConditional: Bool
    ) -> Partial {
        let types = operands.map { $0 < full.inputTypes.count ? full.inputTypes[$0] : .real }
        let program = ScalarProgram(inputs: types, scalars: full.scalarTypes) { inputs, scalars in
            var values = full.inputTypes.enumerated().map { position, type -> ScalarExpression in
                if let place = operands.firstIndex(of: position) { return inputs[place] }
                return type == .real ? Scalar(0).expression : IntegerScalar(integerLiteral: 0).expression
            }
            values += scalars
            for instruction in full.instructions {
                if values.count == given.output {
                    values.append(inputs[inputs.count - 1])
                } else if values.count == given.isRectified {
                    values.append((Scalar(inputs[inputs.count - 1]) .<= 0).expression)
                } else {
                    values.append(
                        ScalarExpression(
                            instruction.operation, instruction.operands.map { values[$0] }, payload: instruction.payload
                        ))
                }
            }
            return [values[result]]
        }
        return Partial(
            function: ScalarFunction("gradient of \(name)", program: program), operands: operands, isZero: false,
            isConditional: isConditional)
    }
}
