import UnloopBackend

/// A file of which any part is read at any time, by any number of threads, whose failures are those of data files.
struct IndexedFile: Sendable {
    let name: String
    private let file: RandomAccessFile

    /// - Throws: `DataError.unreadable`, for what is no regular file too.
    init(path: String) throws(DataError) {
        name = path
        do throws(FileFailure) {
            file = try RandomAccessFile(path: path)
        } catch {
            throw .unreadable(file: path, reason: error.reason)
        }
    }

    var byteCount: Int { file.byteCount }

    /// Reads from a position of the file on into a part of an array.
    ///
    /// - Throws: `DataError.unreadable` where the file no longer has so many bytes.
    func read(into bytes: inout [UInt8], _ range: Range<Int>, from offset: Int) throws(DataError) {
        let found: Int
        do throws(FileFailure) {
            found = try file.read(into: &bytes, range, from: offset)
        } catch {
            throw .unreadable(file: name, reason: error.reason)
        }
        guard found == range.count else {
            throw .unreadable(file: name, reason: "it became shorter while it was read")
        }
    }

    /// Of the whole file, in little memory.
    func update(_ hash: inout SHA256) throws(DataError) {
        let size = 1 << 20
        var position = 0
        while position < byteCount {
            var piece = [UInt8](repeating: 0, count: Swift.min(size, byteCount - position))
            try read(into: &piece, piece.indices, from: position)
            hash.update(piece)
            position += piece.count
        }
    }
}
