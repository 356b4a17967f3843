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

    private struct State {
        /// For each size class the first free block, 0 for none. A free block holds the address of the next one.
        var free = [UInt](repeating: 0, count: 4 * Int.bitWidth)
        var statistics = BackendStatistics()

        mutating func push(_ block: UnsafeMutableRawPointer, size: Int) {
            let index = MemoryPool.classIndex(size)
            block.storeBytes(of: free[index], as: UInt.self)
            free[index] = UInt(bitPattern: block)
            statistics.bytesPooled += size
        }

        mutating func pop(size: Int) -> UnsafeMutableRawPointer? {
            let index = MemoryPool.classIndex(size)
            guard let block = UnsafeMutableRawPointer(bitPattern: free[index]) else { return nil }
            free[index] = block.load(as: UInt.self)
            statistics.bytesPooled -= size
            return block
        }
    }
    private let state = ForkSafe(State())
    private let launches = Atomic<Int>(0)

    /// Whether all memory is filled with `poison` before it is used.
    let poisons: Bool
    /// A NaN, and as an integer larger than any sensible index: what reads memory that nothing was written to gives wrong
    /// results every time instead of now and then.
    static let poison: UInt32 = 0x7fba_dbad

    /// - Parameters:
    ///   - limit: bytes that may be in use at a time; nil for the machine's memory.
    ///   - poisons: whether all memory is filled with a NaN before it is used.
    init(limit: Int?, poisons: Bool = false) {
        self.poisons = poisons
        self.limit = limit ?? (HostMemory.machineBytes < .max ? HostMemory.machineBytes : 17_179_869_184)
        keptLimit = min(self.limit / 4, 2_147_483_648)
    }

    deinit { trim() }

    var statistics: BackendStatistics {
        var statistics = state.withLock { $0.statistics }
        statistics.launches = launches.load(ordering: .relaxed)
        return statistics
    }

    func countLaunch() { launches.wrappingAdd(1, ordering: .relaxed) }

    /// The size of the block that serves a request: four classes between powers of two, so at most a quarter is lost.
    static func sizeClass(_ bytes: Int) -> Int {
        if bytes <= 64 { return 64 }
        let step = max(64, (1 << (Int.bitWidth - 1 - bytes.leadingZeroBitCount)) / 4)
        return (bytes + step - 1) / step * step
    }

    /// A number for each size class.
    private static func classIndex(_ size: Int) -> Int {
        let exponent = Int.bitWidth - 1 - size.leadingZeroBitCount
        return 4 * exponent + (size >> (exponent - 2)) & 3
    }

    /// A block of at least `bytes` > 0 bytes, aligned to 64.
    func take(bytes: Int) throws(BackendError) -> UnsafeMutableRawPointer {
        let block = try takeAsItIs(bytes: bytes)
        if poisons { poison(block, bytes: Self.sizeClass(bytes)) }
        return block
    }

    /// Fills memory that is about to be used.
    func poison(_ memory: UnsafeMutableRawPointer, bytes: Int) {
        memory.initializeMemory(as: UInt32.self, repeating: Self.poison, count: bytes / MemoryLayout<UInt32>.size)
    }

    private func takeAsItIs(bytes: Int) throws(BackendError) -> UnsafeMutableRawPointer {
        guard bytes <= limit else { throw outOfMemory(bytes) }
        let size = Self.sizeClass(bytes)
        let (isWithinLimit, address) = state.withLock { state -> (Bool, UInt) in
            guard state.statistics.bytesInUse <= limit - bytes else { return (false, 0) }
            state.statistics.allocations += 1
            state.statistics.bytesInUse += size
            let block = state.pop(size: size)
            if block != nil { state.statistics.poolHits += 1 }
            state.statistics.bytesPeak = max(
                state.statistics.bytesPeak, state.statistics.bytesInUse + state.statistics.bytesPooled)
            return (true, UInt(bitPattern: block))
        }
        guard isWithinLimit else { throw outOfMemory(bytes) }
        if let block = UnsafeMutableRawPointer(bitPattern: address) { return block }
        if let fresh = HostMemory.allocate(size) { return fresh }
        trim()
        if let fresh = HostMemory.allocate(size) { return fresh }
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
            if let block = UnsafeMutableRawPointer(bitPattern: address) { state.push(block, size: size) }
            return true
        }
        if !kept { free(block) }
    }

    /// Returns all blocks that are not in use to the system.
    func trim() {
        var firsts = State().free
        state.withLock { state in
            swap(&firsts, &state.free)
            state.statistics.bytesPooled = 0
        }
        for first in firsts {
            var address = first
            while let block = UnsafeMutableRawPointer(bitPattern: address) {
                address = block.load(as: UInt.self)
                free(block)
            }
        }
    }

    private func outOfMemory(_ bytes: Int) -> BackendError { .outOfMemory(device: "cpu", bytes: bytes, limit: limit) }
}
