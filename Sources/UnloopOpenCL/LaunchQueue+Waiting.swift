#if OpenCL
    import COpenCL
    import UnloopBackend

    extension LaunchQueue {
        /// What a wait has told.
        struct Ending {
            let code: cl_int
            /// Whether what was waited for no longer uses memory.
            let hasEnded: Bool
            /// Whether the code may be that of a command; not where the wait itself could not be made.
            var isOfCommands = true
        }

        /// So many waits may fail one after the other before the device counts as lost.
        private static let mostFailedWaits = 3

        // MARK: Work that is held back

        /// Lets the device run what is held back.
        ///
        /// - Returns: false when it cannot: nothing may be waited for then, because it would not end.
        func openGate(_ state: inout State) -> Bool {
            state.heldBack = 0
            guard let event = state.gate else { return context.isUsable }
            var code = clSetUserEventStatus(event, CL_COMPLETE)
            if code != CL_SUCCESS { code = clSetUserEventStatus(event, CL_COMPLETE) }
            guard code == CL_SUCCESS else {
                lose("the driver does not start work that was held back: \(OpenCLFailure(code).name) (\(code))")
                return false
            }
            state.gate = nil
            clReleaseEvent(event)
            return true
        }

        // MARK: Waiting

        /// A marker behind all earlier work.
        private struct Marker: @unchecked Sendable {
            let wait: Intervals.Wait
            let event: cl_event?
            let operation: String
        }

        /// Waits for all work.
        func finish() -> cl_int { finish(state.withLock { mark(&$0) }) }

        /// The same where the lock is held.
        func finish(_ state: inout State) -> cl_int { finish(mark(&state)) }

        private func finish(_ marker: Result<Marker, OpenCLFailure>) -> cl_int {
            switch marker {
            case .success(let marker): settle(marker.wait, marker.event, after: marker.operation).code
            case .failure(let failure): failure.code
            }
        }

        /// Enqueues what ends when all earlier work has. Not clFinish, which may also wait for what another thread launches
        /// meanwhile, and holds back.
        private func mark(_ state: inout State) -> Result<Marker, OpenCLFailure> {
            guard openGate(&state) else { return .failure(OpenCLFailure(CL_INVALID_COMMAND_QUEUE)) }
            var event: cl_event?
            let code = clEnqueueMarkerWithWaitList(queue.raw, 0, nil, &event)
            if code != CL_SUCCESS { return .failure(OpenCLFailure(code)) }
            return .success(Marker(wait: intervals.begin(), event: event, operation: state.lastOperation))
        }

        /// Waits for the last command of an interval, releases its event, and notes what that tells about the interval.
        func settle(_ wait: Intervals.Wait, _ event: cl_event?, after operation: String) -> Ending {
            let ending = ending(of: event)
            let failure = OpenCLFailure(ending.code)
            if ending.code == CL_SUCCESS {
                _ = intervals.end(wait, error: nil, hasEnded: true)
                return ending
            }
            let failedWaits =
                ending.isOfCommands
                ? intervals.end(
                    wait, error: failure.error(device: device.name, operation: "work up to \(operation)"),
                    hasEnded: ending.hasEnded)
                : intervals.cancel(wait)
            if failure.isLoss || failedWaits >= Self.mostFailedWaits
                || intervals.failureCount > Intervals.mostFailures
            {
                lose("waiting for it failed: \(failure.name) (\(failure.code))")
            }
            return ending
        }

        private func ending(of event: cl_event?) -> Ending {
            guard var event = event.map(Optional.some) else { return Ending(code: CL_INVALID_EVENT, hasEnded: false) }
            defer { if let event { clReleaseEvent(event) } }
            let code = clWaitForEvents(1, &event)
            if code == CL_SUCCESS { return Ending(code: code, hasEnded: true) }
            var status: cl_int = CL_QUEUED
            let query = cl_event_info(bitPattern: CL_EVENT_COMMAND_EXECUTION_STATUS)
            let isKnown = clGetEventInfo(event, query, MemoryLayout<cl_int>.size, &status, nil) == CL_SUCCESS
            if isKnown && status < CL_COMPLETE { return Ending(code: status, hasEnded: true) }
            let failure = OpenCLFailure(code)
            if failure.isLoss { return Ending(code: code, hasEnded: false) }
            if isKnown && status == CL_COMPLETE {
                return Ending(code: failure.saysNothingOfCommands ? CL_SUCCESS : code, hasEnded: true)
            }
            let again = clWaitForEvents(1, &event)
            let last = failure.saysNothingOfCommands ? OpenCLFailure(again) : failure
            return Ending(
                code: last.code, hasEnded: again == CL_SUCCESS, isOfCommands: !last.saysNothingOfCommands)
        }

        /// Waits for all work.
        ///
        /// - Throws: when that fails; not for indices outside their bounds, which are errors of what was computed with them.
        func synchronize() throws(BackendError) {
            try requireUsable("synchronize")
            let code = finish()
            if code != CL_SUCCESS { throw error(OpenCLFailure(code), "synchronize", bytes: 0) }
            state.withLock { state in
                _ = closeRound(&state)
                state.reapStaged(intervals, device: device.name)
            }
        }

        /// Waits until the elements of a buffer are there.
        ///
        /// - Throws: why they are not.
        func wait(for buffer: OpenCLBuffer) throws(BackendError) {
            try requireUsable("synchronize")
            if let error = knownError(of: buffer) { throw error }
            let code = finish()
            if let error = context.closingError ?? knownError(of: buffer) { throw error }
            if code != CL_SUCCESS { throw error(OpenCLFailure(code), "synchronize", bytes: 0) }
            try requireChecked(buffer)
        }

        /// To be called when the elements of a buffer are computed.
        ///
        /// - Throws: why they have no meaning; why that cannot be told.
        func requireChecked(_ buffer: OpenCLBuffer) throws(BackendError) {
            if let checks = buffer.history.checks, !checks.round.isClosed {
                let code = state.withLock { state in checks.round.isClosed ? CL_SUCCESS : closeRound(&state) }
                if code != CL_SUCCESS {
                    throw context.closingError ?? knownError(of: buffer)
                        ?? error(OpenCLFailure(code), "reading whether indices were in range", bytes: 0)
                }
            }
            if let error = knownError(of: buffer) { throw error }
        }

        // MARK: Errors

        /// The device is gone: nothing is given to it any more, nothing is waited for, and no memory that it may use is freed.
        func lose(_ reason: String) {
            context.close(.deviceLost(device: device.name, reason: reason), abandoned: true)
        }

        /// Runs a call; when memory is short, gives pooled memory back, waits, and runs it once more.
        func retryingOutOfMemory(_ operation: String, bytes: Int, _ call: () -> cl_int) throws(BackendError) {
            var code = call()
            if OpenCLFailure(code).isOutOfMemory {
                pool.trim()
                _ = finish()
                code = call()
            }
            if code != CL_SUCCESS { throw error(OpenCLFailure(code), operation, bytes: bytes) }
        }

        /// What a code means for the caller of an operation.
        func error(_ failure: OpenCLFailure, _ operation: String, bytes: Int) -> BackendError {
            if let error = context.closingError { return error }
            if failure.isLoss {
                lose("\(operation) failed: \(failure.name) (\(failure.code))")
                return context.closingError ?? failure.error(device: device.name, operation: operation)
            }
            return failure.code == -4
                ? .outOfMemory(device: device.name, bytes: bytes, limit: pool.limit)
                : failure.error(device: device.name, operation: operation)
        }
    }
#endif
