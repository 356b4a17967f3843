import Foundation
import Testing
import UnloopBackend
import UnloopCPU
import UnloopNetwork
import UnloopTensor

/// Parameters that nothing computes with, for optimizers.
struct LooseParameters: Module {
    let parameters: [Parameter]

    static func model(_ values: [Tensor], regularized: Bool = false) -> Model<LooseParameters> {
        let parameters = values.indices.map { Parameter("\($0)", isRegularized: regularized) }
        return LooseParameters(parameters: parameters).having(values)
    }
}

extension Module {
    /// A model of it with these values of its own parameters, in their order.
    func having(_ values: [Tensor]) -> Model<Self> {
        var model = Model(self)
        model.build(on: values[0].device) { root, builder in
            for (parameter, value) in zip(root.parameters, values) {
                builder.make(parameter, value.shape, Initializer("given") { _ in value })
            }
        }
        return model
    }
}

extension Model where Root == LooseParameters {
    /// A loss that has these gradients: the sum of their products with the parameters.
    func gradient(_ gradients: [Tensor]) -> ModelGradient {
        valueWithGradient(of: self) { pass in
            let products = zip(root.parameters, gradients).map { (pass[$0] * $1).sum() }
            return products.dropFirst().reduce(products[0]) { $0 + $1 }
        }
    }
}

extension OptimizerState {
    /// A step with these gradients.
    mutating func update(_ model: inout Model<LooseParameters>, gradients: [Tensor]) throws(TensorError) {
        let found = model.gradient(gradients)
        try update(&model, found)
    }
}

@Suite struct OptimizerTests {
    /// Runs steps with given gradients on the parameter [1, -2] and returns its value, beside a formula in Double.
    func run(
        _ optimizer: Optimizer, steps: Int = 5, regularized: Bool = true,
        _ formula: (_ w: inout Double, _ g: Double, _ state: inout [Double], _ step: Int) -> Void
    ) throws {
        let start = [1.0, -2.0]
        let gradients = (0..<steps).map { (step: Int) -> [Double] in
            let time = Double(step)
            return [0.5 - 0.2 * time, 1.5 + 0.1 * time]
        }
        var model = LooseParameters.model([Tensor(float64: start, on: .loop)], regularized: regularized)
        var state = OptimizerState(optimizer)
        var (expected, memory) = (start, [[Double]](repeating: [0, 0], count: 2))
        for (step, gradient) in gradients.enumerated() {
            try state.update(&model, gradients: [Tensor(float64: gradient, on: .loop)])
            for position in 0..<2 { formula(&expected[position], gradient[position], &memory[position], step) }
        }
        #expect(state.step == steps)
        #expect(try relativeDifference(model.values[0].value.doubles(), expected) < 1e-13, "\(optimizer.name)")
    }

    @Test func rulesAreTheirFormulas() throws {
        try run(.sgd(0.1)) { w, g, _, _ in w -= 0.1 * g }
        try run(.momentum(0.1, momentum: 0.8)) { w, g, s, _ in
            s[0] = 0.8 * s[0] + g
            w -= 0.1 * s[0]
        }
        try run(.nesterov(0.1, momentum: 0.8)) { w, g, s, _ in
            s[0] = 0.8 * s[0] + g
            w -= 0.1 * (g + 0.8 * s[0])
        }
        try run(.rmsProp(0.1, decay: 0.7)) { w, g, s, _ in
            s[0] = 0.7 * s[0] + 0.3 * g * g
            w -= 0.1 * g / (s[0].squareRoot() + 1e-8)
        }
        for decay in [0, 0.05] {
            let optimizer = decay == 0 ? Optimizer.adam(0.1) : .adamW(0.1, weightDecay: decay)
            try run(optimizer) { w, g, s, step in
                s[0] = 0.9 * s[0] + 0.1 * g
                s[1] = 0.999 * s[1] + 0.001 * g * g
                let mean = s[0] / (1 - Foundation.pow(0.9, Double(step + 1)))
                let square = s[1] / (1 - Foundation.pow(0.999, Double(step + 1)))
                w -= 0.1 * decay * w
                w -= 0.1 * mean / (square.squareRoot() + 1e-8)
            }
        }
    }

