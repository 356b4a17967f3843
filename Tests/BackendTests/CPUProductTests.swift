import Testing
import UnloopBackend
import UnloopCPU
import UnloopLoop

/// Matrix products, convolutions, pooling and gathering on the CPU have the bits of the loops, for every instruction set
/// and number of threads. Shapes are chosen to meet every way in which the CPU cuts them.
struct CPUProductTests {
    /// Those of one and of three threads fill memory with NaN before it is used.
    static let backends: [CPUBackend] = InstructionSet.available.flatMap { set in
        [1, 2, 3].compactMap { try? CPUBackend(instructionSet: set, threads: $0, poisonsMemory: $0 != 2) }
    }

    @Test func everyInstructionSetTakesPart() {
        #expect(Self.backends.count == 3 * InstructionSet.available.count)
    }

    /// A bias for each column, then a leaky ramp; every third product goes without.
    static func epilogue(_ seed: Int, bias: Buffer, shape: Dimensions) -> Epilogue? {
        if seed % 3 == 2 { return nil }
        var strides = Dimensions(repeating: 0, count: shape.count)
        strides[shape.count - 1] = 1
        let program = ScalarProgram { x, bias in max(x + bias, 0.125 * (x + bias)) }
        return Epilogue(program, inputs: [StridedView(bias, shape: shape, strides: strides)])
    }

    /// Small numbers with full mantissas, and now and then a zero, an infinity or a NaN.
    struct Source {
        var state: UInt64

