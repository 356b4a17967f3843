import Testing
import UnloopBackend
import UnloopTensor

@Suite struct LinearizationTests {
    static func function(_ x: [Tensor]) -> Tensor {
        let product = matmul(x[0], x[1])
        return tanh(product + x[2]) * (product * 0.25).softmax() + x[0].sum(1, keepingDimensions: true)
    }

    func point(_ device: Device, _ type: ElementType = .float32) -> [Tensor] {
        [[3, 4], [4, 2], [2]].enumerated().map { number, shape in
            Tensor.randomNormal(shape, RandomKey(seed: UInt64(number)), type, on: device)
        }
    }

    @Test("many products at one point are the bits of jvp and vjp, on every device")
    func productsAreThoseOfJVPAndVJP() throws {
        // Few operations, as OpenCL compiles each.
        func function(_ x: [Tensor]) -> Tensor { tanh(matmul(x[0], x[1]) + x[2]) }
        for device in testedDevices {
            let x = point(device)
            let linear = Linearization(at: x, function)
            #expect(try linear.value.isBitEqual(to: function(x)))
            for seed in UInt64(10)..<13 {
                let tangents = x.map { Tensor.randomNormal($0.shape, RandomKey(seed: seed), on: device) }
                #expect(try linear.jvp(tangents).isBitEqual(to: jvp(at: x, tangents: tangents, function).tangent))
                let seedTensor = Tensor.randomNormal([3, 2], RandomKey(seed: seed), on: device)
                let expected = vjp(at: x, function, cotangent: { _ in seedTensor }).cotangents
                for (found, wanted) in zip(linear.vjp(seedTensor), expected) {
                    #expect(try found.isBitEqual(to: wanted))
                }
            }
        }
    }

    @Test func bothDirectionsAreTransposesOfEachOther() throws {
        let x = point(.loop, .float64)
        let linear = Linearization(at: x, Self.function)
        let tangents = x.map { Tensor.randomNormal($0.shape, RandomKey(seed: 5), .float64, on: .loop) }
        let seed = Tensor.randomNormal([3, 2], RandomKey(seed: 6), .float64, on: .loop)
        let forward = try (linear.jvp(tangents) * seed).sum().doubles()[0]
        let reverse = try zip(linear.vjp(seed), tangents).map { try ($0 * $1).sum().doubles()[0] }.reduce(0, +)
        #expect(abs(forward - reverse) < 1e-13 * max(1, abs(forward)))
    }

    @Test func whatDoesNotDependOnThePointHasNoDerivative() throws {
        let x = Tensor([1, 2], on: .loop)
        let constant = Linearization(at: [x, x]) { _ in Tensor([3, 4, 5], on: .loop) }
        #expect(try constant.jvp([x, x]).scalars() == [0, 0, 0])
        #expect(try constant.vjp(Tensor([1, 1, 1], on: .loop)).map { try $0.scalars() } == [[0, 0], [0, 0]])
        let one = Linearization(at: [x, x]) { $0[1] * 2 }
        #expect(try one.vjp(x).map { try $0.scalars() } == [[0, 0], [2, 4]])
        #expect(try one.jvp([x, x]).scalars() == [2, 4])
    }

    @Test func emptyTensors() throws {
        let empty = Linearization(at: Tensor.zeros([0, 3], on: .loop)) { tanh($0) }
        #expect(empty.jvp([Tensor.zeros([0, 3], on: .loop)]).shape == [0, 3])
        #expect(empty.vjp(Tensor.zeros([0, 3], on: .loop))[0].shape == [0, 3])
    }

    @Test("a gradient can be linearized: products with the Hessian")
    func hessian() throws {
        let x = Tensor(float64: [0.3, -1.2, 2], on: .loop)
        func energy(_ x: Tensor) -> Tensor { (x * x * x).sum() + x.sum() * x.sum() }
        let linear = Linearization(at: x) { gradient(at: $0, energy) }
        // H = 6 diag(x) + 2·1·1ᵀ
        let v = [1.0, -2, 0.5]
        let expected = zip(v, [0.3, -1.2, 2]).map { 6 * $0 * $1 + 2 * (1 - 2 + 0.5) }
        let vector = Tensor(float64: v, on: .loop)
        for found in [linear.jvp([vector]), linear.vjp(vector)[0]] {
            for (a, b) in zip(try found.doubles(), expected) { #expect(abs(a - b) < 1e-13 * 10) }
        }
    }
}
