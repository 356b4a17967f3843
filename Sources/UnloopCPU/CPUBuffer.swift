import UnloopBackend

/// Host memory, aligned to 64 bytes, that returns to its pool.
final class CPUBuffer: Buffer, @unchecked Sendable {
    /// nil when the buffer is empty.
    let memory: UnsafeMutableRawPointer?
    /// Where the memory goes back to; nil for a further object for another buffer's elements.
    private let pool: MemoryPool?
    /// That other buffer, counted here: as a reference the compiler would count it three times more when this object ends.
    private let owner: Unmanaged<CPUBuffer>?

    /// A further object for the elements of a buffer.
    init(_ owner: CPUBuffer) {
        memory = owner.memory
        pool = nil
        self.owner = .passRetained(owner)
        super.init(elementType: owner.elementType, count: owner.count)
    }

    override func reference() -> Buffer { CPUBuffer(self) }

    init(elementType: ElementType, count: Int, pool: MemoryPool) throws(BackendError) {
        self.pool = pool
        owner = nil
        let (bytes, overflow) = count.multipliedReportingOverflow(by: elementType.byteCount)
        if overflow { throw .outOfMemory(device: "cpu", bytes: Int.max, limit: pool.limit) }
        memory = bytes > 0 ? try pool.take(bytes: bytes) : nil
        super.init(elementType: elementType, count: count)
    }

    deinit {
        if let memory { pool?.give(memory, bytes: byteCount) }
        owner?.release()
    }
}

extension Buffer {
    /// Where an element lies. Empty buffers have no memory: then the pointer must not be used.
    ///
    /// - Precondition: the buffer belongs to a CPU backend.
    @inline(__always)
    func memory(at offset: Int) -> UnsafeMutableRawPointer {
        guard let buffer = self as? CPUBuffer else {
            preconditionFailure("the CPU backend was given a buffer of another device")
        }
        guard let memory = buffer.memory else { return UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped }
        return memory + offset * elementType.byteCount
    }
}

extension StridedView {
    /// Where the element `[0, 0, …]` lies.
    @inline(__always)
    var memory: UnsafeMutableRawPointer { buffer.memory(at: offset) }

    /// `memory` as reals.
    var reals: UnsafeMutablePointer<Float> { memory.assumingMemoryBound(to: Float.self) }
    /// `memory` as integers.
    var integers: UnsafeMutablePointer<Int32> { memory.assumingMemoryBound(to: Int32.self) }
}
