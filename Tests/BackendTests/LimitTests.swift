import Testing
import UnloopBackend
import UnloopCPU
import UnloopConformance
import UnloopLoop

/// Work that goes beyond what is counted, cheap because views repeat one element. Every device refuses it in the same words, or has
/// the loop's bits: nothing wraps, traps, or takes minutes.
@Suite("Limits of every device") struct CountLimitTests {
    static let devices: [TestDevice] = {
        let loop = try? TestDevice("loop") { LoopBackend() }
        return (loop.map { [$0] } ?? []) + ((try? TestDevice.all.get()) ?? [])
    }()

    struct Limit: Sendable, CustomTestStringConvertible {
        let name: String
        /// A part of the reason.
        let reason: String
        let run: @Sendable (any Backend) throws -> Void

        var testDescription: String { name }
    }

    private static func one(_ backend: any Backend, _ type: ElementType, _ shape: Dimensions) throws
        -> StridedView
    {
        let buffer = try backend.upload(type == .int32 ? .int32([1]) : .float32([1]))
        return StridedView(buffer, shape: shape, strides: Dimensions(repeating: 0, count: shape.count))
    }

    private static let positions = ScalarProgram(inputs: []) { _, _ in [IntegerScalar.index.expression] }
    private static let bits = ScalarProgram(inputs: []) { _, _ in
        [IntegerScalar.randomBits(key: [1, 2, 3, 4], salt: 5).expression]
    }

    private static func convolution(
        _ name: String, _ change: @escaping @Sendable (inout ConvolutionDescriptor) -> Void
    ) -> Limit {
        Limit(name: name, reason: "each must be less than 2147483648") { backend in
            for direction in ConvolutionDescriptor.Direction.allCases {
                var d = ConvolutionDescriptor(
                    batch: 1, inputHeight: 1, inputWidth: 1, inputChannels: 1, outputChannels: 1, kernelHeight: 2,
                    kernelWidth: 2, paddingTop: 1, paddingLeft: 1)
                change(&d)
                // Nothing looks at the operands.
                try backend.convolve(
                    d, direction, one(backend, .float32, [1]), one(backend, .float32, [1]), epilogue: nil,
                    output: one(backend, .float32, [1]))
            }
        }
    }

    private static let limits: [Limit] = {
        var limits: [Limit] = []
        for reduction in Reduction.allCases where reduction.givesIndex {
            for inner in [1, 2] {
                let length = CountLimits.positions + 1
                limits.append(
                    Limit(name: "\(reduction) of [1, \(length), \(inner)]", reason: "is no int32") { backend in
                        try backend.reduce(
                            ReduceDescriptor(reduction, outer: 1, length: length, inner: inner),
                            inputs: [one(backend, .float32, [1, length, inner])], scalars: [],
                            output: StridedView(backend.allocate(.int32, count: inner), shape: [1, inner]))
                    })
            }
        }
        limits += asking(positions, of: CountLimits.positions + 1, "the positions of")
        limits += asking(bits, of: CountLimits.randomBits + 1, "random bits of")
        limits += [
            convolution("a dilation of 2^31") { $0.dilationHeight = 1 << 31 },
            convolution("a dilation of 2^62") { $0.dilationWidth = 1 << 62 },
            convolution("a stride of 2^31") { $0.strideWidth = 1 << 31 },
            convolution("a stride of 2^63 - 1") { $0.strideHeight = .max },
            convolution("padding of 2^31") { $0.paddingTop = 1 << 31 },
        ]
        return limits
    }()

    /// A program that asks for something of each element, in all ways to run it.
    private static func asking(_ program: ScalarProgram, of count: Int, _ reason: String) -> [Limit] {
        let stage = ScalarProgram(inputs: [.integer]) { x, _ in
            let asked = program.expressions(inputs: [], scalars: [])[program.outputs[0]]
            return [(IntegerScalar(x[0]) + IntegerScalar(asked)).expression]
        }
        let lines = LineProgram { builder in
            let x = builder.input(.integer)
            return [builder.reduce(.sum, builder.map(stage, x))]
        }
        return [
            Limit(name: "a map with \(reason) \(count) elements", reason: reason) { backend in
                try backend.map(program, inputs: [], scalars: [], outputs: [one(backend, .int32, [count])])
            },
            Limit(name: "a sum with \(reason) \(count) elements", reason: reason) { backend in
                try backend.reduce(
                    ReduceDescriptor(.sum, outer: 1, length: count, inner: 1, prologue: stage),
                    inputs: [one(backend, .int32, [1, count, 1])], scalars: [], output: one(backend, .int32, [1, 1]))
            },
            Limit(name: "lines with \(reason) \(count) elements", reason: reason) { backend in
                try backend.mapLines(
                    lines, inputs: [one(backend, .int32, [1, count, 1])], scalars: [],
                    outputs: [one(backend, .int32, [1, 1])])
            },
        ]
    }

