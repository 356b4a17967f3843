import Foundation
import Testing
import UnloopBackend
import UnloopCPU
import UnloopLoop

/// The programs that are compiled ahead of time are those of the library, and give the bits that the loop and the interpreter
/// give, on every instruction set.
@Suite struct CompiledProgramTests {
    private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../CKernels/cpu/compiled_programs.h")

    static let backends: [(name: String, backend: CPUBackend)] = InstructionSet.available.flatMap { set in
        [false, true].compactMap { interprets in
            let backend = try? CPUBackend(instructionSet: set, threads: 2, interpretsPrograms: interprets)
            return backend.map { ("\(set)\(interprets ? ", interpreted" : "")", $0) }
        }
    }

    /// Whoever changes or adds a formula writes the file anew, with UNLOOP_WRITE_COMPILED_PROGRAMS=1.
    @Test func fileIsThatOfTheLibrary() throws {
        let text = CompiledProgramSource(programs: try LibraryProgram.all.get()).text
        if ProcessInfo.processInfo.environment["UNLOOP_WRITE_COMPILED_PROGRAMS"] == "1" {
            try text.write(to: Self.file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: Self.file, encoding: .utf8) == text)
    }

    @Test func eachIsFoundByItsInstructions() throws {
        let all = try LibraryProgram.all.get()
        #expect(all.count > 100)
        for (number, entry) in all.enumerated() {
            #expect(CompiledPrograms.number(of: entry.program) == number, "\(entry.user)")
        }
        // One constant, one operand, one type or one output more make it another program.
        for program in [
            ScalarProgram { x in select(x .<= 0x1p-149, 0, x) }, ScalarProgram { x, y in select(x .<= 0, 0, y) },
            ScalarProgram(inputs: [.real, .integer]) { x, _ in [select(Scalar(x[0]) .<= 0, 0, Scalar(x[0])).expression]
            },
            ScalarProgram(inputs: [.real]) { x, _ in
                [select(Scalar(x[0]) .<= 0, 0, Scalar(x[0])).expression, x[0]]
            },
        ] { #expect(CompiledPrograms.number(of: program) == nil) }
    }

    // MARK: Bits

    /// Every element of the buffers after a run.
    private static func canonical(_ buffers: [Buffer], _ backend: any Backend) throws -> [[UInt32]] {
        try buffers.map { buffer in
            switch try backend.download(buffer, offset: 0, count: buffer.count) {
            case .float32(let values): values.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern }
            case .int32(let values): values.map { UInt32(bitPattern: $0) }
            case .float64: []
            }
        }
    }

    /// Special values, all pairs of which meet within the first few hundred elements, and bit patterns of moderate size.
    private static func elements(_ type: ScalarType, count: Int, position: Int) -> HostArray {
        let special: [Float] = [
            0, -0, 1, -1, .infinity, -.infinity, .nan, 0x1p-149, -0x1p-149, 0x1p-126, 0.5, -2.5, 100, -100, 1e30, -1e30,
        ]
        if type == .integer { return .int32((0..<count).map { Int32($0 * (5 + position) % 7 - 2) }) }
        return .float32(
            (0..<count).map { element in
                if element < 512 { return special[(position % 2 == 0 ? element : element / 16) % 16] }
                let bits = UInt32(truncatingIfNeeded: (element + 1_000_003 * position) &* 2_654_435_761)
                return Float(bitPattern: (bits & 0x80ff_ffff) | ((112 + (bits >> 24) % 24) << 23))
            })
    }

    private enum Placing: CaseIterable {
        /// All arrays by themselves, one element into their buffers.
        case apart
        /// The first outputs take the places of inputs.
        case inPlace
        /// Inputs that are the same for a row, for a column, everywhere, or lie apart; an output that is transposed.
        case broadcast
    }

