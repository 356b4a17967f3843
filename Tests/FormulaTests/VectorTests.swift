import Testing
import UnloopBackend
import UnloopCPU
import UnloopLoop

/// Every primitive in vector C, on every instruction set of this machine, against the loop device, bit for bit.
@Suite struct VectorTests {
    static let backends: [CPUBackend] = InstructionSet.available.compactMap {
        try? CPUBackend(instructionSet: $0, threads: 2)
    }

    /// Primitives that are computed from operands.
    static let operations = ScalarOperation.allCases.filter { !$0.operandTypes.isEmpty && $0 != .randomBits }

    /// Patterns of every kind of float32: a stride over all 2^32, and special values.
    static func patterns(count: Int, seed: UInt64) -> [UInt32] {
        var generator = SplitMix(state: seed)
        let special: [Float] = [0, 1, -1, 0.5, 2, .infinity, .nan, 0x1p-149, 0x1p-126, 0x1p31, -0x1p31, 2.5, 1e30, 100]
        var result = special.flatMap { [$0.bitPattern, (-$0).bitPattern] }
        while result.count < count {
            // Half of them of moderate size, where most functions change most.
            let bits = generator.next()
            result.append(result.count % 2 == 0 ? bits : (bits & 0x80ff_ffff) | ((112 + (bits >> 24) % 24) << 23))
        }
        return result
    }

