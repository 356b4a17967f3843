import Foundation
import Testing
import UnloopBackend

/// What is appended is at the end of a file as a whole, or the file is as long as before.
@Suite struct FileAppendingTests {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("unloop-files-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func path(_ name: String) -> String { folder.path + "/" + name }
    private func bytes(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map { [UInt8]($0) } }

    /// The code of the error, 0 for success.
    private func append(_ bytes: [UInt8], to path: String, calls: FileCalls = .system) -> Int32 {
        do throws(FileFailure) {
            try appendToFile(bytes, at: path, calls: calls)
            return 0
        } catch {
            return error.code
        }
    }

    @Test func filesGrow() throws {
        #expect(append([1, 2], to: path("file")) == 0)
        #expect(append([], to: path("file")) == 0)
        #expect(append([3], to: path("file")) == 0)
        #expect(bytes(path("file")) == [1, 2, 3])
        #expect(symlink("file", path("link")) == 0)
        #expect(append([4], to: path("link")) == 0)
        #expect(bytes(path("file")) == [1, 2, 3, 4])
        #expect(append([1], to: path("absent/file")) == ENOENT)
        #expect(append([1], to: folder.path) == EISDIR)
        #expect(append([1], to: "/dev/null") == 0)
        #expect(append([1], to: "/dev/full") == ENOSPC)
        try FileManager.default.removeItem(at: folder)
    }

    @Test func partsAreTakenBack() throws {
        #expect(append([1, 2], to: path("file")) == 0)
        for code in [ENOSPC, EIO, EDQUOT, 0] {
            // Takes the first byte, then fails; 0 is a file that takes nothing and does not say why.
            var calls = FileCalls.system
            calls.write = { file, bytes in
                bytes.count > 2
                    ? FileCalls.system.write(file, UnsafeRawBufferPointer(rebasing: bytes[..<1])) : -Int(code)
            }
            #expect(append([7, 8, 9], to: path("file"), calls: calls) == (code == 0 ? EIO : code))
            #expect(bytes(path("file")) == [1, 2])
        }
        // The system may take a part at a time.
        var calls = FileCalls.system
        calls.write = { file, bytes in
            FileCalls.system.write(file, UnsafeRawBufferPointer(rebasing: bytes[..<1]))
        }
        #expect(append([7, 8, 9], to: path("file"), calls: calls) == 0)
        #expect(bytes(path("file")) == [1, 2, 7, 8, 9])
        calls.close = { file in
            _ = FileCalls.system.close(file)
            return -Int(EIO)
        }
        #expect(append([5], to: path("file"), calls: calls) == EIO)
        try FileManager.default.removeItem(at: folder)
    }
}
