import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Layers of convolution and pooling in one, two and three dimensions. What they compute is held to PyTorch in TensorTests.
@Suite struct ConvolutionLayerTests {
    /// Each with the shape of an example and the shape that it gives, worked out by hand.
    private static func layers() -> [(layer: any Layer, input: [Int], output: [Int])] {
        let add: @Sendable (Tensor) -> Tensor = { windows in windows.sum(-1) }
        return [
            (Convolution1D(filters: 3, kernel: 3, stride: 4), [44, 2], [11, 3]),
            (
                Convolution1D(filters: 4, kernel: 3, padding: .causal, dilation: 2, groups: 2, bias: false), [6, 2],
                [6, 4]
            ),
            (Convolution1D(filters: 2, kernel: 2, stride: 2, padding: .same, activation: .relu), [7, 1], [4, 2]),
            (Convolution1D(filters: 2, kernel: 2, padding: .explicit(before: 0, after: 3)), [7, 1], [9, 2]),
            (Convolution3D(filters: 2, kernel: 3, activation: .tanh), [4, 5, 6, 1], [2, 3, 4, 2]),
            (
                Convolution3D(
                    filters: 4, kernel: Size3D(2, 1, 3), stride: Size3D(1, 2, 1), padding: .same, groups: 2, bias: false
                ),
                [3, 5, 4, 2], [3, 3, 4, 4]
            ),
            (Convolution3D(filters: 1, kernel: 2, padding: .explicit(1), dilation: 2), [3, 3, 4, 2], [3, 3, 4, 1]),
            (TransposedConvolution2D(filters: 3, kernel: 3, stride: 2, padding: .same), [4, 5, 2], [8, 10, 3]),
            (
                TransposedConvolution2D(
                    filters: 4, kernel: 3, stride: 2, padding: .explicit(1), outputPadding: 1, groups: 2,
                    activation: .relu),
                [4, 5, 2], [8, 10, 4]
            ),
            (
                TransposedConvolution2D(filters: 1, kernel: Size2D(2, 3), dilation: 2, bias: false), [3, 3, 2],
                [5, 7, 1]
            ),
            (TransposedConvolution1D(filters: 3, kernel: 4, stride: 2, padding: .explicit(1)), [5, 2], [10, 3]),
            (
                TransposedConvolution1D(filters: 2, kernel: 3, stride: 3, padding: .same, activation: .relu), [5, 1],
                [15, 2]
            ),
            (TransposedConvolution3D(filters: 3, kernel: 3, stride: 2, padding: .same), [2, 3, 4, 1], [4, 6, 8, 3]),
            (
                TransposedConvolution3D(
                    filters: 2, kernel: Size3D(2, 1, 3), stride: Size3D(2, 1, 1), padding: .explicit(1),
                    outputPadding: Size3D(1, 0, 0), groups: 2, activation: .relu), [3, 4, 4, 2], [5, 2, 4, 2]
            ),
            (Pooling2D(2, add), [5, 6, 3], [2, 3, 3]),
            (Pooling2D(Size2D(3, 2), stride: 1, add), [5, 6, 3], [3, 5, 3]),
            (MaxPooling1D(2), [7, 3], [3, 3]), (MaxPooling1D(3, stride: 2, padding: .same), [7, 3], [4, 3]),
            (AveragePooling1D(2, stride: 1), [7, 3], [6, 3]),
            (AveragePooling1D(3, padding: .explicit(1)), [7, 3], [3, 3]),
            (MaxPooling3D(2), [4, 5, 6, 2], [2, 2, 3, 2]),
            (MaxPooling3D(Size3D(1, 2, 3), stride: 1, padding: .same), [4, 5, 6, 2], [4, 5, 6, 2]),
            (AveragePooling3D(2, stride: Size3D(2, 1, 1)), [4, 5, 6, 2], [2, 4, 5, 2]),
            (AveragePooling3D(3, padding: .explicit(1)), [4, 5, 6, 2], [2, 2, 2, 2]),
            (GlobalMaxPooling(), [7, 3], [3]), (GlobalMaxPooling(), [4, 5, 2], [2]),
            (GlobalAveragePooling(), [4, 5, 2], [2]), (GlobalAveragePooling(), [2, 4, 5, 3], [3]),
            (AdaptiveMaxPooling1D(3), [7, 2], [3, 2]), (AdaptiveAveragePooling1D(2), [6, 2], [2, 2]),
            (AdaptiveMaxPooling2D(3), [7, 5, 2], [3, 3, 2]),
            (AdaptiveAveragePooling2D(Size2D(2, 1)), [7, 5, 2], [2, 1, 2]),
            (AdaptiveMaxPooling3D(2), [4, 3, 5, 1], [2, 2, 2, 1]),
            (AdaptiveAveragePooling3D(Size3D(2, 1, 3)), [4, 3, 5, 1], [2, 1, 3, 1]),
        ]
    }

