#if OpenCL
    import Foundation
    import Glibc

    /// PoCL keeps what it compiles in a folder of its own: `$POCL_CACHE_DIR`, `$XDG_CACHE_HOME/pocl` or `$HOME/.cache/pocl`. It has no
    /// devices where that cannot be written, and writes to the root of the file system where `HOME` is empty.
    enum DriverCacheFolder {
        /// Gives PoCL a folder for temporary files where the environment names none that can be written. Before the first driver is
        /// asked for anything.
        static let isReady: Bool = {
            let environment = ProcessInfo.processInfo.environment
            func named(_ variable: String) -> String? {
                guard let path = environment[variable], path.contains(where: { $0 != "/" }) else { return nil }
                return path
            }
            // What was set for PoCL alone is meant.
            if named("POCL_CACHE_DIR") != nil { return true }
            let base = named("XDG_CACHE_HOME") ?? named("HOME").map { $0 + "/.cache" }
            if let base, isWritable(base + "/pocl") { return true }
            let own = NSTemporaryDirectory() + "unloop-\(getuid())"
            mkdir(own, 0o700)
            var status = stat()
            // A link or another user's folder is not ours.
            guard lstat(own, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == getuid() else {
                return false
            }
            return setenv("POCL_CACHE_DIR", own + "/pocl", 1) == 0
        }()

        /// Whether the folder, or the nearest one above that exists, can be written.
        private static func isWritable(_ path: String) -> Bool {
            var url = URL(fileURLWithPath: path)
            while !FileManager.default.fileExists(atPath: url.path), url.path != "/" { url.deleteLastPathComponent() }
            guard access(url.path, W_OK) == 0 else { return false }
            if url.path == URL(fileURLWithPath: path).path { return true }
            // access(2) says yes to root where nothing can be made, as in /proc.
            return (try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)) != nil
        }
    }
#endif
