import Glibc

/// The bytes of a regular file, or of memory, read one piece after the other.
package final class ByteReader {
    /// What the file had when it was opened.
    package let byteCount: Int
    package private(set) var position = 0
    private let file: Int32
    private let bytes: [UInt8]

    /// - Throws: for what is no regular file too, without waiting for a pipe's writer.
    package init(path: String) throws(FileFailure) {
        // A path ends at a zero byte for the system, so that it would be another one.
        if path.utf8.contains(0) { throw FileFailure(EINVAL) }
        let file = try FileCalls.system.opened(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        var attributes = stat()
        guard fstat(file, &attributes) == 0 else {
            let code = errno
            close(file)
            throw FileFailure(code)
        }
        guard attributes.st_mode & S_IFMT == S_IFREG else {
            close(file)
            throw FileFailure(EINVAL, "it is not a regular file")
        }
        byteCount = Int(attributes.st_size)
        bytes = []
        self.file = file
    }

    package init(_ bytes: [UInt8]) {
        byteCount = bytes.count
        self.bytes = bytes
        file = -1
    }

    deinit { if file >= 0 { close(file) } }

    /// Begins anew.
    package func rewind() {
        position = 0
        if file >= 0 { lseek(file, 0, SEEK_SET) }
    }

    /// The next `count` numbers as they lie there. Fewer come back when the file became shorter meanwhile.
    ///
    /// - Precondition: `count` is not negative, and no more than what is left by `byteCount`.
    package func read<Element: BitwiseCopyable>(_ count: Int, as: Element.Type) throws(FileFailure) -> [Element] {
        let size = MemoryLayout<Element>.stride
        var failure: FileFailure?
        let result = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            let target = UnsafeMutableRawBufferPointer(
                rebasing: UnsafeMutableRawBufferPointer(buffer)[..<(count * size)])
            var done = 0
            do throws(FileFailure) {
                while done < target.count {
                    let part = try fill(UnsafeMutableRawBufferPointer(rebasing: target[done...]))
                    if part == 0 { break }
                    done += part
                }
            } catch {
                failure = error
            }
            initialized = done / size
        }
        if let failure { throw failure }
        return result
    }

    /// As many bytes as come at once; 0 at the end.
    private func fill(_ target: UnsafeMutableRawBufferPointer) throws(FileFailure) -> Int {
        if file < 0 {
            let count = min(target.count, bytes.count - position)
            bytes.withUnsafeBytes {
                target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<position + count]))
            }
            position += count
            return count
        }
        let count = try FileCalls.system.uninterrupted {
            let count = Glibc.read(file, target.baseAddress, target.count)
            return count < 0 ? -Int(errno) : count
        }
        position += count
        return count
    }
}
