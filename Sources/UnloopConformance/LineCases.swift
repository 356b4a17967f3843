import UnloopBackend

/// Programs of several stages along an axis: what softmax, normalization and cross-entropy are made of, and others that nobody
/// would write, about all the lengths at which strips, lanes and chunks begin.
enum LineCases {
    static var all: [OperationCase] { shapes + data + infinities + layouts }

    /// A line program with its scalars, from the length of a line.
    private struct Example {
        let name: String
        let program: LineProgram
        var scalars: @Sendable (_ length: Int) -> [Double] = { _ in [] }
        /// Inputs of elements that are one line for all.
        var repeated: Set<Int> = []
    }

    private static let exponential = ScalarProgram { x, shift in exp(x - shift) }
    private static let quotient = ScalarProgram { a, b in a / b }
    private static let share = ScalarProgram(inputs: [.real], scalars: [.real]) { x, s in
        [(Scalar(x[0]) / Scalar(s[0])).expression]
    }

    private static let examples: [Example] = [
        Example(
            name: "softmax",
            program: LineProgram { lines in
                let x = lines.input()
                let largest = lines.reduce(.maximum, x)
                let exponentials = lines.map(exponential, x, largest)
                let sum = lines.reduce(.sum, exponentials)
                return [lines.map(quotient, exponentials, sum)]
            }),
        Example(
            name: "normalization",
            program: LineProgram { lines in
                let (x, scale) = (lines.input(), lines.input())
                let (count, epsilon) = (lines.scalar(), lines.scalar())
                let sum = lines.reduce(.sum, x)
                let mean = lines.map(share, sum, scalars: count)
                let centered = lines.map(ScalarProgram { x, mean in x - mean }, x, mean)
                let squares = lines.map(ScalarProgram { x in x * x }, centered)
                let sumOfSquares = lines.reduce(.sum, squares)
                let variance = lines.map(share, sumOfSquares, scalars: count)
                let normalized = ScalarProgram(inputs: [.real, .real, .real], scalars: [.real]) { x, s in
                    [(Scalar(x[0]) / sqrt(Scalar(x[1]) + Scalar(s[0])) * Scalar(x[2])).expression]
                }
                // What a later stage reads is an output too.
                return [centered, variance, lines.map(normalized, centered, variance, scale, scalars: epsilon)]
            }, scalars: { [Double(max($0, 1)), 1e-5] }, repeated: [1]),
        Example(
            name: "element of a class",
            program: LineProgram { lines in
                let (x, classes) = (lines.input(), lines.input(.integer, .lines))
                let count = lines.scalar(.integer)
                let position = lines.map(
                    ScalarProgram(inputs: [.integer], scalars: [.integer]) { x, s in
                        [(IntegerScalar(x[0]) + .index * IntegerScalar(s[0])).expression]
                    }, classes, scalars: count)
                let only = lines.map(
                    ScalarProgram(inputs: [.real, .integer]) { x, _ in
                        [select(.index .== IntegerScalar(x[1]), Scalar(x[0]), 0).expression]
                    }, x, position)
                return [position, lines.reduce(.sum, only)]
            }, scalars: { [Double($0)] }),
        Example(
            name: "values of lines beside elements",
            program: LineProgram { lines in
                let (x, y) = (lines.input(), lines.input())
                let (a, b) = (lines.input(.real, .lines), lines.input(.real, .lines))
                let larger = lines.map(ScalarProgram { a, b in max(a, b) }, a, b)
                let product = lines.map(ScalarProgram { x, y, a in (x * y) / a }, x, y, larger)
                return [lines.reduce(.minimum, product), lines.map(ScalarProgram { p, b in tanh(p + b) }, product, b)]
            }),
        Example(
            name: "integers",
            program: LineProgram { lines in
                let x = lines.input(.integer)
                let product = lines.reduce(.product, x)
                let sum = lines.reduce(.sum, x)
                let difference = ScalarProgram(inputs: [.integer, .integer, .integer]) { x, _ in
                    [(IntegerScalar(x[0]) * IntegerScalar(x[1]) - IntegerScalar(x[2])).expression]
                }
                let elements = lines.map(difference, x, product, sum)
                return [elements, lines.reduce(.maximum, elements), lines.reduce(.minimum, elements)]
            }),
        Example(
            name: "random drops",
            program: LineProgram { lines in
                let x = lines.input()
                let key = (
                    lines.scalar(.integer), lines.scalar(.integer), lines.scalar(.integer), lines.scalar(.integer)
                )
                let kept = ScalarProgram(inputs: [.real], scalars: [.integer, .integer, .integer, .integer]) { x, s in
                    let bits = IntegerScalar.randomBits(key: s.map(IntegerScalar.init), salt: 5)
                    return [select((bits & 1) .== 0, Scalar(x[0]), 0).expression]
                }
                let elements = lines.map(kept, x, scalars: key.0, key.1, key.2, key.3)
                let sum = lines.reduce(.sum, elements)
                return [lines.map(ScalarProgram { x, sum in x - sum }, elements, sum), sum]
            }, scalars: { _ in [3, -77, 1_000_000_007, 12] }),
    ]

