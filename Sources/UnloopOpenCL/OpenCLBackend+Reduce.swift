#if OpenCL
    import UnloopBackend

    extension OpenCLBackend {
        public func reduce(
            _ descriptor: ReduceDescriptor, inputs: [StridedView], scalars: [Double], output: StridedView
        ) throws(BackendError) {
            let modes = FloatingPointModes.ofContract()
            defer { modes.restore() }
            guard descriptor.outer > 0, descriptor.inner > 0 else { return }
            try requireCountable(descriptor)
            var history = try OperationHistory(queue, "reduce")
            try history.read(inputs)
            try history.willWrite(output)
            defer { history.wrote(output) }
            let program =
                descriptor.prologue ?? ReduceSource.identity(inputs[0].elementType == .int32 ? .integer : .real)
            if descriptor.length == 0 {
                return try fill(output, with: descriptor.reduction.start(program.outputTypes[0]))
            }
            try requireCountable("reduce", descriptor.outer, descriptor.length, descriptor.inner)
            // Pointers, offsets and strides of all operands, and what else a kernel takes.
            if inputs.count * 40 + scalars.count * 4 + 96 > device.parameterBytes {
                return try reduceInSteps(descriptor, program, inputs: inputs, scalars: scalars, output: output)
            }
            let operands = ReduceOperands(program: program, scalars: scalars, views: inputs)
            let result = openCL(output.buffer)
            switch (descriptor.reduction.givesIndex, descriptor.inner) {
            case (true, _):
                if try interpretIndex(descriptor, operands, result, output.offset) { return }
                try reduceToIndex(descriptor, operands, result, output.offset)
            case (false, 1): try reduceChunks(descriptor, operands, result, output.offset)
            case (false, _): try reduceRows(descriptor, operands, result, output.offset)
            }
        }

        /// For more operands than a kernel's parameters tell of: what is reduced is computed first, by the same program.
        private func reduceInSteps(
            _ descriptor: ReduceDescriptor, _ program: ScalarProgram, inputs: [StridedView], scalars: [Double],
            output: StridedView
        ) throws(BackendError) {
            let shape: Dimensions = [descriptor.outer, descriptor.length, descriptor.inner]
            let type: ElementType = program.outputTypes[0] == .integer ? .int32 : .float32
            let values = StridedView(try queue.allocate(type, count: shape.product), shape: shape)
            try map(program, inputs: inputs, scalars: scalars, outputs: [values], operation: "reduce")
            var rest = descriptor
            rest.prologue = nil
            try reduce(rest, inputs: [values], scalars: [], output: output)
        }

        /// What one stage reads: arrays of shape `[outer, length, inner]` and the program that makes one value of them.
        struct ReduceOperands {
            let program: ScalarProgram
            let scalars: [Double]
            let views: [StridedView]

            init(program: ScalarProgram, scalars: [Double], views: [StridedView]) {
                self.program = program
                self.scalars = scalars
                self.views = views
            }

            /// The values that an earlier stage left.
            init(_ values: OpenCLBuffer, outer: Int, length: Int, inner: Int) {
                program = ReduceSource.identity(values.elementType == .int32 ? .integer : .real)
                scalars = []
                views = [StridedView(values, shape: [outer, length, inner])]
            }

            var elementType: ElementType { program.outputTypes[0] == .integer ? .int32 : .float32 }
            /// `struct unloop_strides` of reduce.cl and reduce_index.cl.
            var strides: KernelArgument {
                var bytes = StructureBytes()
                for view in views { bytes.append(Int64(view.offset)) }
                for axis in 0..<3 {
                    for view in views { bytes.append(Int64(view.strides[axis])) }
                }
                return .bytes(bytes.bytes)
            }
        }

        private func leadingArguments(_ operands: ReduceOperands) -> [KernelArgument] {
            operands.views.map { .buffer(openCL($0.buffer)) }
                + KernelArgument.scalars(operands.scalars, operands.program.scalarTypes)
        }

        private func reduceKernel(
            _ name: String, _ reduction: Reduction, _ operands: ReduceOperands, width: Int
        ) throws(BackendError) -> Kernel {
            try requireCompilable(operands.program, operation: "reduce")
            let source = ReduceSource(reduction: reduction, program: operands.program, width: width)
            return try kernel(name, key: source, work: "\(reduction) (\(name))") {
                source.source
            } proof: {
                reduceProof(name, source)
            }
        }

        /// A small reduction that runs the kernel.
        private func reduceProof(_ name: String, _ source: ReduceSource) -> KernelProof {
            let (reduction, program) = (source.reduction, source.program)
            // Those of positions go through both of their kernels.
            if reduction.givesIndex {
                let sizes = name == "unloop_reduce_index_across" ? (2, 5, 19) : (2, 133, 1)
                return reduceProof(reduction, program, sizes: sizes) { [self] (operands, output) throws(BackendError) in
                    try reduceToIndex(
                        ReduceDescriptor(reduction, outer: sizes.0, length: sizes.1, inner: sizes.2, prologue: program),
                        operands, output, 0)
                }
            }
            if name == "unloop_reduce_rows" {
                return reduceProof(reduction, program, sizes: (2, 5, 19)) {
                    [self] (operands, output) throws(BackendError) in
                    try launchRows(
                        reduction, operands, output, 0, outer: 2, length: 5, inner: 19, blockLength: 256,
                        takesFirst: false)
                }
            }
            if name == "unloop_reduce_short_rows" {
                return reduceProof(reduction, program, sizes: (19, 7, 1)) {
                    [self] (operands, output) throws(BackendError) in
                    try launchShortRows(reduction, operands, output, 0, outer: 19, length: 7)
                }
            }
            return reduceProof(reduction, program, sizes: (2, 133, 1)) {
                [self] (operands, output) throws(BackendError) in
                try launchChunks(
                    source.width == 1 ? .workGroup : .vectors, reduction, operands, output, 0, outer: 2, length: 133)
            }
        }

        // MARK: Along a contiguous axis

        /// Stages of chunks, each to one value, until one is left.
        private func reduceChunks(
            _ descriptor: ReduceDescriptor, _ operands: ReduceOperands, _ output: OpenCLBuffer, _ outputOffset: Int
        ) throws(BackendError) {
            var operands = operands
            var length = descriptor.length
            while true {
                let chunks = length.parts(of: NumericsContract.chunkLength)
                let isLast = chunks == 1
                let target =
                    isLast ? output : try queue.allocate(operands.elementType, count: descriptor.outer * chunks)
                let isInterpreted = try interpretChunks(
                    descriptor.reduction, operands, target, isLast ? outputOffset : 0, outer: descriptor.outer,
                    length: length)
                if !isInterpreted {
                    try compiledChunks(
                        descriptor.reduction, operands, target, isLast ? outputOffset : 0, outer: descriptor.outer,
                        length: length)
                }
                if isLast { return }
                operands = ReduceOperands(target, outer: descriptor.outer, length: chunks, inner: 1)
                length = chunks
            }
        }

        /// By the first variant that neither the device nor, once it is built, the kernel refuses.
        private func compiledChunks(
            _ reduction: Reduction, _ operands: ReduceOperands, _ output: OpenCLBuffer, _ outputOffset: Int, outer: Int,
            length: Int
        ) throws(BackendError) {
            for variant in ChunkVariant.allCases where variant.refusal(on: device, deviceClass, length: length) == nil {
                let isLast = variant == ChunkVariant.allCases.last
                func launch() throws(BackendError) -> Bool {
                    try launchChunks(
                        variant, reduction, operands, output, outputOffset, outer: outer, length: length)
                }
                if isLast {
                    if try launch() { return }
                } else if try unlessRefused("\(reduction)", launch) == true {
                    return
                }
            }
            throw .unsupported(device: device.name, operation: "reduce", reason: "every variant of its kernel refuses")
        }

        /// Whether the kernel runs in groups of the size that the variant needs, and was launched.
        @discardableResult
        private func launchChunks(
            _ variant: ChunkVariant, _ reduction: Reduction, _ operands: ReduceOperands, _ output: OpenCLBuffer,
            _ outputOffset: Int, outer: Int,
            length: Int
        ) throws(BackendError) -> Bool {
            if variant == .shortRows {
                try launchShortRows(reduction, operands, output, outputOffset, outer: outer, length: length)
                return true
            }
            let chunks = length.parts(of: NumericsContract.chunkLength)
            let tasks = outer * chunks
            let kernel = try reduceKernel("unloop_reduce_chunks", reduction, operands, width: variant.width)
            let isGroup = variant == .workGroup
            if isGroup && kernel.maximumWorkGroupSize < NumericsContract.laneCount { return false }
            let perItem =
                isGroup ? 1 : tasksPerItem(tasks, elements: min(length, NumericsContract.chunkLength))
            let arguments: [KernelArgument] =
                leadingArguments(operands) + [
                    .buffer(output), .long(outputOffset), .uint(UInt32(length)), .uint(1), .uint(UInt32(chunks)),
                    .uint(UInt32(tasks)), .uint(UInt32(perItem)), operands.strides,
                ]
            let range =
                isGroup
                ? LaunchRange(groups: tasks, localSize: NumericsContract.laneCount)
                : LaunchRange(groups: tasks.parts(of: perItem))
            try queue.launch(kernel, operation: "reduce", range, arguments)
            return true
        }

        private func launchShortRows(
            _ reduction: Reduction, _ operands: ReduceOperands, _ output: OpenCLBuffer, _ outputOffset: Int, outer: Int,
            length: Int
        ) throws(BackendError) {
            let width = ChunkVariant.shortRows.width
            let kernel = try reduceKernel("unloop_reduce_short_rows", reduction, operands, width: width)
            let perItem = width * tasksPerItem(outer.parts(of: width), elements: length * width)
            let arguments: [KernelArgument] =
                leadingArguments(operands) + [
                    .buffer(output), .long(outputOffset), .uint(UInt32(length)), .uint(1), .uint(UInt32(outer)),
                    .uint(UInt32(perItem)), operands.strides,
                ]
            try queue.launch(kernel, operation: "reduce", LaunchRange(groups: outer.parts(of: perItem)), arguments)
        }

        /// The ways to reduce chunks of a contiguous axis, in the order in which they are tried.
        private enum ChunkVariant: CaseIterable {
            /// An item some rows, as many at a time as a vector has lanes: for rows that would hardly fill a vector.
            case shortRows
            /// A work-group a chunk, an item a lane.
            case workGroup
            /// An item a chunk, the lanes in four vectors; runs everywhere.
            case vectors

            var width: Int { self == .workGroup ? 1 : 16 }

            /// Why this variant does not run here; nil when it does.
            func refusal(on device: OpenCLDevice, _ deviceClass: OpenCLDevice.Class, length: Int) -> String? {
                switch self {
                case .shortRows:
                    if deviceClass == .gpuLike { return "work-items are not vectors" }
                    return length < width ? nil : "a row fills a vector"
                case .workGroup:
                    if deviceClass == .cpuLike { return "work-groups are slow on CPU-like devices" }
                    if device.maximumWorkGroupSize < NumericsContract.laneCount { return "work-groups are too small" }
                    if device.localMemory < 4 * NumericsContract.laneCount { return "there is too little local memory" }
                    return nil
                case .vectors: return nil
                }
            }
        }

        // MARK: Along an outer axis

        /// Blocks of rows, each to one row, then those one after the other.
        private func reduceRows(
            _ descriptor: ReduceDescriptor, _ operands: ReduceOperands, _ output: OpenCLBuffer, _ outputOffset: Int
        ) throws(BackendError) {
            let (outer, length, inner) = (descriptor.outer, descriptor.length, descriptor.inner)
            let blockLength = NumericsContract.rowBlockLength
            let blocks = length.parts(of: blockLength)
            if blocks == 1 {
                return try launchRows(
                    descriptor.reduction, operands, output, outputOffset, outer: outer, length: length, inner: inner,
                    blockLength: blockLength, takesFirst: false)
            }
            let partial = try queue.allocate(operands.elementType, count: outer * blocks * inner)
            try launchRows(
                descriptor.reduction, operands, partial, 0, outer: outer, length: length, inner: inner,
                blockLength: blockLength, takesFirst: false)
            try launchRows(
                descriptor.reduction, ReduceOperands(partial, outer: outer, length: blocks, inner: inner), output,
                outputOffset, outer: outer, length: blocks, inner: inner, blockLength: blocks, takesFirst: true)
        }

        private func launchRows(
            _ reduction: Reduction, _ operands: ReduceOperands, _ output: OpenCLBuffer, _ outputOffset: Int, outer: Int,
            length: Int, inner: Int, blockLength: Int, takesFirst: Bool
        ) throws(BackendError) {
            let isInterpreted = try interpretRows(
                reduction, operands, output, outputOffset, outer: outer, length: length, inner: inner,
                blockLength: blockLength, takesFirst: takesFirst)
            if isInterpreted { return }
            let width = deviceClass == .cpuLike ? 16 : 1
            let kernel = try reduceKernel("unloop_reduce_rows", reduction, operands, width: width)
            let blocks = length.parts(of: blockLength)
            let tasks = outer * blocks
            let vectors = inner.parts(of: width)
            let perItem =
                deviceClass == .cpuLike
                ? tasksPerItem(tasks, elements: min(blockLength, length) * width, across: vectors)
                : tasks.parts(of: gridGroup(across: vectors, kernel).high * device.maximumGroups)
            let arguments: [KernelArgument] =
                leadingArguments(operands) + [
                    .buffer(output), .long(outputOffset), .uint(UInt32(length)), .uint(UInt32(inner)),
                    .uint(UInt32(blockLength)), .uint(UInt32(blocks)), .uint(takesFirst ? 1 : 0), .uint(UInt32(tasks)),
                    .uint(UInt32(perItem)), operands.strides,
                ]
            let range = gridRange(across: vectors, down: tasks.parts(of: perItem), kernel)
            try queue.launch(kernel, operation: "reduce", range, arguments)
        }

        // MARK: Positions

        private func reduceToIndex(
            _ descriptor: ReduceDescriptor, _ operands: ReduceOperands, _ output: OpenCLBuffer, _ outputOffset: Int
        ) throws(BackendError) {
            let (outer, length, inner) = (descriptor.outer, descriptor.length, descriptor.inner)
            let width = deviceClass == .cpuLike ? 16 : 1
            let isAlong = inner == 1
            let name = isAlong ? "unloop_reduce_index_along" : "unloop_reduce_index_across"
            let kernel = try reduceKernel(name, descriptor.reduction, operands, width: width)
            // Parts only spread the work; they do not change the result.
            let partLength = deviceClass == .cpuLike ? 4096 : 128
            let parts = length.parts(of: partLength)
            let tasks = outer * parts
            let vectors = isAlong ? 1 : inner.parts(of: width)
            let elements = min(partLength, length) * (isAlong ? 1 : width)
            let perItem =
                deviceClass == .cpuLike
                ? tasksPerItem(tasks, elements: elements, across: vectors)
                : isAlong ? 1 : tasks.parts(of: gridGroup(across: vectors, kernel).high * device.maximumGroups)
            let values = try queue.allocate(operands.elementType, count: tasks * inner)
            let positions = try queue.allocate(.int32, count: tasks * inner)
            let arguments: [KernelArgument] =
                leadingArguments(operands) + [
                    .buffer(values), .buffer(positions), .uint(UInt32(length)), .uint(UInt32(inner)),
                    .uint(UInt32(partLength)), .uint(UInt32(parts)), .uint(UInt32(tasks)), .uint(UInt32(perItem)),
                    operands.strides,
                ]
            let items = tasks.parts(of: perItem)
            let range =
                isAlong
                ? LaunchRange(covering: items, localSize: deviceClass == .cpuLike ? 1 : kernel.localSize(atMost: 64))
                : gridRange(across: vectors, down: items, kernel)
            try queue.launch(kernel, operation: "reduce", range, arguments)
            let last = try reduceKernel("unloop_reduce_index_parts", descriptor.reduction, operands, width: width)
            try queue.launch(
                last, operation: "reduce", LaunchRange(covering: outer * inner, localSize: last.localSize(atMost: 64)),
                [
                    .buffer(values), .buffer(positions), .buffer(output), .long(outputOffset), .uint(UInt32(outer)),
                    .uint(UInt32(parts)), .uint(UInt32(inner)),
                ])
        }

        // MARK: Geometry

        /// How many tasks a work-item of a CPU-like device runs, so that items are worth starting but keep all cores busy.
        func tasksPerItem(_ tasks: Int, elements: Int, across: Int = 1) -> Int {
            let worthStarting = max(1, 8192 / max(elements, 1))
            let share = max(1, tasks * across / (4 * max(device.computeUnits, 1)))
            return min(worthStarting, share, tasks)
        }

        /// Items of a group of a GPU in two directions.
        private func gridGroup(across: Int, _ kernel: Kernel) -> (wide: Int, high: Int) {
            let items = min(128, kernel.maximumWorkGroupSize)
            var wide = 1
            while wide * 2 <= items && wide < across { wide *= 2 }
            return (wide, max(1, items / wide))
        }

        /// Items in two directions: one each in its own group on CPU-like devices, in blocks on GPU-like ones.
        private func gridRange(across: Int, down: Int, _ kernel: Kernel) -> LaunchRange {
            if deviceClass == .cpuLike { return LaunchRange(groups: [across, down], localSize: [1, 1]) }
            let (wide, high) = gridGroup(across: across, kernel)
            return LaunchRange(groups: [across.parts(of: wide), down.parts(of: high)], localSize: [wide, high])
        }

        /// Kernels count elements of these shapes in 32 bits.
        func requireCountable(
            _ operation: String, _ outer: Int, _ length: Int, _ inner: Int
        ) throws(BackendError) {
            // The smallest part that a task reduces is 128 elements, or the whole axis where that is shorter.
            let tasks = Double(outer) * Double(length.parts(of: 128))
            let sizes = [outer, length, inner]
            if sizes.contains(where: { $0 >= 1 << 31 }) || tasks >= 0x1p31 || tasks * Double(inner) >= 0x1p35 {
                throw .unsupported(
                    device: device.name, operation: operation,
                    reason: "the sizes \(sizes) are not counted in 32 bits; reduce parts of the array")
            }
        }

        private func fill(_ output: StridedView, with value: Double) throws(BackendError) {
            let program =
                output.elementType == .int32
                ? ScalarProgram(inputs: [], scalars: [.integer]) { _, scalars in scalars }
                : ScalarProgram(inputs: [], scalars: [.real]) { _, scalars in scalars }
            try map(program, inputs: [], scalars: [value], outputs: [output], operation: "fill")
        }
    }
#endif
