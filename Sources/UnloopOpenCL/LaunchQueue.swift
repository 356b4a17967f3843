#if OpenCL
    import COpenCL
    import Synchronization
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
    }

    /// How many work-groups run, and of which size, along up to three axes.
    package struct LaunchRange {
        var groups: [Int]
        var localSize: [Int]

        package init(groups: [Int], localSize: [Int]) {
            precondition(
                groups.count == localSize.count && (1...3).contains(groups.count),
                "a launch has as many group counts as group sizes, one to three")
            self.groups = groups
            self.localSize = localSize
        }

        package init(groups: Int, localSize: Int = 1) { self.init(groups: [groups], localSize: [localSize]) }

        /// Enough groups of `localSize` for at least `items` work-items.
        package init(covering items: Int, localSize: Int) {
            self.init(groups: (items + localSize - 1) / localSize, localSize: localSize)
        }
    }

    /// The device's one in-order queue: launches, transfers, and errors that are found late.
    package final class LaunchQueue: Sendable {
        /// Host memory of a copy to the device that may still be running.
        fileprivate struct Staged: @unchecked Sendable {
            let memory: UnsafeMutableRawPointer
            let byteCount: Int
            let event: cl_event
        }

        fileprivate struct IndexCheck: Equatable {
            let operation: String
            let bound: Int
        }

        fileprivate struct State {
            var lastOperation = "nothing yet"
            var launches = 0
            var staged: [Staged] = []
            var stagedBytes = 0
            /// What `indexFlag` holds when a check failed is 1 + the position in this array.
            var indexChecks: [IndexCheck] = []
            /// Whether a launch since the last wait may have set `indexFlag`.
            var indexCheckIsPending = false
            var lateError: BackendError?
        }

        /// Uploads beyond this many unfinished bytes wait for the device.
        private static let stagingLimit = 67_108_864

        let device: OpenCLDevice
        let context: ContextHandle
        let pool: BufferPool
        private let queue: QueueHandle
        private let state = Mutex(State())
        /// One int32: 0, or which check of indices failed first.
        private let indexFlag: OpenCLBuffer

        init(device: OpenCLDevice, memoryLimit: Int?) throws(BackendError) {
            self.device = device
            do throws(OpenCLFailure) {
                context = try ContextHandle(device)
                queue = try QueueHandle(context, device)
            } catch {
                throw .deviceUnavailable(
                    device: device.name, reason: "it cannot be opened: \(error.name) (\(error.code))",
                    remedy: "Check the driver with `unloop doctor`.")
            }
            pool = BufferPool(context: context, device: device, limit: memoryLimit)
            guard let memory = try pool.take(4) else {
                throw .outOfMemory(device: device.name, bytes: 4, limit: pool.limit)
            }
            indexFlag = OpenCLBuffer(elementType: .int32, count: 1, memory: memory, pool: pool)
            try write([Int32(0)], to: indexFlag)
        }

        deinit {
            guard context.isUsable else { return }
            clFinish(queue.raw)
            state.withLock { $0.releaseStaged() }
        }

        var launches: Int { state.withLock(\.launches) }

        /// Throws in a forked child: drivers do not survive a fork.
        func requireUsable(_ operation: String) throws(BackendError) {
            if !context.isUsable {
                throw .unsupported(
                    device: device.name, operation: operation,
                    reason: "this process was forked from the one that opened the device; open devices after the fork")
            }
        }

        // MARK: Memory

        func allocate(_ elementType: ElementType, count: Int) throws(BackendError) -> OpenCLBuffer {
            try requireUsable("allocate")
            precondition(count >= 0, "a buffer has at least 0 elements, not \(count)")
            if elementType == .float64 {
                throw .unsupported(
                    device: device.name, operation: "allocate", reason: "it has no float64 arrays; use float32")
            }
            if count == 0 { return OpenCLBuffer(elementType: elementType, count: 0, memory: nil, pool: pool) }
            let (byteCount, overflow) = count.multipliedReportingOverflow(by: elementType.byteCount)
            guard !overflow else { throw .outOfMemory(device: device.name, bytes: .max, limit: pool.limit) }
            if let memory = try pool.take(byteCount) {
                return OpenCLBuffer(elementType: elementType, count: count, memory: memory, pool: pool)
            }
            pool.trim()
            clFinish(queue.raw)
            guard let memory = try pool.take(byteCount) else {
                throw .outOfMemory(device: device.name, bytes: byteCount, limit: pool.limit)
            }
            return OpenCLBuffer(elementType: elementType, count: count, memory: memory, pool: pool)
        }

        /// Copies to the start of the buffer.
        func write<Element>(_ elements: [Element], to buffer: OpenCLBuffer) throws(BackendError) {
            // `withUnsafeBytes` does not hand typed errors through.
            let result = elements.withUnsafeBytes { bytes -> Result<Void, BackendError> in
                do throws(BackendError) { return .success(try write(bytes, to: buffer)) } catch {
                    return .failure(error)
                }
            }
            try result.get()
        }

        /// The bytes are the caller's again when this returns.
        private func write(_ bytes: UnsafeRawBufferPointer, to buffer: OpenCLBuffer) throws(BackendError) {
            try requireUsable("upload")
            guard let memory = buffer.memory, let source = bytes.baseAddress, bytes.count > 0 else { return }
            let staged = state.withLock { state -> Bool in
                state.reapStaged(device: device.name)
                guard state.stagedBytes + bytes.count <= Self.stagingLimit else { return false }
                let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 64)
                copy.copyMemory(from: source, byteCount: bytes.count)
                var event: cl_event?
                let code = clEnqueueWriteBuffer(
                    queue.raw, memory.handle, cl_bool(CL_FALSE), 0, bytes.count, copy, 0, nil, &event)
                guard code == CL_SUCCESS, let event else {
                    copy.deallocate()
                    return false
                }
                state.staged.append(Staged(memory: copy, byteCount: bytes.count, event: event))
                state.stagedBytes += bytes.count
                state.lastOperation = "upload"
                return true
            }
            if staged { return }
            try retryingOutOfMemory("upload", bytes: bytes.count) {
                clEnqueueWriteBuffer(
                    queue.raw, memory.handle, cl_bool(CL_TRUE), 0, bytes.count, source, 0, nil, nil)
            }
        }

        /// Waits for all earlier work, then copies from byte `offset` on.
        func read(_ buffer: OpenCLBuffer, offset: Int, into bytes: UnsafeMutableRawBufferPointer) throws(BackendError) {
            try requireUsable("download")
            guard let memory = buffer.memory, let target = bytes.baseAddress, bytes.count > 0 else {
                return try synchronize()
            }
            let (raw, earlier) = (queue.raw, state.withLock(\.lastOperation))
            try retryingOutOfMemory("download after \(earlier)", bytes: bytes.count) {
                clEnqueueReadBuffer(raw, memory.handle, cl_bool(CL_TRUE), offset, bytes.count, target, 0, nil, nil)
            }
            try throwLateErrors()
        }

        func copy(
            _ source: OpenCLBuffer, offset: Int, to target: OpenCLBuffer, targetOffset: Int, byteCount: Int
        ) throws(BackendError) {
            try requireUsable("copy")
            guard byteCount > 0, let from = source.memory, let to = target.memory else { return }
            try retryingOutOfMemory("copy", bytes: byteCount) {
                clEnqueueCopyBuffer(
                    queue.raw, from.handle, to.handle, offset, targetOffset, byteCount, 0, nil, nil)
            }
            state.withLock { $0.noteLaunch("copy") }
        }

        // MARK: Launches

        /// Runs a kernel after everything enqueued before. Nothing happens when a group count is 0.
        ///
        /// - Throws: `unsupported` when the work-group or the local memory is larger than the kernel or device allows.
        package func launch(
            _ kernel: Kernel, operation: String, _ range: LaunchRange, _ arguments: [KernelArgument]
        ) throws(BackendError) {
            try requireUsable(operation)
            if range.groups.contains(0) { return }
            try requireWithinLimits(kernel, operation: operation, range, arguments)
            let global = zip(range.groups, range.localSize).map { $0 * $1 }
            // Only the lock makes setting arguments and enqueuing one step; without it threads get each other's values.
            let failure = state.withLock { state -> OpenCLFailure? in
                do throws(OpenCLFailure) {
                    for (position, argument) in arguments.enumerated() {
                        try set(argument, of: kernel.raw, at: cl_uint(position))
                        if case .buffer(let buffer) = argument, buffer === indexFlag {
                            state.indexCheckIsPending = true
                        }
                    }
                    func enqueue() -> cl_int {
                        clEnqueueNDRangeKernel(
                            queue.raw, kernel.raw, cl_uint(global.count), nil, global, range.localSize, 0, nil, nil)
                    }
                    var code = enqueue()
                    if OpenCLFailure(code).isOutOfMemory {
                        pool.trim()
                        clFinish(queue.raw)
                        code = enqueue()
                    }
                    try check(code)
                } catch {
                    return error
                }
                state.noteLaunch(operation)
                return nil
            }
            if let failure { throw error(failure, operation, bytes: 0) }
        }

        private func requireWithinLimits(
            _ kernel: Kernel, operation: String, _ range: LaunchRange, _ arguments: [KernelArgument]
        ) throws(BackendError) {
            let items = range.localSize.reduce(1, *)
            let axesFit = zip(range.localSize, device.maximumWorkItemSizes).allSatisfy { $0 <= $1 }
            guard items <= kernel.maximumWorkGroupSize, axesFit else {
                throw .unsupported(
                    device: device.name, operation: operation,
                    reason:
                        "the kernel \(kernel.name) runs in work-groups of at most \(kernel.maximumWorkGroupSize) items, "
                        + "not \(range.localSize)")
            }
            // Some drivers end the process instead of reporting this.
            var local = kernel.declaredLocalMemory
            for case .local(let bytes) in arguments { local += bytes }
            guard local <= device.localMemory else {
                throw .unsupported(
                    device: device.name, operation: operation,
                    reason: "the kernel \(kernel.name) needs \(local) bytes of local memory of \(device.localMemory)")
            }
        }

        private func set(
            _ argument: KernelArgument, of kernel: cl_kernel, at position: cl_uint
        ) throws(OpenCLFailure) {
            func put<T: BitwiseCopyable>(_ value: T) throws(OpenCLFailure) {
                var value = value
                try check(clSetKernelArg(kernel, position, MemoryLayout<T>.size, &value))
            }
            switch argument {
            case .buffer(let buffer): try put(buffer.memory?.handle)
            case .int(let value): try put(value)
            case .uint(let value): try put(value)
            case .long(let value): try put(Int64(value))
            case .float(let value): try put(value)
            case .local(let count): try check(clSetKernelArg(kernel, position, count, nil))
            case .bytes(let bytes): try check(clSetKernelArg(kernel, position, bytes.count, bytes))
            }
        }

        // MARK: Late errors

        /// The two arguments by which a kernel reports an index outside `0 ..< bound`: a buffer of one int `flag` and an
        /// int `ticket`. The kernel calls `atomic_cmpxchg(flag, 0, ticket)`; the next waiting call throws.
        package func indexCheck(operation: String, bound: Int) -> (flag: KernelArgument, ticket: KernelArgument) {
            let check = IndexCheck(operation: operation, bound: bound)
            let ticket = state.withLock { state in
                if let known = state.indexChecks.firstIndex(of: check) { return known + 1 }
                state.indexChecks.append(check)
                return state.indexChecks.count
            }
            return (.buffer(indexFlag), .int(Int32(truncatingIfNeeded: ticket)))
        }

        /// Waits for all work and throws what went wrong in it.
        func synchronize() throws(BackendError) {
            try requireUsable("synchronize")
            let code = clFinish(queue.raw)
            if code != CL_SUCCESS {
                throw error(OpenCLFailure(code), state.withLock(\.lastOperation), bytes: 0)
            }
            try throwLateErrors()
        }

        /// To be called when all earlier work has ended.
        private func throwLateErrors() throws(BackendError) {
            let error = state.withLock { state -> BackendError? in
                state.reapStaged(device: device.name)
                var error = state.lateError
                state.lateError = nil
                if state.indexCheckIsPending, let flag = indexFlag.memory {
                    var ticket: Int32 = 0
                    clEnqueueReadBuffer(queue.raw, flag.handle, cl_bool(CL_TRUE), 0, 4, &ticket, 0, nil, nil)
                    if ticket > 0, Int(ticket) <= state.indexChecks.count {
                        let failed = state.indexChecks[Int(ticket) - 1]
                        error = error ?? .indexOutOfRange(operation: failed.operation, bound: failed.bound)
                        var zero: Int32 = 0
                        clEnqueueWriteBuffer(queue.raw, flag.handle, cl_bool(CL_TRUE), 0, 4, &zero, 0, nil, nil)
                    }
                    state.indexCheckIsPending = false
                }
                return error
            }
            if let error { throw error }
        }

        /// Runs a call; when memory is short, gives pooled memory back, waits, and runs it once more.
        private func retryingOutOfMemory(
            _ operation: String, bytes: Int, _ call: () -> cl_int
        ) throws(BackendError) {
            var code = call()
            if OpenCLFailure(code).isOutOfMemory {
                pool.trim()
                clFinish(queue.raw)
                code = call()
            }
            if code != CL_SUCCESS { throw error(OpenCLFailure(code), operation, bytes: bytes) }
        }

        private func error(_ failure: OpenCLFailure, _ operation: String, bytes: Int) -> BackendError {
            failure.code == -4
                ? .outOfMemory(device: device.name, bytes: bytes, limit: pool.limit)
                : failure.error(device: device.name, operation: operation)
        }
    }

    extension LaunchQueue.State {
        fileprivate mutating func noteLaunch(_ operation: String) {
            launches += 1
            lastOperation = operation
        }

        /// Frees the host memory of copies that have ended. They end in order.
        fileprivate mutating func reapStaged(device: String) {
            var ended = 0
            for copy in staged {
                var status: cl_int = 0
                let query = cl_event_info(bitPattern: CL_EVENT_COMMAND_EXECUTION_STATUS)
                let code = clGetEventInfo(copy.event, query, MemoryLayout<cl_int>.size, &status, nil)
                if code == CL_SUCCESS && status > CL_COMPLETE { break }
                if code == CL_SUCCESS && status < CL_COMPLETE && lateError == nil {
                    let failure = OpenCLFailure(status)
                    lateError = failure.error(device: device, operation: "upload")
                }
                ended += 1
            }
            releaseStaged(ended)
        }

        fileprivate mutating func releaseStaged() { releaseStaged(staged.count) }

        private mutating func releaseStaged(_ count: Int) {
            for copy in staged.prefix(count) {
                clReleaseEvent(copy.event)
                copy.memory.deallocate()
                stagedBytes -= copy.byteCount
            }
            staged.removeFirst(count)
        }
    }
#endif
