import UnloopBackend

/// Reductions and cumulative sums about all the lengths at which lanes, chunks and blocks begin.
enum ReduceCases {
    static var all: [OperationCase] {
        lengths + integers + data + layouts + prologues + outer + long
    }

    private static func reduce(
        _ name: String, _ reduction: Reduction, operands: [CaseOperand], prologue: CaseProgram? = nil,
        resultType: ElementType = .float32
    ) -> OperationCase {
        let shape = Array(operands[0].layout.shape)
        let descriptor = ReduceDescriptor(
            reduction, outer: shape[0], length: shape[1], inner: shape[2], prologue: prologue?.program)
        let scalars = prologue?.scalars ?? []
        let accuracy: OperationCase.Accuracy =
            switch reduction {
            case .sum where prologue == nil && [.reals, .ties].contains(operands[0].data):
                .sums(length: shape[1])
            case .sum, .product: resultType == .int32 ? .exact : .notStated
            default: prologue == nil ? .exact : .notStated
            }
        return OperationCase(
            .reduce, "\(reduction) \(name) \(sizeText(shape))", shape: shape, inputs: operands,
            outputs: [
                CaseResult(CaseLayout([shape[0], shape[2]], offset: 2), reduction.givesIndex ? .int32 : resultType)
            ],
            accuracy: accuracy, floatingPointOperations: Double(descriptor.outer * descriptor.length * descriptor.inner)
        ) { backend, inputs, outputs in
            try backend.reduce(descriptor, inputs: inputs, scalars: scalars, output: outputs[0])
        }
    }

    private static var lengths: [OperationCase] {
        let lengths = [0, 1, 2, 31, 63, 64, 65, 127, 255, 256, 257, 513, 4095, 4096, 4097, 10007]
        return Reduction.allCases.flatMap { reduction in
            lengths.flatMap { length in
                [1, 3, 16, 257].compactMap { inner in
                    if length == 0 && reduction.givesIndex { return nil }
                    let layout = CaseLayout([length * inner > 100_000 ? 1 : 2, length, inner])
                    return reduce(
                        "length", reduction, operands: [CaseOperand(layout, reduction.givesIndex ? .ties : .reals)])
                }
            }
        }
    }

    private static var integers: [OperationCase] {
        Reduction.allCases.flatMap { reduction in
            [0, 1, 64, 65, 257, 5000].flatMap { length in
                [1, 3, 40].compactMap { inner in
                    if length == 0 && reduction.givesIndex { return nil }
                    let layout = CaseLayout([3, length, inner])
                    return reduce(
                        "integers", reduction, operands: [CaseOperand(layout, .integers)], resultType: .int32)
                }
            }
        }
    }

    private static var data: [OperationCase] {
        Reduction.allCases.flatMap { reduction in
            [CaseData.special, .extreme, .ties, .subnormal, .bits].flatMap { data in
                [[40, 7, 1], [9, 100, 1], [2, 9, 70], [3, 300, 5]].map { shape in
                    reduce(data.rawValue, reduction, operands: [CaseOperand(CaseLayout(shape), data)])
                }
            }
        }
    }

    private static var layouts: [OperationCase] {
        let shapes = [[5, 70, 1], [1, 300, 33], [4, 65, 9], [1, 4100, 2], [130, 33, 1]]
        return shapes.flatMap { shape in
            [
                CaseLayout("offset", shape, offset: 3), CaseLayout("axes 021", shape, order: [0, 2, 1]),
                CaseLayout("axes 102", shape, order: [1, 0, 2]), CaseLayout("axes 120", shape, order: [1, 2, 0]),
                CaseLayout("axes 210", shape, order: [2, 1, 0]),
                CaseLayout("length backwards", shape, steps: [1, -1, 1]),
                CaseLayout("every other", shape, steps: [1, 2, 1]),
                CaseLayout("length repeated", shape, steps: [1, 0, 1]),
                CaseLayout("outer repeated", shape, steps: [0, 1, 1]),
                CaseLayout("inner padded", shape, steps: [-1, 1, 1], padding: 2),
            ].flatMap { layout in
                [Reduction.sum, .maximum, .indexOfMinimum].map {
                    reduce(layout.name, $0, operands: [CaseOperand(layout, .reals)])
                }
            }
        }
    }

