#if OpenCL
    import UnloopBackend
    import UnloopLoop

    // The proofs of kernels that are made of scalar programs: the program itself on hard operands.

    extension OpenCLBackend {
        // MARK: Maps

        /// Two whole vectors and a part of one.
        private static let mapElements = 37

        func mapProof(
            _ program: ScalarProgram, elements: Int = mapElements,
            inputs: [HostArray]? = nil,
            found:
                @escaping (_ inputs: [StridedView], _ scalars: [Double], _ outputs: [StridedView])
                throws(BackendError) -> Void
        ) -> KernelProof {
            let scalars = ProofOperands.scalars(program.scalarTypes)
            func views(_ buffers: [Buffer]) -> [StridedView] { buffers.map { StridedView($0, shape: [elements]) } }
            return KernelProof(
                inputs: inputs
                    ?? program.inputTypes.enumerated().map {
                        ProofOperands.values($0.element, elements, operand: $0.offset)
                    },
                outputs: program.outputTypes.map { ProofOperands.garbage($0, elements) },
                expected: { (loop, inputs, outputs) throws(BackendError) in
                    try loop.map(program, inputs: views(inputs), scalars: scalars, outputs: views(outputs))
                },
                found: { (inputs, outputs) throws(BackendError) in
                    try found(views(inputs), scalars, views(outputs))
                })
        }

        // MARK: Reductions

        /// - Parameter found: computes a reduction of the sizes `(outer, length, inner)`.
        func reduceProof(
            _ reduction: Reduction, _ program: ScalarProgram, sizes: (outer: Int, length: Int, inner: Int),
            found: @escaping (_ operands: ReduceOperands, _ output: OpenCLBuffer) throws(BackendError) -> Void
        ) -> KernelProof {
            let (outer, length, inner) = sizes
            let count = outer * length * inner
            let scalars = ProofOperands.scalars(program.scalarTypes)
            func views(_ buffers: [Buffer]) -> [StridedView] {
                buffers.map { StridedView($0, shape: [outer, length, inner]) }
            }
            return KernelProof(
                // Sums of infinities or NaN say little; the program itself is proved by maps of hard operands too.
                inputs: program.inputTypes.enumerated().map {
                    $0.element == .real
                        ? ProofOperands.factors(count, operand: $0.offset)
                        : ProofOperands.integers(count, operand: $0.offset)
                },
                outputs: [
                    ProofOperands.garbage(reduction.givesIndex ? .integer : program.outputTypes[0], outer * inner)
                ],
                expected: { (loop, inputs, outputs) throws(BackendError) in
                    try loop.reduce(
                        ReduceDescriptor(reduction, outer: outer, length: length, inner: inner, prologue: program),
                        inputs: views(inputs), scalars: scalars,
                        output: StridedView(outputs[0], shape: [outer, inner]))
                },
                found: { [self] (inputs, outputs) throws(BackendError) in
                    try found(
                        ReduceOperands(program: program, scalars: scalars, views: views(inputs)), openCL(outputs[0]))
                })
        }

        // MARK: Lines

        /// - Parameter found: runs the program with the kernel of `source`.
        func linesProof(
            _ source: LinesSource,
            found:
                @escaping (_ inputs: [StridedView], _ scalars: [Double], _ outputs: [StridedView])
                throws(BackendError) -> Void
        ) -> KernelProof {
            let program = source.program
            let (lines, length) = source.isAcross ? (19, 7) : (3, 85)
            let scalars = ProofOperands.scalars(program.scalarTypes)
            // Strides along the line as those that the text was made for.
            func inputView(_ buffer: Buffer, _ number: Int) -> StridedView {
                if program.inputs[number].extent == .lines { return StridedView(buffer, shape: [lines, 1]) }
                let stride = source.strides[number] ?? 2
                return StridedView(buffer, shape: [lines, length, 1], strides: [2 * length, stride, 1])
            }
            func inputViews(_ buffers: [Buffer]) -> [StridedView] {
                buffers.enumerated().map { inputView($0.element, $0.offset) }
            }
            func outputViews(_ buffers: [Buffer]) -> [StridedView] {
                zip(program.outputs, buffers).map { value, buffer in
                    StridedView(
                        buffer, shape: program.extent(ofValue: value) == .lines ? [lines, 1] : [lines, length, 1])
                }
            }
            return KernelProof(
                inputs: program.inputs.enumerated().map { number, input in
                    let count = input.extent == .lines ? lines : 2 * lines * length
                    return input.type == .real
                        ? ProofOperands.factors(count, operand: number)
                        : ProofOperands.integers(count, operand: number)
                },
                outputs: program.outputs.map { value in
                    ProofOperands.garbage(
                        program.type(ofValue: value), program.extent(ofValue: value) == .lines ? lines : lines * length)
                },
                expected: { (loop, inputs, outputs) throws(BackendError) in
                    try loop.mapLines(
                        program, inputs: inputViews(inputs), scalars: scalars, outputs: outputViews(outputs))
                },
                found: { (inputs, outputs) throws(BackendError) in
                    try found(inputViews(inputs), scalars, outputViews(outputs))
                })
        }

        // MARK: Scans

        func scanProof(
            _ elementType: ElementType, inner: Int,
            found: @escaping (ScanDescriptor, StridedView, StridedView) throws(BackendError) -> Void
        ) -> KernelProof {
            let d = ScanDescriptor(outer: 2, length: 9, inner: inner, reversed: true)
            let shape: Dimensions = [d.outer, d.length, d.inner]
            let type: ScalarType = elementType == .int32 ? .integer : .real
            return KernelProof(
                inputs: [
                    type == .real
                        ? ProofOperands.factors(shape.product, operand: 8)
                        : ProofOperands.integers(shape.product, operand: 8)
                ],
                outputs: [ProofOperands.garbage(type, shape.product)],
                expected: { (loop, inputs, outputs) throws(BackendError) in
                    try loop.scan(
                        d, input: StridedView(inputs[0], shape: shape), output: StridedView(outputs[0], shape: shape))
                },
                found: { (inputs, outputs) throws(BackendError) in
                    try found(d, StridedView(inputs[0], shape: shape), StridedView(outputs[0], shape: shape))
                })
        }

        // MARK: The interpreter

        /// Every operation, and sums, products, largest and smallest and their positions along and across rows.
        func interpreterProof() -> KernelProof {
            var proofs = Self.everyOperation.map { program in
                mapProof(program, elements: 131) { [self] (inputs, scalars, outputs) throws(BackendError) in
                    _ = try interpretMap(
                        program, inputs: inputs, scalars: scalars, outputs: outputs, operation: "map")
                }
            }
            for type in [ScalarType.real, .integer] {
                for reduction in Reduction.allCases {
                    let program = ReduceSource.identity(type)
                    proofs.append(
                        reduceProof(reduction, program, sizes: (2, 133, 1)) {
                            [self] (operands, output) throws(BackendError) in
                            _ =
                                reduction.givesIndex
                                ? try interpretIndex(
                                    ReduceDescriptor(reduction, outer: 2, length: 133, inner: 1, prologue: program),
                                    operands, output, 0)
                                : try interpretChunks(reduction, operands, output, 0, outer: 2, length: 133)
                        })
                    proofs.append(
                        reduceProof(reduction, program, sizes: (2, 5, 19)) {
                            [self] (operands, output) throws(BackendError) in
                            _ =
                                reduction.givesIndex
                                ? try interpretIndex(
                                    ReduceDescriptor(reduction, outer: 2, length: 5, inner: 19, prologue: program),
                                    operands, output, 0)
                                : try interpretRows(
                                    reduction, operands, output, 0, outer: 2, length: 5, inner: 19, blockLength: 256,
                                    takesFirst: false)
                        })
                }
            }
            return joined(proofs)
        }

        /// Programs that have every operation between them, each with few enough arrays for the interpreter.
        static let everyOperation: [ScalarProgram] = {
            var groups: [[ScalarType]: [ScalarOperation]] = [:]
            for operation in ScalarOperation.allCases where !operation.operandTypes.isEmpty {
                groups[operation.operandTypes, default: []].append(operation)
            }
            let ordered = groups.sorted { ($0.key.count, $0.value[0].rawValue) < ($1.key.count, $1.value[0].rawValue) }
            return ordered.flatMap { types, operations -> [ScalarProgram] in
                stride(from: 0, to: operations.count, by: 4).map { start in
                    ScalarProgram(inputs: types) { inputs, _ in
                        operations[start..<min(start + 4, operations.count)].flatMap { operation in
                            operation == .randomBits
                                ? [
                                    ScalarExpression(operation, inputs, payload: 5), ScalarExpression(.index, []),
                                ] : [ScalarExpression(operation, inputs)]
                        }
                    }
                }
            }
        }()
    }
#endif
