#if OpenCL
    import Testing
    import UnloopBackend
    import UnloopCPU
    import UnloopLoop
    import UnloopOpenCL

    /// Matrix products and convolutions of real networks need little memory beyond their operands: no copy of a whole image for
    /// each tap, no packed copy of large operands.
    @Suite(.serialized) struct WorkspaceTests {
        private static let limit = 32 << 20
        /// What is tuned, and what benchmarks ask for besides.
        private static let problems: [TuningProblem] = {
            func convolution(batch: Int, _ size: Int, _ inputs: Int, _ outputs: Int, groups: Int = 1) -> [TuningProblem]
            {
                let d = ConvolutionDescriptor(
                    batch: batch, inputHeight: size, inputWidth: size, inputChannels: inputs, outputChannels: outputs,
                    kernelHeight: 3, kernelWidth: 3, paddingTop: 1, paddingBottom: 1, paddingLeft: 1, paddingRight: 1,
                    groups: groups)
                return ConvolutionDescriptor.Direction.allCases.map { .convolution(d, $0) }
            }
            let products = [[32, 32, 32], [64, 64, 64], [128, 128, 128], [128, 10, 512], [16, 512, 512, 512]]
            return TuningProblem.all(for: .gpuLike) + products.map { .product($0, layout: 0) }
                + convolution(batch: 32, 56, 128, 128, groups: 128) + convolution(batch: 32, 28, 1, 32)
                + convolution(batch: 1, 56, 64, 64)
        }()

        /// By how much the memory that a new backend has taken grows beyond operands and result.
        private static func workspace(_ problem: TuningProblem, on backend: any Backend) throws -> Int {
            let counts = problem.counts
            let buffers = try [counts.first, counts.second, counts.result].map {
                try backend.allocate(.float32, count: $0)
            }
            let before = backend.statistics.bytesPeak
            try problem.run(on: backend, buffers[0], buffers[1], buffers[2])
            try backend.synchronize()
            return backend.statistics.bytesPeak - before
        }

        /// What does not fit into the workspace at once is computed part by part, with the same bits.
        @Test(arguments: [5_000, 8_000, 16_000, 40_000]) func partsHaveTheLoopsBits(workspace: Int) throws {
            func convolution(_ batch: Int, _ size: Int, _ inputs: Int, _ outputs: Int) -> TuningProblem {
                let d = ConvolutionDescriptor(
                    batch: batch, inputHeight: size, inputWidth: size, inputChannels: inputs, outputChannels: outputs,
                    kernelHeight: 3, kernelWidth: 3, paddingTop: 1, paddingBottom: 1, paddingLeft: 1, paddingRight: 1)
                return .convolution(d, .filterGradient)
            }
            let problems = [
                TuningProblem.product([256, 200, 100], layout: 0), .product([250, 203, 101], layout: 3),
                .product([3, 140, 130, 300], layout: 2), convolution(4, 14, 64, 64), convolution(7, 13, 3, 8),
            ]
            func result(_ problem: TuningProblem, on backend: any Backend) throws -> HostArray {
                func operand(_ count: Int) throws -> Buffer {
                    try backend.upload(.float32((0..<count).map { Float(($0 &* 2_654_435_761) % 1009) / 128 - 4 }))
                }
                let target = try backend.allocate(.float32, count: problem.counts.result)
                try problem.run(on: backend, operand(problem.counts.first), operand(problem.counts.second), target)
                return try backend.download(target, offset: 0, count: problem.counts.result)
            }
            let device = try #require(try OpenCLBackend.devices().first)
            for problem in problems {
                let expected = try result(problem, on: LoopBackend.shared)
                for deviceClass in OpenCLDevice.Class.allCases {
                    let backend = try OpenCLBackend(
                        device: device, forcedClass: deviceClass, workspaceElements: workspace,
                        cache: ProgramDiskCache.standard())
                    #expect(try result(problem, on: backend) == expected, "\(problem.name) \(deviceClass)")
                }
            }
        }

        @Test func cpu() throws {
            for problem in Self.problems {
                let bytes = try Self.workspace(problem, on: CPUBackend())
                #expect(bytes <= Self.limit, "\(problem.name) takes \(bytes >> 20) MiB")
            }
        }

        @Test(arguments: OpenCLDevice.Class.allCases) func openCL(deviceClass: OpenCLDevice.Class) throws {
            let device = try #require(try OpenCLBackend.devices().first)
            // Kernels for GPUs are slow on a CPU: some of each kind are enough there.
            let problems = deviceClass == .cpuLike ? Self.problems : Self.problems.suffix(32)
            for problem in problems {
                let backend = try OpenCLBackend(device: device, forcedClass: deviceClass)
                let bytes = try Self.workspace(problem, on: backend)
                #expect(bytes <= Self.limit, "\(problem.name) takes \(bytes >> 20) MiB")
            }
        }
    }
#endif
