import Testing
import UnloopBackend
import UnloopNetwork
import UnloopTensor

@Suite struct InitializerTests {
    func weights(_ initializer: Initializer, seed: UInt64 = 1, _ shape: (Int, Int) = (200, 300)) throws -> [Double] {
        let layer = Dense(shape.1, initializer: initializer)
        return try layer.built([shape.0], seed: seed)[layer.weight].doubles()
    }

    /// 60,000 draws: the standard error of the mean is σ/245, that of the variance below σ²/170; five of each are allowed.
    @Test func variancesAreThoseOfThePapers() throws {
        let cases: [(Initializer, Double)] = [
            (.glorotUniform, 2.0 / 500), (.glorotNormal, 2.0 / 500), (.heUniform, 2.0 / 200), (.heNormal, 2.0 / 200),
            (.gaussian(0.01), 0.0001), (.uniform(0.3), 0.03),
        ]
        for (initializer, variance) in cases {
            let values = try weights(initializer)
            let mean = values.reduce(0, +) / Double(values.count)
            let found = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
            #expect(abs(mean) < 5 * variance.squareRoot() / 245, "\(initializer.name)")
            #expect(abs(found - variance) < 5 * variance / 170, "\(initializer.name)")
        }
        #expect(try weights(.uniform(0.3)).allSatisfy { $0 >= Double(Float(-0.3)) && $0 < 0.3 })
        #expect(try weights(.zeros).allSatisfy { $0 == 0 })
        #expect(try weights(.constant(2.5)).allSatisfy { $0 == 2.5 })
    }

    @Test func fanOfConvolutionsCountsTheFilterArea() throws {
        let layer = Convolution2D(filters: 64, kernel: 5, initializer: .heUniform)
        let limit = (6.0 / (25 * 32)).squareRoot()
        let largest = try layer.built([9, 9, 32])[layer.weight].doubles().map(abs).max() ?? 0
        #expect(largest <= limit && largest > 0.99 * limit)
    }

    @Test(arguments: [(30, 30), (40, 20), (20, 40)])
    func orthogonalColumnsOrRows(shape: (Int, Int)) throws {
        let matrix = Tensor(try weights(.orthogonal(), shape).map { Float($0) }, shape: [shape.0, shape.1], on: .loop)
        let product =
            shape.0 >= shape.1 ? matmul(matrix.transposed(), matrix) : matmul(matrix, matrix.transposed())
        let error = try (product - Tensor.eye(min(shape.0, shape.1), on: .loop)).scalars().map(abs).max() ?? 1
        #expect(error < 1e-5)
        #expect(try weights(.orthogonal(2), shape) == weights(.orthogonal(), shape).map { 2 * $0 })
    }

    @Test func seedAndNameDecide() throws {
        #expect(try weights(.heNormal, seed: 5) == weights(.heNormal, seed: 5))
        #expect(try weights(.heNormal, seed: 5) != weights(.heNormal, seed: 6))
        let model = Model { for _ in 0..<2 { Dense(4, bias: false) } }.built([4], seed: 5)
        let values = try model.trainableParameters.map { try model[$0].scalars() }
        #expect(values[0] != values[1])
    }

    /// With zeros all units of a layer stay the same, which is why weights are not set to zero.
    @Test func zerosKeepUnitsEqual() throws {
        var model = Model {
            Dense(3, activation: .sigmoid, initializer: .constant(0.5))
            Dense(1, initializer: .constant(0.5))
        }.built([2])
        let x = samples([8, 2])
        var state = OptimizerState(.sgd(0.5))
        for _ in 0..<3 {
            let found = valueWithGradient(of: model) { pass in
                Loss.meanSquaredError(model(x, pass), x.sum(-1, keepingDimensions: true))
            }
            try state.update(&model, found)
        }
        let weight = model.values[0].value
        #expect(try weight[.all, 0].isBitEqual(to: weight[.all, 1]))
        #expect(try weight[.all, 0].isBitEqual(to: weight[.all, 2]))
    }
}
