import Testing
import UnloopBackend
import UnloopTensor

/// The same bits on every device.
@Suite struct DeviceEqualityTests {
    /// A small convolutional classifier: its loss and the gradients of all weights, and random numbers to begin with.
    private func classifier(on device: Device) -> [Tensor] {
        let key = RandomKey(seed: 2026)
        let images = Tensor.randomNormal([5, 9, 8, 3], key.child(0), on: device)
        let labels = Tensor.randomUniform([5], key.child(1), high: 4, on: device).to(.int32)
        let mask = Tensor.randomBernoulli([5, 4, 4, 6], key.child(2), probability: 0.8, on: device)
        let shapes = [[3, 3, 3, 6], [6], [96, 20], [20], [20, 4], [4]]
        let weights = shapes.enumerated().map { position, shape in
            Tensor.randomNormal(shape, key.child(UInt64(10 + position)), standardDeviation: 0.3, on: device)
        }
        let (loss, gradients) = valueWithGradient(at: weights) { w in
            let convolved = softplus(convolution2D(images, w[0], padding: .same) + w[1])
            let pooled = maxPool2D(convolved, window: 2) * mask
            let hidden = tanh(matmul(pooled.flattened(from: 1), w[2]) + w[3])
            let normalized =
                (hidden - hidden.mean(1, keepingDimensions: true))
                / sqrt(hidden.variance(1, keepingDimensions: true) + 1e-5)
            let logits = matmul(gelu(normalized), w[4]) + w[5]
            return -logits.logSoftmax().takingAlongLastAxis(labels).mean()
        }
        return [images, labels.to(.float32), mask] + weights + [loss] + gradients
    }

    @Test(arguments: testedDevices) func training(_ device: Device) throws {
        let expected = classifier(on: .loop)
        for (position, (result, truth)) in zip(classifier(on: device), expected).enumerated() {
            #expect(try result.isBitEqual(to: truth), "tensor \(position) on \(device)")
        }
    }

    /// Every differentiable operation and its gradient, in float32.
    @Test(arguments: testedDevices, DifferentiableOperation.all)
    func operation(_ device: Device, _ operation: DifferentiableOperation) throws {
        func results(on device: Device) -> [Tensor] {
            var numbers = TestNumbers(seed: 13)
            let x = operation.shapes.map { numbers.floats($0, operation.low, operation.high, on: device) }
            let value = operation.function(x)
            return [value] + gradient(at: x) { operation.function($0).squared().sum() }
        }
        for (result, truth) in zip(results(on: device), results(on: .loop)) {
            #expect(try result.isBitEqual(to: truth), "\(operation.name) on \(device)")
        }
    }

    @Test(arguments: testedDevices) func random(_ device: Device) throws {
        let key = RandomKey(seed: 0xfedc_ba98_7654_3210, stream: 0x8000_0000_ffff_ffff)
        for count in [1, 3, 4, 5, 1000] {
            #expect(
                try Tensor.randomNormal([count], key, on: device).isBitEqual(
                    to: Tensor.randomNormal([count], key, on: .loop)))
            #expect(
                try Tensor.randomBits([count], key, on: device).isBitEqual(
                    to: Tensor.randomBits([count], key, on: .loop)))
        }
    }
}
