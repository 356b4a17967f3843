#if OpenCL
    import UnloopBackend

    /// Work by which the candidates of an operation are compared.
    package struct TuningProblem: Sendable {
        private enum Work: Sendable {
            case product(MatmulDescriptor, transposesA: Bool, transposesB: Bool)
            case convolution(ConvolutionDescriptor, ConvolutionDescriptor.Direction)
        }

        private let work: Work

        /// For people, such as `matmul.nt 512×512×512`.
        package var name: String {
            switch work {
            case .product(let d, let transposesA, let transposesB):
                let sizes = Array(d.batch) + [d.m, d.n, d.k]
                let layout = (transposesA ? "t" : "n") + (transposesB ? "t" : "n")
                return "matmul.\(layout) " + sizes.map(String.init).joined(separator: "×")
            case .convolution(let d, let direction):
                let sizes = [
                    d.batch, d.inputHeight, d.inputWidth, d.inputChannels, d.outputChannels, d.kernelHeight,
                    d.strideHeight,
                ]
                return "convolution.\(direction) " + sizes.map(String.init).joined(separator: "×")
            }
        }

        /// Elements of the operands and of the result.
        package var counts: (first: Int, second: Int, result: Int) {
            switch work {
            case .product(let d, _, _):
                let batch = d.batch.product
                return (batch * d.m * d.k, batch * d.k * d.n, batch * d.m * d.n)
            case .convolution(let d, let direction):
                switch direction {
                case .forward: return (d.inputShape.product, d.filterShape.product, d.outputShape.product)
                case .inputGradient: return (d.outputShape.product, d.filterShape.product, d.inputShape.product)
                case .filterGradient: return (d.inputShape.product, d.outputShape.product, d.filterShape.product)
                }
            }
        }

        package func run(
            on backend: any Backend, _ first: Buffer, _ second: Buffer, _ result: Buffer
        ) throws(BackendError) {
            switch work {
            case .product(let d, let transposesA, let transposesB):
                func view(_ buffer: Buffer, _ rows: Int, _ columns: Int, transposed: Bool) -> StridedView {
                    var view = StridedView(buffer, shape: Dimensions(Array(d.batch) + [rows, columns]))
                    if transposed {
                        view.strides[d.batch.count] = 1
                        view.strides[d.batch.count + 1] = rows
                    }
                    return view
                }
                try backend.matmul(
                    d, view(first, d.m, d.k, transposed: transposesA), view(second, d.k, d.n, transposed: transposesB),
                    epilogue: nil, output: view(result, d.m, d.n, transposed: false))
            case .convolution(let d, let direction):
                let shapes: (Dimensions, Dimensions) =
                    switch direction {
                    case .forward: (d.inputShape, d.filterShape)
                    case .inputGradient: (d.outputShape, d.filterShape)
                    case .filterGradient: (d.inputShape, d.outputShape)
                    }
                try backend.convolve(
                    d, direction, StridedView(first, shape: shapes.0), StridedView(second, shape: shapes.1),
                    epilogue: nil, output: StridedView(result, shape: d.resultShape(direction)))
            }
        }

        // MARK: Which ones

        /// A product of any batch axes, then m, n and k.
        ///
        /// - Parameter layout: 0 for operands as they are, 1 for a transposed, 2 for b transposed, 3 for both.
        package static func product(_ sizes: [Int], layout: Int) -> TuningProblem {
            let d = MatmulDescriptor(
                batch: Dimensions(sizes.dropLast(3)), m: sizes[sizes.count - 3], n: sizes[sizes.count - 2],
                k: sizes[sizes.count - 1])
            return TuningProblem(work: .product(d, transposesA: layout & 1 != 0, transposesB: layout & 2 != 0))
        }

        package static func convolution(
            _ d: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction
        ) -> TuningProblem {
            TuningProblem(work: .convolution(d, direction))
        }

        private static func convolution(
            _ size: Int, _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1
        ) -> ConvolutionDescriptor {
            let padding = kernel / 2
            return ConvolutionDescriptor(
                batch: 32, inputHeight: size, inputWidth: size, inputChannels: inputs, outputChannels: outputs,
                kernelHeight: kernel, kernelWidth: kernel, strideHeight: stride, strideWidth: stride,
                paddingTop: padding, paddingBottom: padding, paddingLeft: padding, paddingRight: padding)
        }

        /// Products and convolutions of the sizes of real networks, those first that matter most. What takes a CPU long is left
        /// out for it.
        package static func all(for deviceClass: OpenCLDevice.Class) -> [TuningProblem] {
            let isFast = deviceClass == .gpuLike
            let squares = (isFast ? [4096, 1024, 2048, 512, 256] : [512, 1024, 256]).flatMap { size in
                (0..<4).map { product([size, size, size], layout: $0) }
            }
            let others = [
                [1, 4096, 4096], [128, 784, 512], [4096, 64, 64], [64, 4096, 64], [64, 64, 4096], [256, 32, 32, 32],
                [64, 64, 64, 64], [96, 128, 128, 64], [1024, 16, 16, 16],
            ].flatMap { sizes in [0, 2].map { product(sizes, layout: $0) } }
            let convolutions = [
                convolution(56, 64, 64, kernel: 3), convolution(28, 128, 128, kernel: 3),
                convolution(14, 256, 256, kernel: 3), convolution(7, 512, 512, kernel: 3),
                convolution(56, 256, 64, kernel: 1), convolution(224, 3, 64, kernel: 7, stride: 2),
                convolution(14, 32, 64, kernel: 5),
            ].flatMap { d in
                ConvolutionDescriptor.Direction.allCases.map { convolution(d, $0) }
            }
            return squares + (isFast ? convolutions : []) + others
        }
    }
#endif
