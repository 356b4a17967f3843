#if OpenCL
    import Foundation
    import Synchronization
    import UnloopBackend

    /// One OpenCL device. Kernels are chosen by the device's class; results are the same bits either way.
    ///
    /// Work is asynchronous and in order. The backend may be used from any thread, but not in a forked child, where every
    /// call throws.
    public final class OpenCLBackend: Backend {
        public let device: OpenCLDevice
        /// Which kernels run here.
        public let deviceClass: OpenCLDevice.Class
        package let queue: LaunchQueue
        package let programs: ProgramCache
        /// What was measured to be fastest on this device.
        package let tuning: Tuning
        /// How many elements packed operands and sums of blocks take at most.
        let workspaceElements: Int

        /// 32 MiB.
        package static let usualWorkspaceElements = 8_388_608
        /// Maps and reductions of more elements than this are compiled; 0 compiles all.
        let interpretedElements: Int
        /// nil stands for programs that are too large.
        let interpreterPrograms = Mutex(
            RecentlyUsed<InterpreterKey, InterpreterProgram?>(limit: OpenCLBackend.interpreterProgramLimit))
        /// Elements that the steps of each line program were interpreted for.
        let interpretedLines = Mutex(
            RecentlyUsed<LineProgram, Int>(limit: OpenCLBackend.interpreterProgramLimit))
        /// Which kernels have shown that they give the loop's bits.
        let proofs: KernelProofs
        /// What was counted while the device proved itself, and is no work of the program's.
        private let openingStatistics = Mutex(BackendStatistics())

        /// Opens a device.
        ///
        /// - Parameters:
        ///   - device: from `OpenCLBackend.devices()`.
        ///   - forcedClass: kernels of this class instead of the device's own, for tests; nil is `UNLOOP_OPENCL_CLASS` (`cpuLike` or
        ///     `gpuLike`), or the device's own.
        ///   - memoryLimit: bytes that buffers may take; nil is `UNLOOP_OPENCL_MEMORY_LIMIT`, or most of the device's memory.
        /// - Throws: `deviceUnavailable` when the driver does not open it or a variable of the environment means nothing;
        ///   `nonconforming` when it does not give the contract's bits, unless `UNLOOP_ALLOW_NONCONFORMING=1`.
        public convenience init(
            device: OpenCLDevice, forcedClass: OpenCLDevice.Class? = nil, memoryLimit: Int? = nil
        ) throws(BackendError) {
            try self.init(device: device, forcedClass: forcedClass, memoryLimit: memoryLimit, interpretedElements: nil)
        }

        /// The same with only maps and reductions of at most `interpretedElements` elements interpreted; nil is
        /// `UNLOOP_OPENCL_INTERPRETED_ELEMENTS`, or what is usual for the class of the device.
        package convenience init(
            device: OpenCLDevice, forcedClass: OpenCLDevice.Class? = nil, memoryLimit: Int? = nil,
            interpretedElements: Int?
        ) throws(BackendError) {
            let ofEnvironment: OpenCLDevice.Class? = try Self.variable("UNLOOP_OPENCL_CLASS").choice()
            let folder = try ProgramDiskCache.standard()
            try self.init(
                device: device, forcedClass: forcedClass ?? ofEnvironment, memoryLimit: memoryLimit,
                interpretedElements: interpretedElements, cache: device.keepsPrograms ? nil : folder,
                tuningBeside: folder)
        }

        private static func variable(_ name: String) -> EnvironmentVariable {
            EnvironmentVariable(name, device: "opencl")
        }

        /// With compiled programs kept in `cache`, or in memory only, and only maps and reductions of at most
        /// `interpretedElements` elements interpreted.
        ///
        /// - Parameter poisonsMemory: whether memory that is handed out is filled with NaN; nil is `UNLOOP_POISON_MEMORY`.
        package init(
            device: OpenCLDevice, forcedClass: OpenCLDevice.Class? = nil, memoryLimit: Int? = nil,
            workspaceElements: Int = usualWorkspaceElements, interpretedElements: Int? = nil,
            poisonsMemory: Bool? = nil, admitsNonconforming: Bool? = nil, programLimit: Int = ProgramCache.usualLimit,
            cache: ProgramDiskCache?, tuningBeside folder: ProgramDiskCache? = nil
        ) throws(BackendError) {
            self.device = device
            self.workspaceElements = workspaceElements
            deviceClass = forcedClass ?? device.preferredClass
            let interpreted = try Self.variable("UNLOOP_OPENCL_INTERPRETED_ELEMENTS").integer(
                "elements", in: 0...(1 << 30))
            self.interpretedElements =
                interpretedElements ?? interpreted ?? (deviceClass == .cpuLike ? Self.usualInterpretedElements : 0)
            let limitOfEnvironment = try Self.variable("UNLOOP_OPENCL_MEMORY_LIMIT").integer("bytes", in: 1...Int.max)
            let admits = try Self.variable("UNLOOP_ALLOW_NONCONFORMING").flag()
            let poisons = try Self.variable("UNLOOP_POISON_MEMORY").flag()
            if let reason = device.refusal {
                throw .deviceUnavailable(
                    device: device.name, reason: reason, remedy: "Update its driver, or choose another device.")
            }
            let modes = FloatingPointModes.ofContract()
            defer { modes.restore() }
            queue = try LaunchQueue(
                device: device, memoryLimit: memoryLimit ?? limitOfEnvironment,
                poisonsMemory: poisonsMemory ?? poisons)
            programs = ProgramCache(device: device, context: queue.context, disk: cache, limit: programLimit)
            proofs = KernelProofs(
                admitsNonconforming: admitsNonconforming ?? admits,
                records: (folder ?? cache).map { $0.beside("proofs", limit: 1 << 24) })
            let tuned = (folder ?? cache).flatMap { TuningFile(beside: $0, device)?.load() }
            tuning = Tuning(tuned ?? TuningTable())
            try proveDevice()
            queue.pool.trim()
            let opening = statistics
            openingStatistics.withLock { $0 = opening }
        }

        /// Whether the device and the kernels used so far give the contract's bits. False only where
        /// `UNLOOP_ALLOW_NONCONFORMING=1` admits others.
        public var isConforming: Bool { !proofs.admitsOtherBits }

        /// What was not used, or used all the same where the environment admits it, because it does not compile or gives other bits.
        public var refusals: [String] { proofs.refusals }

        /// Every OpenCL device: GPUs, accelerators, CPUs; each by vendor and name.
        ///
        /// - Throws: `deviceUnavailable` when there is none, saying what to install.
        public static func devices() throws(BackendError) -> [OpenCLDevice] { try survey().devices }

        /// The same, and whether every driver and device answered.
        package static func survey() throws(BackendError) -> (devices: [OpenCLDevice], isComplete: Bool) {
            // Drivers for processors make their threads here, which inherit the modes.
            let modes = FloatingPointModes.ofContract()
            defer { modes.restore() }
            return try OpenCLDevice.survey()
        }

        public var kind: BackendKind { .opencl }
        public var name: String { "\(device.name) (\(device.kind.label), \(device.platform))" }
        public var elementTypes: Set<ElementType> { [.float32, .int32] }

        public var statistics: BackendStatistics {
            // In a forked child locks may be held for ever.
            if DriverProcess.isForkedChild { return BackendStatistics() }
            var result = queue.pool.statistics
            let built = programs.statistics
            let openingStatistics = openingStatistics.withLock { $0 }
            result.launches = queue.launches - openingStatistics.launches
            result.programsBuilt = built.programsBuilt - openingStatistics.programsBuilt
            result.programsFromMemory = built.programsFromMemory - openingStatistics.programsFromMemory
            result.programsFromDisk = built.programsFromDisk - openingStatistics.programsFromDisk
            result.programsKept = built.programsKept + interpreterPrograms.withLock(\.count)
            result.buildNanoseconds = built.buildNanoseconds + queue.compileNanoseconds
            return result
        }

        /// Gives memory that is held for reuse back to the driver.
        public func trimPool() { queue.pool.trim() }

        /// Ends the use of this backend: every call throws `deviceLost` from now on.
        package func retire() { queue.retire() }

        /// Whether this process was forked from one that had called OpenCL: every call throws.
        package static var isForkedChild: Bool { DriverProcess.isForkedChild }

        public func allocate(_ elementType: ElementType, count: Int) throws(BackendError) -> Buffer {
            try queue.allocate(elementType, count: count)
        }

        public func upload(_ elements: HostArray) throws(BackendError) -> Buffer {
            let buffer = try queue.allocate(elements.elementType, count: elements.count)
            switch elements {
            case .float32(let values): try queue.write(values, to: buffer)
            case .int32(let values): try queue.write(values, to: buffer)
            case .float64: break  // `allocate` refused it.
            }
            return buffer
        }

        public func download(_ buffer: Buffer, offset: Int, count: Int) throws(BackendError) -> HostArray {
            let buffer = try queue.own(buffer)
            precondition(
                offset >= 0 && count >= 0 && offset + count <= buffer.count,
                "download of \(count) elements from \(offset) on of a buffer of \(buffer.count)")
            switch buffer.elementType {
            case .int32: return .int32(try elements(of: buffer, offset: offset, count: count, zero: 0))
            default: return .float32(try elements(of: buffer, offset: offset, count: count, zero: 0))
            }
        }

        private func elements<T: BitwiseCopyable & Sendable>(
            of buffer: OpenCLBuffer, offset: Int, count: Int, zero: T
        ) throws(BackendError) -> [T] {
            var failure: TransferFailure?
            let result = [T](unsafeUninitializedCapacity: count) { elements, initialized in
                initialized = count
                do throws(TransferFailure) {
                    try queue.read(
                        buffer, offset: offset * MemoryLayout<T>.stride,
                        into: UnsafeMutableRawBufferPointer(
                            start: elements.baseAddress, count: count * MemoryLayout<T>.stride))
                } catch {
                    failure = error
                }
            }
            if let failure { throw queue.keeping(result, failure) }
            return result
        }

        public func synchronize() throws(BackendError) { try queue.synchronize() }

        public func wait(for buffer: Buffer) throws(BackendError) { try queue.wait(for: try queue.own(buffer)) }

        /// The device memory behind a buffer or view that this backend made.
        func openCL(_ buffer: Buffer) -> OpenCLBuffer {
            guard let buffer = buffer as? OpenCLBuffer, buffer.pool === queue.pool else {
                misuse("a buffer of another device was given to \(name)")
            }
            return buffer
        }
    }
#endif
