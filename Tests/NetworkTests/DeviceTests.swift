import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// The promise of the library, for everything that trains: the same bits on every device.
@Suite struct DeviceTests {
    /// A build without OpenCL, as for sanitizers, has two.
    static func devices() throws -> [Device] {
        #if OpenCL
            [.loop, .cpu, try .opencl]
        #else
            [.loop, .cpu]
        #endif
    }

    /// Weights after some steps, on each device, must be one and the same.
    func check(
        _ note: String, inputShape: [Int], loss: Loss = .softmaxCrossEntropy, optimizer: Optimizer = .adam(0.01),
        _ model: () -> Model<Sequential>
    ) throws {
        let hashes = try Self.devices().map { device in
            let features = samples([21] + inputShape, seed: 3, on: device)
            let classes = Tensor(int32: (0..<21).map { Int32($0 * 7 % 3) }, on: device)
            let labels = loss.name == "softmaxCrossEntropy" ? classes : classes.oneHot(3)
            var model = model()
            try model.fit(
                Dataset(features: features, labels: labels), loss: loss, optimizer: optimizer, epochs: 2, batchSize: 8,
                seed: 11, on: device, progress: .silent)
            return try model.weightsSHA256()
        }
        #expect(Set(hashes).count == 1, "\(note): \(hashes)")
    }

    @Test func layers() throws {
        try check("dense and normalizations", inputShape: [5]) {
            Model {
                Dense(9, activation: .tanh, initializer: .orthogonal())
                BatchNorm()
                Residual { Dense(9, activation: .gelu, initializer: .heNormal) }
                LayerNorm()
                Dropout(0.3)
                Dense(3)
            }
        }
        try check("images", inputShape: [7, 6, 2]) {
            Model {
                Convolution2D(filters: 4, kernel: 3, padding: .same, groups: 2, activation: .silu)
                MaxPooling2D(2, stride: 1)
                Convolution2D(filters: 3, kernel: Size2D(2, 3), stride: 2, activation: .softplus)
                AveragePooling2D(2, stride: 1, padding: .same)
                Flatten()
                Dense(3, activation: .selu)
            }
        }
    }

    @Test(arguments: Optimizer.all.indices)
    func optimizers(index: Int) throws {
        let optimizer = Optimizer.all[index].clipped(.norm(0.5)).regularized(l1: 1e-3, l2: 1e-2).decoupledDecay(1e-2)
            .softThresholded(l1: 1e-4)
        try check(optimizer.name, inputShape: [4], optimizer: optimizer) {
            Model {
                Dense(6, activation: .sigmoid)
                Dense(3)
            }
        }
    }

    @Test(arguments: Loss.all.indices)
    func losses(index: Int) throws {
        let loss = Loss.all[index]
        let isProbability = ["binaryCrossEntropy", "categoricalCrossEntropy"].contains(loss.name)
        try check(loss.name, inputShape: [4], loss: loss, optimizer: .momentum(0.05)) {
            Model { Dense(3, activation: isProbability ? .softmax : .identity) }
        }
    }

    @Test(arguments: Activation.all.indices)
    func activations(index: Int) throws {
        let values = try Self.devices().map { device in
            let x = samples([4, 9], seed: 5, on: device) * 4
            return valueWithGradient(at: x) { (Activation.all[index]($0) * x).sum() }
        }
        for other in values.dropFirst() {
            #expect(try other.value.isBitEqual(to: values[0].value), "\(Activation.all[index].name)")
            #expect(try other.gradient.isBitEqual(to: values[0].gradient), "\(Activation.all[index].name)")
        }
    }

    @Test func initializers() throws {
        for initializer in [
            Initializer.glorotUniform, .glorotNormal, .heUniform, .heNormal, .gaussian(), .orthogonal(), .zeros,
        ] {
            let values = try Self.devices().map { device in
                let layer = Dense(13, initializer: initializer)
                var model = Model(layer)
                model.build(inputShape: [11], on: device, seed: 5)
                return model[layer.weight]
            }
            for other in values.dropFirst() { #expect(try other.isBitEqual(to: values[0]), "\(initializer.name)") }
        }
    }

    @Test func dataIsPreparedAlike() throws {
        let values = try Self.devices().map { device in
            let features = samples([40, 3], seed: 2, on: device)
            let data = Dataset(features: features, labels: Tensor(int32: (0..<40).map { Int32($0 % 4) }, on: device))
            let (training, test) = try data.stratifiedSplit(holdingOut: 10, seed: 6)
            let scaling = FeatureScaling(of: training.features)
            return Tensor.concatenate([
                scaling(test.features), scaling(training.split(holdingOut: 5, seed: 1).test.features),
            ])
        }
        for other in values.dropFirst() { #expect(try other.isBitEqual(to: values[0])) }
    }

    @Test func networksMoveBetweenDevices() throws {
        var model = Model { Dense(3, activation: .tanh) }.built([2])
        let x = samples([5, 2])
        let expected = model(x)
        let hash = try model.weightsSHA256()
        for device in try Self.devices() {
            try model.move(to: device)
            #expect(model.values.allSatisfy { $0.value.device == device })
            #expect(try model.predict(x).isBitEqual(to: expected))
            #expect(try model.weightsSHA256() == hash)
        }
    }

    /// Training runs again without building a program: nothing that changes from step to step is part of one.
    @Test func stepsBuildNoPrograms() throws {
        let device = try Device.opencl
        var model = Model {
            Dense(5, activation: .relu)
            Dropout(0.2)
            Dense(3)
        }
        model.build(inputShape: [4], on: device, seed: 1)
        let data = Dataset(
            features: samples([6, 4], on: device), labels: Tensor(int32: [0, 1, 2, 2, 1, 0], on: device))
        let optimizer = Optimizer.adamW(.cosine(from: 0.01, over: 50)).clipped(.norm(1))
        var trainer = Trainer(model, loss: .softmaxCrossEntropy, optimizer: optimizer)
        trainer.step(data)
        // Other suites use the device at the same time, so what is counted is what this trainer's own programs do: a second
        // trainer of the same kind, whose step and rate differ, gives the same program.
        #expect(optimizer.program() == Optimizer.adamW(0.3).clipped(.norm(9)).program())
        for _ in 0..<5 { trainer.step(data) }
        #expect(try trainer.isFinite())
    }
}