    private static func results(
        _ program: ScalarProgram, _ rows: Int, _ columns: Int, _ placing: Placing, _ backend: any Backend
    )
        throws -> [[UInt32]]
    {
        let shape: Dimensions = [rows, columns]
        let size = 2 * rows * columns + 2
        let inputs = try program.inputTypes.enumerated().map { position, type in
            let buffer = try backend.upload(elements(type, count: size, position: position))
            guard placing == .broadcast else { return StridedView(buffer, offset: 1, shape: shape) }
            let strides: [Dimensions] = [[1, 0], [0, 1], [columns, 1], [0, 0], [2 * columns, 2]]
            return StridedView(buffer, shape: shape, strides: strides[(position + rows) % strides.count])
        }
        var free = Array(inputs.indices)
        let outputs = try program.outputTypes.enumerated().map { position, type in
            if placing == .inPlace, let input = free.firstIndex(where: { program.inputTypes[$0] == type }) {
                return inputs[free.remove(at: input)]
            }
            let buffer = try backend.upload(elements(type, count: size, position: 0))
            let isTransposed = placing == .broadcast && position % 2 == 1
            return StridedView(buffer, offset: 1, shape: shape, strides: isTransposed ? [1, rows] : [columns, 1])
        }
        let scalars = program.scalarTypes.map { $0 == .real ? 0.75 : 2 }
        try backend.map(program, inputs: inputs, scalars: scalars, outputs: outputs)
        return try canonical(outputs.map(\.buffer), backend)
    }

    /// The numbers of elements around the edges of vectors and strips.
    @Test(arguments: [
        (0, 3), (1, 1), (1, 3), (1, 4), (1, 7), (1, 8), (1, 9), (1, 15), (1, 16), (1, 17), (1, 33), (1, 129), (4, 300),
        (7, 3),
        (3, 129),
    ]) func sameBits(rows: Int, columns: Int) throws {
        for entry in try LibraryProgram.all.get() {
            for placing in Placing.allCases {
                let expected = try Self.results(entry.program, rows, columns, placing, LoopBackend.shared)
                for (name, backend) in Self.backends {
                    let found = try Self.results(entry.program, rows, columns, placing, backend)
                    #expect(found == expected, "\(entry.user), \(placing), \(name)")
                }
            }
        }
    }

    /// As what is computed before elements are summed.
    @Test func sameBitsAsPrologue() throws {
        let (outer, length, inner) = (3, 4200, 2)
        for entry in try LibraryProgram.all.get() where entry.program.outputTypes == [.real] {
            let program = entry.program
            func results(_ backend: any Backend) throws -> [[UInt32]] {
                try [(outer, length, 1), (outer, 37, inner)].flatMap { outer, length, inner in
                    let shape: Dimensions = [outer, length, inner]
                    let inputs = try program.inputTypes.enumerated().map { position, type in
                        // Without the special values, so that sums say something.
                        let all = Self.elements(type, count: 512 + shape.product, position: position)
                        return StridedView(try backend.upload(all), offset: 512, shape: shape)
                    }
                    let output = StridedView(
                        try backend.allocate(.float32, count: outer * inner), shape: [outer, inner])
                    try backend.reduce(
                        ReduceDescriptor(.sum, outer: outer, length: length, inner: inner, prologue: program),
                        inputs: inputs, scalars: program.scalarTypes.map { $0 == .real ? 0.75 : 2 }, output: output)
                    return try Self.canonical([output.buffer], backend)
                }
            }
            let expected = try results(LoopBackend.shared)
            for (name, backend) in Self.backends { #expect(try results(backend) == expected, "\(entry.user), \(name)") }
        }
    }

    /// Arrays so large that results bypass the caches, in memory that is aligned for that and in memory that is not.
    @Test(arguments: [0, 1]) func sameBitsOfLargeArrays(_ offset: Int) throws {
        let count = (8 << 20) + 131
        let all = try LibraryProgram.all.get()
        for user in ["relu", "momentum"] {
            let program = try #require(all.first { $0.user == user }).program
            func results(_ backend: any Backend) throws -> [[UInt32]] {
                func view(_ position: Int) throws -> StridedView {
                    let elements = Self.elements(.real, count: count + offset, position: position)
                    return StridedView(try backend.upload(elements), offset: offset, shape: [count])
                }
                let outputs = try program.outputTypes.indices.map { try view($0 + 9) }
                try backend.map(
                    program, inputs: try program.inputTypes.indices.map(view),
                    scalars: program.scalarTypes.map { _ in 0.75 }, outputs: outputs)
                return try Self.canonical(outputs.map(\.buffer), backend)
            }
            let expected = try results(try CPUBackend(threads: 2, interpretsPrograms: true))
            for (name, backend) in Self.backends {
                let isEqual = try results(backend) == expected
                #expect(isEqual, "\(user), \(name)")
            }
        }
    }
}
