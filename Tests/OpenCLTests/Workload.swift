#if OpenCL
    import UnloopBackend
    import UnloopConformance
    import UnloopLoop
    import UnloopOpenCL

    /// Small operations of every kind, for tests of what becomes of them on a device that does not do what it should.
    struct Workload: Sendable {
        let name: String
        let run: @Sendable (any Backend) throws -> [HostArray]

        /// From the loop's bits; nil where there is none.
        func difference(on backend: any Backend) throws -> String? {
            try Comparison.bitDifference(expected: run(LoopBackend.shared), actual: run(backend)).map(\.description)
        }

        static func all(of kind: String) -> [Workload] { all.filter { $0.name.hasPrefix(kind) } }

        static let all = products + convolutions + reductions + others

        // MARK: Products

        private static let products = [
            Workload(name: "matmul") { backend in
                try [TuningProblem.product([37, 70, 300], layout: 0), .product([64, 64, 32], layout: 2)].map {
                    try result($0, on: backend)
                }
            },
            Workload(name: "matmul of few rows") { backend in
                [try result(.product([3, 50, 40], layout: 0), on: backend)]
            },
        ]

        private static let convolutions = ConvolutionDescriptor.Direction.allCases.flatMap { direction in
            [(3, 20, 1), (24, 20, 1), (16, 16, 16)].map { inputs, outputs, groups in
                Workload(name: "convolve \(direction) \(inputs) \(outputs) \(groups)") { backend in
                    let d = ConvolutionDescriptor(
                        batch: 2, inputHeight: 9, inputWidth: 10, inputChannels: inputs, outputChannels: outputs,
                        kernelHeight: 3, kernelWidth: 3, paddingTop: 1, paddingBottom: 1, paddingLeft: 1,
                        paddingRight: 1, groups: groups)
                    return [try result(.convolution(d, direction), on: backend)]
                }
            }
        }

        private static func result(_ problem: TuningProblem, on backend: any Backend) throws -> HostArray {
            let counts = problem.counts
            let target = try backend.allocate(.float32, count: counts.result)
            try problem.run(
                on: backend, backend.upload(numbers(counts.first)), backend.upload(numbers(counts.second)), target)
            return try backend.download(target, offset: 0, count: counts.result)
        }

        private static func numbers(_ count: Int) -> HostArray {
            .float32((0..<count).map { Float(($0 &* 2_654_435_761) % 1009) / 128 - 4 })
        }

        // MARK: Reductions

        private static let reductions = [Reduction.sum, .maximum, .indexOfMaximum].flatMap { reduction in
            [(3, 200, 1), (2, 9, 5)].map { outer, length, inner in
                Workload(name: "reduce \(reduction) \(inner == 1 ? "along" : "across")") { backend in
                    let input = try backend.upload(numbers(outer * length * inner))
                    let output = try backend.allocate(
                        reduction.givesIndex ? .int32 : .float32, count: outer * inner)
                    try backend.reduce(
                        ReduceDescriptor(reduction, outer: outer, length: length, inner: inner),
                        inputs: [StridedView(input, shape: [outer, length, inner])], scalars: [],
                        output: StridedView(output, shape: [outer, inner]))
                    return [try backend.download(output, offset: 0, count: output.count)]
                }
            }
        }

        // MARK: Others

        private static let others = [
            Workload(name: "map") { backend in
                let program = ScalarProgram { x, y in x * y + exp(x) }
                let shape: Dimensions = [7, 9]
                let inputs = try (0..<2).map { _ in StridedView(try backend.upload(numbers(63)), shape: shape) }
                let output = try backend.allocate(.float32, count: 63)
                try backend.map(program, inputs: inputs, scalars: [], outputs: [StridedView(output, shape: shape)])
                return [try backend.download(output, offset: 0, count: 63)]
            },
            Workload(name: "lines") { backend in
                let program = LineProgram { builder in
                    let x = builder.input()
                    let largest = builder.reduce(.maximum, x)
                    let powers = builder.map(ScalarProgram { x, m in exp(x - m) }, x, largest)
                    let sum = builder.reduce(.sum, powers)
                    return [builder.map(ScalarProgram { p, s in p / s }, powers, sum)]
                }
                let shape: Dimensions = [4, 40, 1]
                let input = StridedView(try backend.upload(numbers(160)), shape: shape)
                let output = try backend.allocate(.float32, count: 160)
                try backend.mapLines(
                    program, inputs: [input], scalars: [], outputs: [StridedView(output, shape: shape)])
                return [try backend.download(output, offset: 0, count: 160)]
            },
            Workload(name: "scan") { backend in
                try [5, 20].map { inner in
                    let shape: Dimensions = [2, 9, inner]
                    let input = try backend.upload(numbers(18 * inner))
                    let output = try backend.allocate(.float32, count: 18 * inner)
                    try backend.scan(
                        ScanDescriptor(outer: 2, length: 9, inner: inner), input: StridedView(input, shape: shape),
                        output: StridedView(output, shape: shape))
                    return try backend.download(output, offset: 0, count: 18 * inner)
                }
            },
            pool(.maximum, .forward), pool(.average, .gradient), gather(adds: false), gather(adds: true),
        ]

        private static func pool(_ kind: PoolDescriptor.Kind, _ direction: PoolDescriptor.Direction) -> Workload {
            Workload(name: "pool \(kind) \(direction)") { backend in
                let d = PoolDescriptor(
                    kind, batch: 2, inputHeight: 6, inputWidth: 6, channels: 3, windowHeight: 2, windowWidth: 2,
                    strideHeight: 2, strideWidth: 2)
                let result = direction == .gradient ? d.inputShape : d.outputShape
                let output = try backend.allocate(.float32, count: result.product)
                try backend.pool(
                    d, direction, StridedView(backend.upload(numbers(d.inputShape.product)), shape: d.inputShape),
                    StridedView(backend.upload(numbers(d.outputShape.product)), shape: d.outputShape),
                    output: StridedView(output, shape: result))
                return [try backend.download(output, offset: 0, count: result.product)]
            }
        }

        private static func gather(adds: Bool) -> Workload {
            Workload(name: adds ? "scatter" : "gather") { backend in
                let d = GatherDescriptor(outer: 2, rows: 5, inner: 17, count: 6)
                let (table, picked): (Dimensions, Dimensions) = ([2, 5, 17], [2, 6, 17])
                let indices = StridedView(try backend.upload(.int32([4, 0, 2, 2, 1, 4])), shape: [6])
                let (source, result) = adds ? (picked, table) : (table, picked)
                let from = StridedView(try backend.upload(numbers(source.product)), shape: source)
                let to = StridedView(try backend.allocate(.float32, count: result.product), shape: result)
                if adds {
                    try backend.scatterAdd(d, source: from, indices: indices, output: to)
                } else {
                    try backend.gather(d, table: from, indices: indices, output: to)
                }
                return [try backend.download(to.buffer, offset: 0, count: result.product)]
            }
        }
    }
#endif
