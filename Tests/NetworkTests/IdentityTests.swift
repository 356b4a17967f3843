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
                layer.build(inputShape: [3], on: device, seed: 2)
                if bias { layer.bias.value = Tensor([1, -2, 3], on: device) }
                let product = matmul(x, layer.weight.value)
                let expected = (bias ? product + layer.bias.value : product) * 2
                #expect(try layer(x).isBitEqual(to: expected), "\(name)")
                let gradient = valueWithGradient(of: [layer.weight]) { layer(x).sum() }.gradients[0]
                let ones = matmul(x.transposed(), Tensor.full([4, 3], 2, on: device))
                #expect(try relativeDifference(gradient.doubles(), ones.doubles()) < 1e-6, "\(name)")
            }
            let own = Dense(3, activation: Activation("own") { x in x }, bias: bias)
            let plain = Dense(3, bias: bias)
            for layer in [own, plain] { layer.build(inputShape: [3], on: device, seed: 2) }
            #expect(try own(x).isBitEqual(to: plain(x)))
            #expect(plain.kind == "Dense(3)" && own.kind == "Dense(3, own)")
            let recurrent = [RNN(2, activation: Activation("identity") { 2 * $0 }), RNN(2, activation: .identity)]
            for layer in recurrent { layer.build(inputShape: [2, 3], on: device, seed: 1) }
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
            let layer = Dense(2, activation: step, bias: bias)
            layer.build(inputShape: [3], on: device, seed: 4)
            let x = samples([5, 3], on: device)
            let gradients = valueWithGradient(of: layer.trainableParameters) { layer(x).sum() }.gradients
            let expected = matmul(x.transposed(), Tensor.full([5, 2], 3, on: device))
            #expect(try relativeDifference(gradients[0].doubles(), expected.doubles()) < 1e-6)
            if bias { #expect(try gradients[1].scalars() == [15, 15]) }
        }
    }
}
