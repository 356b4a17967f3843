import Testing
import UnloopBackend
import UnloopNetwork
import UnloopTensor

/// Layers with a batch of no examples: an output of no examples, gradients of zeros.
@Suite struct EmptyBatchTests {
    private static let layers: [(layer: any Layer, shape: [Int])] = [
        (Dense(3, activation: .relu), [4]), (Dense(3), [2, 4]), (Flatten(), [2, 3]), (Reshape([3, 2]), [6]),
        (Residual { Dense(4) }, [4]), (Dropout(0.5), [4]), (LayerNorm(), [4]), (BatchNorm(), [4]),
        (Convolution2D(filters: 2, kernel: 3, padding: .same, activation: .relu), [5, 4, 3]),
        (Convolution1D(filters: 2, kernel: 3, stride: 2), [7, 3]),
        (Convolution3D(filters: 2, kernel: 2), [3, 3, 4, 2]),
        (TransposedConvolution2D(filters: 2, kernel: 3, stride: 2), [3, 4, 3]),
        (TransposedConvolution1D(filters: 2, kernel: 3, stride: 2), [5, 3]),
        (TransposedConvolution3D(filters: 2, kernel: 2, stride: 2), [2, 3, 2, 3]),
        (MaxPooling2D(2), [4, 4, 3]), (AveragePooling2D(2, padding: .same), [5, 4, 3]),
        (MaxPooling1D(2), [5, 2]), (AveragePooling3D(2), [2, 4, 4, 1]), (AdaptiveAveragePooling2D(2), [5, 4, 2]),
        (GlobalMaxPooling(), [3, 2]), (GlobalAveragePooling(), [3, 4, 2]), (RNN(3), [4, 2]),
        (LSTM(3, layers: 2, bidirectional: true), [4, 2]), (GRU(3, returnsSequences: true), [4, 2]),
    ]

    @Test("forward and backward", arguments: try DeviceTests.devices())
    func layers(_ device: Device) throws {
        func check(_ layer: some Layer, _ shape: [Int]) throws {
            var model = Model(layer)
            model.build(inputShape: shape, on: device, seed: 1)
            let input = Tensor.zeros([0] + shape, on: device)
            let what: Comment = "\(layer.kind) on \(device)"
            #expect(model(input).shape == [0] + layer.outputShape(for: shape), what)
            #expect(try model(input).scalars() == [], what)
            let found = valueWithGradient(of: model, isTraining: false) { pass in model(input, pass).squared().sum() }
            #expect(try found.value.item() == 0, what)
            for (gradient, parameter) in zip(found.gradients, model.trainableParameters) {
                #expect(gradient.shape == model[parameter].shape, what)
                #expect(try gradient.scalars().allSatisfy { $0 == 0 }, what)
            }
            #expect(gradient(at: input) { model($0).squared().sum() }.shape == [0] + shape, what)
        }
        for (layer, shape) in Self.layers { try check(layer, shape) }
    }

    @Test("recurrent layers without steps or features", arguments: try DeviceTests.devices())
    func recurrent(_ device: Device) throws {
        func check(_ layer: some Layer, _ shape: [Int]) throws {
            var model = Model(layer)
            model.build(inputShape: shape, on: device, seed: 1)
            let input = Tensor.zeros([2] + shape, on: device)
            let found = valueWithGradient(of: model, isTraining: false) { pass in model(input, pass).squared().sum() }
            for (gradient, parameter) in zip(found.gradients, model.trainableParameters) {
                #expect(gradient.shape == model[parameter].shape)
                #expect(try gradient.scalars().allSatisfy { $0.isFinite })
            }
            #expect(gradient(at: input) { model($0).sum() }.shape == [2] + shape)
        }
        for shape in [[0, 2], [3, 0]] {
            for layer: any Layer in [RNN(3), LSTM(3), GRU(3)] { try check(layer, shape) }
        }
    }
}
