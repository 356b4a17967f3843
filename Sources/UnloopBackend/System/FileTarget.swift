import Glibc

/// What a path to write to leads to.
enum FileTarget {
    /// A regular file, or none yet. The path is that of the file itself, where symbolic links led to it.
    case file(path: String, existing: stat?)
    /// A pipe, a terminal, a device: there is nothing to replace, so it is written through.
    case stream(path: String)

    init(_ path: String) throws(FileFailure) {
        var attributes = try Self.attributes(path)
        if let found = attributes, Self.type(found) != S_IFREG {
            if Self.type(found) == S_IFDIR { throw FileFailure(EISDIR) }
            self = .stream(path: path)
            return
        }
        let target = try Self.followed(path)
        // The links of /proc lead to files that are open already, such as standard output.
        if target.hasPrefix("/proc/") {
            self = .stream(path: path)
            return
        }
        if target.hasSuffix("/") { throw FileFailure(EISDIR) }
        attributes = try Self.attributes(target)
        // Who may not write to a file may not replace it either.
        if attributes != nil, faccessat(AT_FDCWD, target, W_OK, AT_EACCESS) != 0 { throw FileFailure(errno) }
        self = .file(path: target, existing: attributes)
    }

    /// Of what the path leads to; nil when there is nothing.
    private static func attributes(_ path: String) throws(FileFailure) -> stat? {
        // A path ends at a zero byte for the system, so that it would be another one.
        if path.utf8.contains(0) { throw FileFailure(EINVAL) }
        if path.isEmpty { throw FileFailure(ENOENT) }
        var attributes = stat()
        if stat(path, &attributes) == 0 { return attributes }
        guard errno == ENOENT else { throw FileFailure(errno) }
        return nil
    }

    private static func type(_ attributes: stat) -> mode_t { attributes.st_mode & S_IFMT }

    /// The path without symbolic links at its end; what it names need not exist.
    private static func followed(_ path: String) throws(FileFailure) -> String {
        var path = path
        // As many as Linux follows (path_resolution(7)).
        for _ in 0...40 {
            var attributes = stat()
            guard lstat(path, &attributes) == 0, type(attributes) == S_IFLNK else { return path }
            if path.hasPrefix("/proc/") { return path }
            var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = bytes.withUnsafeMutableBufferPointer { buffer in
                buffer.baseAddress.map { readlink(path, $0, buffer.count) } ?? -1
            }
            guard count >= 0 else { throw FileFailure(errno) }
            // Paths here are texts; another byte in its place would be another file.
            guard let link = String(validating: bytes[..<count], as: UTF8.self) else { throw FileFailure(EILSEQ) }
            path = link.hasPrefix("/") ? link : folder(of: path) + "/" + link
        }
        throw FileFailure(ELOOP)
    }

    /// The folder in which a path's last part lies.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
