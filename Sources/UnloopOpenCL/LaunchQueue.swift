#if OpenCL
    import COpenCL
    import Synchronization
    import UnloopBackend

    /// The device's one in-order queue: launches, transfers, and errors that are found late.
    package final class LaunchQueue: Sendable {
        /// Small launches that are held back until there are so many, or until someone waits.
        private static let heldBackLimit = 32

        let device: OpenCLDevice
        let context: ContextHandle
        let pool: BufferPool
        let queue: QueueHandle
        let state = Mutex(State())
        let intervals = Intervals()
        let indexFlags: IndexFlags
        /// Whether memory that is handed out is filled with NaN first, so that what reads it before writing it shows.
        private let poisonsMemory: Bool

        init(device: OpenCLDevice, memoryLimit: Int?, poisonsMemory: Bool) throws(BackendError) {
            if DriverProcess.isForkedChild { throw DriverProcess.forkedError(device.name, "opening it") }
            self.device = device
            self.poisonsMemory = poisonsMemory
            do throws(OpenCLFailure) {
                context = try ContextHandle(device)
                queue = try QueueHandle(context, device)
            } catch {
                throw .deviceUnavailable(
                    device: device.name, reason: "it cannot be opened: \(error.name) (\(error.code))",
                    remedy: "Check the driver with `unloop doctor`.")
            }
            pool = BufferPool(context: context, device: device, limit: memoryLimit)
            guard let memory = try pool.take(IndexFlags.byteCount) else {
                throw .outOfMemory(device: device.name, bytes: IndexFlags.byteCount, limit: pool.limit)
            }
            indexFlags = IndexFlags(
                OpenCLBuffer(elementType: .int32, count: IndexCheckRound.slotCount, memory: memory, pool: pool))
        }

        deinit {
            // The lock may be held for ever by a thread that the child does not have, and nobody uses the memory there.
            if DriverProcess.isForkedChild { return }
            let kept = state.withLock { state -> [Kept] in
                // What may still be in use stays where it is.
                guard context.isUsable, state.gate == nil || openGate(&state), clFinish(queue.raw) == CL_SUCCESS
                else { return state.kept }
                state.releaseStaged()
                indexFlags.deallocate()
                return []
            }
            // Arrays would be freed with the queue.
            if !kept.isEmpty { Self.leftBehind.withLock { $0 += kept } }
        }

        /// Memory of callers that a driver may still use, of queues that are gone and whose device was lost or does not tell.
        private static let leftBehind = Mutex<[Kept]>([])

        /// How much memory of callers stays for ever because a lost device may still use it.
        package static var bytesLeftBehind: Int { leftBehind.withLock { $0.reduce(0) { $0 + $1.byteCount } } }

        var launches: Int { state.withLock(\.launches) }
        var compileNanoseconds: Int { state.withLock(\.compileNanoseconds) }

        /// Throws in a forked child, because drivers do not survive a fork, and when the device was lost or opened anew.
        func requireUsable(_ operation: String) throws(BackendError) {
            if context.takesWork { return }
            throw DriverProcess.isForkedChild
                ? DriverProcess.forkedError(device.name, operation)
                : context.closingError ?? .deviceLost(device: device.name, reason: "it takes no work")
        }

        /// Takes no work from now on: the device was opened anew.
        func retire() {
            context.close(.deviceLost(device: device.name, reason: "the device was reset"), abandoned: false)
            state.withLock { state in _ = openGate(&state) }
            pool.trim()
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
            let result = OpenCLBuffer(elementType: elementType, count: count, memory: try take(byteCount), pool: pool)
            if poisonsMemory { try poison(result) }
            return result
        }

        private func take(_ byteCount: Int) throws(BackendError) -> BufferPool.Memory {
            do throws(BackendError) {
                if let memory = try pool.take(byteCount) { return memory }
                pool.trim()
                _ = finish()
                if let memory = try pool.take(byteCount) { return memory }
            } catch {
                guard case .driverFailed(_, _, let code, _) = error else { throw error }
                throw self.error(OpenCLFailure(cl_int(truncatingIfNeeded: code)), "allocate", bytes: byteCount)
            }
            throw .outOfMemory(device: device.name, bytes: byteCount, limit: pool.limit)
        }

        /// Fills memory with a signaling NaN that no operation gives.
        private func poison(_ buffer: OpenCLBuffer) throws(BackendError) {
            guard let memory = buffer.memory else { return }
            var pattern: UInt32 = 0x7fba_dbad
            let code = clEnqueueFillBuffer(
                queue.raw, memory.handle, &pattern, MemoryLayout<UInt32>.size, 0, memory.byteCount / 4 * 4, 0, nil, nil)
            if code != CL_SUCCESS { throw error(OpenCLFailure(code), "allocate", bytes: memory.byteCount) }
        }

        // MARK: Launches

        /// Runs a kernel after everything enqueued before. Nothing happens when a group count is 0.
        ///
        /// - Parameter isRepeatable: whether running the kernel twice does no harm: it reads nothing that it writes.
        /// - Throws: `unsupported` when the work-group or the local memory is larger than the kernel or device allows.
        package func launch(
            _ kernel: Kernel, operation: String, _ range: LaunchRange, isRepeatable: Bool = true,
            _ arguments: [KernelArgument]
        ) throws(BackendError) {
            var (local, parameters) = (0, 0)
            var check: IndexCheck?
            for argument in arguments {
                if case .local(let bytes) = argument { local += bytes }
                if case .indexCheck(let asked) = argument { check = asked }
                parameters += argument.parameterBytes
            }
            try launch(
                kernel, operation: operation, range, localBytes: local, parameterBytes: parameters, check: check,
                isRepeatable: isRepeatable
            ) { list in
                for argument in arguments { list.add(argument) }
            }
        }

        /// - Parameters:
        ///   - localBytes: local memory among the arguments.
        ///   - parameterBytes: of all arguments; 0 where they are known to be few.
        ///   - check: that of indices among the arguments.
        ///   - isRepeatable: asked when the kernel may have to be launched again.
        ///   - arguments: adds the arguments to a list.
        package func launch(
            _ kernel: Kernel, operation: String, _ range: LaunchRange, localBytes: Int = 0, parameterBytes: Int = 0,
            check: IndexCheck? = nil, isRepeatable: @autoclosure () -> Bool,
            _ arguments: (inout ArgumentList) -> Void
        ) throws(BackendError) {
            try requireUsable(operation)
            if range.groupCount == 0 { return }
            try requireWithinLimits(
                kernel, operation: operation, range, localBytes: localBytes, parameterBytes: parameterBytes)
            // Only the lock makes setting arguments and enqueuing one step; without it threads get each other's values.
            let code = state.withLock { state -> cl_int in
                var slot = 0
                if let check {
                    switch takeSlot(check, &state) {
                    case .success(let taken): slot = taken
                    case .failure(let failure): return failure.code
                    }
                    check.result.history.add(IndexCheckSet(state.round, slot: slot))
                }
                var list = ArgumentList(kernel.raw, indexFlags: indexFlags.device, slot: slot)
                arguments(&list)
                guard list.code == CL_SUCCESS else { return list.code }
                // What is large enough for several units is worth waking them.
                let isHeldBack = device.wakesForEachLaunch && range.groupCount <= 2 * device.computeUnits
                if device.compilesAtLaunch && !kernel.compiledSizes.contains(range.localSize) {
                    return timeFirst(kernel, range, &state, operation)
                }
                var code = enqueue(kernel, range, &state, isHeldBack: isHeldBack)
                if OpenCLFailure(code).isOutOfMemory {
                    pool.trim()
                    // A driver that failed may have started it all the same.
                    if finish(&state) == CL_SUCCESS, isRepeatable() {
                        code = enqueue(kernel, range, &state, isHeldBack: false)
                    }
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
            _ = finish(&state)
            guard context.takesWork else { return CL_INVALID_COMMAND_QUEUE }
            let start = ContinuousClock.now
            var code = enqueue(kernel, range, &state, isHeldBack: false)
            guard code == CL_SUCCESS else { return code }
            state.noteLaunch(operation)
            code = finish(&state)
            guard code == CL_SUCCESS else { return code }
            let elapsed = (ContinuousClock.now - start).components
            state.compileNanoseconds += Int(elapsed.seconds) * 1_000_000_000 + Int(elapsed.attoseconds / 1_000_000_000)
            kernel.compiledSizes.append(range.localSize)
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
            if !isHeldBack || code != CL_SUCCESS || state.heldBack >= Self.heldBackLimit {
                guard openGate(&state) else { return CL_INVALID_COMMAND_QUEUE }
            }
            return code
        }

        private func requireWithinLimits(
            _ kernel: Kernel, operation: String, _ range: LaunchRange, localBytes: Int, parameterBytes: Int
        ) throws(BackendError) {
            // Beyond these some drivers launch something else, or nothing.
            let most = device.maximumGroups
            let isOnProcessor = device.kind == .cpu && most == 65535
            if range.groups[0] > Int(Int32.max) || (!isOnProcessor && max(range.groups[1], range.groups[2]) > most) {
                throw .unsupported(
                    device: device.name, operation: operation,
                    reason:
                        "the kernel \(kernel.name) would run in \((0..<range.axes).map { range.groups[$0] }) groups, and at most "
                        + "\(Int32.max) are possible along the first axis and \(most) along others; use smaller arrays")
            }
            guard parameterBytes <= device.parameterBytes else {
                throw .unsupported(
                    device: device.name, operation: operation,
                    reason:
                        "the kernel \(kernel.name) takes \(parameterBytes) bytes of parameters of \(device.parameterBytes); use fewer "
                        + "arrays and scalars in one formula")
            }
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
    }
#endif
