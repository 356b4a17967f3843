import UnloopBackend

/// The text of CKernels/cpu/compiled_programs.h.
struct CompiledProgramSource {
    let programs: [LibraryProgram]

    var text: String {
        let introduction = """
            // The scalar programs that ship with the library. map_compiled.body.h and map_compiled.c include this text and say what
            // the words mean. CompiledProgramTests write it from the lists of functions, activations, losses, optimizers and cells:
            // UNLOOP_WRITE_COMPILED_PROGRAMS=1 swift test --filter CompiledProgramTests
            //
            // clang-format off

            """
        return introduction + programs.enumerated().map { text($1, number: $0) }.joined() + "\n" + lineStages
    }

    private var lineStages: String {
        let all = programs.enumerated().flatMap { number, entry in entry.lineStages.map { (number, entry.program, $0) }
        }
        return all.enumerated().map { position, stage in
            let (number, program, way) = stage
            let counts = "\(program.inputTypes.count), \(program.scalarTypes.count), \(way.ofLines)"
            return "\(way.isSummed ? "LINE_SUM" : "LINE_MAP")(\(position), \(number), \(counts))\n"
        }.joined()
    }

    private func text(_ entry: LibraryProgram, number: Int) -> String {
        let program = entry.program
        var lines: [String] = []
        for (position, type) in program.inputTypes.enumerated() {
            lines.append("\(name(type))_INPUT(\(position), \(position))")
        }
        for (position, type) in program.scalarTypes.enumerated() {
            lines.append("\(name(type))_SCALAR(\(program.inputTypes.count + position), \(position))")
        }
        for (position, (instruction, formula)) in zip(program.instructions, program.formulaNames).enumerated() {
            lines.append(text(instruction, formula, value: program.firstInstructionValue + position))
        }
        for (position, output) in program.outputs.enumerated() { lines.append("OUTPUT(\(position), \(output))") }
        let counts = "\(program.inputTypes.count), \(program.scalarTypes.count), \(program.outputs.count)"
        let body = lines.map { "    \($0)" }.joined(separator: "\n")
        return "\n// \(entry.user)\nPROGRAM(\(number), \(counts),\n\(body))\n"
    }

    private func text(_ instruction: ScalarProgram.Instruction, _ formula: String, value: Int) -> String {
        func bits(_ pattern: UInt32) -> String { "0x" + String(pattern, radix: 16) + "u" }
        switch instruction.operation {
        case .constant: return "REAL_CONSTANT(\(value), \(bits(Float(instruction.constant).bitPattern)))"
        case .integerConstant:
            return "INTEGER_CONSTANT(\(value), \(bits(UInt32(bitPattern: instruction.integerConstant))))"
        case .index: return "INDEX(\(value))"
        default:
            let kinds = [1: "UNARY", 2: "BINARY", 3: "TERNARY"]
            let operands = instruction.operands.map(String.init).joined(separator: ", ")
            let name = instruction.operation.rawValue
            if formula != name { return "BOUNDED(\(value), \(name), \(formula), \(operands))" }
            let kind = kinds[instruction.operands.count] ?? ""
            return "\(kind)(\(value), \(name), \(operands))"
        }
    }

    private func name(_ type: ScalarType) -> String { type == .real ? "REAL" : "INTEGER" }
}
