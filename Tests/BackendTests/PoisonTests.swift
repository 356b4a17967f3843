import Testing
import UnloopBackend
import UnloopCPU
import UnloopLoop

/// Nothing that an operation computes depends on what was in memory before. The other tests of the CPU run with memory that
/// is filled first too.
@Suite("Memory that nothing was written to") struct PoisonTests {
    @Test("is filled with a NaN on demand, when it is new and when it is used again")
    func filled() throws {
        let poisoned = try CPUBackend(threads: 1, poisonsMemory: true)
        for count in [1, 15, 16, 17, 1000, 100_000, 1000] {
            let buffer = try poisoned.allocate(.int32, count: count)
            #expect(
                try poisoned.download(buffer, offset: 0, count: count)
                    == .int32([Int32](repeating: 0x7fba_dbad, count: count)))
            let view = StridedView(buffer, shape: [count])
            let one = StridedView(try poisoned.upload(.int32([1])), shape: [count], strides: [0])
            try poisoned.copy(one, to: view)
            #expect(
                try poisoned.download(buffer, offset: 0, count: count) == .int32([Int32](repeating: 1, count: count)))
        }
        #expect(Float(bitPattern: 0x7fba_dbad).isNaN)
    }

    @Test("is left alone otherwise")
    func leftAlone() throws {
        let ordinary = try CPUBackend(threads: 1, poisonsMemory: false)
        _ = try ordinary.upload(.int32([1, 2, 3]))
        let buffer = try ordinary.allocate(.int32, count: 3)
        #expect(try ordinary.download(buffer, offset: 2, count: 1) == .int32([3]))
    }

    /// Positions that meet no tap, of which there are more in a line than of those that meet one.
    @Test("does not show in the gradient of a convolution whose stride is larger than its filter")
    func gradient() throws {
        let d = ConvolutionDescriptor(
            batch: 1, inputHeight: 1, inputWidth: 33, inputChannels: 1, outputChannels: 16, kernelHeight: 1,
            kernelWidth: 1, strideWidth: 2, paddingLeft: 1)
        for backend in CPUProductTests.backends {
            let gradient = try backend.upload(.float32([Float](repeating: 1, count: d.outputShape.product)))
            let filter = try backend.upload(.float32([Float](repeating: 1, count: 16)))
            let result = try backend.allocate(.float32, count: 33)
            try backend.convolve(
                d, .inputGradient, StridedView(gradient, shape: d.outputShape),
                StridedView(filter, shape: d.filterShape), epilogue: nil,
                output: StridedView(result, shape: d.inputShape))
            #expect(
                try backend.download(result, offset: 0, count: 33)
                    == .float32((0..<33).map { $0 % 2 == 1 ? 16 : 0 }), "\(backend.name)")
        }
    }

    /// More scratch memory than a thread keeps: it comes from the pool, and counts there.
    @Test("counts against the limit where an operation needs much of it")
    func scratchCounts() throws {
        let program = ScalarProgram { x in
            // Each value is used again at the end, so that all of them are kept.
            let values = (1...600).map { i in x * Scalar(floatLiteral: Double(i)) }
            return values.reduce(values.reduce(x) { $0 + $1 }) { $0 * 0.5 + $1 }
        }
        let count = 100
        let inputs = (0..<count).map { Float($0) }
        func run(_ backend: any Backend) throws -> HostArray {
            let view = StridedView(try backend.upload(.float32(inputs)), shape: [count])
            let result = try backend.allocate(.float32, count: count)
            try backend.map(program, inputs: [view], scalars: [], outputs: [StridedView(result, shape: [count])])
            return try backend.download(result, offset: 0, count: count)
        }
        let expected = try run(LoopBackend())
        for threads in [1, 3] {
            #expect(try run(CPUBackend(threads: threads, poisonsMemory: true)) == expected)
        }
        let small = try CPUBackend(threads: 1, memoryLimit: 100_000)
        #expect(throws: BackendError.self) { try run(small) }
        // Nothing is kept of what failed, and the device goes on working.
        #expect(small.statistics.bytesInUse == 0)
        let view = StridedView(try small.upload(.float32(inputs)), shape: [count])
        let copied = try small.allocate(.float32, count: count)
        try small.copy(view, to: StridedView(copied, shape: [count]))
        #expect(try small.download(copied, offset: 0, count: count) == .float32(inputs))
    }
}