    @Test func announcedShapesAreTrue() {
        func check(_ layer: some Layer, _ input: [Int], _ output: [Int]) {
            #expect(layer.outputShape(for: input) == output, "\(layer.kind)")
            let model = layer.built(input, seed: 3)
            #expect(model(samples([2] + input)).shape == [2] + output, "\(layer.kind)")
        }
        for (layer, input, output) in Self.layers() { check(layer, input, output) }
    }

    /// Bias and activation in the convolution's pass are what they are by themselves.
    @Test func biasAndActivationFollowTheConvolution() throws {
        func check<L: ConvolutionLayer>(
            _ layer: L, _ inputShape: [Int], _ expected: (_ x: Tensor, _ weight: Tensor, _ bias: Tensor) -> Tensor
        ) throws {
            var model = layer.built(inputShape)
            model[layer.bias] = samples([layer.filters], seed: 9)
            let x = samples([2] + inputShape)
            let y = expected(x, model[layer.weight], model[layer.bias])
            #expect(try model(x).isBitEqual(to: y), "\(layer.kind)")
        }
        try check(Convolution1D(filters: 3, kernel: 2, padding: .causal, activation: .relu), [6, 2]) {
            relu(convolution1D($0, $1, padding: .causal) + $2)
        }
        try check(Convolution3D(filters: 2, kernel: 2, activation: .sigmoid), [3, 4, 3, 1]) {
            sigmoid(convolution3D($0, $1) + $2)
        }
        try check(TransposedConvolution2D(filters: 2, kernel: 3, stride: 2, activation: .tanh), [3, 2, 3]) {
            tanh(transposedConvolution2D($0, $1, stride: 2) + $2)
        }
    }

