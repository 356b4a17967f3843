/// A straight-line program over one element of each input array: the one way in which elementwise work is described.
///
/// Values are numbered: first the inputs (one element of each input array), then the scalars (the same for all
/// elements, given at each run, so that a learning rate that changes needs no new program), then one for each
/// instruction. Outputs name values. Programs are equal when they consist of the same instructions, so they serve as keys of
/// kernel caches.
public struct ScalarProgram: Sendable {
    public struct Instruction: Hashable, Sendable {
        public let operation: ScalarOperation
        /// Value numbers; as many as the operation has operands.
        public let operands: [Int]
        /// `constant`: the bit pattern of a Double, rounded to the real type when the program runs.
        /// `integerConstant`: the bit pattern of an Int32. `randomBits`: the salt. Otherwise 0.
        public let payload: UInt64

        public init(_ operation: ScalarOperation, _ operands: [Int], payload: UInt64 = 0) {
            self.operation = operation
            self.operands = operands
            self.payload = payload
        }

        public var constant: Double { Double(bitPattern: payload) }
        public var integerConstant: Int32 { Int32(truncatingIfNeeded: payload) }
    }

    @usableFromInline final class Storage: Sendable {
        @usableFromInline let inputTypes: [ScalarType]
        @usableFromInline let scalarTypes: [ScalarType]
        @usableFromInline let instructions: [Instruction]
        @usableFromInline let outputs: [Int]
        @usableFromInline let outputTypes: [ScalarType]
        let hash: Int
        let pullbacks = PullbackCache()
        /// Begins the list of forms and is none itself.
        @usableFromInline let forms = ProgramForm()

        init(inputTypes: [ScalarType], scalarTypes: [ScalarType], instructions: [Instruction], outputs: [Int]) {
            self.inputTypes = inputTypes
            self.scalarTypes = scalarTypes
            self.instructions = instructions
            self.outputs = outputs
            outputTypes = outputs.map { Self.type(ofValue: $0, inputTypes, scalarTypes, instructions) }
            var hasher = Hasher()
            hasher.combine(inputTypes)
            hasher.combine(scalarTypes)
            hasher.combine(instructions)
            hasher.combine(outputs)
            hash = hasher.finalize()
        }

        static func type(
            ofValue value: Int, _ inputTypes: [ScalarType], _ scalarTypes: [ScalarType], _ instructions: [Instruction]
        ) -> ScalarType {
            if value < inputTypes.count { return inputTypes[value] }
            let rest = value - inputTypes.count
            if rest < scalarTypes.count { return scalarTypes[rest] }
            return instructions[rest - scalarTypes.count].operation.resultType
        }
    }

    // Those who run a program look at a number or a type only: inlined, that needs no array of its own.
    @usableFromInline let storage: Storage

    @inlinable public var inputTypes: [ScalarType] { storage.inputTypes }
    @inlinable public var scalarTypes: [ScalarType] { storage.scalarTypes }
    @inlinable public var instructions: [Instruction] { storage.instructions }
    /// The value numbers of the outputs.
    @inlinable public var outputs: [Int] { storage.outputs }

    @inlinable public var outputTypes: [ScalarType] { storage.outputTypes }

    /// The type of a value by its number.
    public func type(ofValue value: Int) -> ScalarType {
        Storage.type(ofValue: value, inputTypes, scalarTypes, instructions)
    }

    /// The number of the value that the first instruction defines.
    public var firstInstructionValue: Int { inputTypes.count + scalarTypes.count }

    /// Whether any instruction asks for the position of the element.
    public var usesIndex: Bool { instructions.contains { $0.operation == .index || $0.operation == .randomBits } }

    /// Traces `formula` into a program. Equal subexpressions become one instruction; nothing else is rewritten, so
    /// the program rounds as the formula is written.
    ///
    /// - Parameters:
    ///   - inputs: the types of the input arrays' elements.
    ///   - scalars: the types of the values given at each run.
    ///   - formula: receives the inputs and the scalars, returns the outputs.
    public init(
        inputs: [ScalarType], scalars: [ScalarType] = [],
        _ formula: (_ inputs: [ScalarExpression], _ scalars: [ScalarExpression]) -> [ScalarExpression]
    ) {
        let inputExpressions = inputs.enumerated().map { ScalarExpression(.input($0.offset, $0.element)) }
        let scalarExpressions = scalars.enumerated().map { ScalarExpression(.scalar($0.offset, $0.element)) }
        var linearizer = Linearizer(inputCount: inputs.count, scalarCount: scalars.count)
        let outputs = formula(inputExpressions, scalarExpressions).map { linearizer.value(of: $0.node) }
        storage = Storage(
            inputTypes: inputs, scalarTypes: scalars, instructions: linearizer.instructions, outputs: outputs)
    }

