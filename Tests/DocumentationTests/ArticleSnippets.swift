import Foundation
import Testing
import Unloop

// The code of the articles in Sources/Unloop/Documentation.docc; see `DocumentationTests` for how it is held to the text.

// snippet: scale
struct Scale: Layer {
    let factor = Parameter("factor")

    var parameters: [Parameter] { [factor] }
    func outputShape(for inputShape: [Int]) -> [Int] { inputShape }
    func build(inputShape: [Int], _ builder: inout Builder) { builder.make(factor, [inputShape.last ?? 1], .ones) }
    func forward(_ input: Tensor, _ pass: Pass) -> Tensor { input * pass[factor] }
}
// end

// snippet: autoencoder
struct Autoencoder: Module {
    let encoder = Dense(16, activation: .tanh)
    let decoder = Dense(64)

    var children: [(name: String, module: any Module)] { [("encoder", encoder), ("decoder", decoder)] }
}
// end

// snippet: cube
extension ScalarFunction {
    static let cube = ScalarFunction("cube") { x in x * x * x }
}
// end

@Suite struct ArticleSnippets {
    @Test("three devices, one hash") func sameBits() throws {
        // snippet: hashes
        var hashes: Set<String> = []
        for device in [Device.loop, .cpu, try .opencl] {
            var model = DigitsTask.Model.mlp.make()
            try model.fit(try Digits.load(on: device), loss: .softmaxCrossEntropy, seed: 7, on: device)
            hashes.insert(try model.weightsSHA256())
        }
        print(hashes.count)  // 1
        // end
        #expect(hashes.count == 1)
        // snippet: bits
        let key = RandomKey(seed: 1)
        let (a, b) = (Tensor.randomNormal([100, 100], key, on: .cpu), Tensor.randomNormal([100, 100], key, on: .loop))
        print(try matmul(a, a).isBitEqual(to: matmul(b, b)))  // true
        // end
        #expect(try matmul(a, a).isBitEqual(to: matmul(b, b)))
    }

    @Test("devices are chosen and listed") func devices() throws {
        // snippet: devices
        for device in Device.all { print(device.label, device.name) }
        let chosen = try Device(named: "cpu")
        let elsewhere = (try? Device.opencl(matching: "H200")) ?? .cpu
        // end
        #expect(chosen == .cpu && Device.all.contains(elsewhere))
        // snippet: moving
        let x = Tensor([1, 2, 3], on: .cpu)
        let y = x.to(.loop) + Tensor([1, 1, 1], on: .loop)
        print(try y.scalars())  // [2.0, 3.0, 4.0]
        // end
        #expect(try y.scalars() == [2, 3, 4])
    }

    @Test("errors belong to what failed") func errors() throws {
        // snippet: errors
        let rows = Tensor([[1, 2], [3, 4]], on: .cpu)
        let missing = rows.gathering(Tensor(int32: [5], on: .cpu))
        do {
            print(try missing.scalars())
        } catch {
            print(error)
        }
        // end
        #expect(throws: TensorError.self) { try missing.scalars() }
    }

    @Test("derivatives") func differentiation() throws {
        // snippet: gradient
        let w = Tensor([1, 2, 3], on: .cpu)
        let found = valueWithGradient(at: w) { w in (w * w).sum() }
        print(try found.value.item() as Double, try found.gradient.scalars())  // 14.0 [2.0, 4.0, 6.0]
        // end
        #expect(try found.value.item() as Double == 14 && found.gradient.scalars() == [2, 4, 6])
        // snippet: second
        let second = gradient(at: w) { w in gradient(at: w) { w in (w * w * w).sum() }.sum() }
        print(try second.scalars())  // [6.0, 12.0, 18.0]
        // end
        #expect(try second.scalars() == [6, 12, 18])
        // snippet: directions
        let f: (Tensor) -> Tensor = { w in (w * w * w).sum() }
        let slope = jvp(at: w, tangent: Tensor([1, 0, 0], on: .cpu), f).tangent
        let curvature = hessianVectorProduct(at: w, Tensor([0, 1, 0], on: .cpu), f)
        // end
        #expect(try slope.item() as Double == 3 && curvature.scalars() == [0, 12, 0])
        // snippet: cubed
        let cubed = gradient(at: w) { w in ScalarFunction.cube(w).sum() }
        print(try cubed.scalars())  // [3.0, 12.0, 27.0]
        // end
        #expect(try cubed.scalars() == [3, 12, 27])
        // snippet: straight-through
        let rounded = gradient(at: w) { w in
            withCustomGradient([w], { round($0[0]) }, pullback: { cotangent, _, _ in [cotangent] }).sum()
        }
        // end
        #expect(try rounded.scalars() == [1, 1, 1])
    }

