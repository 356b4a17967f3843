import Testing
import UnloopBackend
import UnloopCPU

/// One backend used by several threads at a time, and backends of several numbers of threads.
@Suite struct ConcurrencyTests {
    static let program = ScalarProgram { x in exp(x) * 0.5 + x }

    /// Large enough to be shared out.
    static let count = 200_003

    static func result(_ backend: CPUBackend, shift: Float) throws -> [Float] {
        let input = try backend.upload(.float32((0..<count).map { Float($0 % 1000) * 0.01 - shift }))
        let output = StridedView(try backend.allocate(.float32, count: count), shape: [count])
        try backend.map(
            program, inputs: [StridedView(input, shape: [count])], scalars: [], outputs: [output])
        guard case .float32(let values) = try backend.download(output.buffer, offset: 0, count: count) else {
            return []
        }
        return values
    }

    @Test func manyCallers() async throws {
        let alone = try CPUBackend(threads: 1)
        let shared = try CPUBackend(threads: 3)
        let expected = try (0..<4).map { try Self.result(alone, shift: Float($0)) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for caller in 0..<4 {
                group.addTask {
                    for _ in 0..<20 where try Self.result(shared, shift: Float(caller)) != expected[caller] {
                        return false
                    }
                    return true
                }
            }
            for try await same in group { #expect(same) }
        }
        #expect(shared.statistics.bytesInUse == 0)
    }

    @Test(arguments: [1, 2, 3, 7]) func sumsDoNotDependOnThreads(_ threads: Int) throws {
        func sums(_ backend: CPUBackend) throws -> [HostArray] {
            let values = (0..<Self.count).map { Float($0 % 977) * 0.37 - 100 }
            let input = try backend.upload(.float32(values))
            let line = try backend.allocate(.float32, count: 1)
            try backend.reduce(
                ReduceDescriptor(.sum, outer: 1, length: Self.count, inner: 1),
                inputs: [StridedView(input, shape: [1, Self.count, 1])], scalars: [],
                output: StridedView(line, shape: [1, 1]))
            let columns = try backend.allocate(.float32, count: 7)
            let rows = Self.count / 7
            try backend.reduce(
                ReduceDescriptor(.sum, outer: 1, length: rows, inner: 7),
                inputs: [StridedView(input, shape: [1, rows, 7])], scalars: [],
                output: StridedView(columns, shape: [1, 7]))
            return [
                try backend.download(line, offset: 0, count: 1), try backend.download(columns, offset: 0, count: 7),
            ]
        }
        let expected = try sums(CPUBackend(threads: 1))
        #expect(try sums(CPUBackend(threads: threads)) == expected)
    }

    /// Starting and ending pools again and again neither hangs nor loses work.
    @Test func poolsComeAndGo() throws {
        let expected = try Self.result(CPUBackend(threads: 1), shift: 2)
        for _ in 0..<30 { #expect(try Self.result(CPUBackend(threads: 4), shift: 2) == expected) }
    }

    /// Transposed inputs, and copies of every kind of tile.
    @Test(arguments: [[1, 5], [16, 16], [33, 70], [3, 64, 65], [2, 5, 100, 9]]) func transposedCopies(_ sizes: [Int])
        throws
    {
        let shape = Dimensions(sizes)
        let count = shape.product
        // The last two axes of the source change places.
        var strides = Dimensions(sizes)
        var step = 1
        let order = Array(shape.indices.dropLast(2)) + [shape.count - 1, shape.count - 2]
        for axis in order.reversed() {
            strides[axis] = step
            step *= shape[axis]
        }
        for set in InstructionSet.available {
            let backend = try CPUBackend(instructionSet: set, threads: 2)
            let source = StridedView(
                try backend.upload(.int32((0..<count).map { Int32($0) })), shape: shape, strides: strides)
            let result = StridedView(try backend.allocate(.int32, count: count), shape: shape)
            try backend.copy(source, to: result)
            var expected: [Int32] = []
            for position in 0..<count {
                var (rest, offset) = (position, 0)
                for axis in shape.indices.reversed() {
                    offset += rest % shape[axis] * strides[axis]
                    rest /= shape[axis]
                }
                expected.append(Int32(offset))
            }
            #expect(try backend.download(result.buffer, offset: 0, count: count) == .int32(expected))
        }
    }
}
