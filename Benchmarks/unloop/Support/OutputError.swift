import UnloopBackend

/// A file or folder that a user named, and that cannot be written.
struct OutputError: Error, CustomStringConvertible {
    let path: String
    let reason: String
    var description: String { "cannot write \(path): \(reason)" }
}

/// Puts the path into what went wrong with it.
func naming(_ path: String, _ body: () throws(FileFailure) -> Void) throws(OutputError) {
    do throws(FileFailure) { try body() } catch { throw OutputError(path: path, reason: error.reason) }
}
