import Testing
import Unloop

// The code of the recipes in Sources/Unloop/Documentation.docc/Recipes; see `DocumentationTests` for how it is held to the text.

// snippet: residual-block
struct ResidualBlock: Layer {
    let inner: Sequential, projection: Dense

    init(_ units: Int) {
        inner = Sequential([Dense(units, activation: .relu), LayerNorm(), Dense(units)])
        projection = Dense(units, bias: false)
    }

    var children: [(name: String, module: any Module)] { [("inner", inner), ("projection", projection)] }
    func outputShape(for inputShape: [Int]) -> [Int] { inner.outputShape(for: inputShape) }
    func build(inputShape: [Int], _ builder: inout Builder) {
        inner.build(inputShape: inputShape, &builder)
        projection.build(inputShape: inputShape, &builder)
    }
    func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        relu(projection.forward(input, pass) + inner.forward(input, pass))
    }
}
// end

// snippet: squareplus
extension Activation {
    static let squareplus = Activation("squareplus") { x in 0.5 * (x + sqrt(x * x + 4)) }
}
// end

// snippet: quantile
extension Loss {
    static func quantile(_ level: Double) -> Loss {
        let pinball = ScalarFunction("pinball") { (prediction: Scalar, target: Scalar) in
            max(Scalar(level) * (target - prediction), Scalar(level - 1) * (target - prediction))
        }
        return Loss("quantile(\(level))") { prediction, target in pinball(prediction, target).mean() }
    }
}
// end

// snippet: server
func answer(_ request: Tensor, by model: Model<Sequential>) -> String {
    do {
        return "200 \(try model.prediction(for: request, requiringFinite: true).argmax(-1).integers())"
    } catch let error as PredictionError {
        return "400 \(error)"
    } catch {
        return "500 \(error)"
    }
}
// end

@Suite struct RecipeSnippets {
    @Test("a layer of one's own") func layer() throws {
        // snippet: residual-network
        let (training, test) = try Digits.load(on: .cpu).split(holdingOut: 360, seed: 1)
        var model = Model {
            Flatten()
            ResidualBlock(64)
            ResidualBlock(32)
            Dense(10)
        }
        try model.fit(training, loss: .softmaxCrossEntropy, epochs: 5, seed: 1, on: .cpu)
        print(try model.evaluate(test), model.values.names[2])  // … 1.inner.1.scale
        // end
        #expect(try model.evaluate(test) > 0.9 && model.values.names[2] == "1.inner.1.scale")
    }

    @Test("a loss and an activation of one's own") func loss() throws {
        // snippet: quantile-network
        let x = Tensor.randomUniform([2000, 1], RandomKey(seed: 1), on: .cpu)
        let y = x + Tensor.randomNormal([2000, 1], RandomKey(seed: 2), standardDeviation: 0.1, on: .cpu)
        var model = Model {
            Dense(16, activation: .squareplus)
            Dense(1)
        }
        try model.fit(
            Dataset(features: x, labels: y), loss: .quantile(0.9), optimizer: .adam(.cosine(from: 0.01, over: 1260)),
            epochs: 20, on: .cpu)
        let share: Double = try (y .< model(x)).to(.float32).mean().item()
        print(share)  // about 0.9
        // end
        #expect(abs(share - 0.9) < 0.05)
    }

    @Test("two optimizers in one loop") func adversaries() throws {
        // snippet: adversaries
        var generator = Model { Dense(1) }
        var discriminator = Model {
            Dense(16, activation: .tanh)
            Dense(1)
        }
        generator.build(inputShape: [2], on: .cpu, seed: 1)
        discriminator.build(inputShape: [1], on: .cpu, seed: 2)
        var (generating, judging) = (OptimizerState(.adam(0.02)), OptimizerState(.adam(0.02)))
        let loss = Loss.sigmoidCrossEntropy
        let (yes, no) = (Tensor.ones([64, 1], on: .cpu), Tensor.zeros([64, 1], on: .cpu))
        for step in 0..<300 {
            let key = RandomKey(seed: 5).child(UInt64(step))
            let real = Tensor.randomNormal([64, 1], key.child(0), mean: 3, on: .cpu)
            let noise = Tensor.randomNormal([64, 2], key.child(1), on: .cpu)
            let judged = valueWithGradient(of: discriminator, step: step) { pass in
                loss(discriminator(real, pass), yes) + loss(discriminator(generator(noise), pass), no)
            }
            try judging.update(&discriminator, judged)
            let generated = valueWithGradient(of: generator, step: step) { pass in
                loss(discriminator(generator(noise, pass)), yes)
            }
            try generating.update(&generator, generated)
        }
        // end
        let samples = generator(Tensor.randomNormal([1000, 2], RandomKey(seed: 9), on: .cpu))
        #expect(abs(try samples.mean().item() - 3.0) < 0.5)
    }

    @Test("one model in many tasks") func tasks() async throws {
        let data = try Digits.load(on: .cpu)
        var trained = DigitsTask.Model.mlp.make()
        trained.build(inputShape: data.exampleShape, on: .cpu, seed: 1)
        let batches = Array(data.batches(of: 256))
        // snippet: tasks
        let model = trained
        let classes = try await withThrowingTaskGroup(of: (Int, [Int32]).self) { group in
            for (number, batch) in batches.enumerated() {
                group.addTask { (number, try model(batch.features).argmax(-1).integers()) }
            }
            return try await group.reduce(into: [Int: [Int32]]()) { $0[$1.0] = $1.1 }
        }
        // end
        for (number, batch) in batches.enumerated() {
            #expect(try classes[number] == model(batch.features).argmax(-1).integers())
        }
        // snippet: requests
        print(answer(batches[0].features.sliced(axis: 0, 0..<2), by: model))  // 200 and two classes
        print(answer(Tensor.zeros([1, 28, 28, 1], on: .cpu), by: model))
        // 400 the inputs have the shape [1, 28, 28, 1], but the network takes [examples] + [8, 8, 1]
        // end
        #expect(answer(batches[0].features, by: model) == "200 \(try #require(classes[0]))")
        #expect(
            answer(Tensor.zeros([1, 28, 28, 1], on: .cpu), by: model)
                == "400 the inputs have the shape [1, 28, 28, 1], but the network takes [examples] + [8, 8, 1]")
        #expect(answer(Tensor.full([1, 8, 8, 1], .nan, on: .cpu), by: model).hasPrefix("400 the inputs of example 0"))
        // snippet: trainings
        let hashes = try await withThrowingTaskGroup(of: String.self) { group in
            for rate in [0.001, 0.003, 0.01] {
                group.addTask {
                    var copy = model
                    try await copy.fitInBackground(
                        data, loss: .softmaxCrossEntropy, optimizer: .adam(.constant(rate)), on: .cpu)
                    return try copy.weightsSHA256()
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        print(hashes.count)  // 3
        // end
        #expect(hashes.count == 3)
        #expect(try model.weightsSHA256() == trained.weightsSHA256())
    }
}
