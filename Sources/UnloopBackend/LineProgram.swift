/// Work along one axis in several stages, such as softmax: elements are mapped, the elements of each line (those along the
/// axis) are reduced to one value, and later stages see that value beside every element of its line.
///
/// Values are numbered: first the inputs, then one for each stage. Programs are equal when they consist of the same stages,
/// so they serve as keys of kernel caches.
public struct LineProgram: Sendable {
    /// Whether there is a value for each element or one for each line.
    public enum Extent: UInt8, Hashable, Sendable {
        case elements, lines
    }

    public struct Input: Hashable, Sendable {
        public let type: ScalarType
        public let extent: Extent
    }

    public struct Stage: Hashable, Sendable {
        public enum Work: Hashable, Sendable {
            /// The single output of a program over the operands.
            case map(ScalarProgram)
            /// The one operand, of elements, reduced along each line.
            case reduce(Reduction)
        }
        public let work: Work
        /// Value numbers.
        public let operands: [Int]
        /// Which of the program's scalars are those of a map.
        public let scalars: [Int]
        public let type: ScalarType
        public let extent: Extent
    }

    final class Storage: Sendable {
        let inputs: [Input]
        let scalarTypes: [ScalarType]
        let stages: [Stage]
        let outputs: [Int]
        let hash: Int
        /// The same work as reductions and maps of whole arrays.
        let steps: [Step]
        /// Begins the list of forms and is none itself.
        let forms = ProgramForm()

        init(_ builder: Builder, outputs: [Int]) {
            inputs = builder.inputs
            scalarTypes = builder.scalarTypes
            stages = builder.stages
            self.outputs = outputs
            var hasher = Hasher()
            hasher.combine(inputs)
            hasher.combine(scalarTypes)
            hasher.combine(stages)
            hasher.combine(outputs)
            hash = hasher.finalize()
            steps =
                StepMaker(inputs: inputs, scalarTypes: scalarTypes, stages: stages, outputs: outputs)
                .steps(keeping: [], startingFew: true).steps
        }
    }

    private let storage: Storage

    public var inputs: [Input] { storage.inputs }
    public var scalarTypes: [ScalarType] { storage.scalarTypes }
    public var stages: [Stage] { storage.stages }
    /// The value numbers of the outputs: results of stages, each a different one.
    public var outputs: [Int] { storage.outputs }
    public var steps: [Step] { storage.steps }

    public func type(ofValue value: Int) -> ScalarType {
        value < inputs.count ? inputs[value].type : stages[value - inputs.count].type
    }

    public func extent(ofValue value: Int) -> Extent {
        value < inputs.count ? inputs[value].extent : stages[value - inputs.count].extent
    }

    /// The stages whose real elements nobody wants but one stage that sums them, so that no device need store them.
    package var onlySummedStages: Set<Int> {
        var readers: [Int: [Int]] = [:]
        for (position, stage) in stages.enumerated() {
            for operand in Set(stage.operands) { readers[operand, default: []].append(position) }
        }
        return Set(
            stages.indices.filter { position in
                let (stage, value) = (stages[position], inputs.count + position)
                guard stage.extent == .elements, stage.type == .real, !outputs.contains(value),
                    case .map = stage.work, let reader = readers[value], reader.count == 1
                else { return false }
                return stages[reader[0]].work == .reduce(.sum)
            })
    }

    /// Which operands of a stage are values of lines, a bit for each.
    package func operandsOfLines(_ stage: Int) -> UInt32 {
        stages[stage].operands.enumerated().reduce(0) { bits, operand in
            extent(ofValue: operand.element) == .lines ? bits | 1 << UInt32(operand.offset) : bits
        }
    }

    /// This program in the form of a kind of backend, made at first use.
    @inlinable
    public func form<Form: ProgramForm>(_ make: () -> Form) -> Form { forms.found(make) }

    @usableFromInline var forms: ProgramForm { storage.forms }

    // MARK: Building