    /// Parameters do not depend on sizes of inputs; pooling has none.
    @Test func parametersAreCounted() {
        #expect(Convolution1D(filters: 10, kernel: 3).built([50, 3]).parameterCount == 3 * 3 * 10 + 10)
        #expect(Convolution3D(filters: 10, kernel: 3).built([5, 6, 7, 3]).parameterCount == 27 * 3 * 10 + 10)
        #expect(Convolution3D(filters: 4, kernel: 3, groups: 2).built([3, 3, 3, 4]).parameterCount == 27 * 2 * 4 + 4)
        #expect(TransposedConvolution2D(filters: 10, kernel: 3).built([6, 6, 3]).parameterCount == 280)
        #expect(
            TransposedConvolution1D(filters: 4, kernel: 5, groups: 2).built([6, 6]).parameterCount == 5 * 2 * 6 + 4)
        func checkNone(_ layer: some Layer, _ input: [Int]) {
            #expect(layer.built(input).parameterCount == 0, "\(layer.kind)")
        }
        for (layer, input, _) in Self.layers() where layer.kind.contains("Pooling") { checkNone(layer, input) }
    }

    /// Whatever the size of its images, one network with global pooling classifies them.
    @Test func globalPoolingFreesTheSize() {
        let model = Model {
            Convolution2D(filters: 4, kernel: 3, activation: .relu)
            GlobalAveragePooling()
            Dense(3)
        }.built([8, 8, 1])
        #expect(model(samples([2, 8, 8, 1])).shape == [2, 3])
        #expect(model(samples([2, 21, 13, 1])).shape == [2, 3])
        // No images at all are none that are wrong.
        #expect(model(Tensor.zeros([0, 8, 8, 1], on: .loop)).shape == [0, 3])
        #expect(globalMaxPool(Tensor.zeros([0, 4, 2], on: .loop)).shape == [0, 2])
    }

    /// Networks of these layers train to the same weights on every device.
    @Test func trainingIsTheSameOnEveryDevice() throws {
        func check(_ inputShape: [Int], _ unbuilt: Model<Sequential>) throws {
            let hashes = try DeviceTests.devices().map { device in
                var model = unbuilt
                let data = Dataset(
                    features: samples([12] + inputShape, seed: 3, on: device),
                    labels: Tensor(int32: (0..<12).map { Int32($0 * 7 % 3) }, on: device))
                try model.fit(
                    data, loss: .softmaxCrossEntropy, optimizer: .adam(0.01), epochs: 2, batchSize: 8, seed: 11,
                    on: device, progress: .silent)
                return try model.weightsSHA256()
            }
            #expect(Set(hashes).count == 1, "\(hashes)")
        }
        try check(
            [11, 2],
            Model {
                Convolution1D(filters: 4, kernel: 3, padding: .causal, dilation: 2, groups: 2, activation: .relu)
                MaxPooling1D(2, stride: 1)
                TransposedConvolution1D(filters: 3, kernel: 3, stride: 2, padding: .same, activation: .tanh)
                AdaptiveAveragePooling1D(7)
                Flatten()
                Dense(3)
            })
        try check(
            [3, 5, 4, 1],
            Model {
                Convolution3D(filters: 4, kernel: 2, padding: .same, activation: .relu)
                AveragePooling3D(2, stride: 1)
                TransposedConvolution3D(filters: 4, kernel: 2, stride: 2, groups: 2, activation: .tanh)
                Convolution3D(filters: 2, kernel: Size3D(1, 2, 2), stride: Size3D(1, 2, 1), groups: 2)
                MaxPooling3D(Size3D(2, 1, 1))
                GlobalMaxPooling()
                Dense(3)
            })
        try check(
            [5, 6, 2],
            Model {
                Convolution2D(filters: 3, kernel: 2, stride: 2, activation: .relu)
                TransposedConvolution2D(
                    filters: 2, kernel: 3, stride: 2, padding: .explicit(1), outputPadding: 1, activation: .relu)
                Pooling2D(2, stride: 1) { $0.norm(-1) }
                AdaptiveMaxPooling2D(2)
                Flatten()
                Dense(3)
            })
    }

    private func expectTrap(_ text: String, _ result: ExitTest.Result?) {
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains(text), "\(output)")
    }

    @Test func mistakesAreNamed() async {
        expectTrap(
            "Convolution1D: a window of 5 does not fit into a sequence of [4, 1]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Convolution1D(filters: 1, kernel: 5).built([4, 1])
            })
        expectTrap(
            "Convolution3D: an example has the shape [4, 4, 4, 3], not [depth, height, width, channels] for 2 groups",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Convolution3D(filters: 2, kernel: 1, groups: 2).built([4, 4, 4, 3])
            })
        expectTrap(
            "MaxPooling3D: a window of 2×2×2 does not fit into a volume of [1, 4, 4, 3]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = MaxPooling3D(2).outputShape(for: [1, 4, 4, 3])
            })
        expectTrap(
            "AdaptiveMaxPooling2D: an example has the shape [4, 4], not 2 axes of positions and one of channels",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = AdaptiveMaxPooling2D(2).outputShape(for: [4, 4])
            })
        expectTrap(
            "TransposedConvolution2D: output padding 1×1 beside padding .same, which fixes the size",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = TransposedConvolution2D(filters: 1, kernel: 3, stride: 2, padding: .same, outputPadding: 1)
                    .built([4, 4, 1])
            })
    }
}
