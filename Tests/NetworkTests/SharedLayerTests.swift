import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// A layer that stands at several places of a network is one layer: its parameters are there once.
@Suite struct SharedLayerTests {
    /// The same dense layer twice, by itself and inside another.
    func model() -> (network: Model<Sequential>, shared: Dense) {
        let shared = Dense(3, activation: .tanh)
        let network = Model {
            shared
            Residual { shared }
            Dense(2)
        }
        return (network, shared)
    }

    @Test("names and numbers of parameters") func names() throws {
        let (unbuilt, shared) = model()
        let network = unbuilt.built([3], seed: 4)
        #expect(network.namedParameters.map(\.name) == ["0.weight", "0.bias", "2.weight", "2.bias"])
        #expect(network.namedParameters[0].parameter === shared.weight)
        #expect(network.parameterCount == 9 + 3 + 6 + 2)
        #expect(network.summary.contains("20 trainable parameters"))
        // What stands at other places does not matter for the first values.
        let alone = Model { Dense(3, activation: .tanh) }.built([3], seed: 4)
        #expect(try network[shared.weight].isBitEqual(to: alone.values[0].value))
    }

    @Test("layers inside layers that are shared, many levels deep") func nested() {
        var block: any Layer = Dense(2)
        for _ in 0..<12 { block = Sequential([block, block]) }
        #expect(block.namedParameters.count == 2)
        #expect(Model(Sequential([block])).trainableParameters.count == 2)
    }

    @Test("the gradient is the sum, and an update is made once, on every device") func training() throws {
        for device in try DeviceTests.devices() {
            var network = model().network
            network.build(inputShape: [3], on: device, seed: 2)
            let (x, y) = (samples([5, 3], on: device), samples([5, 2], seed: 3, on: device))
            // Two layers of the same values, and their gradients added.
            var apart = Model {
                Dense(3, activation: .tanh)
                Residual { Dense(3, activation: .tanh) }
                Dense(2)
            }
            apart.build(inputShape: [3], on: device, seed: 7)
            let shared = network.values.map(\.value)
            for (parameter, value) in zip(apart.trainableParameters, [0, 1, 0, 1, 2, 3].map { shared[$0] }) {
                apart[parameter] = value
            }
            let parts = valueWithGradient(of: apart) { pass in Loss.meanSquaredError(apart(x, pass), y) }
            let whole = valueWithGradient(of: network) { pass in Loss.meanSquaredError(network(x, pass), y) }
            #expect(try whole.value.isBitEqual(to: parts.value))
            for number in 0..<2 {
                let sum = parts.gradients[number] + parts.gradients[number + 2]
                #expect(try relativeDifference(whole.gradients[number].doubles(), sum.doubles()) < 1e-5)
            }
            // With decay and momentum, two steps by hand.
            let optimizer = Optimizer.momentum(0.1, momentum: 0.5).decoupledDecay(0.2)
            var expected = shared
            var velocities = expected.map { Tensor.zeros(like: $0) }
            var trainer = Trainer(network, loss: .meanSquaredError, optimizer: optimizer)
            for _ in 0..<2 {
                let now = trainer.model
                let gradients = valueWithGradient(of: now) { pass in
                    Loss.meanSquaredError(now(x, pass), y)
                }.gradients
                trainer.step(Dataset(features: x, labels: y))
                for number in expected.indices {
                    velocities[number] = velocities[number] * 0.5 + gradients[number]
                    let decay = number % 2 == 0 ? 0.02 : 0
                    expected[number] = expected[number] - expected[number] * decay - velocities[number] * 0.1
                }
            }
            for (found, value) in zip(trainer.model.values.map(\.value), expected) {
                #expect(try relativeDifference(found.doubles(), value.doubles()) < 1e-6)
            }
        }
    }

    /// Lists its parameter this many times, and uses it twice: x w².
    private struct Square: Layer {
        let times: Int
        let factor = Parameter("factor")
        var parameters: [Parameter] { Array(repeating: factor, count: times) }
        func outputShape(for inputShape: [Int]) -> [Int] { inputShape }
        func build(inputShape: [Int], _ builder: inout Builder) { builder.make(factor, inputShape, .constant(3)) }
        func forward(_ input: Tensor, _ pass: Pass) -> Tensor { input * pass[factor] * pass[factor] }
    }

    @Test("a parameter that is listed twice is there once, has its whole gradient, and is updated once")
    func duplicates() throws {
        let x = samples([3, 2])
        func gradient(_ model: Model<Square>) -> ModelGradient {
            valueWithGradient(of: model) { pass in model(x, pass).sum() }
        }
        let once = Square(times: 1).built([2])
        let twice = Square(times: 2).built([2])
        #expect(twice.namedParameters.map(\.name) == ["factor"])
        #expect(twice.parameterCount == 2)
        let found = gradient(twice)
        #expect(found.gradients.count == 1)
        #expect(try found.gradients[0].isBitEqual(to: gradient(once).gradients[0]))
        #expect(try relativeDifference(found.gradients[0].doubles(), (x.sum(0) * 6).doubles()) < 1e-6)
        var state = OptimizerState(.sgd(1))
        var updated = twice
        try state.update(&updated, found)
        let expected = twice.values[0].value - found.gradients[0]
        #expect(try relativeDifference(updated.values[0].value.doubles(), expected.doubles()) < 1e-6)
    }

    @Test("inputs of two shapes are refused") func shapes() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let shared = Dense(3)
            _ = Model {
                shared
                shared
            }.built([2])
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        let text =
            "0.weight: a layer that is used twice must take inputs of one shape; its parameter is [2, 3], not [3, 3]"
        #expect(message.contains(text), "\(message)")
    }

    @Test("weights are saved once and loaded") func saving() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("shared.safetensors")
        let network = model().network.built([3], seed: 5)
        try network.save(to: path)
        #expect(try SafeTensors(path: path).arrays.count == 4)
        var other = model().network
        try other.load(from: path, on: .loop)
        let x = samples([4, 3])
        #expect(try other(x).isBitEqual(to: network(x)))
    }

    @Test("reports name the layer once") func reports() throws {
        var network = model().network.built([3])
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
        let network = Model {
            shared
            shared
        }.built([6, 2])
        let x = samples([3, 6, 2])
        var carried: CarriedStates? = CarriedStates()
        var pieces: [Tensor] = []
        for range in [0..<2, 2..<3, 3..<6] {
            let pass = Pass(network.values, carrying: carried)
            pieces.append(network(x.sliced(axis: 1, range), pass))
            carried = pass.carried
        }
        #expect(try Tensor.concatenate(pieces, axis: 1).isBitEqual(to: network(x)))
    }
}
