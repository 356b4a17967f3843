import Glibc

/// What the operating system refused to do with a file.
package struct FileFailure: Error, Equatable, Sendable {
    /// The number of errno(3).
    package let code: Int32
    /// In the system's own words, unless there are better ones.
    package let reason: String

    package init(_ code: Int32, _ reason: String? = nil) {
        self.code = code
        self.reason = reason ?? String(cString: strerror(code))
    }
}

/// The calls of the operating system by which files are written. Tests put others in their place, which fail or do half of their work.
///
/// Each gives what the call of its name gives, and the negative of errno(3) where that fails.
package struct FileCalls: Sendable {
    package var open: @Sendable (_ path: String, _ flags: Int32, _ mode: mode_t) -> Int
    package var write: @Sendable (_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Int
    package var fchown: @Sendable (_ file: Int32, _ owner: uid_t, _ group: gid_t) -> Int
    package var fchmod: @Sendable (_ file: Int32, _ mode: mode_t) -> Int
    package var fsync: @Sendable (_ file: Int32) -> Int
    package var close: @Sendable (_ file: Int32) -> Int
    package var rename: @Sendable (_ from: String, _ to: String) -> Int
    package var unlink: @Sendable (_ path: String) -> Int

    package static let system = FileCalls(
        open: { outcome(Glibc.open($0, $1, $2)) },
        write: { file, bytes in
            let count = Glibc.write(file, bytes.baseAddress, bytes.count)
            return count < 0 ? -Int(errno) : count
        },
        fchown: { outcome(Glibc.fchown($0, $1, $2)) },
        fchmod: { outcome(Glibc.fchmod($0, $1)) },
        fsync: { outcome(Glibc.fsync($0)) },
        close: { outcome(Glibc.close($0)) },
        rename: { outcome(Glibc.rename($0, $1)) },
        unlink: { outcome(Glibc.unlink($0)) })

    private static func outcome(_ result: Int32) -> Int { result < 0 ? -Int(errno) : Int(result) }
}

extension FileCalls {
    /// Calls until no signal interrupts (signal(7)).
    func uninterrupted(_ call: () -> Int) throws(FileFailure) -> Int {
        while true {
            let result = call()
            if result >= 0 { return result }
            if result != -Int(EINTR) { throw FileFailure(Int32(-result)) }
        }
    }

    func opened(_ path: String, _ flags: Int32, _ mode: mode_t = 0) throws(FileFailure) -> Int32 {
        Int32(try uninterrupted { open(path, flags | O_CLOEXEC, mode) })
    }

    /// All of the bytes: the system may take a part of them at a time.
    package func writeAll(_ bytes: [UInt8], to file: Int32) throws(FileFailure) {
        var done = 0
        while done < bytes.count {
            let start = done
            let count = try uninterrupted {
                bytes.withUnsafeBytes { write(file, UnsafeRawBufferPointer(rebasing: $0[start...])) }
            }
            // A file that takes nothing and does not say why would be tried for ever.
            guard count > 0 else { throw FileFailure(EIO) }
            done += count
        }
    }

    /// Until the file is on the disk; file systems that cannot promise that say EINVAL (fsync(2)).
    func synchronize(_ file: Int32) throws(FileFailure) {
        do throws(FileFailure) {
            _ = try uninterrupted { fsync(file) }
        } catch {
            if ![EINVAL, ENOTSUP, ENOSYS].contains(error.code) { throw error }
        }
    }

    /// The file is closed whatever the answer is, but the answer may say that earlier writes failed (close(2)).
    func closed(_ file: Int32) throws(FileFailure) {
        let result = close(file)
        if result < 0, result != -Int(EINTR) { throw FileFailure(Int32(-result)) }
    }
}
