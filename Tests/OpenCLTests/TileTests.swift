#if OpenCL
    import Testing
    import UnloopBackend
    import UnloopLoop
    import UnloopOpenCL

    /// Every tile of the registry, whatever the rule or a tuning table would choose, against the loop bit by bit. One at a time: what is
    /// forced on a backend holds for all that it runs.
    @Suite(.serialized) struct TileTests {
        private static let backends = ((try? OpenCLBackend.devices()) ?? []).compactMap {
            try? OpenCLBackend(device: $0, forcedClass: .gpuLike)
        }

        private struct Problem {
            let name: String
            let counts: (first: Int, second: Int, result: Int)
            let run: (any Backend, Buffer, Buffer, Buffer) throws -> Void
        }

        /// A product whose operands are transposed as told; `offset` elements lie before the first operand.
        private static func product(
            _ m: Int, _ n: Int, _ k: Int, transposesA: Bool, transposesB: Bool, offset: Int = 0
        ) -> Problem {
            func view(_ buffer: Buffer, _ offset: Int, _ rows: Int, _ columns: Int, _ transposed: Bool) -> StridedView {
                StridedView(
                    buffer, offset: offset, shape: [rows, columns], strides: transposed ? [1, rows] : [columns, 1])
            }
            return Problem(
                name: "\(m)×\(n)×\(k) \(transposesA) \(transposesB) \(offset)",
                counts: (offset + m * k, k * n, m * n)
            ) { backend, a, b, c in
                try backend.matmul(
                    MatmulDescriptor(m: m, n: n, k: k), view(a, offset, m, k, transposesA),
                    view(b, 0, k, n, transposesB),
                    epilogue: nil, output: view(c, 0, m, n, false))
            }
        }

        private static func convolution(
            _ direction: ConvolutionDescriptor.Direction, inputs: Int, outputs: Int, stride: Int
        ) -> Problem {
            let d = ConvolutionDescriptor(
                batch: 2, inputHeight: 9, inputWidth: 7, inputChannels: inputs, outputChannels: outputs,
                kernelHeight: 3,
                kernelWidth: 3, strideHeight: stride, strideWidth: stride, paddingTop: 1, paddingBottom: 1,
                paddingLeft: 1, paddingRight: 1)
            let shapes: (Dimensions, Dimensions) =
                switch direction {
                case .forward: (d.inputShape, d.filterShape)
                case .inputGradient: (d.outputShape, d.filterShape)
                case .filterGradient: (d.inputShape, d.outputShape)
                }
            return Problem(
                name: "\(direction) \(inputs) \(outputs) \(stride)",
                counts: (shapes.0.product, shapes.1.product, d.resultShape(direction).product)
            ) { backend, first, second, result in
                try backend.convolve(
                    d, direction, StridedView(first, shape: shapes.0), StridedView(second, shape: shapes.1),
                    epilogue: nil, output: StridedView(result, shape: d.resultShape(direction)))
            }
        }

        private static func bits(_ problem: Problem, on backend: any Backend) throws -> [UInt32] {
            let first = try backend.upload(.float32(ProductTests.values(problem.counts.first, seed: 7)))
            let second = try backend.upload(.float32(ProductTests.values(problem.counts.second, seed: 8)))
            let garbage = [Float](repeating: .signalingNaN, count: problem.counts.result)
            let result = try backend.upload(.float32(garbage))
            try problem.run(backend, first, second, result)
            guard case .float32(let values) = try backend.download(result, offset: 0, count: garbage.count) else {
                return []
            }
            return ProductTests.bits(values)
        }

        /// Each tile takes its turn with the four layouts and the directions of convolutions: in aligned quads, beyond the tile's
        /// edge and over several blocks of k. Those of untuned devices also with odd sizes, which are fetched one element at a
        /// time; compiling is what these tests spend their time on.
        @Test(arguments: Array(OpenCLBackend.tileNames.enumerated()))
        func hasTheLoopsBits(number: Int, tile: String) throws {
            let (transposesA, transposesB) = (number & 1 != 0, number & 2 != 0)
            let direction = ConvolutionDescriptor.Direction.allCases[number / 3 % 3]
            var problems = [
                number % 3 == 2
                    ? Self.convolution(direction, inputs: 8, outputs: 12, stride: 1)
                    : Self.product(132, 140, 520, transposesA: transposesA, transposesB: transposesB)
            ]
            if OpenCLBackend.untunedTileNames.contains(tile) {
                problems += [
                    Self.product(13, 67, 259, transposesA: transposesA, transposesB: transposesB, offset: 1),
                    Self.convolution(direction, inputs: 3, outputs: 5, stride: 2),
                ]
            }
            #expect(!Self.backends.isEmpty)
            for problem in problems {
                let expected = try Self.bits(problem, on: LoopBackend.shared)
                for backend in Self.backends {
                    var found: [UInt32] = []
                    try backend.tuning.forcing(tile) { found = try Self.bits(problem, on: backend) }
                    #expect(found == expected, "\(tile) \(problem.name) on \(backend.name)")
                }
            }
        }

        @Test func unknownTilesAreRefusedWhenForced() throws {
            for backend in Self.backends {
                let problem = Self.product(64, 64, 64, transposesA: false, transposesB: false)
                #expect(throws: BackendError.self) {
                    try backend.tuning.forcing("no such tile") { _ = try Self.bits(problem, on: backend) }
                }
            }
        }
    }
#endif