    private static var prologues: [OperationCase] {
        let programs = [
            CaseProgram("squares", ScalarProgram { x in x * x }),
            CaseProgram("products", ScalarProgram { x, y in x * y }),
            CaseProgram("shifted exponentials", ScalarProgram { x, shift in exp(x - shift) }),
            CaseProgram(
                "scaled differences",
                ScalarProgram(inputs: [.real, .real], scalars: [.real]) { x, s in
                    [(Scalar(s[0]) * abs(Scalar(x[0]) - Scalar(x[1]))).expression]
                }, scalars: [0.3]),
            CaseProgram("products with positions", ScalarProgram { x in x * Scalar(converting: .index) }),
        ]
        let counted = CaseProgram(
            "hits", ScalarProgram(inputs: [.real, .real]) { x, _ in [(Scalar(x[0]) .== Scalar(x[1])).expression] })
        return (programs + [counted]).flatMap { program in
            [
                [3, 1, 1], [2, 65, 1], [7, 1000, 1], [1, 4097, 1], [1, 20_000, 1], [2, 10, 1], [1, 257, 3],
                [5, 64, 20],
            ]
            .flatMap { shape in
                [Reduction.sum, .maximum].map { reduction in
                    // The second operand is one value for each line, as the maximum in a softmax is.
                    let second = CaseLayout("repeated", shape, steps: [1, program.name == "products" ? 1 : 0, 1])
                    let operands = program.program.inputTypes.indices.map {
                        CaseOperand($0 == 0 ? CaseLayout(shape) : second, program.name == "hits" ? .ties : .reals)
                    }
                    return reduce(
                        "of \(program.name)", reduction, operands: operands, prologue: program,
                        resultType: program.name == "hits" ? .int32 : .float32)
                }
            }
        }
    }

    /// Many short lines, few long ones, and none.
    private static var outer: [OperationCase] {
        [
            [0, 5, 1], [5, 3, 0], [1000, 10, 1], [1000, 1, 1], [5000, 3, 1], [64, 64, 64], [1, 64, 1000],
            [33, 2, 1000],
            [300, 65, 2], [1, 7, 4099], [2000, 2, 3], [1, 1, 1], [0, 0, 0],
        ].flatMap { shape in
            Reduction.allCases.filter { !($0.givesIndex && shape[1] == 0) }.map {
                reduce("shape", $0, operands: [CaseOperand(CaseLayout(shape), .ties)])
            }
        }
    }

    private static var long: [OperationCase] {
        [
            (Reduction.sum, [1, 262_145, 1]), (.sum, [2, 100_000, 1]), (.maximum, [1, 300_000, 1]),
            (.indexOfMaximum, [1, 300_000, 1]), (.sum, [1, 70_000, 3]), (.product, [1, 50_000, 1]),
            // More than 4096 chunks, so that the chunks' sums come in chunks as well.
            (.sum, [1, 4096 * 4096 + 4099, 1]),
        ].map { reduction, shape in
            reduce("long", reduction, operands: [CaseOperand(CaseLayout(shape), .reals)])
        }
    }

    static var scans: [OperationCase] {
        [0, 1, 2, 63, 64, 65, 257, 4097].flatMap { length in
            [1, 3, 16, 65].flatMap { inner in
                [1, 3].flatMap { outer in
                    [false, true].flatMap { reversed in
                        [CaseData.reals, .integers].map { data in
                            let layout = CaseLayout([outer, length, inner])
                            let descriptor = ScanDescriptor(
                                outer: outer, length: length, inner: inner, reversed: reversed)
                            return OperationCase(
                                .scan,
                                "\(data.elementType) \(reversed ? "backwards" : "forwards") \(sizeText(Array(layout.shape)))",
                                shape: Array(layout.shape), inputs: [CaseOperand(layout, data)],
                                outputs: [CaseResult(layout, data.elementType)],
                                accuracy: data == .integers ? .exact : .sums(length: length)
                            ) { backend, inputs, outputs in
                                try backend.scan(descriptor, input: inputs[0], output: outputs[0])
                            }
                        }
                    }
                }
            }
        }
    }
}
