#if OpenCL
    import COpenCL
    import Foundation
    import Synchronization
    import UnloopBackend

    /// Device memory by size classes with a byte budget. Released memory is kept for the next request of its class. The
    /// queue runs in order, so memory may be handed out again while earlier work still uses it.
    final class BufferPool: Sendable {
        struct Memory: @unchecked Sendable {
            let handle: cl_mem
            let byteCount: Int
        }

        fileprivate struct State {
            var free: [Int: [Memory]] = [:]
            var statistics = BackendStatistics()
        }

        let limit: Int
        let context: ContextHandle
        private let device: OpenCLDevice
        private let state = Mutex(State())
        /// Whether the driver tells when it no longer uses memory of the host.
        private let takesHostMemory = Atomic<Bool>(true)

        init(context: ContextHandle, device: OpenCLDevice, limit: Int?) {
            self.context = context
            self.device = device
            // Drivers promise memory lazily and fail late, so the budget stays clear of the device's total.
            self.limit =
                limit ?? device.globalMemory / 10 * (device.kind == .cpu ? 7 : 9)
        }

        /// Memory counts, for `Backend.statistics`.
        var statistics: BackendStatistics { state.withLock(\.statistics) }

        /// The size that is really allocated: eight classes between powers of two, so at most an eighth is wasted.
        static func sizeClass(_ byteCount: Int) -> Int {
            if byteCount <= 256 { return 256 }
            let step = max(256, 1 << (Int.bitWidth - 1 - (byteCount - 1).leadingZeroBitCount - 3))
            return (byteCount + step - 1) / step * step
        }

        /// At least `byteCount` bytes; nil when the driver has none left. `byteCount` > 0.
        func take(_ byteCount: Int) throws(BackendError) -> Memory? {
            guard byteCount <= min(device.maximumAllocation, limit) else {
                throw .outOfMemory(
                    device: device.name, bytes: byteCount, limit: min(device.maximumAllocation, limit))
            }
            let size = min(Self.sizeClass(byteCount), device.maximumAllocation)
            let pooled = state.withLock { state -> Memory? in
                guard let memory = state.free[size]?.popLast() else { return nil }
                state.statistics.poolHits += 1
                state.statistics.bytesPooled -= size
                state.statistics.bytesInUse += size
                return memory
            }
            if let pooled { return pooled }
            try reserve(size, requested: byteCount)
            var code: cl_int = 0
            if let handle = create(size, &code) {
                state.withLock { $0.statistics.allocations += 1 }
                return Memory(handle: handle, byteCount: size)
            }
            state.withLock { $0.statistics.bytesInUse -= size }
            let failure = OpenCLFailure(code)
            if failure.isOutOfMemory { return nil }
            throw failure.error(device: device.name, operation: "allocate")
        }

        private func create(_ size: Int, _ code: inout cl_int) -> cl_mem? {
            let (readWrite, useHostPointer): (cl_mem_flags, cl_mem_flags) = (1 << 0, 1 << 3)
            // What a processor computes on lies in the host's memory anyway; its driver would take small pages.
            guard device.kind == .cpu, size >= HostMemory.largeSize, takesHostMemory.load(ordering: .relaxed),
                let block = HostMemory.allocate(size)
            else {
                let handle = clCreateBuffer(context.raw, readWrite, size, nil, &code)
                return code == CL_SUCCESS ? handle : nil
            }
            guard let handle = clCreateBuffer(context.raw, readWrite | useHostPointer, size, block, &code),
                code == CL_SUCCESS
            else {
                free(block)
                return nil
            }
            // Work that is under way may outlive the last reference.
            let status = clSetMemObjectDestructorCallback(handle, { _, block in free(block) }, block)
            if status == CL_SUCCESS { return handle }
            // The block is left to the driver, which may have taken note all the same; it is the only one.
            takesHostMemory.store(false, ordering: .relaxed)
            clReleaseMemObject(handle)
            return create(size, &code)
        }

        /// Counts `size` bytes as used, giving back pooled memory to stay inside the budget.
        private func reserve(_ size: Int, requested: Int) throws(BackendError) {
            let limit = limit
            let surplus: [Memory]? = state.withLock { state in
                if state.statistics.bytesInUse + size > limit { return nil }
                let excess = state.statistics.bytesInUse + state.statistics.bytesPooled + size - limit
                let surplus = state.removeFree(atLeast: excess)
                state.statistics.bytesInUse += size
                let held = state.statistics.bytesInUse + state.statistics.bytesPooled
                state.statistics.bytesPeak = max(state.statistics.bytesPeak, held)
                return surplus
            }
            guard let surplus else {
                throw .outOfMemory(device: device.name, bytes: requested, limit: limit)
            }
            release(surplus)
        }

        func put(_ memory: Memory) {
            guard context.isUsable else { return }
            // Nobody will ask for it again where no more work is taken.
            if !context.takesWork {
                state.withLock { $0.statistics.bytesInUse -= memory.byteCount }
                return release([memory])
            }
            state.withLock { state in
                state.statistics.bytesInUse -= memory.byteCount
                state.statistics.bytesPooled += memory.byteCount
                state.free[memory.byteCount, default: []].append(memory)
            }
        }

        /// Gives all pooled memory back to the driver.
        func trim() {
            // Before the lock, which another thread may have held when the process was forked.
            guard context.isUsable else { return }
            release(state.withLock { $0.removeFree(atLeast: .max) })
        }

        private func release(_ memories: [Memory]) {
            guard context.isUsable else { return }
            for memory in memories { clReleaseMemObject(memory.handle) }
        }

        deinit { trim() }
    }

    extension BufferPool.State {
        /// Takes pooled memory out, the largest first, until `byteCount` bytes are found or none is left.
        fileprivate mutating func removeFree(atLeast byteCount: Int) -> [BufferPool.Memory] {
            var removed: [BufferPool.Memory] = []
            var missing = byteCount
            for size in free.keys.sorted(by: >) {
                while missing > 0, let memory = free[size]?.popLast() {
                    removed.append(memory)
                    missing -= size
                    statistics.bytesPooled -= size
                }
                if free[size]?.isEmpty == true { free[size] = nil }
                if missing <= 0 { break }
            }
            return removed
        }
    }

    /// Device memory of an OpenCL backend; goes back to the pool when the last reference ends.
    public final class OpenCLBuffer: Buffer, @unchecked Sendable {
        /// nil when the buffer has no elements.
        let memory: BufferPool.Memory?
        let pool: BufferPool
        /// Written by whoever writes the elements.
        var history = BufferHistory()

        init(elementType: ElementType, count: Int, memory: BufferPool.Memory?, pool: BufferPool) {
            self.memory = memory
            self.pool = pool
            super.init(elementType: elementType, count: count)
        }

        deinit {
            if let memory { pool.put(memory) }
        }
    }
#endif
