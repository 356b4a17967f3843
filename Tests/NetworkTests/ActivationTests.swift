import Foundation
import Testing
import UnloopBackend
import UnloopNetwork
import UnloopTensor

/// Activations and their derivatives over all sizes of arguments, against Double.
@Suite struct ActivationTests {
    struct Truth: Sendable, CustomTestStringConvertible {
        let activation: Activation
        /// In units in the last place of the value.
        let bound: Double
        let value: @Sendable (Double) -> Double
        let slope: @Sendable (Double) -> Double
        /// Whether the derivative, which is then computed from the result, is accurate beside 1 only.
        var slopeOfResult = false
        var testDescription: String { activation.name }
    }

    private static func normal(_ x: Double) -> Double { 0.5 * erfc(-x * 0.5.squareRoot()) }
    private static func logistic(_ x: Double) -> Double {
        let e = exp(-abs(x))
        return x < 0 ? e / (1 + e) : 1 / (1 + e)
    }
    private static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
    /// x · y, or 0 where y is: the limit.
    private static func product(_ x: Double, _ y: Double) -> Double { y == 0 ? 0 : x * y }

    static let truths: [Truth] = [
        Truth(
            activation: .sigmoid, bound: 4, value: logistic, slope: { logistic($0) * logistic(-$0) },
            slopeOfResult: true),
        Truth(
            activation: .tanh, bound: 4, value: { tanh($0) }, slope: { 1 - tanh($0) * tanh($0) }, slopeOfResult: true),
        Truth(activation: .relu, bound: 0, value: { $0 <= 0 ? 0 : $0 }, slope: { $0 <= 0 ? 0 : $0 > 0 ? 1 : .nan }),
        Truth(activation: .softplus, bound: 4, value: softplus, slope: logistic),
        Truth(
            activation: .gelu, bound: 5, value: { $0 > 0 ? $0 * normal($0) : product($0, normal($0)) },
            slope: { normal($0) + product($0, exp(-0.5 * $0 * $0) / (2 * Double.pi).squareRoot()) }),
        Truth(
            activation: .silu, bound: 4, value: { $0 > 0 ? $0 * logistic($0) : product($0, logistic($0)) },
            slope: { logistic($0) + product($0, logistic($0) * logistic(-$0)) }),
        Truth(
            activation: .mish, bound: 8,
            value: { $0 > 0 ? $0 * tanh(softplus($0)) : product($0, tanh(softplus($0))) },
            slope: { x in
                tanh(softplus(x)) + product(x, logistic(x) / pow(cosh(min(softplus(x), 800)), 2))
            }),
        Truth(
            activation: .selu, bound: 5,
            value: { 1.0507009873554805 * ($0 > 0 ? $0 : 1.6732632423543772 * expm1($0)) },
            slope: { 1.0507009873554805 * ($0 > 0 ? 1 : 1.6732632423543772 * exp($0)) }),
        Truth(
            activation: .softsign, bound: 2, value: { $0.isInfinite ? ($0 > 0 ? 1 : -1) : $0 / (1 + abs($0)) },
            slope: { 1 / ((1 + abs($0)) * (1 + abs($0))) }),
        Truth(activation: .identity, bound: 0, value: { $0 }, slope: { _ in 1 }),
        Truth(
            activation: .leakyRelu(), bound: 2, value: { $0 > 0 ? $0 : 0.01 * $0 }, slope: { $0 > 0 ? 1 : 0.01 }),
        Truth(activation: .elu(), bound: 4, value: { $0 > 0 ? $0 : expm1($0) }, slope: { $0 > 0 ? 1 : exp($0) }),
    ]

    /// All powers of two and what lies between, where most functions bend more closely, and the ends.
    private static let grid: [Float] = {
        var result: [Float] = [0, .greatestFiniteMagnitude, .infinity, .leastNonzeroMagnitude, 5.5, 6]
        for exponent in -149...127 { result += [Float(scalbn(1.0, exponent)), Float(scalbn(1.37, exponent))] }
        for step in 1...1200 { result.append(Float(step) * 0.09) }
        return result + result.map { -$0 } + [.nan]
    }()

    @Test func everyElementwiseActivationIsHere() {
        let named = Set(Self.truths.map(\.activation.name))
        #expect(Set(Activation.all.map(\.name)) == named.union(["softmax", "logSoftmax"]))
    }

