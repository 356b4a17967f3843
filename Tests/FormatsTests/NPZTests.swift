#if Formats
    import Foundation
    import Testing
    import UnloopBackend
    import UnloopData
    import UnloopFormats

    @Suite struct NPZTests {
        let directory: TemporaryDirectory
        init() throws { directory = try TemporaryDirectory() }

        @Test func archivesThatNumPyAndPythonWrote() throws {
            let golden = try GoldenArchives.values.get().npz
            #expect(golden.count >= 8)
            for one in golden {
                let archive = try NPZFile(path: directory.write(one.file))
                #expect(archive.names == one.arrays.map(\.name), "\(one.name)")
                for array in one.arrays {
                    let expected = try NPYFile(bytes: [UInt8](array.npy))
                    #expect(archive[array.name] == expected, "\(one.name): \(array.name)")
                }
                #expect(archive["absent"] == nil)
            }
        }

        @Test func someArraysAndOtherTypes() throws {
            let golden = try GoldenArchives.values.get().npz
            let path = try directory.write(try #require(golden.first { $0.name == "numpy.savez_compressed" }).file)
            let some = try NPZFile(path: path, only: ["doubles", "flags"], as: .float64)
            #expect(some.names == ["doubles", "flags"])
            #expect(some["doubles"]?.elements == .float64([0.1, -0.0]))
            #expect(some["flags"]?.elements == .float64([1, 0]))
            #expect {
                try NPZFile(path: path, only: ["flags", "weight"])
            } throws: {
                guard case .missing(path, "array `weight`", let available)? = $0 as? DataError else { return false }
                return available.contains("`weights`")
            }
        }

        private static let arrays: KeyValuePairs<String, NPYFile> = [
            "a": NPYFile(shape: [2, 3], elements: .float32([1, 2, 3, 4, 5, 6])),
            "Größe": NPYFile(shape: [2], elements: .int32([-7, 8])),
            "number": NPYFile(shape: [], elements: .float64([0.5])),
            "empty": NPYFile(shape: [0, 3], elements: .float32([])),
        ]

        /// NumPy reads them: Golden/make_formats.py holds that file to its arrays.
        @Test func writtenArchivesAreTheSame() throws {
            let path = directory.path("written.npz")
            try NPZFile(Self.arrays).write(to: path)
            let golden = try Data(contentsOf: goldenFolder.appendingPathComponent("written.npz"))
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == golden)
        }

        @Test func writtenArchivesAreReadAgain() throws {
            let path = directory.path("file.npz")
            let many = (0..<300).map {
                (key: "array \($0)", value: NPYFile(shape: [$0], elements: .int32((0..<Int32($0)).map { $0 / 7 })))
            }
            let large = [
                (key: "a", value: NPYFile(shape: [300_000], elements: .float32((0..<300_000).map { Float($0) })))
            ]
            // Float64 is read as float32 unless it is asked for.
            let usual = Self.arrays.filter { $0.value.element != .float64 }
            for archive in [NPZFile(usual), NPZFile([:]), NPZFile(many), NPZFile(large)] {
                for isCompressed in [false, true] {
                    try archive.write(to: path, isCompressed: isCompressed)
                    #expect(try NPZFile(path: path) == archive)
                }
            }
            #expect(throws: DataError.self) { try NPZFile(Self.arrays).write(to: directory.path("absent/file.npz")) }
        }

        @Test func arraysAreWrittenAsOtherTypes() throws {
            let path = directory.path("types.npz")
            let archive = NPZFile(Self.arrays)
            for isCompressed in [false, true] {
                try archive.write(to: path, isCompressed: isCompressed, as: ["a": .float16, "Größe": .int8])
                let read = try NPZFile(path: path)
                #expect(read["a"]?.element == .float16 && read["a"]?.elements == archive["a"]?.elements)
                #expect(read["Größe"]?.element == .int8 && read["Größe"]?.elements == archive["Größe"]?.elements)
                #expect(read["number"]?.element == .float64 && read["empty"]?.element == .float32)
            }
            let other = directory.path("absent.npz")
            #expect(
                throws: DataError.unsupported(
                    file: "\(other): Größe", what: "-7 at [0], beyond 0...255 of `u1`",
                    remedy: "write it as `i4`, or write other numbers")
            ) { try archive.write(to: other, as: ["Größe": .uint8]) }
            #expect(!FileManager.default.fileExists(atPath: other))
        }

        // MARK: Broken archives

        private func written(isCompressed: Bool) throws -> [UInt8] {
            let path = directory.path("whole.npz")
            try NPZFile(Self.arrays).write(to: path, isCompressed: isCompressed)
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        }

        private func error(_ bytes: [UInt8], maximumBytes: Int = 1 << 20) -> DataError? {
            dataError { () throws(DataError) in try NPZFile(bytes: bytes, name: "archive", maximumBytes: maximumBytes) }
        }

        @Test(arguments: [false, true])
        func everyPrefixIsRefused(isCompressed: Bool) throws {
            let bytes = try written(isCompressed: isCompressed)
            for length in 0..<bytes.count {
                #expect(error(Array(bytes[..<length])) != nil, "\(length) of \(bytes.count) bytes")
            }
            for one in try GoldenArchives.values.get().npz {
                let bytes = [UInt8](one.file)
                // Bytes may be missing from the comment only where its length says so too.
                for length in stride(from: 0, to: bytes.count, by: 7) {
                    #expect(error(Array(bytes[..<length])) != nil, "\(one.name), \(length) of \(bytes.count) bytes")
                }
            }
        }

        /// Bytes of the data are covered by a check; other bytes may be free, but none may end the process.
        @Test(arguments: [false, true])
        func changedBytesGiveArraysOrAnError(isCompressed: Bool) throws {
            let bytes = try written(isCompressed: isCompressed)
            let whole = try NPZFile(bytes: bytes)
            for position in bytes.indices {
                for bit in 0..<8 {
                    var changed = bytes
                    changed[position] ^= 1 << UInt8(bit)
                    let result = Result { try NPZFile(bytes: changed) }
                    guard case .success(let archive) = result else { continue }
                    // Names are not covered.
                    let values = archive.names.map { archive[$0] }
                    #expect(values == whole.names.map { whole[$0] }, "byte \(position), bit \(bit)")
                }
            }
        }

        /// The first place of a signature or of another piece.
        private func place(_ piece: [UInt8], in bytes: [UInt8]) throws -> Int {
            try #require(bytes.indices.first { bytes[$0...].starts(with: piece) })
        }

        private static let directoryEntry: [UInt8] = [0x50, 0x4b, 1, 2]

        @Test func errorsSayWhatIsWrong() throws {
            let bytes = try written(isCompressed: true)
            let first = try place(Self.directoryEntry, in: bytes)
            func changed(_ offset: Int, _ new: [UInt8], entry: Bool = false) -> [UInt8] {
                var result = bytes
                result.replaceSubrange(first + offset..<first + offset + new.count, with: new)
                if entry { result.replaceSubrange(8..<8 + new.count, with: new) }
                return result
            }
            // Flags at 8, method at 10, check at 16, name at 46.
            guard case .unsupported("archive: a.npy", "encrypted data", _) = error(changed(8, [1])) else {
                Issue.record("encrypted data are read")
                return
            }
            guard case .unsupported("archive: a.npy", let method, _) = error(changed(10, [12, 0], entry: true)) else {
                Issue.record("bzip2 is read")
                return
            }
            #expect(method.contains("method 12"))
            guard case .malformed("archive", "NPZ", _) = error(changed(10, [0, 0])) else {
                Issue.record("the headers may differ")
                return
            }
            #expect(
                error(changed(16, [0, 0, 0, 0]))
                    == .malformed(
                        file: "archive: a.npy", format: "NPZ",
                        reason: "its bytes have another check than it was compressed with"))
            guard case .unsupported("archive", let name, _) = error(changed(46, [0xff])) else {
                Issue.record("a name that is no text is read")
                return
            }
            #expect(name.contains("UTF-8"))
            #expect(
                error(bytes, maximumBytes: 500)
                    == .unsupported(
                        file: "archive", what: "more than 500 bytes of arrays",
                        remedy: "read it with a larger `maximumBytes` if it is no trap, or fewer arrays with `only`"))
            #expect(error(bytes, maximumBytes: 4 * 128 + 24 + 8 + 8) == nil)
            #expect(error([])?.description.contains("no zip archive") == true)
            #expect(error([0x1f, 0x8b] + [UInt8](repeating: 0, count: 50))?.description.contains("gzip") == true)
        }

        /// A directory whose entries name the same bytes, or the same array, twice.
        @Test func overlapsAndDuplicates() throws {
            let arrays: KeyValuePairs<String, NPYFile> = [
                "a": NPYFile(shape: [1], elements: .float32([1])), "b": NPYFile(shape: [1], elements: .float32([2])),
            ]
            let path = directory.path("two.npz")
            try NPZFile(arrays).write(to: path)
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            let first = try place(Self.directoryEntry, in: bytes)
            let second = try place(Array("b.npy".utf8), in: Array(bytes[first...])) + first
            var duplicate = bytes
            duplicate[second] = UInt8(ascii: "a")
            #expect(
                error(duplicate)
                    == .malformed(file: "archive", format: "NPZ", reason: "it has the array `a` twice"))
            // The offset is the last number of the extension behind the name.
            var overlap = bytes
            overlap.replaceSubrange(second + 5 + 4 + 16..<second + 5 + 4 + 24, with: [UInt8](repeating: 0, count: 8))
            #expect(
                error(overlap)
                    == .malformed(file: "archive", format: "NPZ", reason: "`b.npy` overlaps another entry"))
        }

        /// An announced size that deflate cannot reach, and one that is not what comes out.
        @Test func announcedSizes() throws {
            let bytes = try written(isCompressed: true)
            let first = try place(Self.directoryEntry, in: bytes)
            // Behind the name of five bytes, the extension has two bytes for its kind and two for its length, then the size.
            let size = first + 46 + 5 + 4
            func announced(_ count: UInt64) -> DataError? {
                var changed = bytes
                for place in 0..<8 { changed[size + place] = UInt8(truncatingIfNeeded: count >> (8 * UInt64(place))) }
                return error(changed, maximumBytes: .max)
            }
            #expect(announced(152) == nil)
            // All arrays together would have more bytes than there are numbers for.
            guard case .unsupported = announced((1 << 63) - 1) else {
                Issue.record("a sum overflows")
                return
            }
            for count: UInt64 in [0, 1, 151, 153, 10_000, 1 << 40, 1 << 62, 1 << 63, .max] {
                guard case .malformed = announced(count) else {
                    Issue.record("\(count): \(String(describing: announced(count)))")
                    continue
                }
            }
        }
    }
#endif