    @Test("what is not counted is refused", arguments: devices, limits)
    func refusals(device: TestDevice, limit: Limit) throws {
        let backend = device.backend
        let error = #expect(throws: BackendError.self) { try limit.run(backend) }
        guard case .unsupported(_, _, let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains(limit.reason), "\(reason)")
    }

    @Test("what is just counted is not refused") func bounds() throws {
        let backend = LoopBackend.shared
        try backend.requireCountable(Self.positions, count: CountLimits.positions, "map")
        try backend.requireCountable(Self.bits, count: CountLimits.randomBits, "map")
        try backend.requireCountable(ReduceDescriptor(.indexOfMaximum, outer: 3, length: 1 << 31, inner: 5))
        // Other programs may be longer.
        let other = ScalarProgram { x in x + 1 }
        try backend.requireCountable(other, count: .max, "map")
        try backend.requireCountable(ReduceDescriptor(.sum, outer: 1, length: .max, inner: 1, prologue: other))
        // The dilation of a single tap, and the stride of a single position.
        var d = ConvolutionDescriptor(
            batch: 1, inputHeight: 1, inputWidth: 1, inputChannels: 1, outputChannels: 1, kernelHeight: 1,
            kernelWidth: 1, strideHeight: (1 << 31) - 1, dilationHeight: .max)
        try backend.requireCountable(d)
        #expect(d.outputHeight == 1)
        d.kernelHeight = 3
        d.dilationHeight = 1 << 62
        #expect(d.outputHeight == 0)
        #expect(throws: BackendError.self) { try backend.requireCountable(d) }
    }

