import UnloopBackend
import UnloopTensor

extension RandomOperation {
    /// An operation whose shapes broadcast. `%` in `text` stands for an operand.
    static func elementwise(
        _ name: String, operandsAreReal: [Bool]? = nil, givesReal: Bool? = nil, _ rounding: Rounding = .notStated,
        _ text: String, simpler: @escaping @Sendable () -> [RandomOperation] = { [] },
        _ apply: @escaping @Sendable ([Tensor], Place) -> Tensor
    ) -> RandomOperation {
        RandomOperation(
            name: name,
            result: { kinds in
                if let operandsAreReal, operandsAreReal != kinds.map(\.isReal) { return nil }
                guard let shape = broadcastShape(kinds.map(\.shape)) else { return nil }
                return TensorKind(shape, isReal: givesReal ?? kinds[kinds.count - 1].isReal)
            }, apply: apply,
            source: { operands in
                var rest = operands[...]
                return text.split(separator: "%", omittingEmptySubsequences: false).enumerated().map { part in
                    part.offset == 0 ? String(part.element) : (rest.popFirst() ?? "?") + part.element
                }.joined()
            }, rounding: rounding, simpler: simpler)
    }

    static func formula(_ formula: RandomFormula, scalars: [Double]) -> RandomOperation {
        let name = "formula"
        return elementwise(
            name, operandsAreReal: formula.inputs.map { $0 == .real }, givesReal: formula.isReal, .notStated,
            "Tensor.apply(\(formula.source), [\(formula.inputs.map { _ in "%" }.joined(separator: ", "))], scalars: \(scalars))",
            simpler: {
                formula.simpler.map { .formula($0, scalars: scalars) }
                    + (scalars.allSatisfy { $0 == 1 } ? [] : [.formula(formula, scalars: scalars.map { _ in 1 })])
            }
        ) { x, _ in Tensor.apply(formula.function, x, scalars: scalars) }
    }
}

extension OperationFamily {
    private typealias Unary = (name: String, rounding: RandomOperation.Rounding, apply: @Sendable (Tensor) -> Tensor)

    private static let functions: [Unary] = [
        ("abs(%)", .jumps, { abs($0) }), ("sqrt(%)", .ulp(0.5), { sqrt($0) }),
        ("%.squared()", .ulp(0.5), { $0.squared() }), ("%.reciprocal()", .ulp(0.5), { $0.reciprocal() }),
        ("exp(%)", .ulp(2), { exp($0) }), ("expm1(%)", .ulp(4), { expm1($0) }), ("log(%)", .ulp(2), { log($0) }),
        ("log1p(%)", .ulp(4), { log1p($0) }), ("sin(%)", .ulp(4), { sin($0) }), ("cos(%)", .ulp(4), { cos($0) }),
        ("tanh(%)", .ulp(4), { tanh($0) }), ("sigmoid(%)", .ulp(4), { sigmoid($0) }), ("erf(%)", .ulp(4), { erf($0) }),
        ("floor(%)", .jumps, { floor($0) }), ("ceil(%)", .jumps, { ceil($0) }), ("round(%)", .jumps, { round($0) }),
        ("sign(%)", .jumps, { sign($0) }), ("relu(%)", .jumps, { relu($0) }),
        ("softplus(%)", .notStated, { softplus($0) }), ("silu(%)", .ulp(6), { silu($0) }),
        ("gelu(%)", .notStated, { gelu($0) }), ("elu(%)", .ulp(4), { elu($0) }),
        ("leakyRelu(%, slope: 0.125)", .jumpsAndRounds(ulp: 0.5), { leakyRelu($0, slope: 0.125) }),
        ("%.clamped(-0.5, 1.5)", .jumps, { $0.clamped(-0.5, 1.5) }), ("(-%)", .none, { -$0 }),
        ("%.stopGradient()", .jumps, { $0.stopGradient() }),
    ]

    private typealias Binary = (
        name: String, rounding: RandomOperation.Rounding, apply: @Sendable (Tensor, Tensor) -> Tensor
    )

    private static let arithmetic: [Binary] = [
        ("(% + %)", .ulp(0.5), { $0 + $1 }), ("(% - %)", .ulp(0.5), { $0 - $1 }), ("(% * %)", .ulp(0.5), { $0 * $1 }),
        ("(% / %)", .ulp(0.5), { $0 / $1 }), ("max(%, %)", .jumps, { max($0, $1) }),
        ("min(%, %)", .jumps, { min($0, $1) }), ("pow(%, %)", .ulp(4), { pow($0, $1) }),
    ]
    private static let integerArithmetic: [Binary] = [
        ("(% + %)", .none, { $0 + $1 }), ("(% - %)", .none, { $0 - $1 }), ("(% * %)", .none, { $0 * $1 }),
        ("max(%, %)", .jumps, { max($0, $1) }), ("min(%, %)", .jumps, { min($0, $1) }),
    ]
    private static let comparisons: [Binary] = [
        ("(% .== %)", .jumps, { $0 .== $1 }), ("(% .!= %)", .jumps, { $0 .!= $1 }), ("(% .< %)", .jumps, { $0 .< $1 }),
        ("(% .<= %)", .jumps, { $0 .<= $1 }), ("(% .> %)", .jumps, { $0 .> $1 }),
        ("(% .>= %)", .jumps, { $0 .>= $1 }),
    ]

    private typealias WithNumber = (name: String, apply: @Sendable (Tensor, Double) -> Tensor)

