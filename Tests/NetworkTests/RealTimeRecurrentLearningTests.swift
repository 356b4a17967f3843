import Testing
import UnloopBackend
import UnloopNetwork
import UnloopTensor

@Suite struct RealTimeRecurrentLearningTests {
    static let activations: [Activation] = [.tanh, .relu, .sigmoid]

    struct Task {
        var network: Model<RNN>
        var readout: Model<Dense>
        var inputs: Tensor
        var targets: Tensor

        /// Of the network, then of the readout.
        var weights: [Tensor] {
            get { network.values.map(\.value) + readout.values.map(\.value) }
            set {
                let (own, rest) = (network.root.parameters, newValue.dropFirst(network.values.count))
                for (parameter, value) in zip(own, newValue) { network[parameter] = value }
                for (parameter, value) in zip(readout.root.parameters, rest) { readout[parameter] = value }
            }
        }
    }

    func task(
        _ activation: Activation = .tanh, examples: Int = 2, steps: Int = 9, features: Int = 3, units: Int = 5,
        _ type: ElementType = .float64, on device: Device = .loop
    ) -> Task {
        var network = Model(RNN(units, activation: activation))
        network.build(inputShape: [max(1, steps), features], on: device, seed: 3, elementType: type)
        var readout = Model(Dense(2))
        readout.build(inputShape: [units], on: device, seed: 4, elementType: type)
        return Task(
            network: network, readout: readout,
            inputs: samples([examples, steps, features], seed: 5, on: device, type),
            targets: samples([examples, steps, 2], seed: 6, on: device, type))
    }

    /// Backpropagation through time: the loss of all steps and its gradients.
    func throughTime(_ task: Task) -> (value: Tensor, gradients: [Tensor]) {
        valueWithGradient(at: task.weights) { weights in
            var changed = task
            changed.weights = weights
            return Loss.halfSquaredError(changed.readout(changed.network(task.inputs)), task.targets)
        }
    }

