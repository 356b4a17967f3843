import CUnloopCPU
import UnloopBackend

/// A scalar program as instructions of the CPU kernels: values have slots (inputs, constants, temporaries, outputs), and
/// a temporary serves several values one after the other.
final class LoweredProgram: ProgramForm, @unchecked Sendable {
    /// The number among the programs that were compiled ahead of time; nil if it is none of them.
    let compiledNumber: Int?
    let code: UnsafeMutablePointer<unloop_map_instruction>
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

    /// Inputs, constants, values that live at the same time and outputs that the kernels take at most: slots have 16 bits.
    static let slotLimit = Int(UInt16.max)
    /// Whether there are no more slots than that; else there is no code.
    let isRunnable: Bool

    var constantCount: Int { scalarTypes.count + constants.count }

    init(_ program: ScalarProgram) {
        compiledNumber = CompiledPrograms.number(of: program)
        inputCount = program.inputTypes.count
        outputCount = program.outputs.count
        scalarTypes = program.scalarTypes
        var lowering = Lowering(program)
        lowering.run()
        constants = lowering.constants
        temporaryCount = lowering.temporaryCount
        storesEarly = lowering.storesEarly
        nanosecondsPerElement = lowering.cost
        isRunnable =
            inputCount + scalarTypes.count + constants.count + temporaryCount + outputCount <= Self.slotLimit
        code = .allocate(capacity: lowering.code.count)
        for (position, step) in lowering.code.enumerated() where isRunnable {
            (code + position).initialize(to: lowering.instruction(step))
        }
    }

    deinit { code.deallocate() }

    /// A form that is a lowered program; nil where it cannot run.
    @inline(__always)
    fileprivate static func runnable(_ form: Unmanaged<ProgramForm>) -> Unmanaged<LoweredProgram>? {
        form._withUnsafeGuaranteedRef { form in
            let program = unsafeDowncast(form, to: LoweredProgram.self)
            return program.isRunnable ? .passUnretained(program) : nil
        }
    }

    /// The bits of the scalars and then, if there is room for them, of the program's own constants.
    func fill(_ bits: UnsafeMutableBufferPointer<UInt32>, scalars: [Double]) {
        for position in scalarTypes.indices {
            let value = scalars[position]
            bits[position] =
                scalarTypes[position] == .real
                ? Float(value).bitPattern : UInt32(bitPattern: Int32(truncatingIfNeeded: Int64(value)))
        }
        if bits.count == scalarTypes.count { return }
        for position in constants.indices {
            bits[scalarTypes.count + position] = constants[position]
        }
    }
}

extension ScalarProgram {
    /// - Postcondition: `isRunnable` may be false.
    var lowered: LoweredProgram { form { LoweredProgram(self) } }

    @inline(__always)
    func loweredToRun(_ operation: String) throws(BackendError) -> Unmanaged<LoweredProgram> {
        let form = uncountedForm(where: { $0 is LoweredProgram }, { LoweredProgram(self) })
        guard let runnable = LoweredProgram.runnable(form) else { throw tooManySlots(operation) }
        return runnable
    }

    @inline(never)
    fileprivate func tooManySlots(_ operation: String) -> BackendError {
        .unsupported(
            device: "cpu", operation: operation,
            reason:
                "a formula of \(instructions.count) steps has more than \(LoweredProgram.slotLimit) constants and values "
                + "that are needed at the same time; split it, or run it on .loop")
    }
}

extension Epilogue {
    @inline(__always)
    func loweredToRun() throws(BackendError) -> Unmanaged<LoweredProgram> {
        let form = uncountedForm(where: { $0 is LoweredProgram }, { LoweredProgram(self.program) })
        guard let runnable = LoweredProgram.runnable(form) else {
            throw program.tooManySlots("the function after a product")
        }
        return runnable
    }
}

/// Assigns slots to the values of a program, and decides which of them need one: a value that the next instruction
/// alone takes stays in registers.
private struct Lowering {
    /// Where a value lives, before the number of temporaries is known.
    enum Slot: Hashable {
        case input(Int), constant(Int), temporary(Int), output(Int)

        var isConstant: Bool { if case .constant = self { true } else { false } }
    }

    struct Step {
        var operation: unloop_map_operation
        /// The number of the operand that lies in registers; the number of operands if none does. For random bits, whether each
        /// element has a key of its own.
        var position = 0
        /// The other operands, or where the value is stored.
        var slots: [Slot] = []
        var salt: UInt32 = 0
    }

    let program: ScalarProgram
    private(set) var constants: [UInt32] = []
    private var constantNumbers: [UInt32: Int] = [:]
    private(set) var code: [Step] = []
    private(set) var temporaryCount = 0
    private(set) var storesEarly = false
    private(set) var cost = 0.2
    private var slots: [Slot?]
    private var free: [Int] = []
    /// The value that lies in registers.
    private var current: Int?

    init(_ program: ScalarProgram) {
        self.program = program
        slots = Array(repeating: nil, count: program.firstInstructionValue + program.instructions.count)
        for input in program.inputTypes.indices { slots[input] = .input(input) }
        for scalar in program.scalarTypes.indices { slots[program.inputTypes.count + scalar] = .constant(scalar) }
    }