    /// Values and states are changed where they are, but not under a tensor that shares their elements.
    @Test func updatesInPlaceWhatIsNotShared() throws {
        let backend = try CPUBackend(threads: 1)
        let device = Device(backend, label: "own")
        var model = LooseParameters.model([Tensor([1, -2, 3, 4], shape: [2, 2], on: device)])
        let weight = model.root.parameters[0]
        var state = OptimizerState(.adam(0.1))
        let found = model.gradient([Tensor([0.5, -1, 2, 0], shape: [2, 2], on: device)])
        try state.update(&model, found)
        let allocated = backend.statistics.allocations
        for _ in 0..<3 { try state.update(&model, found) }
        #expect(backend.statistics.allocations == allocated)
        // Value, two states, gradient and loss, each in a block of the smallest size; nothing twice.
        #expect(backend.statistics.bytesInUse == 5 * 64)

        let kept = model[weight]
        let row = model[weight][0]
        let copy = model
        let before = try (kept.scalars(), row.scalars())
        try state.update(&model, found)
        #expect(try kept.scalars() == before.0 && row.scalars() == before.1)
        #expect(try copy[weight].scalars() == before.0)
        #expect(try model[weight].scalars() != before.0)

        // The same steps, each on values of their own.
        var other = LooseParameters.model([Tensor([1, -2, 3, 4], shape: [2, 2], on: .loop)])
        let otherWeight = other.root.parameters[0]
        var otherState = OptimizerState(.adam(0.1))
        var held: [Tensor] = []
        for _ in 0..<5 {
            held.append(other[otherWeight])
            try otherState.update(&other, gradients: [found.gradients[0].to(.loop)])
        }
        #expect(try other[otherWeight].scalars() == model[weight].scalars())
        // A transposed value is not where its row-major successor goes.
        other[otherWeight] = Tensor([1, 2, 3, 4], shape: [2, 2], on: .loop).transposed(0, 1)
        var plain = OptimizerState(.sgd(1))
        try plain.update(&other, gradients: [Tensor([1, 1, 1, 1], shape: [2, 2], on: .loop)])
        #expect(try other[otherWeight].scalars() == [0, 2, 1, 3])
    }

    /// The largest parameter needs no second place for its value and states; the others have one, to be taken back where it fails.
    @Test func onlyTheLargestParameterIsChangedInPlace() throws {
        let backend = try CPUBackend(threads: 1)
        let device = Device(backend, label: "own")
        var model = LooseParameters.model([Tensor.ones([16], on: device), Tensor.ones([1024], on: device)])
        let found = model.gradient([
            Tensor([Float](repeating: 1, count: 16), on: device),
            Tensor([Float](repeating: 1, count: 1024), on: device),
        ])
        var state = OptimizerState(.adam(0.1))
        for _ in 0..<3 { try state.update(&model, found) }
        let bytesInUse = withExtendedLifetime((model, found, state)) { backend.statistics.bytesInUse }
        // The loss is a number more.
        #expect(bytesInUse == (4 + 3 + 1) * 64 + 4 * 4096)
    }

    @Test func biasesDoNotDecay() throws {
        try run(.sgd(0.1).regularized(l1: 0.3, l2: 0.2)) { w, g, _, _ in
            w -= 0.1 * (g + 0.3 * (w < 0 ? -1 : 1) + 0.2 * w)
        }
        try run(.sgd(0.1).regularized(l1: 0.3, l2: 0.2), regularized: false) { w, g, _, _ in w -= 0.1 * g }
    }

