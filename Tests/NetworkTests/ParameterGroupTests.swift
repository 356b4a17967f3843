import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Learning rates and decays of some of the parameters.
@Suite struct ParameterGroupTests {
    /// The values of parameters named by number after steps with constant gradients, one element each, in double precision.
    private func updated(
        _ optimizer: Optimizer, _ start: [Double], gradients: [Double], steps: Int = 1, regularized: Bool = true,
        scale: Double = 1
    ) throws -> [Double] {
        var model = LooseParameters.model(start.map { Tensor(float64: [$0], on: .loop) }, regularized: regularized)
        var state = OptimizerState(optimizer)
        state.learningRateScale = scale
        for _ in 0..<steps {
            try state.update(&model, gradients: gradients.map { Tensor(float64: [$0], on: .loop) })
        }
        return try model.values.map { try $0.value.doubles()[0] }
    }

    @Test func aGroupHasALearningRateOfItsOwn() throws {
        let optimizer = Optimizer.sgd(0.5).group("1", learningRate: 0.125).group("2", learningRate: 0)
        #expect(try updated(optimizer, [1, 1, 1], gradients: [1, -2, 4]) == [0.5, 1.25, 1])
        #expect(try updated(optimizer, [1, 1, 1], gradients: [1, -2, 4], scale: 0.5) == [0.75, 1.125, 1])
        // A schedule of a group counts the same steps.
        let falling = Optimizer.sgd(0.5).group("1", learningRate: LearningRate { 1 / Double(1 << $0) })
        #expect(try updated(falling, [0, 0], gradients: [1, 1], steps: 3) == [-1.5, -1.75])
        var state = OptimizerState(optimizer)
        state.learningRateScale = 0.25
        #expect(state.learningRate == 0.125)
    }

