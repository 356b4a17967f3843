import Foundation
import Testing
import UnloopBackend
import UnloopTensor

/// Derivatives through selections of tensors: what is not taken does not count, on every device.
@Suite struct SelectionTests {
    private func expectSlopes(
        _ x: [Float], _ expected: [Float], on device: Device, _ what: Comment, _ function: (Tensor) -> Tensor
    ) throws {
        let x = Tensor(x, on: device)
        #expect(try gradient(at: x) { function($0).sum() }.scalars() == expected, what)
    }

    @Test(
        "constants that are infinite in float32 only do not count either where they are not taken",
        arguments: testedDevices)
    func hugeConstants(_ device: Device) throws {
        func slopes(_ function: (Scalar) -> Scalar) throws -> [Float] {
            let function = ScalarFunction("huge") { (x: Scalar) in select(x .> 0, x, function(x)) }
            return try gradient(at: Tensor([1, 2], on: device)) { function($0).sum() }.scalars()
        }
        #expect(try slopes { 1e300 * $0 } == [1, 1])
        #expect(try slopes { $0 / 1e-300 } == [1, 1])
        #expect(try slopes { fma($0, 1e39, 1) } == [1, 1])
    }

    @Test("smooth functions written with kinks have their derivatives there", arguments: testedDevices)
    func smoothAtZero(_ device: Device) throws {
        func derivative(_ order: Int, at x: Tensor, _ function: @escaping (Tensor) -> Tensor) -> Tensor {
            order == 0 ? function(x) : gradient(at: x) { derivative(order - 1, at: $0, function).sum() }
        }
        let zero = Tensor([0], on: device)
        #expect(try derivative(1, at: zero) { softplus($0) }.scalars() == [0.5])
        #expect(try derivative(2, at: zero) { softplus($0) }.scalars() == [0.25])
        #expect(try derivative(3, at: zero) { normalDistribution($0) }.scalars() == [-0.3989423])
        let ends = Tensor([-.infinity, .infinity], on: device)
        for function in [ScalarFunction.erf, .normalDistribution, .softplus, .gelu] {
            #expect(try derivative(2, at: ends) { function($0) }.scalars() == [0, 0], "\(function.name)")
        }
    }

    @Test("NaN is NaN in tangents as in cotangents", arguments: testedDevices)
    func notANumber(_ device: Device) throws {
        let (x, one) = (Tensor([.nan], on: device), Tensor([1], on: device))
        for function in [ScalarFunction.abs, .softplus, .relu] {
            let tangent = jvp(at: x, tangent: one) { function($0) }.tangent
            let cotangent = gradient(at: x) { function($0).sum() }
            #expect(try tangent.item().isNaN == cotangent.item().isNaN, "\(function.name)")
        }
        #expect(try jvp(at: x, tangent: one) { $0.clamped(0, 1) }.tangent.item().isNaN)
    }

    @Test("the derivative of an element that is not taken is 0, whatever its slope", arguments: testedDevices)
    func notTaken(_ device: Device) throws {
        let zero = Tensor.zeros([3], on: device)
        func taken(_ x: Tensor, _ y: Tensor) -> Tensor { select(x .> 0, y, zero) }
        let x: [Float] = [-1, 0, 4]
        try expectSlopes(x, [0, 0, 0.25], on: device, "sqrt") { taken($0, sqrt($0)) }
        try expectSlopes(x, [0, 0, 0.25], on: device, "log") { taken($0, log($0)) }
        try expectSlopes(x, [0, 0, -0.0625], on: device, "reciprocal") { taken($0, 1 / $0) }
        try expectSlopes(x, [0, 0, 0], on: device, "quotient") { taken($0, $0 / $0) }
        try expectSlopes(x, [0, 0, 0.25], on: device, "pow") { taken($0, pow($0, 0.5)) }
        try expectSlopes(x, [0, 0, 0.25], on: device, "a chain") { taken($0, sqrt($0 * 4) * 0.5 + 1) }
        try expectSlopes(x, [0, 0, 0.25], on: device, "views between") { x in
            taken(x, sqrt(x.reshaped(3, 1)).transposed().reshaped(3))
        }
        try expectSlopes([100, 1000, -1], [1, 1, 0.26894143], on: device, "softplus") { x in
            select(x .> 30, x, log1p(exp(x)))
        }
        try expectSlopes([.infinity, 2, 3], [1, 4, 6], on: device, "square") { x in select(x .> 10, x, x * x) }
        try expectSlopes([.nan, 0, 0], [0, 1, 1], on: device, "NaN") { x in select(x .== x, tanh(x), zero) }
    }

