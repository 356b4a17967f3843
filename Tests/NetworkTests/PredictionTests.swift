import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Inputs from outside: whatever is wrong with them is an error.
@Suite struct PredictionTests {
    private func network() -> Model<Sequential> {
        Model {
            Dense(6, activation: .tanh)
            BatchNorm()
            Dense(3)
        }
    }

    @Test func whatIsRightIsComputed() throws {
        let expected = network().built([4])
        for device in try DeviceTests.devices() {
            var model = expected
            try model.move(to: device)
            for examples in [1, 5] {
                // Brought to the network's device.
                let input = samples([examples, 4])
                for requiringFinite in [false, true] {
                    let output = try model.prediction(for: input, requiringFinite: requiringFinite)
                    #expect(output.device == device)
                    #expect(try output.isBitEqual(to: expected(input)), "\(device)")
                }
            }
        }
    }

    @Test func anUnknownShapeIsAnError() throws {
        var model = network()
        model.build(on: .loop) { root, builder in root.build(inputShape: [4], &builder) }
        #expect(model.inputShape == nil)
        #expect(throws: PredictionError.unknownInputShape) { try model.prediction(for: samples([2, 4])) }
        // Of a network without parameters, too.
        #expect(throws: PredictionError.unknownInputShape) {
            try Model { Flatten() }.prediction(for: samples([2, 4]))
        }
        #expect(try Model { Flatten() }.built([2, 2]).prediction(for: samples([3, 2, 2])).shape == [3, 4])
    }

    @Test func anotherShapeIsAnError() throws {
        let model = network().built([4])
        for shape in [[2, 5], [4], [], [2, 4, 1], [2, 0], [4, 2]] {
            let error = PredictionError.wrongShape(expected: [4], found: shape)
            #expect(throws: error) { try model.prediction(for: samples(shape)) }
            #expect("\(error)" == "the inputs have the shape \(shape), but the network takes [examples] + [4]")
        }
        let images = Model {
            Convolution2D(filters: 2, kernel: 3)
            Flatten()
            Dense(1)
        }.built([5, 5, 1])
        for shape in [[1, 4, 5, 1], [1, 5, 4, 1], [1, 5, 5, 2], [5, 5, 1]] {
            #expect(throws: PredictionError.wrongShape(expected: [5, 5, 1], found: shape)) {
                try images.prediction(for: samples(shape))
            }
        }
    }

    @Test func anotherElementTypeIsAnError() throws {
        let model = network().built([4])
        let integers = Tensor(int32: [1, 2, 3, 4], shape: [1, 4], on: .loop)
        #expect(throws: PredictionError.wrongElementType(expected: .float32, found: .int32)) {
            try model.prediction(for: integers)
        }
        #expect(throws: PredictionError.wrongElementType(expected: .float32, found: .float64)) {
            try model.prediction(for: samples([1, 4], on: .loop, .float64))
        }
        let doubles = network().built([4], .float64)
        #expect(throws: PredictionError.wrongElementType(expected: .float64, found: .float32)) {
            try doubles.prediction(for: samples([1, 4]))
        }
        #expect(try doubles.prediction(for: samples([1, 4], on: .loop, .float64)).elementType == .float64)
        let words = Model {
            Embedding(rows: 5, size: 3)
            Flatten()
            Dense(2)
        }.built([4])
        #expect(throws: PredictionError.wrongElementType(expected: .int32, found: .float32)) {
            try words.prediction(for: samples([1, 4]))
        }
        #expect(try words.prediction(for: integers).shape == [1, 2])
        #expect(throws: PredictionError.wrongElementType(expected: .int32, found: .float32)) {
            try Embedding(rows: 5, size: 3).built([4]).prediction(for: samples([1, 4]))
        }
        // A layer of one's own says it itself.
        struct Average: Layer {
            let embedding = Embedding(rows: 5, size: 3)
            var children: [(name: String, module: any Module)] { [("embedding", embedding)] }
            var takesIndices: Bool { true }
            func outputShape(for inputShape: [Int]) -> [Int] { [3] }
            func build(inputShape: [Int], _ builder: inout Builder) {
                embedding.build(inputShape: inputShape, &builder)
            }
            func forward(_ input: Tensor, _ pass: Pass) -> Tensor { embedding.forward(input, pass).mean(1) }
        }
        let bag = Model {
            Residual(shortcut: { Average() }, layers: { Average() })
            Dense(2)
        }.built([4])
        #expect(try bag.prediction(for: integers).shape == [1, 2])
        #expect(throws: PredictionError.wrongElementType(expected: .int32, found: .float32)) {
            try bag.prediction(for: samples([1, 4]))
        }
    }

    @Test func numbersThatAreNotFiniteAreErrorsWhereThatIsAsked() throws {
        for device in try DeviceTests.devices() {
            var model = network().built([4])
            try model.move(to: device)
            for wrong in [Float.nan, .infinity, -.infinity] {
                var values = [Float](repeating: 1, count: 12)
                values[6] = wrong
                values[11] = wrong
                let input = Tensor(values, shape: [3, 4], on: device)
                #expect(throws: PredictionError.inputNotFinite(example: 1), "\(device)") {
                    try model.prediction(for: input, requiringFinite: true)
                }
                #expect(try model.prediction(for: input).shape == [3, 3])
            }
            let layer = Dense(1, bias: false)
            var doubling = layer.built([1])
            doubling[layer.weight] = Tensor([[2]], on: .loop)
            try doubling.move(to: device)
            let large = Tensor([[1], [1], [3e38], [1]], on: device)
            #expect(throws: PredictionError.outputNotFinite(example: 2), "\(device)") {
                try doubling.prediction(for: large, requiringFinite: true)
            }
            #expect(try doubling.prediction(for: large).scalars() == [2, 2, .infinity, 2])
            // Every number is finite, their sum is not.
            let sum = Tensor([[3e38], [3e38], [-3e38]], on: device) / 2
            #expect(try doubling.prediction(for: sum, requiringFinite: true).shape == [3, 1])
        }
    }

    @Test func axesMayBeFree() throws {
        for device in try DeviceTests.devices() {
            var model = Model {
                RNN(3, returnsSequences: false)
                Dense(2)
            }.built([4, 2])
            try model.move(to: device)
            for time in [1, 4, 9] {
                let input = samples([2, time, 2], on: device)
                #expect(try model.prediction(for: input, freeAxes: [0]).isBitEqual(to: model(input)), "\(device)")
            }
            for shape in [[2, 9, 2], [2, 9, 3], [2, 0, 2], [9, 2]] {
                #expect(throws: PredictionError.wrongShape(expected: [4, 2], found: shape)) {
                    try model.prediction(for: samples(shape, on: device), freeAxes: shape == [2, 9, 2] ? [] : [0])
                }
            }
        }
    }

    @Test func aBatchMayBeEmpty() throws {
        for device in try DeviceTests.devices() {
            var model = network().built([4])
            try model.move(to: device)
            for requiringFinite in [false, true] {
                let output = try model.prediction(for: samples([0, 4], on: device), requiringFinite: requiringFinite)
                #expect(output.shape == [0, 3])
                #expect(try output.scalars() == [])
            }
        }
    }

    @Test func aRowThatAnEmbeddingLacksIsAnError() throws {
        for device in try DeviceTests.devices() {
            var model = Model {
                Embedding(rows: 5, size: 3)
                Flatten()
                Dense(2)
            }.built([2])
            try model.move(to: device)
            for row in [5, -1, Int32.max, Int32.min] {
                let input = Tensor(int32: [0, 1, row, 4], shape: [2, 2], on: device)
                #expect(throws: TensorError.self, "\(row) on \(device)") { try model.prediction(for: input) }
            }
            let rows = Tensor(int32: [0, 1, 3, 4], shape: [2, 2], on: device)
            #expect(try model.prediction(for: rows, requiringFinite: true).isBitEqual(to: model(rows)))
        }
    }

    @Test func aDeviceThatFailsIsAnError() throws {
        let backend = FailingBackend()
        let device = Device(backend, label: "failing")
        var model = network()
        model.build(inputShape: [4], on: device, seed: 1)
        let input = samples([2, 4])
        let expected = try model.prediction(for: input, requiringFinite: true)
        backend.fail(.from(0))
        #expect(throws: TensorError.self) { try model.prediction(for: input, requiringFinite: true) }
        backend.fail(nil)
        #expect(try model.prediction(for: input, requiringFinite: true).isBitEqual(to: expected))
    }

    @Test func manyTasksGetTheBitsOfOne() async throws {
        for device in try DeviceTests.devices() {
            var built = network().built([4])
            try built.move(to: device)
            let model = built
            let inputs = (0..<8).map { samples([1 + $0 % 3, 4], seed: UInt64($0)) }
            let expected = try inputs.map { try model.prediction(for: $0).canonicalBytes() }
            let found = try await withThrowingTaskGroup(of: (Int, Set<[UInt8]>).self) { group in
                for (number, input) in inputs.enumerated() {
                    group.addTask {
                        var found: Set<[UInt8]> = []
                        for _ in 0..<20 {
                            let output = try model.prediction(for: input, requiringFinite: true)
                            found.insert(try output.canonicalBytes())
                        }
                        return (number, found)
                    }
                }
                return try await group.reduce(into: [Int: Set<[UInt8]>]()) { $0[$1.0] = $1.1 }
            }
            for number in inputs.indices { #expect(found[number] == [expected[number]], "\(device)") }
        }
    }
}
