import Foundation
import Testing
import UnloopBackend
import UnloopTensor

@Suite struct ElementwiseTests {
    /// Every pair of shapes that broadcasts, against index arithmetic.
    @Test func broadcasting() throws {
        let shapes: [[Int]] = [[], [1], [3], [2, 3], [2, 1], [1, 3], [1, 1], [4, 1, 3], [4, 2, 1], [4, 2, 3]]
        var numbers = TestNumbers(seed: 3)
        for left in shapes {
            for right in shapes {
                let (a, b) = (numbers.floats(left, 0.5, 2), numbers.floats(right, 0.5, 2))
                let rank = max(left.count, right.count)
                let l = Array(repeating: 1, count: rank - left.count) + left
                let r = Array(repeating: 1, count: rank - right.count) + right
                let common = zip(l, r).map { max($0, $1) }
                let (x, y) = (try a.scalars(), try b.scalars())
                var expected: [[Float]] = [[], [], [], []]
                for flat in 0..<common.reduce(1, *) {
                    var (rest, i, j, stepI, stepJ) = (flat, 0, 0, 1, 1)
                    for axis in (0..<rank).reversed() {
                        let position = rest % common[axis]
                        rest /= common[axis]
                        if l[axis] > 1 { i += position * stepI }
                        if r[axis] > 1 { j += position * stepJ }
                        stepI *= l[axis]
                        stepJ *= r[axis]
                    }
                    expected[0].append(x[i] + y[j])
                    expected[1].append(x[i] - y[j])
                    expected[2].append(x[i] * y[j])
                    expected[3].append(x[i] / y[j])
                }
                for (result, values) in zip([a + b, a - b, a * b, a / b], expected) {
                    #expect(result.shape == common)
                    #expect(try result.scalars() == values)
                }
            }
        }
    }

    @Test func numbers() throws {
        let x = Tensor([1, 2, 4], on: .loop)
        #expect(try (x + 1).scalars() == [2, 3, 5])
        #expect(try (1 - x).scalars() == [0, -1, -3])
        #expect(try (x - 1).scalars() == [0, 1, 3])
        #expect(try (2 * x / 4).scalars() == [0.5, 1, 2])
        #expect(try (8 / x).scalars() == [8, 4, 2])
        #expect(try pow(x, 2).scalars() == [1, 4, 16])
        #expect(try max(x, 3).scalars() == [3, 3, 4])
        #expect(try (-x).scalars() == [-1, -2, -4])
        var y = x
        y += 1
        y *= x
        y -= 2
        y /= 2
        #expect(try y.scalars() == [0, 2, 9])
    }

    @Test func integers() throws {
        let x = Tensor(int32: [1, -2, .max], on: .loop)
        #expect(try (x + 1).integers() == [2, -1, .min])
        #expect(try (x * x).integers() == [1, 4, 1])
        #expect(try (0 - x).integers() == (-x).integers())
        #expect(try max(x, 0).integers() == [1, 0, .max])
        #expect(try min(x, Tensor(int32: [0, 0, 0], on: .loop)).integers() == [0, -2, 0])
        #expect(try (x .> 0).integers() == [1, 0, 1])
        #expect(try x.sum().integers() == [Int32.max &- 1])
        #expect(try x.max().integers() == [.max])
    }

    @Test func comparisons() throws {
        let x = Tensor([1, 2, .nan, 3], on: .loop)
        let y = Tensor([2, 2, 2, .nan], on: .loop)
        #expect(try (x .< y).integers() == [1, 0, 0, 0])
        #expect(try (x .<= y).integers() == [1, 1, 0, 0])
        #expect(try (x .> y).integers() == [0, 0, 0, 0])
        #expect(try (x .>= 2).integers() == [0, 1, 0, 1])
        #expect(try (x .== y).integers() == [0, 1, 0, 0])
        #expect(try (x .!= y).integers() == [1, 0, 1, 1])
        #expect(try select(x .== 2, -x, y)[..<3].scalars() == [2, -2, 2])
        #expect(try select(x .> 1, x.to(.int32), Tensor(int32: [7], on: .loop)).integers() == [7, 2, 7, 3])
    }

    @Test func conversions() throws {
        let x = Tensor([1.9, -1.9, .nan, 1e20, -.infinity], on: .loop)
        #expect(try x.to(.int32).integers() == [1, -1, 0, .max, .min])
        #expect(try Tensor(int32: [16_777_217], on: .loop).to(.float32).scalars() == [16_777_216])
        #expect(try Tensor(int32: [16_777_217], on: .loop).to(.float64).doubles() == [16_777_217])
        #expect(try Tensor(float64: [0.1]).to(.float32).scalars() == [0.1])
    }

