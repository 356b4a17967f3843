#if OpenCL
    import COpenCL
    import UnloopBackend

    extension LaunchQueue {
        /// Host memory of a copy to the device that may still be running.
        struct Staged: @unchecked Sendable {
            let memory: UnsafeMutableRawPointer
            let byteCount: Int
            let event: cl_event
        }

        struct IndexCheck: Equatable {
            let operation: String
            let bound: Int
        }

        struct State {
            var lastOperation = "nothing yet"
            var launches = 0
            var staged: [Staged] = []
            var stagedBytes = 0
            /// What `indexFlag` holds when a check failed is 1 + the position in this array.
            var indexChecks: [IndexCheck] = []
            /// Whether a launch since the last wait may have set `indexFlag`.
            var indexCheckIsPending = false
            var lateError: BackendError?
            /// Holds back what was launched since it was made, so that sleeping threads of the device are woken once for many
            /// small launches.
            var gate: cl_event?
            var heldBack = 0
            /// Time that launches took for which the driver compiled.
            var compileNanoseconds = 0
        }
    }

    extension LaunchQueue.State {
        mutating func noteLaunch(_ operation: String) {
            launches += 1
            lastOperation = operation
        }

        /// Lets the device run what is held back.
        mutating func openGate() {
            heldBack = 0
            guard let event = gate else { return }
            gate = nil
            clSetUserEventStatus(event, CL_COMPLETE)
            clReleaseEvent(event)
        }

        /// Frees the host memory of copies that have ended. They end in order.
        mutating func reapStaged(device: String) {
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

        mutating func releaseStaged() { releaseStaged(staged.count) }

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
