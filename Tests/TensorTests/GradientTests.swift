import Testing
import UnloopBackend
import UnloopTensor

/// Derivatives against finite differences, in float64 on `.loop`.
@Suite struct GradientTests {
    private func arguments(_ operation: DifferentiableOperation) -> [Tensor] {
        var numbers = TestNumbers(seed: 7)
        return operation.shapes.map { numbers.doubles($0, operation.low, operation.high) }
    }

    /// A weighted sum, so that no symmetry hides a mistake.
    private func weighted(_ y: Tensor) -> Tensor {
        let weights = Tensor(float64: (0..<y.count).map { 0.3 + 0.7 * Double($0 % 5) }, shape: y.shape)
        return (y * weights).sum()
    }

    /// The central difference has error h²·f‴/6 + ε·f/h; with h = 1e-5 both are below 1e-9 for functions of size 1.
    private func numericalGradient(_ x: [Tensor], _ f: ([Tensor]) -> Tensor) throws -> [[Double]] {
        let h = 1e-5
        return try x.indices.map { argument in
            let values = try x[argument].doubles()
            return try values.indices.map { element in
                func value(_ change: Double) throws -> Double {
                    var changed = values
                    changed[element] += change
                    var point = x
                    point[argument] = Tensor(float64: changed, shape: x[argument].shape)
                    return try f(point).doubles()[0]
                }
                return try (value(h) - value(-h)) / (2 * h)
            }
        }
    }

