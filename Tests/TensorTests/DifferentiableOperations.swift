import Testing
import UnloopBackend
import UnloopTensor

/// One differentiable operation as the gradient tests see it. Whatever is added to the library's operations gets a row.
struct DifferentiableOperation: Sendable, CustomTestStringConvertible {
    let name: String
    /// The shape of each tensor it is differentiated at.
    let shapes: [[Int]]
    /// The interval that its arguments are taken from, away from kinks and poles.
    let low: Double
    let high: Double
    let function: @Sendable ([Tensor]) -> Tensor

    init(
        _ name: String, _ shapes: [[Int]], _ low: Double = -2, _ high: Double = 2,
        _ function: @escaping @Sendable ([Tensor]) -> Tensor
    ) {
        self.name = name
        self.shapes = shapes
        self.low = low
        self.high = high
        self.function = function
    }

    var testDescription: String { name }

    static let all: [DifferentiableOperation] =
        arithmetic + functions + views + reductions + products + normalizing + images + indexing

    private static let arithmetic: [DifferentiableOperation] = [
        .init("add", [[2, 3], [2, 3]]) { $0[0] + $0[1] },
        .init("add, broadcast", [[2, 3], [3]]) { $0[0] + $0[1] },
        .init("subtract, broadcast both", [[2, 1], [1, 3]]) { $0[0] - $0[1] },
        .init("multiply", [[2, 3], [2, 1]]) { $0[0] * $0[1] },
        .init("divide", [[2, 3], [3]], 0.5, 2) { $0[0] / $0[1] },
        .init("negate", [[4]]) { -$0[0] },
        .init("number arithmetic", [[5]], 0.5, 2) { 2 - ($0[0] * 3 + 1) / 2 - 4 / $0[0] },
        .init("pow", [[4], [4]], 0.5, 2) { pow($0[0], $0[1]) },
        .init("pow, number", [[4]], 0.5, 2) { pow($0[0], 2.5) },
        .init("max", [[6], [6]]) { max($0[0], $0[1]) },
        .init("min", [[6], [6]]) { min($0[0], $0[1]) },
        .init("max, number", [[6]]) { max($0[0], 0.123) },
        .init("min, number", [[6]]) { min($0[0], 0.123) },
        .init("select", [[6], [6]]) { select($0[0] .> $0[1], $0[0] * $0[1], $0[1]) },
        .init("select, broadcast", [[2, 3], [3]]) { select($0[0] .> 0, $0[0], $0[1]) },
        .init("clamp", [[8]]) { $0[0].clamped(-0.51, 0.73) },
        .init("same tensor twice", [[3]]) { $0[0] * $0[0] + $0[0] },
    ]

    private static let functions: [DifferentiableOperation] = [
        .init("abs", [[6]]) { abs($0[0]) },
        .init("sqrt", [[4]], 0.5, 2) { sqrt($0[0]) },
        .init("squared", [[4]]) { $0[0].squared() },
        .init("reciprocal", [[4]], 0.5, 2) { $0[0].reciprocal() },
        .init("exp", [[4]]) { exp($0[0]) },
        .init("expm1", [[4]]) { expm1($0[0]) },
        .init("log", [[4]], 0.5, 2) { log($0[0]) },
        .init("log1p", [[4]], -0.5, 2) { log1p($0[0]) },
        .init("sin", [[4]]) { sin($0[0]) },
        .init("cos", [[4]]) { cos($0[0]) },
        .init("tanh", [[4]]) { tanh($0[0]) },
        .init("sigmoid", [[4]]) { sigmoid($0[0]) },
        .init("erf", [[4]]) { erf($0[0]) },
        .init("normalDistribution", [[8]]) { normalDistribution($0[0]) },
        .init("mish", [[8]]) { ScalarFunction.mish($0[0]) },
        .init("softsign", [[8]]) { ScalarFunction.softsign($0[0]) },
        .init("relu", [[8]]) { relu($0[0]) },
        .init("softplus", [[8]]) { softplus($0[0]) },
        .init("silu", [[8]]) { silu($0[0]) },
        .init("gelu", [[8]]) { gelu($0[0]) },
        .init("elu", [[8]]) { elu($0[0]) },
        .init("leakyRelu", [[8]]) { leakyRelu($0[0], slope: 0.1) },
        .init("formula that uses its result", [[2, 3], [3]]) { biasAndTanh($0[0], $0[1]) },
        .init("formula with scalars that uses its result", [[4]]) { scaledExp($0[0], scalars: 0.5, 3) },
        .init("broadcast factor", [[2, 3, 4], [4]]) { $0[0] * $0[1] },
        .init("broadcast factor, separate axes", [[2, 3, 4], [3, 1]]) { $0[0] * $0[1] },
        .init("user's formula", [[5]]) { userFormula($0[0]) },
        .init("user's derivative", [[5]]) { userDerivative($0[0]) },
        .init("user's partial derivatives", [[5], [5]]) { userPartials($0[0], $0[1]) },
        .init("custom tensor function", [[2, 3]]) { x in
            withCustomGradient([x[0]], { $0[0] * $0[0] }) { cotangent, inputs, _ in [cotangent * inputs[0] * 2] }
        },
    ]