        init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1 }

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) ^ (state >> 11) & 0x7fff_ffff
        }

        mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

        mutating func reals(_ count: Int, special: Bool = false) -> [Float] {
            (0..<count).map { _ in
                if special {
                    switch below(1500) {
                    case 0: return .nan
                    case 1: return .infinity
                    case 2: return -0.0
                    case 3: return .leastNonzeroMagnitude
                    case 4...200: return Float(below(3))
                    default: break
                    }
                }
                return Float(below(1 << 24) - (1 << 23)) / 5_000_011
            }
        }
    }

    static func bits(_ array: HostArray) -> [UInt32] {
        switch array {
        case .float32(let values): values.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern }
        case .int32(let values): values.map { UInt32(bitPattern: $0) }
        case .float64(let values): values.map { Float($0).bitPattern }
        }
    }

    /// The loops' bits, compared with those of every CPU backend. `operation` runs on one device.
    static func compare(
        _ label: String, _ inputs: [HostArray], result: (type: ElementType, count: Int),
        _ operation: (any Backend, [Buffer], Buffer) throws -> Void
    ) throws {
        let loop = LoopBackend()
        let expected = try run(loop, inputs, result) { try operation(loop, $0, $1) }
        for backend in backends {
            let found = try run(backend, inputs, result) { try operation(backend, $0, $1) }
            let different = zip(expected, found).enumerated().first { $0.element.0 != $0.element.1 }
            #expect(different == nil, "\(label) on \(backend.name): \(String(describing: different))")
        }
    }

    private static func run(
        _ backend: any Backend, _ inputs: [HostArray], _ result: (type: ElementType, count: Int),
        _ operation: ([Buffer], Buffer) throws -> Void
    ) throws -> [UInt32] {
        let buffers = try inputs.map { try backend.upload($0) }
        // Whatever is left from before must not show.
        let output = try backend.upload(
            result.type == .float32
                ? .float32([Float](repeating: 12345, count: result.count))
                : .int32([Int32](repeating: 12345, count: result.count)))
        try operation(buffers, output)
        return bits(try backend.download(output, offset: 0, count: result.count))
    }

    @Test(arguments: 0..<120)
    func matrixProducts(_ seed: Int) throws {
        var source = Source(UInt64(seed))
        let sizes = [0, 1, 1, 2, 5, 9, 15, 16, 17, 31, 33, 47, 64, 70, 129]
        let depths = [0, 1, 2, 7, 16, 100, 255, 256, 257, 300, 512, 700]
        var (m, n, k) = (
            sizes[source.below(sizes.count)], sizes[source.below(sizes.count)], depths[source.below(depths.count)]
        )
        switch seed % 12 {
        case 3: (m, k) = (1, depths[source.below(depths.count)])
        case 4: (n, m) = (1, 1 + source.below(400))
        case 5: (m, n, k) = (1 + source.below(3), 1, 4096 + source.below(9000))
        case 6: (m, n, k) = (1 + source.below(40), 1 + source.below(20), 3000 + source.below(9000))
        case 7: (m, n, k) = (100 + source.below(300), 60 + source.below(200), 200 + source.below(200))
        case 8: (m, n, k) = (1, 1500 + source.below(3000), 1 + source.below(300))
        case 9: (m, n, k) = (450 + source.below(200), 30 + source.below(60), 250 + source.below(300))
        case 10: (m, n, k) = (1, 4000 + source.below(400), 500 + source.below(600))
        case 11: (m, n, k) = (1 + source.below(40), 500 + source.below(25), 512)
        default: break
        }
        let batch: Dimensions = seed % 3 == 0 ? [1 + source.below(4), 1 + source.below(3)] : []
        let count = batch.product
        let (transposeA, transposeB) = (source.below(2) == 1, source.below(2) == 1)
        let broadcast = source.below(3)
        func view(_ buffer: Buffer, _ rows: Int, _ columns: Int, _ transposed: Bool, repeated: Bool) -> StridedView {
            let whole: Dimensions = batch.isEmpty ? [] : batch
            var strides = Dimensions()
            for axis in whole.indices {
                let step = axis == 0 ? whole[1] * rows * columns : rows * columns
                strides.append(repeated ? 0 : step)
            }
            strides.append(transposed ? 1 : columns)
            strides.append(transposed ? rows : 1)
            return StridedView(buffer, shape: Dimensions(Array(whole) + [rows, columns]), strides: strides)
        }
        let a = source.reals(count * m * k, special: seed % 4 == 1)
        let b = source.reals(count * k * n)
        let bias = source.reals(n)
        let shape = Dimensions(Array(batch) + [m, n])
        let descriptor = MatmulDescriptor(batch: batch, m: m, n: n, k: k)
        try Self.compare(
            "\(batch) \(m) \(n) \(k) \(transposeA) \(transposeB)", [.float32(a), .float32(b), .float32(bias)],
            result: (.float32, shape.product)
        ) { backend, inputs, output in
            try backend.matmul(
                descriptor, view(inputs[0], m, k, transposeA, repeated: broadcast == 1),
                view(inputs[1], k, n, transposeB, repeated: broadcast == 2),
                epilogue: Self.epilogue(seed, bias: inputs[2], shape: shape),
                output: StridedView(output, shape: shape))
        }
    }

    @Test(arguments: 0..<100)
    func convolutions(_ seed: Int) throws {
        var source = Source(UInt64(seed) + 1000)
        let groups = [1, 1, 1, 2, 3][source.below(5)]
        let depthwise = seed % 7 == 0
        let channels = depthwise ? [3, 16, 40][source.below(3)] : groups * [1, 2, 3, 8, 17, 33][source.below(6)]
        let kernelHeight = [1, 2, 3, 5][source.below(4)]
        let d = ConvolutionDescriptor(
            batch: 1 + source.below(3), inputHeight: 1 + source.below(13), inputWidth: 1 + source.below(13),
            inputChannels: channels,
            outputChannels: depthwise
                ? channels * [1, 1, 2][source.below(3)] : groups * [1, 4, 10, 35][source.below(4)],
            kernelHeight: kernelHeight, kernelWidth: seed % 5 == 0 ? 1 + source.below(4) : kernelHeight,
            strideHeight: 1 + source.below(3), strideWidth: 1 + source.below(3), paddingTop: source.below(3),
            paddingBottom: source.below(3), paddingLeft: source.below(3), paddingRight: source.below(3),
            dilationHeight: 1 + source.below(2), dilationWidth: 1 + source.below(3),
            groups: depthwise ? channels : groups)
        try Self.compareDirections(d, seed, &source)
    }

    /// Several bands of lines of an image, and several blocks of k, for kernels that cut them.
    static let larger: [ConvolutionDescriptor] = [
        // Few input channels: gradients with respect to them, in phases of the stride, some of them without taps.
        .init(33, 29, 3, 24, window: 7, stride: 2, padding: 3), .init(40, 31, 1, 32, window: 3, stride: 1, padding: 1),
        .init(21, 50, 8, 19, window: 2, stride: 3, padding: 0), .init(19, 18, 5, 40, window: 5, stride: 1, padding: 4),
        .init(17, 23, 12, 48, window: 3, stride: 2, padding: 1, groups: 6),
        .init(23, 33, 1, 16, window: 1, stride: 2, padding: 1), .init(19, 64, 6, 40, window: 1, stride: 3, padding: 2),
        .init(17, 33, 4, 16, window: 1, stride: 2, padding: 1, groups: 2),
        // Few output channels.
        .init(30, 37, 40, 2, window: 3, stride: 1, padding: 1), .init(16, 16, 33, 7, window: 4, stride: 1, padding: 1),
        // Bands that hold a part of a strip's rows, and strips that reach into the next image.
        .init(12, 12, 250, 20, window: 3, stride: 1, padding: 1),
        .init(9, 11, 24, 50, window: 2, stride: 1, padding: 2),
        .init(26, 37, 3, 33, window: 5, stride: 2, padding: 2), .init(30, 21, 1, 40, window: 4, stride: 1, padding: 1),
        // Each channel by itself.
        .init(25, 27, 70, 70, window: 3, stride: 1, padding: 1, groups: 70),
        .init(31, 24, 83, 83, window: 5, stride: 2, padding: 2, groups: 83),
        .init(40, 9, 16, 16, window: 7, stride: 1, padding: 5, groups: 16),
        // The same with several output channels.
        .init(25, 27, 70, 140, window: 3, stride: 1, padding: 1, groups: 70),
        .init(31, 24, 13, 39, window: 5, stride: 2, padding: 2, groups: 13),
        .init(40, 9, 16, 64, window: 9, stride: 1, padding: 5, groups: 16),
    ]

    @Test(arguments: larger.indices)
    func largerConvolutions(_ index: Int) throws {
        var source = Source(UInt64(index) + 4000)
        try Self.compareDirections(Self.larger[index], index, &source)
    }

    static func compareDirections(_ d: ConvolutionDescriptor, _ seed: Int, _ source: inout Source) throws {
        let image = source.reals(d.inputShape.product, special: seed % 4 == 1)
        let filter = source.reals(d.filterShape.product, special: seed % 4 == 2)
        let gradient = source.reals(d.outputShape.product, special: seed % 4 == 3)
        for direction in ConvolutionDescriptor.Direction.allCases {
            let (first, second, firstShape, secondShape) =
                switch direction {
                case .forward: (image, filter, d.inputShape, d.filterShape)
                case .inputGradient: (gradient, filter, d.outputShape, d.filterShape)
                case .filterGradient: (image, gradient, d.inputShape, d.outputShape)
                }
            let shape = d.resultShape(direction)
            let bias = source.reals(shape[3])
            try Self.compare(
                "\(direction) \(d)", [.float32(first), .float32(second), .float32(bias)],
                result: (.float32, shape.product)
            ) { backend, inputs, output in
                try backend.convolve(
                    d, direction, StridedView(inputs[0], shape: firstShape),
                    StridedView(inputs[1], shape: secondShape),
                    epilogue: Self.epilogue(seed, bias: inputs[2], shape: shape),
                    output: StridedView(output, shape: shape))
            }
        }
    }

    @Test(arguments: 0..<80)
    func pooling(_ seed: Int) throws {
        var source = Source(UInt64(seed) + 2000)
        let window = 1 + source.below(4)
        let d = PoolDescriptor(
            seed % 2 == 0 ? .maximum : .average, batch: 1 + source.below(3), inputHeight: 1 + source.below(12),
            inputWidth: 1 + source.below(12), channels: [1, 3, 16, 17, 40][source.below(5)], windowHeight: window,
            windowWidth: seed % 3 == 0 ? 1 + source.below(3) : window, strideHeight: 1 + source.below(4),
            strideWidth: 1 + source.below(4), paddingTop: source.below(4), paddingBottom: source.below(4),
            paddingLeft: source.below(4), paddingRight: source.below(4))
        let image = source.reals(d.inputShape.product, special: true)
        let tangent = source.reals(d.inputShape.product, special: seed % 4 == 1)
        let gradient = source.reals(d.outputShape.product, special: seed % 4 == 2)
        for direction in PoolDescriptor.Direction.allCases {
            let shape = direction == .gradient ? d.inputShape : d.outputShape
            let second = direction == .gradient ? gradient : tangent
            try Self.compare(
                "\(direction) \(d)", [.float32(image), .float32(second)], result: (.float32, shape.product)
            ) { backend, inputs, output in
                let other = StridedView(
                    inputs[1], shape: direction == .gradient ? d.outputShape : d.inputShape)
                try backend.pool(
                    d, direction, StridedView(inputs[0], shape: d.inputShape),
                    direction == .forward ? nil : other, output: StridedView(output, shape: shape))
            }
        }
    }

    @Test(arguments: 0..<30)
    func gathering(_ seed: Int) throws {
        var source = Source(UInt64(seed) + 3000)
        let d = GatherDescriptor(
            outer: 1 + source.below(3), rows: 1 + source.below(50), inner: [0, 1, 5, 16, 33, 100][source.below(6)],
            count: [0, 1, 20, 500][source.below(4)])
        let indices = (0..<d.count).map { _ in Int32(source.below(d.rows)) }
        let table = source.reals(d.outer * d.rows * d.inner, special: true)
        let terms = source.reals(d.outer * d.count * d.inner, special: true)
        let integers = terms.map { Int32(truncatingIfNeeded: Int64($0.bitPattern) &* 77) }
        let tableShape: Dimensions = [d.outer, d.rows, d.inner]
        let termsShape: Dimensions = [d.outer, d.count, d.inner]
        try Self.compare(
            "gather \(d)", [.float32(table), .int32(indices)], result: (.float32, termsShape.product)
        ) { backend, inputs, output in
            try backend.gather(
                d, table: StridedView(inputs[0], shape: tableShape), indices: StridedView(inputs[1], shape: [d.count]),
                output: StridedView(output, shape: termsShape))
        }
        for (elements, type) in [(HostArray.float32(terms), ElementType.float32), (.int32(integers), .int32)] {
            try Self.compare(
                "scatterAdd \(d)", [elements, .int32(indices)], result: (type, tableShape.product)
            ) { backend, inputs, output in
                try backend.scatterAdd(
                    d, source: StridedView(inputs[0], shape: termsShape),
                    indices: StridedView(inputs[1], shape: [d.count]), output: StridedView(output, shape: tableShape))
            }
        }
    }

    @Test(arguments: [-1, 5, Int32.max, Int32.min])
    func indexOutsideTheTableChangesNothing(_ index: Int32) throws {
        let d = GatherDescriptor(outer: 1, rows: 5, inner: 2, count: 2)
        for backend in Self.backends {
            let table = StridedView(try backend.upload(.float32([Float](repeating: 1, count: 10))), shape: [1, 5, 2])
            let indices = StridedView(try backend.upload(.int32([0, index])), shape: [2])
            let rows = StridedView(try backend.upload(.float32([7, 7, 7, 7])), shape: [1, 2, 2])
            #expect(throws: BackendError.indexOutOfRange(operation: "gather", bound: 5)) {
                try backend.gather(d, table: table, indices: indices, output: rows)
            }
            #expect(throws: BackendError.indexOutOfRange(operation: "scatterAdd", bound: 5)) {
                try backend.scatterAdd(d, source: rows, indices: indices, output: table)
            }
            #expect(try backend.download(rows.buffer, offset: 0, count: 4) == .float32([7, 7, 7, 7]))
            #expect(
                try backend.download(table.buffer, offset: 0, count: 10) == .float32([Float](repeating: 1, count: 10)))
        }
    }
}

extension ConvolutionDescriptor {
    /// A convolution of two images with a square window.
    fileprivate init(
        _ height: Int, _ width: Int, _ inputs: Int, _ outputs: Int, window: Int, stride: Int, padding: Int,
        groups: Int = 1
    ) {
        self.init(
            batch: 2, inputHeight: height, inputWidth: width, inputChannels: inputs, outputChannels: outputs,
            kernelHeight: window, kernelWidth: window, strideHeight: stride, strideWidth: stride, paddingTop: padding,
            paddingBottom: padding, paddingLeft: padding, paddingRight: padding, dilationHeight: 1, dilationWidth: 1,
            groups: groups)
    }
}
