#if OpenCL
    import COpenCL
    import UnloopBackend

    /// A copy between host and device that could not be made.
    struct TransferFailure: Error {
        let error: BackendError
        /// The last interval in which the driver may still use the host's memory; nil if it does not.
        let interval: Int?

        init(_ error: BackendError, usesMemoryIn interval: Int? = nil) {
            (self.error, self.interval) = (error, interval)
        }
    }

    extension LaunchQueue {
        /// Uploads beyond this many unfinished bytes wait for the device.
        private static let stagingLimit = 67_108_864

        /// More bytes of callers' memory are not kept for a driver that cannot tell whether it uses them.
        private static let keptLimit = 268_435_456

        /// Copies to the start of the buffer.
        func write<Element: Sendable>(_ elements: [Element], to buffer: OpenCLBuffer) throws(BackendError) {
            // `withUnsafeBytes` does not hand typed errors through.
            let result = elements.withUnsafeBytes { bytes -> Result<Void, TransferFailure> in
                do throws(TransferFailure) { return .success(try write(bytes, to: buffer)) } catch {
                    return .failure(error)
                }
            }
            if case .failure(let failure) = result { throw keeping(elements, failure) }
        }

        /// A buffer of numbers from which places in memory follow, such as code and layouts: they are there before anything runs that
        /// reads them, not only before results are read.
        ///
        /// - Parameter words: 32 bits each, or bytes of such; not empty.
        func bufferOfPlaces<Element: Sendable>(_ words: [Element]) throws(BackendError) -> OpenCLBuffer {
            let buffer = try allocate(.int32, count: words.count * MemoryLayout<Element>.stride / 4)
            try write(words, to: buffer)
            try wait(for: buffer)
            return buffer
        }

        /// Keeps what the driver may still use; gives the error.
        func keeping<Element: Sendable>(_ elements: [Element], _ failure: TransferFailure) -> BackendError {
            guard let interval = failure.interval else { return failure.error }
            let byteCount = elements.count * MemoryLayout<Element>.stride
            let total = state.withLock { state in
                state.kept.append(Kept(holder: elements, byteCount: byteCount, interval: interval))
                state.keptBytes += byteCount
                return state.keptBytes
            }
            if total > Self.keptLimit { lose("the driver no longer tells which transfers have ended") }
            return failure.error
        }

        /// The bytes are the caller's again when this returns, and when it throws unless the error says otherwise.
        private func write(_ bytes: UnsafeRawBufferPointer, to buffer: OpenCLBuffer) throws(TransferFailure) {
            do throws(BackendError) { try requireUsable("upload") } catch { throw TransferFailure(error) }
            guard let memory = buffer.memory, let source = bytes.baseAddress, bytes.count > 0 else { return }
            let first = intervals.current
            defer {
                buffer.history.first = min(buffer.history.first, first)
                buffer.history.last = intervals.current
            }
            let isStaged = state.withLock { state -> Bool in
                state.reapStaged(intervals, device: device.name)
                guard state.stagedBytes + bytes.count <= Self.stagingLimit else { return false }
                let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 64)
                copy.copyMemory(from: source, byteCount: bytes.count)
                var event: cl_event?
                let code = clEnqueueWriteBuffer(
                    queue.raw, memory.handle, cl_bool(CL_FALSE), 0, bytes.count, copy, 0, nil, &event)
                // A driver that failed may read it all the same.
                state.staged.append(
                    Staged(
                        memory: copy, byteCount: bytes.count, interval: intervals.current,
                        event: code == CL_SUCCESS ? event : nil))
                state.stagedBytes += bytes.count
                guard code == CL_SUCCESS else { return false }
                state.lastOperation = "upload"
                return true
            }
            if isStaged { return }
            try transfer("upload", bytes: bytes.count) { event in
                clEnqueueWriteBuffer(
                    queue.raw, memory.handle, cl_bool(CL_FALSE), 0, bytes.count, source, 0, nil, &event)
            }
        }

        /// Enqueues a copy and waits for it.
        private func transfer(
            _ operation: String, bytes: Int, _ enqueue: (inout cl_event?) -> cl_int
        ) throws(TransferFailure) {
            var event: cl_event?
            var begun: Intervals.Wait?
            var earlier = ""
            do throws(BackendError) {
                // Enqueued under the lock, so that no launch that is held back comes before; waited for without.
                try retryingOutOfMemory(operation, bytes: bytes) {
                    state.withLock { state in
                        guard openGate(&state) else { return CL_INVALID_COMMAND_QUEUE }
                        earlier = state.lastOperation
                        let code = enqueue(&event)
                        if code == CL_SUCCESS { begun = intervals.begin() }
                        return code
                    }
                }
            } catch {
                // A driver that failed may copy all the same.
                let isOver = context.isUsable && finish() == CL_SUCCESS
                throw TransferFailure(error, usesMemoryIn: isOver ? nil : intervals.current)
            }
            guard let begun else { return }
            let ending = settle(begun, event, after: earlier)
            if ending.code == CL_SUCCESS { return }
            throw TransferFailure(
                error(OpenCLFailure(ending.code), "\(operation) after \(earlier)", bytes: bytes),
                usesMemoryIn: ending.hasEnded ? nil : begun.tellsAbout.upperBound)
        }

        /// Waits for all earlier work, then copies from byte `offset` on. What fails here can be tried again, unless it is the
        /// elements that are not there.
        func read(
            _ buffer: OpenCLBuffer, offset: Int, into bytes: UnsafeMutableRawBufferPointer
        ) throws(TransferFailure) {
            do throws(BackendError) {
                try requireUsable("download")
                if let error = knownError(of: buffer) { throw error }
            } catch { throw TransferFailure(error) }
            guard let memory = buffer.memory, let target = bytes.baseAddress, bytes.count > 0 else {
                do throws(BackendError) { return try wait(for: buffer) } catch { throw TransferFailure(error) }
            }
            func copy() throws(TransferFailure) {
                try transfer("download", bytes: bytes.count) { event in
                    clEnqueueReadBuffer(
                        queue.raw, memory.handle, cl_bool(CL_FALSE), offset, bytes.count, target, 0, nil, &event)
                }
            }
            do throws(TransferFailure) { try copy() } catch {
                if let known = context.closingError ?? knownError(of: buffer) {
                    throw TransferFailure(known, usesMemoryIn: error.interval)
                }
                // Other work failed of which this wait has told.
                guard error.interval == nil && intervals.hasFailures && context.takesWork else { throw error }
                try copy()
            }
            do throws(BackendError) { try requireChecked(buffer) } catch { throw TransferFailure(error) }
            state.withLock { $0.reapStaged(intervals, device: device.name) }
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
    }
#endif
