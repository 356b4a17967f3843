#if OpenCL
    import UnloopBackend

    /// By what a device shows that it computes as the contract says, before anything else runs on it: one scalar program, compiled as
    /// every other one, in which each element is one operation on hard operands.
    struct DeviceProof {
        /// One operation of the program and what it shows.
        private struct Question: Sendable {
            let label: String
            let compute: @Sendable (_ reals: [Scalar], _ integers: [IntegerScalar]) -> ScalarExpression
            /// Operands beside the usual ones.
            var reals: [[Float]] = []
        }

        private static func real(
            _ label: String, _ extra: [[Float]] = [], _ compute: @escaping @Sendable (Scalar, Scalar, Scalar) -> Scalar
        ) -> Question {
            Question(
                label: label, compute: { reals, _ in compute(reals[0], reals[1], reals[2]).expression }, reals: extra)
        }

        private static func operation(_ operation: ScalarOperation) -> Question {
            Question(
                label: operation.rawValue.replacing("_", with: " "),
                compute: { reals, integers in
                    let operands = operation.operandTypes.enumerated().map { position, type in
                        type == .real ? reals[position].expression : integers[position].expression
                    }
                    return ScalarExpression(operation, operands)
                })
        }

        /// 1 + 2^-12 and 1 - 2^-12, whose product needs 25 bits: fused with -1 it is -2^-24, rounded before it is 0.
        private static let fusing: [[Float]] = [
            [1.000244140625, 0.999755859375, -1], [0x1.fffffep0, 0x1.fffffep0, -4],
        ]

        private static let questions: [Question] =
            [
                real("fused multiply-add", fusing) { a, b, c in
                    Scalar(ScalarExpression(.fusedMultiplyAdd, [a.expression, b.expression, c.expression]))
                },
                real("a·b + c, which must round twice", fusing) { $0 * $1 + $2 },
                real("c - a·b, which must round twice", fusing) { $2 - $0 * $1 },
                real("a·b - c·a, which must round three times", fusing) { $0 * $1 - $2 * $0 },
                real("(a + b) - a, which must not be shortened") { a, b, _ in (a + b) - a },
                real("a / b · b, which must not be shortened") { a, b, _ in a / b * b },
                real("division by a constant") { a, b, _ in a / 3 + b * 0 },
            ]
            + [
                .negate, .absolute, .add, .subtract, .multiply, .divide, .squareRoot, .minimum, .maximum, .floor,
                .ceiling,
                .round, .equal, .notEqual, .less, .lessOrEqual, .select, .integerSelect, .integerAdd, .integerSubtract,
                .integerMultiply, .integerShiftLeft, .integerShiftRight, .integerEqual, .integerLess, .realFromInteger,
                .integerFromReal,
            ].map(operation)

        /// Signed zeros, infinities and NaN with one another, which every operation sees.
        private static let special: [[Float]] = [
            [0, -0.0, 0], [-0.0, 0, -0.0], [-0.0, -0.0, 0], [0, 0, -0.0], [-0.0, 1, -0.0], [.infinity, -.infinity, 1],
            [.infinity, .infinity, .infinity], [.nan, 1, 2], [1, .nan, 2], [1, 0, .nan], [.infinity, 0, 1],
            [-1, -0.0, 0], [0x1p-149, 0.5, 0], [0x1p-126, 0x1.000002p-126, 0], [1, 3, 1], [5, 3, -1],
        ]

        /// Elements of each question.
        private static let rows = 64

        /// Inputs: which question, three reals, three integers; outputs: the result where it is a real, and where it is an integer.
        let program: ScalarProgram
        let inputs: [HostArray]
        var elements: Int { Self.questions.count * Self.rows }

        init() {
            program = ScalarProgram(inputs: [.integer, .real, .real, .real, .integer, .integer, .integer]) {
                inputs, _ in
                let reals = inputs[1...3].map { Scalar($0) }
                let integers = inputs[4...6].map { IntegerScalar($0) }
                var (real, integer) = (Scalar(0).expression, IntegerScalar(integerLiteral: 0).expression)
                for (number, question) in Self.questions.enumerated() {
                    let result = question.compute(reals, integers)
                    let asked = ScalarExpression(
                        .integerEqual, [inputs[0], IntegerScalar(integerLiteral: Int32(number)).expression])
                    if result.type == .real {
                        real = ScalarExpression(.select, [asked, result, real])
                    } else {
                        integer = ScalarExpression(.integerSelect, [asked, result, integer])
                    }
                }
                return [real, integer]
            }
            var (numbers, reals, integers) = (
                [Int32](), [[Float]](repeating: [], count: 3), [[Int32]](repeating: [], count: 3)
            )
            for (number, question) in Self.questions.enumerated() {
                numbers += [Int32](repeating: Int32(number), count: Self.rows)
                for operand in 0..<3 {
                    // Each question sees the hard operands in other combinations.
                    guard case .float32(var values) = ProofOperands.reals(Self.rows, operand: operand + 3 * number),
                        case .int32(let others) = ProofOperands.integers(Self.rows, operand: operand + 3 * number)
                    else { continue }
                    for (row, extra) in (Self.special + question.reals).enumerated() { values[row] = extra[operand] }
                    reals[operand] += values
                    integers[operand] += others
                }
            }
            inputs = [.int32(numbers)] + reals.map { .float32($0) } + integers.map { .int32($0) }
        }

        /// What went wrong at an element, for people.
        func explanation(element: Int, right: UInt32) -> String {
            let question = Self.questions[element / Self.rows]
            var operands: [Float] = []
            for case .float32(let values) in inputs { operands.append(values[element]) }
            let isSubnormal = (operands + [Float(bitPattern: right)]).contains(where: \.isSubnormal)
            return question.label + (isSubnormal ? " (with subnormal numbers, which may be flushed to zero)" : "")
        }
    }

    extension OpenCLBackend {
        /// Shows that the device computes as the contract says.
        ///
        /// - Throws: `nonconforming` with what went wrong, unless the environment admits it.
        func proveDevice() throws(BackendError) {
            var reasons = device.nonconformance
            if let difference = try arithmeticDifference() { reasons.append(difference) }
            if reasons.isEmpty { return }
            for reason in reasons { proofs.note(refusal: reason, givesOtherBits: true) }
            if !proofs.admitsNonconforming {
                throw .nonconforming(device: device.name, work: reasons.joined(separator: ", "))
            }
        }

        private func arithmeticDifference() throws(BackendError) -> String? {
            let proof = DeviceProof()
            // Vectors, but short ones: compilers take much longer for long ones, and each kernel proves its own.
            let width = 4
            let source = Self.mapSource(proof.program, width: width, layoutInMemory: false)
            return try unlessRecorded("device", source) { () throws(BackendError) in
                var difference: String?
                try proofs.taking(nil) { () throws(BackendError) in
                    let map = mapProof(proof.program, elements: proof.elements, inputs: proof.inputs) {
                        [self] (inputs, scalars, outputs) throws(BackendError) in
                        try compiledMap(
                            proof.program, inputs: inputs, scalars: scalars, outputs: outputs, width: width,
                            operation: "map")
                    }
                    if let found = try firstDifference(map) {
                        difference =
                            "it computes \(proof.explanation(element: found.element, right: found.right)) otherwise"
                    }
                }
                return difference
            }
        }
    }
#endif
