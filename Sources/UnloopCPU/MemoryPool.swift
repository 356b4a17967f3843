import CUnloopCPU
import Glibc
import Synchronization
import UnloopBackend

/// Blocks of memory that are kept for reuse by size class, because the page faults of fresh large blocks cost more
/// than most operations.
///
/// It lives as long as the process, and copies are the same pool: every buffer has one, and threads that work at the same time would
/// take a count of references from each other. For the same reason small blocks that a thread gives back wait in a magazine that few
/// other threads use.
struct MemoryPool: @unchecked Sendable {
    private struct State {
        /// The free blocks by their size classes.
        var free = FreeBlocks()
        var statistics = BackendStatistics()
        /// Bytes that are kept for reuse at most.
        var keptLimit: Int
    }

    /// Free blocks that wait for the threads of some numbers.
    private struct Magazine {
        var free = FreeBlocks()
        /// Of the blocks in it; they count as in use in the pool's own numbers.
        var bytes = 0
        /// How many it may have.
        var limit: Int
        /// How often it gave a block.
        var hits = 0
    }

    private struct Core {
        let limit: Int
        let poisons: Bool
    }

    private let core: UnsafeMutablePointer<Core>
    private let state: ForkSafe<State>
    private let magazines: UnsafeMutablePointer<ForkSafe<Magazine>>
    /// How many operations the threads of each magazine ran, each in a cache line of its own.
    private let launches: UnsafeMutablePointer<Atomic<Int>>
    private static let countersInLine = 16

    /// A power of two.
    private static let magazineCount = 16
    /// Larger blocks do not go into magazines. What a thread needs for a product of a few rows does.
    private static let magazineBlockBytes = 1 << 20
    /// What a magazine has at most where memory is not scarce; else there are none.
    private static let magazineBytes = 1 << 21
    private static let scarceBytes = 1 << 30

    /// A NaN, and as an integer larger than any sensible index: what reads memory that nothing was written to gives wrong
    /// results every time instead of now and then.
    static let poison: UInt32 = 0x7fba_dbad

    /// - Parameters:
    ///   - limit: bytes that may be in use at a time; nil for the machine's memory.
    ///   - poisons: whether all memory is filled with a NaN before it is used.
    init(limit: Int?, poisons: Bool = false) {
        let limit = limit ?? (HostMemory.machineBytes < .max ? HostMemory.machineBytes : 17_179_869_184)
        core = .allocate(capacity: 1)
        core.initialize(to: Core(limit: limit, poisons: poisons))
        state = ForkSafe(State(keptLimit: min(limit / 4, 2_147_483_648)))
        launches = .allocate(capacity: Self.magazineCount * Self.countersInLine)
        for number in 0..<Self.magazineCount * Self.countersInLine { (launches + number).initialize(to: Atomic(0)) }
        magazines = .allocate(capacity: Self.magazineCount)
        for number in 0..<Self.magazineCount {
            (magazines + number).initialize(
                to: ForkSafe(Magazine(limit: limit < Self.scarceBytes ? 0 : Self.magazineBytes)))
        }
    }

    /// Bytes that may be in use at a time.
    var limit: Int { core.pointee.limit }
    /// Whether all memory is filled with `poison` before it is used.
    var poisons: Bool { core.pointee.poisons }

    /// The magazine of the calling thread.
    private var magazine: ForkSafe<Magazine> { magazines[Self.magazineNumber] }

    private static var magazineNumber: Int { CallingThread.number & (magazineCount - 1) }

    /// Gives everything back to the system, now and when buffers that are still in use are freed.
    func retire() {
        state.withLock { $0.keptLimit = 0 }
        for number in 0..<Self.magazineCount { magazines[number].withLock { $0.limit = 0 } }
        trim()
    }

    var statistics: BackendStatistics {
        var statistics = state.withLock { $0.statistics }
        for number in 0..<Self.magazineCount {
            let (bytes, hits) = magazines[number].withLock { ($0.bytes, $0.hits) }
            statistics.bytesInUse -= bytes
            statistics.bytesPooled += bytes
            statistics.allocations += hits
            statistics.poolHits += hits
            statistics.launches += launches[number * Self.countersInLine].load(ordering: .relaxed)
        }
        return statistics
    }

    func countLaunch() {
        launches[Self.magazineNumber * Self.countersInLine].wrappingAdd(1, ordering: .relaxed)
    }

