import Testing
import UnloopBackend
import UnloopTensor

/// The cotangents of many slices of one tensor are added up in one place; that is a matter of speed only.
@Suite("Gradients of slices") struct SliceGradientTests {
    private func numbers(_ shape: [Int], seed: UInt64, on device: Device = .loop) -> Tensor {
        Tensor.randomUniform(shape, RandomKey(seed: seed), low: -1, high: 1, on: device)
    }

    @Test("overlapping, strided and reversed slices, with other uses of the tensor between them")
    func overlapping() throws {
        var reference: Tensor?
        for device in testedDevices {
            let x = numbers([4, 6], seed: 1, on: device)
            let found = gradient(at: x) { x in
                var sum = (x[.all, 1..<4] * 2).sum() + (x[1] * x[.all, 2][0]).sum()
                sum = sum + (x * x).sum() + (x[.reversed, .every(2)] * x[.all, .every(-2)]).sum()
                for column in x.unstacked(axis: 1) { sum = sum + (column * column * column).sum() }
                return sum + x[-1, -1].reshaped([])
            }
            if let reference { #expect(try found.isBitEqual(to: reference)) }
            reference = reference ?? found

            let values = try x.doubles()
            func value(_ row: Int, _ column: Int) -> Double { values[row * 6 + column] }
            var expected = values.map { 2 * $0 + 3 * $0 * $0 }
            for row in 0..<4 {
                for column in 1..<4 { expected[row * 6 + column] += 2 }
                for (position, column) in [0, 2, 4].enumerated() {
                    let other = [5, 3, 1][position]
                    expected[(3 - row) * 6 + column] += value(row, other)
                    expected[row * 6 + other] += value(3 - row, column)
                }
            }
            for column in 0..<6 {
                expected[6 + column] += value(0, 2)
                expected[2] += value(1, column)
            }
            expected[23] += 1
            for (a, b) in zip(try found.doubles(), expected) { #expect(abs(a - b) < 1e-5) }
        }
    }

    @Test("the cotangent that several tensors share is not changed")
    func shared() throws {
        // y's cotangent is also that of the other summand; adding slices of x to it in place would change both.
        let found = gradient(at: [numbers([3], seed: 2), numbers([3], seed: 3)]) { x in
            let y = x[0] + x[1]
            return (y * 5).sum() + x[0][0].reshaped([]) + x[0][1].reshaped([]) + x[0][0].reshaped([])
        }
        #expect(try found[0].scalars() == [7, 6, 5])
        #expect(try found[1].scalars() == [5, 5, 5])
    }

    @Test("derivatives of derivatives flow through slices")
    func secondDerivative() throws {
        let x = Tensor([1, 2, 3], on: .loop)
        let product = hessianVectorProduct(at: x, Tensor([1, 10, 100], on: .loop)) { x in
            x.unstacked().reduce(Tensor(1, on: .loop)) { $0 * $1 } + (x[0..<2] * x[0..<2] * x[1..<3]).sum()
        }
        // f = x0 x1 x2 + x0² x1 + x1² x2
        let hessian: [[Float]] = [[4, 5, 2], [5, 6, 5], [2, 5, 0]]
        #expect(try product.scalars() == hessian.map { $0[0] + 10 * $0[1] + 100 * $0[2] })
    }
}
