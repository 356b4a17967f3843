#if OpenCL
    import COpenCL
    import UnloopBackend

    extension LaunchQueue {
        /// Host memory of a copy to the device that may still be running.
        struct Staged: @unchecked Sendable {
            let memory: UnsafeMutableRawPointer
            let byteCount: Int
            /// The interval in which it was enqueued.
            let interval: Int
            /// nil where the driver gave none, or said that nothing was enqueued.
            let event: cl_event?
        }

        /// Memory of a caller's that a command may still use, because nobody could tell that it has ended.
        struct Kept: Sendable {
            let holder: any Sendable
            let byteCount: Int
            let interval: Int
        }

        struct State {
            var lastOperation = "nothing yet"
            var launches = 0
            var staged: [Staged] = []
            var stagedBytes = 0
            var kept: [Kept] = []
            var keptBytes = 0
            var round = IndexCheckRound()
            /// Whether flags of an earlier round may be set still.
            var flagsAreDirty = true
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

        /// Frees the host memory of copies that have ended. They end in order.
        mutating func reapStaged(_ intervals: Intervals, device: String) {
            if !kept.isEmpty {
                kept.removeAll { $0.interval <= intervals.ended }
                keptBytes = kept.reduce(0) { $0 + $1.byteCount }
            }
            var ended = 0
            for copy in staged {
                if copy.interval > intervals.ended {
                    guard let event = copy.event else { break }
                    var status: cl_int = CL_QUEUED
                    let query = cl_event_info(bitPattern: CL_EVENT_COMMAND_EXECUTION_STATUS)
                    let code = clGetEventInfo(event, query, MemoryLayout<cl_int>.size, &status, nil)
                    // What cannot be asked may still be read; a wait will tell.
                    if code != CL_SUCCESS || status > CL_COMPLETE { break }
                    if status < CL_COMPLETE {
                        intervals.fail(
                            copy.interval, OpenCLFailure(status).error(device: device, operation: "upload"))
                    }
                }
                ended += 1
            }
            releaseStaged(ended)
        }

        mutating func releaseStaged() { releaseStaged(staged.count) }

        private mutating func releaseStaged(_ count: Int) {
            for copy in staged.prefix(count) {
                if let event = copy.event { clReleaseEvent(event) }
                copy.memory.deallocate()
                stagedBytes -= copy.byteCount
            }
            staged.removeFirst(count)
        }
    }
#endif
