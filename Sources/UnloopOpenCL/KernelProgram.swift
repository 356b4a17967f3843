#if OpenCL
    import CUnloopOpenCL
    import UnloopBackend

    /// The programs of the kernels that are written by hand, each with the parameters it is built with.
    enum KernelProgram: Hashable, Sendable {
        case panel(width: Int, rows: Int)
        case matmulTile(TileVariant)
        case matmulSimple
        case convolutionTile(TileVariant, tapsAreK: Bool)
        case convolutionDirect(width: Int, isDepthwise: Bool, isWide: Bool)
        case depthwise(width: Int)
        case convolutionNarrow(width: Int, columns: Int)
        case convolutionWindow(WindowShape)
        case pool(width: Int)
        case gather(ElementType)
        case scatterSort(ElementType)
        case interpreter

        var source: ProgramSource {
            switch self {
            case .panel(let width, let rows):
                Self.source(
                    "panel", ["WIDTH": width, "ROWS": rows],
                    [
                        unloop_opencl_vectors(), unloop_opencl_panel(), unloop_opencl_matmul_panel(),
                        unloop_opencl_convolution_panel(),
                    ])
            case .matmulTile(let variant):
                Self.source(
                    "matmul_tile", variant.parameters,
                    [unloop_opencl_tile_fetch(), unloop_opencl_matmul_tile(), unloop_opencl_tile()],
                    registers: variant.shape.registers)
            case .matmulSimple:
                Self.source(
                    "matmul_simple", ["A_WIDTH": 1, "B_WIDTH": 1, "C_WIDTH": 1, "DEPTH": 1],
                    [unloop_opencl_tile_fetch(), unloop_opencl_matmul_tile(), unloop_opencl_matmul_simple()])
            case .convolutionTile(let variant, let tapsAreK):
                Self.source(
                    "convolution_tile", variant.parameters.merging(["TAPS_ARE_K": tapsAreK ? 1 : 0]) { $1 },
                    [unloop_opencl_tile_fetch(), unloop_opencl_convolution_tile(), unloop_opencl_tile()],
                    registers: variant.shape.registers)
            case .convolutionDirect(let width, let isDepthwise, let isWide):
                Self.source(
                    "convolution_direct", ["WIDTH": width, "DEPTHWISE": isDepthwise ? 1 : 0, "WIDE": isWide ? 1 : 0],
                    [unloop_opencl_vectors(), unloop_opencl_convolution_direct()])
            case .depthwise(let width):
                Self.source(
                    "depthwise", ["WIDTH": width], [unloop_opencl_vectors(), unloop_opencl_convolution_depthwise()])
            case .convolutionNarrow(let width, let columns):
                Self.source(
                    "convolution_narrow",
                    [
                        "WIDTH": width, "COLUMNS": columns,
                        "VECTORS": NarrowShape(columns: columns, width: width).vectors,
                    ],
                    [unloop_opencl_vectors(), unloop_opencl_image_taps(), unloop_opencl_convolution_narrow()])
            case .convolutionWindow(let shape):
                Self.source(
                    "convolution_window",
                    [
                        "WIDTH": shape.width, "COLUMNS": shape.columns, "VECTORS": shape.vectors,
                        "PIXELS": shape.pixels, "TERMS": shape.terms,
                    ],
                    [unloop_opencl_vectors(), unloop_opencl_image_taps(), unloop_opencl_convolution_window()])
            case .pool(let width):
                Self.source("pool", ["WIDTH": width], [unloop_opencl_vectors(), unloop_opencl_pool()])
            case .gather(let elementType):
                Self.source("gather", ["INTEGERS": elementType == .int32 ? 1 : 0], [unloop_opencl_gather()])
            case .scatterSort(let elementType):
                Self.source(
                    "scatter_sort",
                    [
                        "INTEGERS": elementType == .int32 ? 1 : 0, "DIGIT_BITS": ScatterSort.digitBits,
                        "CHUNK": ScatterSort.chunk,
                    ], [unloop_opencl_scatter_sort()])
            case .interpreter: ProgramSource(name: "interpreter", text: KernelText.interpreter)
            }
        }

        /// Parameters stand in the text, not in the compiler's options, so that the text alone says what was built.
        private static func source(
            _ name: String, _ parameters: [String: Int], _ texts: [UnsafePointer<CChar>?], registers: Int? = nil
        ) -> ProgramSource {
            let definitions = parameters.sorted { $0.key < $1.key }.map { "#define \($0.key) \($0.value)" }
            let parts = texts.map { $0.map { String(cString: $0) } ?? "" }
            return ProgramSource(name: name, text: (definitions + parts).joined(separator: "\n"), registers: registers)
        }
    }

    extension OpenCLBackend {
        /// - Throws: `nonconforming` when the kernel's bits are not the loop's, `buildFailed` when the program does not compile.
        func kernel(_ name: String, of program: KernelProgram) throws(BackendError) -> Kernel {
            try kernel(name, key: program, work: "\(program.source.name) (\(name))") { kernel in
                program.subject(kernel)
            } source: {
                program.source
            } proof: { () throws(BackendError) in
                try proof(of: program, name)
            }
        }

        /// Work-items of a work-group in kernels that need no particular number.
        static let plainGroupSize = 64

        /// Runs a kernel with at least `items` work-items.
        func launch(
            _ kernel: Kernel, operation: String, items: Int, isRepeatable: Bool = true, _ arguments: [KernelArgument]
        ) throws(BackendError) {
            // A CPU runs a group on one unit: few items are groups of their own. Only two sizes, because such devices compile
            // a kernel anew for each.
            let areFew = deviceClass == .cpuLike && items < wantedTasks * Self.plainGroupSize
            let localSize = areFew ? 1 : min(Self.plainGroupSize, kernel.maximumWorkGroupSize)
            try queue.launch(
                kernel, operation: operation, LaunchRange(covering: items, localSize: localSize),
                isRepeatable: isRepeatable, arguments)
        }

        /// The widest vector that divides `count` channels: as wide as the device's own on CPUs; on GPUs adjacent
        /// work-items are the vector.
        func vectorWidth(dividing count: Int) -> Int {
            if deviceClass == .gpuLike { return 1 }
            return [16, 8, 4].first { $0 <= device.vectorWidth && count % $0 == 0 } ?? 1
        }

        /// Applies an epilogue to a finished result.
        func apply(_ epilogue: Epilogue?, to output: StridedView) throws(BackendError) {
            guard let epilogue else { return }
            try map(
                epilogue.program, inputs: [output] + epilogue.inputs, scalars: epilogue.scalars, outputs: [output])
        }
    }

    extension KernelArgument {
        /// A structure of 64-bit integers.
        static func words(_ words: [Int]) -> KernelArgument {
            .bytes(words.withUnsafeBytes { Array($0) })
        }

        /// A structure of 32-bit integers.
        static func halfWords(_ words: [Int]) -> KernelArgument {
            .bytes(words.map { Int32(truncatingIfNeeded: $0) }.withUnsafeBytes { Array($0) })
        }
    }

    extension Int {
        /// The smallest number of parts of `size` that cover this many.
        func parts(of size: Int) -> Int { self / size + (self % size > 0 ? 1 : 0) }
    }
#endif
