import UnloopBackend

/// Random numbers whose key differs from element to element.
enum RandomKeyCases {
    static var all: [OperationCase] {
        var cases: [OperationCase] = []
        for (name, inputs, program) in programs {
            for length in [0, 1, 3, 15, 16, 17, 127, 130, 1027, 40_001] {
                cases.append(random(name, program, Array(repeating: CaseLayout([length]), count: inputs)))
            }
            let shape = [9, 21]
            for layout in [
                CaseLayout("offset", shape, offset: 3), CaseLayout("transposed", shape, order: [1, 0]),
                CaseLayout("backwards", shape, steps: [-1, 1]), CaseLayout("row repeated", shape, steps: [0, 1]),
                CaseLayout("column repeated", shape, steps: [1, 0]), CaseLayout("all repeated", shape, steps: [0, 0]),
            ] where inputs > 0 {
                let others = Array(repeating: CaseLayout(shape), count: inputs - 1)
                cases.append(random("\(name), \(layout.name)", program, [layout] + others))
            }
        }
        return cases
    }

    private static func random(_ name: String, _ program: ScalarProgram, _ inputs: [CaseLayout]) -> OperationCase {
        let shape = Array(inputs.first?.shape ?? [130])
        let elementType: ElementType = program.outputTypes[0] == .integer ? .int32 : .float32
        return OperationCase(
            .random, "key of \(name) \(sizeText(shape))", shape: shape,
            inputs: inputs.map { CaseOperand($0, .integers) }, outputs: [CaseResult(CaseLayout(shape), elementType)],
            accuracy: elementType == .int32 ? .exact : .notStated
        ) { backend, inputs, outputs in
            try backend.map(program, inputs: inputs, scalars: [7, -9], outputs: outputs)
        }
    }

    private static func program(
        _ inputs: Int, _ formula: @escaping (_ words: [IntegerScalar], _ scalars: [IntegerScalar]) -> ScalarExpression
    ) -> (Int, ScalarProgram) {
        let types = Array(repeating: ScalarType.integer, count: inputs)
        let program = ScalarProgram(inputs: types, scalars: [.integer, .integer]) { words, scalars in
            [formula(words.map(IntegerScalar.init), scalars.map(IntegerScalar.init))]
        }
        return (inputs, program)
    }

    private static var programs: [(String, Int, ScalarProgram)] {
        let all: [(String, (Int, ScalarProgram))] = [
            ("one input", program(1) { IntegerScalar.bits([$1[0], $0[0], $1[1], 0]).expression }),
            ("four inputs", program(4) { words, _ in IntegerScalar.bits(words).expression }),
            ("the index", program(1) { IntegerScalar.bits([.index, $1[0], $0[0], .index]).expression }),
            // Values that were just computed, that are used once more, and that are computed long before.
            (
                "computed words",
                program(1) { IntegerScalar.bits([$1[0], $0[0] ^ 5, $0[0] + $1[1], $0[0] & 3]).expression }
            ),
            (
                "one computed word for all four",
                program(2) { words, _ in
                    let word = words[0] * words[1]
                    return (IntegerScalar.bits([word, word, word, word]) ^ word).expression
                }
            ),
            (
                "random words",
                program(1) { words, scalars in
                    let first = IntegerScalar.bits([scalars[0], scalars[1], 3, 4])
                    return IntegerScalar.bits([first, words[0], IntegerScalar.bits([first, 1, 2, 3]), 9]).expression
                }
            ),
            (
                "a comparison",
                program(2) { words, scalars in
                    let bits = IntegerScalar.bits([words[0] .< words[1], scalars[0], scalars[1], 1])
                    return (Scalar(converting: bits >> 8) * 0x1p-24).expression
                }
            ),
        ]
        return all.map { ($0.0, $0.1.0, $0.1.1) }
    }
}

extension IntegerScalar {
    fileprivate static func bits(_ key: [IntegerScalar]) -> IntegerScalar { randomBits(key: key, salt: 5) }
}
