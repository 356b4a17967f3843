import CUnloopCPU
import Glibc
import Synchronization
import UnloopBackend

/// Persistent worker threads that share out the items of one parallel section at a time.
///
/// The calling thread takes part. A section that is started while another runs (from inside it, or from another
/// thread) runs on its own thread alone, so nesting and concurrent callers are safe. Workers that wake up late find
/// the section closed and never delay it.
final class ThreadPool: Sendable {
    /// Threads that work on a section, the calling one included.
    let threadCount: Int
    private let state: PoolState

    /// - Parameter threads: at least 1.
    init(threads: Int) {
        threadCount = max(1, threads)
        state = PoolState()
        for _ in 1..<threadCount { state.startWorker() }
    }

    deinit { state.stop() }

    /// Calls `body` once for each of `0..<count`, in any order and on any thread, and returns when all calls have
    /// returned. Writes made by the calls are visible to the caller afterwards.
    func run(count: Int, _ body: @Sendable (Int) -> Void) {
        if count <= 0 { return }
        if count == 1 || threadCount == 1 || !state.tryAcquire() {
            for item in 0..<count { body(item) }
            return
        }
        withoutActuallyEscaping(body) { state.run(count: count, $0) }
        state.release()
    }
}

/// What the workers share with the pool; they keep it alive after the pool is gone.
private final class PoolState: @unchecked Sendable {
    private static let openBit: UInt64 = 1 << 63
    private static let enteredMask: UInt64 = 0xffff

    /// Whether a section is running.
    private let busy = Atomic<Bool>(false)
    /// Bit 63: workers may enter; bits 16…62: number of the section; bits 0…15: workers that have entered.
    private let gate = Atomic<UInt64>(0)
    private let left = Atomic<Int>(0)
    private let next = Atomic<Int>(0)
    private let sleepers = Atomic<Int>(0)
    private let stopping = Atomic<Bool>(false)
    // Written before the gate opens, read by those who entered.
    private var count = 0
    private var body: (@Sendable (Int) -> Void)?

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init() {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func tryAcquire() -> Bool {
        busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    }

    func release() { busy.store(false, ordering: .releasing) }

    func run(count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        self.count = count
        self.body = body
        next.store(0, ordering: .relaxed)
        left.store(0, ordering: .relaxed)
        let section = (gate.load(ordering: .relaxed) & ~Self.enteredMask) + (1 << 16)
        gate.store(section | Self.openBit, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
            pthread_mutex_lock(mutex)
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        claimItems()
        let closed = gate.bitwiseAnd(~Self.openBit, ordering: .acquiringAndReleasing).oldValue
        let entered = Int(closed & Self.enteredMask)
        var spins = 0
        while left.load(ordering: .acquiring) < entered {
            spins += 1
            if spins < 2000 { unloop_cpu_relax() } else { sched_yield() }
        }
        self.body = nil
    }

    private func claimItems() {
        guard let body else { return }
        let count = count
        while true {
            let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
            if item >= count { return }
            body(item)
        }
    }

    func startWorker() {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(self).toOpaque()
        let status = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<PoolState>.fromOpaque(argument).takeRetainedValue().work() }
                return nil
            }, argument)
        if status == 0 {
            pthread_detach(thread)
        } else {
            // Without this worker the others do its share.
            Unmanaged<PoolState>.fromOpaque(argument).release()
        }
    }

    private func work() {
        // Those of the thread that made this one may be others.
        _ = FloatingPointModes.ofContract()
        var seen: UInt64 = 0
        while let section = waitForSection(after: seen) {
            seen = section
            if enter(section) {
                claimItems()
                left.wrappingAdd(1, ordering: .releasing)
            }
        }
    }

    /// The gate without the count of workers, once it shows an open section other than `seen`; nil when stopping.
    private func waitForSection(after seen: UInt64) -> UInt64? {
        func openSection() -> UInt64? {
            let value = gate.load(ordering: .sequentiallyConsistent) & ~Self.enteredMask
            return value & Self.openBit != 0 && value != seen ? value : nil
        }
        // Some 100 microseconds: sections often follow one another, and waking a thread costs the caller several microseconds.
        for _ in 0..<4000 {
            if let section = openSection() { return section }
            unloop_cpu_relax()
        }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
        defer { sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
        while true {
            if let section = openSection() { return section }
            if stopping.load(ordering: .acquiring) { return nil }
            pthread_cond_wait(condition, mutex)
        }
    }

    /// Counts this worker among those that the section waits for, if it is still open.
    private func enter(_ section: UInt64) -> Bool {
        var current = gate.load(ordering: .acquiring)
        while current & ~Self.enteredMask == section {
            let result = gate.compareExchange(
                expected: current, desired: current + 1, ordering: .acquiringAndReleasing)
            if result.exchanged { return true }
            current = result.original
        }
        return false
    }

    func stop() {
        stopping.store(true, ordering: .releasing)
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }
}
