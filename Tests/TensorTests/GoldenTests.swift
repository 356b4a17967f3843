import Foundation
import Testing
import UnloopBackend
import UnloopConformance
import UnloopTensor

/// Results and gradients against PyTorch's, which Golden/generate.py has written down.
@Suite("Golden records of tensor operations") struct GoldenTests {
    static let records = Result {
        try GoldenRecord.read(URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Golden/tensor.json")
    }

    @Test("there are at least 200 records, and each operation of the dispatcher has one")
    func coverage() throws {
        let records = try Self.records.get()
        #expect(records.count >= 200)
        #expect(Set(records.map(\.operation)) == Set(goldenOperations.keys))
    }

    @Test("results and gradients are PyTorch's", arguments: [ElementType.float64, .float32])
    func agreement(_ elementType: ElementType) throws {
        for record in try Self.records.get() {
            let operation = try #require(goldenOperations[record.operation], "\(record.operation)")
            for deviation in try record.deviations(of: operation, in: elementType) { Issue.record("\(deviation)") }
        }
    }
}

/// What the operations of the records are called here.
private let goldenOperations: [String: GoldenRecord.Operation] = [
    "negate": { [-$1[0]] },
    "abs": { [abs($1[0])] },
    "exp": { [exp($1[0])] },
    "expm1": { [expm1($1[0])] },
    "log": { [log($1[0])] },
    "log1p": { [log1p($1[0])] },
    "sqrt": { [sqrt($1[0])] },
    "squared": { [$1[0].squared()] },
    "reciprocal": { [$1[0].reciprocal()] },
    "sin": { [sin($1[0])] },
    "cos": { [cos($1[0])] },
    "tanh": { [tanh($1[0])] },
    "sigmoid": { [sigmoid($1[0])] },
    "erf": { [erf($1[0])] },
    "relu": { [relu($1[0])] },
    "softplus": { [softplus($1[0])] },
    "silu": { [silu($1[0])] },
    "gelu": { [gelu($1[0])] },
    "elu": { [elu($1[0])] },
    "sign": { [sign($1[0])] },
    "floor": { [floor($1[0])] },
    "ceil": { [ceil($1[0])] },
    "round": { [round($1[0])] },
    "leakyRelu": { [leakyRelu($1[0], slope: try $0.number("slope"))] },
    "clamp": { [$1[0].clamped(try $0.number("low"), try $0.number("high"))] },
    "powerOfNumber": { [pow($1[0], try $0.number("exponent"))] },

    "add": { [$1[0] + $1[1]] },
    "subtract": { [$1[0] - $1[1]] },
    "multiply": { [$1[0] * $1[1]] },
    "divide": { [$1[0] / $1[1]] },
    "power": { [pow($1[0], $1[1])] },
    "maximum": { [max($1[0], $1[1])] },
    "minimum": { [min($1[0], $1[1])] },
    "selectFirstPositive": { [select($1[0] .> 0, $1[0] * $1[1], $1[1])] },

    "sum": { [$1[0].sum(axes: try $0.integers("axes"), keepingDimensions: try $0.flag("keep"))] },
    "mean": { [$1[0].mean(axes: try $0.integers("axes"), keepingDimensions: try $0.flag("keep"))] },
    "variance": { [$1[0].variance(axes: try $0.integers("axes"), keepingDimensions: try $0.flag("keep"))] },
    "product": { record, x in
        [
            try overAxes(
                record, { x[0].product($0, keepingDimensions: $1) }, { x[0].product($0, $1, keepingDimensions: $2) })
        ]
    },
    "max": { record, x in
        [try overAxes(record, { x[0].max($0, keepingDimensions: $1) }, { x[0].max($0, $1, keepingDimensions: $2) })]
    },
    "min": { record, x in
        [try overAxes(record, { x[0].min($0, keepingDimensions: $1) }, { x[0].min($0, $1, keepingDimensions: $2) })]
    },
    "logSumExp": { [$1[0].logSumExp(try $0.integer("axis"))] },
    "argmax": { [$1[0].argmax(try $0.integer("axis"))] },
    "argmin": { [$1[0].argmin(try $0.integer("axis"))] },
    "softmax": { [$1[0].softmax(try $0.integer("axis"))] },
    "logSoftmax": { [$1[0].logSoftmax(try $0.integer("axis"))] },
    "cumulativeSum": { [$1[0].cumulativeSum(try $0.integer("axis"), reversed: try $0.flag("reversed"))] },

    "matmul": { [matmul($1[0], $1[1])] },
    "matmulTransposed": { [matmul($1[0].transposed(), $1[1].transposed())] },
    "matmulBiasTanh": { [matmul($1[0], $1[1], epilogue: biasTanh, inputs: [$1[2]])] },
    "dot": { [dot($1[0], $1[1])] },
    "outer": { [outer($1[0], $1[1])] },

    "permute": { [$1[0].permuted(try $0.integers("axes"))] },
    "reshape": { [$1[0].reshaped(try $0.integers("shape"))] },
    "expand": { [$1[0].expanded(to: try $0.integers("shape"))] },
    "flip": { record, x in
        let axes = try record.integers("axes")
        return [x[0].flipped(axes[0], axes[1])]
    },
    "sliceRows": { record, x in
        let range = try record.integers("range")
        return [x[0][range[0]..<range[1]]]
    },
    "everyOtherColumn": { [$1[0][.all, .every(2)]] },
    "pad": { record, x in
        let (before, after) = (try record.integers("before"), try record.integers("after"))
        return [x[0].padded(zip(before, after).map { ($0, $1) }, with: try record.number("value"))]
    },
    "concatenate": { [Tensor.concatenate([$1[0], $1[1]], axis: try $0.integer("axis"))] },
    "stack": { [Tensor.stack([$1[0], $1[1]], axis: try $0.integer("axis"))] },
    "gather": { [$1[0].gathering($1[1], axis: try $0.integer("axis"))] },
    "scatterAdd": { [$1[0].scatteringAdd($1[1], axis: try $0.integer("axis"), size: try $0.integer("size"))] },

    "convolution2D": { record, x in
        let padding = try record.integers("padding")
        return [
            convolution2D(
                x[0], x[1], stride: try record.size("stride"),
                padding: .explicit(top: padding[0], bottom: padding[1], left: padding[2], right: padding[3]),
                dilation: try record.size("dilation"), groups: try record.integer("groups"))
        ]
    },
    "convolution2DSame": { [convolution2D($1[0], $1[1], padding: .same)] },
    "maxPool2D": {
        [maxPool2D($1[0], window: try $0.size("window"), stride: try $0.size("stride"), padding: try $0.poolPadding())]
    },
    "averagePool2D": {
        [
            averagePool2D(
                $1[0], window: try $0.size("window"), stride: try $0.size("stride"), padding: try $0.poolPadding())
        ]
    },
]

private let biasTanh = ScalarFunction("bias, tanh") { (x: Scalar, bias: Scalar) in tanh(x + bias) }

/// Reductions whose axes are separate arguments, over one axis or two.
private func overAxes(
    _ record: GoldenRecord, _ single: (_ axis: Int, _ keep: Bool) -> Tensor,
    _ pair: (_ first: Int, _ second: Int, _ keep: Bool) -> Tensor
) throws -> Tensor {
    let (axes, keep) = (try record.integers("axes"), try record.flag("keep"))
    return axes.count == 1 ? single(axes[0], keep) : pair(axes[0], axes[1], keep)
}

extension GoldenRecord {
    fileprivate func size(_ attribute: String) throws -> Size2D {
        let sizes = try integers(attribute)
        return Size2D(sizes[0], sizes[1])
    }

    fileprivate func poolPadding() throws -> Padding {
        let sizes = try integers("padding")
        return .explicit(top: sizes[0], bottom: sizes[0], left: sizes[1], right: sizes[1])
    }
}
