import UnloopBackend

/// Matrix products: all transpositions, edge sizes, batches with broadcasting, long sums, epilogues.
enum MatmulCases {
    static var all: [OperationCase] {
        squares + mixed + shapes + batches + epilogues + data
    }

    private enum Transposition: String, CaseIterable {
        case nn, nt, tn, tt
        var first: Bool { self == .tn || self == .tt }
        var second: Bool { self == .nt || self == .tt }
    }

    /// The layout of a batch of matrices, stored transposed or not, in which some batch axes are repeated.
    private static func matrices(
        _ batch: [Int], _ rows: Int, _ columns: Int, transposed: Bool, repeated: [Int] = [], padding: Int = 0,
        offset: Int = 0
    ) -> CaseLayout {
        let rank = batch.count
        let order = Array(0..<rank) + (transposed ? [rank + 1, rank] : [rank, rank + 1])
        let steps = (0..<rank + 2).map { repeated.contains($0) ? 0 : 1 }
        return CaseLayout(
            "matrices", batch + [rows, columns], order: order, steps: steps, offset: offset, padding: padding)
    }

    private static func matmul(
        _ name: String, batch: [Int] = [], _ m: Int, _ n: Int, _ k: Int, _ transposition: Transposition,
        repeatedInFirst: [Int] = [], repeatedInSecond: [Int] = [], padding: Int = 0, offset: Int = 0,
        data: CaseData = .reals, accuracy: OperationCase.Accuracy? = nil, epilogue: CaseProgram? = nil,
        epilogueLayouts: [CaseLayout] = []
    ) -> OperationCase {
        let descriptor = MatmulDescriptor(batch: Dimensions(batch), m: m, n: n, k: k)
        let first = matrices(
            batch, m, k, transposed: transposition.first, repeated: repeatedInFirst, padding: padding, offset: offset)
        let second = matrices(
            batch, k, n, transposed: transposition.second, repeated: repeatedInSecond, padding: padding, offset: offset)
        let resultType: ElementType = epilogue?.program.outputTypes.first == .integer ? .int32 : .float32
        let extra = zip(epilogueLayouts, epilogue?.data.dropFirst() ?? []).map { CaseOperand($0, $1) }
        return OperationCase(
            .matmul, "\(name) \(transposition) \(sizeText(batch + [m, n, k]))", shape: batch + [m, n, k],
            inputs: [CaseOperand(first, data), CaseOperand(second, data)] + extra,
            outputs: [CaseResult(CaseLayout(batch + [m, n], offset: offset), resultType)],
            accuracy: accuracy ?? (epilogue == nil ? .sums(length: k) : .notStated),
            floatingPointOperations: descriptor.floatingPointOperations,
            work: Int(descriptor.floatingPointOperations / 2)
        ) { backend, inputs, outputs in
            try backend.matmul(
                descriptor, inputs[0], inputs[1],
                epilogue: epilogue.map {
                    Epilogue($0.program, inputs: Array(inputs.dropFirst(2)), scalars: $0.scalars)
                }, output: outputs[0])
        }
    }

    private static var squares: [OperationCase] {
        [0, 1, 2, 3, 4, 5, 7, 8, 13, 16, 31, 32, 33, 48, 63, 64, 65, 97, 128, 129, 255, 256, 257].flatMap { size in
            Transposition.allCases.map { matmul("square", size, size, size, $0) }
        }
    }

    private static var mixed: [OperationCase] {
        [1, 3, 16, 97].flatMap { m in
            [1, 7, 33, 64, 130].flatMap { n in
                [1, 13, 64, 255, 257, 513].flatMap { k in
                    Transposition.allCases.map { matmul("mixed", m, n, k, $0) }
                }
            }
        }
    }

    private static var shapes: [OperationCase] {
        [
            (3, 5, 5000), (17, 33, 5000), (64, 48, 5000), (1, 1, 100_000), (1, 1000, 1000), (1000, 1, 1000),
            (1000, 1000, 1), (513, 33, 97), (33, 513, 97), (513, 513, 40), (0, 5, 7), (5, 0, 7), (5, 7, 0), (0, 0, 0),
            (1, 5000, 64), (5000, 1, 64), (2000, 3, 16), (128, 10, 784), (97, 31, 512), (6, 16, 256), (7, 17, 1024),
            (12, 32, 768), (14, 32, 257), (24, 48, 300),
        ].flatMap { m, n, k in
            Transposition.allCases.map { matmul("shape", m, n, k, $0) }
        }
            + [(5, 7, 9), (33, 65, 70), (100, 100, 300), (1, 40, 40), (40, 1, 40)].flatMap { m, n, k in
                Transposition.allCases.flatMap {
                    [
                        matmul("rows padded", m, n, k, $0, padding: 3),
                        matmul("offset", m, n, k, $0, offset: 5),
                    ]
                }
            }
    }