    mutating func run() {
        let first = program.firstInstructionValue
        var computed: [(value: Int, instruction: ScalarProgram.Instruction)] = []
        for (position, instruction) in program.instructions.enumerated() {
            switch instruction.operation {
            case .constant:
                slots[first + position] = constant(Float(instruction.constant).bitPattern)
            case .integerConstant:
                slots[first + position] = constant(UInt32(bitPattern: instruction.integerConstant))
            default:
                computed.append((first + position, instruction))
            }
        }
        // Which outputs each value is.
        let outputsOfValues = Dictionary(grouping: program.outputs.indices) { program.outputs[$0] }
        var usesLeft = [Int](repeating: 0, count: slots.count)
        for (_, instruction) in computed {
            for operand in instruction.operands { usesLeft[operand] += 1 }
        }
        for (position, (value, instruction)) in computed.enumerated() {
            append(instruction)
            current = value
            for operand in instruction.operands {
                usesLeft[operand] -= 1
                if usesLeft[operand] == 0, case .temporary(let number)? = slots[operand] { free.append(number) }
            }
            let next = position + 1 < computed.count ? computed[position + 1].instruction : nil
            // The words of a key are read from memory.
            let staysInRegisters =
                usesLeft[value] == 1 && next?.operation != .randomBits && next?.operands.contains(value) == true
            if usesLeft[value] > 0 && !staysInRegisters {
                slots[value] = .temporary(takeTemporary())
                store(slot(value))
            }
            for output in outputsOfValues[value] ?? [] { store(.output(output)) }
        }
        let isComputed = Set(computed.map(\.value))
        for (output, source) in program.outputs.enumerated() where !isComputed.contains(source) {
            code.append(Step(operation: unloop_map_load, slots: [slot(source)]))
            store(.output(output))
        }
        code.append(Step(operation: unloop_map_end))
        findEarlyStores()
    }

    private mutating func append(_ instruction: ScalarProgram.Instruction) {
        cost += instruction.operation.cost
        var step = Step(operation: instruction.operation.code)
        if instruction.operation == .randomBits {
            step.slots = instruction.operands.map { slot($0) }
            // One key for all elements, or one for each.
            step.position = step.slots.allSatisfy(\.isConstant) ? 0 : 1
            step.salt = UInt32(truncatingIfNeeded: instruction.payload)
        } else {
            step.position = instruction.operands.firstIndex { $0 == current } ?? instruction.operands.count
            for (position, operand) in instruction.operands.enumerated() where position != step.position {
                step.slots.append(slot(operand))
            }
        }
        code.append(step)
    }

    private mutating func store(_ slot: Slot) { code.append(Step(operation: unloop_map_store, slots: [slot])) }

    private mutating func findEarlyStores() {
        func isOutput(_ slot: Slot) -> Bool { if case .output = slot { true } else { false } }
        func isInput(_ slot: Slot) -> Bool { if case .input = slot { true } else { false } }
        guard let firstStore = code.firstIndex(where: { $0.slots.contains(where: isOutput) }),
            let lastRead = code.lastIndex(where: { $0.slots.contains(where: isInput) })
        else { return }
        storesEarly = firstStore < lastRead
    }

    private func slot(_ value: Int) -> Slot {
        guard let slot = slots[value] else { preconditionFailure("a value is used before it is defined") }
        return slot
    }

    private mutating func constant(_ bits: UInt32) -> Slot {
        if let known = constantNumbers[bits] { return .constant(program.scalarTypes.count + known) }
        constantNumbers[bits] = constants.count
        constants.append(bits)
        return .constant(program.scalarTypes.count + constants.count - 1)
    }

    private mutating func takeTemporary() -> Int {
        if let number = free.popLast() { return number }
        temporaryCount += 1
        return temporaryCount - 1
    }

    /// The step with slots as numbers.
    func instruction(_ step: Step) -> unloop_map_instruction {
        let inputs = program.inputTypes.count
        let constantCount = program.scalarTypes.count + constants.count
        func number(_ position: Int) -> UInt16 {
            guard position < step.slots.count else { return 0 }
            return switch step.slots[position] {
            case .input(let number): UInt16(number)
            case .constant(let number): UInt16(inputs + number)
            case .temporary(let number): UInt16(inputs + constantCount + number)
            case .output(let number): UInt16(inputs + constantCount + temporaryCount + number)
            }
        }
        return unloop_map_instruction(
            operation: UInt16(4 * Int(step.operation.rawValue) + step.position), a: number(0), b: number(1),
            c: number(2), d: number(3), salt: step.salt)
    }
}

extension ScalarOperation {
    /// - Precondition: not a constant.
    var code: unloop_map_operation {
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
        case .normalDistribution: unloop_map_normal_distribution
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
        case .erf, .normalDistribution, .sin, .cos: 0.5
        case .power: 1.2
        case .divide, .squareRoot: 0.15
        default: 0.04
        }
    }
}
