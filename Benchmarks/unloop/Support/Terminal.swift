import Foundation

/// Where text goes: results to standard output, progress and complaints to standard error.
enum Terminal {
    static let outputIsTerminal = isatty(STDOUT_FILENO) == 1
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1

    /// NO_COLOR (https://no-color.org): any non-empty value turns colours off.
    private static let colourAllowed: Bool = {
        let environment = ProcessInfo.processInfo.environment
        return (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }()
    static let outputIsColoured = colourAllowed && outputIsTerminal

    static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    static func complain(_ text: String) {
        clearProgress()
        write("unloop: " + text + "\n", to: STDERR_FILENO)
    }

    /// For what a person wants to know beside the result.
    static func note(_ text: String) {
        clearProgress()
        write(text + "\n", to: STDERR_FILENO)
    }

    /// Replaces the line of progress; nothing where nobody watches.
    static func progress(_ text: String) {
        guard errorIsTerminal else { return }
        write("\r\u{1b}[2K" + String(text.prefix(100)), to: STDERR_FILENO)
    }

    static func clearProgress() {
        guard errorIsTerminal else { return }
        write("\r\u{1b}[2K", to: STDERR_FILENO)
    }

    static func bold(_ text: String) -> String { outputIsColoured ? "\u{1b}[1m\(text)\u{1b}[0m" : text }
    static func red(_ text: String) -> String { outputIsColoured ? "\u{1b}[31m\(text)\u{1b}[0m" : text }
    static func dim(_ text: String) -> String { outputIsColoured ? "\u{1b}[2m\(text)\u{1b}[0m" : text }

    /// Unbuffered, so that the order of both streams is kept when they go to one place.
    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            // A reader that went away (`unloop bench | head`) is no error of ours.
            if written <= 0 { return }
            bytes = bytes.dropFirst(written)
        }
    }
}
