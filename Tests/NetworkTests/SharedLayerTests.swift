import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// A layer that stands at several places of a network is one layer: its parameters are there once.
@Suite struct SharedLayerTests {
    /// The same dense layer twice, by itself and inside another.
    func model() -> (network: Sequential, shared: Dense) {
        let shared = Dense(3, activation: .tanh)
        let network = Sequential {
            shared
            Residual { shared }
            Dense(2)
        }
        return (network, shared)
    }

    @Test("names and numbers of parameters") func names() throws {
        let (network, shared) = model()
        network.build(inputShape: [3], on: .loop, seed: 4)
        #expect(network.namedParameters.map(\.name) == ["0.weight", "0.bias", "2.weight", "2.bias"])
        #expect(network.namedParameters[0].parameter === shared.weight)
        #expect(network.parameterCount == 9 + 3 + 6 + 2)
        #expect(network.summary.contains("20 trainable parameters"))
        // What stands at other places does not matter for the first values.
        let alone = Sequential { Dense(3, activation: .tanh) }
        alone.build(inputShape: [3], on: .loop, seed: 4)
        #expect(try shared.weight.value.isBitEqual(to: alone.namedParameters[0].parameter.value))
    }

    @Test("layers inside layers that are shared, many levels deep") func nested() {
        var block: any Layer = Dense(2)
        for _ in 0..<40 { block = Sequential([block, block]) }
        #expect(block.namedParameters.count == 2)
        #expect(block.trainableParameters.count == 2)
    }

    @Test("the gradient is the sum, and an update is made once, on every device") func training() throws {
        for device in try DeviceTests.devices() {
            let (network, _) = model()
            network.build(inputShape: [3], on: device, seed: 2)
            let (x, y) = (samples([5, 3], on: device), samples([5, 2], seed: 3, on: device))
            // Two layers of the same values, and their gradients added.
            let apart = Sequential {
                Dense(3, activation: .tanh)
                Residual { Dense(3, activation: .tanh) }
                Dense(2)
            }
            apart.build(inputShape: [3], on: device, seed: 7)
            let shared = network.namedParameters.map(\.parameter.value)
            for (parameter, value) in zip(apart.namedParameters, [0, 1, 0, 1, 2, 3].map { shared[$0] }) {
                parameter.parameter.value = value
            }
            let parts = valueWithGradient(of: apart.trainableParameters) { Loss.meanSquaredError(apart(x), y) }
            let whole = valueWithGradient(of: network.trainableParameters) { Loss.meanSquaredError(network(x), y) }
            #expect(try whole.value.isBitEqual(to: parts.value))
            for number in 0..<2 {
                let sum = parts.gradients[number] + parts.gradients[number + 2]
                #expect(try relativeDifference(whole.gradients[number].doubles(), sum.doubles()) < 1e-5)
            }
            // With decay and momentum, two steps by hand.
            let optimizer = Optimizer.momentum(0.1, momentum: 0.5).decoupledDecay(0.2)
            var expected = shared.map { $0 }
            var velocities = expected.map { Tensor.zeros(like: $0) }
            let trainer = Trainer(network, loss: .meanSquaredError, optimizer: optimizer)
            for _ in 0..<2 {
                let gradients = valueWithGradient(of: network.trainableParameters) {
                    Loss.meanSquaredError(network(x), y)
                }.gradients
                trainer.step(Dataset(features: x, labels: y))
                for number in expected.indices {
                    velocities[number] = velocities[number] * 0.5 + gradients[number]
                    let decay = number % 2 == 0 ? 0.02 : 0
                    expected[number] = expected[number] - expected[number] * decay - velocities[number] * 0.1
                }
            }
            for (parameter, value) in zip(network.namedParameters, expected) {
                #expect(try relativeDifference(parameter.parameter.value.doubles(), value.doubles()) < 1e-6)
            }
        }
    }

    @Test("a parameter that is asked for twice has its gradient twice, and is no optimizer's twice") func duplicates()
        async throws
    {
        let layer = Dense(2, bias: false).built([2])
        let x = samples([3, 2])
        let once = valueWithGradient(of: [layer.weight]) { layer(x).squared().sum() }
        let twice = valueWithGradient(of: [layer.weight, layer.weight]) { layer(x).squared().sum() }
        #expect(twice.gradients.count == 2)
        for gradient in twice.gradients { #expect(try gradient.isBitEqual(to: once.gradients[0])) }
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let layer = Dense(2, bias: false).built([2])
            var state = OptimizerState(.sgd(1))
            state.update([layer.weight, layer.weight], gradients: [layer.weight.value, layer.weight.value])
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("a parameter is there twice"), "\(message)")
    }

    @Test("inputs of two shapes are refused") func shapes() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let shared = Dense(3)
            _ = Sequential {
                shared
                shared
            }.built([2])
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        let text =
            "1.weight: a layer that is used twice must take inputs of one shape; its parameter is [2, 3], not [3, 3]"
        #expect(message.contains(text), "\(message)")
    }

    @Test("weights are saved once and loaded") func saving() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("shared.safetensors")
        let (network, _) = model()
        network.build(inputShape: [3], on: .loop, seed: 5)
        try network.saveWeights(to: path)
        #expect(try SafeTensors(path: path).arrays.count == 4)
        let (other, _) = model()
        try other.loadWeights(from: path, on: .loop)
        let x = samples([4, 3])
        #expect(try other(x).isBitEqual(to: network(x)))
    }

    @Test("reports name the layer once") func reports() throws {
        let (network, _) = model()
        network.build(inputShape: [3], on: .loop)
        let batch = Dataset(features: samples([4, 3]), labels: samples([4, 2], seed: 2))
        let report = try GradientReport(of: network, loss: .meanSquaredError, on: batch)
        #expect(report.layers.map(\.name) == ["0", "2"])
        let recorder = GradientRecorder()
        try network.fit(
            batch, loss: .meanSquaredError, on: .loop, callbacks: [recorder.callback], progress: .silent)
        #expect(try recorder.report().layers.map(\.name) == ["0", "2"])
    }

    @Test("each place of a recurrent layer carries its own state") func states() throws {
        let shared = RNN(2)
        let network = Sequential {
            shared
            shared
        }.built([6, 2])
        let x = samples([3, 6, 2])
        let carried = CarriedStates()
        let pieces = [0..<2, 2..<3, 3..<6].map { range in
            network.forward(x.sliced(axis: 1, range), Pass(carrying: carried))
        }
        #expect(try Tensor.concatenate(pieces, axis: 1).isBitEqual(to: network(x)))
    }
}
