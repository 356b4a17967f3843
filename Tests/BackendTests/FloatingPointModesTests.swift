import CUnloopFormulas
import Testing
import UnloopBackend
import UnloopConformance
import UnloopCPU
import UnloopLoop

/// Whatever floating-point modes the host has set, operations compute in those of the contract, and the host finds its own
/// afterwards.
@Suite("The host's floating-point modes") struct FloatingPointModesTests {
    /// What the register holds for each mode, beside the contract's.
    private static let modes: [(String, UInt64)] = {
        #if arch(x86_64)
            [
                ("subnormal results flushed", 0x9f80), ("subnormal operands taken for zero", 0x1fc0),
                ("both", 0x9fc0), ("rounding down", 0x3f80), ("rounding up", 0x5f80), ("rounding towards zero", 0x7f80),
                ("traps for what is invalid, a division by zero or too large", 0x1900),
            ]
        #elseif arch(arm64)
            [
                ("subnormals flushed", 1 << 24), ("rounding up", 1 << 22), ("rounding down", 2 << 22),
                ("rounding towards zero", 3 << 22), ("default NaN", 1 << 25),
            ]
        #else
            []
        #endif
    }()

    /// Runs `body` under other modes.
    private static func under<Result>(_ modes: UInt64, _ body: () throws -> Result) rethrows -> Result {
        let usual = unloop_float_modes_get()
        unloop_float_modes_put(modes)
        defer { unloop_float_modes_put(usual) }
        return try body()
    }

    /// The results, and the modes that the host finds after the operation.
    private static func run(_ entry: OperationCase, on backend: any Backend, under modes: UInt64) throws
        -> (results: [HostArray], found: UInt64)
    {
        let inputs = try entry.makeInputs().map { try backend.upload($0) }
        let outputs = try entry.makeOutputs().map { try backend.upload($0) }
        let found = try under(modes) {
            try entry.execute(backend, inputs, outputs)
            try backend.synchronize()
            return unloop_float_modes_get()
        }
        return (try outputs.map { try backend.download($0, offset: 0, count: $0.count) }, found)
    }

    @Test("change no bit on any device, and stay as they are", arguments: OperationCase.Family.allCases)
    func sameBits(_ family: OperationCase.Family) throws {
        #expect(!Self.modes.isEmpty)
        // Their threads are made under these modes.
        let backends: [(name: String, modes: UInt64, backends: [any Backend])] = try Self.modes.map { name, modes in
            try Self.under(modes) {
                let sets = try InstructionSet.available.map { try CPUBackend(instructionSet: $0, threads: 2) }
                return (name, modes, [LoopBackend()] + sets)
            }
        }
        let all = ConformanceSuite.cases(of: family, upTo: .tiny)
        for position in stride(from: 0, to: all.count, by: max(1, all.count / 15)) {
            let entry = all[position]
            let expected = try entry.run(on: LoopBackend.shared)
            for (name, modes, backends) in backends {
                for backend in backends {
                    let (results, found) = try Self.run(entry, on: backend, under: modes)
                    let difference = Comparison.bitDifference(expected: expected, actual: results)
                    #expect(difference == nil, "\(name): \(entry.name) on \(backend.name)")
                    // The low bits of MXCSR say what has been raised.
                    #expect(
                        found & ~0x3f == modes & ~0x3f, "\(name): \(entry.name) on \(backend.name) leaves other modes")
                }
            }
        }
    }

    @Test("do not matter to workers either: large sums of subnormals")
    func workers() throws {
        let count = 60_000
        let values = HostArray.float32((0..<count).map { Float(bitPattern: UInt32($0 % 1000)) })
        func doubled(_ backend: any Backend) throws -> HostArray {
            let view = StridedView(try backend.upload(values), shape: [count])
            let result = StridedView(try backend.allocate(.float32, count: count), shape: [count])
            try backend.map(ScalarProgram { x in x + x / 3 }, inputs: [view], scalars: [], outputs: [result])
            return try backend.download(result.buffer, offset: 0, count: count)
        }
        let expected = try doubled(LoopBackend.shared)
        for (name, modes) in Self.modes {
            let backend = try Self.under(modes) { try CPUBackend(threads: 3) }
            #expect(try doubled(backend) == expected, "\(name)")
            #expect(try Self.under(modes) { try doubled(backend) } == expected, "\(name)")
        }
    }

    @Test("are not written where they are right already: what was raised stays raised")
    func flagsStay() {
        let usual = unloop_float_modes_get()
        defer { unloop_float_modes_put(usual) }
        #if arch(x86_64)
            unloop_float_modes_put(0x1fa1)
            let found = unloop_float_modes_enter()
            #expect(unloop_float_modes_get() == 0x1fa1)
            unloop_float_modes_leave(found)
            #expect(unloop_float_modes_get() == 0x1fa1)
            unloop_float_modes_put(0x9fe1)
            let others = unloop_float_modes_enter()
            #expect(unloop_float_modes_get() & 0xffc0 == 0x1f80)
            unloop_float_modes_leave(others)
            #expect(unloop_float_modes_get() == 0x9fe1)
        #endif
    }
}
