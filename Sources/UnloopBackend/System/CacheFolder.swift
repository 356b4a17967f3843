import Foundation

/// The folder for what can be made again: compiled programs, what tuning found.
package enum CacheFolder {
    /// `$UNLOOP_CACHE_DIR`, or `$XDG_CACHE_HOME/unloop`, or `$HOME/.cache/unloop`, the first that is an absolute path (XDG Base
    /// Directory Specification). Nil when there is none: without a home nothing is kept, and nothing is written to `/`.
    package static func url(environment: [String: String] = ProcessInfo.processInfo.environment) -> URL? {
        func folder(_ variable: String, _ rest: String) -> URL? {
            // Services without a home have `/` for it.
            guard let path = environment[variable], path.hasPrefix("/"), path.contains(where: { $0 != "/" }) else {
                return nil
            }
            return URL(fileURLWithPath: path + rest, isDirectory: true)
        }
        return folder("UNLOOP_CACHE_DIR", "") ?? folder("XDG_CACHE_HOME", "/unloop") ?? folder("HOME", "/.cache/unloop")
    }
}
