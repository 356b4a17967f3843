#if OpenCL
    import UnloopBackend

    /// OpenCL C for a scalar program.
    struct ScalarProgramSource {
        let program: ScalarProgram

        init(_ program: ScalarProgram) { self.program = program }

        /// The type of an array's elements and of a scalar parameter.
        static func elementName(_ type: ScalarType) -> String { type == .real ? "float" : "int" }
        /// The type of a vector of `UNLOOP_WIDTH` values.
        static func vectorName(_ type: ScalarType) -> String { type == .real ? "REAL" : "INT" }

        /// A function `name(x0…, s0…, index, &y0…)`: vectors of the inputs, the scalars, the vector of row-major
        /// positions, and where the outputs go.
        func function(named name: String) -> String {
            var parameters: [String] = []
            for (position, type) in program.inputTypes.enumerated() {
                parameters.append("const \(Self.vectorName(type)) x\(position)")
            }
            for (position, type) in program.scalarTypes.enumerated() {
                parameters.append("const \(Self.elementName(type)) s\(position)")
            }
            parameters.append("const INT index")
            for (position, type) in program.outputTypes.enumerated() {
                parameters.append("\(Self.vectorName(type)) *y\(position)")
            }
            var lines = ["UNLOOP_FUNCTION(void) \(name)(\(parameters.joined(separator: ", "))) {"]
            for (position, (instruction, formula)) in zip(program.instructions, program.formulaNames).enumerated() {
                let value = program.firstInstructionValue + position
                let type = Self.vectorName(instruction.operation.resultType)
                lines.append("    const \(type) v\(value) = \(expression(instruction, formula));")
            }
            for (position, output) in program.outputs.enumerated() {
                lines.append("    *y\(position) = \(value(output));")
            }
            lines.append("}")
            return lines.joined(separator: "\n") + "\n"
        }

        private func value(_ number: Int) -> String {
            let inputCount = program.inputTypes.count
            if number < inputCount { return "x\(number)" }
            if number < program.firstInstructionValue {
                let scalar = number - inputCount
                return "(\(Self.vectorName(program.scalarTypes[scalar])))(s\(scalar))"
            }
            return "v\(number)"
        }

        private func expression(_ instruction: ScalarProgram.Instruction, _ formula: String) -> String {
            let operands = instruction.operands.map(value)
            switch instruction.operation {
            case .constant:
                let bits = String(Float(instruction.constant).bitPattern, radix: 16)
                return "(REAL)(as_float(0x\(bits)u))"
            case .integerConstant:
                let bits = String(UInt32(bitPattern: instruction.integerConstant), radix: 16)
                return "(INT)(as_int(0x\(bits)u))"
            case .index: return "index"
            case .randomBits:
                let salt = "(INT)(as_int(0x\(String(UInt32(truncatingIfNeeded: instruction.payload), radix: 16))u))"
                return "unloop_random_bits(\((["index", salt] + operands).joined(separator: ", ")))"
            default: return "unloop_\(formula)(\(operands.joined(separator: ", ")))"
            }
        }
    }

    extension KernelArgument {
        /// The arguments for a program's scalars; integers are exact Doubles of either sign convention.
        static func scalars(_ values: [Double], _ types: [ScalarType]) -> [KernelArgument] {
            zip(types, values).map { type, value in
                type == .real ? .float(Float(value)) : .int(Int32(truncatingIfNeeded: Int64(value)))
            }
        }
    }
#endif