    @Test func theLastGroupThatSaysSomethingCounts() throws {
        let optimizer = Optimizer.sgd(1).decoupledDecay(0.5)
            .group("*", learningRate: 0.5, decay: 0.25).group("1", learningRate: 0.25).group("2", decay: 0)
        // w - rate·decay·w - rate·g
        #expect(
            try updated(optimizer, [8, 8, 8], gradients: [1, 1, 1])
                == [8 - 0.5 * 0.25 * 8 - 0.5, 8 - 0.25 * 0.25 * 8 - 0.25, 8 - 0.5])
        let other = Optimizer.sgd(1).group("1", learningRate: 0.25).group("*", learningRate: 0.5)
        #expect(try updated(other, [8, 8], gradients: [1, 1]) == [7.5, 7.5])
        // A group that says nothing.
        #expect(try updated(Optimizer.sgd(1).group("*"), [8], gradients: [1]) == [7])
    }

    @Test func decaysOfGroupsAreAdamWs() throws {
        let optimizer = Optimizer.adamW(0.1, weightDecay: 0.05).group("1", decay: 0.3).group("2", decay: 0)
            .group("3", learningRate: 0.02)
        let start = [1.0, -2, 0.5, 3]
        let gradients = [0.5, -1.5, 0.25, 2]
        let (rates, decays) = ([0.1, 0.1, 0.1, 0.02], [0.05, 0.3, 0, 0.05])
        let expected = start.indices.map { (number: Int) -> Double in
            let (g, rate, decay) = (gradients[number], rates[number], decays[number])
            var (w, mean, square) = (start[number], 0.0, 0.0)
            for step in 1...5 {
                mean = 0.9 * mean + 0.1 * g
                square = 0.999 * square + 0.001 * g * g
                w -= rate * decay * w
                let corrected = square / (1 - Foundation.pow(0.999, Double(step)))
                w -= rate * mean / (1 - Foundation.pow(0.9, Double(step))) / (corrected.squareRoot() + 1e-8)
            }
            return w
        }
        let found = try updated(optimizer, start, gradients: gradients, steps: 5)
        #expect(relativeDifference(found, expected) < 1e-13, "\(found) \(expected)")
    }

    @Test func aDecayIsOfWeightsAlone() throws {
        // An optimizer without a decay decays the weights of the group, and of it alone.
        let optimizer = Optimizer.sgd(0.5).group("1", decay: 0.5)
        #expect(try updated(optimizer, [4, 4], gradients: [0, 0]) == [4, 3])
        #expect(try updated(optimizer, [4, 4], gradients: [0, 0], regularized: false) == [4, 4])
    }

    @Test func clippingGoesOverAllGradients() throws {
        let optimizer = Optimizer.sgd(1).clipped(.norm(1)).group("0", learningRate: 0.5)
        #expect(try relativeDifference(updated(optimizer, [0, 0], gradients: [3, -4]), [-0.3, 0.8]) < 1e-15)
    }

    @Test func softThresholdsFollowTheRateOfTheGroup() throws {
        let optimizer = Optimizer.sgd(1).softThresholded(l1: 0.5).group("1", learningRate: 0.25)
        #expect(try updated(optimizer, [2, 2], gradients: [0, 0]) == [1.5, 1.875])
    }

    @Test func aRateOfZeroIsFrozen() throws {
        let data = Dataset(features: samples([20, 4]), labels: samples([20, 2], seed: 2))
        func trained(_ optimizer: Optimizer, freezing: Bool) throws -> Model<Sequential> {
            var model = Model {
                Dense(5, activation: .tanh)
                Dense(2)
            }.built([4], seed: 3)
            if freezing { model.freeze("0.*") }
            try model.fit(
                data, loss: .meanSquaredError, optimizer: optimizer, epochs: 2, batchSize: 8, seed: 1, on: .loop,
                progress: .silent)
            return model
        }
        let zero = try trained(.sgd(0.1).group("0.*", learningRate: 0), freezing: false)
        let frozen = try trained(.sgd(0.1), freezing: true)
        #expect(try zero.weightsSHA256() == frozen.weightsSHA256())
        #expect(try frozen.weightsSHA256() != trained(.sgd(0.1), freezing: false).weightsSHA256())
    }

    @Test(arguments: Optimizer.all.indices)
    func devicesAgree(index: Int) throws {
        let optimizer = Optimizer.all[index].clipped(.norm(0.5))
            .group("0.*", learningRate: .cosine(from: 0.01, over: 6), decay: 0.1).group("*.bias", learningRate: 0.001)
        try DeviceTests().check(optimizer.name, inputShape: [4], optimizer: optimizer) {
            Model {
                Dense(6, activation: .sigmoid)
                Dense(3)
            }
        }
    }

    @Test func aPatternWithoutAMatchTrapsAtTheFirstStep() async throws {
        // One that matches what is frozen has a match.
        var model = LooseParameters.model([Tensor([1], on: .loop), Tensor([1], on: .loop)])
        model.freeze("1")
        var state = OptimizerState(Optimizer.sgd(0.5).group("1", learningRate: 0))
        try state.update(&model, gradients: [Tensor([1], on: .loop), Tensor([1], on: .loop)])
        #expect(try model.values.map { try $0.value.scalars()[0] } == [0.5, 1])
        expectTrap(
            "Optimizer.group: no trainable parameter matches `encoder.*`; they are 0",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var model = LooseParameters.model([Tensor([1], on: .loop)])
                var state = OptimizerState(Optimizer.sgd().group("*", decay: 0).group("encoder.*", learningRate: 0))
                try state.update(&model, gradients: [Tensor([1], on: .loop)])
            })
        expectTrap(
            "Optimizer.group: a decay of -1.0",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Optimizer.sgd().group("*", decay: -1)
            })
    }

    /// States of an optimizer belong to its groups.
    @Test func checkpointsKnowTheGroups() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("checkpoint")
        let model = LooseParameters.model([Tensor([1], on: .loop)])
        var checkpoint = Checkpoint()
        try checkpoint.add(model)
        try checkpoint.add(OptimizerState(Optimizer.adam().group("0", learningRate: 0.5)), of: model)
        try checkpoint.write(to: path)
        let read = try Checkpoint(path: path)
        var same = OptimizerState(Optimizer.adam().group("0", learningRate: 0.5))
        try read.restore(&same, of: model)
        for optimizer in [Optimizer.adam(), .adam().group("*", learningRate: 0.5)] {
            var other = OptimizerState(optimizer)
            #expect {
                try read.restore(&other, of: model)
            } throws: { error in
                if case .checkpointDoesNotFit(path, _)? = error as? TrainingError { true } else { false }
            }
        }
    }
}