    /// A function of one real.
    public init(_ formula: (Scalar) -> Scalar) {
        self.init(inputs: [.real]) { x, _ in [formula(Scalar(x[0])).expression] }
    }

    /// A function of two reals.
    public init(_ formula: (Scalar, Scalar) -> Scalar) {
        self.init(inputs: [.real, .real]) { x, _ in [formula(Scalar(x[0]), Scalar(x[1])).expression] }
    }

    /// A function of three reals.
    public init(_ formula: (Scalar, Scalar, Scalar) -> Scalar) {
        self.init(inputs: [.real, .real, .real]) { x, _ in
            [formula(Scalar(x[0]), Scalar(x[1]), Scalar(x[2])).expression]
        }
    }

    /// The expression of every value of this program, over the given inputs and scalars; for building larger programs.
    public func expressions(inputs: [ScalarExpression], scalars: [ScalarExpression]) -> [ScalarExpression] {
        var values = inputs + scalars
        for instruction in instructions {
            values.append(
                ScalarExpression(
                    instruction.operation, instruction.operands.map { values[$0] }, payload: instruction.payload))
        }
        return values
    }
}

extension ScalarProgram: Hashable {
    public static func == (left: ScalarProgram, right: ScalarProgram) -> Bool {
        let (l, r) = (left.storage, right.storage)
        if l === r { return true }
        return l.hash == r.hash && l.inputTypes == r.inputTypes && l.scalarTypes == r.scalarTypes
            && l.instructions == r.instructions && l.outputs == r.outputs
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(storage.hash) }
}

extension ScalarProgram: CustomStringConvertible {
    /// One instruction a line, in a form that is the same in every process: it also keys caches on disk.
    public var description: String {
        func list(_ types: [ScalarType]) -> String {
            types.map { $0 == .real ? "real" : "integer" }.joined(separator: ",")
        }
        var lines = ["inputs \(list(inputTypes)) scalars \(list(scalarTypes))"]
        for (offset, instruction) in instructions.enumerated() {
            let operands = instruction.operands.map { "%\($0)" }.joined(separator: " ")
            let payload = instruction.payload == 0 ? "" : " #" + String(instruction.payload, radix: 16)
            lines.append("%\(firstInstructionValue + offset) = \(instruction.operation.rawValue) \(operands)\(payload)")
        }
        lines.append("outputs " + outputs.map { "%\($0)" }.joined(separator: " "))
        return lines.joined(separator: "\n")
    }
}

/// Turns expressions into numbered instructions, each distinct one once.
private struct Linearizer {
    var instructions: [ScalarProgram.Instruction] = []
    private var known: [ScalarProgram.Instruction: Int] = [:]
    private var visited: [ObjectIdentifier: Int] = [:]
    private let inputCount: Int
    private let scalarCount: Int

    init(inputCount: Int, scalarCount: Int) {
        self.inputCount = inputCount
        self.scalarCount = scalarCount
    }

    /// Operands first, from left to right. In a loop: formulas may be longer than a stack is deep.
    mutating func value(of root: ScalarExpression.Node) -> Int {
        var pending = [root]
        var last = 0
        while let node = pending.last {
            if let value = visited[ObjectIdentifier(node)] {
                last = value
                pending.removeLast()
                continue
            }
            switch node.kind {
            case .input(let position, _): visited[ObjectIdentifier(node)] = position
            case .scalar(let position, _): visited[ObjectIdentifier(node)] = inputCount + position
            case .operation(let operation, let operands, let payload):
                var values: [Int] = []
                values.reserveCapacity(operands.count)
                for operand in operands {
                    guard let value = visited[ObjectIdentifier(operand)] else {
                        pending.append(operand)
                        break
                    }
                    values.append(value)
                }
                if values.count < operands.count { continue }
                visited[ObjectIdentifier(node)] = number(
                    of: ScalarProgram.Instruction(operation, values, payload: payload))
            }
        }
        return last
    }

    private mutating func number(of instruction: ScalarProgram.Instruction) -> Int {
        if let earlier = known[instruction] { return earlier }
        let value = inputCount + scalarCount + instructions.count
        instructions.append(instruction)
        known[instruction] = value
        return value
    }
}
