import Testing
import UnloopBackend
import UnloopTensor

/// The samples of the lecture notes, on every device. Printed figures have eight digits; where one disagrees with its formula,
/// the formula counts.
@Suite struct LectureTests {
    private let x1: [Float] = [5, 1, 0, 3, 8, 2, 5, 6, 0, 1, 2, 5, 9, 0, 7]
    private let x2: [Float] = [2, 5, 2, 0, 3, 2, 2, 9, 1, 0, 2, 5, 4, 0, 9]

    /// Within a relative 2^-21: eight operations of float32, more than any of these formulas has.
    private func expect(_ tensor: Tensor, _ figures: [Double], _ location: SourceLocation = #_sourceLocation) throws {
        let values = try tensor.doubles()
        #expect(values.count == figures.count, sourceLocation: location)
        for (value, figure) in zip(values, figures) {
            #expect(abs(value - figure) <= abs(figure) * 0x1p-21, sourceLocation: location)
        }
    }

    @Test(arguments: testedDevices) func loopVersusVectorized(_ device: Device) throws {
        let (a, b) = (Tensor(x1, on: device), Tensor(x2, on: device))
        #expect(try dot(a, b).item() == 235)
        #expect(try (a * b).scalars() == [10, 5, 0, 0, 24, 4, 10, 54, 0, 0, 4, 25, 36, 0, 63])
        #expect(try outer(a, b).scalars() == x1.flatMap { x in x2.map { x * $0 } })
        let w = Tensor.randomUniform([3, 15], RandomKey(seed: 1), on: device)
        let rows = try w.scalars()
        var byLoop: [Double] = [0, 0, 0]
        for i in 0..<3 {
            for j in 0..<15 { byLoop[i] += Double(rows[15 * i + j]) * Double(x1[j]) }
        }
        try expect(dot(w, a), byLoop)
    }

    @Test(arguments: testedDevices) func broadcasting(_ device: Device) throws {
        let column = Tensor([[1], [2], [3]], on: device)
        #expect(try (column + 10).scalars() == [11, 12, 13])
        #expect(try (column + Tensor([[10]], on: device)).scalars() == [11, 12, 13])
        #expect(try (column + Tensor([[10], [10], [10]], on: device)).scalars() == [11, 12, 13])
        let x = Tensor([[1, 2, 3], [4, 5, 6]], on: device)
        #expect(try (x + Tensor([[10, 20, 30]], on: device)).scalars() == [11, 22, 33, 14, 25, 36])
        #expect(try (x + Tensor([[10], [20]], on: device)).scalars() == [11, 12, 13, 24, 25, 26])
        #expect(try (x - Tensor([[10], [20]], on: device)).scalars() == [-9, -8, -7, -16, -15, -14])
        #expect(try (x * Tensor([[10, 20, 30]], on: device)).scalars() == [10, 40, 90, 40, 100, 180])
        #expect(try (x / Tensor([[1], [2]], on: device)).scalars() == [1, 2, 3, 2, 2.5, 3])
    }

    @Test(arguments: testedDevices) func activations(_ device: Device) throws {
        let x = Tensor([-2, -1, 0, 1, 2], on: device)
        try expect(sigmoid(x), [0.11920292, 0.26894142, 0.5, 0.73105858, 0.88079708])
        try expect(
            gradient(at: x) { sigmoid($0).sum() }, [0.10499359, 0.19661193, 0.25, 0.19661193, 0.10499359])
        try expect(tanh(x), [-0.9640275801, -0.7615941560, 0, 0.7615941560, 0.9640275801])
        #expect(try relu(x).scalars() == [0, 0, 0, 1, 2])
        #expect(try leakyRelu(x, slope: 0.25).scalars() == [-0.5, -0.25, 0, 1, 2])
        try expect(softplus(x), [0.1269280110, 0.3132616875, 0.6931471806, 1.3132616875, 2.1269280110])
        let large = Tensor([-1e4, 1e4], on: device)
        #expect(try softplus(large).scalars() == [0, 1e4])
        #expect(try sigmoid(large).scalars() == [0, 1])
        #expect(try Tensor([[-1e4, 1e4]], on: device).softmax().scalars() == [0, 1])
    }

    @Test(arguments: testedDevices) func softmax(_ device: Device) throws {
        let x = Tensor([[0, 9, 3, 0], [3, 0, 8, 1]], on: device)
        try expect(
            x.softmax(),
            [
                1.23074356e-04, 9.97281837e-01, 2.47201452e-03, 1.23074356e-04, 6.68456877e-03, 3.32805082e-04,
                9.92077968e-01, 9.04658008e-04,
            ])
    }

    @Test(arguments: testedDevices) func losses(_ device: Device) throws {
        let estimate = Tensor([0.78, 0.89, 0.12, 0.08, 0.97], on: device)
        let truth = Tensor([1, 1, 0, 0, 1], on: device)
        try expect(abs(estimate - truth).sum(), [0.56])
        try expect((estimate - truth).squared().sum(), [0.0822])
        try expect(-(truth * log(estimate) + (1 - truth) * log(1 - estimate)).sum(), [0.6066693634880955])
    }

    @Test(arguments: testedDevices) func normalization(_ device: Device) throws {
        let x = Tensor([[3, 2, 4], [1, 8, 2]], on: device)
        try expect(
            x / x.norm(1, keepingDimensions: true),
            [0.55708601, 0.37139068, 0.74278135, 0.12038585, 0.96308682, 0.24077171])
        let features = Tensor([[1, 10], [2, 30], [6, 20]], on: device)
        let scaled =
            (features - features.mean(0, keepingDimensions: true))
            / features.standardDeviation(0, keepingDimensions: true)
        for value in try scaled.mean(0).scalars() { #expect(abs(value) < 1e-6) }
        for value in try scaled.variance(0).scalars() { #expect(abs(value - 1) < 1e-6) }
    }

    /// One example at a time and all at once; examples as columns and as rows.
    @Test(arguments: testedDevices) func vectorizingAcrossExamples(_ device: Device) throws {
        let x = Tensor.randomNormal([6, 4], RandomKey(seed: 3), on: device)
        let w = Tensor.randomNormal([4, 5], RandomKey(seed: 4), on: device)
        let b = Tensor.randomNormal([5], RandomKey(seed: 5), on: device)
        let rows = sigmoid(matmul(x, w) + b)
        let columns = sigmoid(matmul(w.transposed(), x.transposed()) + b.reshaped(5, 1))
        #expect(try rows.isBitEqual(to: columns.transposed()))
        for example in 0..<6 {
            #expect(try sigmoid(matmul(x[example..<example + 1], w) + b)[0].isBitEqual(to: rows[example]))
        }
    }

    @Test(arguments: testedDevices) func imageToVector(_ device: Device) throws {
        let values: [[[Float]]] = [
            [[0.139, 0.381], [0.982, 0.647], [0.251, 0.551]], [[0.219, 0.647], [0.703, 0.845], [0.397, 0.313]],
            [[0.855, 0.165], [0.313, 0.937], [0.279, 0.077]],
        ]
        let vector = Tensor(values, on: device).reshaped(-1, 1)
        #expect(vector.shape == [18, 1])
        #expect(try vector.scalars() == values.flatMap { $0.flatMap { $0 } })
    }

    @Test(arguments: testedDevices) func pooling(_ device: Device) throws {
        let image = Tensor([[8, 4, 2, 1], [9, 3, 2, 8], [1, 5, 7, 1], [2, 0, 3, 7]], on: device).reshaped(1, 4, 4, 1)
        #expect(try maxPool2D(image, window: 2).scalars() == [9, 8, 5, 7])
    }
}
