import Testing
import UnloopBackend
import UnloopTensor

/// Every operation with axes of size 0: values and derivatives have the shapes and bits that index arithmetic says, on every device.
@Suite struct EmptyTests {
    /// The shapes with size 0 that an operation of the registry is tried with.
    private static func emptyShapes(_ operation: DifferentiableOperation) -> [[[Int]]] {
        if let shapes = stated[operation.name] { return shapes }
        // Axes that belong together have the same size in the registry.
        let sizes = Set(operation.shapes.joined()).subtracting([1]).sorted()
        return sizes.map { size in operation.shapes.map { $0.map { $0 == size ? 0 : $0 } } }
    }

    /// Of operations that name sizes or positions themselves; empty where the operation fits no other size, see `additional`.
    private static let stated: [String: [[[Int]]]] = [
        "reshape": [[[0, 6]], [[2, 0]], [[0, 0]]],
        "reshape of a transpose": [],
        "expand": [],
        "slice": [[[4, 0]]],
        "index": [],
        "assign": [[[4, 0], [2, 0]]],
        "diagonalMatrix": [[[0, 3]], [[2, 0]]],
        "pad, edge": [[[0, 3]]],
        "pad, reflection": [[[0, 3]]],
        "pad, wrapping": [[[0, 3]]],
        "split": [[[0, 6]]],
        "unstack": [[[3, 0]]],
        "softmaxCrossEntropy": [],
        "convolution2D": [
            [[0, 5, 4, 3], [3, 2, 3, 4]], [[2, 5, 4, 0], [3, 2, 0, 4]], [[2, 5, 4, 3], [3, 2, 3, 0]],
            [[2, 0, 4, 3], [3, 2, 3, 4]],
        ],
        "convolution2D, stride, same": [[[0, 5, 6, 2], [3, 3, 2, 2]], [[1, 0, 6, 2], [3, 3, 2, 2]]],
        "convolution2D, dilation, groups, explicit padding": [
            [[0, 5, 6, 4], [2, 2, 2, 2]], [[1, 5, 6, 0], [2, 2, 0, 2]], [[1, 5, 6, 4], [2, 2, 2, 0]],
            [[1, 5, 0, 4], [2, 2, 2, 2]],
        ],
        "convolution2D with epilogue": [
            [[0, 4, 4, 2], [3, 3, 2, 3], [3]], [[1, 4, 4, 0], [3, 3, 0, 3], [3]], [[1, 4, 4, 2], [3, 3, 2, 0], [0]],
        ],
        "convolution2D with bias and ReLU": [
            [[0, 4, 4, 2], [3, 3, 2, 3], [3]], [[1, 4, 4, 0], [3, 3, 0, 3], [3]],
        ],
        "maxPool2D": [[[0, 4, 5, 2]], [[2, 4, 5, 0]], [[2, 0, 5, 2]]],
        "maxPool2D, overlapping, same": [[[0, 5, 5, 1]], [[1, 0, 5, 1]]],
        "averagePool2D": [[[0, 4, 5, 2]], [[2, 4, 5, 0]]],
        "averagePool2D, padded": [[[0, 4, 4, 1]], [[1, 4, 4, 0]]],
        "slidingWindows2D": [[[0, 4, 4, 2]], [[1, 4, 4, 0]]],
        "convolution1D with epilogue": [[[0, 6, 2], [3, 1, 2], [2]], [[2, 6, 2], [3, 1, 0], [0]]],
        "convolution3D": [
            [[0, 3, 4, 3, 2], [2, 2, 3, 1, 2]], [[1, 3, 4, 3, 0], [2, 2, 3, 0, 2]],
            [[1, 3, 4, 3, 2], [2, 2, 3, 1, 0]],
            [[1, 0, 4, 3, 2], [2, 2, 3, 1, 2]], [[1, 3, 0, 3, 2], [2, 2, 3, 1, 2]],
        ],
        "convolution3D with epilogue": [[[0, 4, 2, 3, 1], [2, 2, 2, 1, 2], [2]]],
        "transposedConvolution1D": [[[0, 3, 2], [4, 1, 2]], [[1, 3, 0], [4, 1, 0]], [[1, 3, 2], [4, 0, 2]]],
        "transposedConvolution2D": [[[0, 2, 3, 2], [3, 2, 1, 2]], [[1, 2, 3, 0], [3, 2, 1, 0]]],
        "transposedConvolution2D with epilogue": [[[0, 2, 2, 2], [3, 3, 1, 2], [2]]],
        "transposedConvolution3D with epilogue": [[[0, 2, 2, 1, 2], [2, 2, 1, 1, 2], [1]]],
        "maxPool3D": [[[0, 3, 4, 4, 1]], [[1, 3, 4, 4, 0]]],
        "averagePool3D, padded": [[[0, 3, 4, 3, 1]], [[1, 3, 4, 3, 0]]],
        "maxPool1D": [[[0, 7, 2]], [[1, 7, 0]]],
        "adaptiveMaxPool2D": [[[0, 5, 4, 2]], [[1, 5, 4, 0]]],
        "adaptiveAveragePool2D": [[[0, 5, 4, 2]], [[1, 5, 4, 0]]],
        "globalMaxPool": [[[0, 3, 2, 2]], [[2, 3, 2, 0]]],
        "globalAveragePool": [[[0, 3, 2]], [[2, 3, 0]]],
        "pool2D, norm": [[[0, 4, 4, 2]], [[1, 4, 4, 0]]],
        "gather": [[[4, 0]]],
        "gather, last axis": [[[0, 4]]],
        "scatterAdd": [[[0, 5]]],
        "takingAlongLastAxis": [],
    ]

