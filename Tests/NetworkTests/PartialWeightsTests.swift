import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Some of the parameters of a file.
@Suite struct PartialWeightsTests {
    private func autoencoder(_ outputs: Int = 4) -> Model<Sequential> {
        Model {
            Dense(5, activation: .tanh)
            BatchNorm()
            Dense(outputs)
        }
    }

    @Test func someParametersAreTaken() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("weights")
        let original = autoencoder().built([4], seed: 1)
        try original.save(to: path)
        for device in try DeviceTests.devices() {
            // Another head, whose shape is not asked for.
            var model = autoencoder(2).built([4], seed: 2)
            try model.move(to: device)
            let before = model.values
            let report = try model.load("0.*", "*.runningMean", from: path)
            #expect(report.taken == ["0.weight", "0.bias", "1.runningMean"])
            #expect(report.left == ["1.runningVariance", "1.scale", "1.shift", "2.bias", "2.weight"])
            #expect(
                "\(report)"
                    == "3 parameters taken, 5 in the file left: 1.runningVariance, 1.scale, 1.shift, 2.bias, 2.weight")
            for (name, value) in model.values {
                let expected = try #require(report.taken.contains(name) ? original.values[name] : before[name])
                #expect(value.device == device)
                #expect(try value.isBitEqual(to: expected), "\(name)")
            }
        }
        var same = autoencoder().built([4], seed: 2)
        let report = try same.load("*", from: path)
        #expect(report.left.isEmpty && "\(report)" == "8 parameters taken, 0 in the file left")
        #expect(try same.weightsSHA256() == original.weightsSHA256())
    }

    /// What is frozen is the model's affair, and nothing is known of the file's inputs.
    @Test func freezingAndTheInputShapeStay() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("weights")
        try Dense(3).built([2, 4], seed: 1).save(to: path)
        var model = Dense(3).built([4], seed: 2)
        model.freeze("bias")
        try model.load("weight", from: path)
        #expect(model.frozenParameters == ["bias"] && model.inputShape == [4])
    }

    @Test func partsComeFromCheckpointsToo() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("checkpoint")
        let original = autoencoder().built([4], seed: 1)
        var checkpoint = Checkpoint()
        try checkpoint.add(original)
        try checkpoint.write(to: path)
        var model = autoencoder(2).built([4], seed: 2)
        #expect(try model.load("0.*", "1.*", from: path).taken.count == 6)
        let (found, expected) = try (#require(model.values["0.weight"]), #require(original.values["0.weight"]))
        #expect(try found.isBitEqual(to: expected))
        // The averages, where there are some.
        var average = WeightAverage(.exponential(decay: 0.5), of: original.values)
        try average.update(with: Model(original.root).built([4], seed: 9).values)
        try checkpoint.add(average)
        try checkpoint.write(to: path)
        try model.load("0.*", from: path)
        let averaged = try (#require(model.values["0.weight"]), #require(average.values["0.weight"]))
        #expect(try averaged.0.isBitEqual(to: averaged.1) && !averaged.0.isBitEqual(to: expected))
    }

    @Test func whatDoesNotFitChangesNothing() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("weights")
        try autoencoder().built([4], seed: 1).save(to: path)
        func refused(_ model: Model<Sequential>, _ pattern: String, _ reason: String) throws {
            var model = model
            let before = try model.weightsSHA256()
            #expect(throws: TrainingError.weightsDoNotFit(file: path, reason: reason)) {
                try model.load("0.*", pattern, from: path)
            }
            #expect(try model.weightsSHA256() == before)
        }
        // The first parameters fit.
        try refused(autoencoder(2).built([4], seed: 2), "2.*", "`2.weight` is float32 [5, 4], not float32 [5, 2]")
        try refused(
            autoencoder().built([4], seed: 2, .float64), "1.*", "`0.weight` is float32 [4, 5], not float64 [4, 5]")
        let deeper = Model {
            Dense(5, activation: .tanh)
            BatchNorm()
            Dense(4)
            Dense(1)
        }.built([4], seed: 2)
        try refused(deeper, "3.*", "it has no `3.weight`")
        var model = autoencoder().built([4], seed: 2)
        let before = try model.weightsSHA256()
        #expect(throws: DataError.self) { try model.load("0.*", from: directory.path("absent")) }
        #expect(try model.weightsSHA256() == before)
    }

    @Test func aPatternWithoutAMatchTraps() async {
        expectTrap(
            "load: no parameter of the network matches `encoder.*`; they are 0.weight, 0.bias",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var model = Model { Dense(1) }.built([2])
                try model.load("*", "encoder.*", from: "absent")
            })
        expectTrap(
            "the network is not built",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var model = Model { Dense(1) }
                try model.load("*", from: "absent")
            })
    }

    // MARK: The shape of an example

    @Test func savedFilesSayTheShape() throws {
        let directory = try TemporaryDirectory()
        let (weights, path) = (directory.path("weights"), directory.path("checkpoint"))
        func check(_ layer: some Layer, _ same: some Layer, _ shape: [Int]) throws {
            let original = layer.built(shape)
            try original.save(to: weights)
            var checkpoint = Checkpoint()
            try checkpoint.add(original)
            try checkpoint.write(to: path)
            for file in [weights, path] {
                var model = Model(same)
                #expect(model.inputShape == nil)
                try model.load(from: file, on: .loop)
                #expect(model.inputShape == shape, "\(file)")
                let input = samples([2] + shape)
                #expect(try model.prediction(for: input).isBitEqual(to: original(input)))
            }
            var restored = Model(same)
            try Checkpoint(path: path).restore(&restored, on: .loop)
            #expect(restored.inputShape == shape)
        }
        try check(Dense(3), Dense(3), [4])
        try check(Convolution2D(filters: 2, kernel: 3), Convolution2D(filters: 2, kernel: 3), [5, 6, 2])
        // An example that is one number.
        try check(Flatten(), Flatten(), [])
    }

    @Test func otherFilesDoNot() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("weights")
        let original = Dense(3).built([4])
        func arrays() throws -> [String: SafeTensors.Array] {
            var arrays: [String: SafeTensors.Array] = [:]
            for (name, value) in original.values { arrays[name] = try SafeTensors.Array(value) }
            return arrays
        }
        // Whoever wrote a shape into a file without a hash may have meant something else.
        for metadata in [[:], ["input_shape": "4"], ["input_shape": "7,7"], ["input_shape": "nonsense"]] {
            try SafeTensors(arrays: arrays(), metadata: metadata).write(to: path)
            var model = Model(Dense(3))
            try model.load(from: path, on: .loop)
            #expect(try model.weightsSHA256() == original.weightsSHA256())
            #expect(model.inputShape == nil)
            #expect(throws: PredictionError.unknownInputShape) { try model.prediction(for: samples([1, 4])) }
            // A network that knows its shape goes on knowing it.
            var built = Dense(3).built([4], seed: 2)
            try built.load(from: path)
            #expect(built.inputShape == [4])
        }
        for shape in ["nonsense", "4,", "-4", "4,,4", "99999999999999999999"] {
            try SafeTensors(arrays: arrays(), metadata: ["input_shape": shape]).sealed().write(to: path)
            var model = Model(Dense(3))
            #expect {
                try model.load(from: path, on: .loop)
            } throws: { error in
                if case .malformed(path, _, _)? = error as? DataError { true } else { false }
            }
            #expect(!model.isBuilt)
        }
        // One that was changed after it was written.
        var file = SafeTensors(arrays: try arrays(), metadata: ["input_shape": "4"]).sealed()
        file.metadata["input_shape"] = "5"
        try file.write(to: path)
        var model = Model(Dense(3))
        #expect(throws: DataError.self) { try model.load(from: path, on: .loop) }
    }
}
