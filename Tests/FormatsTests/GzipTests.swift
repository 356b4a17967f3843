#if Formats
    import Foundation
    import Testing
    import UnloopBackend
    import UnloopData
    import UnloopFormats

    @Suite struct GzipTests {
        let directory: TemporaryDirectory
        init() throws { directory = try TemporaryDirectory() }

        @Test func filesThatPythonWrote() throws {
            let golden = try GoldenArchives.values.get().gzip
            #expect(golden.count >= 6)
            for one in golden {
                #expect(try GzipFile(path: directory.write(one.file)).content == [UInt8](one.content), "\(one.name)")
            }
        }

        @Test func everyPrefixAndWhatFollowsIsRefused() throws {
            for one in try GoldenArchives.values.get().gzip {
                let bytes = [UInt8](one.file)
                for length in 0..<bytes.count {
                    let error = dataError { () throws(DataError) in
                        try GzipFile(bytes: Array(bytes[..<length]), name: "prefix")
                    }
                    // Whole members are a file.
                    if error == nil { #expect(one.name == "members", "\(one.name), \(length) bytes") }
                }
                for rest: [UInt8] in [
                    [0], [0x1f], [0x1f, 0x8b], Array("more".utf8), [UInt8](repeating: 0, count: 600),
                ] {
                    let error = dataError { () throws(DataError) in try GzipFile(bytes: bytes + rest, name: "more") }
                    guard case .malformed("more", "gzip", _) = error else {
                        Issue.record("\(one.name), \(rest.count) bytes follow: \(String(describing: error))")
                        continue
                    }
                }
            }
        }

        @Test func checksAndLengthsAreHeldToTheContent() throws {
            let golden = try GoldenArchives.values.get().gzip
            let bytes = [UInt8](try #require(golden.first { $0.name == "plain" }).file)
            for position in bytes.count - 8..<bytes.count {
                var changed = bytes
                changed[position] ^= 4
                guard
                    case .malformed(_, "gzip", let reason) = dataError({ () throws(DataError) in
                        try GzipFile(bytes: changed)
                    })
                else {
                    Issue.record("byte \(position) may be anything")
                    continue
                }
                #expect(reason == (position < bytes.count - 4 ? "incorrect data check" : "incorrect length check"))
            }
        }

        @Test func errorsSayWhatIsWrong() throws {
            func error(_ bytes: [UInt8], maximumBytes: Int = 1000) throws -> DataError? {
                let path = try directory.write(bytes)
                return dataError { () throws(DataError) in try GzipFile(path: path, maximumBytes: maximumBytes) }
            }
            let path = directory.path("file")
            let file = try GzipFile(content: [UInt8](repeating: 7, count: 1000)).data()
            #expect(try error(file) == nil)
            #expect(
                try error(file, maximumBytes: 999)
                    == .unsupported(
                        file: path, what: "more than 999 bytes when decompressed",
                        remedy: "read it with a larger `maximumBytes` if it is no trap"))
            #expect(
                try error([])
                    == .malformed(file: path, format: "gzip", reason: "0 bytes are less than a header and a check"))
            #expect(
                try error(file.dropLast(1))
                    == .malformed(
                        file: path, format: "gzip",
                        reason: "it ends within its compressed data: copy or download it again"))
            #expect(
                try error(file + [1])
                    == .malformed(
                        file: path, format: "gzip",
                        reason: "what follows its last whole member is incomplete, or no gzip data"))
            #expect(try error(pngSignature + [UInt8](repeating: 0, count: 20))?.description.contains("PNG") == true)
            #expect {
                try GzipFile(path: directory.path("absent"))
            } throws: {
                if case .unreadable? = $0 as? DataError { true } else { false }
            }
        }

        @Test func writtenFilesAreReadAgain() throws {
            let path = directory.path("file.gz")
            for count in [0, 1, 65_535, 65_536, 65_537, 1_000_000] {
                // Runs, and numbers without any order.
                var state: UInt32 = 1
                let content = (0..<count).map { place -> UInt8 in
                    state = state &* 1_664_525 &+ 1_013_904_223
                    return place / 4096 % 2 == 0 ? 5 : UInt8(truncatingIfNeeded: state >> 24)
                }
                for level in [0, 1, 6, 9] {
                    let file = GzipFile(content: content)
                    try file.write(to: path, level: level)
                    #expect(try GzipFile(path: path) == file)
                    #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))) == file.data(level: level))
                }
            }
            #expect(throws: DataError.self) { try GzipFile(content: []).write(to: directory.path("absent/file.gz")) }
        }

        @Test func compressedIDX() throws {
            let idx: [UInt8] = [0, 0, 8, 2] + bigEndian(2, 3) + [0, 1, 2, 253, 254, 255]
            let path = try directory.write(GzipFile(content: idx).data())
            let file = try IDXFile(gzip: path)
            #expect(file.shape == [2, 3] && file.elements == .int32([0, 1, 2, 253, 254, 255]))
            #expect { try IDXFile(path: path) } throws: { "\($0)".contains("IDXFile(gzip:)") }
            let short = try directory.write(GzipFile(content: idx.dropLast()).data())
            #expect(throws: DataError.truncated(file: short, expectedBytes: 18, actualBytes: 17)) {
                try IDXFile(gzip: short)
            }
        }
    }
#endif
