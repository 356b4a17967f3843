import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// What batch normalization computes and remembers.
@Suite struct NormalizationTests {
    /// The outputs for a batch in training; the model takes over what is remembered of it.
    private func trained(_ model: inout Model<BatchNorm>, _ batch: Tensor) throws -> Tensor {
        let output = model(batch, Pass(model.values, isTraining: true))
        let found = valueWithGradient(of: model) { pass in model(batch, pass).sum() }
        var state = OptimizerState(.sgd(0))
        try state.update(&model, found)
        return output
    }

    @Test("numbers that are large beside their differences", arguments: Device.all)
    func shifted(_ device: Device) throws {
        for shift in [0, 1e3, 1e6, -1e6] as [Float] {
            let layer = BatchNorm(momentum: 0, epsilon: 0)
            var model = Model(layer)
            model.build(inputShape: [1], on: device, seed: 1)
            let x = Tensor((0..<10_000).map { shift + Float($0 % 2) }, shape: [10_000, 1], on: device)
            let y = try trained(&model, x).scalars()
            let expected = (0..<10_000).map { Float($0 % 2 == 0 ? -1 : 1) }
            let largest = zip(y, expected).map { abs($0 - $1) }.max() ?? 1
            #expect(largest < 1e-6, "\(shift)")
            #expect(try model[layer.runningMean].item() == shift + 0.5)
            let variance = Double(try model[layer.runningVariance].item())
            let unbiased = 0.25 * 10_000 / 9_999
            #expect(abs(variance - unbiased) < 1e-6)
        }
    }

    @Test("a batch with one element for a channel leaves the running variance", arguments: Device.all)
    func batchOfOne(_ device: Device) throws {
        let layer = BatchNorm(momentum: 0.5)
        var model = Model(layer)
        model.build(inputShape: [2], on: device, seed: 1)
        let y = try trained(&model, Tensor([[3, -5]], on: device)).scalars()
        #expect(y == [0, 0])
        #expect(try model[layer.runningVariance].scalars() == [1, 1])
        #expect(try model[layer.runningMean].scalars() == [1.5, -2.5])
        // Two elements are enough, whether they are examples or positions.
        _ = try trained(&model, Tensor([[1, 0], [3, 4]], on: device))
        #expect(try model[layer.runningVariance].scalars() == [1.5, 4.5])
        var images = Model(layer)
        images.build(inputShape: [1, 2, 1], on: device, seed: 1)
        _ = try trained(&images, Tensor([1, 3], shape: [1, 1, 2, 1], on: device))
        #expect(try images[layer.runningVariance].scalars() == [1.5])
        // None at all change nothing.
        _ = try trained(&model, Tensor.zeros([0, 2], on: device))
        #expect(try model[layer.runningVariance].scalars() == [1.5, 4.5])
        #expect(try model[layer.runningMean].scalars() == [1.75, -0.25])
    }

    @Test("a last batch of one example does not change the running variance", arguments: Device.all)
    func lastBatch(_ device: Device) throws {
        let features = samples([33, 3], on: device)
        let data = Dataset(features: features, labels: Tensor.zeros([33, 1], on: device))
        let layer = BatchNorm(momentum: 0.9)
        var model = Model(Sequential([layer, Dense(1)]))
        try model.fit(
            data, loss: .meanSquaredError, epochs: 1, batchSize: 32, seed: 1, on: device, progress: .silent)
        // A tenth of about 4/3, the variance of these numbers, beside nine tenths of the start; 0 would leave nine tenths of that.
        for value in try model[layer.runningVariance].scalars() { #expect(value > 0.98) }
    }
}
