#if OpenCL
    import Foundation
    import Testing
    import UnloopBackend
    import UnloopOpenCL

    @Suite struct ProgramCacheTests {
        /// Opens the device anew, so that nothing is in memory, and runs one kernel.
        private func run(_ folder: URL) throws -> BackendStatistics {
            let backend = try OpenCLBackend(device: anyDevice(), cache: ProgramDiskCache(folder: folder))
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
            #expect(try folder.files.count == 1)
        }

        @Test(
            "a damaged file is a miss and is written anew",
            arguments: [
                "first byte", "version", "length", "key", "checksum", "payload", "last byte", "truncated", "empty",
            ])
        func damagedFiles(_ damage: String) throws {
            let folder = try TemporaryFolder()
            _ = try run(folder.url)
            let file = try #require(try folder.files.first)
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

        @Test func theFolderFollowsTheEnvironment() {
            func path(_ environment: [String: String]) -> String? {
                ProgramDiskCache.standard(environment: environment)?.folder.path
            }
            #expect(path(["UNLOOP_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"]) == "/a/opencl")
            #expect(path(["XDG_CACHE_HOME": "/b", "HOME": "/c"]) == "/b/unloop/opencl")
            #expect(path(["HOME": "/c"]) == "/c/.cache/unloop/opencl")
            #expect(path([:]) == nil)
        }
    }
#endif
