import Testing
import UnloopBackend
import UnloopLoop

@Suite("Loop backend") struct LoopTests {
    let loop = LoopBackend()

    private func floats(_ buffer: Buffer) throws -> [Float] {
        guard case .float32(let values) = try loop.download(buffer, offset: 0, count: buffer.count) else {
            Issue.record("not float32")
            return []
        }
        return values
    }

    @Test("a matrix product of transposed and broadcast operands with an epilogue")
    func matrixProduct() throws {
        let a = try loop.upload(.float32([1, 2, 3, 4, 5, 6]))
        let b = try loop.upload(.float32([1, 0, 2, 1, 0, 1]))
        let bias = try loop.upload(.float32([10, -100]))
        let output = try loop.allocate(.float32, count: 8)
        let relu = ScalarProgram { x, bias in max(x + bias, 0) }
        // a is stored as [3, 2] and read as its transpose [2, 3], twice.
        try loop.matmul(
            MatmulDescriptor(batch: [2], m: 2, n: 2, k: 3), StridedView(a, shape: [2, 2, 3], strides: [0, 1, 2]),
            StridedView(b, shape: [2, 3, 2], strides: [0, 2, 1]),
            epilogue: Epilogue(relu, inputs: [StridedView(bias, shape: [2, 2, 2], strides: [0, 0, 1])]),
            output: StridedView(output, shape: [2, 2, 2]))
        // [1 3 5; 2 4 6] · [1 0; 2 1; 0 1] = [7 8; 10 10]
        #expect(try floats(output) == [17, 0, 20, 0, 17, 0, 20, 0])
    }

    @Test("Philox gives the known answers of its authors' test vectors")
    func randomBits() throws {
        // Known answers for counter and key of zeros, and of ones (Random123, tests/kat_vectors, philox4x32 10).
        let program = ScalarProgram(inputs: [], scalars: [.integer, .integer, .integer, .integer]) { _, key in
            [IntegerScalar.randomBits(key: key.map(IntegerScalar.init), salt: 0).expression]
        }
        let output = try loop.allocate(.int32, count: 4)
        try loop.map(program, inputs: [], scalars: [0, 0, 0, 0], outputs: [StridedView(output, shape: [4])])
        let expected: [UInt32] = [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        #expect(try loop.download(output, offset: 0, count: 4) == .int32(expected.map { Int32(bitPattern: $0) }))
    }

    @Test("a sum of 10,000 elements runs in chunks of lanes")
    func longSum() throws {
        // Exact in float32 whatever the order.
        let input = try loop.upload(.float32((0..<10_000).map { Float($0 % 100) }))
        let output = try loop.allocate(.float32, count: 1)
        try loop.reduce(
            ReduceDescriptor(.sum, outer: 1, length: 10_000, inner: 1),
            inputs: [StridedView(input, shape: [1, 10_000, 1])],
            scalars: [], output: StridedView(output, shape: [1, 1]))
        #expect(try floats(output) == [495_000])
    }

    @Test("an index outside the table is an error that names the operation and the bound")
    func indexOutOfRange() throws {
        let table = try loop.upload(.float32([1, 2, 3]))
        let output = try loop.allocate(.float32, count: 2)
        for bad: Int32 in [-1, 3] {
            let indices = try loop.upload(.int32([0, bad]))
            #expect(throws: BackendError.indexOutOfRange(operation: "gather", bound: 3)) {
                try loop.gather(
                    GatherDescriptor(outer: 1, rows: 3, inner: 1, count: 2),
                    table: StridedView(table, shape: [1, 3, 1]),
                    indices: StridedView(indices, shape: [2]), output: StridedView(output, shape: [1, 2, 1]))
            }
        }
    }

    @Test("memory in use falls back when buffers go away")
    func memory() throws {
        let loop = LoopBackend()
        let before = loop.statistics.bytesInUse
        do {
            let buffer = try loop.allocate(.float64, count: 1000)
            #expect(loop.statistics.bytesInUse == before + 8000)
            _ = buffer
        }
        #expect(loop.statistics.bytesInUse == before)
        #expect(throws: BackendError.self) { try loop.allocate(.float32, count: Int.max / 2) }
    }
}
