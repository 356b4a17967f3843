import Dispatch
import Synchronization
import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// A network is a value.
@Suite struct ModelTests {
    static func network() -> Model<Sequential> {
        Model {
            Dense(16, activation: .gelu)
            BatchNorm()
            Dense(3)
        }
    }

    static let data = Dataset(features: samples([20, 4]), labels: samples([20, 3], seed: 2))

    @Test("copies are independent, and share what neither has changed") func copies() throws {
        var model = Self.network().built([4])
        let snapshot = model
        let before = try snapshot.weightsSHA256()
        try model.fit(Self.data, loss: .meanSquaredError, on: .loop, progress: .silent)
        #expect(try snapshot.weightsSHA256() == before)
        #expect(try model.weightsSHA256() != before)
        // Training the snapshot does the same again.
        var again = snapshot
        try again.fit(Self.data, loss: .meanSquaredError, on: .loop, progress: .silent)
        #expect(try again.weightsSHA256() == model.weightsSHA256())
        var values = snapshot.values
        values[model.trainableParameters[1]] = Tensor.ones([16], on: .loop)
        #expect(try snapshot.weightsSHA256() == before && values.sha256() != before)
        again.values = values
        #expect(try again.weightsSHA256() == values.sha256())
    }

    @Test("one model in 16 tasks gives the bits that it gives alone, on every device") func tasks() async throws {
        for device in try DeviceTests.devices() {
            var model = Self.network()
            model.build(inputShape: [4], on: device, seed: 3)
            let inputs = (0..<16).map { samples([1 + $0 % 5, 4], seed: UInt64($0), on: device) }
            let expected = try inputs.map { try model(inputs: $0) }
            let shared = model
            let found = try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
                for (number, input) in inputs.enumerated() {
                    group.addTask {
                        var bytes = try shared(inputs: input)
                        for _ in 0..<20 { bytes = try shared(inputs: input) }
                        return (number, bytes)
                    }
                }
                return try await group.reduce(into: [Int: [UInt8]]()) { $0[$1.0] = $1.1 }
            }
            for number in inputs.indices { #expect(found[number] == expected[number], "\(device)") }
        }
    }

    @Test("values that change after threads have used the network are those that each of them uses next")
    func change() throws {
        for device in try DeviceTests.devices() {
            var model = Self.network()
            model.build(inputShape: [4], on: device, seed: 3)
            let input = samples([2, 4], seed: 5, on: device)
            /// What 20 threads find.
            func found(_ model: Model<Sequential>) throws -> [[UInt8]] {
                let results = Mutex<[[UInt8]]>([])
                DispatchQueue.concurrentPerform(iterations: 20) { _ in
                    let bytes = try? model(inputs: input)
                    results.withLock { $0.append(bytes ?? []) }
                }
                return results.withLock { $0 }
            }
            /// What nobody has used yet.
            func fresh(_ model: Model<Sequential>) throws -> [UInt8] {
                try Model(model.root, model.values)(inputs: input)
            }
            let before = try fresh(model)
            #expect(try found(model).allSatisfy { $0 == before })
            let snapshot = model
            model[model.trainableParameters[0]] = samples([4, 16], seed: 9, on: device)
            let changed = try fresh(model)
            #expect(changed != before)
            #expect(try found(model).allSatisfy { $0 == changed }, "\(device)")
            #expect(try found(snapshot).allSatisfy { $0 == before }, "\(device)")
            model.values[model.trainableParameters[0]] *= 2
            let doubled = try fresh(model)
            #expect(doubled != changed)
            #expect(try found(model).allSatisfy { $0 == doubled }, "\(device)")
            try model.fit(Self.data, loss: .meanSquaredError, on: device, progress: .silent)
            let trained = try fresh(model)
            #expect(trained != doubled)
            #expect(try found(model).allSatisfy { $0 == trained }, "\(device)")
            model = snapshot
            #expect(try found(model).allSatisfy { $0 == before }, "\(device)")
            model.freeze("0.weight")
            #expect(try found(model).allSatisfy { $0 == before }, "\(device)")
            try model.move(to: .loop)
            try model.move(to: device)
            #expect(try found(model).allSatisfy { $0 == before }, "\(device)")
            model.build(inputShape: [4], on: device, seed: 11)
            let built = try fresh(model)
            #expect(built != before)
            #expect(try found(model).allSatisfy { $0 == built }, "\(device)")
            // A model of another's values.
            #expect(try found(Model(model.root, snapshot.values)).allSatisfy { $0 == before }, "\(device)")
        }
    }

