import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

@Suite struct GaussNewtonTests {
    static let losses: [(loss: Loss, probabilities: Bool, classes: Bool)] = [
        (.halfSquaredError, false, false), (.meanSquaredError, false, false), (.huber(0.7), false, false),
        (.sigmoidCrossEntropy, true, false), (.softmaxCrossEntropy, true, false), (.softmaxCrossEntropy, true, true),
    ]

    func data(
        _ count: Int, probabilities: Bool, classes: Bool, _ type: ElementType = .float64, on device: Device = .loop
    )
        -> Dataset
    {
        let features = samples([count, 4], seed: 3, on: device, type)
        if classes {
            return Dataset(
                features: features, labels: Tensor(int32: (0..<count).map { Int32($0 * 7 % 3) }, on: device))
        }
        let labels = samples([count, 3], seed: 8, on: device, type)
        return Dataset(features: features, labels: probabilities ? labels.softmax() : labels)
    }

    func model() -> Model<Sequential> {
        Model {
            Dense(3, activation: .tanh)
            Dense(3)
        }
    }

    /// The matrix column by column: J from forward derivatives, H from the loss's gradient at the outputs, by finite differences of
    /// nothing but the library's first derivatives.
    func explicitMatrix(_ model: Model<Sequential>, _ loss: Loss, _ batch: Dataset) throws -> [[Double]] {
        let parameters = model.trainableParameters
        let values = parameters.map { model[$0] }
        func outputs(_ x: [Tensor]) -> Tensor {
            var changed = model
            for (parameter, value) in zip(parameters, x) { changed[parameter] = value }
            return changed(batch.features)
        }
        var jacobian: [[Double]] = []  // One row for each parameter element.
        for (position, value) in values.enumerated() {
            for element in 0..<value.count {
                let tangents = try values.enumerated().map { other, tensor in
                    var numbers = try Tensor.zeros(like: tensor).doubles()
                    if other == position { numbers[element] = 1 }
                    return Tensor(float64: numbers, shape: tensor.shape, on: .loop)
                }
                jacobian.append(try jvp(at: values, tangents: tangents, outputs).tangent.doubles())
            }
        }
        let z = outputs(values)
        let base = try z.doubles()
        let hessian = try base.indices.map { column in
            func shifted(_ change: Double) throws -> [Double] {
                var moved = base
                moved[column] += change
                return try gradient(at: Tensor(float64: moved, shape: z.shape, on: .loop)) { loss($0, batch.labels) }
                    .doubles()
            }
            let (high, low) = (try shifted(1e-5), try shifted(-1e-5))
            return zip(high, low).map { ($0 - $1) / 2e-5 }
        }
        return jacobian.map { row in
            let rowTimesHessian = hessian.map { column in zip(row, column).reduce(0) { $0 + $1.0 * $1.1 } }
            return jacobian.map { other in zip(rowTimesHessian, other).reduce(0) { $0 + $1.0 * $1.1 } }
        }
    }

    func flat(_ tensors: [Tensor]) throws -> [Double] { try tensors.flatMap { try $0.doubles() } }

    @Test("products are those of the matrix that is formed column by column", arguments: losses.indices)
    func productIsThatOfTheMatrix(index: Int) throws {
        let (loss, probabilities, classes) = Self.losses[index]
        let batch = data(5, probabilities: probabilities, classes: classes)
        let model = model().built([4], .float64)
        let matrix = GaussNewtonMatrix(model, loss: loss, on: batch)
        let explicit = try explicitMatrix(model, loss, batch)
        let values = model.values.map(\.value)
        let before = try flat(values)

        for seed in UInt64(0)..<3 {
            let vector = values.map { samples($0.shape, seed: 20 + seed, .float64) }
            let numbers = try flat(vector)
            let found = try flat(matrix.product(vector))
            let expected = explicit.map { row in zip(row, numbers).reduce(0) { $0 + $1.0 * $1.1 } }
            #expect(relativeDifference(found, expected) < 1e-8, "\(loss.name)")
            // Positive semidefinite, as the loss is convex in the outputs.
            #expect(zip(found, numbers).reduce(0) { $0 + $1.0 * $1.1 } >= -1e-12)
            // Symmetric.
            let other = values.map { samples($0.shape, seed: 40 + seed, .float64) }
            let (a, b) = (try flat(matrix.product(other)), try flat(other))
            let left = zip(a, numbers).reduce(0) { $0 + $1.0 * $1.1 }
            let right = zip(found, b).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(abs(left - right) < 1e-12 * max(1, abs(left)))
        }
        // The gradient and the loss are those of the network, whose weights stay.
        let direct = valueWithGradient(of: model, isTraining: false) { pass in
            loss(model(batch.features, pass), batch.labels)
        }
        #expect(try relativeDifference(flat(matrix.gradient), flat(direct.gradients)) < 1e-13)
        #expect(try abs(matrix.loss.doubles()[0] - direct.value.doubles()[0]) < 1e-13)
        #expect(try flat(model.values.map(\.value)) == before)
    }