    static func canonical(_ array: HostArray) -> [UInt32] {
        switch array {
        case .float32(let values): values.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern }
        case .int32(let values): values.map { UInt32(bitPattern: $0) }
        case .float64: []
        }
    }

    static func host(_ patterns: [UInt32], _ type: ScalarType) -> HostArray {
        type == .real
            ? .float32(patterns.map { Float(bitPattern: $0) }) : .int32(patterns.map { Int32(bitPattern: $0) })
    }

    @Test(arguments: operations) func sameBitsAsTheLoop(_ operation: ScalarOperation) throws {
        let count = 40_003
        let types = operation.operandTypes
        let program = ScalarProgram(inputs: types) { inputs, _ in [ScalarExpression(operation, inputs)] }
        let operands = types.indices.map { position in
            // Some elements are equal in all operands.
            let first = Self.patterns(count: count, seed: 1)
            let own = Self.patterns(count: count, seed: UInt64(position + 1))
            return Self.host(
                first.indices.map { $0 % 5 == 0 ? first[$0] : own[($0 + 7 * position) % count] }, types[position])
        }
        let resultType: ElementType = operation.resultType == .real ? .float32 : .int32

        let loop = LoopBackend()
        func view(_ buffer: Buffer) -> StridedView { StridedView(buffer, shape: [count]) }
        let expected = try loop.allocate(resultType, count: count)
        try loop.map(
            program, inputs: operands.map { view(try loop.upload($0)) }, scalars: [], outputs: [view(expected)])
        let truth = Self.canonical(try loop.download(expected, offset: 0, count: count))
        #expect(Set(truth).count > 1)
        for backend in Self.backends {
            let result = try backend.allocate(resultType, count: count)
            try backend.map(
                program, inputs: operands.map { view(try backend.upload($0)) }, scalars: [], outputs: [view(result)])
            let found = Self.canonical(try backend.download(result, offset: 0, count: count))
            let wrong = truth.indices.filter { found[$0] != truth[$0] }
            #expect(wrong.isEmpty, "\(backend.instructionSet): \(wrong.count) differ, the first at \(wrong.first ?? 0)")
        }
    }

    @Test func randomBitsAndIndexAtAnyLength() throws {
        let program = ScalarProgram(inputs: [], scalars: [.integer, .integer, .integer, .integer]) { _, scalars in
            let key = scalars.map { IntegerScalar($0) }
            return [IntegerScalar.randomBits(key: key, salt: 9).expression, IntegerScalar.index.expression]
        }
        let loop = LoopBackend()
        for count in [1, 3, 64, 1000, 5001] {
            func run(_ backend: any Backend) throws -> [[UInt32]] {
                let outputs = try (0..<2).map { _ in
                    StridedView(try backend.allocate(.int32, count: count), shape: [count])
                }
                try backend.map(program, inputs: [], scalars: [1, -2, 3, 4], outputs: outputs)
                return try outputs.map { Self.canonical(try backend.download($0.buffer, offset: 0, count: count)) }
            }
            let truth = try run(loop)
            for backend in Self.backends { #expect(try run(backend) == truth) }
        }
    }

    /// Strided, broadcast, reversed and transposed inputs and outputs; shapes on both sides of a row's length.
    @Test(arguments: [[7], [3, 5], [4, 300], [300, 4], [2, 3, 257], [33, 2, 9], [1, 1], [5, 0]])
    func viewsOfAnyStride(_ sizes: [Int]) throws {
        let shape = Dimensions(sizes)
        let count = shape.product
        let program = ScalarProgram(inputs: [.real, .real, .real, .real]) { x, _ in
            let (a, b, c, d) = (Scalar(x[0]), Scalar(x[1]), Scalar(x[2]), Scalar(x[3]))
            return [(tanh(a * b) + c - d).expression, a.expression, Scalar(1.5).expression]
        }
        func run(_ backend: any Backend) throws -> [[UInt32]] {
            let storage = (0..<(2 * count + 64)).map { Float($0 % 97) * 0.125 - 4 }
            func upload() throws -> Buffer { try backend.upload(.float32(storage)) }
            let row = shape.rowMajorStrides
            // Column-major strides, reversed row-major strides, a repeated row, every second element.
            var column = Dimensions(repeating: 0, count: shape.count)
            var step = 1
            for axis in shape.indices {
                column[axis] = step
                step *= max(1, shape[axis])
            }
            var repeated = Dimensions(repeating: 0, count: shape.count)
            repeated[shape.count - 1] = 1
            let inputs = [
                StridedView(try upload(), offset: 3, shape: shape, strides: column),
                StridedView(
                    try upload(), offset: max(0, count - 1), shape: shape, strides: Dimensions(row.map { -$0 })),
                StridedView(try upload(), offset: 5, shape: shape, strides: repeated),
                StridedView(try upload(), offset: 1, shape: shape, strides: Dimensions(row.map { 2 * $0 })),
            ]
            let outputs = [
                StridedView(try upload(), offset: 2, shape: shape, strides: column),
                StridedView(try upload(), offset: 1, shape: shape),
                StridedView(try upload(), shape: shape, strides: Dimensions(row.map { 2 * $0 })),
            ]
            try backend.map(program, inputs: inputs, scalars: [], outputs: outputs)
            return try outputs.map {
                Self.canonical(try backend.download($0.buffer, offset: 0, count: $0.buffer.count))
            }
        }
        let truth = try run(LoopBackend())
        for backend in Self.backends { #expect(try run(backend) == truth) }
    }

    /// Outputs that are inputs which are read later, and outputs beyond the size that bypasses the caches.
    @Test func inPlaceAndLarge() throws {
        let program = ScalarProgram(inputs: [.real, .real]) { x, _ in
            let (a, b) = (Scalar(x[0]), Scalar(x[1]))
            return [(a + b).expression, (a - b).expression]
        }
        for backend in Self.backends {
            let count = 10_001
            let a = StridedView(try backend.upload(.float32((0..<count).map(Float.init))), shape: [count])
            let b = StridedView(
                try backend.upload(.float32([Float](repeating: 0.5, count: count))), shape: [count])
            try backend.map(program, inputs: [a, b], scalars: [], outputs: [a, b])
            #expect(
                try backend.download(a.buffer, offset: 0, count: count) == .float32((0..<count).map { Float($0) + 0.5 })
            )
            #expect(
                try backend.download(b.buffer, offset: 0, count: count) == .float32((0..<count).map { Float($0) - 0.5 })
            )
        }
        let backend = try CPUBackend(threads: 2)
        let count = (9 << 20) + 3
        let x = StridedView(try backend.allocate(.float32, count: count), shape: [count])
        let fill = ScalarProgram(inputs: []) { _, _ in [Scalar(converting: .index).expression] }
        let relu = ScalarProgram { x in max(x - 1000, 0) }
        try backend.map(fill, inputs: [], scalars: [], outputs: [x])
        try backend.map(relu, inputs: [x], scalars: [], outputs: [x])
        guard case .float32(let values) = try backend.download(x.buffer, offset: 0, count: count) else { return }
        #expect(values.indices.allSatisfy { values[$0] == Float(max(0, $0 - 1000)) })
    }
}