    private static let scaledExp = ScalarFunction("scaledExp", inputs: 1, scalars: 2) { x, s in s[1] * exp(s[0] * x[0])
    }
    private static let userFormula = ScalarFunction("user") { (x: Scalar) in x * sin(x) + exp(-x) }
    private static let userDerivative = ScalarFunction(
        "user", { (x: Scalar) in x * x * x }, derivative: { x in 3 * x * x })
    private static let userPartials = ScalarFunction(
        "user", { (x: Scalar, y: Scalar) in x * x * y }, derivative: { x, y in (2 * x * y, x * x) })

    private static let views: [DifferentiableOperation] = [
        .init("reshape", [[2, 6]]) { $0[0].reshaped(3, -1) },
        .init("reshape of a transpose", [[2, 3]]) { $0[0].transposed().reshaped(6) },
        .init("flatten", [[2, 3, 2]]) { $0[0].flattened(from: 1) },
        .init("permute", [[2, 3, 4]]) { $0[0].permuted([2, 0, 1]) },
        .init("expandingDimension, squeeze", [[2, 3]]) { $0[0].expandingDimension(at: 1).squeezed(1) },
        .init("expand", [[2, 1]]) { $0[0].expanded(to: [3, 2, 4]) },
        .init("contiguous", [[2, 3]]) { $0[0].transposed().contiguous() },
        .init("slice", [[4, 5]]) { $0[0][1..<3, .every(-2)] },
        .init("index", [[4, 5]]) { $0[0][-1, 1...] },
        .init("flip", [[4, 5]]) { $0[0].flipped(0, 1) },
        .init("pad", [[2, 3]]) { $0[0].padded([(1, 0), (0, 2)], with: 0.5) },
        .init("assign", [[4, 5], [2, 3]]) { x in
            var result = x[0] * 2
            result.assign(x[1], to: 1..<3, .every(-2))
            return result
        },
        .init("tile", [[2, 3]]) { $0[0].tiled(2, 3) },
        .init("roll", [[2, 5]]) { $0[0].rolled(by: 2) },
        .init("lowerTriangle", [[2, 3, 4]]) { $0[0].lowerTriangle(diagonal: 1) },
        .init("upperTriangle", [[4, 3]]) { $0[0].upperTriangle(diagonal: -1) },
        .init("diagonal", [[2, 3, 4]]) { $0[0].diagonal(offset: -1) },
        .init("diagonalMatrix", [[2, 3]]) { $0[0].diagonalMatrix(offset: 1) },
        .init("meshgrid", [[2], [3]]) { x in
            let grid = Tensor.meshgrid([x[0], x[1]])
            return grid[0] * grid[1]
        },
        .init("pad, edge", [[2, 3]]) { $0[0].padded([(0, 0), (2, 1)], mode: .edge) },
        .init("pad, reflection", [[2, 3]]) { $0[0].padded([(0, 0), (4, 1)], mode: .reflection) },
        .init("pad, wrapping", [[2, 3]]) { $0[0].padded([(0, 0), (1, 5)], mode: .wrapping) },
        .init("concatenate", [[2, 3], [2, 1]]) { Tensor.concatenate([$0[0], $0[1], $0[0]], axis: 1) },
        .init("stack", [[3], [3]]) { Tensor.stack([$0[0], $0[1]], axis: 1) },
        .init("split", [[2, 6]]) { x in
            let parts = x[0].split([1, 2, 3], axis: 1)
            return parts[2].sum(1) * parts[0].sum(1) + parts[1].sum(1)
        },
        .init("unstack", [[3, 2]]) { $0[0].unstacked()[1] * $0[0].unstacked()[2] },
        .init("to another device", [[3]]) { ($0[0].to(.loop) * 2).to($0[0].device) },
    ]