    @Test func clampAndSign() throws {
        let x = Tensor([-3, -0.5, 0, 0.5, 3], on: .loop)
        #expect(try x.clamped(-1, 1).scalars() == [-1, -0.5, 0, 0.5, 1])
        #expect(try sign(x).scalars() == [-1, -1, 0, 1, 1])
        #expect(try x.clamped(-1, 1).scalars().count == 5)
        #expect(try gradient(at: x) { $0.clamped(-0.5, 1).sum() }.scalars() == [0, 1, 1, 1, 0])
    }

    /// Named functions against Double, with the contract's 4 ULP (2 for exp and log) and some room for formulas of several steps.
    @Test func functionsAgainstDouble() throws {
        let values = stride(from: -6.0, through: 6, by: 0.37).map { Float($0) }
        let x = Tensor(values, on: .loop)
        func check(_ name: Comment, _ result: Tensor, ulps: Double, _ truth: (Double) -> Double) throws {
            for (value, found) in zip(values, try result.scalars()) {
                let expected = truth(Double(value))
                #expect(
                    abs(Double(found) - expected) <= ulps * Double(Float(expected).ulp), "\(name) at \(value): \(found)"
                )
            }
        }
        try check("exp", exp(x), ulps: 2) { Foundation.exp($0) }
        try check("tanh", tanh(x), ulps: 4) { Foundation.tanh($0) }
        try check("sigmoid", sigmoid(x), ulps: 4) { 1 / (1 + Foundation.exp(-$0)) }
        try check("erf", erf(x), ulps: 4) { Foundation.erf($0) }
        try check("softplus", softplus(x), ulps: 6) { Foundation.log1p(Foundation.exp($0)) }
        try check("sin", sin(x), ulps: 4) { Foundation.sin($0) }
        try check("log", log(x * x), ulps: 4) { Foundation.log(Double(Float($0) * Float($0))) }
        try check("relu", relu(x), ulps: 0) { $0 > 0 ? $0 : 0 }
        try check("leakyRelu", leakyRelu(x, slope: 0.5), ulps: 0) { $0 > 0 ? $0 : $0 / 2 }
        try check("squared", x.squared(), ulps: 0.5) { $0 * $0 }
    }

    @Test func extremes() throws {
        let x = Tensor([-1e4, 1e4, .infinity, -.infinity], on: .loop)
        #expect(try softplus(x).scalars() == [0, 1e4, .infinity, 0])
        #expect(try sigmoid(x).scalars() == [0, 1, 1, 0])
        #expect(try gradient(at: x[..<2]) { softplus($0).sum() }.scalars() == [0, 1])
    }

    @Test func creation() throws {
        #expect(try Tensor([[1, 2], [3, 4]], on: .loop).scalars() == [1, 2, 3, 4])
        #expect(Tensor([[[1, 2]], [[3, 4]]], on: .loop).shape == [2, 1, 2])
        #expect(Tensor([[[[1], [2]]]], on: .loop).shape == [1, 1, 2, 1])
        #expect(try Tensor.arange(0, 1, step: 0.25, on: .loop).scalars() == [0, 0.25, 0.5, 0.75])
        #expect(try Tensor.arange(3, 0, step: -1, .int32, on: .loop).integers() == [3, 2, 1])
        #expect(try Tensor.linspace(-1, 1, count: 5, on: .loop).scalars() == [-1, -0.5, 0, 0.5, 1])
        #expect(try Tensor.eye(3, on: .loop).scalars() == [1, 0, 0, 0, 1, 0, 0, 0, 1])
        #expect(try Tensor.indices(3, on: .loop).oneHot(4).scalars() == [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0])
        #expect(try Tensor(2.5, on: .loop).item() == 2.5)
        #expect(try Tensor.full([2], 7, .int32, on: .loop).integers() == [7, 7])
        #expect(Tensor([] as [Float], on: .loop).sum().failure == nil)
        #expect(try Tensor([] as [Float], on: .loop).sum().item() == 0)
    }

    @Test func programsWithSeveralOutputs() throws {
        let program = ScalarProgram(inputs: [.real, .real], scalars: [.real]) { x, s in
            let (w, g) = (Scalar(x[0]), Scalar(x[1]))
            return [(w - Scalar(s[0]) * g).expression, (w + g).expression]
        }
        let results = Tensor.applyAll(
            "update", program, [Tensor([[1, 2]], on: .loop), Tensor([[10], [20]], on: .loop)], scalars: [0.5])
        #expect(try results[0].scalars() == [-4, -3, -9, -8])
        #expect(try results[1].scalars() == [11, 12, 21, 22])
    }
}
