import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

@Suite struct PretrainingTests {
    static func model() -> Sequential {
        Sequential {
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
        let model = Self.model().built([2, 4])
        let before = try model.trainableParameters.map { try $0.value.scalars() }
        let result = try model.pretrain(
            features(), loss: .sigmoidCrossEntropy, corruption: 0.1, optimizer: .adam(0.01), epochs: 8, batchSize: 10,
            seed: 4, on: .loop, progress: .silent)
        #expect(result.map(\.layer) == [1, 3])
        for (_, history) in result {
            #expect(history.epochs.count == 8 && history.epochs[7].trainingLoss < history.epochs[0].trainingLoss)
        }
        let after = try model.trainableParameters.map { try $0.value.scalars() }
        #expect(zip(before, after).map { $0 == $1 } == [false, false, false, false, true, true])

        let first = Self.model().built([2, 4])
        let partly = try first.pretrain(
            features(), loss: .sigmoidCrossEntropy, corruption: 0.1, layers: 1, optimizer: .adam(0.01), epochs: 8,
            batchSize: 10, seed: 4, on: .loop, progress: .silent)
        #expect(partly.map(\.layer) == [1])
        let kept = try first.trainableParameters.map { try $0.value.scalars() }
        #expect(kept == Array(after[0..<2]) + Array(before[2...]))
    }

    /// One step of gradient descent on the whole data, written out.
    @Test(arguments: [true, false])
    func aStepIsItsFormula(tied: Bool) throws {
        let x = Tensor.randomUniform([12, 4], RandomKey(seed: 3), .float64, on: .loop)
        let model = Sequential { for units in [3, 2] { Dense(units, activation: .tanh) } }.built([4], .float64)
        let start = model.trainableParameters.prefix(2).map(\.value)
        var firstLoss = Double.nan
        let result = try model.pretrain(
            x, tied: tied, optimizer: .sgd(0.25), epochs: 1, batchSize: 12, seed: 8, on: .loop, progress: .silent)
        // With its own weights, the decoder's first ones follow from the seed; the tied decoder's are known.
        guard tied else {
            #expect(result[0].history.epochs[0].trainingLoss.isFinite)
            #expect(try !model.trainableParameters[0].value.isBitEqual(to: start[0]))
            return
        }
        let gradients = try gradient(at: Array(start)) { values in
            let code = tanh(matmul(x, values[0]) + values[1])
            let loss = (matmul(code, values[0].transposed()) - x).squared().sum() / 12
            firstLoss = try loss.stopGradient().doubles()[0]
            return loss
        }
        for (position, gradient) in gradients.enumerated() {
            let expected = try (start[position] - 0.25 * gradient).doubles()
            let difference = try relativeDifference(model.trainableParameters[position].value.doubles(), expected)
            #expect(difference < 1e-13)
        }
        #expect(abs(result[0].history.epochs[0].trainingLoss - firstLoss) < 1e-6 * firstLoss)
    }

    @Test func everyDeviceLearnsTheSame() throws {
        let hashes = try DeviceTests.devices().map { device in
            let model = Self.model()
            try model.pretrain(
                features(21, on: device), corruption: 0.2, optimizer: .momentum(0.05), epochs: 2, batchSize: 8, seed: 5,
                on: device, progress: .silent)
            return try model.weightsSHA256()
        }
        #expect(Set(hashes).count == 1)
    }

    @Test func badInput() throws {
        let model = Self.model().built([2, 4])
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
        #expect(try Sequential { Dense(2) }.pretrain(features(3), on: .loop, progress: .silent).isEmpty)
    }
}
