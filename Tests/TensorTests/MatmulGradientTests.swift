import Testing
import UnloopBackend
import UnloopTensor

/// Gradients of products whose operands are repeated along the batch.
@Suite struct MatmulGradientTests {
    /// Shapes of both operands: repeated along all, some or none of the axes of the batch, on either side.
    private static let shapes: [([Int], [Int])] = [
        ([7, 5], [3, 5, 2]), ([7, 5], [3, 5, 40]), ([3, 7, 5], [5, 2]), ([2, 3, 7, 5], [5, 2]),
        ([2, 1, 7, 5], [2, 3, 5, 2]),
        ([2, 3, 7, 5], [2, 1, 5, 4]), ([1, 7, 5], [3, 5, 2]), ([2, 1, 7, 5], [4, 5, 2]), ([7, 5], [2, 3, 5, 1]),
        ([1, 5], [3, 5, 1]), ([7, 1], [3, 1, 2]), ([4, 1, 6, 5], [1, 3, 5, 2]), ([300, 17], [2, 17, 3]),
        ([5, 9], [300, 9, 2]),
        ([3, 7, 5], [3, 5, 2]), ([1, 1, 7, 5], [5, 2]),
    ]

    /// Σ over the repeated axes of the products of single matrices, in float64.
    @Test("agree with the sum over the batch", arguments: Self.shapes)
    func values(_ left: [Int], _ right: [Int]) throws {
        var numbers = TestNumbers(seed: 3)
        let (a, b) = (numbers.doubles(left), numbers.doubles(right))
        let product = matmul(a, b)
        let cotangent = numbers.doubles(product.shape)
        let (_, found) = vjp(at: [a, b], { matmul($0[0], $0[1]) }, cotangent: { _ in cotangent })
        let batch = Array(product.shape.dropLast(2))
        func whole(_ x: Tensor) -> Tensor { x.expanded(to: batch + Array(x.shape.suffix(2))).contiguous() }
        func summed(_ x: Tensor, to shape: [Int]) -> Tensor {
            let shift = x.rank - shape.count
            let axes = x.shape.indices.filter { $0 < shift || shape[$0 - shift] != x.shape[$0] }
            return (axes.isEmpty ? x : x.sum(axes: Array(axes))).reshaped(shape)
        }
        let expected = [
            summed(matmul(cotangent, whole(b).transposed()), to: left),
            summed(matmul(whole(a).transposed(), cotangent), to: right),
        ]
        for (found, expected) in zip(found, expected) {
            #expect(found.shape == expected.shape)
            for (x, y) in zip(try found.doubles(), try expected.doubles()) {
                #expect(abs(x - y) <= 1e-12 * (1 + abs(y)))
            }
        }
    }

    @Test("have the same bits on every device", arguments: testedDevices)
    func bits(_ device: Device) throws {
        for (left, right) in Self.shapes {
            var numbers = TestNumbers(seed: 4)
            let (a, b) = (numbers.floats(left), numbers.floats(right))
            func gradients(_ device: Device) -> [Tensor] {
                let x = [a.to(device), b.to(device)]
                return gradient(at: x) { tanh(matmul($0[0], $0[1])).sum() }
                    + gradient(at: x) { x in
                        gradient(at: x) { matmul($0[0], $0[1]).squared().sum() }[0].squared().sum()
                    }
            }
            for (found, expected) in zip(gradients(device), gradients(.loop)) {
                #expect(try found.isBitEqual(to: expected), "\(left) · \(right)")
            }
        }
    }

    @Test("take no memory for the products of a batch")
    func memory() throws {
        let backend = UnreliableBackend()
        let device = Device(backend, label: "counting")
        let weight = Tensor.full([48, 32], 0.5, on: device)
        let columns = Tensor.ones([64, 32, 2], on: device)
        #expect(try gradient(at: weight) { matmul($0, columns).sum() }.scalars().allSatisfy { $0 == 128 })
        let rows = Tensor.ones([64, 2, 48], on: device)
        #expect(try gradient(at: weight) { matmul(rows, $0).sum() }.scalars().allSatisfy { $0 == 128 })
        #expect(backend.largestCount == 64 * 48 * 2)
    }
}