    private static let reductions: [DifferentiableOperation] = [
        .init("sum", [[2, 3]]) { $0[0].sum() },
        .init("sum over axes", [[2, 3, 4]]) { $0[0].sum(0, 2) },
        .init("sum keeping dimensions", [[2, 3]]) { $0[0].sum(-1, keepingDimensions: true) },
        .init("mean", [[2, 3]]) { $0[0].mean(0) },
        .init("product", [[2, 3]]) { $0[0].product(1) },
        .init("product keeping dimensions", [[2, 3]]) { $0[0].product(keepingDimensions: true) },
        .init("max over an axis", [[3, 4]]) { $0[0].max(1) },
        .init("min over an axis", [[3, 4]]) { $0[0].min(0, keepingDimensions: true) },
        .init("sum of a function", [[2, 3], [3]]) { Tensor.sum(of: userPartials, [$0[0], $0[1]], axes: [1]) },
        .init("sum of a function, separate axes", [[2, 3, 2], [3, 1]], 0.5, 2) {
            Tensor.sum(of: quotient, [$0[0], $0[1]], axes: [0, -1], scalars: [2], keepingDimensions: true)
        },
        .init("sum of a function over everything", [[2, 3]]) { Tensor.sum(of: .tanh, [$0[0]]) },
        .init("logSumExp", [[3, 4]]) { $0[0].logSumExp(0) },
    ]

    private static let quotient = ScalarFunction("quotient", inputs: 2, scalars: 1) { x, s in s[0] * x[0] / x[1] }

    private static let products: [DifferentiableOperation] = [
        .init("matmul", [[2, 3], [3, 4]]) { matmul($0[0], $0[1]) },
        .init("matmul, transposed", [[3, 2], [4, 3]]) { matmul($0[0].transposed(), $0[1].transposed()) },
        .init("matmul, batch times matrix", [[2, 2, 3], [3, 2]]) { matmul($0[0], $0[1]) },
        .init("matmul, matrix times batch", [[2, 3], [2, 3, 2]]) { matmul($0[0], $0[1]) },
        .init("matmul, batches", [[2, 1, 2, 3], [2, 3, 2]]) { matmul($0[0], $0[1]) },
        .init("matmul with epilogue", [[2, 3], [3, 4], [4]]) {
            matmul($0[0], $0[1], epilogue: biasAndTanh, inputs: [$0[2]])
        },
        .init("matmul with bias", [[2, 3], [3, 4], [4]]) {
            matmul($0[0], $0[1], epilogue: bias, inputs: [$0[2]])
        },
        .init("matmul with bias and ReLU", [[2, 2, 3], [3, 4], [4]]) {
            matmul($0[0], $0[1], epilogue: biasAndRelu, inputs: [$0[2]])
        },
        .init("matmul with an epilogue that needs the product", [[2, 3], [3, 4], [4]]) {
            matmul($0[0], $0[1], epilogue: biasAndSine, inputs: [$0[2]], scalars: [0.5])
        },
        .init("dot, vectors", [[5], [5]]) { dot($0[0], $0[1]) },
        .init("dot, matrix and vector", [[2, 5], [5]]) { dot($0[0], $0[1]) },
        .init("dot, vector and matrix", [[5], [5, 2]]) { dot($0[0], $0[1]) },
        .init("outer", [[2], [3]]) { outer($0[0], $0[1]) },
    ]

