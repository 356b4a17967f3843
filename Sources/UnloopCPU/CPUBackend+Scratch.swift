import CUnloopCPU
import Synchronization
import UnloopBackend

/// Memory for as long as one operation runs.
extension CPUBackend {
    /// Memory for the duration of `body`, aligned to 64 bytes; where it is none, the pointer must not be used.
    ///
    /// - Throws: `outOfMemory`, and what `body` throws.
    func withWorkspace(
        floats: Int, _ body: (UnsafeMutablePointer<Float>) throws(BackendError) -> Void
    ) throws(BackendError) {
        if floats == 0 { return try body(UnsafeMutablePointer(bitPattern: 64).unsafelyUnwrapped) }
        let bytes = floats * MemoryLayout<Float>.stride
        let block = try memory.take(bytes: bytes)
        defer { memory.give(block, bytes: bytes) }
        try body(block.assumingMemoryBound(to: Float.self))
    }

    /// Scratch memory of `size` bytes for each thread, for the duration of `body`.
    ///
    /// - Throws: `outOfMemory`, and what `body` throws.
    @inline(__always)
    func withScratch(_ size: Int, _ body: (Scratch) throws(BackendError) -> Void) throws(BackendError) {
        let pool = memory.poisons ? memory : nil
        if size <= Int(unloop_scratch_bytes) { return try body(Scratch(size: size, poisons: pool, blocks: nil)) }
        let block = (size + 63) / 64 * 64
        try withWorkspace(floats: threadCount * (block / MemoryLayout<Float>.stride)) {
            workspace throws(BackendError) in
            let blocks = ScratchBlocks(first: workspace, size: block, count: threadCount)
            try body(Scratch(size: size, poisons: pool, blocks: blocks))
        }
    }
}

/// Scratch memory of one size for each thread that works on an operation: memory that the thread keeps for all operations, or
/// a block of the pool's where that is too small.
struct Scratch: Sendable {
    let size: Int
    /// The pool that poisons, if memory is to be filled before it is used.
    fileprivate let poisons: MemoryPool?
    fileprivate let blocks: ScratchBlocks?

    /// Lends `size` bytes, aligned to 64, to `body`, which does not ask for scratch memory in turn.
    @inline(__always)
    func lend(_ body: (UnsafeMutableRawPointer) -> Void) {
        if let blocks {
            let number = blocks.take()
            let memory = blocks.memory(number)
            if let poisons { poisons.poison(memory, bytes: size) }
            body(memory)
            blocks.give(number)
            return
        }
        guard let memory = unloop_scratch_borrow(size) else { misuse("scratch memory is lent twice on one thread") }
        defer { unloop_scratch_return() }
        if let poisons { poisons.poison(memory, bytes: size) }
        body(memory)
    }
}

/// Blocks of which no more are lent at a time than there are.
private final class ScratchBlocks: @unchecked Sendable {
    private let first: UnsafeMutableRawPointer
    private let size: Int
    private let free: Mutex<[Int]>

    init(first: UnsafeMutableRawPointer, size: Int, count: Int) {
        self.first = first
        self.size = size
        free = Mutex(Array(0..<count))
    }

    func memory(_ number: Int) -> UnsafeMutableRawPointer { first + number * size }

    func take() -> Int {
        guard let number = free.withLock({ $0.popLast() }) else {
            misuse("more threads ask for scratch memory than work on the operation")
        }
        return number
    }

    func give(_ number: Int) { free.withLock { $0.append(number) } }
}
