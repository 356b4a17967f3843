import Testing
import UnloopBackend
import UnloopLoop

/// Derivatives of formulas with selections: what is not taken does not count.
@Suite struct BranchTests {
    /// The outputs of a program for one element, in float64.
    private func run(_ program: ScalarProgram, _ inputs: [Double], scalars: [Double] = []) throws -> [Double] {
        let backend = LoopBackend()
        let views = try inputs.map { StridedView(try backend.upload(.float64([$0])), shape: [1]) }
        let outputs = try program.outputs.map { _ in
            StridedView(try backend.allocate(.float64, count: 1), shape: [1])
        }
        try backend.map(program, inputs: views, scalars: scalars, outputs: outputs)
        return try outputs.map { output in
            guard case .float64(let values) = try backend.download(output.buffer, offset: 0, count: 1) else {
                return .nan
            }
            return values[0]
        }
    }

    private struct Case: Sendable {
        let formula: @Sendable (Scalar) -> Scalar
        let x: Double
        let first: Double
        let second: Double
        init(
            _ x: Double, _ first: Double, _ second: Double, _ formula: @escaping @Sendable (Scalar) -> Scalar
        ) {
            (self.formula, self.x, self.first, self.second) = (formula, x, first, second)
        }
    }

    private static let cases: [Case] = [
        Case(-1, 0, 0) { x in select(x .> 0, sqrt(x), 0) },
        Case(4, 0.25, -1.0 / 32) { x in select(x .> 0, sqrt(x), 0) },
        Case(0, 0, 0) { x in select(x .> 0, log(x), 0) },
        Case(0, 1, 0) { x in select(x .> 0, 1 / x, x) },
        Case(-2, 3, 0) { x in select(x .<= 0, 3 * x, pow(x, 0.5)) },
        // Both branches use the root, under the same condition twice, and under two different ones.
        Case(-1, 0, 0) { x in select(x .> 0, sqrt(x), 0) + select(x .> 0, 2 * sqrt(x), 1) },
        Case(-1, 0, 0) { x in select(x .> 0, sqrt(x), 0) + select(x .> 1, 2 * sqrt(x), 1) },
        Case(0.25, 1, -2) { x in select(x .> 0, sqrt(x), 0) + select(x .> 1, 2 * sqrt(x), 1) },
        // Nested, with conditions that differ; and a long way from the branch to the root.
        Case(-1, 0, 0) { x in select(x .> -2, select(x .> 0, sqrt(x), 0), 5) },
        Case(-3, 0, 0) { x in select(x .> -2, select(x .> 0, sqrt(x), sqrt(x + 2)), 5) },
        Case(-1.75, 1, -2) { x in select(x .> -2, select(x .> 0, sqrt(x), sqrt(x + 2)), 5) },
        Case(-1, 0, 0) { x in select(x .> 0, exp(sqrt(x) * 2 + 1) / sqrt(x), 0) },
        // Infinite values, and one that is finite although its parts are not.
        Case(.infinity, 2, 0) { x in select(x .< 10, x * x, 2 * x) },
        Case(1000, 1, 0) { x in select(x .> 30, x, log1p(exp(x))) },
        Case(-.infinity, 0, 0) { x in select(x .> 0, x * x, 0) },
        // What minimum and maximum leave out, and the branch of an integer that is no comparison.
        Case(0, 0, 0) { x in max(log(x), -100) },
        Case(-1, 0, 0) { x in select(x .> 0, min(sqrt(x), 2), 0) },
        Case(-1, 0, 0) { x in select(IntegerScalar(truncating: max(x, 0) * 4), sqrt(x), 0) },
        // NaN is an input like others.
        Case(.nan, 0, 0) { x in select(x .== x, tanh(x), 0) },
        Case(.nan, 0, 0) { x in select(x .== x, abs(x), 0) },
    ]

