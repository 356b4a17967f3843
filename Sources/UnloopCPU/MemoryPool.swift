import Glibc
import Synchronization
import UnloopBackend

/// Blocks of memory that are kept for reuse by size class, because the page faults of fresh large blocks cost more
/// than most operations.
final class MemoryPool: Sendable {
    /// Bytes that may be in use at a time.
    let limit: Int
    /// Bytes that are kept for reuse at most.
    let keptLimit: Int

    private struct State: ~Copyable {
        /// Addresses by size.
        var free: [Int: [UInt]] = [:]
        var statistics = BackendStatistics()
    }
    private let state = Mutex(State())

    /// - Parameter limit: bytes that may be in use at a time; nil for the machine's memory.
    init(limit: Int?) {
        let physical = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        self.limit = limit ?? (physical > 0 ? physical : 17_179_869_184)
        keptLimit = min(self.limit / 4, 2_147_483_648)
    }

    deinit { trim() }

    var statistics: BackendStatistics { state.withLock { $0.statistics } }

    func countLaunch() { state.withLock { $0.statistics.launches += 1 } }

    /// The size of the block that serves a request: four classes between powers of two, so at most a quarter is lost.
    static func sizeClass(_ bytes: Int) -> Int {
        if bytes <= 64 { return 64 }
        let step = max(64, (1 << (Int.bitWidth - 1 - bytes.leadingZeroBitCount)) / 4)
        return (bytes + step - 1) / step * step
    }

    /// A block of at least `bytes` > 0 bytes, aligned to 64.
    func take(bytes: Int) throws(BackendError) -> UnsafeMutableRawPointer {
        guard bytes <= limit else { throw outOfMemory(bytes) }
        let size = Self.sizeClass(bytes)
        let reused: UInt?? = state.withLock { state in
            guard state.statistics.bytesInUse <= limit - bytes else { return nil }
            state.statistics.allocations += 1
            state.statistics.bytesInUse += size
            let block = state.free[size]?.popLast()
            if block != nil {
                state.statistics.poolHits += 1
                state.statistics.bytesPooled -= size
            }
            state.statistics.bytesPeak = max(
                state.statistics.bytesPeak, state.statistics.bytesInUse + state.statistics.bytesPooled)
            return .some(block)
        }
        guard let reused else { throw outOfMemory(bytes) }
        if let reused, let block = UnsafeMutableRawPointer(bitPattern: reused) { return block }
        if let fresh = Self.allocateFresh(size) { return fresh }
        trim()
        if let fresh = Self.allocateFresh(size) { return fresh }
        state.withLock { $0.statistics.bytesInUse -= size }
        throw outOfMemory(bytes)
    }

    /// Returns a block that `take` gave for the same number of bytes.
    func give(_ block: UnsafeMutableRawPointer, bytes: Int) {
        let size = Self.sizeClass(bytes)
        let address = UInt(bitPattern: block)
        let kept = state.withLock { state in
            state.statistics.bytesInUse -= size
            guard state.statistics.bytesPooled + size <= keptLimit else { return false }
            state.free[size, default: []].append(address)
            state.statistics.bytesPooled += size
            return true
        }
        if !kept { free(block) }
    }

    /// Returns all blocks that are not in use to the system.
    func trim() {
        let blocks = state.withLock { state in
            let blocks = state.free.values.flatMap { $0 }
            state.free = [:]
            state.statistics.bytesPooled = 0
            return blocks
        }
        for block in blocks { free(UnsafeMutableRawPointer(bitPattern: block)) }
    }

    private static func allocateFresh(_ size: Int) -> UnsafeMutableRawPointer? {
        // Large pages make the first touch of large blocks several times cheaper.
        let largePage: Int = 2 << 20
        var block: UnsafeMutableRawPointer?
        guard posix_memalign(&block, size >= 2 * largePage ? largePage : 64, size) == 0 else { return nil }
        if size >= 2 * largePage { madvise(block, size, MADV_HUGEPAGE) }
        return block
    }

    private func outOfMemory(_ bytes: Int) -> BackendError { .outOfMemory(device: "cpu", bytes: bytes, limit: limit) }
}
