import Foundation
import Testing
import Unloop

// The code of the recipes about parts of networks and loops of one's own; see `DocumentationTests` for how it is held to the text.

// snippet: digits-encoder
func digitsEncoder() -> Sequential {
    Sequential {
        Flatten()
        Dense(64, activation: .relu)
        Dense(32, activation: .relu)
    }
}
// end

// snippet: own-loop
func ownLoop(epochs: Int, path: String) throws -> Model<Sequential> {
    let training = try Digits.load(on: .cpu)
    var model = DigitsTask.Model.mlp.make()
    model.build(inputShape: training.exampleShape, on: .cpu, seed: 1)
    var state = OptimizerState(.adamW(0.002).clipped(.norm(1)))
    var average = WeightAverage(.exponential(decay: 0.99), of: model.values)
    var epoch = 0
    if FileManager.default.fileExists(atPath: path) {
        let checkpoint = try Checkpoint(path: path)
        try checkpoint.restore(&model)
        try checkpoint.restore(&state, of: model)
        try checkpoint.restore(&average)
        epoch = checkpoint.texts["epoch"].flatMap { Int($0) } ?? 0
    }
    while epoch < epochs {
        for batch in training.batches(of: 32, order: training.shuffledOrder(seed: 1, epoch: epoch)) {
            let found = valueWithGradient(of: model, step: state.step) { pass in
                Loss.softmaxCrossEntropy(model(batch.features, pass), batch.labels)
            }
            try state.update(&model, found)
            try average.update(with: model.values)
        }
        epoch += 1
        var checkpoint = Checkpoint()
        try checkpoint.add(model)
        try checkpoint.add(state, of: model)
        try checkpoint.add(average)
        checkpoint.texts["epoch"] = "\(epoch)"
        try checkpoint.write(to: path)
    }
    return Model(model.root, average.values)
}
// end

// snippet: encoder-decoder
struct EncoderDecoder: Module {
    let encoder = GRU(12), decoder = GRU(12), output = Dense(1)

    var children: [(name: String, module: any Module)] {
        [("encoder", encoder), ("decoder", decoder), ("output", output)]
    }

    func forward(_ source: Tensor, _ shifted: Tensor, lengths: Tensor, _ pass: Pass) -> Tensor {
        let (_, state) = encoder.forward(source, state: nil, lengths: lengths, pass)
        return output.forward(decoder.forward(shifted, state: state, lengths: lengths, pass).output, pass)
    }
}
// end

