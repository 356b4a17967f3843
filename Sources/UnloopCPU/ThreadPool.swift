import CUnloopCPU
import Glibc
import Synchronization
import UnloopBackend

/// Persistent worker threads that share out the items of one parallel section at a time.
///
/// The calling thread takes part. A section that is started while another runs (from inside it, or from another
/// thread) runs on its own thread alone, so nesting and concurrent callers are safe. Workers that wake up late find
/// the section closed and never delay it. In the child of a fork, which has no workers, new ones are started.
final class ThreadPool: Sendable {
    /// Threads that work on a section, the calling one included: as many as were asked for, or as the system starts.
    let threadCount: Int
    private let state: PoolState

    /// - Parameter threads: at least 1.
    init(threads: Int) {
        state = PoolState(threads: max(1, threads))
        threadCount = 1 + state.startWorkers(max(1, threads) - 1)
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
    /// The fork generation that the workers belong to; all ones while new ones are started.
    private let generation: Atomic<UInt32>
    // Written before the gate opens, read by those who entered.
    private var count = 0
    private var body: (@Sendable (Int) -> Void)?

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    private let workers: Int
    /// Workers that have something to do at a time: beyond the processors they would only take time from one another.
    private let wakened: Int
    /// Whether there is a processor for each thread, so that one may wait without giving it up.
    private let spins: Bool

    init(threads: Int) {
        let processors = ProcessorCount.available()
        workers = threads - 1
        wakened = min(workers, processors)
        spins = threads <= processors
        generation = Atomic(unloop_fork_generation())
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
        let current = unloop_fork_generation()
        if generation.load(ordering: .acquiring) != current && !startAfterFork(current) { return false }
        return busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    }

    /// Everything as it is before the first section, in the child of a fork, which none of the workers came along to; false while
    /// another thread is doing so.
    private func startAfterFork(_ current: UInt32) -> Bool {
        let old = generation.load(ordering: .acquiring)
        if old == current { return true }
        guard old != .max, generation.compareExchange(expected: old, desired: .max, ordering: .acquiring).exchanged
        else { return false }
        // Whoever held it is not here.
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
        gate.store(0, ordering: .relaxed)
        left.store(0, ordering: .relaxed)
        sleepers.store(0, ordering: .relaxed)
        busy.store(false, ordering: .relaxed)
        _ = startWorkers(workers)
        generation.store(current, ordering: .releasing)
        return true
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
            if wakened == workers && count > workers {
                pthread_cond_broadcast(condition)
            } else {
                for _ in 0..<min(wakened, count - 1) { pthread_cond_signal(condition) }
            }
            pthread_mutex_unlock(mutex)
        }
        claimItems()
        let closed = gate.bitwiseAnd(~Self.openBit, ordering: .acquiringAndReleasing).oldValue
        let entered = Int(closed & Self.enteredMask)
        var spins = 0
        while left.load(ordering: .acquiring) < entered {
            spins += 1
            if self.spins && spins < 2000 { unloop_cpu_relax() } else { sched_yield() }
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

    /// Starts workers; returns how many of them the system has started. Those that are missing are not needed: the others do
    /// their share.
    func startWorkers(_ count: Int) -> Int {
        for started in 0..<count where !startWorker() { return started }
        return count
    }

    private func startWorker() -> Bool {
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
            Unmanaged<PoolState>.fromOpaque(argument).release()
        }
        return status == 0
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
        for _ in 0..<(spins ? 4000 : 1) {
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