    @Test func clippingByValue() throws {
        try run(.sgd(0.1).clipped(.value(0.4))) { w, g, _, _ in w -= 0.1 * min(max(g, -0.4), 0.4) }
    }

    @Test func clippingByTheNormOfAllGradients() throws {
        func updated(_ limit: Double, _ gradients: [Double]) throws -> [Double] {
            var model = LooseParameters.model(gradients.map { _ in Tensor(float64: [0], on: .loop) })
            var state = OptimizerState(Optimizer.sgd(1).clipped(.norm(limit)))
            try state.update(&model, gradients: gradients.map { Tensor(float64: [$0], on: .loop) })
            return try model.values.map { try $0.value.doubles()[0] }
        }
        #expect(try relativeDifference(updated(1, [3, -4]), [-0.6, 0.8]) < 1e-15)
        #expect(try updated(10, [3, -4]) == [-3, 4])
        #expect(try updated(1, [0, 0]).map(abs) == [0, 0])
        #expect(try updated(1, [.nan, 1]).allSatisfy(\.isNaN))

        var model = LooseParameters.model([Tensor([2], on: .loop)])
        var state = OptimizerState(Optimizer.sgd(1).clipped(.norm(1)))
        try state.update(&model, gradients: [Tensor([2e19], on: .loop)])
        #expect(try model.values[0].value.scalars() == [2])
    }

    @Test func everyOptimizerFindsTheMinimumOfABowl() throws {
        for optimizer in Optimizer.all {
            var optimizer = optimizer
            // Adagrad's steps grow smaller by themselves; Lion's stay as long as the rate.
            optimizer.learningRate = optimizer.name == "adagrad" ? 0.5 : .cosine(from: 0.05, over: 400)
            var model = LooseParameters.model([Tensor([3, -2], on: .loop)])
            let weight = model.root.parameters[0]
            let target = Tensor([1, 0.5], on: .loop)
            var state = OptimizerState(optimizer)
            for _ in 0..<400 {
                let found = valueWithGradient(of: model) { pass in (pass[weight] - target).squared().sum() }
                try state.update(&model, found)
            }
            #expect(try relativeDifference(model[weight].doubles(), [1, 0.5]) < 0.05, "\(optimizer.name)")
        }
    }

    @Test func newRulesAreTheirFormulas() throws {
        try run(.adagrad(0.1)) { w, g, s, _ in
            s[0] += g * g
            w -= 0.1 * g / (s[0].squareRoot() + 1e-10)
        }
        try run(.lion(0.1).decoupledDecay(0.5)) { w, g, s, _ in
            let blend = 0.9 * s[0] + 0.1 * g
            s[0] = 0.99 * s[0] + 0.01 * g
            w -= 0.1 * 0.5 * w
            w -= 0.1 * (blend > 0 ? 1 : -1)
        }
        try run(.sgd(0.1).decoupledDecay(0.5), regularized: false) { w, g, _, _ in w -= 0.1 * g }
        try run(.sgd(0.1).softThresholded(l1: 0.5), regularized: false) { w, g, _, _ in w -= 0.1 * g }
    }