    /// The size of the block that serves a request: four classes between powers of two, so at most a quarter is lost.
    static func sizeClass(_ bytes: Int) -> Int {
        if bytes <= 64 { return 64 }
        let step = max(64, (1 << (Int.bitWidth - 1 - bytes.leadingZeroBitCount)) / 4)
        return (bytes + step - 1) / step * step
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
        if size <= Self.magazineBlockBytes {
            let address = magazine.withLock { magazine in
                let address = magazine.free.pop(size: size)
                if address != 0 {
                    magazine.bytes -= size
                    magazine.hits += 1
                }
                return address
            }
            if let block = UnsafeMutableRawPointer(bitPattern: address) { return block }
        }
        if let block = try takeShared(bytes, size) { return block }
        // What waits in magazines counts as in use.
        emptyMagazines()
        if let block = try takeShared(bytes, size) { return block }
        throw outOfMemory(bytes)
    }

    /// From the blocks that all threads share, or from the system; nil where the limit does not allow it.
    private func takeShared(_ bytes: Int, _ size: Int) throws(BackendError) -> UnsafeMutableRawPointer? {
        let limit = limit
        let (isWithinLimit, address) = state.withLock { state -> (Bool, UInt) in
            guard state.statistics.bytesInUse <= limit - bytes else { return (false, 0) }
            state.statistics.allocations += 1
            state.statistics.bytesInUse += size
            let address = state.free.pop(size: size)
            if address != 0 {
                state.statistics.bytesPooled -= size
                state.statistics.poolHits += 1
            }
            state.statistics.bytesPeak = max(
                state.statistics.bytesPeak, state.statistics.bytesInUse + state.statistics.bytesPooled)
            return (true, address)
        }
        guard isWithinLimit else { return nil }
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
        if size <= Self.magazineBlockBytes {
            let address = UInt(bitPattern: block)
            let isTaken = magazine.withLock { magazine in
                guard magazine.bytes + size <= magazine.limit else { return false }
                magazine.free.push(address, size: size)
                magazine.bytes += size
                return true
            }
            if isTaken { return }
        }
        giveShared(block, size)
    }

    private func giveShared(_ block: UnsafeMutableRawPointer, _ size: Int) {
        let address = UInt(bitPattern: block)
        let isKept = state.withLock { state in
            state.statistics.bytesInUse -= size
            guard state.statistics.bytesPooled + size <= state.keptLimit else { return false }
            state.free.push(address, size: size)
            state.statistics.bytesPooled += size
            return true
        }
        if !isKept { free(block) }
    }

    /// Returns what waits in magazines to the blocks that all threads share.
    private func emptyMagazines() {
        for number in 0..<Self.magazineCount {
            var blocks = FreeBlocks()
            magazines[number].withLock { magazine in
                swap(&blocks, &magazine.free)
                magazine.bytes = 0
            }
            blocks.removeAll { block, size in giveShared(block, size) }
        }
    }

    /// Returns all blocks that are not in use to the system.
    func trim() {
        emptyMagazines()
        var blocks = FreeBlocks()
        state.withLock { state in
            swap(&blocks, &state.free)
            state.statistics.bytesPooled = 0
        }
        blocks.removeAll { block, _ in free(block) }
    }

    private func outOfMemory(_ bytes: Int) -> BackendError { .outOfMemory(device: "cpu", bytes: bytes, limit: limit) }
}

/// Free blocks by their size classes.
private struct FreeBlocks {
    /// For each size class the first free block, 0 for none. A free block holds the address of the next one.
    private var first = [UInt](repeating: 0, count: 4 * Int.bitWidth)

    mutating func push(_ address: UInt, size: Int) {
        guard let block = UnsafeMutableRawPointer(bitPattern: address) else { return }
        let index = Self.index(size)
        block.storeBytes(of: first[index], as: UInt.self)
        first[index] = address
    }

    /// The address of a block of this size; 0 if there is none.
    mutating func pop(size: Int) -> UInt {
        let index = Self.index(size)
        let address = first[index]
        if let block = UnsafeMutableRawPointer(bitPattern: address) { first[index] = block.load(as: UInt.self) }
        return address
    }

    mutating func removeAll(_ body: (_ block: UnsafeMutableRawPointer, _ size: Int) -> Void) {
        for index in first.indices {
            var address = first[index]
            first[index] = 0
            while let block = UnsafeMutableRawPointer(bitPattern: address) {
                address = block.load(as: UInt.self)
                body(block, Self.size(index))
            }
        }
    }

    /// A number for each size class.
    private static func index(_ size: Int) -> Int {
        let exponent = Int.bitWidth - 1 - size.leadingZeroBitCount
        return 4 * exponent + (size >> (exponent - 2)) & 3
    }

    /// The size of a class.
    private static func size(_ index: Int) -> Int { (4 + index % 4) << (index / 4 - 2) }
}
