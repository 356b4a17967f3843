import CUnloopCPU

/// A value that one thread at a time uses, also in the child of a fork: where another thread used it at that moment, the fork
/// waits until it is whole again.
final class ForkSafe<Value>: @unchecked Sendable {
    /// In memory of its own, as the lock is: accesses of a stored property would be checked for overlaps, which the lock excludes.
    private let value: UnsafeMutablePointer<Value>
    private let lock: UnsafeMutablePointer<unloop_lock>

    init(_ value: Value) {
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
        lock = .allocate(capacity: 1)
        unloop_lock_initialize(lock)
    }

    deinit {
        unloop_lock_destroy(lock)
        lock.deallocate()
        value.deinitialize(count: 1)
        value.deallocate()
    }

    /// - Parameter body: a few instructions, for others may be waiting at work; must neither fork nor use another such value.
    @inline(__always)
    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        unloop_lock_take(lock)
        defer { unloop_lock_give(lock) }
        return body(&value.pointee)
    }
}
