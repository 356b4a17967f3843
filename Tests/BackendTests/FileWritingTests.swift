import Foundation
import Synchronization
import Testing
import UnloopBackend

/// Whatever the system does at whichever call: a file is as it was or as it should be, and nothing else is left in its folder.
@Suite struct FileWritingTests {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("unloop-files-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func path(_ name: String) -> String { folder.path + "/" + name }
    private func bytes(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map { [UInt8]($0) } }
    private var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted() }

    /// The code of the error, 0 for success.
    private func write(_ pieces: [[UInt8]], to path: String, calls: FileCalls = .system) -> Int32 {
        do throws(FileFailure) {
            try writeFile(pieces, to: path, calls: calls)
            return 0
        } catch {
            return error.code
        }
    }

    private func mode(_ path: String) -> mode_t {
        var attributes = stat()
        return lstat(path, &attributes) == 0 ? attributes.st_mode : 0
    }

    static let old = [UInt8](repeating: 1, count: 10_000)
    static let new: [[UInt8]] = [[2, 2], [], [UInt8](repeating: 2, count: 30_000), [2]]

    /// What goes wrong at one call; the call is not made.
    private enum Fault: CaseIterable { case half, one, interrupted, full, broken, quota, readOnly, forbidden, nothing }

    /// The system's calls, of which the one with this number, counted from 0, goes wrong.
    private final class Script: Sendable {
        let fault: Fault
        let number: Int
        private let count = Mutex(0)

        init(_ fault: Fault, at number: Int) {
            self.fault = fault
            self.number = number
        }

        var callCount: Int { count.withLock { $0 } }

        private func isNext() -> Bool {
            count.withLock {
                $0 += 1
                return $0 - 1 == number
            }
        }

        private func code() -> Int? {
            switch fault {
            case .half, .one: nil
            case .interrupted: -Int(EINTR)
            case .full: -Int(ENOSPC)
            case .broken: -Int(EIO)
            case .quota: -Int(EDQUOT)
            case .readOnly: -Int(EROFS)
            case .forbidden: -Int(EACCES)
            case .nothing: 0
            }
        }

        var calls: FileCalls {
            let system = FileCalls.system
            var calls = system
            calls.open = {
                self.isNext() && self.fault != .nothing
                    ? self.code() ?? system.open($0, $1, $2) : system.open($0, $1, $2)
            }
            calls.write = { file, bytes in
                guard self.isNext() else { return system.write(file, bytes) }
                switch self.fault {
                case .half:
                    return system.write(file, UnsafeRawBufferPointer(rebasing: bytes[..<((bytes.count + 1) / 2)]))
                case .one: return system.write(file, UnsafeRawBufferPointer(rebasing: bytes[..<1]))
                default: return self.code() ?? 0
                }
            }
            @Sendable func plain(_ call: @escaping @Sendable () -> Int) -> Int {
                guard isNext(), fault != .nothing, let code = code() else { return call() }
                return code
            }
            calls.fchown = { file, owner, group in plain { system.fchown(file, owner, group) } }
            calls.fchmod = { file, mode in plain { system.fchmod(file, mode) } }
            calls.fsync = { file in plain { system.fsync(file) } }
            // A file is closed even where closing it fails (close(2)).
            calls.close = { file in
                let result = system.close(file)
                return plain { result }
            }
            calls.rename = { from, to in plain { system.rename(from, to) } }
            calls.unlink = system.unlink
            return calls
        }
    }

