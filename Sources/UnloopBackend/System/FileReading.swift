import Glibc

/// Opens a file for reading.
///
/// - Throws: for what is no regular file too, without waiting for a pipe's writer.
private func openRegularFile(_ path: String) throws(FileFailure) -> (file: Int32, attributes: stat) {
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
    return (file, attributes)
}

/// The bytes of a regular file, or of memory, or of a section of either, read one piece after the other.
package final class ByteReader {
    /// What the file, or its section, had when it was opened.
    package let byteCount: Int
    package private(set) var position = 0
    private let file: Int32
    private let bytes: [UInt8]
    /// Where the section begins.
    private let start: Int
    /// The reader that the section is of; it keeps the file open.
    private let whole: ByteReader?

    /// - Throws: for what is no regular file too, without waiting for a pipe's writer.
    package init(path: String) throws(FileFailure) {
        let (file, attributes) = try openRegularFile(path)
        byteCount = Int(attributes.st_size)
        bytes = []
        self.file = file
        start = 0
        whole = nil
    }

    package init(_ bytes: [UInt8]) {
        byteCount = bytes.count
        self.bytes = bytes
        file = -1
        start = 0
        whole = nil
    }

    /// A section of what `whole` reads, with a position of its own.
    ///
    /// - Precondition: the section lies in it.
    package init(_ whole: ByteReader, section: Range<Int>) {
        byteCount = section.count
        bytes = whole.bytes
        file = whole.file
        start = whole.start + section.lowerBound
        self.whole = whole
    }

    deinit { if file >= 0, whole == nil { close(file) } }

    /// Begins anew.
    package func rewind() { position = 0 }

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
            let count = min(target.count, byteCount - position)
            let first = start + position
            bytes.withUnsafeBytes {
                target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[first..<first + count]))
            }
            position += count
            return count
        }
        let count = try FileCalls.system.uninterrupted {
            let count = pread(file, target.baseAddress, target.count, off_t(start + position))
            return count < 0 ? -Int(errno) : count
        }
        position += count
        return count
    }
}

/// A regular file of which any part is read at any time, by any number of threads. It is not mapped into memory: a mapped file that becomes
/// shorter ends the process, and one that is larger than the process's address space cannot be mapped.
package final class RandomAccessFile: Sendable {
    /// What the file had when it was opened.
    package let byteCount: Int
    private let file: Int32

    /// - Throws: for what is no regular file too.
    package init(path: String) throws(FileFailure) {
        let (file, attributes) = try openRegularFile(path)
        self.file = file
        byteCount = Int(attributes.st_size)
    }

    deinit { close(file) }

    /// Reads `range.count` bytes from a position of the file on into a part of an array.
    ///
    /// - Returns: how many there were; fewer at the end of the file.
    /// - Precondition: the array has the range.
    package func read(into bytes: inout [UInt8], _ range: Range<Int>, from offset: Int) throws(FileFailure) -> Int {
        require(
            range.lowerBound >= 0 && range.upperBound <= bytes.count,
            "RandomAccessFile: \(range) of \(bytes.count) bytes")
        var done = 0
        while done < range.count {
            let start = done
            let count = try FileCalls.system.uninterrupted {
                bytes.withUnsafeMutableBytes {
                    let target = UnsafeMutableRawBufferPointer(
                        rebasing: $0[(range.lowerBound + start)..<range.upperBound])
                    let count = pread(file, target.baseAddress, target.count, off_t(offset + start))
                    return count < 0 ? -Int(errno) : count
                }
            }
            if count == 0 { break }
            done += count
        }
        return done
    }
}
