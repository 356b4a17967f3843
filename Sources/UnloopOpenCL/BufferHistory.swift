#if OpenCL
    import Synchronization
    import UnloopBackend

    /// What the elements of a buffer depend on that may turn out to have failed. Written by the operations that write the buffer, one
    /// after the other; read by any.
    struct BufferHistory: Sendable {
        /// The intervals of the queue (see `Intervals`) in which the commands ran that the elements depend on; none if `first` >
        /// `last`.
        var first = Int.max
        var last = Int.min
        /// Checks of indices that the elements depend on; nil for hardly any buffer.
        var checks: IndexCheckSet?
        /// An error that is known.
        var error: KnownError?

        /// Apart, so that what hardly any buffer has is one reference.
        final class KnownError: Sendable {
            let error: BackendError
            init(_ error: BackendError) { self.error = error }
        }

        /// Adds checks to those that are there. Those of an earlier round have ended: if one failed, its error stays.
        mutating func add(_ more: IndexCheckSet) {
            guard let known = checks else {
                checks = more
                return
            }
            if known.round === more.round {
                checks = known.union(more)
                return
            }
            // At most one of two rounds is open.
            let (ended, other) = known.round.isClosed ? (known, more) : (more, known)
            if error == nil, let failed = ended.error { error = KnownError(failed) }
            checks = other
        }
    }

    /// What an operation's result depends on: what its operands do, and its own commands.
    struct OperationHistory {
        private let queue: LaunchQueue
        private let confirmed: Int
        private var history = BufferHistory()

        /// - Throws: when the queue takes no work.
        init(_ queue: LaunchQueue, _ operation: String) throws(BackendError) {
            try queue.requireUsable(operation)
            self.queue = queue
            confirmed = queue.intervals.confirmed
            history.first = queue.intervals.current
        }

        /// Takes over what an operand depends on.
        ///
        /// - Throws: the error of an operand that is known to have failed.
        mutating func read(_ view: StridedView) throws(BackendError) { try read(view.buffer) }

        private mutating func read(_ buffer: Buffer) throws(BackendError) {
            let buffer = try queue.own(buffer)
            let past = buffer.history
            // Asked before errors are, which are there when a round is closed.
            if let checks = past.checks, !checks.round.isClosed { history.add(checks) }
            if let error = queue.knownError(of: buffer) { throw error }
            if past.last > confirmed { history.first = min(history.first, max(past.first, confirmed + 1)) }
        }

        mutating func read(_ views: [StridedView]) throws(BackendError) {
            // Only the buffer of each: to copy a view is to count references.
            for position in views.indices { try read(views[position].buffer) }
        }

        /// To be called before the first command that writes a result. What was there before no longer counts where all of it is
        /// written.
        func willWrite(_ view: StridedView) throws(BackendError) {
            let buffer = try queue.own(view.buffer)
            if view.elementCount == buffer.count && view.isContiguous { buffer.history = BufferHistory() }
        }

        func willWrite(_ views: [StridedView]) throws(BackendError) {
            for position in views.indices { try willWrite(views[position]) }
        }

        /// To be called when all commands that write a result have been given, and when one could not be.
        func wrote(_ view: StridedView) { wrote(view.buffer) }

        private func wrote(_ buffer: Buffer) {
            guard let buffer = buffer as? OpenCLBuffer else { return }
            // What earlier operations wrote stays: parts of one buffer may come from several.
            if buffer.history.last <= confirmed { buffer.history.first = .max }
            buffer.history.first = min(buffer.history.first, history.first)
            buffer.history.last = queue.intervals.current
            if let checks = history.checks { buffer.history.add(checks) }
            if let error = history.error { buffer.history.error = error }
        }

        func wrote(_ views: [StridedView]) {
            for position in views.indices { wrote(views[position].buffer) }
        }
    }

    extension LaunchQueue {
        /// Memory of this queue.
        ///
        /// - Throws: when the device was lost or opened anew since it was made. Traps when it is another device's.
        func own(_ buffer: Buffer) throws(BackendError) -> OpenCLBuffer {
            guard let buffer = buffer as? OpenCLBuffer else {
                misuse("a buffer of another backend was given to \(device.name)")
            }
            if buffer.pool === pool { return buffer }
            if let error = buffer.pool.context.closingError { throw error }
            misuse("a buffer of another device was given to \(device.name)")
        }

        /// Why the elements of a buffer are not there; nil as far as is known.
        func knownError(of buffer: OpenCLBuffer) -> BackendError? {
            let history = buffer.history
            if let error = history.error { return error.error }
            if let error = history.checks?.error { return error }
            return intervals.error(first: history.first, last: history.last)
        }
    }
#endif