    private static func indices(_ shape: [Int], like x: Tensor) -> Tensor {
        Tensor(int32: Array(repeating: 1, count: shape.reduce(1, *)), shape: shape, on: x.device)
    }

    /// What the registry has no empty shapes for, and more ways to be empty.
    private static let additional: [DifferentiableOperation] = [
        .init("reshape of an empty transpose", [[0, 3]]) { $0[0].transposed().reshaped(0) },
        .init("reshape to -1 and 0", [[3, 0]]) { $0[0].reshaped(-1, 0) },
        .init("reshape to 0 and -1", [[0, 3]]) { $0[0].reshaped(0, -1, 2) },
        .init("reshape to -1", [[2, 0, 3]]) { $0[0].reshaped(-1) },
        .init("expand to nothing", [[2, 1]]) { $0[0].expanded(to: [3, 2, 0]) },
        .init("expand nothing", [[0, 1]]) { $0[0].expanded(to: [3, 0, 4]) },
        .init("slice behind an empty axis", [[0, 5, 2]]) { $0[0][.all, 3..<5] },
        .init("slice before an empty axis", [[5, 2, 0]]) { $0[0][.range(1..<5, every: 2), 1...] },
        .init("empty slice of elements", [[4, 3]]) { $0[0][2..<2, 1...] },
        .init("empty slice at the end", [[4, 3]]) { $0[0][4..<4] },
        .init("empty slice of a slice", [[4, 3]]) { $0[0][3...][1..<1][.all, 2...] },
        .init("index behind an empty axis", [[0, 5]]) { $0[0][.all, -1] },
        .init("flip of nothing", [[0, 3]]) { $0[0].flipped(0, 1) },
        .init("pad nothing", [[0, 2]]) { $0[0].padded([(1, 2), (0, 1)], with: 0.5) },
        .init("concatenate with nothing", [[2, 3], [2, 0]]) { Tensor.concatenate([$0[1], $0[0], $0[1]], axis: 1) },
        .init("concatenate nothing", [[0, 3], [0, 2]]) { Tensor.concatenate([$0[0], $0[1]], axis: 1) },
        .init("stack nothing", [[0, 3], [0, 3]]) { Tensor.stack([$0[0], $0[1]], axis: 1) },
        .init("split into nothing", [[0, 4]]) { x in
            let parts = x[0].split([1, 0, 3], axis: 1)
            return Tensor.concatenate([parts[2], parts[0], parts[1]], axis: 1)
        },
        .init("gather at no positions", [[4, 3]]) { $0[0].gathering(indices([0], like: $0[0])) },
        .init("gather from the last axis of nothing", [[0, 3]]) { $0[0].gathering(indices([2], like: $0[0]), axis: 1) },
        .init("scatterAdd of nothing", [[0, 3]]) { $0[0].scatteringAdd(indices([0], like: $0[0]), size: 4) },
        .init("scatterAdd to nothing", [[0, 3]]) { $0[0].scatteringAdd(indices([0], like: $0[0]), size: 0) },
        .init("takingAlongLastAxis of no rows", [[0, 4]]) { $0[0].takingAlongLastAxis(indices([0], like: $0[0])) },
        .init("takingAlongLastAxis of no rows and no columns", [[2, 0, 0]]) {
            $0[0].takingAlongLastAxis(indices([2, 0], like: $0[0]))
        },
        .init("softmaxCrossEntropy of no rows", [[0, 4]]) {
            $0[0].softmaxCrossEntropy(classes: indices([0], like: $0[0]))
        },
        .init("softmaxCrossEntropy of no classes", [[2, 0]]) {
            $0[0].softmaxCrossEntropy(classes: indices([2], like: $0[0]))
        },
        .init("matmul, batch of nothing times matrix", [[2, 3, 0], [0, 4]]) { matmul($0[0], $0[1]) },
        .init("matmul, no columns", [[2, 3, 4], [4, 0]]) { matmul($0[0], $0[1]) },
        .init("matmul, no rows", [[2, 0, 4], [4, 3]]) { matmul($0[0], $0[1]) },
        .init("matmul, no batch", [[0, 3, 4], [4, 2]]) { matmul($0[0], $0[1]) },
        .init("matmul, matrix times no batch", [[3, 4], [0, 4, 2]]) { matmul($0[0], $0[1]) },
        .init("matmul, matrix times batch of nothing", [[3, 0], [2, 0, 2]]) { matmul($0[0], $0[1]) },
        .init("matmul, matrix times batch without columns", [[3, 4], [2, 4, 0]]) { matmul($0[0], $0[1]) },
        .init("matmul, empty batch axes", [[2, 1, 3, 4], [0, 4, 2]]) { matmul($0[0], $0[1]) },
        .init("dot of nothing", [[0], [0]]) { dot($0[0], $0[1]) },
        .init("sum of nothing", [[0, 3]]) { $0[0].sum(0) },
        .init("max of nothing", [[0, 3]]) { $0[0].max(0) },
        .init("product of nothing", [[3, 0]]) { $0[0].product(1) },
        .init("logSumExp of nothing", [[3, 0]]) { $0[0].logSumExp() },
        .init("softmax of nothing", [[3, 0]]) { $0[0].softmax() },
        .init("broadcast to nothing", [[1, 3], [0, 1]]) { $0[0] * $0[1] },
    ]

