#if OpenCL
    import CUnloopOpenCL
    import UnloopBackend

    /// A scalar program, and the reduction of its output if there is one, as data for interpreter.cl.
    struct InterpreterCode: Sendable {
        /// Elements that the kernel computes at a time, places for so many values of a block, and for values that are the
        /// same for all elements: together small enough for a first-level cache.
        static let blockLength = 256
        static let slots = 20
        static let constants = 64

        /// The lanes of a sum along rows lie one after the other; rows are added to one another elsewhere.
        enum Direction: Hashable, Sendable { case along, across }

        struct Fold: Hashable, Sendable {
            let reduction: Reduction
            let direction: Direction
        }

        /// `Instruction` of interpreter.cl, one after the other.
        private(set) var words: [Int32] = []
        /// What the kernel is given whatever the arrays are.
        private(set) var layout = unloop_interpreter_layout()

        /// nil when the program needs more arrays or places than the kernel has.
        init?(_ program: ScalarProgram, fold: Fold?) {
            let inputs = program.inputTypes.count
            let outputs = program.outputs.count
            guard inputs + outputs <= unloop_interpreter_operands,
                program.scalarTypes.count <= unloop_interpreter_scalars
            else { return nil }
            var encoder = Encoder(program, reserved: fold == nil ? 0 : fold?.reduction.givesIndex == true ? 2 : 1)
            guard encoder.encode(), let places = encoder.outputPlaces() else { return nil }
            var sections = [encoder.setup, [], encoder.body, []]
            layout.inputs = Int32(inputs)
            layout.outputs = Int32(outputs)
            layout.position_slot = encoder.positionSlot.map { Int32($0 * Self.blockLength) } ?? -1
            var outputSlots = places
            if let fold {
                let steps = FoldSteps(fold, program.outputTypes[0], value: places[0])
                layout.reduces = 1
                layout.start = steps.start
                layout.period = fold.direction == .along ? UInt32(NumericsContract.laneCount) : 0
                sections[1] = steps.setup
                sections[2] += steps.body
                sections[3] = steps.end
                outputSlots = [steps.result]
            }
            var ends: [Int32] = [0]
            for section in sections {
                for instruction in section { words += instruction.words }
                ends.append(ends[ends.count - 1] + Int32(section.count))
            }
            withUnsafeMutableBytes(of: &layout.section) { $0.copyBytes(from: ends.withUnsafeBytes { Array($0) }) }
            withUnsafeMutableBytes(of: &layout.output_slot) {
                $0.copyBytes(from: outputSlots.withUnsafeBytes { Array($0) })
            }
        }

        /// What the kernel's text needs to be told.
        static var definitions: String {
            var lines = [
                "#define BLOCK \(blockLength)", "#define SLOTS \(slots)", "#define CONSTANTS \(constants)",
                "#define OPERANDS \(unloop_interpreter_operands)",
            ]
            for operation in Operation.allCases {
                lines.append("#define OPERATION_\(operation.name) \(operation.number)")
            }
            return lines.joined(separator: "\n") + "\n"
        }
    }

    extension InterpreterCode {
        /// What the kernel can do: the operations of scalar programs and a few of its own.
        enum Operation: Hashable {
            case scalar(ScalarOperation)
            case own(Own)

            enum Own: Int32, CaseIterable {
                case copy, broadcast, scalar
                case integerMinimum, integerMaximum, integerComplement
                case indexOfBest, integerIndexOfBest, joinBest, integerJoinBest
            }

            static let allCases: [Operation] =
                Own.allCases.map(Operation.own) + ScalarOperation.allCases.map(Operation.scalar)

            private static let scalarNumbers = Dictionary(
                uniqueKeysWithValues: ScalarOperation.allCases.enumerated().map {
                    ($0.element, Int32($0.offset + Own.allCases.count))
                })

            var number: Int32 {
                switch self {
                case .own(let own): own.rawValue
                case .scalar(let operation): Self.scalarNumbers[operation] ?? 0
                }
            }

            /// As in interpreter.cl.
            var name: String {
                switch self {
                case .own(.copy): "copy"
                case .own(.broadcast): "broadcast"
                case .own(.scalar): "scalar"
                case .own(.integerMinimum): "integer_minimum"
                case .own(.integerMaximum): "integer_maximum"
                case .own(.integerComplement): "integer_complement"
                case .own(.indexOfBest): "index_of_best"
                case .own(.integerIndexOfBest): "integer_index_of_best"
                case .own(.joinBest): "join_best"
                case .own(.integerJoinBest): "integer_join_best"
                case .scalar(let operation): operation.rawValue
                }
            }
        }

        struct Instruction {
            let words: [Int32]

            init(
                _ operation: Operation, result: Int32, operands: [Int32] = [], payload: Int32 = 0, lanes: Int32 = 0,
                folds: Bool = false
            ) {
                words =
                    [operation.number, result] + operands + [Int32](repeating: 0, count: 5 - operands.count)
                    + [payload, lanes, folds ? 1 : 0]
            }
        }

        /// Gives each value of a program a place in the kernel's memory.
        fileprivate struct Encoder {
            /// `CONSTANT_FLAG` of interpreter.cl.
            private static let constantFlag: Int32 = 0x10000

            let program: ScalarProgram
            var setup: [Instruction] = []
            var body: [Instruction] = []
            private(set) var positionSlot: Int?
            /// By value; as operands of instructions.
            private var places: [Int32?]
            /// The last instruction that reads each value; `Int.max` for outputs.
            private var lastUses: [Int?]
            private var free: [Int]
            private var constantCount = 0

            init(_ program: ScalarProgram, reserved: Int) {
                self.program = program
                let values = program.firstInstructionValue + program.instructions.count
                places = [Int32?](repeating: nil, count: values)
                lastUses = [Int?](repeating: nil, count: values)
                for (position, instruction) in program.instructions.enumerated() {
                    for operand in instruction.operands { lastUses[operand] = position }
                }
                for output in program.outputs { lastUses[output] = .max }
                let inputs = program.inputTypes.count
                for input in 0..<inputs { places[input] = Int32(input * InterpreterCode.blockLength) }
                positionSlot = program.usesIndex ? inputs : nil
                free = Array((inputs + (program.usesIndex ? 1 : 0))..<(InterpreterCode.slots - reserved)).reversed()
            }

            /// Whether there was room.
            mutating func encode() -> Bool {
                for scalar in program.scalarTypes.indices {
                    let value = program.inputTypes.count + scalar
                    guard lastUses[value] != nil else { continue }
                    guard setConstant(value, .own(.scalar), payload: Int32(scalar)) else { return false }
                }
                for (position, instruction) in program.instructions.enumerated() {
                    let value = program.firstInstructionValue + position
                    guard lastUses[value] != nil else { continue }
                    guard encode(instruction, at: position, value: value) else { return false }
                }
                return true
            }

            /// Where the outputs are whole blocks; nil when there is no room.
            mutating func outputPlaces() -> [Int32]? {
                var result: [Int32] = []
                for output in program.outputs {
                    guard let place = places[output] else { return nil }
                    if place < Self.constantFlag {
                        result.append(place)
                    } else {
                        guard let slot = free.popLast() else { return nil }
                        let target = Int32(slot * InterpreterCode.blockLength)
                        body.append(Instruction(.own(.copy), result: target, operands: [place]))
                        result.append(target)
                    }
                }
                return result
            }

            private mutating func setConstant(_ value: Int, _ operation: Operation, payload: Int32) -> Bool {
                guard constantCount < InterpreterCode.constants else { return false }
                let place = Int32(InterpreterCode.slots * InterpreterCode.blockLength + constantCount * 16)
                constantCount += 1
                setup.append(Instruction(operation, result: place, payload: payload, lanes: 16))
                places[value] = place | Self.constantFlag
                return true
            }

            private mutating func encode(
                _ instruction: ScalarProgram.Instruction, at position: Int, value: Int
            ) -> Bool {
                switch instruction.operation {
                case .constant:
                    let bits = Int32(bitPattern: Float(instruction.constant).bitPattern)
                    return setConstant(value, .own(.broadcast), payload: bits)
                case .integerConstant:
                    return setConstant(value, .own(.broadcast), payload: instruction.integerConstant)
                case .index:
                    places[value] = positionSlot.map { Int32($0 * InterpreterCode.blockLength) }
                    return true
                default: break
                }
                var operands: [Int32] = []
                if instruction.operation == .randomBits, let positionSlot {
                    operands.append(Int32(positionSlot * InterpreterCode.blockLength))
                }
                for operand in instruction.operands {
                    guard let place = places[operand] else { return false }
                    operands.append(place)
                }
                // The result may lie where an operand is that nothing else reads: lanes are read before they are written.
                for operand in Set(instruction.operands) where lastUses[operand] == position { release(operand) }
                guard let slot = free.popLast() else { return false }
                let result = Int32(slot * InterpreterCode.blockLength)
                places[value] = result
                body.append(
                    Instruction(
                        .scalar(instruction.operation), result: result, operands: operands,
                        payload: Int32(truncatingIfNeeded: instruction.payload)))
                return true
            }

            private mutating func release(_ value: Int) {
                guard let place = places[value], place < Self.constantFlag else { return }
                let slot = Int(place) / InterpreterCode.blockLength
                if slot != positionSlot { free.append(slot) }
            }
        }
    }
#endif