    /// More memory than the machine has for a line that the loop keeps, or for the chunks of the others.
    @Test("lines that no machine has memory for are refused", arguments: devices)
    func longestLines(device: TestDevice) throws {
        let backend = device.backend
        for (length, inner) in [(1 << 62, 1), (1 << 61, 2), (.max, 1)] {
            #expect(throws: BackendError.self) {
                try backend.reduce(
                    ReduceDescriptor(.sum, outer: 1, length: length, inner: inner),
                    inputs: [Self.one(backend, .float32, [1, length, inner])], scalars: [],
                    output: StridedView(backend.allocate(.float32, count: inner), shape: [1, inner]))
            }
        }
    }

    // MARK: Windows that reach far

    private static func numbers(_ count: Int, seed: Int) -> HostArray {
        .float32((0..<count).map { Float(($0 &* 2_654_435_761 &+ seed) % 1009) / 128 - 4 })
    }

    struct Far: Sendable, CustomTestStringConvertible {
        let channels: (Int, Int, Int)
        let dilation: Int
        let stride: (Int, Int)

        var testDescription: String { "\(channels), dilation \(dilation), stride \(stride)" }
    }

    private static let far: [Far] = {
        let channels: [(Int, Int, Int)] = [(3, 16, 1), (16, 3, 1), (16, 16, 1), (8, 8, 8), (8, 16, 8), (12, 6, 2)]
        let dilations: [Int] = [1 << 12, 1 << 22, (1 << 30) - 1]
        let strides: [(Int, Int)] = [(1, 1), (2, 3), (1 << 12, 1 << 30)]
        var cases: [Far] = []
        for channels in channels {
            for dilation in dilations {
                for stride in strides { cases.append(Far(channels: channels, dilation: dilation, stride: stride)) }
            }
        }
        return cases
    }()

    @Test("filters whose taps lie far apart have the loop's bits", arguments: devices, far)
    func farTaps(device: TestDevice, far: Far) throws {
        let (inputs, outputs, groups) = far.channels
        let d = ConvolutionDescriptor(
            batch: 2, inputHeight: 7, inputWidth: 9, inputChannels: inputs, outputChannels: outputs, kernelHeight: 3,
            kernelWidth: 3, strideHeight: far.stride.0, strideWidth: far.stride.1, paddingTop: far.dilation,
            paddingBottom: far.dilation, paddingLeft: far.dilation - 1, paddingRight: far.dilation + 1,
            dilationHeight: far.dilation, dilationWidth: far.dilation, groups: groups)
        for direction in ConvolutionDescriptor.Direction.allCases {
            let shapes =
                switch direction {
                case .forward: (d.inputShape, d.filterShape)
                case .inputGradient: (d.outputShape, d.filterShape)
                case .filterGradient: (d.inputShape, d.outputShape)
                }
            let target = d.resultShape(direction)
            func result(_ backend: any Backend) throws -> HostArray {
                let output = try backend.allocate(.float32, count: target.product)
                try backend.convolve(
                    d, direction, StridedView(backend.upload(Self.numbers(shapes.0.product, seed: 1)), shape: shapes.0),
                    StridedView(backend.upload(Self.numbers(shapes.1.product, seed: 2)), shape: shapes.1),
                    epilogue: nil, output: StridedView(output, shape: target))
                return try backend.download(output, offset: 0, count: target.product)
            }
            let (expected, found) = try (result(LoopBackend.shared), result(device.backend))
            #expect(Comparison.bitDifference(expected: [expected], actual: [found]) == nil, "\(direction)")
        }
    }

    private static let pools: [PoolDescriptor] = {
        // One window over all; several; some that see the first rows and columns only; long steps. Window, padding before and after, step.
        let geometries: [(Int, Int, Int, Int)] = [
            (1 << 40, (1 << 40) - 5, 2, Int.max), (1 << 33, (1 << 33) - 3, 2, 2), ((1 << 31) - 1, (1 << 31) - 4, 0, 1),
            (3, 1, 1, Int.max), (3, 1, 1, 1 << 32), (2, 1 << 30, 0, 1 << 30), (1 << 30, (1 << 30) - 2, 1, 1),
        ]
        var pools: [PoolDescriptor] = []
        for kind in PoolDescriptor.Kind.allCases {
            for (window, before, after, step) in geometries {
                pools.append(
                    PoolDescriptor(
                        kind, batch: 2, inputHeight: 5, inputWidth: 6, channels: 5, windowHeight: window,
                        windowWidth: window, strideHeight: step, strideWidth: step, paddingTop: before,
                        paddingBottom: after, paddingLeft: before, paddingRight: after))
            }
        }
        return pools
    }()

    @Test("pooling over windows larger than the image has the loop's bits, or is refused", arguments: devices, pools)
    func farPooling(device: TestDevice, d: PoolDescriptor) throws {
        let (input, output) = (d.inputShape, d.outputShape)
        #expect(output.product > 0 && output.product < 1000)
        for direction in PoolDescriptor.Direction.allCases {
            let target = direction == .gradient ? input : output
            let second = direction == .gradient ? output : input
            func result(_ backend: any Backend) throws -> HostArray {
                let memory = try backend.allocate(.float32, count: target.product)
                try backend.pool(
                    d, direction, StridedView(backend.upload(Self.numbers(input.product, seed: 3)), shape: input),
                    direction == .forward
                        ? nil : StridedView(backend.upload(Self.numbers(second.product, seed: 4)), shape: second),
                    output: StridedView(memory, shape: target))
                return try backend.download(memory, offset: 0, count: target.product)
            }
            let expected = try result(LoopBackend.shared)
            do {
                let found = try result(device.backend)
                #expect(Comparison.bitDifference(expected: [expected], actual: [found]) == nil, "\(direction)")
            } catch BackendError.unsupported(_, "pool", let reason) {
                #expect(device.backend.kind == .opencl && reason.contains("32 bits"), "\(reason)")
                #expect(max(d.windowHeight, d.inputHeight + d.paddingTop + d.paddingBottom) > Int(Int32.max))
            }
        }
    }

    @Test("a window over the whole image gives its maximum") func wholeImage() throws {
        let backend = LoopBackend.shared
        let d = PoolDescriptor(
            .maximum, batch: 1, inputHeight: 2, inputWidth: 2, channels: 1, windowHeight: 1 << 50, windowWidth: 1 << 50,
            strideHeight: 1, strideWidth: 1, paddingTop: (1 << 50) - 2, paddingLeft: (1 << 50) - 2)
        let output = try backend.allocate(.float32, count: 1)
        try backend.pool(
            d, .forward, StridedView(backend.upload(.float32([3, 7, -1, 2])), shape: d.inputShape), nil,
            output: StridedView(output, shape: d.outputShape))
        #expect(try backend.download(output, offset: 0, count: 1) == .float32([7]))
    }

    // MARK: Long programs

    struct LongProgram: Sendable, CustomTestStringConvertible {
        let name: String
        let inputs: Int
        let outputs: Int
        /// What .cpu says; nil where it runs the program.
        var reason: String?
        let formula: @Sendable (_ inputs: [Scalar]) -> [Scalar]

        var testDescription: String { name }
        var program: ScalarProgram {
            ScalarProgram(inputs: [ScalarType](repeating: .real, count: inputs)) { x, _ in
                formula(x.map(Scalar.init)).map(\.expression)
            }
        }
    }

    /// Products that are all computed before the first of them is added.
    @Sendable private static func products(_ count: Int, _ x: Scalar) -> Scalar {
        let terms = (0..<count).map { x * Scalar(Double($0) / 64) }
        return terms.reversed().reduce(terms.reduce(0) { max($0, $1) }) { $0 + $1 }
    }

    private static func constants(_ count: Int) -> LongProgram {
        LongProgram(name: "\(count) constants", inputs: 1, outputs: 1) { x in
            [(0..<count).reduce(x[0]) { ($0 - $0 * $0) + Scalar(1 + Double($1) / 64) }]
        }
    }

    private static let programs = [
        LongProgram(name: "10,000 constants", inputs: 1, outputs: 1) { x in
            [(0..<10_000).reduce(x[0]) { $0 * 0.5 + Scalar(Double($1) / 64) }]
        },
        LongProgram(name: "10,000 values at a time", inputs: 1, outputs: 1) { [products(10_000, $0[0])] },
        LongProgram(name: "300 inputs", inputs: 300, outputs: 1) { x in [x.dropFirst().reduce(x[0]) { $0 * 0.5 + $1 }]
        },
        // Where a plan's operands and constants no longer fit on the stack.
        LongProgram(name: "11 inputs", inputs: 11, outputs: 1) { x in [x.dropFirst().reduce(x[0]) { $0 * 0.5 + $1 }] },
        LongProgram(name: "12 inputs", inputs: 12, outputs: 1) { x in [x.dropFirst().reduce(x[0]) { $0 * 0.5 + $1 }] },
        constants(39), constants(40), constants(41),
        LongProgram(name: "20,000 outputs", inputs: 1, outputs: 20_000) { x in
            (0..<20_000).map { x[0] + Scalar(Double($0)) }
        },
        LongProgram(
            name: "70,000 values at a time", inputs: 1, outputs: 1, reason: "more than 65535"
        ) { [products(70_000, $0[0])] },
    ]

    @Test(
        "long programs have the loop's bits or are refused", .timeLimit(.minutes(1)), arguments: devices, programs)
    func longPrograms(device: TestDevice, long: LongProgram) throws {
        let program = long.program
        func results(_ backend: any Backend) throws -> [HostArray] {
            let inputs = try (0..<long.inputs).map {
                StridedView(try backend.upload(Self.numbers(11, seed: $0)), shape: [11])
            }
            let outputs = try (0..<long.outputs).map { _ in
                StridedView(try backend.allocate(.float32, count: 11), shape: [11])
            }
            try backend.map(program, inputs: inputs, scalars: [], outputs: outputs)
            return try outputs.prefix(50).map { try backend.download($0.buffer, offset: 0, count: 11) }
        }
        do {
            let (expected, found) = try (results(LoopBackend.shared), results(device.backend))
            #expect(Comparison.bitDifference(expected: expected, actual: found) == nil)
            #expect(long.reason == nil || device.backend.kind == .loop)
        } catch BackendError.unsupported(_, "map", let reason) {
            switch device.backend.kind {
            case .loop: Issue.record("\(reason)")
            case .cpu: #expect(long.reason.map { reason.contains($0) } == true, "\(reason)")
            case .opencl: #expect(reason.contains("too long") || reason.contains("bytes of parameters"), "\(reason)")
            }
        }
    }

    /// A chain of so many stages, each of which adds something to the one before, and a reduction at both ends.
    @Test(
        "line programs of many stages have the loop's bits or are refused", .timeLimit(.minutes(1)),
        arguments: devices, [30, 300, 6000])
    func longLinePrograms(device: TestDevice, stages: Int) throws {
        let step = ScalarProgram { x, y in x * 0.5 + y }
        let program = LineProgram { builder in
            let x = builder.input()
            let first = builder.reduce(.maximum, x)
            var value = builder.map(step, x, first)
            for _ in 1..<stages { value = builder.map(step, value, x) }
            return [builder.map(step, value, builder.reduce(.sum, value))]
        }
        func result(_ backend: any Backend) throws -> HostArray {
            let shape: Dimensions = [3, 70, 1]
            let output = try backend.allocate(.float32, count: 210)
            try backend.mapLines(
                program, inputs: [StridedView(try backend.upload(Self.numbers(210, seed: 6)), shape: shape)],
                scalars: [], outputs: [StridedView(output, shape: shape)])
            return try backend.download(output, offset: 0, count: 210)
        }
        do {
            let (expected, found) = try (result(LoopBackend.shared), result(device.backend))
            #expect(Comparison.bitDifference(expected: [expected], actual: [found]) == nil)
        } catch BackendError.unsupported(_, _, let reason) {
            #expect(device.backend.kind == .opencl && reason.contains("too long"), "\(reason)")
        }
    }
}
