import Foundation
import Testing
import UnloopBackend
import UnloopConformance
import UnloopTensor

/// Convolutions in one, two and three dimensions, their transposes, and pooling, against PyTorch's, which Golden/convolutions.py has
/// written down.
@Suite("Golden records of convolutions and pooling") struct ConvolutionGoldenTests {
    static let records = Result {
        try GoldenRecord.read(
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Golden/convolutions.json")
    }

    @Test("there are at least 60 records, and each operation of the dispatcher has one")
    func coverage() throws {
        let records = try Self.records.get()
        #expect(records.count >= 60)
        #expect(Set(records.map(\.operation)) == Set(operations.keys))
    }

    @Test("results and gradients are PyTorch's", arguments: [ElementType.float64, .float32])
    func agreement(_ elementType: ElementType) throws {
        for record in try Self.records.get() {
            let operation = try #require(operations[record.operation], "\(record.operation)")
            for deviation in try record.deviations(of: operation, in: elementType) { Issue.record("\(deviation)") }
        }
    }
}

private let addBias = ScalarFunction("bias", { (x: Scalar, bias: Scalar) in x + bias })

/// A bias, where the record has one, is added by the epilogue.
private let operations: [String: GoldenRecord.Operation] = [
    "convolution1D": { record, x in
        [
            convolution1D(
                x[0], x[1], stride: try record.integer("stride"), padding: try record.padding1D(),
                dilation: try record.integer("dilation"), groups: try record.integer("groups"),
                epilogue: x.count > 2 ? addBias : nil, inputs: Array(x.dropFirst(2)))
        ]
    },
    "convolution2D": { record, x in
        let (stride, dilation) = (try record.size2D("stride"), try record.size2D("dilation"))
        let (padding, groups) = (try record.padding2D(), try record.integer("groups"))
        return [
            convolution2D(
                x[0], x[1], stride: stride, padding: padding, dilation: dilation, groups: groups, epilogue: addBias,
                inputs: [x[2]])
        ]
    },
    "convolution3D": { record, x in
        [
            convolution3D(
                x[0], x[1], stride: try record.size3D("stride"), padding: try record.padding3D(),
                dilation: try record.size3D("dilation"), groups: try record.integer("groups"),
                epilogue: x.count > 2 ? addBias : nil, inputs: Array(x.dropFirst(2)))
        ]
    },
    "transposedConvolution1D": { record, x in
        [
            transposedConvolution1D(
                x[0], x[1], stride: try record.integer("stride"), padding: try record.padding1D(),
                outputPadding: try record.integer("outputPadding"), dilation: try record.integer("dilation"),
                groups: try record.integer("groups"), epilogue: x.count > 2 ? addBias : nil,
                inputs: Array(x.dropFirst(2)))
        ]
    },
    "transposedConvolution2D": { record, x in
        [
            transposedConvolution2D(
                x[0], x[1], stride: try record.size2D("stride"), padding: try record.padding2D(),
                outputPadding: try record.size2D("outputPadding"), dilation: try record.size2D("dilation"),
                groups: try record.integer("groups"), epilogue: x.count > 2 ? addBias : nil,
                inputs: Array(x.dropFirst(2)))
        ]
    },
    "transposedConvolution3D": { record, x in
        [
            transposedConvolution3D(
                x[0], x[1], stride: try record.size3D("stride"), padding: try record.padding3D(),
                outputPadding: try record.size3D("outputPadding"), dilation: try record.size3D("dilation"),
                groups: try record.integer("groups"), epilogue: x.count > 2 ? addBias : nil,
                inputs: Array(x.dropFirst(2)))
        ]
    },
    "maxPool1D": { record, x in
        [
            maxPool1D(
                x[0], window: try record.integer("window"), stride: try record.integer("stride"),
                padding: try record.padding1D())
        ]
    },
    "averagePool1D": { record, x in
        [
            averagePool1D(
                x[0], window: try record.integer("window"), stride: try record.integer("stride"),
                padding: try record.padding1D())
        ]
    },
    "maxPool3D": { record, x in
        [
            maxPool3D(
                x[0], window: try record.size3D("window"), stride: try record.size3D("stride"),
                padding: try record.padding3D())
        ]
    },
    "averagePool3D": { record, x in
        [
            averagePool3D(
                x[0], window: try record.size3D("window"), stride: try record.size3D("stride"),
                padding: try record.padding3D())
        ]
    },
    "adaptiveMaxPool1D": { [adaptiveMaxPool1D($1[0], to: try $0.integer("size"))] },
    "adaptiveMaxPool2D": { [adaptiveMaxPool2D($1[0], to: try $0.size2D("size"))] },
    "adaptiveMaxPool3D": { [adaptiveMaxPool3D($1[0], to: try $0.size3D("size"))] },
    "adaptiveAveragePool1D": { [adaptiveAveragePool1D($1[0], to: try $0.integer("size"))] },
    "adaptiveAveragePool2D": { [adaptiveAveragePool2D($1[0], to: try $0.size2D("size"))] },
    "adaptiveAveragePool3D": { [adaptiveAveragePool3D($1[0], to: try $0.size3D("size"))] },
    "globalMaxPool": { [globalMaxPool($1[0])] },
    "globalAveragePool": { [globalAveragePool($1[0])] },
    "l2Pool2D": { record, x in
        [pool2D(x[0], window: try record.size2D("window"), stride: try record.size2D("stride")) { $0.norm(-1) }]
    },
    "minPool2D": { record, x in
        [pool2D(x[0], window: try record.size2D("window"), stride: try record.size2D("stride")) { $0.min(-1) }]
    },
]

extension GoldenRecord {
    fileprivate func size2D(_ attribute: String) throws -> Size2D {
        let sizes = try integers(attribute)
        return Size2D(sizes[0], sizes[1])
    }

    fileprivate func size3D(_ attribute: String) throws -> Size3D {
        let sizes = try integers(attribute)
        return Size3D(sizes[0], sizes[1], sizes[2])
    }

    private var namedPadding: String? {
        if case .text(let name) = attributes["padding"] { name } else { nil }
    }

    fileprivate func padding1D() throws -> Padding1D {
        switch namedPadding {
        case "same": return .same
        case "causal": return .causal
        default:
            let amounts = try integers("padding")
            return .explicit(before: amounts[0], after: amounts[1])
        }
    }

    fileprivate func padding2D() throws -> Padding {
        if namedPadding == "same" { return .same }
        let amounts = try integers("padding")
        return .explicit(top: amounts[0], bottom: amounts[1], left: amounts[2], right: amounts[3])
    }

    fileprivate func padding3D() throws -> Padding3D {
        if namedPadding == "same" { return .same }
        let amounts = try integers("padding")
        return .explicit(
            front: amounts[0], back: amounts[1], top: amounts[2], bottom: amounts[3], left: amounts[4],
            right: amounts[5])
    }
}