    /// With a number in the place of `#`.
    private static let withNumber: [WithNumber] = [
        ("(% + #)", { $0 + $1 }), ("(% - #)", { $0 - $1 }), ("(# - %)", { $1 - $0 }), ("(% * #)", { $0 * $1 }),
        ("max(%, #)", { max($0, $1) }), ("min(%, #)", { min($0, $1) }), ("(% / #)", { $0 / $1 }),
        ("(# / %)", { $1 / $0 }), ("pow(%, #)", { pow($0, $1) }),
    ]
    private static let comparedWithNumber: [WithNumber] = [
        ("(% .== #)", { $0 .== $1 }), ("(% .!= #)", { $0 .!= $1 }), ("(% .< #)", { $0 .< $1 }),
        ("(% .<= #)", { $0 .<= $1 }), ("(% .> #)", { $0 .> $1 }), ("(% .>= #)", { $0 .>= $1 }),
    ]

    static let elementwise: [OperationFamily] = [
        OperationFamily("function", weight: 16) { builder in
            let row = builder.numbers.pick(functions)
            return builder.add(
                .elementwise(row.name, operandsAreReal: [true], row.rounding, row.name) { x, _ in row.apply(x[0]) },
                [builder.anyReal()])
        },
        OperationFamily("arithmetic", weight: 16) { builder in
            let row = builder.numbers.pick(arithmetic)
            let first = builder.anyReal()
            let second = builder.broadcasting(to: builder.kinds[first].shape)
            let operands = builder.numbers.chance(1, of: 2) ? [first, second] : [second, first]
            return builder.add(
                .elementwise(row.name, operandsAreReal: [true, true], row.rounding, row.name) { x, _ in
                    row.apply(x[0], x[1])
                }, operands)
        },
        OperationFamily("integer arithmetic", weight: 4) { builder in
            let row = builder.numbers.pick(integerArithmetic)
            let first = builder.anyInteger()
            let second = builder.broadcasting(to: builder.kinds[first].shape, isReal: false)
            return builder.add(
                .elementwise(row.name, operandsAreReal: [false, false], row.rounding, row.name) { x, _ in
                    row.apply(x[0], x[1])
                }, [second, first])
        },
        OperationFamily("arithmetic with a number", weight: 7) { builder in
            let isReal = !builder.numbers.chance(1, of: 5)
            let row = builder.numbers.pick(isReal ? withNumber : Array(withNumber.prefix(6)))
            let number = isReal ? builder.number() : Double(builder.numbers.pick([0, 1, -1, 3, 1000, -77]))
            return builder.add(
                .elementwise(
                    row.name, operandsAreReal: [isReal], row.name.hasPrefix("pow") ? .ulp(4) : .ulp(0.5),
                    row.name.replacing("#", with: "\(number)")
                ) { x, _ in row.apply(x[0], number) },
                [isReal ? builder.anyReal() : builder.anyInteger()])
        },
        OperationFamily("comparison", weight: 5) { builder in
            let row = builder.numbers.pick(comparisons)
            let isReal = !builder.numbers.chance(1, of: 3)
            let first = isReal ? builder.anyReal() : builder.anyInteger()
            let second = builder.broadcasting(to: builder.kinds[first].shape, isReal: isReal)
            return builder.add(
                .elementwise(row.name, operandsAreReal: [isReal, isReal], givesReal: false, row.rounding, row.name) {
                    x, _ in row.apply(x[0], x[1])
                }, [first, second])
        },
        OperationFamily("comparison with a number", weight: 3) { builder in
            let row = builder.numbers.pick(comparedWithNumber)
            let isReal = !builder.numbers.chance(1, of: 3)
            let number = builder.numbers.pick([0, 0.5, 1, -1, 3])
            let exact = isReal ? number : number.rounded(.up)
            return builder.add(
                .elementwise(
                    row.name, operandsAreReal: [isReal], givesReal: false, .jumps,
                    row.name.replacing("#", with: "\(exact)")
                ) { x, _ in row.apply(x[0], exact) }, [isReal ? builder.anyReal() : builder.anyInteger()])
        },
        OperationFamily("select", weight: 6) { builder in
            let isReal = !builder.numbers.chance(1, of: 4)
            let first = isReal ? builder.anyReal() : builder.anyInteger()
            let shape = builder.kinds[first].shape
            let second = builder.broadcasting(to: shape, isReal: isReal)
            let condition = builder.broadcasting(to: shape, isReal: false)
            return builder.add(
                .elementwise(
                    "select", operandsAreReal: [false, isReal, isReal], .none, "select(%, %, %)"
                ) { x, _ in select(x[0], x[1], x[2]) }, [condition, first, second])
        },
        OperationFamily("formula", weight: 14) { builder in
            let formula = RandomFormula.random(
                seed: builder.seed, pool: 0, number: builder.numbers.below(200), inputs: 1...3)
            let first = builder.anyReal()
            let shape = builder.kinds[first].shape
            let operands = formula.inputs.enumerated().map { position, type in
                position == 0 ? first : builder.broadcasting(to: shape, isReal: type == .real)
            }
            return builder.add(.formula(formula, scalars: builder.scalars(formula)), operands)
        },
        OperationFamily("conversion", weight: 5) { builder in
            if builder.numbers.chance(1, of: 2) {
                return builder.add(
                    .elementwise("to real", operandsAreReal: [false], givesReal: true, .ulp(0.5), "%.to(.float32)") {
                        $0[0].to($1.real)
                    }, [builder.anyInteger()])
            }
            return builder.add(
                .elementwise("to int32", operandsAreReal: [true], givesReal: false, .jumps, "%.to(.int32)") { x, _ in
                    x[0].to(.int32)
                }, [builder.anyReal()])
        },
    ]
}

extension ProgramBuilder {
    /// Values for a formula's scalars.
    mutating func scalars(_ formula: RandomFormula) -> [Double] {
        formula.scalars.map { $0 == .real ? number() : Double(numbers.pick([0, 1, -1, 5, 33])) }
    }
}