    @Test("layers of every kind: products are those of the derivative that the reverse direction alone gives")
    func layers() throws {
        let cases: [(model: Model<Sequential>, inputShape: [Int])] = [
            (
                Model {
                    RNN(3); Dense(2)
                }, [4, 2]
            ),
            (
                Model {
                    LSTM(2, returnsSequences: false); Dense(1)
                }, [3, 2]
            ),
            (
                Model {
                    GRU(2, returnsSequences: false); Dense(1)
                }, [3, 2]
            ),
            (
                Model {
                    Convolution2D(filters: 2, kernel: 2, activation: .tanh)
                    AveragePooling2D(2, stride: 1)
                    Flatten()
                    LayerNorm()
                    Dense(2)
                }, [4, 4, 1]
            ),
            (
                Model {
                    Dense(4, activation: .gelu); MaxPooling2D(2); Flatten(); Dense(1)
                }, [2, 2, 3]
            ),
        ]
        for (network, shape) in cases {
            let model = network.built(shape, seed: 5, .float64)
            let x = samples([2] + shape, seed: 3, .float64)
            let output = model(x)
            // Row by row of J by reverse derivatives; half the squared error has H = 1 / examples.
            let rows = try (0..<output.count).map { position in
                var unit = [Double](repeating: 0, count: output.count)
                unit[position] = 1
                let weights = Tensor(float64: unit, shape: output.shape, on: .loop)
                let found = valueWithGradient(of: model, isTraining: false) { pass in
                    (model(x, pass) * weights).sum()
                }
                return try flat(found.gradients)
            }
            let vector = model.values.map { samples($0.value.shape, seed: 20, .float64) }
            let numbers = try flat(vector)
            var expected = [Double](repeating: 0, count: numbers.count)
            for row in rows {
                let along = zip(row, numbers).reduce(0) { $0 + $1.0 * $1.1 } / 2
                for index in row.indices { expected[index] += row[index] * along }
            }
            let matrix = GaussNewtonMatrix(
                model, loss: .halfSquaredError, on: Dataset(features: x, labels: Tensor.zeros(like: output)))
            let kind = model.root.layers[0].kind
            #expect(try relativeDifference(flat(matrix.product(vector)), expected) < 1e-11, "\(kind)")
        }
    }

    @Test func linearNetworkWithSquaredErrorHasItsHessian() throws {
        // Without hidden layer G is the Hessian itself.
        let batch = data(6, probabilities: false, classes: false)
        let model = Model { Dense(3, bias: false) }.built([4], .float64)
        let matrix = GaussNewtonMatrix(model, loss: .halfSquaredError, on: batch)
        let weight = model.values[0].value
        let vector = samples([4, 3], seed: 5, .float64)
        let hessian = hessianVectorProduct(at: weight, vector) { w in
            Loss.halfSquaredError(matmul(batch.features, w), batch.labels)
        }
        #expect(try relativeDifference(matrix.product([vector])[0].doubles(), hessian.doubles()) < 1e-13)
    }

    @Test("products have the same bits on every device")
    func devices() throws {
        var found: Set<String> = []
        for device in try DeviceTests.devices() {
            let batch = HessianFreeTests.data(9, on: device)
            var model = HessianFreeTests.autoencoder()
            model.build(inputShape: [8], on: device, seed: 2)
            let matrix = GaussNewtonMatrix(model, loss: .sigmoidCrossEntropy, on: batch)
            let vector = model.values.map { samples($0.value.shape, seed: 6, on: device) }
            let fisher = model.empiricalFisherDiagonal(.sigmoidCrossEntropy, on: batch, groups: 4)
            found.insert(try (matrix.product(vector) + fisher).map { try $0.sha256() }.joined())
        }
        #expect(found.count == 1)
    }

