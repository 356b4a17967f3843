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

        @Test("a candidate that was found wrong is never chosen again, also by the next process")
        func exclusionsAreKept() throws {
            let device = try #require(try OpenCLBackend.devices().first)
            let cache = Self.temporaryCache()
            defer { try? FileManager.default.removeItem(at: cache.folder.deletingLastPathComponent()) }
            var table = TuningTable()
            table.record(Self.entry("matmul.nn", [64, 64, 64, 1], "wrong"))
            table.record(Self.entry("matmul.nn", [96, 64, 64, 1], "right"))
            table.exclude("wrong", for: "matmul.nn")
            #expect(table.entries.map(\.choice) == ["right"])
            table.record(Self.entry("matmul.nn", [64, 64, 64, 1], "wrong"))
            #expect(table.choice("matmul.nn", sizes: [64, 64, 64, 1]) == "right")
            #expect(table.isExcluded("wrong", for: "matmul.nn") && !table.isExcluded("wrong", for: "matmul.nt"))
            let file = try #require(TuningFile(beside: cache, device))
            try file.store(table)
            #expect(file.load() == table)
            // Files from before there were exclusions are read too.
            let text = try String(contentsOf: file.url, encoding: .utf8)
            let json = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            var contents = json
            var inner = try #require(json["table"] as? [String: Any])
            inner["exclusions"] = nil
            contents["table"] = inner
            try JSONSerialization.data(withJSONObject: contents).write(to: file.url)
            #expect(file.load()?.exclusions == [])
        }

        @Test("products avoid tiles that were excluded, and keep their bits")
        func excludedTilesAreAvoided() throws {
            let device = try #require(try OpenCLBackend.devices().first)
            let backend = try OpenCLBackend(device: device, forcedClass: .gpuLike, cache: nil)
            var table = TuningTable()
            for tile in OpenCLBackend.untunedTileNames.dropLast() { table.exclude(tile, for: "matmul.nt") }
            backend.tuning.table = table
            let problem = Self.problem
            func result(_ backend: any Backend) throws -> HostArray {
                func operand(_ count: Int) throws -> Buffer {
                    try backend.upload(.float32((0..<count).map { Float(($0 &* 40_503) % 997) / 64 - 7 }))
                }
                let target = try backend.allocate(.float32, count: problem.counts.result)
                try problem.run(on: backend, operand(problem.counts.first), operand(problem.counts.second), target)
                return try backend.download(target, offset: 0, count: problem.counts.result)
            }
            #expect(try result(backend) == result(LoopBackend.shared))
        }

        @Test("a limit that no clock reaches is no overflow")
        func endlessLimits() throws {
            let device = try #require(try OpenCLBackend.devices().first)
            let backend = try OpenCLBackend(device: device, forcedClass: .gpuLike)
            try Tuner(backend, reference: LoopBackend.shared).run([], timeLimit: .seconds(Int64.max)) { _ in
            } report: { _, _ in
            }
        }
    }
#endif
