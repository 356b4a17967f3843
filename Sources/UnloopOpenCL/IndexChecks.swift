#if OpenCL
    import COpenCL
    import Synchronization
    import UnloopBackend

    /// Where a kernel reports that it met an index outside its bound: `result` then has no meaning.
    package final class IndexCheck: Sendable {
        let operation: String
        let bound: Int
        let result: OpenCLBuffer

        package init(operation: String, bound: Int, result: OpenCLBuffer) {
            (self.operation, self.bound, self.result) = (operation, bound, result)
        }
    }

    /// Some checks of one round.
    final class IndexCheckSet: Sendable {
        let round: IndexCheckRound
        private let slots: SIMD4<UInt64>

        init(_ round: IndexCheckRound, slot: Int) { (self.round, slots) = (round, IndexCheckRound.mask(slot)) }

        private init(_ round: IndexCheckRound, _ slots: SIMD4<UInt64>) { (self.round, self.slots) = (round, slots) }

        /// The checks of both, which are of one round.
        func union(_ other: IndexCheckSet) -> IndexCheckSet {
            let both = slots | other.slots
            return both == slots ? self : both == other.slots ? other : IndexCheckSet(round, both)
        }

        /// The error of the first that failed; nil where none has, or none is known to have.
        var error: BackendError? { round.error(slots) }
    }

    /// The checks whose flags are read together. A round ends when they are read.
    final class IndexCheckRound: @unchecked Sendable {
        /// Flags on the device.
        static let slotCount = 256

        private let closed = Atomic<Bool>(false)
        /// What each slot checks. Changed under the queue's lock, and by nobody once the round is closed.
        private var checks: [(operation: String, bound: Int)] = []
        private var failed = SIMD4<UInt64>()

        var isClosed: Bool { closed.load(ordering: .acquiring) }
        var isEmpty: Bool { checks.isEmpty }
        var isFull: Bool { checks.count == Self.slotCount }

        /// Takes a slot for a check.
        func take(_ check: IndexCheck) -> Int {
            checks.append((check.operation, check.bound))
            return checks.count - 1
        }

        /// What is known from now on: a flag that is not 0 says that the check failed.
        func close(flags: UnsafePointer<Int32>) {
            for slot in checks.indices where flags[slot] != 0 { failed |= Self.mask(slot) }
            if failed == SIMD4() { checks = [] }
            closed.store(true, ordering: .releasing)
        }

        static func mask(_ slot: Int) -> SIMD4<UInt64> {
            var mask = SIMD4<UInt64>()
            mask[slot / 64] = 1 << UInt64(slot % 64)
            return mask
        }

        func error(_ slots: SIMD4<UInt64>) -> BackendError? {
            guard isClosed else { return nil }
            let both = failed & slots
            for word in 0..<4 where both[word] != 0 {
                let check = checks[64 * word + both[word].trailingZeroBitCount]
                return .indexOutOfRange(operation: check.operation, bound: check.bound)
            }
            return nil
        }
    }

    extension LaunchQueue {
        /// The flags of a round, on the device and as they are read.
        struct IndexFlags: @unchecked Sendable {
            let device: OpenCLBuffer
            /// As long as the queue, because a read that failed may still be under way.
            let host: UnsafeMutablePointer<Int32>
            let zeros: UnsafeMutablePointer<Int32>

            init(_ device: OpenCLBuffer) {
                self.device = device
                host = .allocate(capacity: IndexCheckRound.slotCount)
                zeros = .allocate(capacity: IndexCheckRound.slotCount)
                host.initialize(repeating: 0, count: IndexCheckRound.slotCount)
                zeros.initialize(repeating: 0, count: IndexCheckRound.slotCount)
            }

            func deallocate() {
                host.deallocate()
                zeros.deallocate()
            }

            static let byteCount = 4 * IndexCheckRound.slotCount
        }

        /// A slot for a check, and what notes it; waits for the checks so far when all slots are taken.
        func takeSlot(_ check: IndexCheck, _ state: inout State) -> Result<Int, OpenCLFailure> {
            if state.round.isFull {
                let code = closeRound(&state)
                if code != CL_SUCCESS { return .failure(OpenCLFailure(code)) }
            }
            if state.flagsAreDirty {
                let code = clearFlags(&state)
                if code != CL_SUCCESS { return .failure(OpenCLFailure(code)) }
            }
            return .success(state.round.take(check))
        }

        /// Reads the flags of the checks so far, waiting for their kernels, and starts a new round. When that fails, nothing is
        /// known yet: the round goes on.
        func closeRound(_ state: inout State) -> cl_int {
            guard !state.round.isEmpty, let flags = indexFlags.device.memory else { return CL_SUCCESS }
            guard openGate(&state) else { return CL_INVALID_COMMAND_QUEUE }
            var event: cl_event?
            let code = clEnqueueReadBuffer(
                queue.raw, flags.handle, cl_bool(CL_FALSE), 0, IndexFlags.byteCount, indexFlags.host, 0, nil, &event)
            if code != CL_SUCCESS { return code }
            let ending = settle(intervals.begin(), event, after: state.lastOperation)
            if ending.code != CL_SUCCESS { return ending.code }
            let isClean = (0..<IndexCheckRound.slotCount).allSatisfy { indexFlags.host[$0] == 0 }
            state.round.close(flags: indexFlags.host)
            state.round = IndexCheckRound()
            // If that fails, it is tried again before the flags are needed.
            if !isClean { _ = clearFlags(&state) }
            return CL_SUCCESS
        }

        private func clearFlags(_ state: inout State) -> cl_int {
            guard let flags = indexFlags.device.memory else { return CL_SUCCESS }
            let code = clEnqueueWriteBuffer(
                queue.raw, flags.handle, cl_bool(CL_FALSE), 0, IndexFlags.byteCount, indexFlags.zeros, 0, nil, nil)
            state.flagsAreDirty = code != CL_SUCCESS
            return code
        }
    }
#endif