    @Test func empiricalFisherIsTheMeanOfTheSquaredGradients() throws {
        for (loss, probabilities, classes) in Self.losses {
            let batch = data(7, probabilities: probabilities, classes: classes)
            let model = model().built([4], .float64)
            var expected = [Double](repeating: 0, count: model.parameterCount)
            for position in 0..<7 {
                let one = batch.sliced(position..<position + 1)
                let found = valueWithGradient(of: model, isTraining: false) { pass in
                    loss(model(one.features, pass), one.labels)
                }
                for (index, value) in try flat(found.gradients).enumerated() { expected[index] += value * value / 7 }
            }
            let exact = try flat(model.empiricalFisherDiagonal(loss, on: batch))
            #expect(relativeDifference(exact, expected) < 1e-13)
            // Groups: no bias. The mean of 400 estimates is within 5 standard deviations of the mean.
            guard loss.name == "halfSquaredError" else { continue }
            var sum = [Double](repeating: 0, count: expected.count)
            var squares = sum
            for seed in UInt64(0)..<400 {
                let estimate = try flat(
                    model.empiricalFisherDiagonal(loss, on: batch, groups: 2, key: RandomKey(seed: seed)))
                for (index, value) in estimate.enumerated() {
                    sum[index] += value / 400
                    squares[index] += value * value / 400
                }
            }
            for index in expected.indices {
                let deviation = ((squares[index] - sum[index] * sum[index]) / 400).squareRoot()
                #expect(abs(sum[index] - expected[index]) <= 5 * deviation + 1e-12)
            }
        }
    }
}

@Suite struct ConjugateGradientTests {
    /// A symmetric positive definite matrix with eigenvalues of very different size.
    func system(_ n: Int) throws -> (matrix: Tensor, solution: Tensor, b: Tensor) {
        let a = samples([n, n], seed: 4, .float64)
        let matrix = matmul(a.transposed(), a) + Tensor.eye(n, .float64, on: .loop) * 0.5
        let solution = samples([n], seed: 5, .float64)
        return (matrix, solution, dot(matrix, solution))
    }

    @Test func solvesAKnownSystemInAsManyStepsAsUnknowns() throws {
        let (matrix, solution, b) = try system(8)
        let method = ConjugateGradient(maximumSteps: 12, tolerance: 0)
        let found = try method.solve(b) { dot(matrix, $0) }
        #expect(try relativeDifference(found.x.doubles(), solution.doubles()) < 1e-8)
        // φ at the solution is -½ bᵀx.
        let energy = try -0.5 * (b * solution).sum().doubles()[0]
        #expect(abs(found.last.value - energy) < 1e-9 * abs(energy))
        let values = found.iterates.map(\.value)
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 >= $1 - 1e-9 })
        #expect(found.iterates.map(\.step) == [5, 7, 9, 11, 12])
    }

    @Test func thePreconditionerAndTheStartSaveSteps() throws {
        let diagonal = Tensor(float64: (0..<40).map { 1 + Double($0 * $0) }, on: .loop)
        let b = samples([40], seed: 9, .float64)
        let method = ConjugateGradient(maximumSteps: 100, tolerance: 0.0005)
        let plain = try method.solve(b) { $0 * diagonal }
        let conditioned = try method.solve(b, preconditioner: diagonal) { $0 * diagonal }
        #expect(plain.steps > 20)
        #expect(try relativeDifference(conditioned.x.doubles(), (b / diagonal).doubles()) < 1e-14)
        // One step is the solution within rounding; the stopping rule looks back from step 11 for the first time.
        #expect(conditioned.steps <= 11)
        let started = try method.solve(b, start: b / diagonal) { $0 * diagonal }
        #expect(started.steps == 0 || started.outcome != .stepLimit)
        #expect(try relativeDifference(started.x.doubles(), (b / diagonal).doubles()) < 1e-14)
    }

    @Test func theStoppingRuleIsThePapers() {
        let method = ConjugateGradient(tolerance: 0.0005)
        func values(_ count: Int, _ last: Double, before: Double) -> [Double] {
            (0..<count).map { $0 == count - 1 ? last : before }
        }
        // Step 10 has no φ ten steps before it but the start, which is not looked at.
        #expect(!method.shouldStop(values(11, -1, before: -1)))
        #expect(method.shouldStop(values(12, -1, before: -1)))
        // At step 11 k = 10: progress of less than 10 ε = 0.005 of φ stops.
        #expect(method.shouldStop(values(12, -1, before: -0.9951)))
        #expect(!method.shouldStop(values(12, -1, before: -0.9949)))
        // At step 200 k = 20: less than 0.01.
        #expect(method.shouldStop(values(201, -1, before: -0.9901)))
        #expect(!method.shouldStop(values(201, -1, before: -0.9899)))
        #expect(!method.shouldStop(values(201, 1, before: 1)))
        #expect(!ConjugateGradient(tolerance: 0).shouldStop(values(201, -1, before: -1)))
    }

    @Test func edgeCases() throws {
        let b = Tensor(float64: [1, 2], on: .loop)
        let method = ConjugateGradient()
        let zero = try method.solve(Tensor.zeros(like: b)) { $0 * 2 }
        #expect(zero.outcome == .solved && zero.steps == 0)
        let negative = try method.solve(b) { -$0 }
        #expect(negative.outcome == .notPositiveDefinite && negative.steps == 0)
        let broken = try method.solve(b) { $0 * .nan }
        #expect(broken.outcome == .notPositiveDefinite)
        #expect(try broken.x.doubles() == [0, 0])
        let none = try ConjugateGradient(maximumSteps: 0).solve(b) { $0 }
        #expect(none.outcome == .stepLimit && none.iterates.count == 1)
        let empty = try method.solve(Tensor.zeros([0], .float64, on: .loop)) { $0 }
        #expect(empty.x.shape == [0])
    }
}