    @Test("values over the whole range, to the last places of the smallest", arguments: truths, Device.all)
    func values(_ truth: Truth, _ device: Device) throws {
        let found = try truth.activation(Tensor(Self.grid, on: device)).scalars()
        for (x, y) in zip(Self.grid, found) {
            // Beyond the range of float32 lies infinity.
            let exact = truth.value(Double(x))
            let expected = Float(exact).isInfinite ? Double(Float(exact)) : exact
            if expected.isNaN || expected.isInfinite {
                let isRight = expected.isNaN ? y.isNaN : Double(y) == expected
                #expect(isRight, "\(truth.activation.name) of \(x): \(y)")
                continue
            }
            // Where a factor is subnormal, its last place counts as often as the other one says.
            let floor = 0x1p-149 * (1 + 0.5 * min(Double(abs(x)), 120))
            let bound = max(truth.bound * Double(Float(expected).ulp), truth.bound == 0 ? 0 : floor)
            let error = abs(Double(y) - expected)
            #expect(error <= bound, "\(truth.activation.name) of \(x): \(y), not \(expected)")
        }
    }

    @Test("derivatives over the whole range, the tails included", arguments: truths, Device.all)
    func slopes(_ truth: Truth, _ device: Device) throws {
        let x = Tensor(Self.grid, on: device)
        let found = try gradient(at: x) { truth.activation($0).sum() }.scalars()
        // The same after a product, where the bias comes with the activation.
        let biased = try gradient(at: x) { x in
            let layer = ScalarFunction("shifted", { (x: Scalar, y: Scalar) in x + y })
            return truth.activation(layer(x, Tensor.zeros(like: x))).sum()
        }.scalars()
        for (position, x) in Self.grid.enumerated() where x != 0 {
            let expected = truth.slope(Double(x))
            for y in [found[position], biased[position]] {
                if expected.isNaN || x.isNaN {
                    // The slopes of straight lines do not depend on x.
                    let isStraight = ["relu", "identity", "leakyRelu(0.01)"].contains(truth.activation.name)
                    #expect(isStraight || y.isNaN, "\(truth.activation.name) at \(x): \(y)")
                    continue
                }
                let isTail = abs(x) >= 3 && !truth.slopeOfResult
                let bound = isTail ? max(32 * Double(Float(expected).ulp), 0x1p-149 * 120) : 6e-7
                let error = abs(Double(y) - expected)
                #expect(error <= bound, "\(truth.activation.name) at \(x): \(y), not \(expected)")
            }
        }
    }

    @Test("the examples of the tails of gelu", arguments: Device.all) func gelu(_ device: Device) throws {
        let x = Tensor([-5.5, -6, -.infinity, .infinity, -12], on: device)
        let y = try UnloopTensor.gelu(x).doubles()
        for (found, expected) in zip(y, [-1.0444259e-07, -5.919526e-09, 0, Double.infinity, -2.1317787e-32]) {
            let bound = -1e-6 * min(expected, 0)
            let isClose = found == expected || (expected - bound...expected + bound).contains(found)
            #expect(isClose, "\(found), not \(expected)")
        }
        let slopes = try gradient(at: x) { UnloopTensor.gelu($0).sum() }.doubles()
        #expect(slopes[2] == 0 && slopes[3] == 1)
    }

    @Test("exponential units have the slope of their lower branch at 0, first and second", arguments: Device.all)
    func exponentialUnits(_ device: Device) throws {
        for (activation, slope) in [
            (Activation.elu(), Float(1)), (.elu(2), 2), (.selu, Float(1.0507009873554805) * 1.6732632423543772),
            (Activation("elu of tensors", ScalarFunction.elu), 1),
        ] {
            let x = Tensor([0, -0.0, -1e-30], on: device)
            let first = try gradient(at: x) { activation($0).sum() }.scalars()
            let second = try gradient(at: x) { gradient(at: $0) { activation($0).sum() }.sum() }.scalars()
            for y in first + second {
                #expect(abs(y - slope) <= 4 * slope.ulp, "\(activation.name): \(y), not \(slope)")
            }
        }
    }

    @Test("softmax where logits are infinite", arguments: Device.all) func softmax(_ device: Device) throws {
        let x = Tensor([[-.infinity, 0, 0], [-.infinity, -.infinity, 5]], on: device)
        #expect(try x.softmax().scalars() == [0, 0.5, 0.5, 0, 0, 1])
        let logarithms = try x.logSoftmax().scalars()
        let (half, none) = (Float(-0.6931471805599453), -Float.infinity)
        #expect(logarithms == [none, half, half, none, none, 0])
        for slope in [
            gradient(at: x) { ($0.softmax() * Tensor([1, 2, 3], on: device)).sum() },
            gradient(at: x) { $0.logSoftmax()[.all, 2].sum() },
        ] { #expect(try slope.scalars().allSatisfy(\.isFinite)) }
    }
}
