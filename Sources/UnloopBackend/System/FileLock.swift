import Glibc

/// A file that at most one holder has at a time, in this process and all others of the machine; the system lets go of it when the
/// holder's process ends, however it ends (flock(2)).
package final class FileLock: Sendable {
    private let file: Int32

    /// - Parameter note: what others are told about the holder.
    /// - Returns: nil and the holder's note where another has it.
    /// - Throws: what the system refused.
    package static func acquire(_ path: String, note: String) throws(FileFailure) -> (lock: FileLock?, holder: String) {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard file >= 0 else { throw FileFailure(errno) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            defer { close(file) }
            guard code == EWOULDBLOCK else { throw FileFailure(code) }
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = pread(file, &bytes, bytes.count, 0)
            return (nil, String(decoding: bytes.prefix(max(0, count)), as: UTF8.self))
        }
        let lock = FileLock(file)
        let bytes = Array(note.utf8)
        guard ftruncate(file, 0) == 0, pwrite(file, bytes, bytes.count, 0) == bytes.count else {
            throw FileFailure(errno)
        }
        return (lock, note)
    }

    private init(_ file: Int32) { self.file = file }

    deinit { close(file) }
}
