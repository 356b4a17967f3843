import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

@Suite struct WeightsTests {
    func model(_ units: Int = 3) -> Model<Sequential> {
        Model {
            Dense(units, activation: .relu)
            BatchNorm()
            Dense(2)
        }
    }

    @Test func savedWeightsComeBack() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("weights.safetensors")
        var original = model().built([4])
        let found = valueWithGradient(of: original) { pass in original(samples([6, 4]), pass).sum() }
        var state = OptimizerState(.sgd(0))
        try state.update(&original, found)
        try original.save(to: path, metadata: ["epochs": "3"])

        var unbuilt = model()
        try unbuilt.load(from: path, on: .loop)
        var rebuilt = model().built([4], seed: 99)
        #expect(try rebuilt.weightsSHA256() != original.weightsSHA256())
        try rebuilt.load(from: path)
        let x = samples([5, 4], seed: 8)
        for copy in [unbuilt, rebuilt] {
            #expect(try copy.weightsSHA256() == original.weightsSHA256())
            #expect(try copy(x).isBitEqual(to: original(x)))
        }
        let file = try SafeTensors(path: path)
        #expect(Set(file.metadata.keys) == ["epochs", "input_shape", "sha256"])
        #expect(file.metadata["epochs"] == "3" && file.metadata["input_shape"] == "4")
        #expect(file.metadata["sha256"]?.count == 64)
        #expect(file.arrays["0.weight"]?.shape == [4, 3])
        #expect(file.arrays.keys.sorted() == original.namedParameters.map(\.name).sorted())
    }

    @Test func weightsOfAnotherNetworkAreRefusedAndNothingChanges() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("weights")
        try model(3).built([4]).save(to: path)
        let others: [Model<Sequential>] = [
            model(5).built([4]), model(3).built([7]), Model { Dense(3) }.built([4]),
            Model {
                Dense(3); BatchNorm(); Dense(2); Dense(1)
            }.built([4]),
        ]
        for var other in others {
            let before = try other.weightsSHA256()
            #expect { try other.load(from: path) } throws: { error in
                if case .weightsDoNotFit(path, _)? = error as? TrainingError { true } else { false }
            }
            #expect(try other.weightsSHA256() == before)
        }
        var other = model()
        #expect(throws: DataError.self) { try other.load(from: directory.path("absent")) }
    }

    /// Who asks for predictions is told what the network takes by the file.
    @Test func aShapeThatTheWeightsDoNotTakeIsRefused() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("weights")
        try model().built([4]).save(to: path)
        let file = try SafeTensors(path: path)
        for (text, isTaken) in [("4", true), ("7,4", true), ("5", false), ("", false), ("4,0", false), ("0", false)] {
            var changed = file
            changed.metadata["input_shape"] = text
            try changed.sealed().write(to: path)
            for start in [model(), model().built([4], seed: 2)] {
                var other = start
                guard !isTaken else {
                    try other.load(from: path, on: .loop)
                    let shape = try #require(other.inputShape)
                    #expect(try other.prediction(for: samples([2] + shape)).shape.last == 2)
                    continue
                }
                #expect("\(text)") { try other.load(from: path, on: .loop) } throws: {
                    "\($0)".contains("which the weights do not take")
                }
                #expect(other.inputShape == start.inputShape && other.isBuilt == start.isBuilt)
            }
        }
        let words = Model {
            Embedding(rows: 3, size: 2)
            Dense(1)
        }.built([5])
        try words.save(to: path)
        var other = Model {
            Embedding(rows: 3, size: 2)
            Dense(1)
        }
        try other.load(from: path, on: .loop)
        #expect(other.inputShape == [5])
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
        let cases: [(String, any Layer, [String: SafeTensors.Array])] = [
            ("units", Dense(6), ["weight": Self.zeros(8, 64), "bias": Self.zeros(64)]),
            ("bias", Dense(6), ["weight": Self.zeros(8, 6), "bias": Self.zeros(7)]),
            ("rank 1", Dense(6), ["weight": Self.zeros(6), "bias": Self.zeros(6)]),
            ("rank 0", Dense(6), ["weight": Self.zeros(), "bias": Self.zeros(6)]),
            ("rank 3", Dense(6), ["weight": Self.zeros(1, 8, 6), "bias": Self.zeros(6)]),
            ("int32 bias", Dense(6), ["weight": Self.zeros(8, 6), "bias": Self.zeros(6, type: .int32)]),
            ("int32", Dense(6, bias: false), ["weight": Self.zeros(8, 6, type: .int32)]),
            ("float64 bias", Dense(6), ["weight": Self.zeros(8, 6), "bias": Self.zeros(6, type: .float64)]),
            (
                "kernel", Convolution2D(filters: 4, kernel: 5),
                ["weight": Self.zeros(3, 3, 2, 4), "bias": Self.zeros(4)]
            ),
            (
                "filters", Convolution1D(filters: 4, kernel: 3, bias: false), ["weight": Self.zeros(3, 2, 5)]
            ),
            (
                "transposed", TransposedConvolution2D(filters: 4, kernel: 2, groups: 2, bias: false),
                ["weight": Self.zeros(2, 2, 4, 6)]
            ),
            ("table", Embedding(rows: 5, size: 3), ["weight": Self.zeros(6, 3)]),
            ("norm", LayerNorm(), ["scale": Self.zeros(4), "shift": Self.zeros(5)]),
            (
                "statistics", BatchNorm(),
                [
                    "scale": Self.zeros(4), "shift": Self.zeros(4), "runningMean": Self.zeros(4),
                    "runningVariance": Self.zeros(4, type: .int32),
                ]
            ),
            (
                "gates", GRU(4),
                [
                    "0.inputWeight": Self.zeros(3, 12), "0.recurrentWeight": Self.zeros(4, 16),
                    "0.bias": Self.zeros(12),
                    "0.recurrentBias": Self.zeros(12),
                ]
            ),
            (
                "one layer after the other",
                Sequential {
                    Dense(3, bias: false)
                    Activation.relu
                    Dense(2, bias: false)
                }, ["0.weight": Self.zeros(4, 3), "2.weight": Self.zeros(5, 2)]
            ),
            (
                "a sum of different sizes",
                Sequential { Residual { Dense(2, bias: false) } }, ["0.0.weight": Self.zeros(3, 2)]
            ),
            (
                "inside",
                Sequential {
                    Dense(3, bias: false)
                    Residual { LayerNorm() }
                },
                ["0.weight": Self.zeros(4, 3), "1.0.scale": Self.zeros(4), "1.0.shift": Self.zeros(4)]
            ),
        ]
        func check(_ name: String, _ layer: some Layer, _ arrays: [String: SafeTensors.Array]) throws {
            try SafeTensors(arrays: arrays).write(to: path)
            var model = Model(layer)
            #expect("\(name)") { try model.load(from: path, on: .loop) } throws: { error in
                if case .weightsDoNotFit(path, _)? = error as? TrainingError { true } else { false }
            }
            #expect(!model.isBuilt, "\(name)")
        }
        for (name, layer, arrays) in cases { try check(name, layer, arrays) }
    }

    /// What the shortcut gives is added to what the layers give, and both take what the layer before gives.
    @Test func anUnbuiltShortcutRefusesWeightsThatCannotBeAdded() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("weights")
        func refused(_ layers: Sequential, _ arrays: [String: SafeTensors.Array], _ reason: String) throws {
            try SafeTensors(arrays: arrays).write(to: path)
            var model = Model(layers)
            #expect(throws: TrainingError.weightsDoNotFit(file: path, reason: reason)) {
                try model.load(from: path, on: .loop)
            }
            #expect(!model.isBuilt)
        }
        let normalizing = Sequential {
            Residual(shortcut: { LayerNorm() }) { Dense(4, bias: false) }
        }
        try refused(
            normalizing,
            [
                "0.0.weight": Self.zeros(4, 4), "0.shortcut.0.scale": Self.zeros(5),
                "0.shortcut.0.shift": Self.zeros(5),
            ],
            "`0.shortcut.0.scale` takes 5 features, but the layer before gives 4")
        try refused(
            Sequential {
                Residual(shortcut: { Dense(3, bias: false) }) { Dense(4, bias: false) }
            },
            ["0.0.weight": Self.zeros(5, 4), "0.shortcut.0.weight": Self.zeros(5, 3)],
            "the layers inside `0` give 4 features and the shortcut 3, which cannot be added")
        let projecting = Sequential {
            Dense(3, bias: false)
            Residual(shortcut: { Dense(2, bias: false) }) { Dense(2, bias: false) }
        }
        try refused(
            projecting,
            [
                "0.weight": Self.zeros(5, 3), "1.0.weight": Self.zeros(3, 2), "1.shortcut.0.weight": Self.zeros(4, 2),
            ],
            "`1.shortcut.0.weight` takes 4 features, but the layer before gives 3")
        // Those that fit are taken.
        try SafeTensors(arrays: [
            "0.weight": Self.zeros(5, 3), "1.0.weight": Self.zeros(3, 2), "1.shortcut.0.weight": Self.zeros(3, 2),
        ]).write(to: path)
        var model = Model(projecting)
        try model.load(from: path, on: .loop)
        #expect(try model(samples([1, 5])).scalars() == [0, 0])
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
                        Residual(shortcut: { Convolution2D(filters: 3, kernel: 1) }) {
                            Convolution2D(filters: 3, kernel: 3, padding: .same)
                            BatchNorm()
                        }
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
        func check(_ layer: some Layer, _ same: some Layer, _ shape: [Int]) throws {
            let original = layer.built(shape, seed: 3)
            try original.save(to: path)
            var copy = Model(same)
            try copy.load(from: path, on: .loop)
            #expect(try copy.weightsSHA256() == original.weightsSHA256(), "\(layer.kind)")
        }
        for (shape, make) in cases { try check(make(), make(), shape) }
    }

    private struct Twice: Layer {
        let first = Parameter("w")
        let second = Parameter("w")
        var parameters: [Parameter] { [first, second] }
        func outputShape(for inputShape: [Int]) -> [Int] { inputShape }
        func build(inputShape: [Int], _ builder: inout Builder) {
            builder.make(first, [1], .zeros)
            builder.make(second, [1], .ones)
        }
        func forward(_ input: Tensor, _ pass: Pass) -> Tensor { input * pass[first] + pass[second] }
    }

    /// The second parameter has the name of a parameter inside.
    private struct Outer: Module {
        let inner = Dense(2)
        let own = Parameter("inner.weight")
        var parameters: [Parameter] { [own] }
        var children: [(name: String, module: any Module)] { [("inner", inner)] }
    }

    /// There is no network with such parameters.
    @Test func parametersOfOneNameAreNotSaved() async {
        func expectTrap(_ text: String, _ result: ExitTest.Result?) {
            let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
            #expect(message.contains(text), "\(message)")
        }
        expectTrap(
            "Twice: two parameters are named `w`, one of Twice, one of Twice; give each a name of its own",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = Model(Twice()) })
        expectTrap(
            "Sequential: two parameters are named `1.w`, one of Twice at `1`, one of Twice at `1`",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Model {
                    Dense(1)
                    Twice()
                }
            })
        expectTrap(
            "Outer: two parameters are named `inner.weight`, one of Outer, one of Dense(2) at `inner`",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = Model(Outer()) })
    }

    @Test func aLinkIsFollowedAndADeviceStays() throws {
        let directory = try TemporaryDirectory()
        let original = model().built([4])
        let (target, link) = (directory.path("target"), directory.path("link"))
        try original.save(to: target)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "target")
        try model().built([4], seed: 5).save(to: target)
        try original.save(to: link)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "target")
        var copy = model()
        try copy.load(from: target, on: .loop)
        #expect(try copy.weightsSHA256() == original.weightsSHA256())
        #expect(throws: DataError.self) { try original.save(to: "/dev/full") }
        var attributes = stat()
        #expect(stat("/dev/full", &attributes) == 0 && attributes.st_mode & S_IFMT == S_IFCHR)
    }

    /// The hash is that of the numbers' bytes; this one was computed by sha256sum over 0000803f 000000c0 0000c07f.
    @Test func theHashIsThatOfTheBytes() throws {
        let layer = Dense(1, bias: false)
        var model = layer.built([3])
        model[layer.weight] = Tensor([[1], [-2], [.nan]], on: .loop)
        #expect(try model.weightsSHA256() == "11628163d5249a4c11328b625888a027d4120a3ab1134cf2b92f7cc8d844a7e3")
        model[layer.weight] = Tensor([[1], [-2], [-Float.nan]], on: .loop)
        #expect(try model.weightsSHA256() == "11628163d5249a4c11328b625888a027d4120a3ab1134cf2b92f7cc8d844a7e3")
    }
}
