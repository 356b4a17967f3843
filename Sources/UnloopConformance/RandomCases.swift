import UnloopBackend

/// Random numbers: functions of seed, stream, salt and position, whatever the layout.
enum RandomCases {
    static var all: [OperationCase] {
        let keys: [[Double]] = [[0, 0, 0, 0], [7, 0, 0, 0], [-1, 123_456_789, 5, -2_147_483_648], [1, 2, 3, 4]]
        var cases: [OperationCase] = []
        for (name, program) in programs {
            for (position, key) in keys.enumerated() {
                for length in [1, 3, 4, 5, 66, 1027] {
                    cases.append(random("\(name), key \(position)", program, key, CaseLayout([length])))
                }
            }
            for layout in [
                CaseLayout("offset", [33], offset: 3), CaseLayout("backwards", [41], steps: [-1]),
                CaseLayout("transposed", [7, 9], order: [1, 0]), CaseLayout("rows padded", [6, 10], padding: 2),
                CaseLayout("axes 201", [3, 4, 5], order: [2, 0, 1]), CaseLayout([70_001]), CaseLayout([0]),
            ] {
                cases.append(random("\(name), \(layout.name)", program, keys[2], layout))
            }
        }
        return cases
    }

    private static func random(_ name: String, _ program: ScalarProgram, _ key: [Double], _ layout: CaseLayout)
        -> OperationCase
    {
        let elementType: ElementType = program.outputTypes[0] == .integer ? .int32 : .float32
        return OperationCase(
            .random, "\(name) \(sizeText(Array(layout.shape)))", shape: Array(layout.shape), inputs: [],
            outputs: [CaseResult(layout, elementType)], accuracy: elementType == .int32 ? .exact : .notStated
        ) { backend, _, outputs in
            try backend.map(program, inputs: [], scalars: key, outputs: outputs)
        }
    }

    private static func program(_ formula: @escaping (_ key: [IntegerScalar]) -> ScalarExpression) -> ScalarProgram {
        ScalarProgram(inputs: [], scalars: [.integer, .integer, .integer, .integer]) { _, key in
            [formula(key.map(IntegerScalar.init))]
        }
    }

    private static func uniform(_ key: [IntegerScalar], salt: UInt32) -> Scalar {
        Scalar(converting: IntegerScalar.randomBits(key: key, salt: salt) >> 8) * 0x1p-24
    }

    private static let programs: [(String, ScalarProgram)] = [
        ("bits", program { IntegerScalar.randomBits(key: $0, salt: 0).expression }),
        ("bits with salt", program { IntegerScalar.randomBits(key: $0, salt: 0xdead_beef).expression }),
        (
            "two words",
            program {
                (IntegerScalar.randomBits(key: $0, salt: 1) ^ IntegerScalar.randomBits(key: $0, salt: 2)).expression
            }
        ),
        ("uniform", program { uniform($0, salt: 0).expression }),
        // G. E. P. Box, M. E. Muller, "A note on the generation of random normal deviates", 1958.
        (
            "normal",
            program {
                let radius = sqrt(-2 * log(1 - uniform($0, salt: 0)))
                return (radius * cos(6.283185307179586 * uniform($0, salt: 1))).expression
            }
        ),
        ("dropout mask", program { select(uniform($0, salt: 3) .< 0.8, 1.25, 0).expression }),
    ]
}
