import CUnloopCPU
import Glibc

/// A value that one thread at a time uses, also in the child of a fork: where another thread used it at that moment, the fork
/// waits until it is whole again.
final class ForkSafe<Value>: @unchecked Sendable {
    private var value: Value
    private let lock: UnsafeMutablePointer<unloop_lock>

    init(_ value: Value) {
        self.value = value
        lock = .allocate(capacity: 1)
        unloop_lock_initialize(lock)
    }

    deinit {
        unloop_lock_destroy(lock)
        lock.deallocate()
    }

    /// - Parameter body: must neither fork nor use another such value.
    @inline(__always)
    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(&lock.pointee.mutex)
        defer { pthread_mutex_unlock(&lock.pointee.mutex) }
        return body(&value)
    }
}
