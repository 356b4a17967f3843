import Testing
import UnloopBackend
import UnloopNetwork
import UnloopTensor

/// Sizes that no layer can have trap with a text that names the layer, in every build.
@Suite struct LayerMisuseTests {
    func expectTrap(_ text: String, _ result: ExitTest.Result?) {
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains(text), "\(message)")
    }

    @Test func pooling() async {
        expectTrap(
            "MaxPooling2D: window 0×0 and stride 0×0 must be positive",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = MaxPooling2D(0) })
        expectTrap(
            "AveragePooling2D: window 2×2 and stride 0×1 must be positive",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = AveragePooling2D(2, stride: Size2D(0, 1), padding: .same)
            })
        expectTrap(
            "MaxPooling2D: padding [-1, 0, 0, 0] must not be negative",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = MaxPooling2D(2, padding: .explicit(top: -1, bottom: 0, left: 0, right: 0))
                    .outputShape(for: [4, 4, 1])
            })
        expectTrap(
            "AdaptiveMaxPooling2D: the output's size [0, 0] must be positive",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = AdaptiveMaxPooling2D(0).outputShape(for: [4, 4, 1])
            })
        expectTrap(
            "MaxPooling1D: window 0, stride 0",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = MaxPooling1D(0) })
    }

    @Test func withoutAxes() async {
        let text = "the input has no axis, where a batch has one"
        expectTrap(
            "Flatten: " + text,
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Model(Flatten())(Tensor(1, on: .loop))
            })
        expectTrap(
            "Reshape: " + text,
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Model(Reshape([1]))(Tensor(1, on: .loop))
            })
        expectTrap(
            "LSTM(2): lengths [2] for a batch of 1 sequences",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let model = LSTM(2).built([3, 1])
                _ = model(Tensor.zeros([1, 3, 1], on: .loop), state: nil, lengths: Tensor(int32: [1, 2], on: .loop))
            })
    }

    @Test func convolutions() async {
        expectTrap(
            "Convolution2D: 4 filters of 0×0",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Convolution2D(filters: 4, kernel: 0)
            })
        expectTrap(
            "Convolution2D: 4 filters of 3×3, stride 0×0",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Convolution2D(filters: 4, kernel: 3, stride: 0, padding: .same)
            })
        expectTrap(
            "Convolution1D: 4 filters of 3, stride 1, dilation 1, 3 groups",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Convolution1D(filters: 4, kernel: 3, groups: 3)
            })
        expectTrap(
            "Convolution2D: an example has the shape [4, 4, 3], not [height, width, channels] for 2 groups",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Convolution2D(filters: 4, kernel: 3, groups: 2).outputShape(for: [4, 4, 3])
            })
        expectTrap(
            "Convolution2D: a window of 3×3 does not fit",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Convolution2D(filters: 4, kernel: 3, dilation: Size2D(.max)).outputShape(for: [4, 4, 3])
            })
    }

    @Test func sizes() async {
        expectTrap(
            "Dense: 0 units",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = Dense(0) })
        expectTrap(
            "Dropout: probability 2.0",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = Dropout(2) })
        expectTrap(
            "Embedding: -1 rows of 3",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Embedding(rows: -1, size: 3)
            })
        expectTrap(
            "Reshape: [6] has not as many elements as [-2, -3]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Reshape([-2, -3]).outputShape(for: [6])
            })
    }

    /// A layer whose inputs have no features has a weight without elements, whatever its initializer divides by.
    @Test func noFeatures() throws {
        for initializer in [Initializer.glorotUniform, .glorotNormal, .heUniform, .heNormal, .orthogonal()] {
            let layer = Dense(3, initializer: initializer)
            let model = layer.built([0])
            #expect(model[layer.weight].shape == [0, 3])
            #expect(try model(Tensor.zeros([2, 0], on: .loop)).scalars() == [0, 0, 0, 0, 0, 0])
        }
    }
}
