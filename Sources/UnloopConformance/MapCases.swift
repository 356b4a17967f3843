import UnloopBackend

/// Elementwise programs: every primitive, typical programs and all their pullbacks; all lengths about the widths of
/// vectors and blocks; all layouts; results that replace operands.
enum MapCases {
    static var all: [OperationCase] { primitives + programs + arbitrary + pullbacks + lengths + layouts + replacements }

    /// A program over vectors or arrays; the operands lie as given, the results are contiguous or as given.
    private static func map(
        _ name: String, _ program: CaseProgram, operands: [CaseLayout], result: CaseLayout,
        accuracy: OperationCase.Accuracy? = nil
    ) -> OperationCase {
        let source = program.program
        let scalars = program.scalars
        return OperationCase(
            .map, name, shape: Array(result.shape),
            inputs: zip(operands, program.data).map { CaseOperand($0, $1) },
            outputs: source.outputTypes.map { CaseResult(result, $0 == .real ? .float32 : .int32) },
            accuracy: accuracy ?? program.accuracy, floatingPointOperations: Double(result.elementCount),
            work: result.elementCount * max(source.instructions.count, 1)
        ) { backend, inputs, outputs in
            try backend.map(source, inputs: inputs, scalars: scalars, outputs: outputs)
        }
    }

    private static func contiguous(_ name: String, _ program: CaseProgram, length: Int) -> OperationCase {
        let layout = CaseLayout([length])
        return map(
            "\(name) \(length)", program, operands: program.data.map { _ in layout }, result: layout)
    }

    private static var primitives: [OperationCase] {
        CasePrograms.primitives.flatMap { program in
            [
                contiguous("\(program.name) ordinary", program.with(.reals), length: 19),
                contiguous("\(program.name) special", program.with(.special), length: 1030),
                contiguous("\(program.name) bits", program.with(.bits), length: 2051),
            ]
        }
            + CasePrograms.positions.flatMap { program in
                [1, 18, 1031].map { contiguous(program.name, program, length: $0) }
            }
    }

    private static var programs: [OperationCase] {
        (CasePrograms.activations + CasePrograms.combinations).flatMap { program in
            [
                contiguous(program.name, program, length: 37),
                contiguous(program.name, program, length: 1500),
                contiguous("\(program.name) special", program.with(.special), length: 520),
            ]
        }
    }

    private static var arbitrary: [OperationCase] {
        CasePrograms.arbitrary.flatMap { program in
            [29, 3000].map { contiguous(program.name, program, length: $0) }
        }
    }

    private static var pullbacks: [OperationCase] {
        let differentiable = CasePrograms.primitives.filter { $0.program.outputTypes == [.real] }
        return (differentiable + CasePrograms.activations + CasePrograms.combinations).flatMap { program in
            let wanted = program.program.inputTypes.indices.filter { program.program.inputTypes[$0] == .real }
            guard !wanted.isEmpty else { return [OperationCase]() }
            let pullback = CaseProgram(
                program.name, program.program.pullback(withRespectTo: wanted), data: program.data + [.reals])
            return [
                contiguous("pullback of \(program.name)", pullback.with(.reals), length: 301),
                contiguous("pullback of \(program.name) special", pullback.with(.special), length: 517),
            ]
        }
    }

    private static var lengths: [OperationCase] {
        let around = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 65536].flatMap { [$0 - 1, $0, $0 + 1] }
        let lengths = Array(0...36) + around + [100_003, 1_000_001]
        return [CasePrograms.activations[0], CasePrograms.combinations[0]].flatMap { program in
            lengths.map { contiguous("length of \(program.name)", program, length: $0) }
        }
    }

    private static var layouts: [OperationCase] {
        let integerProgram = CaseProgram(
            "integer_mix",
            ScalarProgram(inputs: [.integer, .real]) { x, _ in
                [
                    (IntegerScalar(x[0]) * 3 ^ IntegerScalar.index).expression,
                    (Scalar(converting: IntegerScalar(x[0])) * Scalar(x[1])).expression,
                ]
            })
        let programs = [CasePrograms.activations[2], CasePrograms.combinations[2], integerProgram]
        return CaseLayouts.operandAndResult.flatMap { pair in
            programs.map { program in
                // The second operand is contiguous, so that layouts are mixed.
                let second = CaseLayout(Array(pair.operand.shape))
                let operands = program.data.indices.map { $0 == 0 ? pair.operand : second }
                return map(
                    "\(program.name) \(pair.operand.name) \(sizeText(Array(pair.operand.shape))) to \(pair.result.name)"
                        + " \(pair.result.strides)",
                    program, operands: operands, result: pair.result)
            }
        }
    }

    /// Results that are the very views of operands, as updates of parameters are.
    private static var replacements: [OperationCase] {
        CasePrograms.updates.flatMap { update in
            [
                CaseLayout([1]), CaseLayout([67]), CaseLayout([5000]), CaseLayout("offset", [130], offset: 3),
                CaseLayout("transposed", [9, 70], order: [1, 0]), CaseLayout("backwards", [77], steps: [-1]),
            ].map { layout in
                let (program, scalars, states) = (update.program, update.scalars, update.states)
                return OperationCase(
                    .map, "\(update.name) in place \(layout.name) \(sizeText(Array(layout.shape)))",
                    shape: Array(layout.shape), inputs: [CaseOperand(layout, .reals)],
                    outputs: (0..<states).map { _ in CaseResult(layout, holding: .reals) }, accuracy: .notStated
                ) { backend, inputs, outputs in
                    try backend.map(program, inputs: outputs + inputs, scalars: scalars, outputs: outputs)
                }
            }
        }
    }
}
