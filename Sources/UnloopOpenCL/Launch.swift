#if OpenCL
    import COpenCL
    import UnloopBackend

    /// The value of one kernel parameter.
    package enum KernelArgument {
        /// A buffer without elements is passed as a null pointer.
        case buffer(OpenCLBuffer)
        case int(Int32)
        case uint(UInt32)
        case long(Int)
        case float(Float)
        /// Local memory of this size.
        case local(bytes: Int)
        /// A structure passed by value.
        case bytes([UInt8])
        /// By which a kernel reports an index outside its bound: a buffer of ints `flags` and an int `slot`. The kernel sets
        /// `flags[slot]` to 1.
        case indexCheck(IndexCheck)

        /// Bytes among a kernel's parameters.
        var parameterBytes: Int {
            switch self {
            case .buffer, .local, .long: 8
            case .int, .uint, .float: 4
            case .indexCheck: 12
            case .bytes(let bytes): bytes.count
            }
        }
    }

    /// How many work-groups run, and of which size, along up to three axes.
    package struct LaunchRange {
        /// 1 beyond the last axis.
        let groups: SIMD4<Int>
        let localSize: SIMD4<Int>
        let axes: Int

        package init(groups: [Int], localSize: [Int]) {
            precondition(
                groups.count == localSize.count && (1...3).contains(groups.count),
                "a launch has as many group counts as group sizes, one to three")
            var (counts, sizes) = (SIMD4<Int>(repeating: 1), SIMD4<Int>(repeating: 1))
            for axis in groups.indices { (counts[axis], sizes[axis]) = (groups[axis], localSize[axis]) }
            (self.groups, self.localSize, axes) = (counts, sizes, groups.count)
        }

        package init(groups: Int, localSize: Int = 1) {
            self.groups = SIMD4(groups, 1, 1, 1)
            self.localSize = SIMD4(localSize, 1, 1, 1)
            axes = 1
        }

        /// Enough groups of `localSize` for at least `items` work-items.
        package init(covering items: Int, localSize: Int) {
            self.init(groups: (items + localSize - 1) / localSize, localSize: localSize)
        }

        var groupCount: Int { groups[0] * groups[1] * groups[2] }
        var itemsOfGroup: Int { localSize[0] * localSize[1] * localSize[2] }
    }

    /// Sets the arguments of a kernel one after the other.
    package struct ArgumentList: ~Copyable {
        private let kernel: cl_kernel
        private var position: cl_uint = 0
        /// The first error.
        private(set) var code: cl_int = CL_SUCCESS
        private let indexFlags: OpenCLBuffer
        /// Where the kernel reports an index, if it does.
        private let slot: Int

        init(_ kernel: cl_kernel, indexFlags: OpenCLBuffer, slot: Int) {
            self.kernel = kernel
            self.indexFlags = indexFlags
            self.slot = slot
        }

        private mutating func set(_ byteCount: Int, _ value: UnsafeRawPointer?) {
            let result = clSetKernelArg(kernel, position, byteCount, value)
            if code == CL_SUCCESS { code = result }
            position += 1
        }

        mutating func add(_ buffer: OpenCLBuffer) {
            var handle = buffer.memory?.handle
            set(MemoryLayout<cl_mem?>.size, &handle)
        }

        mutating func addNull() {
            var handle: cl_mem?
            set(MemoryLayout<cl_mem?>.size, &handle)
        }

        mutating func add<Structure: BitwiseCopyable>(structure: inout Structure) {
            set(MemoryLayout<Structure>.size, &structure)
        }

        mutating func add(_ argument: KernelArgument) {
            switch argument {
            case .buffer(let buffer): add(buffer)
            case .int(var value): add(structure: &value)
            case .uint(var value): add(structure: &value)
            case .long(let value):
                var value = Int64(value)
                add(structure: &value)
            case .float(var value): add(structure: &value)
            case .local(let count): set(count, nil)
            case .indexCheck:
                var slot = Int32(slot)
                add(indexFlags)
                add(structure: &slot)
            case .bytes(let bytes): bytes.withUnsafeBytes { set($0.count, $0.baseAddress) }
            }
        }
    }
#endif
