import UnloopBackend
import UnloopData

/// A file that grows during a training. What it begins with is written in one piece, so that a former file is there until its successor is;
/// the rest is appended, so that long trainings do not write their beginning again and again.
///
/// Whatever was appended is with the system, so that it outlives the process; nothing waits for the disk.
final class LogFile {
    let path: String
    /// What the file begins with, until it is written.
    private var beginning: [UInt8]?

    init(_ path: String) { self.path = path }

    /// Finds out whether the file could be written. It is changed with the first `append` only: a training that fails before has no log,
    /// and leaves that of another.
    func begin(with bytes: [UInt8]) throws(DataError) {
        do throws(FileFailure) {
            try checkWritable(path)
        } catch {
            throw .unwritable(file: path, reason: error.reason)
        }
        beginning = bytes
    }

    func append(_ bytes: [UInt8]) throws(DataError) {
        if let start = beginning {
            try UnloopData.write([start, bytes], to: path)
            beginning = nil
            return
        }
        do throws(FileFailure) {
            try appendToFile(bytes, at: path)
        } catch {
            throw .unwritable(file: path, reason: error.reason)
        }
    }

    /// Writes the beginning of a log to which nothing was appended.
    func finish() throws(DataError) { if beginning != nil { try append([]) } }
}

/// Which steps of a training are logged: those that are multiples of a number, or the next ones where one callback sees several steps of the
/// optimizer at a time. They do not depend on where a training was interrupted.
struct StepInterval {
    let length: Int
    private var last = 0

    init(_ length: Int, of log: String) {
        require(length > 0, "\(log): every \(length) steps")
        self.length = length
    }

    mutating func begin(after step: Int) { last = step }

    mutating func isReached(by step: Int) -> Bool {
        defer { last = step }
        return step / length > last / length
    }
}