    @Test("whatever fails at whichever call, the file is old or new", arguments: [true, false])
    func faults(_ exists: Bool) throws {
        let path = path("file")
        let new = Self.new.flatMap { $0 }
        for fault in Fault.allCases {
            var number = 0
            while true {
                try? FileManager.default.removeItem(atPath: path)
                if exists { #expect(write([Self.old], to: path) == 0) }
                let script = Script(fault, at: number)
                let code = write(Self.new, to: path, calls: script.calls)
                let found = bytes(path)
                let isOld = found == (exists ? Self.old : nil)
                let what = "\(fault) at call \(number) of \(script.callCount): \(code)"
                #expect(isOld || found == new, "\(what)")
                if code == 0 { #expect(found == new, "\(what)") }
                if [.half, .one, .interrupted].contains(fault) { #expect(code == 0, "\(what)") }
                #expect(names == (found == nil ? [] : ["file"]), "\(what)")
                if number >= script.callCount { break }
                number += 1
            }
            #expect(number > 8)
        }
    }

    @Test("every error of the system comes with its words")
    func words() {
        for (code, words) in [
            (ENOSPC, "No space left"), (EIO, "Input/output"), (EDQUOT, "quota"), (EROFS, "Read-only"),
        ] {
            #expect(FileFailure(code).reason.contains(words))
        }
    }

    @Test("symbolic links are followed and stay")
    func links() throws {
        try FileManager.default.createDirectory(atPath: path("inner"), withIntermediateDirectories: true)
        #expect(write([Self.old], to: path("target")) == 0)
        #expect(symlink("target", path("one")) == 0)
        #expect(symlink(path("one"), path("inner/two")) == 0)
        #expect(symlink("../absent", path("inner/dangling")) == 0)
        for name in ["one", "inner/two"] {
            #expect(write([Array(name.utf8)], to: path(name)) == 0)
            #expect(bytes(path("target")) == Array(name.utf8))
            #expect(mode(path(name)) & S_IFMT == S_IFLNK)
        }
        #expect(write([[7]], to: path("inner/dangling")) == 0)
        #expect(bytes(path("absent")) == [7])
        #expect(mode(path("inner/dangling")) & S_IFMT == S_IFLNK)
        #expect(symlink("loop", path("loop")) == 0)
        #expect(write([[7]], to: path("loop")) == ELOOP)
        #expect(names == ["absent", "inner", "loop", "one", "target"])
    }

    @Test("modes are kept, and new files have those that the mask leaves")
    func modes() {
        for wanted: mode_t in [0o600, 0o640, 0o755, 0o666] {
            #expect(write([[1]], to: path("file")) == 0)
            #expect(chmod(path("file"), wanted) == 0)
            #expect(write([[2]], to: path("file")) == 0)
            #expect(mode(path("file")) & 0o7777 == wanted)
            #expect(bytes(path("file")) == [2])
        }
        #expect(write([[1]], to: path("new")) == 0)
        let plain = open(path("plain"), O_WRONLY | O_CREAT, 0o666)
        close(plain)
        #expect(mode(path("new")) == mode(path("plain")))
    }

    @Test("owners are kept where that is permitted")
    func owners() {
        guard geteuid() == 0 else { return }
        #expect(write([[1]], to: path("file")) == 0)
        #expect(chown(path("file"), 12, 34) == 0)
        #expect(write([[2]], to: path("file")) == 0)
        var attributes = stat()
        #expect(lstat(path("file"), &attributes) == 0)
        #expect((attributes.st_uid, attributes.st_gid) == (12, 34))
    }

    @Test("only regular files are replaced")
    func specialFiles() throws {
        #expect(write([[1]], to: "/dev/full") == ENOSPC)
        #expect(write([[1]], to: "/dev/null") == 0)
        for device in ["/dev/full", "/dev/null"] { #expect(mode(device) & S_IFMT == S_IFCHR) }
        #expect(write([[1]], to: folder.path) == EISDIR)
        #expect(write([[1]], to: path("absent/")) == EISDIR)
        #expect(symlink("/dev/full", path("link")) == 0)
        #expect(write([[1]], to: path("link")) == ENOSPC)
        #expect(mode(path("link")) & S_IFMT == S_IFLNK)

        #expect(mkfifo(path("pipe"), 0o600) == 0)
        let reader = open(path("pipe"), O_RDONLY | O_NONBLOCK)
        #expect(write([[1, 2], [3]], to: path("pipe")) == 0)
        var received = [UInt8](repeating: 0, count: 8)
        #expect(read(reader, &received, 8) == 3)
        close(reader)
        #expect(mode(path("pipe")) & S_IFMT == S_IFIFO)
        #expect(names == ["link", "pipe"])
    }

    @Test("a pipe whose reader goes away is an error, not the end of the process")
    func brokenPipe() {
        #expect(mkfifo(path("pipe"), 0o600) == 0)
        let reader = open(path("pipe"), O_RDONLY | O_NONBLOCK)
        var calls = FileCalls.system
        calls.write = { file, bytes in
            close(reader)
            return FileCalls.system.write(file, bytes)
        }
        #expect(write([[1]], to: path("pipe"), calls: calls) == EPIPE)
    }

    @Test("paths that name no file are errors")
    func paths() {
        #expect(write([[1]], to: "") == ENOENT)
        #expect(write([[1]], to: path("absent/file")) == ENOENT)
        #expect(write([[1]], to: path("a\0b")) == EINVAL)
        #expect(write([[1]], to: path(String(repeating: "n", count: 256))) == ENAMETOOLONG)
        #expect(write([[1]], to: path(String(repeating: "n", count: 255))) == 0)
        #expect(write([[1]], to: path("file")) == 0)
        #expect(write([[1]], to: path("file/file")) == ENOTDIR)
        #expect(names.count == 2)
    }

    @Test("whether a file could be written is found without writing it")
    func checking() throws {
        func code(_ path: String) -> Int32 {
            do throws(FileFailure) {
                try checkWritable(path)
                return 0
            } catch { return error.code }
        }
        #expect(code(path("new")) == 0)
        #expect(names.isEmpty)
        #expect(write([[1]], to: path("old")) == 0)
        #expect(code(path("old")) == 0)
        #expect(bytes(path("old")) == [1])
        #expect(code(path("absent/file")) == ENOENT)
        #expect(code(folder.path) == EISDIR)
        #expect(code(path("old/file")) == ENOTDIR)
        #expect(code("/proc/unloop") != 0)
        #expect(names == ["old"])
    }

    @Test("folders are made with those in which they lie")
    func folders() throws {
        func code(_ path: String) -> Int32 {
            do throws(FileFailure) {
                try makeFolder(path)
                return 0
            } catch { return error.code }
        }
        for path in [path("a/b/c"), path("a/b/c"), path("d/"), path("e/f/"), folder.path, "/", "."] {
            #expect(code(path) == 0)
        }
        #expect(mode(path("a/b/c")) & S_IFMT == S_IFDIR && mode(path("e/f")) & S_IFMT == S_IFDIR)
        #expect(write([[1]], to: path("file")) == 0)
        #expect(code(path("file")) == ENOTDIR)
        #expect(code(path("file/inner")) == ENOTDIR)
        #expect(code("") == ENOENT)
        #expect(code(path("a\0b")) == EINVAL)
        #expect(code("/proc/unloop") == ENOENT)
    }

    @Test("an empty file, and one of many pieces")
    func sizes() {
        #expect(write([], to: path("empty")) == 0)
        #expect(bytes(path("empty")) == [])
        #expect(write((0..<1000).map { [UInt8(truncatingIfNeeded: $0)] }, to: path("many")) == 0)
        #expect(bytes(path("many")) == (0..<1000).map { UInt8(truncatingIfNeeded: $0) })
    }

    @Test("what is no regular file is not read, and nothing waits for it")
    func reading() throws {
        #expect(mkfifo(path("pipe"), 0o600) == 0)
        for path in [path("pipe"), "/dev/zero", folder.path, path("absent"), path("a\0b")] {
            #expect(throws: FileFailure.self) { try ByteReader(path: path) }
        }
        #expect(write([[1, 0, 2, 0, 3, 0, 4]], to: path("file")) == 0)
        for reader in [try ByteReader(path: path("file")), ByteReader([1, 0, 2, 0, 3, 0, 4])] {
            #expect(try reader.read(2, as: UInt16.self) == [1, 2])
            #expect((reader.position, reader.byteCount) == (4, 7))
            #expect(try reader.read(0, as: UInt64.self) == [])
            #expect(try reader.read(3, as: UInt8.self) == [3, 0, 4])
            #expect(try reader.read(3, as: UInt8.self) == [])
            reader.rewind()
            #expect(try reader.read(1, as: UInt32.self) == [0x20001])
        }
    }
}

@Suite struct SystemTests {
    @Test("text is cut to the columns that it takes")
    func columns() {
        #expect(TerminalText.fitted("abc", 3) == "abc")
        #expect(TerminalText.fitted("abc", 2) == "ab")
        #expect(TerminalText.fitted("abc", 0) == "")
        #expect(TerminalText.fitted("abc", -1) == "")
        #expect(TerminalText.fitted("日本語", 5) == "日本")
        #expect(TerminalText.fitted("e\u{301}e\u{301}x", 2) == "e\u{301}e\u{301}")
        #expect(TerminalText.fitted("a\nb\u{1b}[2Jc\r\n", 20) == "a b [2Jc ")
        #expect(TerminalText.width("ä日👍🏽") == 5)
        #expect(TerminalText.width("±×─→") == 4)
    }

    @Test("the cache is in the first folder that is named, never in the root")
    func cacheFolder() {
        func path(_ environment: [String: String]) -> String? { CacheFolder.url(environment: environment)?.path }
        #expect(path(["UNLOOP_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"]) == "/a")
        #expect(path(["XDG_CACHE_HOME": "/b", "HOME": "/c"]) == "/b/unloop")
        #expect(path(["HOME": "/c"]) == "/c/.cache/unloop")
        for home in ["", "/", "//", "relative", "~"] { #expect(path(["HOME": home]) == nil) }
        #expect(path([:]) == nil)
        #expect(path(["UNLOOP_CACHE_DIR": "", "XDG_CACHE_HOME": "", "HOME": "/c"]) == "/c/.cache/unloop")
    }

    /// Misuse is told on standard error; where that is closed, the process still ends as it should.
    @Test("misuse ends the process without standard error too")
    func misuseWithoutStandardError() async {
        await #expect(processExitsWith: .failure) {
            close(STDERR_FILENO)
            require(false, "never true")
        }
        await #expect(processExitsWith: .success) {
            close(STDERR_FILENO)
            TerminalText.rewriteLine("nobody sees this")
            TerminalText.writeError("nor this\n")
        }
    }
}