    private static let biasAndTanh = ScalarFunction("bias, tanh") { (x: Scalar, bias: Scalar) in tanh(x + bias) }

    private static let bias = ScalarFunction("bias") { (x: Scalar, bias: Scalar) in x + bias }
    private static let biasAndRelu = ScalarFunction("bias, relu") { (x: Scalar, bias: Scalar) in
        select(x + bias .<= 0, 0, x + bias)
    }
    private static let biasAndSine = ScalarFunction("bias, sine", inputs: 2, scalars: 1) { x, s in
        sin(s[0] * x[0] + x[1])
    }

    private static let normalizing: [DifferentiableOperation] = [
        .init("softmax", [[2, 4]]) { $0[0].softmax() },
        .init("softmax, first axis", [[3, 2]]) { $0[0].softmax(0) },
        .init("logSoftmax", [[2, 4]]) { $0[0].logSoftmax() },
        .init("layerNormalized", [[2, 2, 5], [5], [5]]) { $0[0].layerNormalized(scale: $0[1], shift: $0[2]) },
        .init("softmaxCrossEntropy", [[2, 3, 4]]) {
            $0[0].softmaxCrossEntropy(classes: Tensor(int32: [0, 3, 1, 1, 2, 0], shape: [2, 3], on: $0[0].device))
        },
    ]

