import Testing
import UnloopBackend
import UnloopCPU
import UnloopLoop

/// Programs of many instructions on every instruction set, with numbers of elements around the edges of strips and vectors,
/// against the loop device, bit for bit.
@Suite struct StripTests {
    static let counts = [
        0, 1, 3, 4, 5, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 97, 127, 128, 129, 160, 255, 257, 1009,
    ]

    /// Values that are needed at once, later, several times and never; operands in registers in each position; an output
    /// that is read again, one that is an input, and one that is the same as another.
    static let program = ScalarProgram(inputs: [.real, .real, .real], scalars: [.real]) { inputs, scalars in
        let (a, b, c, s) = (Scalar(inputs[0]), Scalar(inputs[1]), Scalar(inputs[2]), Scalar(scalars[0]))
        let product = a * b
        let square = product * product
        let chain = fma(c, square, fma(product + c, a, s))
        let third = fma(a, b, chain - s)
        let chosen = select(a .< b, c / third, tanh(product) - s)
        let reverse = select(IntegerScalar(truncating: chain * 4) .== 3, s, exp(-abs(chosen)))
        let powers = pow(abs(b), reverse) + pow(reverse, c) + pow(abs(a), b)
        let position = Scalar(converting: IntegerScalar.index) + powers
        return [position, chain, Scalar(inputs[1]), position, Scalar(2.5), erf(position) * chain].map(\.expression)
    }

    static func values(_ count: Int, seed: UInt64) -> HostArray {
        VectorTests.host(VectorTests.patterns(count: max(count, 28), seed: seed).suffix(count), .real)
    }

    /// What `program` gives on views that begin `offset` elements into their buffers; the last output takes the place of the
    /// first input where `inPlace` is set.
    static func results(_ backend: any Backend, count: Int, offset: Int, inPlace: Bool) throws -> [[UInt32]] {
        let inputs = try (1...3).map { seed in
            StridedView(
                try backend.upload(values(count + offset, seed: UInt64(seed))), offset: offset, shape: [count])
        }
        var outputs = try program.outputs.map { _ in
            StridedView(try backend.allocate(.float32, count: count + offset), offset: offset, shape: [count])
        }
        if inPlace { outputs[0] = inputs[0] }
        try backend.map(program, inputs: inputs, scalars: [0.75], outputs: outputs)
        return try outputs.map { output in
            VectorTests.canonical(try backend.download(output.buffer, offset: offset, count: count))
        }
    }

    @Test(arguments: counts, [0, 1]) func edgesOfStrips(_ count: Int, _ offset: Int) throws {
        for inPlace in [false, true] {
            let expected = try Self.results(
                LoopBackend.shared, count: count, offset: offset, inPlace: inPlace)
            for backend in VectorTests.backends {
                let found = try Self.results(backend, count: count, offset: offset, inPlace: inPlace)
                #expect(found == expected, "\(backend.name), in place: \(inPlace)")
            }
        }
    }

    /// Rows that are as long as a strip, and a little longer; one operand for each row, one for each column, one with gaps,
    /// one transposed.
    @Test(arguments: [1, 2, 5], [1, 7, 127, 128, 129, 300]) func rows(_ rows: Int, _ columns: Int) throws {
        let program = ScalarProgram(inputs: [.real, .real, .real, .real]) { inputs, _ in
            let x = inputs.map(Scalar.init)
            let centered = x[0] - x[1]
            return [(centered * x[2] + centered).expression, (x[3] * centered).expression]
        }
        func results(_ backend: any Backend) throws -> [[UInt32]] {
            let shape: Dimensions = [rows, columns]
            let pitch = columns + 3
            let inputs = [
                StridedView(
                    try backend.upload(Self.values(rows * pitch, seed: 1)), shape: shape, strides: [pitch, 1]),
                StridedView(try backend.upload(Self.values(rows, seed: 2)), shape: shape, strides: [1, 0]),
                StridedView(try backend.upload(Self.values(columns, seed: 3)), shape: shape, strides: [0, 1]),
                StridedView(
                    try backend.upload(Self.values(rows * columns, seed: 4)), shape: shape, strides: [1, rows]),
            ]
            let plain = StridedView(try backend.allocate(.float32, count: rows * columns), shape: shape)
            let transposed = StridedView(
                try backend.allocate(.float32, count: rows * columns), shape: shape, strides: [1, rows])
            try backend.map(program, inputs: inputs, scalars: [], outputs: [plain, transposed])
            return try [plain, transposed].map {
                VectorTests.canonical(try backend.download($0.buffer, offset: 0, count: rows * columns))
            }
        }
        let expected = try results(LoopBackend.shared)
        for backend in VectorTests.backends { #expect(try results(backend) == expected, "\(backend.name)") }
    }

    /// Arrays so large that results bypass the caches, in memory that is aligned for that and in memory that is not.
    @Test(arguments: [0, 1]) func largeArrays(_ offset: Int) throws {
        let count = (8 << 20) + 131
        let program = ScalarProgram { x in x * x - 1 }
        let values = (0..<count + offset).map { Float($0 % 8191) * 0.37 - 1500 }
        for backend in VectorTests.backends {
            let input = StridedView(try backend.upload(.float32(values)), offset: offset, shape: [count])
            let output = StridedView(
                try backend.allocate(.float32, count: count + offset), offset: offset, shape: [count])
            try backend.map(program, inputs: [input], scalars: [], outputs: [output])
            guard case .float32(let found) = try backend.download(output.buffer, offset: offset, count: count) else {
                Issue.record("float32 elements")
                return
            }
            let wrong = found.indices.first { found[$0] != values[$0 + offset] * values[$0 + offset] - 1 }
            #expect(wrong == nil, "\(backend.name)")
        }
    }

    /// A program keeps what each kind of backend makes of it, also when several threads ask at once.
    @Test func formsAreKept() async {
        final class First: ProgramForm, @unchecked Sendable {}
        final class Second: ProgramForm, @unchecked Sendable {}
        let program = ScalarProgram { x in x + 3 }
        let found = await withTaskGroup(of: [ObjectIdentifier].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    [ObjectIdentifier(program.form { First() }), ObjectIdentifier(program.form { Second() })]
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(found).count == 1)
        #expect(Set(found[0]).count == 2)
    }
}
