import Testing
import UnloopBackend
import UnloopNetwork
import UnloopTensor

/// Names are for people: what something does follows from its formula.
@Suite struct IdentityTests {
    @Test("an activation may have any name", arguments: [false, true]) func activations(bias: Bool) throws {
        for device in try DeviceTests.devices() {
            let x = samples([4, 3], on: device)
            for name in ["identity", "softmax", "logSoftmax", "relu", ""] {
                let twice = Activation(name) { 2 * $0 }
                let layer = Dense(3, activation: twice, bias: bias)
                var model = Model(layer)
                model.build(inputShape: [3], on: device, seed: 2)
                if bias { model[layer.bias] = Tensor([1, -2, 3], on: device) }
                let product = matmul(x, model[layer.weight])
                let expected = (bias ? product + model[layer.bias] : product) * 2
                #expect(try model(x).isBitEqual(to: expected), "\(name)")
                let gradient = valueWithGradient(of: model) { pass in model(x, pass).sum() }.gradients[0]
                let ones = matmul(x.transposed(), Tensor.full([4, 3], 2, on: device))
                #expect(try relativeDifference(gradient.doubles(), ones.doubles()) < 1e-6, "\(name)")
            }
            var own = Model(Dense(3, activation: Activation("own") { x in x }, bias: bias))
            own.build(inputShape: [3], on: device, seed: 2)
            var plain = Model(Dense(3, bias: bias))
            plain.build(inputShape: [3], on: device, seed: 2)
            #expect(try own(x).isBitEqual(to: plain(x)))
            #expect(plain.root.kind == "Dense(3)" && own.root.kind == "Dense(3, own)")
            let activations: [Activation] = [Activation("identity") { 2 * $0 }, .identity]
            let recurrent = activations.map { activation in
                var model = Model(RNN(2, activation: activation))
                model.build(inputShape: [2, 3], on: device, seed: 1)
                return model
            }
            let steps = samples([1, 2, 3], on: device)
            #expect(try !recurrent[0](steps).isBitEqual(to: recurrent[1](steps)))
        }
    }

    /// The derivative of one's own counts, with a bias as without.
    @Test(arguments: [false, true]) func derivativesOfOnesOwn(bias: Bool) throws {
        for device in try DeviceTests.devices() {
            // The straight-through estimator of a step.
            let step = Activation(
                "step", ScalarFunction("step", { (x: Scalar) in select(x .> 0, 1, Scalar(0)) }, derivative: { _ in 3 }))
            var model = Model(Dense(2, activation: step, bias: bias))
            model.build(inputShape: [3], on: device, seed: 4)
            let x = samples([5, 3], on: device)
            let gradients = valueWithGradient(of: model) { pass in model(x, pass).sum() }.gradients
            let expected = matmul(x.transposed(), Tensor.full([5, 2], 3, on: device))
            #expect(try relativeDifference(gradients[0].doubles(), expected.doubles()) < 1e-6)
            if bias { #expect(try gradients[1].scalars() == [15, 15]) }
        }
    }
}

/// What an activation computes and what its derivative is are both those of the value that was passed in, in every layer that takes one.
@Suite struct OwnDerivativeTests {
    /// tanh with a slope of 3 everywhere.
    private static let own = Activation(
        "own", ScalarFunction("own", { (x: Scalar) in tanh(x) }, derivative: { _ in 3 }))
    /// The same slope.
    private static let linear = Activation("linear") { 3 * $0 }

    struct Maker: Sendable, CustomTestStringConvertible {
        let name: String
        let inputShape: [Int]
        let make: @Sendable (Activation) -> any Layer
        var testDescription: String { name }
    }