    /// The loss ½ Σ (w - t)² with a penalty has a minimum in closed form, for each weight by itself: t moved `l1` towards 0 and not beyond
    /// (R. Tibshirani, 1996), or t / (1 + l2).
    @Test func penaltiesReachTheirMinimum() throws {
        let target = [2, -1.5, 0.25, -0.125, 0.5, 0]
        func minimum(_ optimizer: Optimizer) throws -> [Double] {
            var model = LooseParameters.model(
                [Tensor(float64: [1, 1, 1, 1, -1, -1], on: .loop)], regularized: true)
            var state = OptimizerState(optimizer)
            for _ in 0..<300 {
                let gradient = model.values[0].value - Tensor(float64: target, on: .loop)
                try state.update(&model, gradients: [gradient])
            }
            return try model.values[0].value.doubles()
        }
        let shrunk = [1.5, -1, 0, 0, 0, 0]
        let soft = try minimum(.sgd(0.25).softThresholded(l1: 0.5))
        #expect(relativeDifference(soft, shrunk) < 1e-13)
        #expect(zip(soft, shrunk).allSatisfy { $1 != 0 || $0 == 0 })
        // Steps of the derivative alone cross 0 again and again, by up to rate · l1.
        let crossing = try minimum(.sgd(0.25).regularized(l1: 0.5))
        #expect(zip(crossing, shrunk).allSatisfy { abs($0 - $1) <= 0.125 })
        #expect(crossing.contains { $0 != 0 && abs($0) <= 0.125 })

        let halved = target.map { $0 / 1.25 }
        #expect(try relativeDifference(minimum(.sgd(0.25).regularized(l2: 0.25)), halved) < 1e-13)
        #expect(try relativeDifference(minimum(.sgd(0.25).decoupledDecay(0.25)), halved) < 1e-13)
        #expect(try minimum(.sgd(0.25).regularized(l2: 0.25)).allSatisfy { $0 != 0 })
    }

    @Test func numbersThatAreNotFiniteStay() throws {
        for optimizer in Optimizer.all {
            var model = LooseParameters.model([Tensor([1, 1], on: .loop)], regularized: true)
            var state = OptimizerState(optimizer.softThresholded(l1: 0.1).decoupledDecay(0.1))
            try state.update(&model, gradients: [Tensor([.nan, 1], on: .loop)])
            let values = try model.values[0].value.scalars()
            #expect(values[0].isNaN && values[1].isFinite, "\(optimizer.name)")
        }
    }

    @Test func anOptimizerOfYourOwn() throws {
        let sign = Optimizer("sign", learningRate: 0.5, state: 1) { element in
            element.state[0] = element.state[0] + 1
            element.value =
                element.value - element.numbers[0] * element.state[0] * select(element.gradient .> 0, 1, Scalar(-1))
        }
        try run(sign, steps: 3) { w, g, s, _ in
            s[0] += 1
            w -= 0.5 * s[0] * (g > 0 ? 1 : -1)
        }
    }

    /// The bits of trained weights depend on the order in which the squares are multiplied.
    @Test(arguments: [0.9, 0.999, 0, 1, -1.5, 1e-200, 1e200]) func wholePowersMultiplySquares(base: Double) {
        let powers = WholePowers(of: base)
        for exponent in [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 100, 1023, 1024, 4095, 123_457, Int.max] {
            var (result, square, rest) = (1.0, base, exponent)
            while rest > 0 {
                if rest & 1 == 1 { result *= square }
                square *= square
                rest >>= 1
            }
            #expect(powers[exponent].bitPattern == result.bitPattern, "\(base)^\(exponent)")
        }
    }

    @Test func schedules() {
        #expect(LearningRate.constant(0.1)[100] == 0.1)
        let step = LearningRate.step(from: 1, factor: 0.5, every: 10)
        #expect([0, 9, 10, 29, 30].map { step[$0] } == [1, 1, 0.5, 0.25, 0.125])
        let exponential = LearningRate.exponential(from: 2, factor: 0.25, every: 2)
        #expect([0, 1, 2, 4].map { exponential[$0] } == [2, 1, 0.5, 0.125])
        let cosine = LearningRate.cosine(from: 1, to: 0.2, over: 10)
        #expect(cosine[0] == 1 && abs(cosine[5] - 0.6) < 1e-15 && cosine[10] == 0.2 && cosine[99] == 0.2)
        let warm = LearningRate.cosine(from: 1, over: 10).warmedUp(over: 4)
        #expect([0, 1, 2, 3, 4].map { warm[$0] } == [0.25, 0.5, 0.75, 1, 1])
        #expect(abs(warm[9] - 0.5) < 1e-15 && warm[14] == 0)
    }
}
