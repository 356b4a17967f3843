import Foundation
import Testing
import UnloopBackend
import UnloopCPU
import UnloopConformance
import UnloopLoop

#if OpenCL
    import UnloopOpenCL
#endif

/// A device as the tests see it.
struct TestDevice: Sendable, CustomTestStringConvertible {
    let label: String
    let backend: any Backend
    /// Opens the same device once more: an error that is found late goes to whoever waits next, so tests that
    /// make errors have a device of their own.
    let reopen: @Sendable () throws -> any Backend

    init(_ label: String, _ open: @escaping @Sendable () throws -> any Backend) throws {
        self.label = label
        backend = try open()
        reopen = open
    }

    var testDescription: String { label }

    /// The CPU with every instruction set that this machine has, each with 1, 2 and 3 threads, the latter with memory that is
    /// filled with NaN before it is used; every OpenCL device, with the kernels for CPUs and with those for GPUs.
    static let all: Result<[TestDevice], any Error> = Result {
        var devices: [TestDevice] = []
        for instructionSet in InstructionSet.available {
            for threads in 1...3 {
                devices.append(
                    try TestDevice("cpu, \(instructionSet), \(threads) threads") {
                        try CPUBackend(
                            instructionSet: instructionSet, threads: threads, poisonsMemory: threads == 3)
                    })
            }
        }
        #if OpenCL
            for device in try OpenCLBackend.devices() {
                for kernels in OpenCLDevice.Class.allCases {
                    devices.append(
                        try TestDevice("opencl, \(device.name) (\(device.platform)), \(kernels) kernels") {
                            try OpenCLBackend(device: device, forcedClass: kernels)
                        })
                }
                // By default, CPU-like kernels are compiled for large work only, and small work is interpreted.
                devices.append(
                    try TestDevice("opencl, \(device.name) (\(device.platform)), compiled kernels") {
                        try OpenCLBackend(
                            device: device, forcedClass: .cpuLike, interpretedElements: 0, cache: nil)
                    })
            }
        #endif
        return devices
    }
}

/// Every device gives the bits of the loop backend.
///
/// `UNLOOP_CONFORMANCE_SIZE=tiny` or `small` leaves out larger cases, `UNLOOP_CONFORMANCE_DEVICE` devices without this in
/// their label: for slow devices, and while working on one.
@Suite("Devices against the loop backend") struct DeviceTests {
    private static let size: OperationCase.SizeClass =
        switch ProcessInfo.processInfo.environment["UNLOOP_CONFORMANCE_SIZE"] {
        case "tiny": .tiny
        case "small": .small
        default: .large
        }

    private static func devices() throws -> [TestDevice] {
        let wanted = ProcessInfo.processInfo.environment["UNLOOP_CONFORMANCE_DEVICE"] ?? ""
        return try TestDevice.all.get().filter { wanted.isEmpty || $0.label.contains(wanted) }
    }

    @Test("all cases give the same bits", arguments: OperationCase.Family.allCases)
    func equalBits(_ family: OperationCase.Family) throws {
        let loop = LoopBackend()
        let devices = try Self.devices()
        #expect(!devices.isEmpty)
        var failures: [String: Int] = [:]
        for entry in ConformanceSuite.cases(of: family, upTo: Self.size) {
            let expected = try entry.run(on: loop)
            for device in devices {
                var problem: String?
                do {
                    let actual = try entry.run(on: device.backend)
                    problem = Comparison.bitDifference(expected: expected, actual: actual).map(String.init(describing:))
                } catch {
                    problem = "\(error)"
                }
                guard let problem else { continue }
                failures[device.label, default: 0] += 1
                // Enough to work with; the count of all follows.
                if failures[device.label, default: 0] <= 8 {
                    Issue.record("\(device.label): \(entry.name): \(problem)")
                }
            }
        }
        for (label, count) in failures.sorted(by: { $0.key < $1.key }) {
            Issue.record("\(label): \(count) cases of \(family.rawValue) differ")
        }
    }

    @Test("an index outside the table is an error, at the latest where the result is read")
    func indexOutOfRange() throws {
        for device in try Self.devices() {
            let backend = try device.reopen()
            let descriptor = GatherDescriptor(outer: 1, rows: 3, inner: 2, count: 2)
            let rows = StridedView(try backend.upload(.float32([1, 2, 3, 4, 5, 6])), shape: [1, 3, 2])
            let taken = StridedView(try backend.upload(.float32([1, 2, 3, 4])), shape: [1, 2, 2])
            for bad in [-1, 3, .max, .min] as [Int32] {
                let indices = StridedView(try backend.upload(.int32([1, bad])), shape: [2])
                #expect(throws: BackendError.indexOutOfRange(operation: "gather", bound: 3), "\(device.label), \(bad)")
                {
                    try backend.gather(descriptor, table: rows, indices: indices, output: taken)
                    _ = try backend.download(taken.buffer, offset: 0, count: 4)
                }
                #expect(
                    throws: BackendError.indexOutOfRange(operation: "scatterAdd", bound: 3), "\(device.label), \(bad)"
                ) {
                    let source = StridedView(try backend.upload(.float32([1, 2, 3, 4])), shape: [1, 2, 2])
                    let sums = StridedView(try backend.allocate(.float32, count: 6), shape: [1, 3, 2])
                    try backend.scatterAdd(descriptor, source: source, indices: indices, output: sums)
                    _ = try backend.download(sums.buffer, offset: 0, count: 6)
                }
                // The device goes on working; what is written anew is what is there.
                let good = StridedView(try backend.upload(.int32([2, 0])), shape: [2])
                let table = StridedView(try backend.upload(.float32([1, 2, 3, 4, 5, 6])), shape: [1, 3, 2])
                try backend.gather(descriptor, table: table, indices: good, output: taken)
                #expect(try backend.download(taken.buffer, offset: 0, count: 4) == .float32([5, 6, 1, 2]))
            }
        }
    }

    @Test("empty buffers and parts of buffers can be moved")
    func buffers() throws {
        for device in try Self.devices() + [TestDevice("loop") { LoopBackend() }] {
            let backend = device.backend
            for empty in [HostArray.float32([]), .int32([])] {
                let buffer = try backend.upload(empty)
                #expect(try backend.download(buffer, offset: 0, count: 0) == empty, "\(device.label)")
            }
            #expect(try backend.allocate(.float32, count: 0).count == 0)
            let buffer = try backend.upload(.int32(Array(0..<1000)))
            #expect(
                try backend.download(buffer, offset: 990, count: 10) == .int32(Array(990..<1000)), "\(device.label)")
            #expect(try backend.download(buffer, offset: 1000, count: 0) == .int32([]), "\(device.label)")
            try backend.synchronize()
            #expect(backend.elementTypes.isSuperset(of: [.float32, .int32]))
        }
    }

    @Test("float64 is refused where it does not exist")
    func float64() throws {
        for device in try Self.devices() where !device.backend.elementTypes.contains(.float64) {
            #expect(throws: BackendError.self, "\(device.label)") { try device.backend.upload(.float64([1, 2])) }
        }
    }

    @Test("more memory than there is, is an error")
    func outOfMemory() throws {
        for device in try Self.devices() + [TestDevice("loop") { LoopBackend() }] {
            #expect(throws: BackendError.self, "\(device.label)") {
                try device.backend.allocate(.float32, count: 1 << 55)
            }
        }
    }
}
