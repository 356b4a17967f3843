import Testing
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Trainings on checking devices: the same weights as without, and nothing differs.
@Suite struct CheckedTrainingTests {
    /// The hash of the weights after some steps of Adam.
    private func weights(
        _ model: () -> Model<Sequential>, _ features: Tensor, _ labels: Tensor, _ loss: Loss, on device: Device
    ) throws -> String {
        var model = model()
        try model.fit(
            Dataset(features: features, labels: labels), loss: loss, optimizer: .adam(0.01).clipped(.norm(1)),
            epochs: 2, batchSize: 4, seed: 5, on: device, progress: .silent)
        return try model.weightsSHA256()
    }

    private func check(
        inputShape: [Int], loss: Loss = .softmaxCrossEntropy, labels: Tensor? = nil, _ model: () -> Model<Sequential>
    ) throws {
        let features = samples([10] + inputShape)
        let labels = labels ?? Tensor(int32: (0..<10).map { Int32($0 * 7 % 3) }, on: .loop)
        let expected = try weights(model, features, labels, loss, on: .loop)
        for checked in try DeviceTests.devices() {
            let device = try Device.checking(checked, against: .loop)
            #expect(try weights(model, features, labels, loss, on: device) == expected, "\(device)")
            #expect(device.differences == [], "\(device)")
            #expect(device.checkedOperations > 60, "\(device)")
        }
    }

    @Test func denseNetwork() throws {
        try check(inputShape: [6]) {
            Model {
                Dense(9, activation: .relu)
                BatchNorm()
                Dropout(0.3)
                LayerNorm()
                Dense(3)
            }
        }
    }

    @Test func convolutionalNetwork() throws {
        try check(inputShape: [6, 5, 2]) {
            Model {
                Convolution2D(filters: 4, kernel: 3, padding: .same, activation: .silu)
                MaxPooling2D(2, stride: 1)
                Convolution2D(filters: 3, kernel: 2, stride: 2)
                AveragePooling2D(2, stride: 1, padding: .same)
                Flatten()
                Dense(3)
            }
        }
    }

    @Test func recurrentNetwork() throws {
        try check(inputShape: [5, 2], loss: .meanSquaredError, labels: samples([10, 3], seed: 4)) {
            Model {
                LSTM(4, layers: 2, bidirectional: true)
                GRU(3, returnsSequences: false)
            }
        }
    }
}
