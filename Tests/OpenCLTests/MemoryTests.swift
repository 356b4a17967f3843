#if OpenCL
    import Dispatch
    import Foundation
    import Synchronization
    import Testing
    import UnloopBackend
    import UnloopOpenCL

    @Suite struct MemoryTests {
        @Test func memoryIsReused() throws {
            let backend = try OpenCLBackend(device: anyDevice())
            let before = backend.statistics
            for _ in 0..<10 { _ = try backend.upload(.float32([Float](repeating: 1, count: 1000))) }
            let after = backend.statistics
            #expect(after.allocations == before.allocations + 1)
            #expect(after.poolHits == before.poolHits + 9)
            #expect(after.bytesInUse == before.bytesInUse)
            #expect(after.bytesPooled >= 4000)
            backend.trimPool()
            #expect(backend.statistics.bytesPooled == 0)
        }

        /// Large blocks come from the host's memory where the device computes on it: work that reads one may still run when the last
        /// reference ends, and the system has it back afterwards.
        @Test func largeBlocksOutliveTheirReferences() throws {
            let backend = try OpenCLBackend(device: anyDevice())
            let count = 16 << 20
            let ones = HostArray.float32([Float](repeating: 1, count: count))
            let scale = ScalarProgram(inputs: [.real], scalars: [.real]) { x, s in
                [(Scalar(x[0]) * Scalar(s[0])).expression]
            }
            let resident = try residentBytes()
            for round in 1...32 {
                var input: Buffer? = try backend.upload(ones)
                let output = try backend.allocate(.float32, count: count)
                if let input {
                    try backend.map(
                        scale, inputs: [StridedView(input, shape: [count])], scalars: [Double(round)],
                        outputs: [StridedView(output, shape: [count])])
                }
                input = nil
                backend.trimPool()
                let ends = try [0, count - 1].map { try backend.download(output, offset: $0, count: 1) }
                #expect(ends == [.float32([Float(round)]), .float32([Float(round)])])
            }
            try backend.synchronize()
            backend.trimPool()
            // Of 4 GiB, if none had been given back; other tests, which use memory too, run meanwhile.
            #expect(try residentBytes() < resident + 2 << 30)
        }

        /// The memory of this process that is in use.
        private func residentBytes() throws -> Int {
            let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
            return (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
        }

        @Test func theBudgetIsKeptAndSurvived() throws {
            let limit = 1 << 20
            let backend = try OpenCLBackend(device: anyDevice(), memoryLimit: limit)
            var buffers: [Buffer] = []
            let error = #expect(throws: BackendError.self) {
                while true { buffers.append(try backend.allocate(.float32, count: 25_000)) }
            }
            #expect(error == .outOfMemory(device: backend.device.name, bytes: 100_000, limit: limit))
            #expect(buffers.count >= 8 && buffers.count <= 10)
            #expect(backend.statistics.bytesPeak <= limit)
            // What was there before still works, and room that is made can be used: also for another size.
            let values = try backend.floats(buffers[0])
            #expect(values.count == 25_000)
            buffers.removeAll()
            let large = try backend.allocate(.float32, count: 200_000)
            #expect(large.count == 200_000)
            #expect(backend.statistics.bytesInUse + backend.statistics.bytesPooled <= limit)
        }

        @Test("memory that is handed out is filled with NaN where that is asked for, also when it was used before")
        func memoryIsPoisoned() throws {
            let backend = try OpenCLBackend(device: anyDevice(), poisonsMemory: true, cache: nil)
            for count in [1, 63, 65, 1000, 2_000_003] {
                for _ in 0..<2 {
                    let fresh = try backend.allocate(.int32, count: count)
                    #expect(try backend.integers(fresh).allSatisfy { UInt32(bitPattern: $0) == 0x7fba_dbad })
                    let filled = try backend.upload(.int32([Int32](repeating: 7, count: count)))
                    #expect(try backend.integers(filled).allSatisfy { $0 == 7 })
                }
            }
        }

        @Test func aBufferLargerThanTheDeviceIsRefused() throws {
            let backend = try OpenCLBackend(device: anyDevice())
            let limit = min(backend.device.maximumAllocation, backend.device.globalMemory)
            #expect(throws: BackendError.self) { try backend.allocate(.float32, count: limit) }
            #expect(throws: BackendError.self) { try backend.allocate(.float32, count: .max) }
        }

        @Test func uploadsAreCopiesOfTheirArray() throws {
            let backend = try OpenCLBackend(device: anyDevice())
            var expected: [[Int32]] = []
            var buffers: [Buffer] = []
            // More than the staging limit, so that both ways of uploading are taken.
            for round in 0..<24 {
                var values = [Int32](repeating: Int32(round), count: 1 << 20)
                buffers.append(try backend.upload(.int32(values)))
                expected.append([values[0], values[values.count - 1]])
                for i in values.indices { values[i] = -1 }
                #expect(values[0] == -1)
            }
            for (buffer, ends) in zip(buffers, expected) {
                #expect(try backend.download(buffer, offset: 0, count: 1) == .int32([ends[0]]))
                #expect(try backend.download(buffer, offset: buffer.count - 1, count: 1) == .int32([ends[1]]))
            }
        }

        @Test func threadsDoNotMixUpTheirArguments() throws {
            let backend = try OpenCLBackend(device: anyDevice())
            let scale = ScalarProgram(inputs: [.real], scalars: [.real]) { x, s in
                [(Scalar(x[0]) * Scalar(s[0])).expression]
            }
            let wrong = Mutex<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 8) { thread in
                do {
                    for round in 1...50 {
                        let factor = Double(thread * 1000 + round)
                        let input = try backend.upload(.float32([1, 2, 3, 4, 5]))
                        let output = try backend.allocate(.float32, count: 5)
                        try backend.map(
                            scale, inputs: [StridedView(input, shape: [5])], scalars: [factor],
                            outputs: [StridedView(output, shape: [5])])
                        let result = try backend.floats(output)
                        if result != (1...5).map({ Float($0) * Float(factor) }) {
                            wrong.withLock { $0.append("thread \(thread), round \(round): \(result)") }
                        }
                    }
                } catch {
                    wrong.withLock { $0.append("\(error)") }
                }
            }
            #expect(wrong.withLock(\.self) == [])
        }
    }
#endif