    @Test("what max, min, clamping, rectifying, extremes and slices leave out does not count", arguments: testedDevices)
    func leftOut(_ device: Device) throws {
        let x: [Float] = [0, 2]
        try expectSlopes(x, [0, 0.5], on: device, "max") { max(log($0), -100) }
        try expectSlopes(x, [0, 0.5], on: device, "max of two") { max(log($0), Tensor([-1, -1], on: device)) }
        try expectSlopes(x, [0, -0.25], on: device, "min") { min(1 / $0, 100) }
        try expectSlopes(x, [0, 0.5], on: device, "clamped") { log($0).clamped(-3, 3) }
        try expectSlopes(x, [0, 0.5], on: device, "relu") { relu(log($0)) }
        try expectSlopes(x, [0, 0.5], on: device, "largest") { log($0).max() }
        try expectSlopes(x, [0, 0.5], on: device, "slice") { log($0)[1...] }
        try expectSlopes(x, [0, 0.5], on: device, "gather") { log($0).gathering(Tensor(int32: [1], on: device)) }
        try expectSlopes(x, [0, 0.5], on: device, "a function of one's own") { x in
            ScalarFunction("own", { (c: Scalar, y: Scalar) in select(c .> 0, y, 0) })(x.stopGradient(), log(x))
        }
    }

    @Test("second derivatives, products with Hessians and forward mode", arguments: testedDevices)
    func higherDerivatives(_ device: Device) throws {
        let x = Tensor([-1, 0, 4], on: device)
        func function(_ x: Tensor) -> Tensor { select(x .> 0, sqrt(x), x * x) }
        let second = try gradient(at: x) { x in gradient(at: x) { function($0).sum() }.sum() }.scalars()
        #expect(second == [2, 2, -1.0 / 32])
        let product = try hessianVectorProduct(at: x, Tensor([1, 2, 32], on: device)) { function($0).sum() }.scalars()
        #expect(product == [2, 4, -1])
        let tangent = try jvp(at: x, tangent: Tensor([1, 1, 1], on: device), function).tangent.scalars()
        #expect(tangent == [-2, 0, 0.25])
        // A cotangent that is 0 for another reason than a selection still carries derivatives.
        let stationary = try gradient(at: Tensor([1], on: device)) { x in
            gradient(at: x) { x in (relu(x * x) - 1).squared().sum() }.sum()
        }.scalars()
        #expect(stationary == [8])
    }

    @Test("slopes of elements that are taken stay what they are: infinite, or NaN", arguments: testedDevices)
    func taken(_ device: Device) throws {
        let x = Tensor([0, -1], on: device)
        let slopes = try gradient(at: x) { sqrt($0).sum() }.scalars()
        #expect(slopes[0] == .infinity && slopes[1].isNaN)
        let selected = try gradient(at: x) { select($0 .<= 0, sqrt($0), $0).sum() }.scalars()
        #expect(selected[0] == .infinity && selected[1].isNaN)
    }

    @Test("the same bits on every device") func sameBits() throws {
        var numbers = TestNumbers(seed: 5)
        let special: [Float] = [0, -0, .infinity, -.infinity, .nan, 0x1p-140, 3e38]
        let values = try numbers.floats([7, 33], -1, 3).scalars() + special
        func slopes(_ device: Device) throws -> [UInt32] {
            let x = Tensor(values, on: device)
            return try gradient(at: x) { x in
                (select(x .> 0.5, sqrt(x) * log(x), exp(x) / x) + max(log(x), -1) * pow(x, 1.5)).sum()
            }.scalars().map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern }
        }
        let expected = try slopes(.loop)
        for device in testedDevices { #expect(try slopes(device) == expected, "\(device)") }
    }

    @Test("a line whose logits are all -infinity does not count where it is masked", arguments: testedDevices)
    func maskedLines(_ device: Device) throws {
        let inf = Float.infinity
        let x = Tensor([[-inf, -inf, -inf], [0, 0, -inf]], on: device)
        let mask = Tensor(int32: [0, 1], shape: [2, 1], on: device)
        let weights = Tensor([1, 2, 3], on: device)
        let slopes = try gradient(at: x) { x in (select(mask, x.softmax(), Tensor.zeros(like: x)) * weights).sum() }
            .scalars()
        #expect(slopes == [0, 0, 0, -0.25, 0.25, 0])
        let logarithms = try gradient(at: x) { x in select(mask, x.logSoftmax(), Tensor.zeros(like: x))[.all, 0].sum() }
            .scalars()
        #expect(logarithms == [0, 0, 0, 0.5, -0.5, 0])
    }