    @Test("a branch that is not taken has no part in first and second derivatives", arguments: cases.indices)
    func branchNotTaken(_ number: Int) throws {
        let one = Self.cases[number]
        let program = ScalarProgram(one.formula)
        let slope = program.pullback(withRespectTo: [0])
        #expect(try run(slope, [one.x, 1]) == [one.first], "\(program)")
        // By x and by the cotangent, which is what the derivative is linear in.
        let curvature = slope.pullback(withRespectTo: [0, 1])
        #expect(try run(curvature, [one.x, 1, 1]) == [one.second, one.first], "\(slope)")
        #expect(try run(curvature, [one.x, 1, 0]) == [0, 0])
    }

    @Test("formulas without branches, and those whose branches are safe, get no further selections")
    func ordinaryFormulasAreAsBefore() {
        func selections(_ formula: (Scalar) -> Scalar) -> Int {
            ScalarProgram(formula).pullback(withRespectTo: [0]).instructions.count { $0.operation == .select }
        }
        #expect(selections { x in tanh(x) * exp(x) / x } == 0)
        #expect(selections { x in select(x .<= 0, 0, x) } == 1)
        #expect(selections { x in select(x .> 0, x, 0.01 * x) } == 2)
        #expect(selections { x in select(x .> 0, 3 * (x + 1), -x) } == 2)
        // One where the branch is left, however long it is.
        #expect(selections { x in select(x .> 0, exp(sqrt(x) * 2 + 1) / sqrt(x), 0) } == 2)
    }

    @Test("a condition that nothing simplifies still guards what depends on it")
    func manyConditions() throws {
        // The root is wanted under any of 40 conditions.
        let program = ScalarProgram { x in
            (0..<40).reduce(Scalar(0)) { sum, step in sum + select(x .> Scalar(Double(step)), sqrt(x), 0) }
        }
        let slope = program.pullback(withRespectTo: [0])
        #expect(try run(slope, [-1, 1]) == [0])
        #expect(try run(slope, [4, 1]) == [1])
        #expect(try run(slope, [0, 1]) == [0])
    }

    // MARK: Long formulas

    private static let long = 100_000

    @Test("formulas of a hundred thousand steps are traced, described, compared, differentiated and freed")
    func longFormula() throws {
        func trace() -> ScalarProgram { ScalarProgram { x in (0..<Self.long).reduce(x) { sum, _ in sum + x } } }
        let program = trace()
        #expect(program.instructions.count == Self.long)
        #expect(program == trace())
        #expect(program.description.split(separator: "\n").count == Self.long + 2)
        #expect(try run(program, [1]) == [Double(Self.long + 1)])
        let slope = program.pullback(withRespectTo: [0])
        #expect(try run(slope, [1, 1]) == [Double(Self.long + 1)])
        #expect(try run(slope.pullback(withRespectTo: [0]), [1, 1, 1]) == [0])
    }

    @Test("selections nested many thousands deep, each under its own condition")
    func longSelections() throws {
        let program = ScalarProgram { x in
            (0..<Self.long / 4).reduce(sqrt(x)) { value, step in select(x .> Scalar(Double(-step)), value + 1, x) }
        }
        let slope = program.pullback(withRespectTo: [0])
        #expect(try run(slope, [4, 1]) == [0.25])
        #expect(try run(slope, [-3, 1]) == [1])
    }

    @Test("a value used twice by each of 30 steps has 2^30 paths, and 30 instructions")
    func manyPaths() throws {
        let program = ScalarProgram { x in (0..<30).reduce(x) { sum, _ in sum + sum } }
        #expect(program.instructions.count == 30)
        #expect(try run(program.pullback(withRespectTo: [0]), [1, 1]) == [0x1p30])
        let selected = ScalarProgram { x in (0..<30).reduce(x) { sum, _ in select(x .> 0, sum * sum, sum) } }
        #expect(try run(selected.pullback(withRespectTo: [0]), [1, 1]) == [0x1p30])
    }
}
