#if OpenCL
    import Foundation
    import Testing
    import UnloopBackend
    import UnloopLoop
    import UnloopOpenCL

    @Suite struct TuningTests {
        private static func entry(_ operation: String, _ sizes: [Int], _ choice: String) -> TuningTable.Entry {
            TuningTable.Entry(
                operation: operation, sizes: sizes, choice: choice, nanoseconds: 1, untunedNanoseconds: 2)
        }

        @Test func theMostSimilarSizesDecide() {
            var table = TuningTable()
            #expect(table.choice("matmul.nn", sizes: [64, 64, 64, 1]) == nil)
            table.record(Self.entry("matmul.nn", [64, 64, 64, 1], "small"))
            table.record(Self.entry("matmul.nn", [1024, 1024, 1024, 1], "large"))
            table.record(Self.entry("matmul.nt", [64, 64, 64, 1], "other layout"))
            #expect(table.choice("matmul.nn", sizes: [100, 64, 50, 1]) == "small")
            #expect(table.choice("matmul.nn", sizes: [700, 900, 1024, 1]) == "large")
            #expect(table.choice("matmul.nn", sizes: [0, 64, 64, 1]) == nil, "nothing empty is similar to 64")
            #expect(table.choice("matmul.nn", sizes: [64, 64, 64]) == nil, "other kinds of sizes are not compared")
            #expect(table.choice("matmul.tt", sizes: [64, 64, 64, 1]) == nil)
            table.record(Self.entry("matmul.nn", [64, 64, 64, 1], "better"))
            #expect(table.entries.count == 3)
            #expect(table.choice("matmul.nn", sizes: [64, 64, 64, 1]) == "better")
        }

        private static func temporaryCache() -> ProgramDiskCache {
            let name = "unloop-tuning-\(UUID().uuidString)"
            return ProgramDiskCache(
                folder: FileManager.default.temporaryDirectory.appendingPathComponent(name).appendingPathComponent(
                    "opencl"))
        }

        /// A new backend reads what was stored for its device; damaged files, and those of other devices, count as none.
        @Test func tablesAreKeptForTheirDevice() throws {
            let device = try #require(try OpenCLBackend.devices().first)
            let cache = Self.temporaryCache()
            defer { try? FileManager.default.removeItem(at: cache.folder.deletingLastPathComponent()) }
            let file = try #require(TuningFile(beside: cache, device))
            #expect(file.load() == nil)
            var table = TuningTable()
            table.record(Self.entry("matmul.nn", [64, 64, 64, 1], "x"))
            try file.store(table)
            #expect(file.load() == table)
            #expect(try OpenCLBackend(device: device, cache: cache).tuning.table == table)

            let whole = try Data(contentsOf: file.url)
            try whole.dropLast(whole.count / 2).write(to: file.url)
            #expect(file.load() == nil)
            #expect(try OpenCLBackend(device: device, cache: cache).tuning.table == TuningTable())
            let text = String(decoding: whole, as: UTF8.self)
            try Data(text.replacing(device.driverVersion, with: "another").utf8).write(to: file.url)
            #expect(file.load() == nil)
        }

        private static let problem = TuningProblem.product([96, 80, 70], layout: 2)

        /// Tuning finds one of the candidates or stays with the rule, and results keep their bits.
        @Test(arguments: OpenCLDevice.Class.allCases) func candidatesAreMeasured(deviceClass: OpenCLDevice.Class) throws
        {
            let device = try #require(try OpenCLBackend.devices().first)
            let backend = try OpenCLBackend(device: device, forcedClass: deviceClass)
            backend.tuning.table = TuningTable()
            // Packing, which is what is tuned on CPUs, pays for large products only.
            let problem = deviceClass == .gpuLike ? Self.problem : TuningProblem.product([256, 256, 256], layout: 0)
            var steps: [Tuner.Step] = []
            var reports: [Tuner.Report] = []
            try Tuner(backend, reference: LoopBackend.shared).run([problem], timeLimit: .seconds(600)) {
                steps.append($0)
            } report: { report, table in
                reports.append(report)
                #expect(table.entries.count == (report.choice == nil ? 0 : 1))
                #expect(table.entries.first?.choice == report.choice)
            }
            let report = try #require(reports.first)
            #expect(reports.count == 1 && report.wrong.isEmpty && report.times.count > 1)
            #expect(report.nanoseconds <= report.untunedNanoseconds)
            #expect(steps.count == 1 + report.times.count + report.refused.count)
            #expect(Set(report.times.map(\.candidate)).count == report.times.count)
        }

        /// Where results are not those expected, nothing is chosen.
        @Test func wrongBitsAreNoticed() throws {
            let device = try #require(try OpenCLBackend.devices().first)
            let backend = try OpenCLBackend(device: device, forcedClass: .gpuLike)
            let tuner = Tuner(backend) { problem, _, _ in
                .float32([Float](repeating: 0, count: problem.counts.result))
            }
            #expect(throws: BackendError.self) {
                try tuner.run([Self.problem], timeLimit: .seconds(600)) { _ in
                } report: { _, _ in
                    Issue.record("a table was made of wrong results")
                }
            }
        }

        @Test func nothingIsMeasuredWithoutTime() throws {
            let device = try #require(try OpenCLBackend.devices().first)
            let backend = try OpenCLBackend(device: device, forcedClass: .gpuLike)
            try Tuner(backend, reference: LoopBackend.shared).run([Self.problem], timeLimit: .zero) { _ in
                Issue.record("something was tried")
            } report: { _, _ in
                Issue.record("something was measured")
            }
        }
    }
#endif