    private func expectClose(_ found: Tensor, _ expected: [Double], _ what: Comment) throws {
        let values = try found.doubles()
        #expect(values.count == expected.count, what)
        for (a, b) in zip(values, expected) { #expect(abs(a - b) <= 2e-8 * (1 + abs(b)), what) }
    }

    @Test(arguments: DifferentiableOperation.all)
    func firstDerivative(_ operation: DifferentiableOperation) throws {
        let x = arguments(operation)
        let f = { (x: [Tensor]) in weighted(operation.function(x)) }
        let expected = try numericalGradient(x, f)
        let (value, gradients) = valueWithGradient(at: x, f)
        #expect(try value.doubles() == f(x).doubles())
        for (position, gradient) in gradients.enumerated() {
            #expect(gradient.shape == x[position].shape)
            try expectClose(gradient, expected[position], "\(operation.name), argument \(position)")
        }
    }

    /// The gradient of a weighted sum of the gradient, for every operation.
    @Test(arguments: DifferentiableOperation.all)
    func secondDerivative(_ operation: DifferentiableOperation) throws {
        let x = arguments(operation)
        let directional = { (x: [Tensor]) -> Tensor in
            // The square makes the first derivative depend on the cotangent too.
            let gradients = gradient(at: x) { weighted(operation.function($0).squared()) }
            return gradients.dropFirst().reduce(weighted(gradients[0])) { $0 + weighted($1) }
        }
        let expected = try numericalGradient(x, directional)
        for (position, gradient) in gradient(at: x, directional).enumerated() {
            try expectClose(gradient, expected[position], "\(operation.name), argument \(position)")
        }
    }

    @Test(arguments: DifferentiableOperation.all)
    func forwardModeAgrees(_ operation: DifferentiableOperation) throws {
        let x = arguments(operation)
        var numbers = TestNumbers(seed: 11)
        let tangents = operation.shapes.map { numbers.doubles($0) }
        let (value, tangent) = jvp(at: x, tangents: tangents, operation.function)
        let cotangent = numbers.doubles(value.shape)
        let (_, cotangents) = vjp(at: x, operation.function, cotangent: { _ in cotangent })
        let forward = try (tangent * cotangent).sum().doubles()[0]
        let backward = try zip(cotangents, tangents).map { try ($0 * $1).sum().doubles()[0] }.reduce(0, +)
        #expect(abs(forward - backward) <= 1e-12 * (1 + abs(forward)) * Double(value.count + 10))
        #expect(tangent.shape == value.shape)
    }

    @Test func thirdDerivative() throws {
        let x = Tensor(float64: [0.5, 1.5])
        let third = gradient(at: x) { x in
            gradient(at: x) { x in gradient(at: x) { ($0 * $0 * $0 * $0).sum() }.sum() }.sum()
        }
        #expect(try third.doubles() == [12, 36])
    }

    @Test func innerFunctionOfOuterVariable() throws {
        // d/dx [x · d/dy (x y²)] at y = x: x · 2 x y; with y = 3 fixed: d/dx 2 x² y = 4 x y.
        let x = Tensor(float64: [2], shape: [])
        let y = Tensor(float64: [3], shape: [])
        let outer = gradient(at: x) { x in x * gradient(at: y) { y in x * y * y } }
        #expect(try outer.doubles() == [24])
        // The same where the inner variable is the outer one: d/dx [x · 2x²] = 6x².
        let both = gradient(at: x) { x in x * gradient(at: x) { y in x * y * y } }
        #expect(try both.doubles() == [24])
    }

    @Test func hessianVectorProductMatchesMatrix() throws {
        // f = x0² x1 + x1³: H = [[2 x1, 2 x0], [2 x0, 6 x1]].
        let x = Tensor(float64: [2, 3])
        let product = hessianVectorProduct(at: x, Tensor(float64: [1, 10])) { x in
            x[0] * x[0] * x[1] + x[1] * x[1] * x[1]
        }
        #expect(try product.doubles() == [6 + 40, 4 + 180])
    }

    @Test func stopGradientStops() throws {
        let x = Tensor(float64: [2, 3])
        #expect(try gradient(at: x) { ($0 * stopGradient($0)).sum() }.doubles() == [2, 3])
        #expect(try gradient(at: x) { _ in Tensor(float64: [1], shape: []) }.doubles() == [0, 0])
    }

    /// A graph deeper than any stack: backward and deallocation go by loops.
    @Test func deepGraph() throws {
        let x = Tensor([1], on: .loop)
        let deep = { (x: Tensor) -> Tensor in
            var y = x
            for _ in 0..<200_000 { y = y + x }
            return y.sum()
        }
        #expect(try gradient(at: x, deep).scalars() == [200_001])
        var escaped: Tensor?
        _ = valueWithGradient(at: x) { x in
            escaped = deep(x)
            return x.sum()
        }
        escaped = nil
        #expect(escaped == nil)
    }

    @Test func broadcastGradientOfProductWithZeros() throws {
        let x = Tensor(float64: [2, 0, 3, 0, 5, 0, 1, 2], shape: [2, 4])
        let expected: [Double] = [0, 0, 0, 0, 0, 10, 0, 0]
        #expect(try gradient(at: x) { $0.product(1).sum() }.doubles() == expected)
    }

    /// Threads that differentiate at the same time, some of them through a shared older graph.
    @Test func concurrently() async throws {
        let x = Tensor([0.5, -1.5, 2], on: .cpu)
        let expected = try gradient(at: x) { (tanh($0) * $0).sum() }.scalars()
        try await withThrowingTaskGroup(of: [Float].self) { group in
            for _ in 0..<16 {
                group.addTask {
                    var last: [Float] = []
                    for _ in 0..<50 { last = try gradient(at: x) { (tanh($0) * $0).sum() }.scalars() }
                    return last
                }
            }
            for try await result in group { #expect(result == expected) }
        }
    }

    /// A rectifier has derivative 0 at 0, alone and inside a formula with a bias; NaN passes through.
    @Test func rectifierAtZero() throws {
        let x = Tensor([-1, 0, -0.0, 2, .nan], on: .loop)
        #expect(try relu(x).scalars().prefix(4) == [0, 0, 0, 2])
        #expect(try relu(x).scalars()[4].isNaN)
        let biased = ScalarFunction("biased") { (x: Scalar, bias: Scalar) in select(x + bias .<= 0, 0, x + bias) }
        let gradients = gradient(at: [x, Tensor([0], on: .loop)]) { biased($0[0], $0[1])[..<4].sum() }
        #expect(try gradients[0].scalars().prefix(4) == [0, 0, 0, 1])
        #expect(try gradient(at: x) { relu($0).sum() }.scalars().prefix(4) == [0, 0, 0, 1])
    }

    @Test func tiesShareTheDerivative() throws {
        let x = Tensor(float64: [3, 1, 3, 3])
        #expect(try gradient(at: x) { $0.max() }.doubles() == [1.0 / 3, 0, 1.0 / 3, 1.0 / 3])
        let zero = Tensor(float64: [0])
        #expect(try gradient(at: zero) { relu($0).sum() }.doubles() == [0])
        #expect(try gradient(at: zero) { softplus($0).sum() }.doubles() == [0.5])
    }
}
