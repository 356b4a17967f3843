#if OpenCL
    import Synchronization
    import UnloopBackend

    /// What waits have told about commands.
    ///
    /// Drivers say that a command failed when someone waits, and unless every command has an event, which costs much, not which
    /// one. So the queue's commands are numbered by interval: each wait ends one. When a wait fails, all that ran since the last
    /// wait that went well has failed; what ran before, and what runs later, has not.
    final class Intervals: Sendable {
        /// A wait under way, and the intervals that it tells about.
        struct Wait {
            let tellsAbout: ClosedRange<Int>
        }

        private struct Failed {
            let intervals: ClosedRange<Int>
            let error: BackendError
        }

        private struct State {
            var failed: [Failed] = []
            var waiting: [Int] = []
            /// The last interval that a wait has told about.
            var lastTold = 0
            var failuresInARow = 0
        }

        /// How many failures are remembered. A driver that has more is not worth going on with.
        static let mostFailures = 1024

        private let currentNumber = Atomic<Int>(1)
        private let confirmedNumber = Atomic<Int>(0)
        private let endedNumber = Atomic<Int>(0)
        private let failedCount = Atomic<Int>(0)
        private let state = Mutex(State())

        /// The interval of what is enqueued now.
        var current: Int { currentNumber.load(ordering: .relaxed) }

        /// The last interval of which everything is known: each that has not failed has gone well, and so have those before.
        var confirmed: Int { confirmedNumber.load(ordering: .acquiring) }

        /// The last interval of which a wait has told that its commands have ended, well or not.
        var ended: Int { endedNumber.load(ordering: .acquiring) }

        var hasFailures: Bool { failedCount.load(ordering: .acquiring) > 0 }

        /// To be called under the queue's lock, when the command that will be waited for has been enqueued.
        func begin() -> Wait {
            state.withLock { state in
                let number = currentNumber.add(1, ordering: .relaxed).oldValue
                state.waiting.append(number)
                return Wait(tellsAbout: min(state.lastTold + 1, number)...number)
            }
        }

        /// - Parameters:
        ///   - error: why what was waited for has failed; nil when all went well.
        ///   - hasEnded: whether it has ended, well or not.
        /// - Returns: how many waits have failed since the last that did not.
        func end(_ wait: Wait, error: BackendError?, hasEnded: Bool) -> Int {
            state.withLock { state in
                let number = wait.tellsAbout.upperBound
                stopWaiting(wait, &state)
                state.failuresInARow = error == nil ? 0 : state.failuresInARow + 1
                if let error { remember(wait.tellsAbout, error, &state) }
                state.lastTold = max(state.lastTold, number)
                if hasEnded { endedNumber.store(max(ended, number), ordering: .releasing) }
                // Waits of other threads may still tell that what they wait for has failed.
                let known = min(state.lastTold, (state.waiting.min() ?? .max) - 1)
                if known > confirmed { confirmedNumber.store(known, ordering: .releasing) }
                return state.failuresInARow
            }
        }

        /// Ends a wait that told nothing; a later one will.
        ///
        /// - Returns: as `end`.
        func cancel(_ wait: Wait) -> Int {
            state.withLock { state in
                stopWaiting(wait, &state)
                state.failuresInARow += 1
                return state.failuresInARow
            }
        }

        /// A command of this interval told itself that it failed. What is enqueued later is of another.
        func fail(_ interval: Int, _ error: BackendError) {
            state.withLock { state in
                remember(interval...interval, error, &state)
                if current == interval { currentNumber.add(1, ordering: .relaxed) }
            }
        }

        private func stopWaiting(_ wait: Wait, _ state: inout State) {
            guard let position = state.waiting.firstIndex(of: wait.tellsAbout.upperBound) else { return }
            state.waiting.remove(at: position)
        }

        private func remember(_ intervals: ClosedRange<Int>, _ error: BackendError, _ state: inout State) {
            state.failed.append(Failed(intervals: intervals, error: error))
            failedCount.store(state.failed.count, ordering: .releasing)
        }

        /// Why what ran in these intervals has failed; nil as far as is known.
        func error(first: Int, last: Int) -> BackendError? {
            if !hasFailures || first > last { return nil }
            return state.withLock { state in
                state.failed.first { $0.intervals.lowerBound <= last && $0.intervals.upperBound >= first }?.error
            }
        }

        /// How many failures are remembered.
        var failureCount: Int { failedCount.load(ordering: .acquiring) }
    }
#endif