    @Test("elements along the last axis that are not asked for do not count", arguments: testedDevices)
    func takenAlongTheLastAxis(_ device: Device) throws {
        let p = Tensor([[0, 1], [0.5, 0]], on: device)
        let classes = Tensor(int32: [1, 0], on: device)
        #expect(try gradient(at: p) { -log($0).takingAlongLastAxis(classes).sum() }.scalars() == [0, -1, -2, 0])
    }

    @Test("lines, products and extremes that are not taken do not count", arguments: testedDevices)
    func linesNotTaken(_ device: Device) throws {
        let inf = Float.infinity
        let x = Tensor([[inf, 1, .nan], [1, 2, 3]], on: device)
        let mask = Tensor(int32: [0, 1], shape: [2, 1], on: device)
        let (scale, shift) = (Tensor([1, 1, 1], on: device), Tensor([0, 0, 0], on: device))
        func slopes(_ function: (Tensor) -> Tensor) throws -> [Float] {
            try gradient(at: x) { x in
                let y = function(x)
                return select(mask, y, Tensor.zeros(like: y)).sum()
            }.scalars()
        }
        func check(_ what: Comment, _ expected: [Float]?, _ function: (Tensor) -> Tensor) throws {
            let found = try slopes(function)
            #expect(found.prefix(3) == [0, 0, 0], what)
            if let expected { #expect(Array(found.suffix(3)) == expected, what) }
        }
        try check("layer normalization", nil) { $0.layerNormalized(scale: scale, shift: shift) }
        try check("product", [6, 3, 2]) { $0.product(1, keepingDimensions: true) }
        try check("product with zeros", [0, 0, 0]) {
            ($0 * Tensor([0, 0, 1], on: device)).product(1, keepingDimensions: true)
        }
        try check("max", [0, 0, 1]) { $0.max(1, keepingDimensions: true) }
        try check("min", [1, 0, 0]) { $0.min(1, keepingDimensions: true) }
        try check("logSumExp", nil) { $0.logSumExp(1, keepingDimensions: true) }
        try check("variance", nil) { $0.variance(1, keepingDimensions: true) }
        try check("norm", nil) { $0.norm(1, keepingDimensions: true) }
        try check("a number that is infinite", [inf, inf, inf]) { $0 * .infinity }
        try check("a number that is infinite in float32", [inf, inf, inf]) { $0 * 1e300 }
        try check("a number that is 0", [inf, inf, inf]) { $0 / 0 }
        for classes in [[0, 2], [2, 0]] as [[Int32]] {
            let classes = Tensor(int32: classes, on: device)
            let flag = Tensor(int32: [0], shape: [], on: device)
            let slopes = try gradient(at: x) { x in
                select(flag, x.softmaxCrossEntropy(classes: classes), Tensor(0, on: device))
            }.scalars()
            #expect(slopes == [0, 0, 0, 0, 0, 0])
            let second = try gradient(at: x) { x in
                gradient(at: x) { x in
                    select(flag, x.softmaxCrossEntropy(classes: classes), Tensor(0, on: device))
                }.sum()
            }.scalars()
            #expect(second == [0, 0, 0, 0, 0, 0])
        }
    }

    @Test("what a window of maximum pooling leaves out does not count in forward mode", arguments: testedDevices)
    func pooledTangents(_ device: Device) throws {
        let x = Tensor([[[[0], [4]]]], on: device)
        let slope = try gradient(at: x) { x in
            jvp(at: x.stopGradient(), tangent: sqrt(x)) { maxPool2D($0, window: Size2D(1, 2)) }.tangent.sum()
        }.scalars()
        #expect(slope == [0, 0.25])
    }

    @Test("steps past the end of a sequence do not count", arguments: testedDevices)
    func stepsPastTheEnd(_ device: Device) throws {
        let cell = RecurrentCell("sum", gates: 1, states: 1) { sums, _ in [sums[0]] }
        // Time, batch, gates · units.
        let x = Tensor([4, 0, 0], shape: [3, 1, 1], on: device)
        let slopes = try gradient(at: x) { x in
            Recurrence(cell)(
                sqrt(x), recurrentWeight: Tensor.ones([1, 1], on: device),
                initial: Tensor.zeros([1, 1, 1], on: device), lengths: Tensor(int32: [1], on: device)
            ).sum()
        }.scalars()
        // The state of the first step stays to the end.
        #expect(slopes == [0.75, 0, 0])
        let rectified = RecurrentCell("relu", gates: 1, states: 1) { sums, _ in [select(sums[0] .<= 0, 0, sums[0])] }
        let zero = try gradient(at: x) { x in
            Recurrence(rectified)(
                -sqrt(x), recurrentWeight: Tensor.ones([1, 1], on: device),
                initial: Tensor.zeros([1, 1, 1], on: device)
            ).sum()
        }.scalars()
        #expect(zero == [0, 0, 0])
    }

    @Test("lengths and deviations that are 0 have a derivative of 0", arguments: testedDevices)
    func lengthsOfZero(_ device: Device) throws {
        let x = Tensor([[0, 0], [3, 4]], on: device)
        #expect(try gradient(at: x) { $0.norm(1).sum() }.scalars() == [0, 0, 0.6, 0.8])
        let constant = Tensor([[5, 5], [1, 3]], on: device)
        #expect(try gradient(at: constant) { $0.standardDeviation(1).sum() }.scalars() == [0, 0, -0.5, 0.5])
        // Its square is 2a² and b² of the two rows; the derivative of the derivative of √ stays what it was.
        let second = try gradient(at: Tensor([3, 4], on: device)) { x in gradient(at: x) { $0.norm() }.sum() }.doubles()
        #expect(abs(second[0] - (16 - 12) / 125.0) < 1e-6 && abs(second[1] - (9 - 12) / 125.0) < 1e-6)
        #expect(try gradient(at: x) { sqrt($0.squared().sum(1)).sum() }.scalars()[0].isNaN)
    }

    @Test("powers of 0", arguments: testedDevices) func powersOfZero(_ device: Device) throws {
        let (x, y) = (Tensor([0, 0, 0, 0, 0], on: device), Tensor([0, 2, 0.5, -1, .nan], on: device))
        let slopes = gradient(at: [x, y]) { pow($0[0], $0[1]).sum() }
        let (ofBase, ofExponent) = (try slopes[0].scalars(), try slopes[1].scalars())
        #expect(
            ofBase[0] == 0 && ofBase[1] == 0 && ofBase[2] == .infinity && ofBase[3] == -.infinity && ofBase[4].isNaN)
        #expect(Array(ofExponent[0..<4]) == [0, 0, 0, -.infinity] && ofExponent[4].isNaN)
    }