@Suite struct HessianFreeTests {
    static func autoencoder() -> Model<Sequential> {
        Model {
            Dense(6, activation: .tanh)
            Dense(2)
            Dense(6, activation: .tanh)
            Dense(8)
        }
    }

    static func data(_ count: Int = 40, on device: Device = .loop) -> Dataset {
        let hidden = samples([count, 2], seed: 3, on: device)
        let x = sigmoid(matmul(hidden, samples([2, 8], seed: 4, on: device)))
        return Dataset(features: x, labels: x)
    }

    @Test func theDampingRuleIsThePapers() {
        #expect(HessianFree.damping(after: 0.8, 3) == 3 * (2.0 / 3))
        #expect(HessianFree.damping(after: 0.75, 3) == 3)
        #expect(HessianFree.damping(after: 0.25, 3) == 3)
        #expect(HessianFree.damping(after: 0.2, 3) == 4.5)
        #expect(HessianFree.damping(after: -.infinity, 3) == 4.5)
        #expect(HessianFree.damping(after: .nan, 3) == 4.5)
    }

    @Test func aQuadraticIsSolvedInOneStepWithoutDamping() throws {
        // A linear network with squared error: the model is the loss. The exact minimum is from the normal equations.
        let x = samples([30, 3], seed: 1, .float64)
        let exact = samples([3, 2], seed: 2, .float64)
        let data = Dataset(features: x, labels: matmul(x, exact))
        var model = Model { Dense(2, bias: false) }.built([3], .float64)
        let settings = HessianFree(damping: 1e-12, conjugateGradient: ConjugateGradient(tolerance: 0))
        let history = try model.fit(
            data, loss: .halfSquaredError, optimizer: settings, epochs: 1, on: .loop, progress: .silent)
        #expect(try relativeDifference(model.values[0].value.doubles(), exact.doubles()) < 1e-9)
        #expect(history.steps.count == 1 && history.steps[0].stepLength == 1)
        #expect(abs(history.steps[0].reductionRatio - 1) < 1e-6)
        #expect(history.steps[0].lossAfter < 1e-16)
    }

    @Test func aQuadraticWithL2IsSolved() throws {
        let x = samples([30, 3], seed: 1, .float64)
        let data = Dataset(features: x, labels: samples([30, 1], seed: 2, .float64))
        var model = Model { Dense(1) }.built([3], .float64)
        let settings = HessianFree(
            damping: 1e-10, conjugateGradient: ConjugateGradient(tolerance: 0), l2: 0.3, chunkSize: 7)
        try model.fit(data, loss: .halfSquaredError, optimizer: settings, epochs: 2, on: .loop, progress: .silent)
        // At the minimum the gradient with decay of the weights, not of the bias, is zero.
        let gradients = valueWithGradient(of: model, isTraining: false) { pass in
            Loss.halfSquaredError(model(data.features, pass), data.labels)
        }.gradients
        let rest = try (gradients[0] + model.values[0].value * 0.3).doubles() + gradients[1].doubles()
        #expect(rest.allSatisfy { abs($0) < 1e-9 })
    }

