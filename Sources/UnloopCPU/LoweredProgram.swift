import CUnloopCPU
import UnloopBackend

/// A scalar program as instructions of the CPU kernels: values have slots (inputs, constants, temporaries, outputs), and
/// a temporary serves several values one after the other.
final class LoweredProgram: ProgramForm, @unchecked Sendable {
    let code: UnsafeMutablePointer<unloop_map_instruction>
    let instructionCount: Int
    let inputCount: Int
    let outputCount: Int
    let scalarTypes: [ScalarType]
    /// Bits of the program's own constants, which follow the scalars.
    let constants: [UInt32]
    let temporaryCount: Int
    /// Whether some output is finished while an input is still to be read.
    let storesEarly: Bool
    /// About how many nanoseconds one element takes on one thread.
    let nanosecondsPerElement: Double

    var constantCount: Int { scalarTypes.count + constants.count }

    init(_ program: ScalarProgram) {
        inputCount = program.inputTypes.count
        outputCount = program.outputs.count
        scalarTypes = program.scalarTypes
        var lowering = Lowering(program)
        lowering.run()
        constants = lowering.constants
        temporaryCount = lowering.temporaryCount
        storesEarly = lowering.storesEarly
        nanosecondsPerElement = lowering.cost
        instructionCount = lowering.code.count
        code = .allocate(capacity: max(1, lowering.code.count))
        for (position, instruction) in lowering.code.enumerated() {
            (code + position).initialize(to: lowering.numbered(instruction))
        }
    }

    deinit { code.deallocate() }

    /// The bits of all constants: those of the scalars, then the program's own.
    func fill(_ bits: UnsafeMutableBufferPointer<UInt32>, scalars: [Double]) {
        for position in scalarTypes.indices {
            let value = scalars[position]
            bits[position] =
                scalarTypes[position] == .real
                ? Float(value).bitPattern : UInt32(bitPattern: Int32(truncatingIfNeeded: Int64(value)))
        }
        for position in constants.indices { bits[scalarTypes.count + position] = constants[position] }
    }
}

extension ScalarProgram {
    var lowered: LoweredProgram { form { LoweredProgram(self) } }
}

/// Assigns slots to the values of a program.
private struct Lowering {
    /// Where a value lives, before the number of temporaries is known.
    enum Slot: Hashable {
        case input(Int), constant(Int), temporary(Int), output(Int)
    }

    struct Step {
        var operation: unloop_map_operation
        var result: Slot
        var operands: [Slot]
        var salt: UInt32
    }

    let program: ScalarProgram
    private(set) var constants: [UInt32] = []
    private(set) var code: [Step] = []
    private(set) var temporaryCount = 0
    private(set) var storesEarly = false
    private(set) var cost = 0.2
    private var slots: [Slot?]
    private var free: [Int] = []

    init(_ program: ScalarProgram) {
        self.program = program
        slots = Array(repeating: nil, count: program.firstInstructionValue + program.instructions.count)
        for input in program.inputTypes.indices { slots[input] = .input(input) }
        for scalar in program.scalarTypes.indices { slots[program.inputTypes.count + scalar] = .constant(scalar) }
    }

    mutating func run() {
        let first = program.firstInstructionValue
        var lastUse = [Int](repeating: -1, count: slots.count)
        for (position, instruction) in program.instructions.enumerated() {
            for operand in instruction.operands { lastUse[operand] = position }
        }
        // A computed value that is an output is computed in place; outputs that name anything else are copies.
        var copies: [(value: Int, output: Int)] = []
        for (output, value) in program.outputs.enumerated() {
            if value >= first && slots[value] == nil && !isConstant(program.instructions[value - first]) {
                slots[value] = .output(output)
            } else {
                copies.append((value, output))
            }
        }
        let lastInputRead = program.inputTypes.indices.map { lastUse[$0] }.max() ?? -1
        for (position, instruction) in program.instructions.enumerated() {
            let value = first + position
            switch instruction.operation {
            case .constant:
                slots[value] = constant(Float(instruction.constant).bitPattern)
            case .integerConstant:
                slots[value] = constant(UInt32(bitPattern: instruction.integerConstant))
            default:
                let operands = instruction.operands.map { slot($0) }
                // Operands that are used up make room for the result: elements are read before they are written.
                for operand in Set(instruction.operands) where lastUse[operand] == position {
                    if case .temporary(let number) = slot(operand) { free.append(number) }
                }
                if slots[value] == nil {
                    slots[value] = .temporary(takeTemporary())
                } else if position < lastInputRead || copies.contains(where: { $0.value < program.inputTypes.count }) {
                    storesEarly = true
                }
                code.append(
                    Step(
                        operation: instruction.operation.code, result: slot(value), operands: operands,
                        salt: instruction.operation == .randomBits ? UInt32(truncatingIfNeeded: instruction.payload) : 0
                    ))
                cost += instruction.operation.cost
            }
        }
        for (value, output) in copies {
            code.append(Step(operation: unloop_map_copy, result: .output(output), operands: [slot(value)], salt: 0))
            if copies.count > 1 { storesEarly = true }
        }
    }