    /// Traces `build` into a program.
    ///
    /// - Parameter build: declares inputs and scalars, adds stages, returns the outputs.
    /// - Precondition: at least one input is of elements; each output is the result of a stage of its own.
    public init(_ build: (inout Builder) -> [Builder.Value]) {
        var builder = Builder()
        let outputs = build(&builder).map(\.number)
        require(
            builder.inputs.contains { $0.extent == .elements }, "a line program has an input that gives it its shape")
        require(
            Set(outputs).count == outputs.count && outputs.allSatisfy { $0 >= builder.inputs.count },
            "the outputs of a line program are results of different stages")
        storage = Storage(builder, outputs: outputs)
    }

    public struct Builder {
        public struct Value: Sendable {
            let number: Int
            let type: ScalarType
            let extent: Extent
        }
        public struct Parameter: Sendable {
            let number: Int
        }

        fileprivate var inputs: [Input] = []
        fileprivate var scalarTypes: [ScalarType] = []
        fileprivate var stages: [Stage] = []

        /// An operand; before the first stage.
        public mutating func input(_ type: ScalarType = .real, _ extent: Extent = .elements) -> Value {
            require(stages.isEmpty, "the inputs of a line program come before its stages")
            inputs.append(Input(type: type, extent: extent))
            return Value(number: inputs.count - 1, type: type, extent: extent)
        }

        /// A number that is given at each run.
        public mutating func scalar(_ type: ScalarType = .real) -> Parameter {
            scalarTypes.append(type)
            return Parameter(number: scalarTypes.count - 1)
        }

        /// The output of a program: for each element, or for each line where all operands are values of lines. `index` in it
        /// is the row-major position among all elements, or all lines.
        public mutating func map(_ program: ScalarProgram, _ operands: Value..., scalars: Parameter...) -> Value {
            require(
                program.outputs.count == 1 && program.inputTypes == operands.map(\.type)
                    && program.scalarTypes == scalars.map { scalarTypes[$0.number] },
                "a stage gives its program the operands and scalars that it takes")
            let extent: Extent = operands.contains { $0.extent == .elements } ? .elements : .lines
            return append(.map(program), operands, scalars.map(\.number), program.outputTypes[0], extent)
        }

        /// A value for each line, in the order that Numerics.md fixes for a reduction of this axis.
        public mutating func reduce(_ reduction: Reduction, _ operand: Value) -> Value {
            require(
                operand.extent == .elements && !reduction.givesIndex, "a line program reduces elements to their like")
            return append(.reduce(reduction), [operand], [], operand.type, .lines)
        }

        private mutating func append(
            _ work: Stage.Work, _ operands: [Value], _ scalars: [Int], _ type: ScalarType, _ extent: Extent
        ) -> Value {
            stages.append(
                Stage(work: work, operands: operands.map(\.number), scalars: scalars, type: type, extent: extent))
            return Value(number: inputs.count + stages.count - 1, type: type, extent: extent)
        }
    }
}

extension LineProgram: Hashable {
    public static func == (left: LineProgram, right: LineProgram) -> Bool {
        let (l, r) = (left.storage, right.storage)
        if l === r { return true }
        return l.hash == r.hash && l.inputs == r.inputs && l.scalarTypes == r.scalarTypes && l.stages == r.stages
            && l.outputs == r.outputs
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(storage.hash) }
}

// MARK: Steps

extension LineProgram {
    /// A reduction or a map of whole arrays. What elements go through before it is part of its program, so that no array of
    /// elements is stored but the outputs.
    public struct Step: Sendable {
        /// nil maps.
        public let reduction: Reduction?
        public let program: ScalarProgram
        /// Inputs, and values that earlier steps gave, as the program takes them.
        public let operands: [Int]
        /// Which of the line program's scalars the program takes.
        public let scalars: [Int]
        /// The values that it gives, of elements or of lines.
        public let results: [Int]
        /// Values of elements that the program gives after what is reduced, because later steps take them.
        public let kept: [Int]
        public let extent: Extent

        /// Whether an operand is reduced as it is.
        public var reducesOperand: Bool { reduction != nil && program.instructions.isEmpty }
    }