    // MARK: Long formulas

    private static let long = 100_000
    private static let sum = ScalarFunction("long sum") { x in (0..<long).reduce(x) { sum, _ in sum + x } }

    @Test(
        "a formula of a hundred thousand steps runs, or is refused with a text that says the limit",
        arguments: testedDevices)
    func longFormula(_ device: Device) throws {
        let x = Tensor([1, 0.5, -2], on: device)
        func check(_ body: () throws -> [Float], _ expected: [Float]) throws {
            do {
                #expect(try body() == expected)
            } catch let error as TensorError {
                guard case .unsupported(_, _, let reason) = error.cause else { throw error }
                #expect(reason.contains("too long to be compiled (at most "))
                #expect(device != .cpu && device != .loop)
            }
        }
        let count = Float(Self.long + 1)
        try check({ try Self.sum(x).scalars() }, [count, count / 2, -2 * count])
        try check({ try gradient(at: x) { Self.sum($0).sum() }.scalars() }, [count, count, count])
    }

    @Test(
        "a hundred thousand different constants are too many for the CPU's kernels, and no trap",
        arguments: testedDevices)
    func manyConstants(_ device: Device) throws {
        let function = ScalarFunction("many constants") { x in
            (0..<Self.long).reduce(x) { sum, step in sum + x * Scalar(Double(step)) }
        }
        let x = Tensor([1], on: device)
        if device == .loop {
            #expect(try function(x).item() > 0)
            return
        }
        #expect {
            try function(x).item()
        } throws: { error in
            guard case .unsupported(_, _, let reason)? = (error as? TensorError)?.cause else { return false }
            return reason.contains("split it")
        }
    }
}