    /// The same, carried forward.
    func inRealTime(_ task: Task) throws -> (value: Double, gradients: [Tensor]) {
        var trainer = RealTimeTrainer(
            task.network, readout: task.readout, loss: .halfSquaredError, examples: task.inputs.shape[0])
        var value = 0.0
        var total: [Tensor]?
        for step in 0..<task.inputs.shape[1] {
            let result = trainer.advance(task.inputs[.all, step], target: task.targets[.all, step])
            value += try #require(result.loss).doubles()[0]
            total = total.map { zip($0, result.gradients).map { $0 + $1 } } ?? result.gradients
        }
        return (value, try #require(total))
    }

    @Test("float64: the gradients of backpropagation through time", arguments: activations.indices)
    func equalsBackpropagation(index: Int) throws {
        for (examples, features, units) in [(2, 3, 5), (1, 1, 1), (3, 2, 8)] {
            let task = task(Self.activations[index], examples: examples, features: features, units: units)
            let (value, expected) = throughTime(task)
            let found = try inRealTime(task)
            #expect(try abs(found.value - value.doubles()[0]) < 1e-12 * found.value)
            #expect(found.gradients.count == 5)
            for (a, b) in zip(found.gradients, expected) {
                #expect(a.shape == b.shape)
                let (a, b) = (try a.doubles(), try b.doubles())
                let size = b.map(abs).max() ?? 0
                #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 1e-10 * size })
            }
        }
    }

    @Test("float32: within the bound of the sums it consists of")
    func withinTheBound() throws {
        let exact = task()
        let expected = throughTime(exact).gradients
        let single = task(.tanh, examples: 2, steps: 9, .float32)
        // The same numbers in both precisions.
        func inDoubles(_ x: Tensor) throws -> Tensor { Tensor(float64: try x.doubles(), shape: x.shape, on: .loop) }
        var rounded = exact
        rounded.weights = try single.weights.map(inDoubles)
        rounded.inputs = try inDoubles(single.inputs)
        rounded.targets = try inDoubles(single.targets)
        let truth = throughTime(rounded).gradients
        let found = try inRealTime(single).gradients
        #expect(expected.count == truth.count)
        // G, the sum of the sizes of all products: the same recursion on sizes. D, its longest chain: in each of 9 steps 5 products, the
        // direct term, the slope, the sum over 5 units and over 2 examples, and the rounding of z, f' and the error (4 units each).
        let sizes = try sizesOfGradients(rounded)
        let depth = 9.0 * (5 + 2 + 5 + 2 + 12)
        let factor = (2 + min(depth, 4 * depth.squareRoot())) * 0x1p-24
        for (number, (a, b)) in zip(found, truth).prefix(3).enumerated() {
            for (index, (x, y)) in zip(try a.doubles(), try b.doubles()).enumerated() {
                #expect(abs(x - y) <= factor * sizes[number][index] + 0x1p-24 * abs(y), "\(number) \(index)")
            }
        }
    }

    /// Σ_t Σ_k |∂h_k/∂w| |∂E/∂h_k| with the sizes of all terms in the derivatives, in plain loops.
    func sizesOfGradients(_ task: Task) throws -> [[Double]] {
        let (examples, steps, features) = (task.inputs.shape[0], task.inputs.shape[1], task.inputs.shape[2])
        let units = task.network.root.units
        let w = try task.weights.map { try $0.doubles() }
        let (x, y) = (try task.inputs.doubles(), try task.targets.doubles())
        let rows = features + units + 1
        var result = [Double](repeating: 0, count: rows * units)
        for example in 0..<examples {
            var h = [Double](repeating: 0, count: units)
            var sizes = [[Double]](repeating: Array(repeating: 0, count: units), count: rows * units)
            for step in 0..<steps {
                let input = (0..<features).map { x[(example * steps + step) * features + $0] }
                let z = input + h + [1]
                var numbers = [Double](repeating: 0, count: units)
                for k in 0..<units {
                    var sum = w[2][k]
                    for i in 0..<features { sum += input[i] * w[0][i * units + k] }
                    for l in 0..<units { sum += h[l] * w[1][l * units + k] }
                    numbers[k] = sum
                }
                let sums = Tensor(float64: numbers, on: .loop)
                h = try tanh(sums).doubles()
                for row in sizes.indices {
                    let before = sizes[row]
                    for k in 0..<units {
                        var carried = row % units == k ? abs(z[row / units]) : 0
                        for l in 0..<units { carried += before[l] * abs(w[1][l * units + k]) }
                        sizes[row][k] = (1 - h[k] * h[k]) * carried
                    }
                }
                var byHidden = [Double](repeating: 0, count: units)
                for o in 0..<2 {
                    var error = abs(w[4][o]) + abs(y[(example * steps + step) * 2 + o])
                    for k in 0..<units { error += abs(h[k] * w[3][k * 2 + o]) }
                    for k in 0..<units { byHidden[k] += error * abs(w[3][k * 2 + o]) }
                }
                for row in sizes.indices {
                    for k in 0..<units {
                        result[row] += sizes[row][k] * byHidden[k] / Double(examples)
                    }
                }
            }
        }
        return [
            Array(result[..<(features * units)]), Array(result[(features * units)..<((rows - 1) * units)]),
            Array(result[((rows - 1) * units)...]),
        ]
    }

    @Test("the gradient is known at every step: that of the loss so far")
    func everyStep() throws {
        let whole = task(steps: 6)
        var learning = RealTimeTrainer(whole.network, readout: whole.readout, loss: .halfSquaredError, examples: 2)
        var total: [Tensor]?
        for step in 0..<6 {
            let result = learning.advance(whole.inputs[.all, step], target: whole.targets[.all, step])
            total = total.map { zip($0, result.gradients).map { $0 + $1 } } ?? result.gradients
            var part = whole
            part.inputs = whole.inputs[.all, 0..<step + 1]
            part.targets = whole.targets[.all, 0..<step + 1]
            let expected = throughTime(part).gradients
            for (a, b) in zip(try #require(total), expected) {
                #expect(try relativeDifference(a.doubles(), b.doubles()) < 1e-12)
            }
        }
        // A step without target goes on with the state.
        let silent = learning.advance(whole.inputs[.all, 0], target: nil)
        #expect(silent.loss == nil && silent.gradients.isEmpty && silent.prediction.shape == [2, 2])
    }

    @Test func whatIsCarriedDoesNotGrow() throws {
        let task = task(examples: 1, steps: 4, features: 2, units: 6)
        var learning = RealTimeRecurrentLearning(task.network)
        // (features + units + 1) · units weights, units derivatives of each, and the state.
        #expect(learning.carriedCount == (2 + 6 + 1) * 6 * 6 + 6)
        for step in 0..<4 { learning.advance(task.inputs[.all, step]) }
        #expect(learning.carriedCount == (2 + 6 + 1) * 6 * 6 + 6)
        #expect(try learning.hidden.isBitEqual(to: task.network(task.inputs)[.all, 3]))
        learning.reset()
        #expect(try learning.sensitivity.doubles().allSatisfy { $0 == 0 })
    }

    /// The present input and the one two steps ago decide the target.
    func stream(_ steps: Int, on device: Device) -> (inputs: Tensor, targets: Tensor) {
        let bits = Tensor.randomBernoulli([1, steps + 2, 1], RandomKey(seed: 8), probability: 0.5, on: device)
        let (now, before) = (bits[.all, 2..<steps + 2], bits[.all, 0..<steps])
        return (now, now + before - now * before * 2)
    }

    @Test("learns online to remember; the same weights on every device")
    func online() throws {
        var hashes: Set<String> = []
        for device in try DeviceTests.devices() {
            var network = Model(RNN(8))
            network.build(inputShape: [1, 1], on: device, seed: 1)
            var readout = Model(Dense(1))
            readout.build(inputShape: [8], on: device, seed: 2)
            var trainer = RealTimeTrainer(network, readout: readout, loss: .sigmoidCrossEntropy, optimizer: .adam(0.02))
            let (inputs, targets) = stream(device == .cpu ? 900 : 120, on: device)
            let losses = try trainer.learn(inputs[.all, 0..<120], targets: targets[.all, 0..<120])
            #expect(losses.count == 120 && trainer.step == 120)
            hashes.insert(try trainer.network.weightsSHA256() + trainer.readout.weightsSHA256())
            guard device == .cpu else { continue }
            // Exclusive or with two steps of delay: chance is log 2 = 0.69.
            let late = try trainer.learn(inputs[.all, 120...], targets: targets[.all, 120...]).suffix(100)
            #expect(late.reduce(0, +) / 100 < 0.1)
        }
        #expect(hashes.count == 1)
    }

    @Test func divergingTrainingKeepsTheLastGoodWeights() throws {
        let task = task(examples: 1, steps: 70, .float32)
        var trainer = RealTimeTrainer(
            task.network, readout: task.readout, loss: .halfSquaredError, optimizer: .sgd(0.01))
        var numbers = try task.inputs.scalars()
        numbers[60 * 3] = .nan
        #expect(throws: TrainingError.dataNotFinite(part: "features", example: 0, epoch: 1, step: 61)) {
            try trainer.learn(Tensor(numbers, shape: [1, 70, 3], on: .loop), targets: task.targets)
        }
        for value in trainer.weights { #expect(try value.doubles().allSatisfy(\.isFinite)) }
        #expect(try trainer.learning.hidden.scalars() == [0, 0, 0, 0, 0])

        // A learning rate that is much too large: the weights after the last step are looked at as well.
        let wild = self.task(.relu, examples: 1, steps: 40, .float32)
        var hasty = RealTimeTrainer(
            wild.network, readout: wild.readout, loss: .halfSquaredError, optimizer: .sgd(1e30))
        #expect(throws: TrainingError.self) { try hasty.learn(wild.inputs, targets: wild.targets) }
        for value in hasty.weights { #expect(try value.doubles().allSatisfy(\.isFinite)) }
    }

    @Test func edgeCases() throws {
        // No examples, and no steps.
        let none = task(examples: 0, steps: 3)
        var trainer = RealTimeTrainer(none.network, readout: none.readout, loss: .halfSquaredError, examples: 0)
        #expect(trainer.learning.hidden.shape == [0, 5])
        #expect(trainer.learning.advance0(none.inputs).shape == [0, 5])
        #expect(throws: TrainingError.noExamples) { try trainer.learn(none.inputs, targets: none.targets) }
        let empty = task(examples: 2, steps: 0)
        var still = RealTimeTrainer(empty.network, readout: empty.readout, loss: .halfSquaredError, examples: 2)
        let losses = try still.learn(empty.inputs, targets: empty.targets)
        #expect(losses.isEmpty && still.step == 0)
    }
}

extension RealTimeTrainer {
    /// Of now: those of the network, then those of the readout.
    fileprivate var weights: [Tensor] { network.values.map(\.value) + readout.values.map(\.value) }
}

extension RealTimeRecurrentLearning {
    fileprivate func advance0(_ inputs: Tensor) -> Tensor {
        var copy = self
        return copy.advance(inputs[.all, 0])
    }
}
