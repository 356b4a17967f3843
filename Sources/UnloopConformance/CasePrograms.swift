import UnloopBackend

/// A scalar program with the kind of numbers that it is tried with.
struct CaseProgram: Sendable {
    let name: String
    let program: ScalarProgram
    let scalars: [Double]
    let data: [CaseData]
    let accuracy: OperationCase.Accuracy

    init(
        _ name: String, _ program: ScalarProgram, scalars: [Double] = [], data: [CaseData]? = nil,
        accuracy: OperationCase.Accuracy = .notStated
    ) {
        self.name = name
        self.program = program
        self.scalars = scalars
        self.data = data ?? program.inputTypes.map { $0 == .real ? .reals : .integers }
        self.accuracy = accuracy
    }

    /// The same program on other numbers; integers stay integers.
    func with(_ reals: CaseData) -> CaseProgram {
        CaseProgram(
            name, program, scalars: scalars, data: data.map { $0.elementType == .int32 ? $0 : reals },
            accuracy: accuracy)
    }
}

enum CasePrograms {
    /// Every primitive that has operands, alone.
    static let primitives: [CaseProgram] = ScalarOperation.allCases.compactMap { operation in
        guard !operation.operandTypes.isEmpty, operation != .randomBits else { return nil }
        let program = ScalarProgram(inputs: operation.operandTypes) { inputs, _ in
            [ScalarExpression(operation, inputs)]
        }
        let data: [CaseData] = operation.operandTypes.enumerated().map { position, type in
            if type == .integer {
                return position == 0 && (operation == .select || operation == .integerSelect) ? .booleans : .integers
            }
            return .special
        }
        return CaseProgram(operation.rawValue, program, data: data, accuracy: accuracy(of: operation))
    }

    private static func accuracy(of operation: ScalarOperation) -> OperationCase.Accuracy {
        switch operation {
        case .exp, .log: .ulp(2)
        case .expm1, .log1p, .tanh, .sigmoid, .erf, .normalDistribution, .sin, .cos, .power: .ulp(4)
        case .add, .subtract, .multiply, .divide, .squareRoot, .fusedMultiplyAdd, .realFromInteger: .ulp(0.5)
        // Halves beyond 2^23 are what float64 rounds and float32 has not; the inputs here are float32 already.
        default: .exact
        }
    }

    /// Primitives without operands, and integer arithmetic on the position.
    static let positions: [CaseProgram] = [
        CaseProgram(
            "index",
            ScalarProgram(inputs: []) { _, _ in [IntegerScalar.index.expression] }, accuracy: .exact),
        CaseProgram(
            "index_real",
            ScalarProgram(inputs: []) { _, _ in
                [(Scalar(converting: .index) * 0.5 + 1).expression]
            }),
        CaseProgram(
            "constants",
            ScalarProgram(inputs: []) { _, _ in
                [Scalar(0.1).expression, IntegerScalar(integerLiteral: -7).expression, Scalar(1e-42).expression]
            }),
        CaseProgram(
            "checkerboard",
            ScalarProgram(inputs: [.real]) { x, _ in
                [select((IntegerScalar.index & 1) .== 0, Scalar(x[0]), -Scalar(x[0])).expression]
            }, accuracy: .exact),
        CaseProgram(
            "scalars",
            ScalarProgram(inputs: [.real, .integer], scalars: [.real, .integer]) { x, s in
                [
                    (Scalar(x[0]) * Scalar(s[0])).expression,
                    (IntegerScalar(x[1]) + IntegerScalar(s[1])).expression,
                ]
            }, scalars: [0.1, -5]),
        CaseProgram(
            "inputs as outputs",
            ScalarProgram(inputs: [.real, .integer], scalars: [.real]) { x, s in [x[1], x[0], s[0], x[0]] },
            scalars: [2.5], accuracy: .exact),
    ]