    private static func make(
        _ name: String, _ example: Example, _ shape: [Int], _ data: CaseData,
        layout: (_ shape: [Int]) -> CaseLayout = { CaseLayout($0, offset: 2) }, contents: HostArray? = nil
    ) -> OperationCase {
        let program = example.program
        let (lineShape, length) = ([shape[0], shape[2]], shape[1])
        let operands = program.inputs.enumerated().map { position, input -> CaseOperand in
            let layout =
                input.extent == .lines
                ? CaseLayout(lineShape, offset: 1)
                : example.repeated.contains(position) ? CaseLayout(shape, steps: [0, 1, 1]) : layout(shape)
            if input.type == .integer && input.extent == .lines {
                // Some of them no position of the line.
                var random = SplitMix(name + sizeText(shape))
                return CaseOperand(
                    layout,
                    contents: .int32((0..<layout.bufferCount).map { _ in Int32(random.below(length + 2)) - 1 }))
            }
            if let contents, position == 0, input.type == .real { return CaseOperand(layout, contents: contents) }
            return CaseOperand(layout, input.type == .integer ? .integers : data)
        }
        let results = program.outputs.map { output in
            CaseResult(
                CaseLayout(program.extent(ofValue: output) == .lines ? lineShape : shape, offset: 3),
                program.type(ofValue: output) == .integer ? .int32 : .float32)
        }
        let scalars = example.scalars(length)
        return OperationCase(
            .lines, "\(example.name), \(name) \(sizeText(shape))", shape: shape, inputs: operands, outputs: results,
            accuracy: .notStated
        ) { backend, inputs, outputs in
            try backend.mapLines(program, inputs: inputs, scalars: scalars, outputs: outputs)
        }
    }

    private static var shapes: [OperationCase] {
        let lengths = [
            0, 1, 2, 3, 10, 15, 16, 17, 63, 64, 65, 127, 128, 129, 191, 255, 257, 1021, 1024, 4095, 4096, 4097,
        ]
        let shapes =
            lengths.flatMap { length in [1, 2, 13].map { [$0, length, 1] } }
            + [
                [0, 5, 1], [0, 0, 0], [3, 4, 0], [64, 10, 1], [1000, 10, 1], [5000, 1, 1], [301, 33, 1], [70, 1024, 1],
                [6, 10007, 1], [1, 70_001, 1], [5, 70_001, 1], [3, 20, 7], [2, 300, 5], [1, 3, 1000],
            ]
        return examples.flatMap { example in shapes.map { make("shape", example, $0, .reals) } }
    }

    private static var data: [OperationCase] {
        examples.filter { $0.name != "integers" }.flatMap { example in
            [CaseData.special, .extreme, .ties, .subnormal, .bits].flatMap { data in
                [[40, 7, 1], [21, 100, 1], [3, 300, 1], [2, 4099, 1]].map { make(data.rawValue, example, $0, data) }
            }
        }
    }

    /// Lines whose elements are all the same infinity or NaN, or all but one.
    private static var infinities: [OperationCase] {
        examples.filter { $0.name != "integers" }.flatMap { example in
            [5, 130].map { length in
                var elements: [Float] = []
                for value in [-Float.infinity, .infinity, .nan, -0.0, 0] {
                    for other in [value, 1, -.infinity, .nan] {
                        elements += (0..<length).map { $0 == length / 2 ? other : value }
                    }
                }
                let layout = CaseLayout([20, length, 1])
                elements += Array(repeating: 7, count: layout.bufferCount - elements.count)
                return make(
                    "infinities", example, [20, length, 1], .reals, layout: { CaseLayout($0) },
                    contents: .float32(elements))
            }
        }
    }

    private static var layouts: [OperationCase] {
        [[5, 9, 1], [6, 140, 1], [4, 5, 3]].flatMap { shape in
            [
                CaseLayout("lines padded", shape, order: [2, 0, 1], padding: 3),
                CaseLayout("transposed", shape, order: [2, 1, 0]),
                CaseLayout("axes 120", shape, order: [1, 2, 0]),
                CaseLayout("backwards", shape, steps: [1, -1, 1]),
                CaseLayout("lines backwards", shape, steps: [-1, 1, 1]),
                CaseLayout("every other", shape, steps: [1, 2, 1]),
                CaseLayout("one element for a line", shape, steps: [1, 0, 1]),
                CaseLayout("one line", shape, steps: [0, 1, 1]),
                CaseLayout("one element", shape, steps: [0, 0, 0]),
            ].flatMap { layout in examples.map { make(layout.name, $0, shape, .reals, layout: { _ in layout }) } }
        }
    }
}
