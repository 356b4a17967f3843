import Synchronization
import Testing
import UnloopBackend
import UnloopCPU

@Suite struct CPUFoundationTests {
    @Test func everyAvailableInstructionSetStarts() throws {
        #expect(InstructionSet.available.contains(.portable))
        for set in InstructionSet.available {
            let backend = try CPUBackend(instructionSet: set, threads: 2)
            #expect(backend.name.contains(set.rawValue))
        }
    }

    @Test func unavailableInstructionSetNamesTheChoices() {
        for set in InstructionSet.allCases where !set.isAvailable {
            let error = #expect(throws: BackendError.self) { try CPUBackend(instructionSet: set) }
            #expect(error?.description.contains("portable") == true)
        }
        #expect(throws: BackendError.self) { try CPUBackend(threads: 0) }
    }

    @Test func buffersRoundTripAndAreReused() throws {
        let backend = try CPUBackend(threads: 1)
        let values = (0..<1000).map { Float($0) }
        for _ in 0..<3 {
            let buffer = try backend.upload(.float32(values))
            #expect(try backend.download(buffer, offset: 10, count: 5) == .float32([10, 11, 12, 13, 14]))
            #expect(backend.statistics.bytesInUse >= 4000)
        }
        #expect(backend.statistics.bytesInUse == 0)
        #expect(backend.statistics.poolHits == 2)
        #expect(try backend.download(backend.upload(.int32([])), offset: 0, count: 0) == .int32([]))
    }

    @Test func memoryLimitIsATypedError() throws {
        let backend = try CPUBackend(threads: 1, memoryLimit: 1 << 20)
        let kept = try backend.allocate(.float32, count: 1 << 17)
        #expect(throws: BackendError.outOfMemory(device: "cpu", bytes: 1 << 20, limit: 1 << 20)) {
            try backend.allocate(.int32, count: 1 << 18)
        }
        #expect(throws: BackendError.self) { try backend.allocate(.float32, count: Int.max / 2) }
        #expect(throws: BackendError.self) { try backend.allocate(.float64, count: 1) }
        #expect(kept.count == 1 << 17)
    }

    @Test func peaksArePositive() throws {
        let backend = try CPUBackend(threads: 2)
        #expect(backend.measurePeakGFLOPs() > 0.1)
        #expect(try backend.measureCopyBandwidth() > 0.1)
    }
}
