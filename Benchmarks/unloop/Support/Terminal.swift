import Foundation
import Synchronization
import UnloopBackend

/// Where text goes: results to standard output, progress and complaints to standard error. Nothing is buffered, so that the order of
/// both streams is kept when they go to one place.
enum Terminal {
    static let outputIsTerminal = isatty(STDOUT_FILENO) == 1
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1

    /// NO_COLOR (https://no-color.org): any non-empty value turns colours off.
    private static let colourAllowed: Bool = {
        let environment = ProcessInfo.processInfo.environment
        return (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }()
    static let outputIsColoured = colourAllowed && outputIsTerminal

    /// Why standard output could not be written, once it could not: the result is lost, which a command must not pass over.
    private static let failure = Mutex<FileFailure?>(nil)
    static var outputFailure: FileFailure? { failure.withLock { $0 } }

    static func print(_ text: String) { write(Array((text + "\n").utf8)) }

    /// Bytes as they are.
    static func write(_ bytes: [UInt8]) {
        guard outputFailure == nil else { return }
        do throws(FileFailure) {
            try FileCalls.system.writeAll(bytes, to: STDOUT_FILENO)
        } catch {
            // A reader that went away (`unloop bench | head`) is no error of ours.
            if error.code != EPIPE { failure.withLock { $0 = error } }
        }
    }

    static func complain(_ text: String) {
        clearProgress()
        TerminalText.writeError("unloop: " + text + "\n")
    }

    /// For what a person wants to know beside the result.
    static func note(_ text: String) {
        clearProgress()
        TerminalText.writeError(text + "\n")
    }

    /// Replaces the line of progress; nothing where nobody watches.
    static func progress(_ text: String) {
        guard errorIsTerminal else { return }
        TerminalText.rewriteLine(text)
    }

    static func clearProgress() {
        guard errorIsTerminal else { return }
        TerminalText.rewriteLine("")
    }

    static func bold(_ text: String) -> String { outputIsColoured ? "\u{1b}[1m\(text)\u{1b}[0m" : text }
    static func red(_ text: String) -> String { outputIsColoured ? "\u{1b}[31m\(text)\u{1b}[0m" : text }
    static func dim(_ text: String) -> String { outputIsColoured ? "\u{1b}[2m\(text)\u{1b}[0m" : text }

    /// Where a standard stream is closed, the next file that is opened would get its number, and what is meant for people would be
    /// written into it. A stream that takes nothing stands in: writing to it fails as to a closed one.
    static func holdStandardStreams() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest number that is free is the one that is missing.
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// The columns that text on standard output may take: those of the terminal, or any number.
    static var outputColumns: Int { outputIsTerminal ? TerminalText.columns(of: STDOUT_FILENO) : .max }
}