    @Test("16 tasks train copies of one model to the same bits") func training() async throws {
        let model = Self.network().built([4])
        let hashes = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    var copy = model
                    try copy.fit(Self.data, loss: .meanSquaredError, epochs: 2, on: .cpu, progress: .silent)
                    return try copy.weightsSHA256()
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(hashes.count == 1)
    }

    @Test("a training in the background gives the same weights, and ends where its task is cancelled")
    func background() async throws {
        var expected = Self.network()
        try expected.fit(Self.data, loss: .meanSquaredError, epochs: 3, seed: 4, on: .cpu, progress: .silent)
        var model = Self.network()
        let history = try await model.fitInBackground(
            Self.data, loss: .meanSquaredError, epochs: 3, seed: 4, on: .cpu, progress: .silent)
        #expect(history.epochs.count == 3)
        #expect(try model.weightsSHA256() == expected.weightsSHA256())

        let task = Task { [model] in
            var model = model
            let result: Result<History, any Error>
            do {
                let history = try await model.fitInBackground(
                    Self.data, loss: .meanSquaredError, epochs: 100_000_000, on: .cpu, progress: .silent)
                result = .success(history)
            } catch {
                result = .failure(error)
            }
            return (model, result)
        }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        let (stopped, result) = await task.value
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(stopped.isBuilt)
        _ = try stopped.weightsSHA256()
        // A training that waits for nobody looks at its task too.
        let blocking = Task {
            var model = Self.network()
            try model.fit(Self.data, loss: .meanSquaredError, epochs: 100_000_000, on: .cpu, progress: .silent)
        }
        blocking.cancel()
        await #expect(throws: CancellationError.self) { try await blocking.value }
    }

    @Test("a part of a network is a model of its own, with the values that it has there") func parts() throws {
        let encoder = Sequential {
            Dense(5, activation: .tanh)
            Dense(2)
        }
        let whole = Model {
            encoder
            Dense(4)
        }.built([3])
        let part = Model(encoder, whole.values)
        let x = samples([6, 3])
        #expect(part.values.names == ["0.weight", "0.bias", "1.weight", "1.bias"])
        #expect(try part(x).isBitEqual(to: Model(Sequential([whole.root.layers[0]]), whole.values)(x)))
        #expect(try whole(x).isBitEqual(to: Model(Sequential([whole.root.layers[1]]), whole.values)(part(x))))
    }