@Suite struct LoopSnippets {
    @Test("an encoder is loaded, frozen, and learns slowly later") func freezing() throws {
        let folder = try Documentation.temporaryFolder()
        defer { Documentation.remove(folder) }
        let path = folder + "/autoencoder.safetensors"
        // snippet: pretraining
        let (training, test) = try Digits.load(on: .cpu).split(holdingOut: 360, seed: 1)
        var autoencoder = Model {
            digitsEncoder()
            Dense(64)
        }
        let pixels = Dataset(features: training.features, labels: training.features.flattened(from: 1))
        try autoencoder.fit(pixels, loss: .meanSquaredError, optimizer: .adam(0.003), epochs: 5, seed: 1, on: .cpu)
        try autoencoder.save(to: path)
        // end
        // snippet: frozen
        var model = Model {
            digitsEncoder()
            Dense(10)
        }
        model.build(inputShape: [8, 8, 1], on: .cpu, seed: 2)
        print(try model.load("0.*", from: path))  // 4 parameters taken, 2 in the file left: 1.bias, 1.weight
        model.freeze("0.*")
        try model.fit(training, loss: .softmaxCrossEntropy, optimizer: .adam(0.005), epochs: 5, seed: 1, on: .cpu)
        // end
        #expect(model.frozenParameters == ["0.1.weight", "0.1.bias", "0.2.weight", "0.2.bias"])
        for name in model.frozenParameters {
            let (own, learned) = (model.values[name], autoencoder.values[name])
            #expect(try #require(own).isBitEqual(to: #require(learned)), "\(name)")
        }
        let before = model
        #expect(try "\(model.load("0.*", from: path))" == "4 parameters taken, 2 in the file left: 1.bias, 1.weight")
        // snippet: groups
        model.unfreeze("0.*")
        let optimizer = Optimizer.adamW(0.005).group("0.*", learningRate: 0.0005).group("1.*", decay: 0)
        try model.fit(
            training, validating: test, loss: .softmaxCrossEntropy, optimizer: optimizer, metrics: [.accuracy],
            epochs: 5, seed: 2, on: .cpu)
        print(try model.evaluate(test))
        // end
        #expect(model.frozenParameters.isEmpty)
        let (first, second) = (try #require(before.values["0.1.weight"]), try #require(model.values["0.1.weight"]))
        #expect(try !first.isBitEqual(to: second))
        #expect(try model.evaluate(test) > 0.85)
    }

    @Test("a loop of one's own goes on from its own checkpoint") func ownLoops() throws {
        let folder = try Documentation.temporaryFolder()
        defer { Documentation.remove(folder) }
        // snippet: own-loop-resumed
        _ = try ownLoop(epochs: 1, path: folder + "/stopped.safetensors")
        let stopped = try ownLoop(epochs: 3, path: folder + "/stopped.safetensors")
        let whole = try ownLoop(epochs: 3, path: folder + "/whole.safetensors")
        print(try stopped.weightsSHA256() == whole.weightsSHA256())  // true
        // end
        #expect(try stopped.weightsSHA256() == whole.weightsSHA256())
        #expect(try stopped.evaluate(try Digits.load(on: .cpu)) > 0.9)
        // The file has the averages, and loading takes those.
        var loaded = DigitsTask.Model.mlp.make()
        try loaded.load(from: folder + "/whole.safetensors", on: .cpu)
        #expect(try loaded.weightsSHA256() == whole.weightsSHA256())
    }

    @Test("a pair of inputs shares an encoder") func pairs() throws {
        // snippet: siamese
        var encoder = Model {
            Dense(8, activation: .tanh)
            Dense(2)
        }
        encoder.build(inputShape: [3], on: .cpu, seed: 1)
        let left = Tensor.randomUniform([24, 3], RandomKey(seed: 1), low: -2, high: 2, on: .cpu)
        let right = Tensor.randomUniform([24, 3], RandomKey(seed: 2), low: -2, high: 2, on: .cpu)
        // 1 where the first features have the same sign.
        let same = (left[.all, 0] * right[.all, 0] .> 0).to(.float32)
        var state = OptimizerState(.adam(0.02))
        for step in 0..<150 {
            let found = valueWithGradient(of: encoder, step: step) { pass in
                let distance = (encoder(left, pass) - encoder(right, pass)).squared().sum(1)
                return (same * distance + (1 - same) * relu(1 - distance)).mean()
            }
            try state.update(&encoder, found)
        }
        let distances = (encoder(left) - encoder(right)).squared().sum(1)
        print(try distances.scalars())  // small where `same` is 1, about 1 or more elsewhere
        // end
        func loss(_ model: Model<Sequential>) throws -> Double {
            let distances = (model(left) - model(right)).squared().sum(1)
            return try (same * distances + (1 - same) * relu(1 - distances)).mean().item()
        }
        var untrained = encoder
        untrained.build(inputShape: [3], on: .cpu, seed: 1)
        #expect(try loss(encoder) < 0.1 * loss(untrained))
    }

    @Test("an encoder and a decoder with sequences that end early") func sequences() throws {
        // snippet: encoder-decoder-training
        var model = Model(EncoderDecoder())
        model.build(on: .cpu, seed: 1) { root, builder in
            root.encoder.build(inputShape: [4, 1], &builder)
            root.decoder.build(inputShape: [4, 1], &builder)
            root.output.build(inputShape: [4, 12], &builder)
        }
        let source = Tensor.randomUniform([16, 4, 1], RandomKey(seed: 1), low: -2, high: 2, on: .cpu)
        let lengths = Tensor(int32: (0..<16).map { Int32(1 + $0 % 4) }, on: .cpu)
        // The decoder gives the same sequence again, and sees the step before.
        let shifted = Tensor.concatenate([Tensor.zeros([16, 1, 1], on: .cpu), source[.all, 0..<3]], axis: 1)
        // 1 for the steps that belong to a sequence.
        let inside = (Tensor.indices(4, on: .cpu).expandingDimension(at: 0) .< lengths.expandingDimension(at: 1))
            .to(.float32)
        var state = OptimizerState(.adam(0.02))
        var losses: [Double] = []
        for step in 0..<200 {
            let found = valueWithGradient(of: model, step: step) { pass in
                let output = model.root.forward(source, shifted, lengths: lengths, pass)
                return ((output - source).squared().reshaped([16, 4]) * inside).sum() / inside.sum()
            }
            try state.update(&model, found)
            losses.append(try found.value.item())
        }
        // end
        #expect(losses[199] < 0.2 * losses[0])
    }
}
