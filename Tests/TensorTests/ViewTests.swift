import Testing
import UnloopBackend
import UnloopTensor

/// Views against index arithmetic in plain Swift.
@Suite struct ViewTests {
    /// 0, 1, 2, … in row-major order.
    private func counting(_ shape: [Int]) -> Tensor {
        Tensor.sequence(count: shape.reduce(1, *), on: .loop).reshaped(shape)
    }

    /// The elements `f(index)` for all indices of a shape in row-major order.
    private func expected(_ shape: [Int], _ f: ([Int]) -> Int) -> [Float] {
        var result: [Float] = []
        func walk(_ index: [Int]) {
            if index.count == shape.count { return result.append(Float(f(index))) }
            for i in 0..<shape[index.count] { walk(index + [i]) }
        }
        walk([])
        return result
    }

    @Test func slicing() throws {
        let x = counting([4, 5, 6])
        func at(_ i: Int, _ j: Int, _ k: Int) -> Int { (i * 5 + j) * 6 + k }
        func check(_ view: Tensor, _ shape: [Int], _ f: ([Int]) -> Int) throws {
            #expect(view.shape == shape)
            #expect(try view.scalars() == expected(shape, f))
        }
        try check(x[1], [5, 6]) { at(1, $0[0], $0[1]) }
        try check(x[-1, -2, -3], []) { _ in at(3, 3, 3) }
        try check(x[1..<3], [2, 5, 6]) { at($0[0] + 1, $0[1], $0[2]) }
        try check(x[1...2, .all, 3...], [2, 5, 3]) { at($0[0] + 1, $0[1], $0[2] + 3) }
        try check(x[..<2, ...3], [2, 4, 6]) { at($0[0], $0[1], $0[2]) }
        try check(x[.every(2), 0, .every(-2)], [2, 3]) { at(2 * $0[0], 0, 5 - 2 * $0[1]) }
        try check(x[.range(1..<4, every: 2), .reversed, 5], [2, 5]) { at(1 + 2 * $0[0], 4 - $0[1], 5) }
        try check(x[.newAxis, 2, .all, .newAxis, 0], [1, 5, 1]) { at(2, $0[1], 0) }
        try check(x[2..<2], [0, 5, 6]) { _ in 0 }
        // Slices of slices and of transposes.
        try check(x[1...][.every(2)][1], [5, 6]) { at(3, $0[0], $0[1]) }
        try check(x.permuted([2, 0, 1])[1..<3, .reversed, 4], [2, 4]) { at(3 - $0[1], 4, $0[0] + 1) }
    }