    private static let images: [DifferentiableOperation] = [
        .init("convolution2D", [[2, 5, 4, 3], [3, 2, 3, 4]]) { convolution2D($0[0], $0[1]) },
        .init("convolution2D, stride, same", [[1, 5, 6, 2], [3, 3, 2, 2]]) {
            convolution2D($0[0], $0[1], stride: 2, padding: .same)
        },
        .init("convolution2D, dilation, groups, explicit padding", [[1, 5, 6, 4], [2, 2, 2, 2]]) {
            convolution2D(
                $0[0], $0[1], stride: Size2D(1, 2), padding: .explicit(top: 1, bottom: 0, left: 2, right: 1),
                dilation: Size2D(2, 1), groups: 2)
        },
        .init("convolution2D with epilogue", [[1, 4, 4, 2], [3, 3, 2, 3], [3]]) {
            convolution2D($0[0], $0[1], epilogue: biasAndTanh, inputs: [$0[2]])
        },
        .init("convolution2D with bias and ReLU", [[1, 4, 4, 2], [3, 3, 2, 3], [3]]) {
            convolution2D($0[0], $0[1], padding: .same, epilogue: biasAndRelu, inputs: [$0[2]])
        },
        .init("maxPool2D", [[2, 4, 5, 2]]) { maxPool2D($0[0], window: 2) },
        .init("maxPool2D, overlapping, same", [[1, 5, 5, 1]]) {
            maxPool2D($0[0], window: 3, stride: 2, padding: .same)
        },
        .init("averagePool2D", [[2, 4, 5, 2]]) { averagePool2D($0[0], window: Size2D(2, 3), stride: 1) },
        .init("averagePool2D, padded", [[1, 4, 4, 1]]) {
            averagePool2D($0[0], window: 3, stride: 2, padding: .explicit(1))
        },
        .init("slidingWindows2D", [[1, 4, 4, 2]]) { $0[0].slidingWindows2D(2, stride: 1).sum(3) },
        .init("convolution1D with epilogue", [[2, 6, 2], [3, 1, 2], [2]]) {
            convolution1D(
                $0[0], $0[1], stride: 2, padding: .causal, dilation: 2, groups: 2, epilogue: biasAndTanh,
                inputs: [$0[2]])
        },
        .init("convolution3D", [[1, 3, 4, 3, 2], [2, 2, 3, 1, 2]]) {
            convolution3D($0[0], $0[1], stride: Size3D(1, 2, 1), padding: .same, groups: 2)
        },
        .init("convolution3D with epilogue", [[1, 4, 2, 3, 1], [2, 2, 2, 1, 2], [2]]) {
            convolution3D($0[0], $0[1], dilation: Size3D(2, 1, 1), epilogue: biasAndTanh, inputs: [$0[2]])
        },
        .init("transposedConvolution1D", [[1, 3, 2], [4, 1, 2]]) {
            transposedConvolution1D($0[0], $0[1], stride: 2, padding: .explicit(1), outputPadding: 1)
        },
        .init("transposedConvolution2D", [[1, 2, 3, 2], [3, 2, 1, 2]]) {
            transposedConvolution2D($0[0], $0[1], stride: Size2D(2, 1), padding: .same, groups: 1)
        },
        .init("transposedConvolution2D with epilogue", [[1, 2, 2, 2], [3, 3, 1, 2], [2]]) {
            transposedConvolution2D(
                $0[0], $0[1], stride: 2, padding: .explicit(1), outputPadding: 1, groups: 2, epilogue: biasAndRelu,
                inputs: [$0[2]])
        },
        .init("transposedConvolution3D with epilogue", [[1, 2, 2, 1, 2], [2, 2, 1, 1, 2], [1]]) {
            transposedConvolution3D(
                $0[0], $0[1], stride: Size3D(2, 1, 1), outputPadding: Size3D(1, 0, 0), epilogue: biasAndTanh,
                inputs: [$0[2]])
        },
        .init("maxPool3D", [[1, 3, 4, 4, 1]]) { maxPool3D($0[0], window: 2, stride: 1) },
        .init("averagePool3D, padded", [[1, 3, 4, 3, 1]]) {
            averagePool3D($0[0], window: Size3D(2, 3, 2), stride: 2, padding: .explicit(1))
        },
        .init("maxPool1D", [[1, 7, 2]]) { maxPool1D($0[0], window: 3, stride: 2) },
        .init("adaptiveMaxPool2D", [[1, 5, 4, 2]]) { adaptiveMaxPool2D($0[0], to: Size2D(3, 2)) },
        .init("adaptiveAveragePool2D", [[1, 5, 4, 2]]) { adaptiveAveragePool2D($0[0], to: Size2D(3, 3)) },
        .init("globalMaxPool", [[2, 3, 2, 2]]) { globalMaxPool($0[0]) },
        .init("globalAveragePool", [[2, 3, 2]]) { globalAveragePool($0[0]) },
        .init("pool2D, norm", [[1, 4, 4, 2]], 0.5, 2) { pool2D($0[0], window: 2) { $0.norm(-1) } },
    ]

    private static let indexing: [DifferentiableOperation] = [
        .init("gather", [[4, 3]]) {
            $0[0].gathering(Tensor(int32: [2, 0, 2, 3, 2, 1], shape: [2, 3], on: $0[0].device))
        },
        .init("gather, last axis", [[2, 4]]) { $0[0].gathering(Tensor(int32: [3, 3, 0], on: $0[0].device), axis: -1) },
        .init("scatterAdd", [[2, 5]]) {
            $0[0].scatteringAdd(Tensor(int32: [1, 3, 1, 0, 1], on: $0[0].device), axis: 1, size: 4)
        },
        .init("takingAlongLastAxis", [[3, 4]]) {
            $0[0].takingAlongLastAxis(Tensor(int32: [3, 0, 2], on: $0[0].device))
        },
        .init("cumulativeSum", [[3, 4]]) { $0[0].cumulativeSum(0) },
        .init("cumulativeSum, reversed", [[3, 4]]) { $0[0].cumulativeSum(reversed: true) },
        .init("variance", [[3, 4]]) { $0[0].variance(1, correction: 1) },
        .init("standardDeviation", [[3, 4]]) { $0[0].standardDeviation(0) },
        .init("norm", [[3, 4]]) { $0[0].norm(1, keepingDimensions: true) },
    ]
}
