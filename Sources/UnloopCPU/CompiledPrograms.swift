import CUnloopCPU
import UnloopBackend

/// The scalar programs whose C code is part of this library: CKernels/cpu/compiled_programs.h, which CompiledProgramTests
/// write from the library's own formulas.
package enum CompiledPrograms {
    typealias Function = @convention(c) (UnsafePointer<unloop_map_slot>, Int, UInt32) -> Void

    private static let numbers: [[UInt32]: Int] = {
        var numbers: [[UInt32]: Int] = [:]
        var length = 0
        while let words = unloop_map_compiled_key(Int32(numbers.count), &length) {
            numbers[Array(UnsafeBufferPointer(start: words, count: length))] = numbers.count
        }
        return numbers
    }()

    /// The number of a program; nil if it was not compiled.
    package static func number(of program: ScalarProgram) -> Int? { key(program).flatMap { numbers[$0] } }

    /// All that the CPU kernels compute for a program, in the words of `unloop_map_compiled_key`; nil if it asks for random
    /// words, for which there are none.
    private static func key(_ program: ScalarProgram) -> [UInt32]? {
        var words: [UInt32] = []
        for type in program.inputTypes {
            words.append((type == .real ? unloop_map_key_real_input : unloop_map_key_integer_input).rawValue)
        }
        for type in program.scalarTypes {
            words.append((type == .real ? unloop_map_key_real_scalar : unloop_map_key_integer_scalar).rawValue)
        }
        for instruction in program.instructions {
            switch instruction.operation {
            case .constant:
                words += [unloop_map_key_real_constant.rawValue, Float(instruction.constant).bitPattern]
            case .integerConstant:
                words += [
                    unloop_map_key_integer_constant.rawValue, UInt32(bitPattern: instruction.integerConstant),
                ]
            case .randomBits: return nil
            default:
                words.append(instruction.operation.code.rawValue)
                words += instruction.operands.map(UInt32.init)
            }
        }
        for output in program.outputs { words += [unloop_map_key_output.rawValue, UInt32(output)] }
        return words
    }
}