    static let makers: [Maker] = [
        Maker(name: "Dense", inputShape: [3]) { Dense(2, activation: $0) },
        Maker(name: "Dense without bias", inputShape: [3]) { Dense(2, activation: $0, bias: false) },
        Maker(name: "ActivationLayer", inputShape: [3]) { ActivationLayer($0) },
        Maker(name: "Convolution1D", inputShape: [6, 2]) { Convolution1D(filters: 2, kernel: 3, activation: $0) },
        Maker(name: "Convolution2D", inputShape: [4, 4, 2]) { Convolution2D(filters: 2, kernel: 3, activation: $0) },
        Maker(name: "Convolution3D", inputShape: [3, 3, 3, 1]) { Convolution3D(filters: 2, kernel: 2, activation: $0) },
        Maker(name: "TransposedConvolution1D", inputShape: [4, 2]) {
            TransposedConvolution1D(filters: 2, kernel: 3, activation: $0)
        },
        Maker(name: "TransposedConvolution2D", inputShape: [3, 3, 2]) {
            TransposedConvolution2D(filters: 2, kernel: 2, activation: $0)
        },
        Maker(name: "TransposedConvolution3D", inputShape: [2, 2, 2, 1]) {
            TransposedConvolution3D(filters: 1, kernel: 2, activation: $0)
        },
        Maker(name: "RNN", inputShape: [4, 3]) { RNN(2, activation: $0) },
        Maker(name: "RNN, deep, both directions", inputShape: [4, 3]) {
            RNN(2, activation: $0, layers: 2, bidirectional: true)
        },
        Maker(name: "RNN, padded", inputShape: [4, 3]) { RNN(2, activation: $0, padding: 0) },
    ]

    /// By the input, of the sum of what a layer gives.
    private func inputGradient(_ layer: some Layer, _ inputShape: [Int], at x: Tensor) throws -> [Double] {
        var model = Model(layer)
        model.build(inputShape: inputShape, on: x.device, seed: 3)
        return try gradient(at: x) { model($0).sum() }.doubles()
    }

    @Test("the gradient of the input is that of layers with the same slope", arguments: makers)
    func gradients(_ maker: Maker) throws {
        for device in try DeviceTests.devices() {
            var x = samples([2] + maker.inputShape, on: device)
            if maker.name == "RNN, padded" {
                x = Tensor.concatenate([x[.all, 0..<2], Tensor.zeros([2, 2, 3], on: device)], axis: 1)
            }
            func slopes(_ activation: Activation) throws -> [Double] {
                try inputGradient(maker.make(activation), maker.inputShape, at: x)
            }
            let expected = try slopes(Self.linear)
            #expect(try relativeDifference(slopes(Self.own), expected) < 1e-5, "\(device)")
            #expect(try relativeDifference(slopes(.tanh), expected) > 1e-2, "\(device)")
        }
    }

    @Test("recurrent second derivatives follow from the derivative of one's own", arguments: [nil, 0.0])
    func second(padding: Double?) throws {
        for device in try DeviceTests.devices() {
            let half = Activation(
                "half", ScalarFunction("half", { (x: Scalar) in 0.5 * (x * x) }, derivative: { x in 2 * x }))
            let x = samples([2, 1, 3], on: device)
            func slopes(_ activation: Activation) throws -> [Double] {
                var model = Model(RNN(2, activation: activation, padding: padding))
                model.build(inputShape: [1, 3], on: device, seed: 3)
                return try gradient(at: x) { x in
                    gradient(at: x) { model($0).sum() }.squared().sum()
                }.doubles()
            }
            #expect(try relativeDifference(slopes(half), slopes(Activation("square") { $0 * $0 })) < 1e-5, "\(device)")
        }
    }

    @Test func realTimeRecurrentLearning() throws {
        for device in try DeviceTests.devices() {
            var network = Model(RNN(2, activation: Self.own, returnsSequences: false))
            network.build(inputShape: [3, 2], on: device, seed: 5)
            let x = samples([1, 3, 2], on: device)
            var learning = RealTimeRecurrentLearning(network)
            for step in 0..<3 { learning.advance(x[.all, step]) }
            let carried = learning.gradients(Tensor.ones([1, 2], on: device))
            let back = valueWithGradient(of: network) { pass in network(x, pass).sum() }
            for (a, parameter) in zip(carried, learning.parameters) {
                let b = try #require(back[parameter])
                #expect(try relativeDifference(a.doubles(), b.doubles()) < 1e-5, "\(device)")
            }
        }
    }

    @Test("summaries show every activation but the identity itself") func names() {
        let named = Activation("identity") { 2 * $0 }
        #expect(Convolution2D(filters: 2, kernel: 3, activation: named).kind == "Convolution2D(2 of 3×3, identity)")
        #expect(Convolution2D(filters: 2, kernel: 3).kind == "Convolution2D(2 of 3×3)")
        #expect(Dense(2, activation: named).kind == "Dense(2, identity)")
    }
}
