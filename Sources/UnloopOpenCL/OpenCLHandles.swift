#if OpenCL
    import COpenCL
    import Glibc
    import Synchronization
    import UnloopBackend

    /// Drivers do not survive a fork: in the child their calls hang. Counted, because asking for the process's number is a system
    /// call, and every launch needs to know.
    enum DriverProcess {
        private static let forks = Atomic<Int>(0)
        private static let forksAreCounted =
            pthread_atfork(nil, nil, { DriverProcess.forks.add(1, ordering: .relaxed) }) == 0
        /// Where forks cannot be counted.
        private static let process = getpid()

        /// To be called before the first OpenCL call of the process: forks count from here on.
        static func noteFirstCall() { if !forksAreCounted { _ = process } }

        /// Whether this process was forked from one that had called OpenCL.
        static var isForkedChild: Bool {
            forksAreCounted ? forks.load(ordering: .relaxed) > 0 : getpid() != process
        }

        /// What every call in a forked child throws.
        static func forkedError(_ device: String, _ operation: String) -> BackendError {
            .unsupported(
                device: device, operation: operation,
                reason:
                    "this process was forked from one that had called OpenCL, whose drivers do not survive that; use OpenCL after the "
                    + "fork only, or start the child with exec")
        }
    }

    /// A context, released with its last reference. Handles are never released in a forked child, where drivers hang, nor when
    /// the device is lost, nor at exit, where their own state may already be gone.
    final class ContextHandle: @unchecked Sendable {
        let raw: cl_context
        private let isClosed = Atomic<Bool>(false)
        private let isAbandoned = Atomic<Bool>(false)
        private let reason = Mutex<BackendError?>(nil)

        init(_ device: OpenCLDevice) throws(OpenCLFailure) {
            var code: cl_int = 0
            var identifier: cl_device_id? = device.handle.raw
            guard let context = clCreateContext(nil, 1, &identifier, nil, nil, &code), code == CL_SUCCESS else {
                throw OpenCLFailure(code)
            }
            raw = context
        }

        /// Whether handles may be given back to the driver.
        var isUsable: Bool { !DriverProcess.isForkedChild && !isAbandoned.load(ordering: .relaxed) }

        /// Whether the context takes work.
        var takesWork: Bool { !DriverProcess.isForkedChild && !isClosed.load(ordering: .acquiring) }

        /// Why it takes none.
        var closingError: BackendError? { isClosed.load(ordering: .acquiring) ? reason.withLock(\.self) : nil }

        /// From now on no work is taken. What the driver holds is given back later, unless it is `abandoned`: memory that it may
        /// still use then stays where it is.
        func close(_ error: BackendError, abandoned: Bool) {
            reason.withLock { $0 = $0 ?? error }
            if abandoned { isAbandoned.store(true, ordering: .relaxed) }
            isClosed.store(true, ordering: .releasing)
        }

        deinit { if isUsable { clReleaseContext(raw) } }
    }

    final class QueueHandle: @unchecked Sendable {
        let raw: cl_command_queue
        let context: ContextHandle

        init(_ context: ContextHandle, _ device: OpenCLDevice) throws(OpenCLFailure) {
            var code: cl_int = 0
            guard let queue = clCreateCommandQueue(context.raw, device.handle.raw, 0, &code), code == CL_SUCCESS else {
                throw OpenCLFailure(code)
            }
            raw = queue
            self.context = context
        }

        deinit {
            guard context.isUsable else { return }
            clFinish(raw)
            clReleaseCommandQueue(raw)
        }
    }

    final class ProgramHandle: @unchecked Sendable {
        let raw: cl_program
        let context: ContextHandle

        /// Takes over the program.
        init(_ raw: cl_program, _ context: ContextHandle) {
            self.raw = raw
            self.context = context
        }

        deinit { if context.isUsable { clReleaseProgram(raw) } }
    }

    /// A kernel and its limits. Its arguments are state that all threads share: `LaunchQueue` sets them under its lock.
    package final class Kernel: @unchecked Sendable {
        let raw: cl_kernel
        let name: String
        /// The largest work-group that the device runs this kernel with.
        package let maximumWorkGroupSize: Int
        /// Bytes of local memory that the kernel declares itself.
        let declaredLocalMemory: Int
        private let program: ProgramHandle
        /// Whether its bits were compared with the loop's.
        let trust = Atomic<KernelTrust>(.unknown)
        /// Work-group sizes that it has run with, where the driver compiles for each; guarded by the queue's lock.
        var compiledSizes: [SIMD4<Int>] = []

        /// A size of work-group for this kernel where any will do.
        func localSize(atMost wanted: Int) -> Int { max(1, min(wanted, maximumWorkGroupSize)) }

        init(_ program: ProgramHandle, name: String, device: OpenCLDevice) throws(OpenCLFailure) {
            var code: cl_int = 0
            guard let kernel = clCreateKernel(program.raw, name, &code), code == CL_SUCCESS else {
                throw OpenCLFailure(code)
            }
            raw = kernel
            self.name = name
            self.program = program
            var size = 0
            let sizeQuery = cl_kernel_work_group_info(bitPattern: CL_KERNEL_WORK_GROUP_SIZE)
            let hasSize = clGetKernelWorkGroupInfo(
                kernel, device.handle.raw, sizeQuery, MemoryLayout<Int>.size, &size, nil)
            maximumWorkGroupSize =
                hasSize == CL_SUCCESS && size > 0 ? min(size, device.maximumWorkGroupSize) : device.maximumWorkGroupSize
            var local: cl_ulong = 0
            let localQuery = cl_kernel_work_group_info(bitPattern: CL_KERNEL_LOCAL_MEM_SIZE)
            let hasLocal = clGetKernelWorkGroupInfo(
                kernel, device.handle.raw, localQuery, MemoryLayout<cl_ulong>.size, &local, nil)
            declaredLocalMemory = hasLocal == CL_SUCCESS ? Int(clamping: local) : 0
        }

        deinit { if program.context.isUsable { clReleaseKernel(raw) } }
    }
#endif
