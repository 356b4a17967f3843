import Dispatch
import Synchronization
import Testing
import UnloopBackend
import UnloopCPU

/// The memory of `.cpu`: what is given back waits, for each thread apart, and is there for all when it is needed.
@Suite("Memory of the processor") struct MemoryPoolTests {
    private static let gigabyte = 1 << 30

    @Test("is used again, and counted wherever it waits")
    func counted() throws {
        let backend = try CPUBackend(threads: 1, memoryLimit: Self.gigabyte)
        for count in [1, 16, 17, 1000, 16_384, 16_385, 1_000_000] {
            let before = backend.statistics
            do {
                let buffer = try backend.allocate(.float32, count: count)
                let during = backend.statistics
                #expect(during.bytesInUse >= buffer.byteCount && during.allocations == before.allocations + 1)
            }
            let after = backend.statistics
            #expect(after.bytesInUse == 0 && after.bytesPooled >= max(before.bytesPooled, 4 * count))
            do {
                _ = try backend.allocate(.float32, count: count)
                #expect(backend.statistics.poolHits == after.poolHits + 1)
            }
            #expect(backend.statistics.bytesPooled == after.bytesPooled)
        }
        backend.trimPool()
        #expect(backend.statistics.bytesPooled == 0)
    }

    @Test("comes back from where other threads left it before the limit is an error")
    func limit() throws {
        let backend = try CPUBackend(threads: 1, memoryLimit: Self.gigabyte)
        DispatchQueue.concurrentPerform(iterations: 40) { _ in
            for count in [100, 5000, 16_000] {
                let buffers = (0..<9).compactMap { _ in try? backend.allocate(.float32, count: count) }
                #expect(buffers.count == 9)
            }
        }
        #expect(backend.statistics.bytesInUse == 0 && backend.statistics.bytesPooled > 0)
        // Nothing is written to it, so that the system need not have so much.
        let all = try backend.allocate(.float32, count: Self.gigabyte / 4)
        #expect(backend.statistics.bytesInUse == all.byteCount)
        #expect(throws: BackendError.outOfMemory(device: "cpu", bytes: 4, limit: Self.gigabyte)) {
            try backend.allocate(.float32, count: 1)
        }
    }

    @Test("that goes from thread to thread is never handed out twice")
    func manyThreads() throws {
        let backend = try CPUBackend(threads: 1, memoryLimit: Self.gigabyte)
        // What one thread allocated another one frees.
        let exchange = Mutex<[Buffer]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<400 {
                let count = 1 + (thread * 31 + round * 7) % 3000
                let mark = Int32(thread * 1000 + round)
                guard let buffer = try? backend.upload(.int32([Int32](repeating: mark, count: count))) else {
                    Issue.record("no memory")
                    return
                }
                let found = try? backend.download(buffer, offset: 0, count: count)
                #expect(found == .int32([Int32](repeating: mark, count: count)))
                let taken = exchange.withLock { buffers -> Buffer? in
                    buffers.append(buffer)
                    return buffers.count > 20 ? buffers.remove(at: round % 20) : nil
                }
                _ = taken
            }
        }
        exchange.withLock { $0.removeAll() }
        #expect(backend.statistics.bytesInUse == 0)
    }

    @Test("of a buffer outlives its backend, and a second object for its elements outlives the first")
    func references() throws {
        var backend: CPUBackend? = try CPUBackend(threads: 1, memoryLimit: Self.gigabyte)
        var buffer = try #require(try backend?.upload(.int32([1, 2, 3])))
        let second = buffer.reference()
        #expect(second !== buffer && second.count == 3 && second.elementType == .int32)
        buffer = try #require(try backend?.upload(.int32([4, 5, 6])))
        // Would take the memory of the first, if that had been given back.
        let third = try #require(try backend?.upload(.int32([7, 8, 9])))
        #expect(try backend?.download(second, offset: 0, count: 3) == .int32([1, 2, 3]))
        backend = nil
        let other = try CPUBackend(threads: 1)
        #expect(try other.download(second, offset: 0, count: 3) == .int32([1, 2, 3]))
        #expect(try other.download(third, offset: 0, count: 3) == .int32([7, 8, 9]))
    }
}
