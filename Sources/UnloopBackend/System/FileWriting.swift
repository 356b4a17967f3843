import Glibc

/// Writes a file so that whoever reads it, after a crash too, finds what was there before or all of what is new, never a part.
///
/// The bytes go to a temporary file in the same folder, which takes the target's place when it is whole and on the disk. Symbolic
/// links are followed: the target is written and the link stays. A file that is replaced keeps its mode, and its owner where that is
/// permitted. Only regular files are replaced; pipes and devices are written to.
///
/// - Parameters:
///   - pieces: the content, one piece after the other.
///   - isDurable: whether to wait for the disk; what can be made again need not.
/// - Throws: what the system refused. The file is then as before, unless only the folder could not be brought to the disk, which
///   comes last. No temporary file is left.
package func writeFile(
    _ pieces: some Sequence<[UInt8]>, to path: String, isDurable: Bool = true, calls: FileCalls = .system
) throws(FileFailure) {
    var rest = pieces.makeIterator()
    try writeFile(to: path, isDurable: isDurable, calls: calls) { rest.next() }
}

/// The same for pieces that may not come: then the file is as before.
///
/// - Parameter next: gives the next piece, nil after the last one.
package func writeFile(
    to path: String, isDurable: Bool = true, calls: FileCalls = .system,
    pieces next: () throws(FileFailure) -> [UInt8]?
) throws(FileFailure) {
    switch try FileTarget(path) {
    case .stream(let path):
        try withoutSignalOfBrokenPipes { () throws(FileFailure) in
            let file = try calls.opened(path, O_WRONLY | O_APPEND | O_NOCTTY)
            do throws(FileFailure) {
                while let piece = try next() { try calls.writeAll(piece, to: file) }
            } catch {
                _ = calls.close(file)
                throw error
            }
            try calls.closed(file)
        }
    case .file(let path, let existing):
        let folder = FileTarget.folder(of: path)
        let (temporary, file) = try temporaryFile(in: folder, isPrivate: existing != nil, calls)
        do throws(FileFailure) {
            do throws(FileFailure) {
                while let piece = try next() { try calls.writeAll(piece, to: file) }
                if let existing { try keepOwnerAndMode(existing, of: file, calls) }
                if isDurable { try calls.synchronize(file) }
            } catch {
                _ = calls.close(file)
                throw error
            }
            try calls.closed(file)
            _ = try calls.uninterrupted { calls.rename(temporary, path) }
        } catch {
            _ = calls.unlink(temporary)
            throw error
        }
        if isDurable { try synchronize(folder: folder, calls) }
    }
}

/// Finds out at once whether a file could be written there, without changing it: for work that takes long before there is anything
/// to write.
package func checkWritable(_ path: String, calls: FileCalls = .system) throws(FileFailure) {
    switch try FileTarget(path) {
    case .stream(let path): if access(path, W_OK) != 0 { throw FileFailure(errno) }
    case .file(let path, _):
        let (temporary, file) = try temporaryFile(in: FileTarget.folder(of: path), isPrivate: true, calls)
        _ = calls.close(file)
        _ = calls.unlink(temporary)
        // The longest names are those of the target.
        var attributes = stat()
        if lstat(path, &attributes) != 0, errno != ENOENT { throw FileFailure(errno) }
    }
}

/// Makes a folder, and those in which it lies. One that is there already is as good.
package func makeFolder(_ path: String, mode: mode_t = 0o777) throws(FileFailure) {
    if path.utf8.contains(0) { throw FileFailure(EINVAL) }
    if mkdir(path, mode) == 0 { return }
    let code = errno
    var attributes = stat()
    if stat(path, &attributes) == 0 {
        if attributes.st_mode & S_IFMT == S_IFDIR { return }
        throw FileFailure(ENOTDIR)
    }
    var parent = FileTarget.folder(of: path)
    // `a/b/` is made as `a/b`, then found.
    if path.hasSuffix("/") { parent = String(path.dropLast()) }
    guard code == ENOENT, parent != path, !parent.isEmpty, parent != "." else { throw FileFailure(code) }
    try makeFolder(parent, mode: mode)
    // Another process may have made it meanwhile.
    if mkdir(path, mode) != 0, errno != EEXIST { throw FileFailure(errno) }
}

/// An empty file with a name that no other has.
private func temporaryFile(
    in folder: String, isPrivate: Bool, _ calls: FileCalls
) throws(FileFailure) -> (path: String, file: Int32) {
    for _ in 0..<100 {
        let number = String(UInt64.random(in: .min ... .max), radix: 16)
        let path = "\(folder)/.unloop-\(number).tmp"
        do throws(FileFailure) {
            // A new file gets the mode that the user's mask leaves; one that takes another's place gets that one's in the end.
            let file = try calls.opened(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, isPrivate ? 0o600 : 0o666)
            return (path, file)
        } catch {
            if error.code != EEXIST { throw error }
        }
    }
    throw FileFailure(EEXIST)
}

private func keepOwnerAndMode(_ existing: stat, of file: Int32, _ calls: FileCalls) throws(FileFailure) {
    do throws(FileFailure) {
        _ = try calls.uninterrupted { calls.fchown(file, existing.st_uid, existing.st_gid) }
    } catch {
        // Only root gives files away; others may still keep the group.
        _ = try? calls.uninterrupted { calls.fchown(file, uid_t.max, existing.st_gid) }
    }
    do throws(FileFailure) {
        _ = try calls.uninterrupted { calls.fchmod(file, existing.st_mode & 0o7777) }
    } catch {
        // Some file systems have no modes.
        if ![EPERM, ENOTSUP, ENOSYS].contains(error.code) { throw error }
    }
}

/// The name of a new file is on the disk when its folder is.
private func synchronize(folder: String, _ calls: FileCalls) throws(FileFailure) {
    let file: Int32
    do throws(FileFailure) {
        file = try calls.opened(folder, O_RDONLY | O_DIRECTORY)
    } catch {
        // A folder may be written without being readable.
        if error.code == EACCES { return }
        throw error
    }
    defer { _ = calls.close(file) }
    try calls.synchronize(file)
}

/// A pipe whose reader went away is an error like others, not the end of the process (pthread_sigmask(3), sigtimedwait(2)).
private func withoutSignalOfBrokenPipes(_ body: () throws(FileFailure) -> Void) throws(FileFailure) {
    var (pipe, before, pending) = (sigset_t(), sigset_t(), sigset_t())
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    sigpending(&pending)
    let wasPending = sigismember(&pending, SIGPIPE) == 1
    pthread_sigmask(SIG_BLOCK, &pipe, &before)
    defer {
        if !wasPending {
            var none = timespec()
            while sigtimedwait(&pipe, nil, &none) < 0, errno == EINTR {}
        }
        pthread_sigmask(SIG_SETMASK, &before, nil)
    }
    try body()
}