    /// Value, first and second derivatives on a device, in float32.
    private func results(_ operation: DifferentiableOperation, _ shapes: [[Int]], _ device: Device) -> [Tensor] {
        var numbers = TestNumbers(seed: 5)
        let x = shapes.map { numbers.floats($0, operation.low, operation.high, on: device) }
        let value = operation.function(x)
        let gradients = gradient(at: x) { operation.function($0).squared().sum() }
        let second = gradient(at: x) { x in
            let first = gradient(at: x) { operation.function($0).squared().sum() }
            return first.dropFirst().reduce(first[0].squared().sum()) { $0 + $1.squared().sum() }
        }
        let (_, tangent) = jvp(at: x, tangents: x, operation.function)
        return [value, tangent] + gradients + second
    }

    private func check(_ operation: DifferentiableOperation, _ shapes: [[Int]]) throws {
        let what: Comment = "\(operation.name) at \(shapes)"
        let expected = results(operation, shapes, .loop)
        for (position, shape) in (shapes + shapes).enumerated() { #expect(expected[2 + position].shape == shape, what) }
        #expect(expected[1].shape == expected[0].shape, what)
        for device in testedDevices {
            for (found, expected) in zip(results(operation, shapes, device), expected) {
                #expect(try found.scalars().count == expected.count, what)
                #expect(try found.isBitEqual(to: expected), "\(operation.name) at \(shapes) on \(device)")
            }
        }
    }

    @Test("operations of the registry", arguments: DifferentiableOperation.all)
    func registered(_ operation: DifferentiableOperation) throws {
        for shapes in Self.emptyShapes(operation) { try check(operation, shapes) }
    }

    @Test("more operations", arguments: additional)
    func more(_ operation: DifferentiableOperation) throws { try check(operation, operation.shapes) }

    @Test("names in the table are those of operations")
    func everyStatedOperationExists() {
        let names = Set(DifferentiableOperation.all.map(\.name))
        for name in Self.stated.keys { #expect(names.contains(name), "\(name)") }
    }

    @Test("an inferred size is 0 where the others leave room for nothing", arguments: testedDevices)
    func inferredSizes(_ device: Device) throws {
        let nothing = Tensor.zeros([3, 0], on: device)
        #expect(nothing.reshaped(-1).shape == [0])
        #expect(nothing.reshaped(-1, 0).shape == [0, 0])
        #expect(nothing.reshaped(0, -1, 5).shape == [0, 0, 5])
        #expect(nothing.reshaped(4, -1).shape == [4, 0])
        #expect(try nothing.reshaped(-1, 7).scalars() == [])
        #expect(Tensor.zeros([2, 3], on: device).reshaped(-1, 2).shape == [3, 2])
    }

    @Test("comparisons, positions and conversions of nothing", arguments: testedDevices)
    func integers(_ device: Device) throws {
        let x = Tensor.zeros([0, 3], on: device)
        #expect(try (x .> 0).integers() == [])
        #expect(try x.argmax(1).integers() == [])
        #expect(try x.to(.int32).to(.float32).scalars() == [])
        #expect(x.to(.int32).oneHot(4).shape == [0, 3, 4])
        #expect(try x.to(.int32).sum(0).integers() == [0, 0, 0])
        #expect(try x.cumulativeSum(0).scalars() == [])
        #expect(try Tensor.indices(0, on: device).integers() == [])
        #expect(try Tensor.eye(0, on: device).scalars() == [])
        #expect(try Tensor.randomUniform([0, 4], RandomKey(seed: 1), on: device).scalars() == [])
        #expect(try Tensor.linspace(1, 2, count: 0, on: device).scalars() == [])
    }
}