    @Test("networks") func networks() throws {
        let images = Tensor.randomUniform([4, 8, 8, 1], RandomKey(seed: 1), on: .cpu)
        // snippet: model
        var model = Model {
            Convolution2D(filters: 16, kernel: 3, padding: .same, activation: .relu)
            Residual {
                Convolution2D(filters: 16, kernel: 3, padding: .same)
                BatchNorm()
            }
            GlobalAveragePooling()
            Dropout(0.2)
            Dense(10)
        }
        model.build(inputShape: [8, 8, 1], on: .cpu, seed: 1)
        print(model.summary)
        let logits = model(images)
        // end
        #expect(logits.shape == [4, 10])
        // snippet: values
        let before = model
        for (name, value) in model.values { print(name, value.shape) }
        let last = model.trainableParameters[model.trainableParameters.count - 1]
        model[last] = Tensor.ones([10], on: .cpu)
        print(try before[last].scalars()[0], try model[last].scalars()[0])  // 0.0 1.0
        // end
        #expect(try before[last].scalars()[0] == 0 && model[last].scalars()[0] == 1)
        // snippet: scaled
        var scaled = Model {
            Scale()
            Dense(2)
        }
        scaled.build(inputShape: [3], on: .cpu)
        print(scaled.values.names)  // ["0.factor", "1.weight", "1.bias"]
        // end
        #expect(scaled.values.names == ["0.factor", "1.weight", "1.bias"])
        // snippet: autoencoder-model
        var autoencoder = Model(Autoencoder())
        autoencoder.build(on: .cpu, seed: 1) { root, builder in
            root.encoder.build(inputShape: [64], &builder)
            root.decoder.build(inputShape: [16], &builder)
        }
        let encoder = Model(autoencoder.root.encoder, autoencoder.values)
        let codes = encoder(images.flattened(from: 1))
        // end
        #expect(codes.shape == [4, 16])
    }

    @Test("training") func training() throws {
        // snippet: fit
        let (training, test) = try Digits.load(on: .cpu).split(holdingOut: 360, seed: 1)
        var model = DigitsTask.Model.mlp.make()
        let history = try model.fit(
            training, validating: test, loss: .softmaxCrossEntropy, optimizer: .adam(.cosine(from: 0.005, over: 450)),
            metrics: [.accuracy], epochs: 10, seed: 1, on: .cpu, earlyStopping: EarlyStopping(patience: 3))
        print(history.weightsFromEpoch, try model.evaluate(test, metrics: [.accuracy, .f1]))
        // end
        #expect(try !history.epochs.isEmpty && model.evaluate(test) > 0.9)
        // snippet: callbacks
        let patient = Callback.afterEpoch { epoch in epoch.trainingLoss < 0.01 ? .stop : .proceed }
        try model.fit(training, loss: .softmaxCrossEntropy, epochs: 3, on: .cpu, callbacks: [patient])
        // end
        // snippet: batches
        func batch(_ epoch: Int, _ number: Int) -> Dataset {
            let key = RandomKey(seed: UInt64(epoch)).child(UInt64(number))
            let x = Tensor.randomUniform([32, 1], key, on: .cpu)
            return Dataset(features: x, labels: 2 * x + 1)
        }
        var line = Model { Dense(1) }
        try line.fit(
            { epoch in (0..<20).lazy.map { batch(epoch, $0) } }, loss: .meanSquaredError, optimizer: .adam(0.05),
            epochs: 20, on: .cpu)
        print(try line(Tensor([[3]], on: .cpu)).scalars())  // about [7.0]
        // end
        #expect(abs(try line(Tensor([[3]], on: .cpu)).scalars()[0] - 7) < 0.3)
        // snippet: trainer
        var trainer = Trainer(model, loss: .softmaxCrossEntropy, optimizer: .sgd(0.01))
        for batch in training.batches(of: 64, order: training.shuffledOrder(seed: 1, epoch: 0)) { trainer.step(batch) }
        model = trainer.model
        // end
        #expect(trainer.step == (training.count + 63) / 64)
        // snippet: loop
        var state = OptimizerState(.adam(0.001).clipped(.norm(1)))
        for batch in training.batches(of: 64) {
            let found = valueWithGradient(of: model, step: state.step) { pass in
                let logits = model(batch.features, pass)
                return Loss.softmaxCrossEntropy(logits, batch.labels) + 0.001 * (logits * logits).mean()
            }
            try state.update(&model, found)
        }
        // end
        #expect(try model.evaluate(test) > 0.9)
    }

    @Test("weights go to a file and come back") func files() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        var model = DigitsTask.Model.mlp.make()
        model.build(inputShape: [8, 8, 1], on: .cpu, seed: 1)
        // snippet: weights
        try model.save(to: path, metadata: ["task": "digits"])
        var copy = DigitsTask.Model.mlp.make()
        try copy.load(from: path, on: .cpu)
        // end
        #expect(try copy.weightsSHA256() == model.weightsSHA256())
    }
}