    @Test func anAutoencoderIsLearned() throws {
        let data = Self.data()
        var model = Self.autoencoder().built([8])
        let start = try model.evaluate(data, loss: .sigmoidCrossEntropy)
        let history = try model.fit(
            data, validating: data, loss: .sigmoidCrossEntropy, optimizer: HessianFree(),
            epochs: 15, on: .loop, progress: .silent)
        #expect(history.epochs.count == 15 && history.steps.count == 15)
        // Every step that is made lowers the loss of its batch.
        #expect(history.steps.allSatisfy { $0.lossAfter <= $0.lossBefore })
        for (a, b) in zip(history.steps, history.steps.dropFirst()) {
            #expect(abs(a.lossAfter - b.lossBefore) < 1e-6)
            #expect(b.damping == HessianFree.damping(after: a.reductionRatio, a.damping))
        }
        let entropy = try Loss.binaryCrossEntropy(data.labels, data.labels).doubles()[0]
        let end = try #require(history.epochs.last?.validationLoss)
        // What is above the entropy of the data falls by a factor of 20.
        #expect(end - entropy < (start - entropy) / 20)
    }

    @Test("a training gives the same weights on every device, with small batches too")
    func devices() throws {
        let settings = HessianFree(
            gradientBatchSize: 24, curvatureBatchSize: 10, conjugateGradient: ConjugateGradient(maximumSteps: 15),
            preconditioner: .squaredGradients(groups: 3), l2: 1e-4, chunkSize: 16)
        let hashes = try DeviceTests.devices().map { device in
            var model = Self.autoencoder()
            try model.fit(
                Self.data(on: device), loss: .sigmoidCrossEntropy, optimizer: settings, epochs: 2, seed: 5, on: device,
                progress: .silent)
            return try model.weightsSHA256()
        }
        #expect(Set(hashes).count == 1)
    }

    @Test func badDataKeepTheWeights() throws {
        var numbers = try Self.data().features.scalars()
        numbers[11] = .nan
        let x = Tensor(numbers, shape: [40, 8], on: .loop)
        var model = Self.autoencoder().built([8])
        let before = try model.weightsSHA256()
        #expect(throws: TrainingError.dataNotFinite(part: "features", example: 1, epoch: 1, step: 1)) {
            try model.fit(
                Dataset(features: x, labels: x), loss: .sigmoidCrossEntropy, optimizer: HessianFree(), on: .loop,
                progress: .silent)
        }
        #expect(try model.weightsSHA256() == before)
        let none = Dataset(features: Tensor.zeros([0, 8], on: .loop), labels: Tensor.zeros([0, 8], on: .loop))
        #expect(throws: TrainingError.noExamples) {
            try model.fit(none, loss: .sigmoidCrossEntropy, optimizer: HessianFree(), on: .loop, progress: .silent)
        }
    }

    @Test func aBadBatchInTheMiddleKeepsTheGoodSteps() throws {
        // In batches of 8 of 40 examples, one has the NaN; the steps before it count.
        var numbers = try Self.data().features.scalars()
        numbers[11] = .infinity
        let x = Tensor(numbers, shape: [40, 8], on: .loop)
        var model = Self.autoencoder().built([8])
        let error = #expect(throws: TrainingError.self) {
            try model.fit(
                Dataset(features: x, labels: x), loss: .sigmoidCrossEntropy,
                optimizer: HessianFree(gradientBatchSize: 8), seed: 1, on: .loop, progress: .silent)
        }
        guard case .dataNotFinite(part: "features", example: 1, epoch: 1, let step)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect((1...5).contains(step))
        #expect(try model.evaluate(Self.data(), loss: .sigmoidCrossEntropy).isFinite)
    }

    @Test func oneExample() throws {
        var model = Self.autoencoder().built([8])
        let history = try model.fit(
            Self.data(1), loss: .sigmoidCrossEntropy, optimizer: HessianFree(), epochs: 3, on: .loop, progress: .silent)
        #expect(history.steps[2].lossAfter < history.steps[0].lossBefore)
    }
}
