#if OpenCL
    import Foundation
    import Testing
    import UnloopBackend
    import UnloopOpenCL

    @Suite struct ProgramCacheTests {
        /// The programs in a folder, beside which proofs are kept.
        private func cache(in folder: URL) -> ProgramDiskCache {
            ProgramDiskCache(folder: folder.appendingPathComponent("opencl"))
        }

        private func files(in folder: TemporaryFolder) throws -> [URL] {
            try FileManager.default.contentsOfDirectory(
                at: cache(in: folder.url).folder, includingPropertiesForKeys: nil)
        }

        /// Opens the device anew, so that nothing is in memory, and runs one kernel.
        private func run(_ folder: URL) throws -> BackendStatistics {
            let backend = try OpenCLBackend(device: anyDevice(), cache: cache(in: folder))
            let output = try backend.upload(.int32([0, 0, 0]))
            let target = try #require(output as? OpenCLBuffer)
            for value in [Int32(5), 7] {
                try backend.queue.launch(
                    backend.fillKernel(), operation: "fill", LaunchRange(groups: 3),
                    [.buffer(target), .int(3), .int(value)])
                #expect(try backend.integers(output) == [value, value, value])
            }
            return backend.statistics
        }

        @Test func buildsOnceThenLoads() throws {
            let folder = try TemporaryFolder()
            let first = try run(folder.url)
            #expect(first.programsBuilt == 1 && first.programsFromDisk == 0 && first.programsFromMemory == 1)
            #expect(first.buildNanoseconds > 0)
            let second = try run(folder.url)
            #expect(second.programsBuilt == 0 && second.programsFromDisk == 1 && second.programsFromMemory == 1)
            // The program by which the device proves itself, and this one.
            #expect(try files(in: folder).count == 2)
        }

        @Test(
            "a damaged file is a miss and is written anew",
            arguments: [
                "first byte", "version", "length", "key", "checksum", "payload", "last byte", "truncated", "empty",
            ])
        func damagedFiles(_ damage: String) throws {
            let folder = try TemporaryFolder()
            _ = try OpenCLBackend(device: anyDevice(), cache: cache(in: folder.url))
            let proofs = try files(in: folder).map(\.lastPathComponent)
            _ = try run(folder.url)
            let file = try #require(try files(in: folder).first { !proofs.contains($0.lastPathComponent) })
            let intact = try Data(contentsOf: file)
            var bytes = [UInt8](intact)
            switch damage {
            case "first byte": bytes[0] ^= 1
            case "version": bytes[8] ^= 1
            case "length": bytes[12] ^= 1
            case "key": bytes[20] ^= 1
            case "checksum": bytes[52] ^= 1
            case "payload": bytes[bytes.count / 2] ^= 0x10
            case "last byte": bytes[bytes.count - 1] ^= 1
            case "truncated": bytes.removeLast(bytes.count / 3)
            default: bytes = []
            }
            try Data(bytes).write(to: file)
            #expect(try run(folder.url).programsBuilt == 1)
            // Not compared with the intact file: PoCL's binaries also hold what other runs have compiled meanwhile.
            #expect(try Data(contentsOf: file) != Data(bytes))
            #expect(try run(folder.url).programsFromDisk == 1)
        }

        @Test func aFolderThatCannotBeWrittenIsNoError() throws {
            let folder = try TemporaryFolder()
            let obstacle = folder.url.appendingPathComponent("file")
            try Data([1]).write(to: obstacle)
            let statistics = try run(obstacle.appendingPathComponent("below"))
            #expect(statistics.programsBuilt == 1)
            #expect(try run(obstacle.appendingPathComponent("below")).programsBuilt == 1)
        }

        @Test func anotherFilesContentIsAMiss() throws {
            let folder = try TemporaryFolder()
            let cache = ProgramDiskCache(folder: folder.url)
            let (one, two) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
            cache.store([1, 2, 3], one)
            #expect(cache.load(one) == [1, 2, 3])
            try FileManager.default.copyItem(at: cache.file(one), to: cache.file(two))
            #expect(cache.load(two) == nil)
        }

        @Test func theFolderFollowsTheEnvironment() throws {
            func path(_ environment: [String: String]) throws -> String? {
                try ProgramDiskCache.standard(environment: environment)?.folder.path
            }
            #expect(try path(["UNLOOP_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"]) == "/a/opencl")
            #expect(try path(["XDG_CACHE_HOME": "/b", "HOME": "/c"]) == "/b/unloop/opencl")
            #expect(try path(["HOME": "/c"]) == "/c/.cache/unloop/opencl")
            #expect(try path([:]) == nil)
            #expect(try path(["HOME": ""]) == nil)
            #expect(try path(["HOME": "/"]) == nil)
            #expect(try path(["UNLOOP_CACHE_DIR": "", "HOME": "/c"]) == "/c/.cache/unloop/opencl")
            #expect(try path(["HOME": "/c", "UNLOOP_CACHE_LIMIT": "0"]) == nil)
        }

        @Test("files beyond the limit are removed, those first that were not used for longest")
        func theDiskCacheKeepsItsLimit() throws {
            let folder = try TemporaryFolder()
            let cache = ProgramDiskCache(folder: folder.url, limit: 10_000)
            func key(_ number: Int) -> [UInt8] { [UInt8](repeating: UInt8(number), count: 32) }
            for number in 0..<9 {
                cache.store([UInt8](repeating: 7, count: 1000), key(number))
                // Times of files, so that they differ: the first is the one that was used last.
                let time = Date(timeIntervalSince1970: 1_000_000 + Double(number == 0 ? 100 : number))
                try FileManager.default.setAttributes(
                    [.modificationDate: time], ofItemAtPath: cache.file(key(number)).path)
            }
            #expect(cache.byteCount <= 10_000 && cache.byteCount > 9000)
            cache.store([UInt8](repeating: 7, count: 1000), key(9))
            #expect(cache.byteCount <= 7500)
            #expect(cache.load(key(0)) != nil && cache.load(key(9)) != nil)
            #expect(cache.load(key(1)) == nil && cache.load(key(2)) == nil)
            cache.store([UInt8](repeating: 7, count: 20_000), key(10))
            #expect(cache.load(key(10)) == nil && cache.byteCount <= 7500)
        }

        @Test("what is used is kept, what was not used for longest is forgotten")
        func recentlyUsedEntriesStay() {
            var cache = RecentlyUsed<Int, String>(limit: 8)
            for key in 0..<100 {
                cache[key] = "\(key)"
                _ = cache[3]
                #expect(cache.count <= 8)
                #expect(cache[key] == "\(key)")
            }
            #expect(cache[3] == "3" && cache[50] == nil)
            cache[3] = nil
            #expect(cache[3] == nil)
            var one = RecentlyUsed<Int, Int>(limit: 1)
            one[1] = 1
            one[2] = 2
            #expect(one[2] == 2 && one.count == 1)
        }

        @Test("programs are bounded, and those that were forgotten are built anew with the same results")
        func programsAreBounded() throws {
            let backend = try OpenCLBackend(
                device: anyDevice(), forcedClass: .gpuLike, programLimit: 4, cache: nil)
            let input = StridedView(try backend.upload(.float32([1, 2, 3])), shape: [3])
            let output = StridedView(try backend.allocate(.float32, count: 3), shape: [3])
            for _ in 0..<2 {
                for addend in 0..<6 {
                    let program = ScalarProgram { x in x + Scalar(Double(addend)) }
                    try backend.map(program, inputs: [input], scalars: [], outputs: [output])
                    let offset = Float(addend)
                    #expect(try backend.floats(output.buffer) == [1 + offset, 2 + offset, 3 + offset])
                    #expect(backend.statistics.programsKept <= 4)
                }
            }
        }

        @Test("formulas that are interpreted are bounded")
        func interpretedFormulasAreBounded() throws {
            let backend = try OpenCLBackend(device: anyDevice(), forcedClass: .cpuLike, cache: nil)
            let input = StridedView(try backend.upload(.float32([1])), shape: [1])
            let output = StridedView(try backend.allocate(.float32, count: 1), shape: [1])
            let limit = OpenCLBackend.interpreterProgramLimit
            for number in 0..<2 * limit {
                let program = ScalarProgram { x in x + Scalar(Double(number)) }
                try backend.map(program, inputs: [input], scalars: [], outputs: [output])
                if number % 1000 == 0 { #expect(try backend.floats(output.buffer) == [1 + Float(number)]) }
            }
            #expect(backend.statistics.programsKept <= limit + 2)
            #expect(backend.statistics.bytesInUse < limit * 1024)
        }

        @Test("threads that want other programs do not wait for one that is compiled")
        func onlyThoseWaitWhoWantTheProgram() async throws {
            let backend = try OpenCLBackend(device: anyDevice(), cache: nil)
            _ = try backend.fillKernel()
            let started = DispatchSemaphore(value: 0)
            let found = DispatchSemaphore(value: 0)
            // The first thread's source comes only after the second has found its program: with one lock for all it never would.
            let first = Thread {
                _ = try? backend.programs.kernel("other", key: "test.other") {
                    started.signal()
                    found.wait()
                    return ProgramSource(name: "other", text: "kernel void other(global int *x) { *x = 1; }")
                }
            }
            first.start()
            started.wait()
            _ = try backend.fillKernel()
            found.signal()
            _ = try backend.programs.kernel("other", key: "test.other") {
                ProgramSource(name: "other", text: "another thread makes it")
            }
        }
    }
#endif