    private static var batches: [OperationCase] {
        [(5, 7, 9), (32, 32, 32), (1, 64, 64), (33, 1, 300), (16, 17, 513)].flatMap { m, n, k in
            Transposition.allCases.flatMap { transposition in
                [
                    matmul("batch", batch: [3], m, n, k, transposition),
                    matmul("batch, second repeated", batch: [4], m, n, k, transposition, repeatedInSecond: [0]),
                    matmul("batch, first repeated", batch: [4], m, n, k, transposition, repeatedInFirst: [0]),
                    matmul(
                        "batches repeated crosswise", batch: [2, 3], m, n, k, transposition, repeatedInFirst: [1],
                        repeatedInSecond: [0]),
                ]
            }
        }
            + [
                matmul("many", batch: [300], 3, 4, 5, .nn), matmul("many", batch: [64], 16, 16, 16, .nt),
                matmul("empty batch", batch: [0], 3, 4, 5, .nn), matmul("batch, empty sums", batch: [3], 2, 4, 0, .nn),
                matmul("three batch axes", batch: [2, 3, 2], 5, 6, 7, .tn, repeatedInFirst: [1]),
                matmul("six batch axes", batch: [2, 1, 2, 1, 2, 2], 3, 4, 5, .nn, repeatedInSecond: [2]),
            ]
    }

    private static var epilogues: [OperationCase] {
        let biasRelu = CaseProgram("bias and relu", ScalarProgram { x, bias in max(x + bias, 0) })
        let biasSigmoid = CaseProgram("bias and sigmoid", ScalarProgram { x, bias in sigmoid(x + bias) })
        let scaledSum = CaseProgram(
            "scaled sum",
            ScalarProgram(inputs: [.real, .real], scalars: [.real, .real]) { x, s in
                [(Scalar(s[0]) * Scalar(x[0]) + Scalar(s[1]) * Scalar(x[1])).expression]
            }, scalars: [0.5, -2])
        let plain = CaseProgram("gelu", CasePrograms.activations[4].program)
        let sign = CaseProgram(
            "sign", ScalarProgram(inputs: [.real]) { x, _ in [(Scalar(x[0]) .> 0).expression] })
        let positions = CaseProgram(
            "by position",
            ScalarProgram(inputs: [.real]) { x, _ in
                [(Scalar(x[0]) * Scalar(converting: .index)).expression]
            })
        let sizes = [(1, 1, 1), (5, 10, 64), (33, 65, 300), (128, 16, 20), (3, 4, 0), (1, 100, 33)]
        return sizes.flatMap { m, n, k in
            [Transposition.nn, .nt, .tn].flatMap { transposition in
                [
                    matmul(
                        "bias and relu", m, n, k, transposition, epilogue: biasRelu,
                        epilogueLayouts: [CaseLayout("row", [m, n], steps: [0, 1])]),
                    matmul(
                        "bias and sigmoid", m, n, k, transposition, epilogue: biasSigmoid,
                        epilogueLayouts: [CaseLayout("column", [m, n], steps: [1, 0])]),
                    matmul(
                        "scaled sum", m, n, k, transposition, epilogue: scaledSum,
                        epilogueLayouts: [CaseLayout("transposed", [m, n], order: [1, 0])]),
                    matmul("gelu", m, n, k, transposition, epilogue: plain),
                    matmul("sign", m, n, k, transposition, epilogue: sign),
                    matmul("by position", m, n, k, transposition, epilogue: positions),
                    matmul(
                        "batch, bias and relu", batch: [2], m, n, k, transposition, epilogue: biasRelu,
                        epilogueLayouts: [CaseLayout("row", [2, m, n], steps: [0, 0, 1])]),
                ]
            }
        }
    }

    private static var data: [OperationCase] {
        [CaseData.special, .extreme, .ties, .subnormal, .bits].flatMap { data in
            [(4, 9, 20), (33, 17, 70), (1, 40, 300)].flatMap { m, n, k in
                [Transposition.nn, .nt].map {
                    matmul(
                        data.rawValue, m, n, k, $0, data: data,
                        accuracy: data == .ties ? .exact : .notStated)
                }
            }
        }
    }
}
