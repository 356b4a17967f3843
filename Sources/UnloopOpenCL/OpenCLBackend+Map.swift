#if OpenCL
    import UnloopBackend

    extension OpenCLBackend {
        /// What a program for elementwise work is compiled from.
        private struct MapKey: Hashable, Sendable {
            let program: ScalarProgram
            let width: Int
            /// Where a device takes fewer bytes of parameters than the layout has.
            let layoutInMemory: Bool
        }

        /// Elements that a work-item of a CPU-like device runs at least and at most.
        private static let itemElements = (minimum: 1024, maximum: 8192)
        private static let groupItems = 128
        /// Outputs of so many elements are written past the caches of CPU-like devices.
        static let streamedElements = 1 << 21

        /// Instructions that are compiled into one kernel at most: compilers take seconds for so many, and much longer for more.
        static let compiledInstructions = 8192

        func requireCompilable(_ program: ScalarProgram, operation: String) throws(BackendError) {
            let count = program.instructions.count
            if count <= Self.compiledInstructions { return }
            throw .unsupported(
                device: device.name, operation: operation,
                reason:
                    "a formula of \(count) steps is too long to be compiled (at most \(Self.compiledInstructions)); split it "
                    + "into several, or run it on .cpu")
        }

        /// Lanes of the vectors that elementwise kernels compute with.
        var vectorWidth: Int { deviceClass == .cpuLike ? 16 : 4 }

        public func map(
            _ program: ScalarProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView]
        ) throws(BackendError) {
            let modes = FloatingPointModes.ofContract()
            defer { modes.restore() }
            try map(program, inputs: inputs, scalars: scalars, outputs: outputs, operation: "map")
        }

        func map(
            _ program: ScalarProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView],
            operation: String
        ) throws(BackendError) {
            guard let shape = outputs.first?.shape, !shape.hasEmptyAxis else { return }
            try requireCountable(program, count: shape.product, operation)
            var history = try OperationHistory(queue, operation)
            try history.read(inputs)
            try history.willWrite(outputs)
            defer { history.wrote(outputs) }
            if try interpretMap(program, inputs: inputs, scalars: scalars, outputs: outputs, operation: operation) {
                return
            }
            try compiledMap(program, inputs: inputs, scalars: scalars, outputs: outputs, operation: operation)
        }

        /// A map by a kernel of its own.
        ///
        /// - Parameter width: lanes of its vectors; nil for the usual number.
        func compiledMap(
            _ program: ScalarProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView],
            width: Int? = nil, operation: String
        ) throws(BackendError) {
            guard let shape = outputs.first?.shape else { return }
            let arrays = inputs + outputs
            // The position of an element is one more operand: an array whose elements are their own positions.
            let strides = arrays.map(\.strides) + [shape.rowMajorStrides]
            let axes = ElementwiseLayout.joinedAxes(shape: shape, strides: strides)
            try map(
                program, width: width ?? vectorWidth, buffers: arrays.map { openCL($0.buffer) },
                offsets: arrays.map(\.offset) + [0], axes: axes, scalars: scalars, operation: operation)
        }

        /// Halves shapes that are too large to be counted in 32 bits.
        private func map(
            _ program: ScalarProgram, width: Int, buffers: [OpenCLBuffer], offsets: [Int],
            axes: [ElementwiseLayout.Axis], scalars: [Double], operation: String
        ) throws(BackendError) {
            guard let cut = ElementwiseLayout.axisToCut(axes, memoryOperands: buffers.count) else {
                let layout = ElementwiseLayout(axes: axes, width: width, memoryOperands: buffers.count)
                return try launchMap(
                    program, width: width, buffers: buffers, offsets: offsets, layout: layout, scalars: scalars,
                    operation: operation)
            }
            var (first, second) = (axes, axes)
            first[cut].extent = axes[cut].extent / 2
            second[cut].extent = axes[cut].extent - first[cut].extent
            let moved = zip(offsets, axes[cut].strides).map { $0 + $1 * first[cut].extent }
            try map(
                program, width: width, buffers: buffers, offsets: offsets, axes: first, scalars: scalars,
                operation: operation)
            try map(
                program, width: width, buffers: buffers, offsets: moved, axes: second, scalars: scalars,
                operation: operation)
        }

        private func launchMap(
            _ program: ScalarProgram, width: Int, buffers: [OpenCLBuffer], offsets: [Int], layout: ElementwiseLayout,
            scalars: [Double], operation: String
        ) throws(BackendError) {
            try requireCompilable(program, operation: operation)
            let layoutBytes = 40 * offsets.count + 40
            let otherBytes = 8 * buffers.count + 4 * scalars.count + 16
            let inMemory = layoutBytes + otherBytes > device.parameterBytes
            let kernel = try kernel(
                "unloop_map", key: MapKey(program: program, width: width, layoutInMemory: inMemory),
                work: "map of a formula"
            ) {
                Self.mapSource(program, width: width, layoutInMemory: inMemory)
            } proof: {
                mapProof(program) { [self] (inputs, scalars, outputs) throws(BackendError) in
                    try compiledMap(
                        program, inputs: inputs, scalars: scalars, outputs: outputs, width: width, operation: operation)
                }
            }
            let (columns, rows) = (layout.columns.extent, layout.rows)
            let columnsPerItem: Int
            let rowsPerItem: Int
            let range: LaunchRange
            switch deviceClass {
            case .cpuLike:
                let share = columns * rows / (4 * max(device.computeUnits, 1))
                let elements = min(max(share, Self.itemElements.minimum), Self.itemElements.maximum) / width * width
                // Gathered lanes lie in cache lines of their own, whose other elements the next rows need: narrow blocks
                // keep those lines in the cache.
                let wanted = layout.gathers(memoryOperands: buffers.count) ? max(width, elements / rows) : elements
                columnsPerItem = min(columns, wanted)
                rowsPerItem = min(rows, max(1, elements / columnsPerItem))
                range = LaunchRange(
                    groups: [columns.parts(of: columnsPerItem), rows.parts(of: rowsPerItem)], localSize: [1, 1])
            case .gpuLike:
                columnsPerItem = width
                let vectors = columns.parts(of: width)
                let items = min(Self.groupItems, kernel.maximumWorkGroupSize)
                var across = 1
                while across * 2 <= items && across < vectors { across *= 2 }
                let down = max(1, items / across)
                rowsPerItem = rows.parts(of: down * device.maximumGroups)
                range = LaunchRange(
                    groups: [vectors.parts(of: across), rows.parts(of: down * rowsPerItem)],
                    localSize: [across, down])
            }
            // What is also read is in the caches already.
            let (read, written) = (
                buffers.prefix(program.inputTypes.count), buffers.dropFirst(program.inputTypes.count)
            )
            let isInPlace = written.contains { output in read.contains { $0 === output } }
            let streams = deviceClass == .cpuLike && columns * rows >= Self.streamedElements && !isInPlace
            let arguments: [KernelArgument] =
                buffers.map(KernelArgument.buffer) + KernelArgument.scalars(scalars, program.scalarTypes) + [
                    .uint(UInt32(columns)), .uint(UInt32(rows)), .uint(UInt32(columnsPerItem)),
                    .uint(UInt32(rowsPerItem)),
                    try layoutArgument(Self.bytes(of: layout, offsets: offsets, streams: streams), inMemory: inMemory),
                ]
            try queue.launch(kernel, operation: operation, range, isRepeatable: !isInPlace, arguments)
        }

        private func layoutArgument(_ bytes: [UInt8], inMemory: Bool) throws(BackendError) -> KernelArgument {
            inMemory ? .buffer(try queue.bufferOfPlaces(bytes)) : .bytes(bytes)
        }

        /// `struct unloop_layout` of map.cl.
        private static func bytes(of layout: ElementwiseLayout, offsets: [Int], streams: Bool) -> [UInt8] {
            var bytes = StructureBytes()
            for offset in offsets { bytes.append(Int64(offset)) }
            for stride in layout.columns.strides { bytes.append(Int32(truncatingIfNeeded: stride)) }
            for operand in offsets.indices {
                for axis in 0..<ElementwiseLayout.maximumRowAxes {
                    let stride = axis < layout.rowAxes.count ? layout.rowAxes[axis].strides[operand] : 0
                    bytes.append(Int32(truncatingIfNeeded: stride))
                }
            }
            for axis in 0..<ElementwiseLayout.maximumRowAxes {
                bytes.append(Int32(axis < layout.rowAxes.count ? layout.rowAxes[axis].extent : 1))
            }
            bytes.append(Int32(layout.rowAxes.count))
            bytes.append(Int32(streams ? 1 : 0))
            bytes.append(Int32(0))  // To a multiple of the largest member's size.
            return bytes.bytes
        }

        static func mapSource(_ program: ScalarProgram, width: Int, layoutInMemory: Bool) -> ProgramSource {
            let source = ScalarProgramSource(program)
            let (inputs, outputs) = (program.inputTypes, program.outputTypes)
            let indexOperand = inputs.count + outputs.count
            var parameters: [String] = []
            var step: [String] = []
            func place(_ operand: Int) -> String {
                "base\(operand) + (long)column * layout.column_stride[\(operand)], layout.column_stride[\(operand)], lanes"
            }
            func kind(_ type: ScalarType) -> String { type == .real ? "real" : "int" }
            for (position, type) in inputs.enumerated() {
                parameters.append("global const \(ScalarProgramSource.elementName(type)) *p\(position)")
                step.append(
                    "const \(ScalarProgramSource.vectorName(type)) x\(position) = "
                        + "unloop_fetch_\(kind(type))(p\(position) + \(place(position)));")
            }
            for (position, type) in outputs.enumerated() {
                parameters.append("global \(ScalarProgramSource.elementName(type)) *q\(position)")
                step.append("\(ScalarProgramSource.vectorName(type)) y\(position);")
            }
            for (position, type) in program.scalarTypes.enumerated() {
                parameters.append("const \(ScalarProgramSource.elementName(type)) s\(position)")
            }
            if program.usesIndex {
                let stride = "layout.column_stride[\(indexOperand)]"
                step.append(
                    "const INT index = (INT)((int)((uint)base\(indexOperand) + column * (uint)\(stride))) "
                        + "+ UNLOOP_IOTA * (INT)(\(stride));")
            } else {
                step.append("const INT index = (INT)(0);")
            }
            let call =
                inputs.indices.map { "x\($0)" } + program.scalarTypes.indices.map { "s\($0)" } + ["index"]
                + outputs.indices.map { "&y\($0)" }
            step.append("unloop_program(\(call.joined(separator: ", ")));")
            for (position, type) in outputs.enumerated() {
                step.append(
                    "unloop_stream_\(kind(type))(y\(position), q\(position) + \(place(inputs.count + position)), layout.streams);"
                )
            }
            let operands = 0...indexOperand
            let bases = operands.map { "base\($0) = layout.offset[\($0)]" }
            let advances = operands.map { operand in
                "base\(operand) += (long)coordinate * "
                    + "layout.row_stride[\(operand * ElementwiseLayout.maximumRowAxes) + axis];"
            }
            let definitions = """
                #define UNLOOP_OPERANDS \(indexOperand + 1)
                #define UNLOOP_LAYOUT_IN_MEMORY \(layoutInMemory ? 1 : 0)
                #define UNLOOP_BASES long \(bases.joined(separator: ", "));
                #define UNLOOP_ADVANCE(axis) \(advances.joined(separator: " \\\n    "))
                #define UNLOOP_PARAMETERS \(parameters.joined(separator: ", "))
                #define UNLOOP_STEP \(step.joined(separator: " \\\n    "))

                """
            return ProgramSource(
                name: "map",
                text: KernelText.prelude(width: width, programs: [program]) + source.function(named: "unloop_program")
                    + definitions
                    + KernelText.map)
        }
    }

    /// The bytes of a C structure that is passed to a kernel by value. The members' order must need no padding.
    struct StructureBytes {
        private(set) var bytes: [UInt8] = []

        mutating func append<T: FixedWidthInteger>(_ value: T) {
            withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
        }
    }
#endif
