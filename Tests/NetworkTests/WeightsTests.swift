import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

@Suite struct WeightsTests {
    func model(_ units: Int = 3) -> Sequential {
        Sequential {
            Dense(units, activation: .relu)
            BatchNorm()
            Dense(2)
        }
    }

    @Test func savedWeightsComeBack() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("weights.safetensors")
        let original = model().built([4])
        _ = original.forward(samples([6, 4]), Pass(isTraining: true))
        try original.saveWeights(to: path, metadata: ["epochs": "3"])

        let unbuilt = model()
        try unbuilt.loadWeights(from: path, on: .loop)
        let rebuilt = model().built([4], seed: 99)
        #expect(try rebuilt.weightsSHA256() != original.weightsSHA256())
        try rebuilt.loadWeights(from: path)
        let x = samples([5, 4], seed: 8)
        for copy in [unbuilt, rebuilt] {
            #expect(try copy.weightsSHA256() == original.weightsSHA256())
            #expect(try copy(x).isBitEqual(to: original(x)))
        }
        let file = try SafeTensors(path: path)
        #expect(file.metadata == ["epochs": "3"])
        #expect(file.arrays["0.weight"]?.shape == [4, 3])
        #expect(file.arrays.keys.sorted() == original.namedParameters.map(\.name).sorted())
    }

    @Test func weightsOfAnotherNetworkAreRefusedAndNothingChanges() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("weights")
        try model(3).built([4]).saveWeights(to: path)
        let others: [Sequential] = [
            model(5).built([4]), model(3).built([7]), Sequential { Dense(3) }.built([4]),
            Sequential {
                Dense(3); BatchNorm(); Dense(2); Dense(1)
            }.built([4]),
        ]
        for other in others {
            let before = try other.weightsSHA256()
            #expect { try other.loadWeights(from: path) } throws: { error in
                if case .weightsDoNotFit(path, _)? = error as? TrainingError { true } else { false }
            }
            #expect(try other.weightsSHA256() == before)
        }
        #expect(throws: DataError.self) { try model().loadWeights(from: directory.path("absent")) }
    }

    private static func zeros(_ shape: Int..., type: ElementType = .float32) -> SafeTensors.Array {
        let count = shape.reduce(1, *)
        let elements: HostArray =
            switch type {
            case .float32: .float32(Array(repeating: 0, count: count))
            case .int32: .int32(Array(repeating: 0, count: count))
            case .float64: .float64(Array(repeating: 0, count: count))
            }
        return SafeTensors.Array(shape: shape, elements: elements)
    }

    /// Layers that have not seen an input hold a file to what they know of themselves, and of the layers before them.
    @Test func anUnbuiltNetworkRefusesWeightsOfAnother() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("weights")
        let cases: [(String, () -> any Layer, [String: SafeTensors.Array])] = [
            ("units", { Dense(6) }, ["weight": Self.zeros(8, 64), "bias": Self.zeros(64)]),
            ("bias", { Dense(6) }, ["weight": Self.zeros(8, 6), "bias": Self.zeros(7)]),
            ("rank 1", { Dense(6) }, ["weight": Self.zeros(6), "bias": Self.zeros(6)]),
            ("rank 0", { Dense(6) }, ["weight": Self.zeros(), "bias": Self.zeros(6)]),
            ("rank 3", { Dense(6) }, ["weight": Self.zeros(1, 8, 6), "bias": Self.zeros(6)]),
            ("int32 bias", { Dense(6) }, ["weight": Self.zeros(8, 6), "bias": Self.zeros(6, type: .int32)]),
            ("int32", { Dense(6, bias: false) }, ["weight": Self.zeros(8, 6, type: .int32)]),
            ("float64 bias", { Dense(6) }, ["weight": Self.zeros(8, 6), "bias": Self.zeros(6, type: .float64)]),
            (
                "kernel", { Convolution2D(filters: 4, kernel: 5) },
                ["weight": Self.zeros(3, 3, 2, 4), "bias": Self.zeros(4)]
            ),
            (
                "filters", { Convolution1D(filters: 4, kernel: 3, bias: false) }, ["weight": Self.zeros(3, 2, 5)]
            ),
            (
                "transposed", { TransposedConvolution2D(filters: 4, kernel: 2, groups: 2, bias: false) },
                ["weight": Self.zeros(2, 2, 4, 6)]
            ),
            ("table", { Embedding(rows: 5, size: 3) }, ["weight": Self.zeros(6, 3)]),
            ("norm", { LayerNorm() }, ["scale": Self.zeros(4), "shift": Self.zeros(5)]),
            (
                "statistics", { BatchNorm() },
                [
                    "scale": Self.zeros(4), "shift": Self.zeros(4), "runningMean": Self.zeros(4),
                    "runningVariance": Self.zeros(4, type: .int32),
                ]
            ),
            (
                "gates", { GRU(4) },
                [
                    "0.inputWeight": Self.zeros(3, 12), "0.recurrentWeight": Self.zeros(4, 16),
                    "0.bias": Self.zeros(12),
                    "0.recurrentBias": Self.zeros(12),
                ]
            ),
            (
                "one layer after the other",
                {
                    Sequential {
                        Dense(3, bias: false)
                        Activation.relu
                        Dense(2, bias: false)
                    }
                }, ["0.weight": Self.zeros(4, 3), "2.weight": Self.zeros(5, 2)]
            ),
            (
                "a sum of different sizes",
                { Sequential { Residual { Dense(2, bias: false) } } }, ["0.0.weight": Self.zeros(3, 2)]
            ),
            (
                "inside",
                {
                    Sequential {
                        Dense(3, bias: false)
                        Residual { LayerNorm() }
                    }
                },
                ["0.weight": Self.zeros(4, 3), "1.0.scale": Self.zeros(4), "1.0.shift": Self.zeros(4)]
            ),
        ]
        for (name, layer, arrays) in cases {
            try SafeTensors(arrays: arrays).write(to: path)
            let layer = layer()
            #expect("\(name)") { try layer.loadWeights(from: path, on: .loop) } throws: { error in
                if case .weightsDoNotFit(path, _)? = error as? TrainingError { true } else { false }
            }
            #expect(layer.namedParameters.allSatisfy { !$0.parameter.isBuilt }, "\(name)")
        }
    }

    /// What every layer writes it takes back, unbuilt.
    @Test func everyLayerTakesItsOwnWeights() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("weights")
        let cases: [([Int], () -> any Layer)] = [
            ([4], { Dense(3) }), ([4], { Dense(3, bias: false) }), ([4, 5], { Dense(3) }),
            ([9, 4], { Convolution1D(filters: 6, kernel: 3, groups: 2) }),
            ([9, 9, 4], { Convolution2D(filters: 6, kernel: Size2D(3, 2), groups: 2, bias: false) }),
            ([5, 5, 5, 2], { Convolution3D(filters: 3, kernel: 2) }),
            ([5, 4], { TransposedConvolution1D(filters: 6, kernel: 3, groups: 2) }),
            ([5, 5, 4], { TransposedConvolution2D(filters: 6, kernel: 3) }),
            ([3, 3, 3, 4], { TransposedConvolution3D(filters: 2, kernel: 2, groups: 2) }),
            ([4], { LayerNorm() }), ([3, 4], { BatchNorm() }), ([2], { Embedding(rows: 5, size: 3) }),
            ([6, 4], { RNN(3, layers: 2, bidirectional: true) }), ([6, 4], { GRU(3) }),
            ([6, 4], { LSTM(3, layers: 2) }),
            (
                [8, 8, 2],
                {
                    Sequential {
                        Convolution2D(filters: 4, kernel: 3)
                        BatchNorm()
                        MaxPooling2D(2)
                        Residual { Convolution2D(filters: 4, kernel: 3, padding: .same) }
                        Flatten()
                        Dense(10)
                        Dropout(0.5)
                        Dense(2)
                    }
                }
            ),
            (
                [7, 4],
                {
                    Sequential {
                        GRU(5, bidirectional: true)
                        LayerNorm()
                        LSTM(3, returnsSequences: false)
                        Dense(2)
                    }
                }
            ),
        ]
        for (shape, make) in cases {
            let original = make()
            original.build(inputShape: shape, on: .loop, seed: 3)
            try original.saveWeights(to: path)
            let copy = make()
            try copy.loadWeights(from: path, on: .loop)
            #expect(try copy.weightsSHA256() == original.weightsSHA256(), "\(original.kind)")
        }
    }

    private final class Twice: Layer {
        let first = Parameter("w")
        let second = Parameter("w")
        var parameters: [Parameter] { [first, second] }
        func outputShape(for inputShape: [Int]) -> [Int] { inputShape }
        func build(inputShape: [Int], _ builder: Builder) {
            builder.make(first, [1], .zeros)
            builder.make(second, [1], .ones)
        }
        func forward(_ input: Tensor, _ pass: Pass) -> Tensor { input * first.value + second.value }
    }

    @Test func parametersOfOneNameAreNotSaved() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("weights")
        let layer = Twice().built([1])
        for body in [{ try layer.saveWeights(to: path) }, { try Twice().loadWeights(from: path) }] {
            #expect { try body() } throws: { error in
                if path.isEmpty { return false }
                if let error = error as? TrainingError, error == .parameterNamedTwice(name: "w") { return true }
                return error is DataError
            }
        }
        #expect(throws: DataError.self) { try SafeTensors(path: path) }
        try SafeTensors(arrays: ["w": Self.zeros(1)]).write(to: path)
        #expect(throws: TrainingError.parameterNamedTwice(name: "w")) { try Twice().loadWeights(from: path) }
    }

    @Test func aLinkIsFollowedAndADeviceStays() throws {
        let directory = try TemporaryDirectory()
        let original = model().built([4])
        let (target, link) = (directory.path("target"), directory.path("link"))
        try original.saveWeights(to: target)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "target")
        try model().built([4], seed: 5).saveWeights(to: target)
        try original.saveWeights(to: link)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "target")
        let copy = model()
        try copy.loadWeights(from: target, on: .loop)
        #expect(try copy.weightsSHA256() == original.weightsSHA256())
        #expect(throws: DataError.self) { try original.saveWeights(to: "/dev/full") }
        var attributes = stat()
        #expect(stat("/dev/full", &attributes) == 0 && attributes.st_mode & S_IFMT == S_IFCHR)
    }

    /// The hash is that of the numbers' bytes; this one was computed by sha256sum over 0000803f 000000c0 0000c07f.
    @Test func theHashIsThatOfTheBytes() throws {
        let layer = Dense(1, bias: false).built([3])
        layer.weight.value = Tensor([[1], [-2], [.nan]], on: .loop)
        #expect(try layer.weightsSHA256() == "11628163d5249a4c11328b625888a027d4120a3ab1134cf2b92f7cc8d844a7e3")
        layer.weight.value = Tensor([[1], [-2], [-Float.nan]], on: .loop)
        #expect(try layer.weightsSHA256() == "11628163d5249a4c11328b625888a027d4120a3ab1134cf2b92f7cc8d844a7e3")
    }
}