    /// The steps of a device that can keep some values of elements from one step to the next: those that several steps need and
    /// whose program `isCostly`.
    public func steps(keepingWhere isCostly: (ScalarProgram) -> Bool) -> [Step] {
        let maker = StepMaker(inputs: inputs, scalarTypes: scalarTypes, stages: stages, outputs: outputs)
        let repeated = maker.steps(keeping: [], startingFew: false).repeated.filter { value in
            guard case .map(let program) = stages[value - inputs.count].work else { return false }
            return isCostly(program)
        }
        return maker.steps(keeping: repeated, startingFew: false).steps
    }

    private struct StepMaker {
        let inputs: [Input]
        let scalarTypes: [ScalarType]
        let stages: [Stage]
        let outputs: [Int]

        /// The steps, and which values of elements several of them compute.
        ///
        /// - Parameter startingFew: whether a step costs more than to compute a value of a line anew for each of its elements.
        func steps(keeping kept: Set<Int>, startingFew: Bool) -> (steps: [Step], repeated: Set<Int>) {
            var steps: [Step] = []
            let joined = startingFew ? valuesOfOneStage : []
            var available = Set<Int>()
            var (computed, repeated) = (Set<Int>(), Set<Int>())
            func append(_ reduction: Reduction?, of values: [Int], giving results: [Int], _ extent: Extent) {
                let inlined = Inlining(
                    values, reduction, inputCount: inputs.count, stages: stages, joined: joined, given: available)
                repeated.formUnion(inlined.computed.intersection(computed))
                computed.formUnion(inlined.computed)
                let keeping = reduction == nil ? [] : inlined.computed.intersection(kept).sorted()
                available.formUnion(keeping)
                let program = ScalarProgram(
                    inputs: inlined.operands.map(type), scalars: inlined.scalars.map { scalarTypes[$0] }
                ) { inlined.expressions(of: values + keeping, inputs: $0, scalars: $1) }
                steps.append(
                    Step(
                        reduction: reduction, program: program, operands: inlined.operands, scalars: inlined.scalars,
                        results: results, kept: keeping, extent: extent))
            }
            for (position, stage) in stages.enumerated() where stage.extent == .lines {
                let value = inputs.count + position
                if joined.contains(value) { continue }
                switch stage.work {
                case .reduce(let reduction): append(reduction, of: stage.operands, giving: [value], .lines)
                case .map: append(nil, of: [value], giving: [value], .lines)
                }
            }
            let elements = outputs.filter { stages[$0 - inputs.count].extent == .elements }
            if !elements.isEmpty { append(nil, of: elements, giving: elements, .elements) }
            return (steps, repeated)
        }

        /// Results of short maps of lines that only one stage takes. The position of a line is not that of an element.
        private var valuesOfOneStage: Set<Int> {
            var uses: [Int: Int] = [:]
            for output in outputs { uses[output, default: 0] += 2 }
            for operand in stages.flatMap({ Set($0.operands) }) { uses[operand, default: 0] += 1 }
            return Set(
                stages.indices.filter { position in
                    guard stages[position].extent == .lines, case .map(let program) = stages[position].work else {
                        return false
                    }
                    return uses[inputs.count + position] == 1 && !program.usesIndex
                        && !program.instructions.contains(where: \.isCostly)
                }.map { inputs.count + $0 })
        }

        private func type(_ value: Int) -> ScalarType {
            value < inputs.count ? inputs[value].type : stages[value - inputs.count].type
        }
    }

    /// What one step computes of some values, and from what.
    private struct Inlining {
        /// Inputs, values of lines, and given values.
        private(set) var operands: [Int] = []
        private(set) var scalars: [Int] = []
        /// The maps that become part of the step.
        private(set) var computed = Set<Int>()
        private let inputCount: Int
        private let stages: [Stage]

        init(
            _ values: [Int], _ reduction: Reduction?, inputCount: Int, stages: [Stage], joined: Set<Int>,
            given: Set<Int>
        ) {
            self.inputCount = inputCount
            self.stages = stages
            var pending = values
            let asked = Set(values)
            var seen = asked
            var seenScalars = Set<Int>()
            while let value = pending.popLast() {
                let isPart =
                    value >= inputCount && !given.contains(value)
                    && (stages[value - inputCount].extent == .elements || joined.contains(value)
                        || (reduction == nil && asked.contains(value)))
                guard isPart else {
                    operands.append(value)
                    continue
                }
                computed.insert(value)
                let stage = stages[value - inputCount]
                for scalar in stage.scalars where seenScalars.insert(scalar).inserted { scalars.append(scalar) }
                for operand in stage.operands where seen.insert(operand).inserted { pending.append(operand) }
            }
            operands.sort()
            scalars.sort()
        }