    @Test("misuse says what to do") func misuse() async {
        let expected = [
            "Sequential: the network is not built; call build(inputShape:on:seed:), fit or load first",
            "Dense(3): the values have none for `weight`; they are of another network",
            "the network has no parameter `weight`: a module lists its own in `parameters`",
            "Pass.remember: `weight` is trainable, so that only an optimizer changes it",
        ]
        let results = [
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = ModelTests.network()(samples([2, 4]))
            },
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Model(Dense(3), ModelTests.network().built([4]).values)
            },
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = ModelTests.network().built([4])[Dense(2).weight]
            },
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let model = Dense(2).built([2])
                Pass(model.values).remember(samples([2, 2]), for: model.root.weight)
            },
        ]
        for (result, text) in zip(results, expected) {
            let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
            #expect(message.contains(text), "\(message)")
        }
    }

    // MARK: Several inputs, several models

    /// Two inputs through one encoder: their distance is trained to be small where they belong together.
    @Test("a pair of inputs shares an encoder") func siamese() throws {
        for device in try DeviceTests.devices() {
            var model = Model {
                Dense(8, activation: .tanh)
                Dense(2)
            }
            model.build(inputShape: [3], on: device, seed: 1)
            let (left, right) = (samples([24, 3], on: device), samples([24, 3], seed: 2, on: device))
            // 1 where the first features have the same sign.
            let same = (left[.all, 0] * right[.all, 0] .> 0).to(.float32)
            func distance(_ pass: Pass) -> Tensor {
                (model(left, pass) - model(right, pass)).squared().sum(1)
            }
            var state = OptimizerState(.adam(0.02))
            var losses: [Double] = []
            for step in 0..<150 {
                let found = valueWithGradient(of: model, step: step) { pass in
                    let distance = distance(pass)
                    return (same * distance + (1 - same) * relu(1 - distance)).mean()
                }
                try state.update(&model, found)
                losses.append(try found.value.item())
            }
            #expect(losses[149] < 0.1 * losses[0], "\(device)")
        }
    }

    /// Sequences that end early: the encoder's last state begins the decoder, and steps past the end do not count.
    struct EncoderDecoder: Module {
        let encoder = GRU(12)
        let decoder = GRU(12)
        let output = Dense(1)

        var children: [(name: String, module: any Module)] {
            [("encoder", encoder), ("decoder", decoder), ("output", output)]
        }

        func forward(_ source: Tensor, _ shifted: Tensor, lengths: Tensor, _ pass: Pass) -> Tensor {
            let (_, state) = encoder.forward(source, state: nil, lengths: lengths, pass)
            return output.forward(decoder.forward(shifted, state: state, lengths: lengths, pass).output, pass)
        }
    }

    @Test("an encoder and a decoder with a mask") func encoderDecoder() throws {
        for device in try DeviceTests.devices() {
            var model = Model(EncoderDecoder())
            model.build(on: device, seed: 1) { root, builder in
                root.encoder.build(inputShape: [4, 1], &builder)
                root.decoder.build(inputShape: [4, 1], &builder)
                root.output.build(inputShape: [4, 12], &builder)
            }
            #expect(model.values.names.first == "encoder.0.inputWeight" && model.values.names.last == "output.bias")
            let source = samples([16, 4, 1], on: device)
            let lengths = Tensor(int32: (0..<16).map { Int32(1 + $0 % 4) }, on: device)
            // The decoder gives the same sequence again, and sees the step before.
            let shifted = Tensor.concatenate([Tensor.zeros([16, 1, 1], on: device), source[.all, 0..<3]], axis: 1)
            let inside = (Tensor.indices(4, on: device).expandingDimension(at: 0) .< lengths.expandingDimension(at: 1))
                .to(.float32)
            var state = OptimizerState(.adam(0.02))
            var losses: [Double] = []
            for step in 0..<200 {
                let found = valueWithGradient(of: model, step: step) { pass in
                    let output = model.root.forward(source, shifted, lengths: lengths, pass)
                    return ((output - source).squared().flattened().reshaped([16, 4]) * inside).sum() / inside.sum()
                }
                try state.update(&model, found)
                losses.append(try found.value.item())
            }
            #expect(losses[199] < 0.2 * losses[0], "\(device)")
        }
    }

    /// A generator and a discriminator, each with an optimizer of its own; the other one is a constant to each.
    @Test("two models with two optimizers") func adversaries() throws {
        var hashes: Set<String> = []
        for device in try DeviceTests.devices() {
            var generator = Model { Dense(1) }
            var discriminator = Model {
                Dense(16, activation: .tanh)
                Dense(1)
            }
            generator.build(inputShape: [2], on: device, seed: 1)
            discriminator.build(inputShape: [1], on: device, seed: 2)
            var (generating, judging) = (OptimizerState(.adam(0.02)), OptimizerState(.adam(0.02)))
            let loss = Loss.sigmoidCrossEntropy
            let (ones, zeros) = (Tensor.ones([64, 1], on: device), Tensor.zeros([64, 1], on: device))
            for step in 0..<300 {
                let key = RandomKey(seed: 5).child(UInt64(step))
                let real = Tensor.randomNormal([64, 1], key.child(0), mean: 3, on: device)
                let noise = Tensor.randomNormal([64, 2], key.child(1), on: device)
                let judged = valueWithGradient(of: discriminator, step: step) { pass in
                    loss(discriminator(real, pass), ones) + loss(discriminator(generator(noise), pass), zeros)
                }
                try judging.update(&discriminator, judged)
                let generated = valueWithGradient(of: generator, step: step) { pass in
                    loss(discriminator(generator(noise, pass)), ones)
                }
                try generating.update(&generator, generated)
            }
            // What it generates lies about the mean of what is real.
            let mean: Double = try generator(Tensor.randomNormal([1000, 2], RandomKey(seed: 9), on: device)).mean()
                .item()
            #expect(abs(mean - 3) < 0.5, "\(device): \(mean)")
            hashes.insert(try generator.weightsSHA256() + discriminator.weightsSHA256())
        }
        #expect(hashes.count == 1)
    }
}

extension Model where Root == Sequential {
    /// The outputs' bytes.
    fileprivate func callAsFunction(inputs: Tensor) throws -> [UInt8] { try self(inputs).canonicalBytes() }
}
