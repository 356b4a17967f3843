import Testing
import UnloopBackend
import UnloopTensor

@Suite struct ReductionTests {
    @Test func sumsOverEveryChoiceOfAxes() throws {
        let shape = [2, 3, 4, 2]
        var numbers = TestNumbers(seed: 5)
        let x = numbers.doubles(shape)
        let values = try x.doubles()
        for mask in 1..<16 {
            let axes = (0..<4).filter { mask >> $0 & 1 == 1 }
            let keptAxes = (0..<4).filter { mask >> $0 & 1 == 0 }
            var expected = [Double](repeating: 0, count: keptAxes.reduce(1) { $0 * shape[$1] })
            for (flat, value) in values.enumerated() {
                var (rest, target, step) = (flat, 0, 1)
                for axis in (0..<4).reversed() {
                    if keptAxes.contains(axis) {
                        target += rest % shape[axis] * step
                        step *= shape[axis]
                    }
                    rest /= shape[axis]
                }
                expected[target] += value
            }
            for (result, view) in [(x, "plain"), (x.permuted([3, 1, 0, 2]).permuted([2, 1, 3, 0]), "view")] {
                let sum = result.sum(axes: axes)
                #expect(sum.shape == keptAxes.map { shape[$0] })
                for (a, b) in zip(try sum.doubles(), expected) { #expect(abs(a - b) < 1e-12, "\(axes) \(view)") }
            }
            let kept = x.mean(axes: axes, keepingDimensions: true)
            #expect(kept.shape == (0..<4).map { axes.contains($0) ? 1 : shape[$0] })
        }
    }

    @Test func extremesAndPositions() throws {
        let x = Tensor([[3, 7, 7, 1], [-1, .nan, 2, 0]], on: .loop)
        #expect(try x.argmax().integers() == [1, 1])
        #expect(try x.argmin().integers() == [3, 1])
        #expect(try x.argmax(0).integers() == [0, 1, 0, 0])
        #expect(x.argmax(1, keepingDimensions: true).shape == [2, 1])
        #expect(try x[0].max().item() == 7)
        #expect(try x.max(1).scalars()[1].isNaN)
        #expect(try x.min(0)[0].item() == -1)
        #expect(try x[0].product().item() == 147)
    }

    @Test func statistics() throws {
        let x = Tensor([2, 4, 4, 4, 5, 5, 7, 9], on: .loop)
        #expect(try x.mean().item() == 5)
        #expect(try x.variance().item() == 4)
        #expect(try x.standardDeviation().item() == 2)
        #expect(try abs(x.variance(correction: 1).item() - 32.0 / 7) < 1e-6)
        #expect(try Tensor([3, 4], on: .loop).norm().item() == 5)
    }

    @Test func empty() throws {
        let x = Tensor.zeros([0, 3], on: .loop)
        #expect(try x.sum(0).scalars() == [0, 0, 0])
        #expect(try x.sum(1).scalars() == [])
        #expect(try x.product(0).scalars() == [1, 1, 1])
        #expect(try x.max(0).scalars() == [-.infinity, -.infinity, -.infinity])
        #expect(try matmul(Tensor.zeros([2, 0], on: .loop), x).scalars() == [0, 0, 0, 0, 0, 0])
    }

    @Test func cumulativeSums() throws {
        let x = Tensor([[1, 2, 3], [4, 5, 6]], on: .loop)
        #expect(try x.cumulativeSum().scalars() == [1, 3, 6, 4, 9, 15])
        #expect(try x.cumulativeSum(0).scalars() == [1, 2, 3, 5, 7, 9])
        #expect(try x.cumulativeSum(reversed: true).scalars() == [6, 5, 3, 15, 11, 6])
    }

    @Test func gathering() throws {
        let x = Tensor([[1, 2, 3], [4, 5, 6]], on: .loop)
        let rows = Tensor(int32: [1, 0, 1], on: .loop)
        #expect(try x.gathering(rows).scalars() == [4, 5, 6, 1, 2, 3, 4, 5, 6])
        #expect(try x.gathering(rows, axis: 1).scalars() == [2, 1, 2, 5, 4, 5])
        #expect(try x.gathering(rows, axis: 1).scatteringAdd(rows, axis: 1, size: 3).scalars() == [1, 4, 0, 4, 10, 0])
        #expect(try x.takingAlongLastAxis(Tensor(int32: [2, 0], on: .loop)).scalars() == [3, 4])
        #expect(x.gathering(Tensor(int32: [0, 1, 1, 0], shape: [2, 2], on: .loop)).shape == [2, 2, 3])
        let outside = x.gathering(Tensor(int32: [2], on: .loop))
        #expect(throws: TensorError(operation: "gather", cause: .indexOutOfRange(operation: "gather", bound: 2))) {
            try outside.scalars()
        }
    }

    @Test func random() throws {
        let key = RandomKey(seed: 42, stream: 7)
        let uniform = Tensor.randomUniform([10_000], key, low: -1, high: 3, on: .loop)
        #expect(
            try uniform.isBitEqual(to: Tensor.randomUniform([100, 100], key, low: -1, high: 3, on: .loop).flattened()))
        #expect(try uniform.min().item() >= -1 && uniform.max().item() < 3)
        #expect(try abs(uniform.mean().item() - 1) < 0.05)
        let normal = Tensor.randomNormal([10_000], key.child(1), mean: 2, standardDeviation: 3, on: .loop)
        #expect(try abs(normal.mean().item() - 2) < 0.15)
        #expect(try abs(normal.standardDeviation().item() - 3) < 0.1)
        let coins = Tensor.randomBernoulli([10_000], key.child(2), probability: 0.3, on: .loop)
        #expect(try abs(coins.mean().item() - 0.3) < 0.02)
        var moving = key
        let (first, second) = (moving.next(), moving.next())
        #expect(Set([key, first, second, moving]).count == 4)
        // Zeros for key and counter: the first known answer of the Random123 distribution, word by word.
        let words = try Tensor.randomBits([4], RandomKey(seed: 0), on: .loop).integers().map { UInt32(bitPattern: $0) }
        #expect(words == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    }
}
