#if OpenCL
    import Dispatch
    import Synchronization
    import Testing
    import UnloopBackend
    import UnloopLoop
    import UnloopOpenCL

    /// Scalar programs as data against the loop backend, bit by bit: everything interpreted, and everything compiled.
    @Suite struct InterpreterTests {
        private static let backends: Result<[(label: String, backend: OpenCLBackend)], any Error> = Result {
            try OpenCLBackend.devices().flatMap { device in
                try [
                    ("interpreted", OpenCLDevice.Class.cpuLike, 1 << 30), ("compiled", .cpuLike, 0),
                    ("interpreted with kernels for GPUs", .gpuLike, 1 << 30),
                ].map { label, kind, elements in
                    let backend = try OpenCLBackend(
                        device: device, forcedClass: kind, interpretedElements: elements, cache: nil)
                    return ("\(device.name), \(label)", backend)
                }
            }
        }

        @Test("kernels for GPUs interpret formulas where that is asked for, else they compile each")
        func whereAsked() throws {
            let programs = (1...3).map { number in ScalarProgram { x in x * Scalar(Double(number) + 0.25) - x } }
            func built(interpretedElements: Int?) throws -> [Int] {
                let backend = try OpenCLBackend(
                    device: anyDevice(), forcedClass: .gpuLike, interpretedElements: interpretedElements, cache: nil)
                return try programs.map { program in
                    let before = backend.statistics.programsBuilt
                    let input = StridedView(try backend.upload(.float32([1, 2, 3])), shape: [3])
                    let output = StridedView(try backend.allocate(.float32, count: 3), shape: [3])
                    try backend.map(program, inputs: [input], scalars: [], outputs: [output])
                    _ = try backend.download(output.buffer, offset: 0, count: 3)
                    return backend.statistics.programsBuilt - before
                }
            }
            #expect(try built(interpretedElements: nil).allSatisfy { $0 > 0 })
            #expect(try built(interpretedElements: 0).allSatisfy { $0 > 0 })
            // The first builds the interpreter.
            #expect(try built(interpretedElements: 100).dropFirst() == [0, 0])
        }

        private func expectEqualBits(
            _ label: String, _ inputs: [HostArray], resultTypes: [ElementType], resultCount: Int,
            run: (any Backend, [Buffer], [Buffer]) throws -> Void
        ) throws {
            func results(_ backend: any Backend) throws -> [HostArray] {
                let operands = try inputs.map { try backend.upload($0) }
                let outputs = try resultTypes.map { type in
                    // What is not written shows.
                    try backend.upload(
                        type == .int32
                            ? .int32([Int32](repeating: 77, count: resultCount))
                            : .float32([Float](repeating: 77, count: resultCount)))
                }
                try run(backend, operands, outputs)
                return try outputs.map { try backend.download($0, offset: 0, count: resultCount) }
            }
            let expected = try results(LoopBackend())
            for (name, backend) in try Self.backends.get() {
                let actual = try results(backend)
                for (right, found) in zip(expected, actual) {
                    #expect(Self.bits(right) == Self.bits(found), "\(label), \(name)")
                }
            }
        }

        private static func bits(_ array: HostArray) -> [UInt32] {
            switch array {
            case .float32(let values): values.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern }
            case .int32(let values): values.map { UInt32(bitPattern: $0) }
            case .float64: []
            }
        }

        /// Ordinary numbers with special ones among them.
        private static func reals(_ count: Int, seed: Int) -> HostArray {
            var values = ProductTests.values(count, seed: seed)
            for (position, special) in [Float.nan, .infinity, -.infinity, -0.0, 0, Float(bitPattern: 713)].enumerated()
            {
                let place = (position * 37 + seed) % 211
                if place < count { values[place] = special }
            }
            return .float32(values)
        }

        private let mixture = ScalarProgram(inputs: [.real, .real], scalars: [.real]) { x, s in
            let product = Scalar(x[0]) * Scalar(x[1]) + Scalar(s[0])
            let tangent = ScalarExpression(.tanh, [x[1]])
            let isLess = ScalarExpression(.less, [x[0], x[1]])
            return [product.expression, ScalarExpression(.select, [isLess, product.expression, tangent])]
        }

        @Test(arguments: [1, 2, 15, 16, 17, 255, 256, 257, 1023, 1024, 1025, 8191, 8192, 8193, 40_009])
        func mapsOfEveryLength(_ count: Int) throws {
            let inputs = [Self.reals(count, seed: 1), Self.reals(count, seed: 2)]
            try expectEqualBits("\(count)", inputs, resultTypes: [.float32, .float32], resultCount: count) {
                backend, operands, outputs in
                try backend.map(
                    mixture, inputs: operands.map { StridedView($0, shape: [count]) }, scalars: [0.3],
                    outputs: outputs.map { StridedView($0, shape: [count]) })
            }
        }

        /// Rows of `columns` elements, the first operand transposed and the second repeated for each row, so that blocks take
        /// several rows.
        @Test(arguments: [(1, 1), (3, 1), (300, 1), (70, 3), (17, 15), (9, 16), (40, 17), (5, 255), (3, 256), (3, 257)])
        func rowsOfEveryLength(_ shape: (rows: Int, columns: Int)) throws {
            let (rows, columns) = shape
            let inputs = [Self.reals(rows * columns, seed: 3), Self.reals(columns, seed: 4)]
            try expectEqualBits("\(shape)", inputs, resultTypes: [.float32, .float32], resultCount: rows * columns) {
                backend, operands, outputs in
                try backend.map(
                    mixture,
                    inputs: [
                        StridedView(operands[0], shape: [rows, columns], strides: [1, rows]),
                        StridedView(operands[1], shape: [rows, columns], strides: [0, 1]),
                    ], scalars: [-2], outputs: outputs.map { StridedView($0, shape: [rows, columns]) })
            }
        }

        @Test("positions and random numbers of several rows in a block")
        func positions() throws {
            let program = ScalarProgram(inputs: [.real], scalars: [.integer, .integer, .integer, .integer]) { x, s in
                [ScalarExpression(.index, []), ScalarExpression(.randomBits, s, payload: 5), x[0]]
            }
            try expectEqualBits(
                "positions", [Self.reals(60, seed: 5)], resultTypes: [.int32, .int32, .float32], resultCount: 600
            ) { backend, operands, outputs in
                try backend.map(
                    program, inputs: [StridedView(operands[0], shape: [10, 3, 20], strides: [0, 20, 1])],
                    scalars: [1, -2, 3, 4],
                    outputs: outputs.map { StridedView($0, shape: [10, 3, 20], strides: [20, 200, 1]) })
            }
        }

        @Test("programs with more values at a time, constants, or operands than the interpreter has places for")
        func programsThatAreTooLarge() throws {
            let manyValues = ScalarProgram(inputs: [.real]) { x, _ in
                // Summed forwards and backwards, so that all are needed to the end.
                let terms = (1...40).map { Scalar(x[0]) * Scalar(Double($0)) }
                let forwards = terms.reduce(Scalar(0.5)) { $0 + $1 }
                return [terms.reversed().reduce(forwards) { $0 * Scalar(0.5) - $1 }.expression]
            }
            let manyConstants = ScalarProgram(inputs: [.real]) { x, _ in
                [(1...90).reduce(Scalar(x[0])) { $0 + Scalar(Double($1) / 7) }.expression]
            }
            for program in [manyValues, manyConstants] {
                try expectEqualBits("large", [Self.reals(70, seed: 6)], resultTypes: [.float32], resultCount: 70) {
                    backend, operands, outputs in
                    try backend.map(
                        program, inputs: [StridedView(operands[0], shape: [70])], scalars: [],
                        outputs: [StridedView(outputs[0], shape: [70])])
                }
            }
            let manyInputs = ScalarProgram(inputs: [ScalarType](repeating: .real, count: 13)) { x, _ in
                [x.dropFirst().reduce(Scalar(x[0])) { $0 - Scalar($1) }.expression]
            }
            let arrays = (0..<13).map { Self.reals(33, seed: $0) }
            try expectEqualBits("13 inputs", arrays, resultTypes: [.float32], resultCount: 33) {
                backend, operands, outputs in
                try backend.map(
                    manyInputs, inputs: operands.map { StridedView($0, shape: [33]) }, scalars: [],
                    outputs: [StridedView(outputs[0], shape: [33])])
            }
        }

        /// Every reduction of [outer, length, inner] with a program before it, along rows and across.
        @Test(arguments: Reduction.allCases)
        func reductions(_ reduction: Reduction) throws {
            let shapes = [
                (1, 1, 1), (3, 10, 1), (2, 63, 1), (2, 64, 1), (2, 65, 1), (1, 255, 1), (1, 4095, 1), (3, 4096, 1),
                (2, 4097, 1),
                (1, 9000, 1), (2, 3, 2), (1, 255, 15), (2, 256, 16), (1, 257, 17), (1, 513, 250), (2, 600, 3),
                (1, 5, 257),
                (1, 2, 600),
            ]
            let real = ScalarProgram(inputs: [.real, .real]) { x, _ in [(Scalar(x[0]) - Scalar(x[1])).expression] }
            let integer = ScalarProgram(inputs: [.integer]) { x, _ in
                [ScalarExpression(.integerMultiply, [x[0], x[0]])]
            }
            for (outer, length, inner) in shapes {
                let count = outer * length * inner
                let descriptor = ReduceDescriptor(
                    reduction, outer: outer, length: length, inner: inner, prologue: real)
                let type: ElementType = reduction.givesIndex ? .int32 : .float32
                try expectEqualBits(
                    "\(reduction) of \(outer), \(length), \(inner)",
                    [Self.reals(count, seed: 7), Self.reals(length * inner, seed: 8)], resultTypes: [type],
                    resultCount: outer * inner
                ) { backend, operands, outputs in
                    try backend.reduce(
                        descriptor,
                        inputs: [
                            StridedView(operands[0], shape: [outer, length, inner]),
                            StridedView(operands[1], shape: [outer, length, inner], strides: [0, inner, 1]),
                        ], scalars: [], output: StridedView(outputs[0], shape: [outer, inner]))
                }
                let integers = ReduceDescriptor(
                    reduction, outer: outer, length: length, inner: inner, prologue: integer)
                let values = (0..<count).map { Int32(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
                try expectEqualBits(
                    "\(reduction) of integers \(outer), \(length), \(inner)", [.int32(values)], resultTypes: [.int32],
                    resultCount: outer * inner
                ) { backend, operands, outputs in
                    try backend.reduce(
                        integers, inputs: [StridedView(operands[0], shape: [outer, length, inner])], scalars: [],
                        output: StridedView(outputs[0], shape: [outer, inner]))
                }
            }
        }

        @Test("a sum of negative zeros over several blocks of rows is a zero with the loop's sign")
        func negativeZeros() throws {
            for length in [1, 256, 257, 600] {
                try expectEqualBits(
                    "\(length)", [.float32([Float](repeating: -0.0, count: length * 3))], resultTypes: [.float32],
                    resultCount: 3
                ) { backend, operands, outputs in
                    try backend.reduce(
                        ReduceDescriptor(.sum, outer: 1, length: length, inner: 3, prologue: nil),
                        inputs: [StridedView(operands[0], shape: [1, length, 3])], scalars: [],
                        output: StridedView(outputs[0], shape: [1, 3]))
                }
            }
        }

        @Test("threads that wait are not held up by launches of others that are held back")
        func heldBackLaunches() throws {
            for (_, backend) in try Self.backends.get() {
                let program = ScalarProgram(inputs: [.real]) { x, _ in [(Scalar(x[0]) + 1).expression] }
                let failures = Mutex(0)
                DispatchQueue.concurrentPerform(iterations: 4) { thread in
                    do {
                        var buffer = try backend.upload(.float32([Float(thread)]))
                        for step in 1...300 {
                            let next = try backend.allocate(.float32, count: 1)
                            try backend.map(
                                program, inputs: [StridedView(buffer, shape: [1])], scalars: [],
                                outputs: [StridedView(next, shape: [1])])
                            buffer = next
                            if step % (3 + thread) == 0 {
                                let value = try backend.download(buffer, offset: 0, count: 1)
                                if value != .float32([Float(thread + step)]) { failures.withLock { $0 += 1 } }
                            }
                            if step % 50 == 0 { try backend.synchronize() }
                        }
                    } catch {
                        failures.withLock { $0 += 1 }
                    }
                }
                #expect(failures.withLock { $0 } == 0)
            }
        }
    }
#endif
