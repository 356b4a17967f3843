#if OpenCL
    import UnloopBackend
    import UnloopLoop

    // The proofs of the kernels that are written by hand: small operations of their kind, with edges and more than one block of k.

    extension KernelProgram {
        /// What a proof has to be told, because the operation would choose otherwise.
        func subject(_ kernel: Kernel) -> KernelProofs.Subject {
            switch self {
            case .matmulTile(let variant), .convolutionTile(let variant, _):
                KernelProofs.Subject(program: self, tile: (variant.shape, kernel))
            default: KernelProofs.Subject(program: self, tile: nil)
            }
        }
    }

    extension OpenCLBackend {
        func proof(of program: KernelProgram, _ name: String) throws(BackendError) -> KernelProof {
            switch program {
            case .panel(let width, let rows): panelProof(name, width: width, rows: rows)
            case .matmulTile(let variant): tileProof(variant)
            case .matmulSimple:
                productProof(m: 5, n: 7, k: 261) { [self] product throws(BackendError) in try simpleProduct(product) }
            case .convolutionTile(let variant, let tapsAreK): convolutionTileProof(variant, tapsAreK: tapsAreK)
            case .convolutionDirect(let width, let isDepthwise, _):
                directProof(name, width: width, isDepthwise: isDepthwise)
            case .depthwise(let width):
                convolutionProof([.forward, .inputGradient], .depthwise, inputs: width, outputs: width, groups: width)
            case .convolutionNarrow(_, let columns):
                convolutionProof([.forward], .narrow, inputs: 5, outputs: columns)
            case .convolutionWindow(let shape): windowProof(name, shape)
            case .pool(let width): poolProof(name, width: width)
            case .gather(let elementType), .scatterSort(let elementType): gatherProof(name, elementType)
            case .interpreter: interpreterProof()
            }
        }

        // MARK: Products

        /// Sums of many terms, in which the order of rounding shows, and of single ones, in which each bit of an operand does.
        private func productProof(
            m: Int, n: Int, k: Int, transposesA: Bool = false, transposesB: Bool = false,
            found: @escaping (MatrixProduct) throws(BackendError) -> Void
        ) -> KernelProof {
            let operands = [
                (ProofOperands.factors(m * k, operand: 0), ProofOperands.factors(k * n, operand: 1)),
                (ProofOperands.fewOnes(m * k), ProofOperands.factors(k * n, operand: 1)),
                (ProofOperands.factors(m * k, operand: 0), ProofOperands.fewOnes(k * n)),
            ]
            return joined(
                operands.map { a, b in
                    productProof(
                        m: m, n: n, k: k, a, b, transposesA: transposesA, transposesB: transposesB, found: found)
                })
        }

        private func productProof(
            m: Int, n: Int, k: Int, _ a: HostArray, _ b: HostArray, transposesA: Bool, transposesB: Bool,
            found: @escaping (MatrixProduct) throws(BackendError) -> Void
        ) -> KernelProof {
            let d = MatmulDescriptor(m: m, n: n, k: k)
            func view(_ buffer: Buffer, _ rows: Int, _ columns: Int, _ transposed: Bool) -> StridedView {
                StridedView(buffer, shape: [rows, columns], strides: transposed ? [1, rows] : [columns, 1])
            }
            return KernelProof(
                inputs: [a, b],
                outputs: [ProofOperands.garbage(.real, m * n)],
                expected: { (loop, inputs, outputs) throws(BackendError) in
                    try loop.matmul(
                        d, view(inputs[0], m, k, transposesA), view(inputs[1], k, n, transposesB), epilogue: nil,
                        output: view(outputs[0], m, n, false))
                },
                found: { [self] (inputs, outputs) throws(BackendError) in
                    try found(
                        MatrixProduct(
                            d, a: view(inputs[0], m, k, transposesA), b: view(inputs[1], k, n, transposesB),
                            c: view(outputs[0], m, n, false), buffer: openCL))
                })
        }

        /// Several proofs as one.
        func joined(_ proofs: [KernelProof]) -> KernelProof {
            var inputEnds = [0]
            var outputEnds = [0]
            for proof in proofs {
                inputEnds.append(inputEnds[inputEnds.count - 1] + proof.inputs.count)
                outputEnds.append(outputEnds[outputEnds.count - 1] + proof.outputs.count)
            }
            func part(_ buffers: [Buffer], _ ends: [Int], _ number: Int) -> [Buffer] {
                Array(buffers[ends[number]..<ends[number + 1]])
            }
            return KernelProof(
                inputs: proofs.flatMap(\.inputs), outputs: proofs.flatMap(\.outputs),
                expected: { (loop, inputs, outputs) throws(BackendError) in
                    for (number, proof) in proofs.enumerated() {
                        try proof.expected(loop, part(inputs, inputEnds, number), part(outputs, outputEnds, number))
                    }
                },
                found: { (inputs, outputs) throws(BackendError) in
                    for (number, proof) in proofs.enumerated() {
                        try proof.found(part(inputs, inputEnds, number), part(outputs, outputEnds, number))
                    }
                })
        }

        /// Rows that make an operation take panels of `rows`.
        private func rowCount(ofPanel rows: Int) -> Int { rows == 1 ? 1 : rows == 4 ? 3 : rows + 1 }

        private func panelProof(_ name: String, width: Int, rows: Int) -> KernelProof {
            let count = rowCount(ofPanel: rows)
            switch name {
            case "matmul_packed", "pack_columns":
                return productProof(m: count, n: 2 * width + 3, k: 261) { [self] product throws(BackendError) in
                    try packedPanels(product)
                }
            case "matmul_direct":
                return productProof(m: count, n: 2 * width + 3, k: 261) { [self] product throws(BackendError) in
                    try directPanels(product)
                }
            case "convolution_packed":
                // Pixels are rows here: in one line, so that their number is as wanted.
                let d = ConvolutionDescriptor(
                    batch: 1, inputHeight: 3, inputWidth: count + 2, inputChannels: 9, outputChannels: 2 * width + 3,
                    kernelHeight: 3, kernelWidth: 3)
                return convolutionProof(d, .forward, .panels)
            default:
                // Output channels are rows here; two blocks of pixels.
                let d = ConvolutionDescriptor(
                    batch: 1, inputHeight: 17, inputWidth: 16, inputChannels: 3, outputChannels: count,
                    kernelHeight: 3, kernelWidth: 3, paddingTop: 1, paddingBottom: 1, paddingLeft: 1, paddingRight: 1)
                return convolutionProof(d, .filterGradient, .panels)
            }
        }

        private func tileProof(_ variant: TileVariant) -> KernelProof {
            let shape = variant.shape
            // Fetches of four elements need whole quads.
            let isInQuads = [variant.aWidth, variant.bWidth, variant.cWidth].contains(4)
            func product(m: Int, n: Int, k: Int) -> KernelProof {
                productProof(
                    m: m, n: n, k: k, transposesA: !variant.aAlongK, transposesB: variant.bAlongK
                ) { [self] product throws(BackendError) in
                    if let tile = proofs.subject?.tile { try launch(tile, product) }
                }
            }
            return isInQuads
                ? joined([product(m: shape.rows + 4, n: shape.columns + 4, k: 40), product(m: 8, n: 12, k: 264)])
                : joined([product(m: shape.rows + 3, n: shape.columns + 1, k: 37), product(m: 7, n: 9, k: 259)])
        }

        // MARK: Convolutions

        /// Of many terms and of single ones, as in products.
        private func convolutionProof(
            _ d: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ variant: ConvolutionVariant
        ) -> KernelProof {
            joined([false, true].map { convolutionProof(d, direction, variant, isSparse: $0) })
        }

        private func convolutionProof(
            _ d: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ variant: ConvolutionVariant,
            isSparse: Bool
        ) -> KernelProof {
            let shapes: (first: Dimensions, second: Dimensions) =
                switch direction {
                case .forward: (d.inputShape, d.filterShape)
                case .inputGradient: (d.outputShape, d.filterShape)
                case .filterGradient: (d.inputShape, d.outputShape)
                }
            let result = d.resultShape(direction)
            func views(_ inputs: [Buffer], _ output: Buffer) -> [StridedView] {
                [
                    StridedView(inputs[0], shape: shapes.first), StridedView(inputs[1], shape: shapes.second),
                    StridedView(output, shape: result),
                ]
            }
            return KernelProof(
                inputs: [
                    isSparse
                        ? ProofOperands.fewOnes(shapes.first.product)
                        : ProofOperands.factors(shapes.first.product, operand: 2),
                    ProofOperands.factors(shapes.second.product, operand: 3),
                ],
                outputs: [ProofOperands.garbage(.real, result.product)],
                expected: { (loop, inputs, outputs) throws(BackendError) in
                    let views = views(inputs, outputs[0])
                    try loop.convolve(d, direction, views[0], views[1], epilogue: nil, output: views[2])
                },
                found: { [self] (inputs, outputs) throws(BackendError) in
                    let views = views(inputs, outputs[0])
                    _ = try convolve(variant, d, direction, views[0], views[1], views[2])
                })
        }

        /// Images with edges, padding and dilation; strides where the variant takes them.
        private func convolutionProof(
            _ directions: [ConvolutionDescriptor.Direction], _ variant: ConvolutionVariant, inputs: Int, outputs: Int,
            groups: Int = 1, stride: Int = 1, inputHeight: Int = 7
        ) -> KernelProof {
            let d = ConvolutionDescriptor(
                batch: 2, inputHeight: inputHeight, inputWidth: 21, inputChannels: inputs, outputChannels: outputs,
                kernelHeight: 3, kernelWidth: 2, strideHeight: stride, strideWidth: stride, paddingTop: 1,
                paddingBottom: 1, paddingLeft: 1, paddingRight: 0, dilationHeight: 1, dilationWidth: 2, groups: groups)
            return joined(directions.map { convolutionProof(d, $0, variant) })
        }

        private func convolutionTileProof(_ variant: TileVariant, tapsAreK: Bool) -> KernelProof {
            let direction: ConvolutionDescriptor.Direction =
                !tapsAreK ? .filterGradient : variant.bAlongK ? .inputGradient : .forward
            let isInQuads = [variant.aWidth, variant.bWidth, variant.cWidth].contains(4)
            let channels = isInQuads ? (inputs: 8, outputs: 12) : (inputs: 7, outputs: 9)
            return convolutionProof(
                [direction], .tiles, inputs: channels.inputs, outputs: channels.outputs,
                stride: direction == .forward ? 2 : 1)
        }

        private func directProof(_ name: String, width: Int, isDepthwise: Bool) -> KernelProof {
            if name == "add_runs" { return addRunsProof() }
            let direction: ConvolutionDescriptor.Direction =
                switch name {
                case "direct_forward": .forward
                case "direct_input_gradient": .inputGradient
                default: .filterGradient
                }
            let channels = width == 1 ? 3 : width
            return isDepthwise
                ? convolutionProof(
                    [direction], .direct, inputs: channels, outputs: channels, groups: channels, stride: 2)
                : convolutionProof([direction], .direct, inputs: 5, outputs: channels, stride: 2)
        }

        private func addRunsProof() -> KernelProof {
            let (runs, elements) = (3, 37)
            return KernelProof(
                inputs: [ProofOperands.factors(runs * elements, operand: 4)],
                outputs: [ProofOperands.garbage(.real, elements)],
                expected: { (loop, inputs, outputs) throws(BackendError) in
                    try loop.reduce(
                        ReduceDescriptor(.sum, outer: 1, length: runs, inner: elements),
                        inputs: [StridedView(inputs[0], shape: [1, runs, elements])], scalars: [],
                        output: StridedView(outputs[0], shape: [1, elements]))
                },
                found: { [self] (inputs, outputs) throws(BackendError) in
                    try addRuns(
                        openCL(inputs[0]), to: openCL(outputs[0]), offset: 0, elements: elements, runs: runs,
                        isFirst: true, operation: "convolve")
                })
        }

        private func windowProof(_ name: String, _ shape: WindowShape) -> KernelProof {
            let outputs = (4...64).first {
                WindowShape(columns: $0, widest: device.wideVector) == shape && $0 % shape.width != 0
            }
            // A filter's gradient is a sum of blocks of pixels: of two, and of one, whose last bit no other rounds away.
            let heights = name == "window_forward" ? [7] : [7, 5]
            return joined(
                heights.map { height in
                    convolutionProof(
                        [name == "window_forward" ? .forward : .filterGradient], .windows, inputs: 3,
                        outputs: outputs ?? shape.columns, inputHeight: height)
                })
        }

        // MARK: Others

        private func poolProof(_ name: String, width: Int) -> KernelProof {
            let kind: PoolDescriptor.Kind = name.hasPrefix("maximum") ? .maximum : .average
            let direction: PoolDescriptor.Direction =
                name.hasSuffix("forward") ? .forward : name.hasSuffix("tangent") ? .tangent : .gradient
            // Small windows beside one another have a kernel of their own.
            let isApart = name == "maximum_gradient"
            let d = PoolDescriptor(
                kind, batch: 2, inputHeight: 5, inputWidth: 6, channels: width == 1 ? 3 : width,
                windowHeight: isApart ? 2 : 3, windowWidth: 2, strideHeight: 2, strideWidth: isApart ? 2 : 1,
                paddingTop: 1, paddingLeft: 1)
            let second = direction == .tangent ? d.inputShape : d.outputShape
            let result = direction == .gradient ? d.inputShape : d.outputShape
            @Sendable func run(_ backend: any Backend, _ inputs: [Buffer], _ outputs: [Buffer]) throws(BackendError) {
                try backend.pool(
                    d, direction, StridedView(inputs[0], shape: d.inputShape),
                    direction == .forward ? nil : StridedView(inputs[1], shape: second),
                    output: StridedView(outputs[0], shape: result))
            }
            return KernelProof(
                inputs: [
                    ProofOperands.ties(d.inputShape.product, operand: 5),
                    ProofOperands.factors(second.product, operand: 6),
                ],
                outputs: [ProofOperands.garbage(.real, result.product)], expected: run,
                found: { [self] (inputs, outputs) throws(BackendError) in try run(self, inputs, outputs) })
        }

        private func gatherProof(_ name: String, _ elementType: ElementType) -> KernelProof {
            let d =
                name.hasPrefix("scatter_sort")
                ? GatherDescriptor(outer: 2, rows: 19, inner: 1, count: ScatterSort.fewestPositions + 5)
                : GatherDescriptor(outer: 3, rows: 7, inner: 19, count: 11)
            let indices = HostArray.int32((0..<d.count).map { Int32(($0 * 5 + 2) % (d.rows - 1)) })
            let type: ScalarType = elementType == .int32 ? .integer : .real
            let (table, picked): (Dimensions, Dimensions) = ([d.outer, d.rows, d.inner], [d.outer, d.count, d.inner])
            let adds = name.hasPrefix("scatter")
            let (source, result) = adds ? (picked, table) : (table, picked)
            @Sendable func run(_ backend: any Backend, _ inputs: [Buffer], _ outputs: [Buffer]) throws(BackendError) {
                let (from, to) = (StridedView(inputs[0], shape: source), StridedView(outputs[0], shape: result))
                let positions = StridedView(inputs[1], shape: [d.count])
                if adds {
                    try backend.scatterAdd(d, source: from, indices: positions, output: to)
                } else {
                    try backend.gather(d, table: from, indices: positions, output: to)
                }
            }
            return KernelProof(
                inputs: [
                    type == .real
                        ? ProofOperands.factors(source.product, operand: 7)
                        : ProofOperands.integers(source.product, operand: 7), indices,
                ],
                outputs: [ProofOperands.garbage(type, result.product)], expected: run,
                found: { [self] (inputs, outputs) throws(BackendError) in try run(self, inputs, outputs) })
        }
    }
#endif