        func expressions(
            of values: [Int], inputs: [ScalarExpression], scalars scalarExpressions: [ScalarExpression]
        ) -> [ScalarExpression] {
            var known = Dictionary(uniqueKeysWithValues: zip(operands, inputs))
            let parameters = Dictionary(uniqueKeysWithValues: zip(scalars, scalarExpressions))
            // Stages take the results of earlier ones only.
            for value in computed.sorted() where known[value] == nil {
                let stage = stages[value - inputCount]
                guard case .map(let program) = stage.work else {
                    misuse("a reduction is a step of its own")
                }
                known[value] =
                    program.expressions(
                        inputs: stage.operands.compactMap { known[$0] },
                        scalars: stage.scalars.compactMap { parameters[$0] })[program.outputs[0]]
            }
            return values.compactMap { known[$0] }
        }
    }
}

extension Backend {
    public func mapLines(
        _ program: LineProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView]
    ) throws(BackendError) {
        try mapLinesInSteps(program, inputs: inputs, scalars: scalars, outputs: outputs)
    }

    /// `mapLines` as reductions and maps of whole arrays: the definition of its results, and for layouts and sizes that a
    /// device has nothing better for.
    public func mapLinesInSteps(
        _ program: LineProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView]
    ) throws(BackendError) {
        guard let shape = program.shape(of: inputs), shape[0] > 0, shape[2] > 0 else { return }
        let real = inputs.first { $0.elementType != .int32 }?.elementType ?? .float32
        var values: [StridedView?] = inputs
        for _ in program.stages { values.append(nil) }
        for (position, view) in zip(program.outputs, outputs) { values[position] = view }
        for step in program.steps {
            var operands: [StridedView] = []
            for operand in step.operands {
                guard let view = values[operand] else { misuse("a step uses what an earlier one gave") }
                let repeats = view.shape.count == 2 && (step.reduction != nil || step.extent == .elements)
                operands.append(repeats ? view.repeated(along: shape) : view)
            }
            var results: [StridedView] = []
            for value in step.results {
                if let view = values[value] {
                    results.append(view)
                } else {
                    let type = program.type(ofValue: value) == .integer ? ElementType.int32 : real
                    let view = StridedView(
                        try allocate(type, count: shape[0] * shape[2]), shape: [shape[0], shape[2]])
                    values[value] = view
                    results.append(view)
                }
            }
            if let reduction = step.reduction {
                let descriptor = ReduceDescriptor(
                    reduction, outer: shape[0], length: shape[1], inner: shape[2],
                    prologue: step.reducesOperand ? nil : step.program)
                try reduce(
                    descriptor, inputs: operands, scalars: step.scalars.map { scalars[$0] }, output: results[0])
            } else {
                try map(step.program, inputs: operands, scalars: step.scalars.map { scalars[$0] }, outputs: results)
            }
        }
    }
}

extension LineProgram {
    /// The shape `[outer, length, inner]` of the elements; nil without operands.
    public func shape(of inputs: [StridedView]) -> Dimensions? {
        for (input, view) in zip(self.inputs, inputs) where input.extent == .elements { return view.shape }
        return nil
    }
}

extension StridedView {
    /// Values `[outer, inner]` of lines beside each element of `[outer, length, inner]`.
    fileprivate func repeated(along shape: Dimensions) -> StridedView {
        StridedView(buffer, offset: offset, shape: shape, strides: [strides[0], 0, strides[1]])
    }
}

extension ScalarProgram.Instruction {
    /// Whether to compute it again takes longer than to read it.
    public var isCostly: Bool {
        switch operation {
        case .exp, .expm1, .log, .log1p, .tanh, .sigmoid, .erf, .normalDistribution, .sin, .cos, .power, .randomBits:
            true
        default: false
        }
    }
}
