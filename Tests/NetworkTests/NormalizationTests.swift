import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// What batch normalization computes and remembers.
@Suite struct NormalizationTests {
    private func trained(_ layer: BatchNorm, _ batch: Tensor) -> Tensor {
        layer.forward(batch, Pass(isTraining: true))
    }

    @Test("numbers that are large beside their differences", arguments: Device.all)
    func shifted(_ device: Device) throws {
        for shift in [0, 1e3, 1e6, -1e6] as [Float] {
            let layer = BatchNorm(momentum: 0, epsilon: 0)
            layer.build(inputShape: [1], on: device, seed: 1)
            let x = Tensor((0..<10_000).map { shift + Float($0 % 2) }, shape: [10_000, 1], on: device)
            let y = try trained(layer, x).scalars()
            let expected = (0..<10_000).map { Float($0 % 2 == 0 ? -1 : 1) }
            let largest = zip(y, expected).map { abs($0 - $1) }.max() ?? 1
            #expect(largest < 1e-6, "\(shift)")
            #expect(try layer.runningMean.value.item() == shift + 0.5)
            let variance = Double(try layer.runningVariance.value.item())
            let unbiased = 0.25 * 10_000 / 9_999
            #expect(abs(variance - unbiased) < 1e-6)
        }
    }

    @Test("a batch with one element for a channel leaves the running variance", arguments: Device.all)
    func batchOfOne(_ device: Device) throws {
        let layer = BatchNorm(momentum: 0.5)
        layer.build(inputShape: [2], on: device, seed: 1)
        let y = try trained(layer, Tensor([[3, -5]], on: device)).scalars()
        #expect(y == [0, 0])
        #expect(try layer.runningVariance.value.scalars() == [1, 1])
        #expect(try layer.runningMean.value.scalars() == [1.5, -2.5])
        // Two elements are enough, whether they are examples or positions.
        _ = trained(layer, Tensor([[1, 0], [3, 4]], on: device))
        #expect(try layer.runningVariance.value.scalars() == [1.5, 4.5])
        let images = BatchNorm(momentum: 0.5)
        images.build(inputShape: [1, 2, 1], on: device, seed: 1)
        _ = trained(images, Tensor([1, 3], shape: [1, 1, 2, 1], on: device))
        #expect(try images.runningVariance.value.scalars() == [1.5])
        // None at all change nothing.
        _ = trained(layer, Tensor.zeros([0, 2], on: device))
        #expect(try layer.runningVariance.value.scalars() == [1.5, 4.5])
        #expect(try layer.runningMean.value.scalars() == [1.75, -0.25])
    }

    @Test("a last batch of one example does not change the running variance", arguments: Device.all)
    func lastBatch(_ device: Device) throws {
        let features = samples([33, 3], on: device)
        let data = Dataset(features: features, labels: Tensor.zeros([33, 1], on: device))
        let layer = BatchNorm(momentum: 0.9)
        try Sequential([layer, Dense(1)]).fit(
            data, loss: .meanSquaredError, epochs: 1, batchSize: 32, seed: 1, on: device, progress: .silent)
        // A tenth of about 4/3, the variance of these numbers, beside nine tenths of the start; 0 would leave nine tenths of that.
        for value in try layer.runningVariance.value.scalars() { #expect(value > 0.98) }
    }
}
