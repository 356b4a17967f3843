import Testing
import UnloopBackend
import UnloopNetwork
import UnloopTensor

/// Derivatives against central differences in float64, whose error is about h²·|f'''|/6 + 2⁻⁵³·|f|/h: near 1e-9 for h = 1e-5.
@Suite struct GradientTests {
    func check<L: Layer>(_ layer: L, _ inputShape: [Int], training: Bool = false, _ note: String) throws {
        let model = layer.built(inputShape, seed: 5, .float64)
        // Fixed weights of the outputs, so that errors cannot cancel in a plain sum.
        let weights = samples([3] + layer.outputShape(for: inputShape), seed: 9, .float64)
        let x = samples([3] + inputShape, seed: 2, .float64)
        func value(_ x: Tensor, _ pass: Pass) -> Tensor { (layer.forward(x, pass) * weights).sum() }
        func value(_ x: Tensor, _ model: Model<L>) -> Tensor {
            value(x, Pass(model.values, isTraining: training, seed: 4))
        }
        func numerical(_ point: Tensor, _ value: (Tensor) throws -> Tensor) throws -> [Double] {
            let h = 1e-5
            let base = try point.doubles()
            return try base.indices.map { position in
                func shifted(_ change: Double) throws -> Double {
                    var moved = base
                    moved[position] += change
                    return try value(Tensor(float64: moved, shape: point.shape, on: .loop)).doubles()[0]
                }
                return (try shifted(h) - shifted(-h)) / (2 * h)
            }
        }
        let exact = try gradient(at: x) { value($0, model) }.doubles()
        let estimate = try numerical(x) { value($0, model) }
        #expect(relativeDifference(exact, estimate) < 1e-7, "\(note): input")

        let found = valueWithGradient(of: model, isTraining: training, seed: 4) { pass in value(x, pass) }
        for (parameter, gradient) in zip(model.trainableParameters, found.gradients) {
            let estimate = try numerical(model[parameter]) { moved in
                var changed = model
                changed[parameter] = moved
                return value(x, changed)
            }
            #expect(try relativeDifference(gradient.doubles(), estimate) < 1e-7, "\(note): \(parameter.name)")
        }
    }

    @Test func layers() throws {
        let cases: [(any Layer, [Int], Bool)] = [
            (Dense(3, activation: .tanh), [4], false), (Dense(2, bias: false), [3, 4], false),
            (Convolution2D(filters: 4, kernel: 3, padding: .same, activation: .sigmoid), [4, 5, 2], false),
            (Convolution2D(filters: 2, kernel: 2, stride: 2, groups: 2), [4, 5, 2], false),
            (MaxPooling2D(2), [4, 4, 2], false), (AveragePooling2D(2, stride: 1, padding: .same), [3, 4, 2], false),
            (Flatten(), [2, 3], false), (Reshape([3, 2]), [2, 3], false), (LayerNorm(), [5], false),
            (BatchNorm(), [3], true), (BatchNorm(), [2, 2, 3], false), (Dropout(0.4), [6], true),
            (Residual { Dense(3, activation: .softplus) }, [3], false),
            (
                Sequential {
                    Dense(4, activation: .gelu); LayerNorm(); Dense(2, activation: .logSoftmax)
                }, [3], false
            ),
        ]
        for (layer, shape, training) in cases { try check(layer, shape, training: training, layer.kind) }
    }

    @Test(arguments: Activation.all.indices)
    func activations(index: Int) throws {
        let activation = Activation.all[index]
        try check(ActivationLayer(activation), [7], activation.name)
        try check(Dense(3, activation: activation), [2], "Dense \(activation.name)")
    }

    @Test(arguments: Loss.all.indices)
    func losses(index: Int) throws {
        let loss = Loss.all[index]
        let isProbability = ["binaryCrossEntropy", "categoricalCrossEntropy"].contains(loss.name)
        let raw = samples([4, 3], seed: 3, .float64)
        let prediction = isProbability ? raw.softmax() : raw
        var targets = [samples([4, 3], seed: 8, .float64).softmax()]
        if loss.name.hasSuffix("CrossEntropy") && !loss.name.hasPrefix("binary") && !loss.name.hasPrefix("sigmoid") {
            targets.append(Tensor(int32: [2, 0, 1, 1], on: .loop))
        }
        for target in targets {
            let exact = try gradient(at: prediction) { loss($0, target) }.doubles()
            let base = try prediction.doubles()
            let estimate = try base.indices.map { position in
                func shifted(_ change: Double) throws -> Double {
                    var moved = base
                    moved[position] += change
                    return try loss(Tensor(float64: moved, shape: [4, 3], on: .loop), target).doubles()[0]
                }
                return (try shifted(1e-6) - shifted(-1e-6)) / 2e-6
            }
            #expect(relativeDifference(exact, estimate) < 1e-7, "\(loss.name)")
        }
    }
}