    /// Functions of one real, as networks use them.
    static let activations: [CaseProgram] = [
        ("relu", ScalarProgram { x in max(x, 0) }),
        ("leaky_relu", ScalarProgram { x in select(x .> 0, x, 0.01 * x) }),
        ("relu6", ScalarProgram { x in min(max(x, 0), 6) }),
        ("softplus", ScalarProgram { x in max(x, 0) + log1p(exp(-abs(x))) }),
        ("gelu", ScalarProgram { x in select(x .< -40, -40, x) * normalDistribution(x) }),
        (
            "gelu_tanh",
            ScalarProgram { x in 0.5 * x * (1 + tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))) }
        ),
        ("silu", ScalarProgram { x in select(x .< -800, -800, x) * sigmoid(x) }),
        ("elu", ScalarProgram { x in select(x .> 0, x, expm1(x)) }),
        ("mish", ScalarProgram { x in x * tanh(max(x, 0) + log1p(exp(-abs(x)))) }),
        ("softsign", ScalarProgram { x in x / (1 + abs(x)) }),
        ("hard_sigmoid", ScalarProgram { x in min(max(x / 6 + 0.5, 0), 1) }),
        ("reciprocal_root", ScalarProgram { x in 1 / sqrt(abs(x) + 1e-5) }),
        ("sine_cosine", ScalarProgram { x in sin(x) * cos(x) }),
        ("cube", ScalarProgram { x in pow(x, 3) }),
    ].map { CaseProgram($0.0, $0.1) }

    /// Functions of several reals, as losses and gates use them.
    static let combinations: [CaseProgram] = [
        CaseProgram("multiply_add", ScalarProgram { a, b, c in a * b + c }),
        CaseProgram("fused_multiply_add_three", ScalarProgram { a, b, c in fma(a, b, fma(b, c, a)) }),
        CaseProgram("squared_difference", ScalarProgram { a, b in (a - b) * (a - b) }),
        CaseProgram(
            "huber", ScalarProgram { a, b in select(abs(a - b) .<= 1, 0.5 * (a - b) * (a - b), abs(a - b) - 0.5) }),
        CaseProgram(
            "binary_cross_entropy", ScalarProgram { p, y in -(y * log(p) + (1 - y) * log1p(-p)) },
            data: [.probability, .probability]),
        CaseProgram(
            "binary_cross_entropy_logits", ScalarProgram { x, y in max(x, 0) - x * y + log1p(exp(-abs(x))) },
            data: [.reals, .probability]),
        CaseProgram("positive_power", ScalarProgram { x, y in pow(x, y) }, data: [.positive, .reals]),
        CaseProgram("hypotenuse", ScalarProgram { x, y in sqrt(x * x + y * y) }),
        CaseProgram("gate", ScalarProgram { f, c, i in sigmoid(f) * c + sigmoid(i) * tanh(c) }),
        CaseProgram("clamp", ScalarProgram { x, low, high in min(max(x, low), high) }),
    ]

    /// Updates of parameters: several outputs, which are also inputs, and scalars that change with each step.
    static let updates: [(name: String, program: ScalarProgram, scalars: [Double], states: Int)] = [
        (
            "descent",
            ScalarProgram(inputs: [.real, .real], scalars: [.real]) { x, s in
                [(Scalar(x[0]) - Scalar(s[0]) * Scalar(x[1])).expression]
            }, [0.01], 1
        ),
        (
            "momentum",
            ScalarProgram(inputs: [.real, .real, .real], scalars: [.real, .real]) { x, s in
                let velocity = Scalar(s[1]) * Scalar(x[1]) + Scalar(x[2])
                return [(Scalar(x[0]) - Scalar(s[0]) * velocity).expression, velocity.expression]
            }, [0.01, 0.9], 2
        ),
        (
            "adam",
            ScalarProgram(inputs: [.real, .real, .real, .real], scalars: [.real, .real]) { x, s in
                let gradient = Scalar(x[3])
                let first = 0.9 * Scalar(x[1]) + 0.1 * gradient
                let second = 0.999 * Scalar(x[2]) + 0.001 * (gradient * gradient)
                let step = Scalar(s[0]) * first / (sqrt(abs(second) / Scalar(s[1])) + 1e-8)
                return [(Scalar(x[0]) - step).expression, first.expression, second.expression]
            }, [0.001, 0.001999], 3
        ),
    ]

    /// Programs that nobody would write: operations drawn at random, so that values live short and long, are used often
    /// and never, and every type meets every operation.
    static let arbitrary: [CaseProgram] = (0..<24).map { number in
        var random = SplitMix("arbitrary program \(number)")
        let program = ScalarProgram(
            inputs: [.real, .integer, .real], scalars: [.integer, .integer, .integer, .integer, .real]
        ) { inputs, scalars in
            var values = inputs + scalars
            func value(of type: ScalarType) -> ScalarExpression {
                let candidates = values.filter { $0.type == type }
                // Mostly recent ones, so that the chains are long.
                let recent = max(0, candidates.count - 1 - random.below(6))
                return candidates[random.below(3) == 0 ? random.below(candidates.count) : recent]
            }
            for _ in 0..<(4 + random.below(30)) {
                let operation = ScalarOperation.allCases[random.below(ScalarOperation.allCases.count)]
                switch operation {
                case .constant:
                    values.append(Scalar(Double(random.signedUnit()) * 3).expression)
                case .integerConstant:
                    values.append(IntegerScalar(integerLiteral: Int32(random.below(40)) - 8).expression)
                case .randomBits:
                    values.append(
                        IntegerScalar.randomBits(
                            key: scalars.prefix(4).map(IntegerScalar.init), salt: UInt32(random.below(9))
                        ).expression)
                default:
                    values.append(ScalarExpression(operation, operation.operandTypes.map(value)))
                }
            }
            return [values[values.count - 1], values[values.count - 2], values[random.below(values.count)]]
        }
        return CaseProgram(
            "arbitrary \(number)", program, scalars: [3, -77, 1_000_000_007, 12, 0.7],
            data: [.reals, .integers, .special])
    }
}
