#if OpenCL
    import Testing
    import UnloopBackend
    import UnloopConformance
    import UnloopLoop
    import UnloopOpenCL

    /// What devices can have less of than this one. Results are the same, or an error says what does not fit.
    @Suite struct LimitTests {
        struct Limit: Sendable, CustomTestStringConvertible {
            let name: String
            let deviceClass: OpenCLDevice.Class
            let change: @Sendable (inout OpenCLDevice) -> Void

            var testDescription: String { "\(name), \(deviceClass)" }
        }

        private static let limits: [Limit] = {
            let changes: [(String, @Sendable (inout OpenCLDevice) -> Void)] = [
                ("no local memory", { $0.localMemory = 0 }),
                ("little local memory", { $0.localMemory = 4096 }),
                (
                    "work-groups of one item",
                    {
                        $0.maximumWorkGroupSize = 1
                        $0.maximumWorkItemSizes = [1, 1, 1]
                    }
                ),
                ("work-groups of 32 items", { $0.maximumWorkGroupSize = 32 }),
                ("three groups along other axes", { $0.maximumGroups = 3 }),
                ("one unit", { $0.computeUnits = 1 }), ("vectors of one", { $0.vectorWidth = 1 }),
                ("the fewest parameters of OpenCL 1.2", { $0.maximumParameterBytes = 1024 }),
                ("parameters that are not told", { $0.maximumParameterBytes = 0 }),
            ]
            return changes.flatMap { name, change in
                OpenCLDevice.Class.allCases.map { Limit(name: name, deviceClass: $0, change: change) }
            }
        }()

        @Test("a sample of all operations has the loop's bits", arguments: limits)
        func operationsHaveTheLoopsBits(limit: Limit) throws {
            var device = try anyDevice()
            limit.change(&device)
            let backend = try OpenCLBackend(
                device: device, forcedClass: limit.deviceClass, interpretedElements: 0, cache: nil)
            for family in OperationCase.Family.allCases {
                let cases = ConformanceSuite.cases(of: family, upTo: .tiny)
                for number in stride(from: 0, to: cases.count, by: max(1, cases.count / 3)) {
                    let work = cases[number]
                    let expected = try work.run(on: LoopBackend.shared)
                    do throws(BackendError) {
                        let found = try Self.found(work, on: backend)
                        #expect(Comparison.bitDifference(expected: expected, actual: found) == nil, "\(work.name)")
                    } catch .unsupported(_, _, let reason) {
                        // Panels are for CPUs, which have no such limit.
                        #expect(limit.deviceClass == .cpuLike && reason.contains("groups"), "\(work.name): \(reason)")
                    }
                }
            }
        }

        private static func found(_ work: OperationCase, on backend: any Backend) throws(BackendError) -> [HostArray] {
            do { return try work.run(on: backend) } catch let error as BackendError { throw error } catch {
                throw .unsupported(device: backend.name, operation: work.name, reason: "\(error)")
            }
        }

        /// Many arrays in one formula: their layout is more than the parameters of a kernel hold.
        @Test(arguments: OpenCLDevice.Class.allCases, [20, 30, 60])
        func formulasOfManyArrays(deviceClass: OpenCLDevice.Class, count: Int) throws {
            let backend = try OpenCLBackend(device: anyDevice(), forcedClass: deviceClass, cache: nil)
            let program = ScalarProgram(inputs: [ScalarType](repeating: .real, count: count)) { inputs, _ in
                [inputs.dropFirst().reduce(Scalar(inputs[0])) { $0 * 0.5 + Scalar($1) }.expression]
            }
            func results(_ backend: any Backend) throws -> [HostArray] {
                let shape: Dimensions = [2, 35, 3]
                let views = try (0..<count).map { number in
                    let values = (0..<210).map { Float(($0 * 31 + number * 17) % 101) / 7 }
                    return StridedView(try backend.upload(.float32(values)), shape: shape)
                }
                let mapped = try backend.allocate(.float32, count: 210)
                try backend.map(program, inputs: views, scalars: [], outputs: [StridedView(mapped, shape: shape)])
                let sums = try backend.allocate(.float32, count: 6)
                try backend.reduce(
                    ReduceDescriptor(.sum, outer: 2, length: 35, inner: 3, prologue: program), inputs: views,
                    scalars: [], output: StridedView(sums, shape: [2, 3]))
                return [
                    try backend.download(mapped, offset: 0, count: 210),
                    try backend.download(sums, offset: 0, count: 6),
                ]
            }
            #expect(try results(backend) == results(LoopBackend.shared))
        }

        @Test("more arrays than a kernel's parameters can name are refused with a reason")
        func tooManyArraysAreRefused() throws {
            var device = try anyDevice()
            device.maximumParameterBytes = 1024
            let backend = try OpenCLBackend(device: device, cache: nil)
            let count = 140
            let program = ScalarProgram(inputs: [ScalarType](repeating: .real, count: count)) { inputs, _ in
                [inputs.dropFirst().reduce(Scalar(inputs[0])) { $0 + Scalar($1) }.expression]
            }
            let ones = StridedView(try backend.upload(.float32([1, 1])), shape: [2])
            let output = StridedView(try backend.allocate(.float32, count: 2), shape: [2])
            let error = #expect(throws: BackendError.self) {
                try backend.map(
                    program, inputs: [StridedView](repeating: ones, count: count), scalars: [], outputs: [output])
            }
            guard case .unsupported(_, _, let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("bytes of parameters") && reason.contains("1024"))
        }

        /// One element that is seen as many: more than 32 bits count.
        @Test(
            "views of more elements than 32 bits count are reduced or refused", arguments: OpenCLDevice.Class.allCases)
        func hugeViews(deviceClass: OpenCLDevice.Class) throws {
            let backend = try OpenCLBackend(device: anyDevice(), forcedClass: deviceClass, cache: nil)
            let one = try backend.upload(.int32([1]))
            func sum(_ outer: Int, _ length: Int, _ inner: Int) throws -> Int32? {
                let output = try backend.allocate(.int32, count: outer * inner)
                try backend.reduce(
                    ReduceDescriptor(.sum, outer: outer, length: length, inner: inner),
                    inputs: [StridedView(one, shape: [outer, length, inner], strides: [0, 0, 0])], scalars: [],
                    output: StridedView(output, shape: [outer, inner]))
                return try backend.integers(output).first
            }
            // Three levels of chunks.
            #expect(try sum(1, 4096 * 4096 + 5, 1) == 4096 * 4096 + 5)
            #expect(try sum(1, 300_000, 3) == 300_000)
            for (outer, length, inner) in [(1, 1 << 31, 1), (1, 1 << 40, 1), (1, 1 << 33, 2)] {
                let error = #expect(throws: BackendError.self) { _ = try sum(outer, length, inner) }
                guard case .unsupported(_, "reduce", let reason) = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
                #expect(reason.contains("32 bits"))
            }
        }

        @Test("positions and rows of a sum that are not counted in 32 bits are refused", arguments: [0, 1])
        func hugeScatter(which: Int) throws {
            let backend = try OpenCLBackend(device: anyDevice(), forcedClass: .gpuLike, cache: nil)
            let one = try backend.upload(.float32([1]))
            let (rows, count) = which == 0 ? (1 << 31, 1) : (1, 1 << 31)
            let error = #expect(throws: BackendError.self) {
                try backend.scatterAdd(
                    GatherDescriptor(outer: 1, rows: rows, inner: 1, count: count),
                    source: StridedView(one, shape: [1, count, 1], strides: [0, 0, 0]),
                    indices: StridedView(backend.upload(.int32([0])), shape: [count], strides: [0]),
                    output: StridedView(backend.upload(.float32([7])), shape: [1, rows, 1], strides: [0, 0, 0]))
            }
            #expect(String(describing: error).contains("not counted in 32 bits"))
        }

        @Test("launches beyond what a device counts never reach the driver")
        func launchesAreChecked() throws {
            var device = try anyDevice()
            device.maximumGroups = 4
            let backend = try OpenCLBackend(device: device, cache: nil)
            let kernel = try backend.fillKernel()
            let target = try #require(try backend.upload(.int32([3])) as? OpenCLBuffer)
            for groups in [[1 << 31], [1, 5], [1, 1, 5]] {
                let error = #expect(throws: BackendError.self) {
                    try backend.queue.launch(
                        kernel, operation: "fill",
                        LaunchRange(groups: groups, localSize: groups.map { _ in 1 }),
                        [.buffer(target), .int(1), .int(4)])
                }
                #expect(String(describing: error).contains("groups"))
            }
            #expect(try backend.integers(target) == [3])
        }
    }
#endif
