#if OpenCL
    import COpenCL
    import Synchronization
    import UnloopBackend

    /// The device's one in-order queue: launches, transfers, and errors that are found late.
    package final class LaunchQueue: Sendable {
        /// Small launches that are held back until there are so many, or until someone waits.
        private static let heldBackLimit = 32

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
            state.withLock { state in
                state.openGate()
                clFinish(queue.raw)
                state.releaseStaged()
            }
        }

        var launches: Int { state.withLock(\.launches) }
        var compileNanoseconds: Int { state.withLock(\.compileNanoseconds) }

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
            finish()
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
            var event: cl_event?
            try retryingOutOfMemory("upload", bytes: bytes.count) {
                state.withLock { state in
                    state.openGate()
                    return clEnqueueWriteBuffer(
                        queue.raw, memory.handle, cl_bool(CL_FALSE), 0, bytes.count, source, 0, nil, &event)
                }
            }
            let code = wait(for: event)
            if code != CL_SUCCESS { throw error(OpenCLFailure(code), "upload", bytes: bytes.count) }
        }

        /// Waits for all earlier work, then copies from byte `offset` on.
        func read(_ buffer: OpenCLBuffer, offset: Int, into bytes: UnsafeMutableRawBufferPointer) throws(BackendError) {
            try requireUsable("download")
            guard let memory = buffer.memory, let target = bytes.baseAddress, bytes.count > 0 else {
                return try synchronize()
            }
            var earlier = ""
            var event: cl_event?
            // Enqueued under the lock, so that no launch that is held back comes before; waited for without.
            try retryingOutOfMemory("download", bytes: bytes.count) {
                state.withLock { state in
                    state.openGate()
                    earlier = state.lastOperation
                    return clEnqueueReadBuffer(
                        queue.raw, memory.handle, cl_bool(CL_FALSE), offset, bytes.count, target, 0, nil, &event)
                }
            }
            let code = wait(for: event)
            if code != CL_SUCCESS { throw error(OpenCLFailure(code), "download after \(earlier)", bytes: bytes.count) }
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
            var local = 0
            for case .local(let bytes) in arguments { local += bytes }
            try launch(kernel, operation: operation, range, localBytes: local) { list in
                for argument in arguments { list.add(argument) }
            }
        }

        /// - Parameters:
        ///   - localBytes: local memory among the arguments.
        ///   - arguments: adds the arguments to a list.
        package func launch(
            _ kernel: Kernel, operation: String, _ range: LaunchRange, localBytes: Int = 0,
            _ arguments: (inout ArgumentList) -> Void
        ) throws(BackendError) {
            try requireUsable(operation)
            if range.groupCount == 0 { return }
            try requireWithinLimits(kernel, operation: operation, range, localBytes: localBytes)
            // Only the lock makes setting arguments and enqueuing one step; without it threads get each other's values.
            let code = state.withLock { state -> cl_int in
                var list = ArgumentList(kernel.raw, indexFlag: indexFlag)
                arguments(&list)
                if list.holdsIndexFlag { state.indexCheckIsPending = true }
                guard list.code == CL_SUCCESS else { return list.code }
                // What is large enough for several units is worth waking them.
                let isHeldBack = device.wakesForEachLaunch && range.groupCount <= 2 * device.computeUnits
                if device.compilesAtLaunch && !kernel.compiledSizes.contains(range.localSize) {
                    return timeFirst(kernel, range, &state, operation)
                }
                var code = enqueue(kernel, range, &state, isHeldBack: isHeldBack)
                if OpenCLFailure(code).isOutOfMemory {
                    pool.trim()
                    state.openGate()
                    clFinish(queue.raw)
                    code = enqueue(kernel, range, &state, isHeldBack: false)
                }
                if code == CL_SUCCESS { state.noteLaunch(operation) }
                return code
            }
            if code != CL_SUCCESS { throw error(OpenCLFailure(code), operation, bytes: 0) }
        }

        /// Waits for a launch for which the driver compiles, so that the time can be told.
        private func timeFirst(
            _ kernel: Kernel, _ range: LaunchRange, _ state: inout State, _ operation: String
        ) -> cl_int {
            state.openGate()
            clFinish(queue.raw)
            let start = ContinuousClock.now
            let code = enqueue(kernel, range, &state, isHeldBack: false)
            guard code == CL_SUCCESS else { return code }
            clFinish(queue.raw)
            let elapsed = (ContinuousClock.now - start).components
            state.compileNanoseconds += Int(elapsed.seconds) * 1_000_000_000 + Int(elapsed.attoseconds / 1_000_000_000)
            kernel.compiledSizes.append(range.localSize)
            state.noteLaunch(operation)
            return code
        }

        private func enqueue(
            _ kernel: Kernel, _ range: LaunchRange, _ state: inout State, isHeldBack: Bool
        ) -> cl_int {
            var global = range.groups &* range.localSize
            var local = range.localSize
            let isFirstHeldBack = isHeldBack && state.gate == nil
            if isFirstHeldBack { state.gate = clCreateUserEvent(context.raw, nil) }
            var gate = isFirstHeldBack ? state.gate : nil
            let code = withUnsafeBytes(of: &global) { global in
                withUnsafeBytes(of: &local) { local in
                    withUnsafePointer(to: &gate) { event in
                        clEnqueueNDRangeKernel(
                            queue.raw, kernel.raw, cl_uint(range.axes), nil,
                            global.baseAddress?.assumingMemoryBound(to: Int.self),
                            local.baseAddress?.assumingMemoryBound(to: Int.self), event.pointee == nil ? 0 : 1,
                            event.pointee == nil ? nil : event, nil)
                    }
                }
            }
            state.heldBack += 1
            if !isHeldBack || code != CL_SUCCESS || state.heldBack >= Self.heldBackLimit { state.openGate() }
            return code
        }

        /// Waits for all work. Not by clFinish, which may also wait for what another thread launches meanwhile, and holds
        /// back.
        @discardableResult
        private func finish() -> cl_int {
            var event: cl_event?
            let code = state.withLock { state in
                state.openGate()
                return clEnqueueMarkerWithWaitList(queue.raw, 0, nil, &event)
            }
            return code == CL_SUCCESS ? wait(for: event) : code
        }

        /// Waits for a command and releases its event; the command's error, if it failed.
        private func wait(for event: cl_event?) -> cl_int {
            var event = event
            defer { if let event { clReleaseEvent(event) } }
            let code = clWaitForEvents(1, &event)
            guard code != CL_SUCCESS, let event else { return code }
            var status: cl_int = 0
            let query = cl_event_info(bitPattern: CL_EVENT_COMMAND_EXECUTION_STATUS)
            clGetEventInfo(event, query, MemoryLayout<cl_int>.size, &status, nil)
            return status < 0 ? status : code
        }

        private func requireWithinLimits(
            _ kernel: Kernel, operation: String, _ range: LaunchRange, localBytes: Int
        ) throws(BackendError) {
            var axesFit = true
            for axis in 0..<range.axes where axis < device.maximumWorkItemSizes.count {
                if range.localSize[axis] > device.maximumWorkItemSizes[axis] { axesFit = false }
            }
            guard range.itemsOfGroup <= kernel.maximumWorkGroupSize, axesFit else {
                let sizes = (0..<range.axes).map { range.localSize[$0] }
                throw .unsupported(
                    device: device.name, operation: operation,
                    reason:
                        "the kernel \(kernel.name) runs in work-groups of at most \(kernel.maximumWorkGroupSize) items, "
                        + "not \(sizes)")
            }
            // Some drivers end the process instead of reporting this.
            let local = kernel.declaredLocalMemory + localBytes
            guard local <= device.localMemory else {
                throw .unsupported(
                    device: device.name, operation: operation,
                    reason: "the kernel \(kernel.name) needs \(local) bytes of local memory of \(device.localMemory)")
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
            let code = finish()
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
                    state.openGate()
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
                finish()
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
#endif
