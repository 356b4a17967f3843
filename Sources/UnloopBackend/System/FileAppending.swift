import Glibc

/// Appends to a file, which is made where there is none. The bytes are handed to the system, without waiting for the disk: after a crash of
/// the machine, the end of a file may be missing; after one of the process it is not.
///
/// Symbolic links are followed. Pipes and devices are written to, as by `writeFile`.
///
/// - Throws: what the system refused. The file is then as long as before.
package func appendToFile(_ bytes: [UInt8], at path: String, calls: FileCalls = .system) throws(FileFailure) {
    switch try FileTarget(path) {
    case .stream(let path): try writeFile([bytes], to: path, calls: calls)
    case .file(let path, _):
        let file = try calls.opened(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY, 0o666)
        let length = lseek(file, 0, SEEK_END)
        do throws(FileFailure) {
            try calls.writeAll(bytes, to: file)
        } catch {
            // Half a line at the end of a file would be taken for a whole one.
            if length >= 0 { _ = ftruncate(file, length) }
            _ = calls.close(file)
            throw error
        }
        try calls.closed(file)
    }
}
