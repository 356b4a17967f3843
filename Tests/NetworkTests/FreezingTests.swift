import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Parameters that training leaves alone.
@Suite struct FreezingTests {
    static let data = Dataset(features: samples([20, 4]), labels: samples([20, 2], seed: 2))

    static func network() -> Model<Sequential> {
        Model {
            Dense(5, activation: .tanh)
            BatchNorm()
            Dense(3, activation: .tanh)
            Dense(2)
        }
    }

    /// As many gradients, but of other parameters.
    @Test func aGradientOfOtherParametersTraps() async {
        expectTrap(
            "OptimizerState.update: the gradient is of another network, or was found while others of its parameters were frozen",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let values = [Tensor([1], on: .loop), Tensor([2], on: .loop)]
                var model = LooseParameters.model(values)
                var state = OptimizerState(.sgd())
                model.freeze("0")
                let found = model.gradient(values)
                model.unfreeze("0")
                model.freeze("1")
                try state.update(&model, found)
            })
    }

    // MARK: Models

    @Test func freezingIsTheModelsOwn() throws {
        var model = Self.network().built([4])
        let snapshot = model
        let count = model.parameterCount
        model.freeze("0.*", "1.*")
        #expect(model.frozenParameters == ["0.weight", "0.bias", "1.scale", "1.shift"])
        #expect(model.trainableParameters.count == 4 && model.parameterCount == count - 4 * 5 - 5 - 10)
        #expect(snapshot.frozenParameters.isEmpty && snapshot.trainableParameters.count == 8)
        model.unfreeze("*.weight")
        #expect(model.frozenParameters == ["0.bias", "1.scale", "1.shift"])
        model.unfreeze("*")
        #expect(model.frozenParameters.isEmpty && model.trainableParameters == snapshot.trainableParameters)
        #expect(try model.weightsSHA256() == snapshot.weightsSHA256())
    }

    @Test func valuesOfAnotherModelDoNotFreeze() throws {
        var model = Self.network().built([4])
        var other = Model(model.root).built([4], seed: 7)
        model.freeze("0.*")
        other.values = model.values
        #expect(other.frozenParameters.isEmpty && other.trainableParameters.count == 8)
        #expect(valueWithGradient(of: other) { pass in other(Self.data.features, pass).sum() }.gradients.count == 8)
        other = Model(model.root).built([4], seed: 7)
        model.values = other.values
        #expect(model.frozenParameters == ["0.weight", "0.bias"])
        #expect(valueWithGradient(of: model) { pass in model(Self.data.features, pass).sum() }.gradients.count == 6)
        #expect(try model.weightsSHA256() == other.weightsSHA256())
    }

    @Test func gradientsAreComputedForTheOthersOnly() throws {
        let backend = FailingBackend()
        let device = Device(backend, label: "counting")
        var model = Self.network()
        model.build(inputShape: [4], on: device, seed: 1)
        let input = Self.data.features.to(device)
        func gradient() -> (found: ModelGradient, operations: Int) {
            backend.fail(nil)
            let found = valueWithGradient(of: model) { pass in model(input, pass).squared().sum() }
            return (found, backend.operations)
        }
        let all = gradient()
        let weight = try #require(model.namedParameters.first { $0.name == "0.weight" }).parameter
        let last = try #require(model.namedParameters.first { $0.name == "3.bias" }).parameter
        #expect(all.found[weight] != nil)
        model.freeze("0.*", "1.*")
        let some = gradient()
        #expect(some.found.gradients.count == 4)
        #expect(some.found[weight] == nil)
        let (found, expected) = try (#require(some.found[last]), #require(all.found[last]))
        #expect(try found.isBitEqual(to: expected))
        for (gradient, same) in zip(some.found.gradients, all.found.gradients.dropFirst(4)) {
            #expect(try gradient.isBitEqual(to: same))
        }
        model.freeze("*")
        let none = gradient()
        #expect(none.found.gradients.isEmpty)
        #expect(try none.found.value.isBitEqual(to: all.found.value))
        // Half of the layers have no backward pass, then none has.
        #expect(none.operations < some.operations && some.operations < all.operations)
    }

    // MARK: Training

    @Test func frozenParametersKeepTheirBits() throws {
        let optimizer = Optimizer.adam(0.01).regularized(l1: 1e-3, l2: 1e-2).decoupledDecay(0.1).clipped(.norm(0.5))
            .softThresholded(l1: 1e-4)
        let hashes = try DeviceTests.devices().map { device in
            var model = Self.network().built([4])
            model.freeze("0.*", "2.bias")
            let before = model.values
            try model.fit(
                Self.data, loss: .meanSquaredError, optimizer: optimizer, epochs: 3, batchSize: 8, seed: 3, on: device,
                progress: .silent)
            #expect(model.frozenParameters == ["0.weight", "0.bias", "2.bias"])
            for (name, value) in model.values {
                let old = try #require(before[name])
                // Running statistics go on following the batches.
                let isFrozen = model.frozenParameters.contains(name)
                #expect(try value.isBitEqual(to: old) == isFrozen, "\(name) on \(device)")
            }
            return try model.weightsSHA256()
        }
        #expect(Set(hashes).count == 1)
    }

    /// A network on top of a frozen one learns what it learns from the outputs of that one; clipping goes over its gradients alone.
    @Test func aFrozenPartIsAConstant() throws {
        let encoder = Sequential {
            Dense(6, activation: .tanh)
            LayerNorm()
        }
        let head = Sequential {
            Dense(4, activation: .tanh)
            Dense(2)
        }
        var whole = Model {
            encoder
            head
        }.built([4], seed: 5)
        let optimizer = Optimizer.adamW(0.01).clipped(.norm(0.1))
        var part = Model(head, whole.values)
        let codes = Dataset(features: Model(encoder, whole.values)(Self.data.features), labels: Self.data.labels)
        try part.fit(
            codes, loss: .meanSquaredError, optimizer: optimizer, epochs: 2, batchSize: 7, seed: 4, on: .loop,
            progress: .silent)
        whole.freeze("0.*")
        try whole.fit(
            Self.data, loss: .meanSquaredError, optimizer: optimizer, epochs: 2, batchSize: 7, seed: 4, on: .loop,
            progress: .silent)
        #expect(try Model(head, whole.values).weightsSHA256() == part.weightsSHA256())
    }

    @Test func allFrozenTrainsNothing() throws {
        for device in try DeviceTests.devices() {
            var model = Model {
                Dense(5, activation: .tanh)
                Dense(2)
            }.built([4])
            model.freeze("*")
            #expect(model.trainableParameters.isEmpty && model.parameterCount == 0)
            let before = try model.weightsSHA256()
            let history = try model.fit(
                Self.data, validating: Self.data, loss: .meanSquaredError,
                optimizer: .adamW(0.1).clipped(.norm(1)), epochs: 2, batchSize: 8, on: device, progress: .silent)
            #expect(history.steps == 6 && history.epochs.count == 2)
            #expect(history.epochs[0].validationLoss == history.epochs[1].validationLoss)
            #expect(try model.weightsSHA256() == before)
        }
    }

    @Test func freezingComesBeforeBuilding() throws {
        var (early, late) = (Self.network(), Self.network().built([4], seed: 3))
        early.freeze("0.*", "3.bias")
        #expect(early.frozenParameters == ["0.weight", "0.bias", "3.bias"])
        late.freeze("0.*", "3.bias")
        try early.fit(
            Self.data, loss: .meanSquaredError, epochs: 2, batchSize: 8, seed: 3, on: .loop, progress: .silent)
        try late.fit(
            Self.data, loss: .meanSquaredError, epochs: 2, batchSize: 8, seed: 3, on: .loop, progress: .silent)
        #expect(early.frozenParameters == late.frozenParameters)
        #expect(try early.weightsSHA256() == late.weightsSHA256())
        let start = Self.network().built([4], seed: 3)
        #expect(try #require(early.values["0.weight"]).isBitEqual(to: #require(start.values["0.weight"])))
    }

    // MARK: The optimizer's states

    /// Adam in double precision for a parameter that learns at some steps; its states stay at the others, and the steps are counted for
    /// all parameters together.
    private func adam(_ start: Double, _ gradient: Double, learnsAt: [Bool]) -> Double {
        var (w, mean, square) = (start, 0.0, 0.0)
        for (step, learns) in learnsAt.enumerated() where learns {
            mean = 0.9 * mean + 0.1 * gradient
            square = 0.999 * square + 0.001 * gradient * gradient
            let corrected = square / (1 - Foundation.pow(0.999, Double(step + 1)))
            w -= 0.1 * mean / (1 - Foundation.pow(0.9, Double(step + 1))) / (corrected.squareRoot() + 1e-8)
        }
        return w
    }

    @Test func statesOutliveFreezing() throws {
        var model = LooseParameters.model([1, -2, 3].map { Tensor(float64: [$0], on: .loop) })
        var state = OptimizerState(.adam(0.1))
        let gradients = [0.5, -1.5, 0.25]
        // At each step: 0 learns always; 1 rests in the middle; 2 begins late.
        let learning = [
            [true, true, true, true, true], [true, true, false, true, true], [false, false, false, true, true],
        ]
        for step in 0..<5 {
            for number in 0..<3 {
                if learning[number][step] { model.unfreeze("\(number)") } else { model.freeze("\(number)") }
            }
            try state.update(&model, gradients: gradients.map { Tensor(float64: [$0], on: .loop) })
        }
        #expect(state.step == 5)
        let expected = zip([1.0, -2, 3], zip(gradients, learning)).map { adam($0, $1.0, learnsAt: $1.1) }
        let found = try model.values.map { try $0.value.doubles()[0] }
        #expect(relativeDifference(found, expected) < 1e-13, "\(found) \(expected)")
    }

    /// A checkpoint has the states of those that have learned, and of no others.
    @Test func statesOfFrozenParametersAreKeptInCheckpoints() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("checkpoint")
        var model = LooseParameters.model([1, -2].map { Tensor([$0], on: .loop) })
        var state = OptimizerState(.adam(0.1))
        let gradients = [0.5, -1.5].map { Tensor([Float($0)], on: .loop) }
        model.freeze("1")
        try state.update(&model, gradients: gradients)
        var checkpoint = Checkpoint()
        try checkpoint.add(model)
        try checkpoint.add(state, of: model)
        try checkpoint.write(to: path)
        var (copy, restored) = (model, OptimizerState(.adam(0.1)))
        try Checkpoint(path: path).restore(&restored, of: copy)
        model.unfreeze("1")
        copy.unfreeze("1")
        for _ in 0..<2 {
            try state.update(&model, gradients: gradients)
            try restored.update(&copy, gradients: gradients)
            #expect(try copy.weightsSHA256() == model.weightsSHA256())
        }
    }

    /// States of zeros are made for those that begin to learn; a device that fails there changes nothing.
    @Test func aFailureWhileUnfreezingChangesNothing() throws {
        let backend = FailingBackend()
        let device = Device(backend, label: "failing")
        let gradients = [Tensor([0.5], on: device), Tensor([1, 1], on: device)]
        var model = LooseParameters.model([Tensor([1], on: device), Tensor([-2, 4], on: device)])
        var state = OptimizerState(.adam(0.1))
        model.freeze("1")
        try state.update(&model, gradients: gradients)
        model.unfreeze("1")
        let before = try model.weightsSHA256()
        let found = model.gradient(gradients)
        var (whole, wholeState) = (model, state)
        backend.fail(nil)
        try wholeState.update(&whole, found)
        let operations = backend.operations
        let expected = try whole.weightsSHA256()
        var failures = 0
        for number in 0..<operations {
            var (copy, copyState) = (model, state)
            backend.fail(.at(number))
            do throws(TensorError) {
                try copyState.update(&copy, found)
            } catch {
                failures += 1
                backend.fail(nil)
                #expect(try copy.weightsSHA256() == before)
                #expect(copyState.step == 1)
                try copyState.update(&copy, found)
            }
            backend.fail(nil)
            #expect(try copy.weightsSHA256() == expected)
        }
        #expect(failures > operations / 2)
    }
}
