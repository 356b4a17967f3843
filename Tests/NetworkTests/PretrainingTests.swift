import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

@Suite struct PretrainingTests {
    static func model() -> Model<Sequential> {
        Model {
            Flatten()
            Dense(6, activation: .sigmoid)
            Dropout(0.5)
            Dense(5, activation: .sigmoid)
            Dense(3)
        }
    }

    /// From 0 to 1.
    func features(_ count: Int = 40, on device: Device = .loop) -> Tensor {
        Tensor.randomUniform([count, 2, 4], RandomKey(seed: 9), on: device)
    }

    @Test func layersLearnOneAfterTheOther() throws {
        var model = Self.model().built([2, 4])
        let before = try model.values.map { try $0.value.scalars() }
        let result = try model.pretrain(
            features(), loss: .sigmoidCrossEntropy, corruption: 0.1, optimizer: .adam(0.01), epochs: 8, batchSize: 10,
            seed: 4, on: .loop, progress: .silent)
        #expect(result.map(\.layer) == [1, 3])
        for (_, history) in result {
            #expect(history.epochs.count == 8 && history.epochs[7].trainingLoss < history.epochs[0].trainingLoss)
        }
        let after = try model.values.map { try $0.value.scalars() }
        #expect(zip(before, after).map { $0 == $1 } == [false, false, false, false, true, true])

        var first = Self.model().built([2, 4])
        let partly = try first.pretrain(
            features(), loss: .sigmoidCrossEntropy, corruption: 0.1, layers: 1, optimizer: .adam(0.01), epochs: 8,
            batchSize: 10, seed: 4, on: .loop, progress: .silent)
        #expect(partly.map(\.layer) == [1])
        let kept = try first.values.map { try $0.value.scalars() }
        #expect(kept == Array(after[0..<2]) + Array(before[2...]))
    }

    /// One step of gradient descent on the whole data, written out.
    @Test func aStepIsItsFormula() throws {
        let x = Tensor.randomUniform([12, 4], RandomKey(seed: 3), .float64, on: .loop)
        var model = Model { for units in [3, 2] { Dense(units, activation: .tanh) } }.built([4], .float64)
        let start = model.values.prefix(2).map(\.value)
        let result = try model.pretrain(
            x, tied: true, optimizer: .sgd(0.25), epochs: 1, batchSize: 12, seed: 8, on: .loop, progress: .silent)
        let (loss, gradients) = valueWithGradient(at: start) { values in
            let code = tanh(matmul(x, values[0]) + values[1])
            return (matmul(code, values[0].transposed()) - x).squared().sum() / 12
        }
        for (position, gradient) in gradients.enumerated() {
            let expected = try (start[position] - 0.25 * gradient).doubles()
            let difference = try relativeDifference(model.values[position].value.doubles(), expected)
            #expect(difference < 1e-13)
        }
        let expected = try loss.doubles()[0]
        #expect(abs(result[0].history.epochs[0].trainingLoss - expected) < 1e-6 * expected)
    }

    /// The best that a linear autoencoder can do is to keep the principal components (P. Baldi, K. Hornik, 1989): of three features with
    /// variances 4, 1 and 1/4, two units keep the first two, and the error is the third.
    @Test(arguments: [true, false])
    func linearUnitsFindThePrincipalComponents(tied: Bool) throws {
        let corners = (0..<8).flatMap { corner -> [Float] in
            [corner & 1 == 0 ? 2 : -2, corner & 2 == 0 ? 1 : -1, corner & 4 == 0 ? 0.5 : -0.5]
        }
        var model = Model { for units in [2, 1] { Dense(units) } }.built([3], seed: 6)
        let result = try model.pretrain(
            Tensor(corners, shape: [8, 3], on: .loop), tied: tied, optimizer: .momentum(0.02), epochs: 600,
            batchSize: 8,
            on: .loop, progress: .silent)
        let losses = result[0].history.epochs.map(\.trainingLoss)
        #expect(abs((losses.last ?? 0) - 0.25) < 1e-4)
        #expect(losses.allSatisfy { $0 > 0.25 - 1e-5 })
        // No unit depends on the third feature any more.
        #expect(try model.values[0].value[2].scalars().allSatisfy { abs($0) < 1e-2 })
    }

    @Test func everyDeviceLearnsTheSame() throws {
        let hashes = try DeviceTests.devices().map { device in
            var model = Self.model()
            try model.pretrain(
                features(21, on: device), corruption: 0.2, optimizer: .momentum(0.05), epochs: 2, batchSize: 8, seed: 5,
                on: device, progress: .silent)
            return try model.weightsSHA256()
        }
        #expect(Set(hashes).count == 1)
    }

    @Test func badInput() throws {
        var model = Self.model().built([2, 4])
        let before = try model.weightsSHA256()
        var values = try features(5).scalars()
        values[17] = .nan
        #expect(throws: TrainingError.dataNotFinite(part: "features", example: 2, epoch: 1, step: 1)) {
            try model.pretrain(
                Tensor(values, shape: [5, 2, 4], on: .loop), epochs: 1, on: .loop, progress: .silent)
        }
        #expect(throws: TrainingError.noExamples) {
            try model.pretrain(features(0), on: .loop, progress: .silent)
        }
        #expect(try model.weightsSHA256() == before)
        var single = Model { Dense(2) }
        let nothing = try single.pretrain(features(3), on: .loop, progress: .silent)
        #expect(nothing.isEmpty)
    }
}