    @Test("negative bounds count from the end in every kind of range", arguments: testedDevices)
    func negativeBounds(_ device: Device) throws {
        let x = Tensor([0, 1, 2, 3, 4], on: device)
        let expected: [(Tensor, [Float])] = [
            (x[...(-1)], [0, 1, 2, 3, 4]), (x[...(-2)], [0, 1, 2, 3]), (x[...(-5)], [0]),
            (x[..<(-1)], [0, 1, 2, 3]), (x[..<(-4)], [0]), (x[..<(-5)], []),
            (x[(-2)...], [3, 4]), (x[(-5)...], [0, 1, 2, 3, 4]),
            (x[-3 ..< -1], [2, 3]), (x[-3 ... -1], [2, 3, 4]), (x[-5 ..< -5], []), (x[-2..<4], [3]),
            (x[-4...3], [1, 2, 3]),
            (x[.range(-4 ..< -1, every: 2)], [1, 3]), (x[.range(-4 ..< -1, every: -2)], [3, 1]),
            (x[.from(0, to: -1)], [0, 1, 2, 3]), (x[.from(1, to: -1, every: 2)], [1, 3]),
            (x[.from(-3, to: 4)], [2, 3]),
            (x[.from(0, to: 5, every: -2)], [4, 2, 0]), (x[.from(0, to: -1, every: .max)], [0]),
            (x[.every(.min)], [4]), (x[1...], [1, 2, 3, 4]), (x[5...], []), (x[...4], [0, 1, 2, 3, 4]), (x[0..<0], []),
            (x.sliced(axis: 0, -2 ..< -1), [3]), (x.sliced(axis: -1, 1..<3), [1, 2]),
        ]
        for (position, (found, values)) in expected.enumerated() {
            #expect(try found.scalars() == values, "\(position)")
        }
        let rows = Tensor.sequence(count: 12, on: device).reshaped(3, 4)
        #expect(try rows[(-2)..., ..<(-2)].scalars() == [4, 5, 8, 9])
        #expect(
            try gradient(at: rows) { $0[-2 ... -1, (-1)...].sum() }.scalars() == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1])
        let nothing = Tensor.zeros([0], on: device)
        #expect(try nothing[...(-1)].scalars() == [])
        #expect(try nothing[0...].scalars() == [])
    }

    @Test func permuting() throws {
        let x = counting([2, 3, 4])
        let y = x.permuted([2, 0, 1])
        #expect(y.shape == [4, 2, 3])
        #expect(try y.scalars() == expected([4, 2, 3]) { ($0[1] * 3 + $0[2]) * 4 + $0[0] })
        #expect(try x.transposed().scalars() == expected([2, 4, 3]) { ($0[0] * 3 + $0[2]) * 4 + $0[1] })
        #expect(try x.transposed(0, 2).scalars() == expected([4, 3, 2]) { ($0[2] * 3 + $0[1]) * 4 + $0[0] })
        #expect(try x.permuted([0, 1, -1]).isBitEqual(to: x))
    }

    @Test func reshaping() throws {
        let x = counting([4, 6])
        #expect(x.reshaped(2, -1).shape == [2, 12])
        #expect(x.reshaped(2, 2, 1, 3, 2).shape == [2, 2, 1, 3, 2])
        #expect(try x.reshaped(24).scalars() == x.scalars())
        // Of views that need no copy, and of those that do.
        for view in [x[.all, 1..<3], x[.every(2)], x.transposed(), x.flipped(0), x.flipped(1), x.flipped(0, 1)] {
            let plain = try view.scalars()
            for shape in [[view.count], [1, view.count, 1], [2, view.count / 2], [view.count / 4, 2, 2]] {
                #expect(try view.reshaped(shape).scalars() == plain)
                #expect(try view.reshaped(shape).contiguous().scalars() == plain)
            }
        }
        let repeated = counting([3]).expanded(to: [2, 3])
        #expect(try repeated.reshaped(6).scalars() == [0, 1, 2, 0, 1, 2])
        #expect(Tensor.zeros([0, 3], on: .loop).reshaped(3, 0, 2).shape == [3, 0, 2])
    }

    @Test func changingRank() throws {
        let x = counting([2, 3])
        #expect(x.expandingDimension(at: 0).shape == [1, 2, 3])
        #expect(x.expandingDimension(at: -1).shape == [2, 3, 1])
        #expect(x.reshaped(1, 2, 1, 3).squeezed().shape == [2, 3])
        #expect(x.reshaped(1, 2, 1, 3).squeezed(2).shape == [1, 2, 3])
        #expect(counting([2, 3, 4]).flattened().shape == [24])
        #expect(counting([2, 3, 4]).flattened(from: 1).shape == [2, 12])
        #expect(Tensor(3, on: .loop).flattened().shape == [1])
        #expect(x.expanded(to: [4, 2, 3]).shape == [4, 2, 3])
    }

    @Test func joining() throws {
        let (x, y) = (counting([2, 3]), counting([2, 2]))
        #expect(try Tensor.concatenate([x, y], axis: -1).scalars() == [0, 1, 2, 0, 1, 3, 4, 5, 2, 3])
        #expect(try Tensor.concatenate([x, x.flipped(0)]).scalars() == [0, 1, 2, 3, 4, 5, 3, 4, 5, 0, 1, 2])
        let stacked = Tensor.stack([x, x + 10], axis: 1)
        #expect(stacked.shape == [2, 2, 3])
        #expect(try stacked.scalars() == [0, 1, 2, 10, 11, 12, 3, 4, 5, 13, 14, 15])
        #expect(try Tensor.stack([y, y], axis: -1).scalars() == [0, 0, 1, 1, 2, 2, 3, 3])
        let parts = counting([2, 6]).split([1, 0, 5], axis: 1)
        #expect(parts.map(\.shape) == [[2, 1], [2, 0], [2, 5]])
        #expect(try parts[2].scalars() == [1, 2, 3, 4, 5, 7, 8, 9, 10, 11])
        #expect(try counting([6]).split(into: 3)[1].scalars() == [2, 3])
        #expect(try x.unstacked(axis: 1)[2].scalars() == [2, 5])
    }

    @Test func padding() throws {
        let x = counting([2, 2])
        let padded = x.padded([(1, 0), (0, 1)], with: 9)
        #expect(try padded.scalars() == [9, 9, 9, 0, 1, 9, 2, 3, 9])
        #expect(try x.to(.int32).padded([(0, 0), (1, 0)]).integers() == [0, 0, 1, 0, 2, 3])
    }

    @Test func slidingWindows() throws {
        let x = counting([1, 3, 4, 1])
        let windows = x.slidingWindows2D(Size2D(2, 3), stride: 1)
        #expect(windows.shape == [1, 2, 2, 6, 1])
        #expect(
            try windows.scalars() == [
                0, 1, 2, 4, 5, 6, 1, 2, 3, 5, 6, 7, 4, 5, 6, 8, 9, 10, 5, 6, 7, 9, 10, 11,
            ])
        #expect(
            try x.slidingWindows2D(2, stride: Size2D(1, 2)).max(3).isBitEqual(
                to: maxPool2D(x, window: 2, stride: Size2D(1, 2))))
    }

    /// The notes' 3 × 3 × 2 image as a column vector, and the shapes of vectors, rows and columns.
    @Test func imageToVector() throws {
        let image = counting([3, 3, 2])
        #expect(image.reshaped(18, 1).shape == [18, 1])
        #expect(try image.reshaped(18, 1).scalars() == image.scalars())
        let vector = counting([5])
        #expect(vector.transposed().shape == [5])
        #expect(dot(vector, vector).shape == [])
        let column = vector.reshaped(5, 1)
        #expect(column.transposed().shape == [1, 5])
        #expect(matmul(column, column.transposed()).shape == [5, 5])
    }
}
