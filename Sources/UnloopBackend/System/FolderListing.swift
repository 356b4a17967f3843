import Glibc

/// What lies in a folder, under its name there.
package struct FolderEntry: Sendable {
    package enum Kind: Sendable {
        case file, folder
        /// A link that leads nowhere, or in a circle.
        case brokenLink
        /// A pipe, a device or a socket.
        case other
    }

    package let name: String
    /// Of what a link leads to.
    package let kind: Kind
    package let byteCount: Int
    /// Tells a folder from all others, whatever path leads to it.
    package let identity: FolderIdentity
}

package struct FolderIdentity: Hashable, Sendable {
    let device: UInt64
    let number: UInt64

    /// - Throws: for what is no folder.
    package init(path: String) throws(FileFailure) {
        if path.utf8.contains(0) { throw FileFailure(EINVAL) }
        var attributes = stat()
        guard stat(path, &attributes) == 0 else { throw FileFailure(errno) }
        guard attributes.st_mode & S_IFMT == S_IFDIR else { throw FileFailure(ENOTDIR) }
        self.init(attributes)
    }

    fileprivate init(_ attributes: stat) {
        device = UInt64(attributes.st_dev)
        number = UInt64(attributes.st_ino)
    }
}

/// What lies in a folder, by the bytes of the names, without those that begin with a dot. Links are followed.
///
/// - Throws: what the system refused; also for names that are not UTF-8.
package func folderEntries(_ path: String) throws(FileFailure) -> [FolderEntry] {
    if path.utf8.contains(0) { throw FileFailure(EINVAL) }
    guard let folder = opendir(path) else { throw FileFailure(errno) }
    defer { closedir(folder) }
    var entries: [FolderEntry] = []
    while true {
        errno = 0
        guard let entry = readdir(folder) else {
            if errno != 0 { throw FileFailure(errno) }
            break
        }
        let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
        guard let name = String(validating: bytes, as: UTF8.self) else {
            throw FileFailure(EILSEQ, "the name `\(String(decoding: bytes, as: UTF8.self))` in it is not UTF-8")
        }
        if name.hasPrefix(".") { continue }
        var attributes = stat()
        if fstatat(dirfd(folder), name, &attributes, 0) != 0 {
            // One that may not be looked at is not as good as none.
            guard [ENOENT, ELOOP, ENOTDIR].contains(errno) else { throw FileFailure(errno) }
            // What was taken away meanwhile is.
            guard fstatat(dirfd(folder), name, &attributes, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
        }
        let kind: FolderEntry.Kind =
            switch attributes.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .brokenLink
            default: .other
            }
        entries.append(
            FolderEntry(
                name: name, kind: kind, byteCount: Int(attributes.st_size), identity: FolderIdentity(attributes)))
    }
    return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
}