    private func isConstant(_ instruction: ScalarProgram.Instruction) -> Bool {
        instruction.operation == .constant || instruction.operation == .integerConstant
    }

    private func slot(_ value: Int) -> Slot {
        guard let slot = slots[value] else { preconditionFailure("a value is used before it is defined") }
        return slot
    }

    private mutating func constant(_ bits: UInt32) -> Slot {
        if let known = constants.firstIndex(of: bits) { return .constant(program.scalarTypes.count + known) }
        constants.append(bits)
        return .constant(program.scalarTypes.count + constants.count - 1)
    }

    private mutating func takeTemporary() -> Int {
        if let number = free.popLast() { return number }
        temporaryCount += 1
        return temporaryCount - 1
    }

    /// The instruction with slots as numbers.
    func numbered(_ step: Step) -> unloop_map_instruction {
        let inputs = program.inputTypes.count
        let constantCount = program.scalarTypes.count + constants.count
        func number(_ slot: Slot) -> UInt16 {
            switch slot {
            case .input(let number): UInt16(number)
            case .constant(let number): UInt16(inputs + number)
            case .temporary(let number): UInt16(inputs + constantCount + number)
            case .output(let number): UInt16(inputs + constantCount + temporaryCount + number)
            }
        }
        func operand(_ position: Int) -> UInt16 {
            position < step.operands.count ? number(step.operands[position]) : number(step.result)
        }
        return unloop_map_instruction(
            operation: UInt16(step.operation.rawValue), result: number(step.result), a: operand(0), b: operand(1),
            c: operand(2), d: operand(3), salt: step.salt)
    }
}

extension ScalarOperation {
    /// - Precondition: not a constant.
    fileprivate var code: unloop_map_operation {
        switch self {
        case .constant, .integerConstant: preconditionFailure("constants are values, not instructions")
        case .index: unloop_map_index
        case .randomBits: unloop_map_random_bits
        case .negate: unloop_map_negate
        case .absolute: unloop_map_absolute
        case .add: unloop_map_add
        case .subtract: unloop_map_subtract
        case .multiply: unloop_map_multiply
        case .divide: unloop_map_divide
        case .squareRoot: unloop_map_square_root
        case .fusedMultiplyAdd: unloop_map_fused_multiply_add
        case .minimum: unloop_map_minimum
        case .maximum: unloop_map_maximum
        case .floor: unloop_map_floor
        case .ceiling: unloop_map_ceiling
        case .round: unloop_map_round
        case .exp: unloop_map_exp
        case .expm1: unloop_map_expm1
        case .log: unloop_map_log
        case .log1p: unloop_map_log1p
        case .tanh: unloop_map_tanh
        case .sigmoid: unloop_map_sigmoid
        case .erf: unloop_map_erf
        case .sin: unloop_map_sin
        case .cos: unloop_map_cos
        case .power: unloop_map_power
        case .equal: unloop_map_equal
        case .notEqual: unloop_map_not_equal
        case .less: unloop_map_less
        case .lessOrEqual: unloop_map_less_or_equal
        case .select: unloop_map_select
        case .integerSelect: unloop_map_integer_select
        case .integerAdd: unloop_map_integer_add
        case .integerSubtract: unloop_map_integer_subtract
        case .integerMultiply: unloop_map_integer_multiply
        case .integerAnd: unloop_map_integer_and
        case .integerOr: unloop_map_integer_or
        case .integerXor: unloop_map_integer_xor
        case .integerShiftLeft: unloop_map_integer_shift_left
        case .integerShiftRight: unloop_map_integer_shift_right
        case .integerEqual: unloop_map_integer_equal
        case .integerLess: unloop_map_integer_less
        case .realFromInteger: unloop_map_real_from_integer
        case .integerFromReal: unloop_map_integer_from_real
        }
    }

    /// About how many nanoseconds one element takes, to decide how many threads are worth while.
    fileprivate var cost: Double {
        switch self {
        case .exp, .expm1, .log, .log1p, .tanh, .sigmoid, .randomBits: 0.3
        case .erf, .sin, .cos: 0.5
        case .power: 1.2
        case .divide, .squareRoot: 0.15
        default: 0.04
        }
    }
}
