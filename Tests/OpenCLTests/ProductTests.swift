#if OpenCL
    import Testing
    import UnloopBackend
    import UnloopLoop
    import UnloopOpenCL

    /// Products, convolutions, pooling and gathering of both kernel classes against the loop backend, bit by bit.
    @Suite struct ProductTests {
        /// Numbers of many magnitudes, so that every change of order shows.
        static func values(_ count: Int, seed: Int) -> [Float] {
            var state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
            return (0..<count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let mantissa = Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
                return mantissa * (state >> 20 & 3 == 0 ? 64 : 1)
            }
        }

        static func bits(_ values: [Float]) -> [UInt32] { values.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern } }

        static let backends: [OpenCLBackend] = {
            guard let devices = try? OpenCLBackend.devices() else { return [] }
            return devices.flatMap { device in
                OpenCLDevice.Class.allCases.compactMap { try? OpenCLBackend(device: device, forcedClass: $0) }
            }
        }()

        /// Runs on the loop backend and on each OpenCL backend; `expects` equal bits.
        func compare(
            _ label: String, resultCount: Int, _ inputs: [HostArray],
            onLoop: (LoopBackend, [Buffer], Buffer) throws -> Void,
            onOpenCL: (OpenCLBackend, [Buffer], Buffer) throws -> Void
        ) throws {
            let loop = LoopBackend()
            let expected = try loop.allocate(.float32, count: resultCount)
            try onLoop(loop, inputs.map { try loop.upload($0) }, expected)
            guard case .float32(let truth) = try loop.download(expected, offset: 0, count: resultCount) else { return }
            #expect(!Self.backends.isEmpty)
            for backend in Self.backends {
                let garbage = [Float](repeating: .signalingNaN, count: resultCount)
                let result = try backend.upload(.float32(garbage))
                try onOpenCL(backend, try inputs.map { try backend.upload($0) }, result)
                guard case .float32(let found) = try backend.download(result, offset: 0, count: resultCount) else {
                    Issue.record("not float32")
                    return
                }
                let (a, b) = (Self.bits(truth), Self.bits(found))
                if a != b {
                    let wrong = zip(a, b).enumerated().filter { $0.element.0 != $0.element.1 }
                    let first = wrong.first?.offset ?? 0
                    Issue.record(
                        "\(label) on \(backend.name) \(backend.deviceClass): \(wrong.count) of \(a.count) differ, first at \(first): \(found[first]) for \(truth[first])"
                    )
                }
            }
        }

        @Test(arguments: [
            (1, 1, 1), (1, 33, 300), (300, 1, 77), (3, 5, 513), (13, 33, 257), (64, 64, 64), (100, 10, 64), (5, 7, 0),
            (130, 130, 270), (200, 190, 300),
        ])
        func matmul(m: Int, n: Int, k: Int) throws {
            for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
                for batch: Dimensions in [[], [3], [2, 1, 2]] {
                    let count = batch.product
                    let descriptor = MatmulDescriptor(batch: batch, m: m, n: n, k: k)
                    for broadcast in [false, true] where !(broadcast && batch.isEmpty) {
                        let a = Self.values(count * m * k, seed: m + k)
                        let b = Self.values((broadcast ? 1 : count) * k * n, seed: n + 3 * k)
                        func strides(_ rows: Int, _ columns: Int, _ transpose: Bool, _ repeats: Bool) -> Dimensions {
                            var result = (batch + [rows, columns]) as [Int]
                            var strides = Array(Dimensions(result).rowMajorStrides)
                            if repeats { for axis in batch.indices { strides[axis] = 0 } }
                            if transpose {
                                strides[batch.count] = 1
                                strides[batch.count + 1] = rows
                            }
                            result = strides
                            return Dimensions(result)
                        }
                        func views(_ buffers: [Buffer], _ output: Buffer) -> [StridedView] {
                            [
                                StridedView(
                                    buffers[0], shape: Dimensions(Array(batch) + [m, k]),
                                    strides: strides(m, k, transposeA, false)),
                                StridedView(
                                    buffers[1], shape: Dimensions(Array(batch) + [k, n]),
                                    strides: strides(k, n, transposeB, broadcast)),
                                StridedView(output, shape: Dimensions(Array(batch) + [m, n])),
                            ]
                        }
                        try compare(
                            "matmul \(batch) \(m) \(n) \(k) \(transposeA) \(transposeB) \(broadcast)",
                            resultCount: count * m * n, [.float32(a), .float32(b)]
                        ) { backend, buffers, output in
                            let v = views(buffers, output)
                            try backend.matmul(descriptor, v[0], v[1], epilogue: nil, output: v[2])
                        } onOpenCL: { backend, buffers, output in
                            let v = views(buffers, output)
                            try backend.matmul(descriptor, v[0], v[1], epilogue: nil, output: v[2])
                        }
                    }
                }
            }
        }

        /// More batch axes than kernels take apart, in an order that lets none of them be merged.
        @Test(arguments: [(5, 6, 7), (1, 9, 300), (40, 3, 20)])
        func manyBatchAxes(m: Int, n: Int, k: Int) throws {
            let batch = [2, 3, 2, 1, 2, 3]
            let count = 72
            let descriptor = MatmulDescriptor(batch: Dimensions(batch), m: m, n: n, k: k)
            func view(_ buffer: Buffer, _ rows: Int, _ columns: Int, order: [Int]) -> StridedView {
                var strides = [Int](repeating: 0, count: 8)
                (strides[6], strides[7]) = (columns, 1)
                var step = rows * columns
                for axis in order {
                    strides[axis] = step
                    step *= batch[axis]
                }
                return StridedView(
                    buffer, shape: Dimensions(batch + [rows, columns]), strides: Dimensions(strides))
            }
            func views(_ buffers: [Buffer], _ output: Buffer) -> [StridedView] {
                [
                    view(buffers[0], m, k, order: [0, 2, 5, 1, 4, 3]), view(buffers[1], k, n, order: [4, 0, 5, 2]),
                    StridedView(output, shape: Dimensions(batch + [m, n])),
                ]
            }
            try compare(
                "matmul with six batch axes \(m) \(n) \(k)", resultCount: count * m * n,
                [.float32(Self.values(count * m * k, seed: m)), .float32(Self.values(count * k * n, seed: n))]
            ) { backend, buffers, output in
                let v = views(buffers, output)
                try backend.matmul(descriptor, v[0], v[1], epilogue: nil, output: v[2])
            } onOpenCL: { backend, buffers, output in
                let v = views(buffers, output)
                try backend.matmul(descriptor, v[0], v[1], epilogue: nil, output: v[2])
            }
        }

        static let convolutions: [ConvolutionDescriptor] = [
            ConvolutionDescriptor(
                batch: 2, inputHeight: 8, inputWidth: 8, inputChannels: 1, outputChannels: 16, kernelHeight: 3,
                kernelWidth: 3, paddingTop: 1, paddingBottom: 1, paddingLeft: 1, paddingRight: 1),
            ConvolutionDescriptor(
                batch: 3, inputHeight: 7, inputWidth: 9, inputChannels: 5, outputChannels: 7, kernelHeight: 3,
                kernelWidth: 2, strideHeight: 2, strideWidth: 3, paddingTop: 2, paddingBottom: 1, paddingLeft: 0,
                paddingRight: 3, dilationHeight: 1, dilationWidth: 2),
            ConvolutionDescriptor(
                batch: 1, inputHeight: 12, inputWidth: 11, inputChannels: 32, outputChannels: 48, kernelHeight: 3,
                kernelWidth: 3, strideHeight: 2, strideWidth: 2, paddingTop: 1, paddingBottom: 1, paddingLeft: 1,
                paddingRight: 1, groups: 2),
            ConvolutionDescriptor(
                batch: 2, inputHeight: 10, inputWidth: 10, inputChannels: 32, outputChannels: 32, kernelHeight: 3,
                kernelWidth: 3, strideHeight: 1, strideWidth: 2, paddingTop: 1, paddingBottom: 1, paddingLeft: 1,
                paddingRight: 1, groups: 32),
            ConvolutionDescriptor(
                batch: 2, inputHeight: 9, inputWidth: 9, inputChannels: 6, outputChannels: 12, kernelHeight: 2,
                kernelWidth: 3, strideHeight: 4, strideWidth: 2, paddingTop: 0, paddingBottom: 0, paddingLeft: 1,
                paddingRight: 1, dilationHeight: 2, dilationWidth: 2, groups: 6),
            ConvolutionDescriptor(
                batch: 4, inputHeight: 14, inputWidth: 14, inputChannels: 64, outputChannels: 64, kernelHeight: 3,
                kernelWidth: 3, paddingTop: 1, paddingBottom: 1, paddingLeft: 1, paddingRight: 1),
            ConvolutionDescriptor(
                batch: 5, inputHeight: 20, inputWidth: 20, inputChannels: 3, outputChannels: 4, kernelHeight: 1,
                kernelWidth: 1, strideHeight: 2, strideWidth: 2),
            ConvolutionDescriptor(
                batch: 2, inputHeight: 17, inputWidth: 21, inputChannels: 3, outputChannels: 40, kernelHeight: 7,
                kernelWidth: 7, strideHeight: 2, strideWidth: 2, paddingTop: 3, paddingBottom: 3, paddingLeft: 3,
                paddingRight: 3),
            ConvolutionDescriptor(
                batch: 2, inputHeight: 6, inputWidth: 40, inputChannels: 20, outputChannels: 10, kernelHeight: 2,
                kernelWidth: 3, paddingTop: 1, paddingRight: 2, dilationWidth: 3, groups: 5),
            // Counted in 64 bits, because of what the dilation may reach.
            ConvolutionDescriptor(
                batch: 2, inputHeight: 5, inputWidth: 6, inputChannels: 3, outputChannels: 3, kernelHeight: 1,
                kernelWidth: 2, strideHeight: 1, strideWidth: 2, paddingLeft: 1, dilationHeight: 1 << 29, groups: 3),
        ]

        /// Each way of computing it that does not refuse, those for CPUs also in the sizes that they have on GPUs.
        @Test(arguments: convolutions, ConvolutionDescriptor.Direction.allCases)
        func convolution(descriptor d: ConvolutionDescriptor, direction: ConvolutionDescriptor.Direction) throws {
            let shapes: [Dimensions]
            switch direction {
            case .forward: shapes = [d.inputShape, d.filterShape]
            case .inputGradient: shapes = [d.outputShape, d.filterShape]
            case .filterGradient: shapes = [d.inputShape, d.outputShape]
            }
            let inputs = shapes.map { Self.values($0.product, seed: $0.product) }
            let result = d.resultShape(direction)
            for variant in ConvolutionVariant.allCases {
                try compare(
                    "convolution \(direction) \(variant) \(d)", resultCount: result.product,
                    inputs.map { .float32($0) }
                ) { backend, buffers, output in
                    try backend.convolve(
                        d, direction, StridedView(buffers[0], shape: shapes[0]),
                        StridedView(buffers[1], shape: shapes[1]), epilogue: nil,
                        output: StridedView(output, shape: result))
                } onOpenCL: { backend, buffers, output in
                    let isPossible = OpenCLDevice.Class.allCases.contains {
                        variant.refusal(for: d, direction, on: backend.device, $0) == nil
                    }
                    let (first, second, target) = (
                        StridedView(buffers[0], shape: shapes[0]), StridedView(buffers[1], shape: shapes[1]),
                        StridedView(output, shape: result)
                    )
                    if try isPossible && backend.convolve(variant, d, direction, first, second, target) { return }
                    try backend.convolve(d, direction, first, second, epilogue: nil, output: target)
                }
            }
        }

        @Test(arguments: PoolDescriptor.Kind.allCases, PoolDescriptor.Direction.allCases)
        func pooling(kind: PoolDescriptor.Kind, direction: PoolDescriptor.Direction) throws {
            let descriptors = [
                PoolDescriptor(
                    kind, batch: 2, inputHeight: 8, inputWidth: 8, channels: 16, windowHeight: 2, windowWidth: 2,
                    strideHeight: 2, strideWidth: 2),
                PoolDescriptor(
                    kind, batch: 3, inputHeight: 7, inputWidth: 9, channels: 5, windowHeight: 3, windowWidth: 2,
                    strideHeight: 2, strideWidth: 1, paddingTop: 1, paddingBottom: 2, paddingLeft: 1, paddingRight: 0),
                PoolDescriptor(
                    kind, batch: 1, inputHeight: 5, inputWidth: 5, channels: 12, windowHeight: 2, windowWidth: 2,
                    strideHeight: 3, strideWidth: 3, paddingTop: 3, paddingBottom: 3, paddingLeft: 2, paddingRight: 2),
            ]
            for d in descriptors {
                var input = Self.values(d.inputShape.product, seed: d.channels).map { ($0 * 4).rounded() }
                for position in stride(from: 3, to: input.count, by: 17) { input[position] = .nan }
                let secondShape = direction == .gradient ? d.outputShape : d.inputShape
                let second = Self.values(secondShape.product, seed: 5)
                let result = direction == .gradient ? d.inputShape : d.outputShape
                func views(_ buffers: [Buffer], _ output: Buffer) -> (StridedView, StridedView?, StridedView) {
                    (
                        StridedView(buffers[0], shape: d.inputShape),
                        direction == .forward ? nil : StridedView(buffers[1], shape: secondShape),
                        StridedView(output, shape: result)
                    )
                }
                try compare(
                    "pool \(direction) \(d)", resultCount: result.product, [.float32(input), .float32(second)]
                ) { backend, buffers, output in
                    let v = views(buffers, output)
                    try backend.pool(d, direction, v.0, v.1, output: v.2)
                } onOpenCL: { backend, buffers, output in
                    let v = views(buffers, output)
                    try backend.pool(d, direction, v.0, v.1, output: v.2)
                }
            }
        }

        @Test(arguments: [(1, 10, 1, 30), (2, 5, 7, 12), (1, 100, 64, 200), (3, 4, 33, 1)])
        func gathering(outer: Int, rows: Int, inner: Int, count: Int) throws {
            let d = GatherDescriptor(outer: outer, rows: rows, inner: inner, count: count)
            let indices = (0..<count).map { Int32(($0 * 7 + $0 / 3) % rows) }
            let (tableShape, resultShape): (Dimensions, Dimensions) = ([outer, rows, inner], [outer, count, inner])
            let table = Self.values(tableShape.product, seed: 1)
            try compare("gather", resultCount: resultShape.product, [.float32(table), .int32(indices)]) {
                try $0.gather(
                    d, table: StridedView($1[0], shape: tableShape), indices: StridedView($1[1], shape: [count]),
                    output: StridedView($2, shape: resultShape))
            } onOpenCL: {
                try $0.gather(
                    d, table: StridedView($1[0], shape: tableShape), indices: StridedView($1[1], shape: [count]),
                    output: StridedView($2, shape: resultShape))
            }
            let source = Self.values(resultShape.product, seed: 2)
            try compare("scatter", resultCount: tableShape.product, [.float32(source), .int32(indices)]) {
                try $0.scatterAdd(
                    d, source: StridedView($1[0], shape: resultShape), indices: StridedView($1[1], shape: [count]),
                    output: StridedView($2, shape: tableShape))
            } onOpenCL: {
                try $0.scatterAdd(
                    d, source: StridedView($1[0], shape: resultShape), indices: StridedView($1[1], shape: [count]),
                    output: StridedView($2, shape: tableShape))
            }
        }

        @Test func badIndicesAreReportedLate() throws {
            for shared in Self.backends {
                let backend = try OpenCLBackend(device: shared.device, forcedClass: shared.deviceClass)
                let d = GatherDescriptor(outer: 1, rows: 4, inner: 2, count: 2)
                let table = try backend.upload(.float32([Float](repeating: 1, count: 8)))
                for bad: Int32 in [4, -1] {
                    let indices = try backend.upload(.int32([0, bad]))
                    let output = try backend.allocate(.float32, count: 4)
                    try backend.gather(
                        d, table: StridedView(table, shape: [1, 4, 2]), indices: StridedView(indices, shape: [2]),
                        output: StridedView(output, shape: [1, 2, 2]))
                    let sums = try backend.allocate(.float32, count: 8)
                    try backend.scatterAdd(
                        d, source: StridedView(table, shape: [1, 2, 2]), indices: StridedView(indices, shape: [2]),
                        output: StridedView(sums, shape: [1, 4, 2]))
                    try backend.synchronize()
                    for _ in 0..<2 {
                        #expect(throws: BackendError.indexOutOfRange(operation: "gather", bound: 4)) {
                            try backend.download(output, offset: 0, count: 1)
                        }
                        #expect(throws: BackendError.indexOutOfRange(operation: "scatterAdd", bound: 4)) {
                            try backend.wait(for: sums)
                        }
                    }
                    #expect(try backend.download(indices, offset: 0, count: 2) == .int32([0, bad]))
                }
            }
        }
    }
#endif
