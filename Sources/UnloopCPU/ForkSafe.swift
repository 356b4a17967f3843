import CUnloopCPU

/// A value that one thread at a time uses, also in the child of a fork: where another thread used it at that moment, the fork
/// waits until it is whole again. It lives as long as the process.
///
/// Copies are the same value. Nothing counts them: threads that use it would take the count's cache line from each other.
struct ForkSafe<Value>: @unchecked Sendable {
    /// In memory of its own, as the lock is: accesses of a stored property would be checked for overlaps, which the lock excludes.
    private let value: UnsafeMutablePointer<Value>
    private let lock: UnsafeMutablePointer<unloop_lock>

    init(_ value: Value) {
        self.value = Self.line()
        self.value.initialize(to: value)
        lock = Self.line()
        unloop_lock_initialize(lock)
    }

    /// Memory that shares no cache line, nor the one that is fetched with it, with anything else.
    private static func line<Element>() -> UnsafeMutablePointer<Element> {
        UnsafeMutableRawPointer.allocate(byteCount: max(MemoryLayout<Element>.stride, 128), alignment: 128)
            .bindMemory(to: Element.self, capacity: 1)
    }

    /// - Parameter body: a few instructions, for others may be waiting at work; must neither fork nor use another such value.
    @inline(__always)
    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        unloop_lock_take(lock)
        defer { unloop_lock_give(lock) }
        return body(&value.pointee)
    }
}
