import Foundation
import Testing

/// What a run of `unloop` gave.
struct CommandResult {
    let status: Int32
    let output: String
    let errors: String

    /// Standard output as JSON.
    func json() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
    }
}

/// The executable that was built beside the tests.
let unloopExecutable: URL = {
    let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return tests.deletingLastPathComponent().appendingPathComponent("unloop")
}()

/// Runs `unloop` with these arguments.
func unloop(_ arguments: String..., environment: [String: String] = [:]) throws -> CommandResult {
    try unloop(arguments, environment: environment)
}

func unloop(_ arguments: [String], environment: [String: String] = [:]) throws -> CommandResult {
    try run(unloopExecutable, arguments, environment: environment)
}

/// Runs a program that was built beside the tests.
func run(_ program: URL, _ arguments: [String], environment: [String: String] = [:]) throws -> CommandResult {
    // The streams go into files, so that no pipe can fill up.
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (output, errors) = (folder.appendingPathComponent("out"), folder.appendingPathComponent("err"))
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
    let status = try spawn(
        program.path, arguments, environment: variables, output: output.path, errors: errors.path)
    return CommandResult(
        status: status, output: try String(contentsOf: output, encoding: .utf8),
        errors: try String(contentsOf: errors, encoding: .utf8))
}

/// Runs `unloop` in the shell, for redirections: `$0` is the executable.
func unloopInShell(_ command: String, environment: [String: String] = [:]) throws -> CommandResult {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (output, errors) = (folder.appendingPathComponent("out"), folder.appendingPathComponent("err"))
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
    let status = try spawn(
        "/bin/sh", ["-c", command, unloopExecutable.path], environment: variables, output: output.path,
        errors: errors.path)
    return CommandResult(
        status: status, output: try String(contentsOf: output, encoding: .utf8),
        errors: try String(contentsOf: errors, encoding: .utf8))
}

/// Runs `unloop` on a terminal with so many columns, and gives its status and what the terminal was sent.
///
/// - Parameter closing: whether the terminal is closed when the first text arrives.
func unloopOnTerminal(_ arguments: [String], columns: UInt16, closing: Bool = false) throws -> (
    status: Int32, text: String
) {
    let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    // TIOCSPTLCK and TIOCGPTN (ioctl_tty(2)): unlocks the other side and gives its number.
    var (lock, number): (Int32, UInt32) = (0, 0)
    let isReady = ioctl(terminal, 0x4004_5431, &lock) == 0 && ioctl(terminal, 0x8004_5430, &number) == 0
    try #require(terminal >= 0 && isReady)
    var isOpen = true
    defer { if isOpen { close(terminal) } }
    let name = "/dev/pts/\(number)"
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    let isSized = ioctl(terminal, UInt(TIOCSWINSZ), &size) == 0
    try #require(isSized)
    let variables = ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
    let process = try start(
        unloopExecutable.path, arguments, environment: variables, output: (name, O_RDWR | O_NOCTTY),
        errors: (name, O_RDWR | O_NOCTTY))
    var (text, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
    while true {
        // The end of the last process on the other side is an error.
        let count = read(terminal, &buffer, buffer.count)
        if count <= 0 { break }
        text += buffer[..<count]
        if closing {
            close(terminal)
            isOpen = false
            break
        }
    }
    return (try status(of: process), String(decoding: text, as: UTF8.self))
}

/// Runs a program and waits for it. Foundation's `Process` is not used: when tests start several at once, its wait for the end
/// of one can last forever.
private func spawn(
    _ path: String, _ arguments: [String], environment: [String], output: String, errors: String
) throws -> Int32 {
    let writing = O_WRONLY | O_CREAT | O_TRUNC
    return try status(
        of: start(
            path, arguments, environment: environment, output: (output, writing), errors: (errors, writing)))
}

/// Starts a program with its streams in these files.
private func start(
    _ path: String, _ arguments: [String], environment: [String], output: (path: String, flags: Int32),
    errors: (path: String, flags: Int32)
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output.path, output.flags, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors.path, errors.flags, 0o600)

    let words = ([path] + arguments).map { strdup($0) } + [nil]
    let variables = environment.map { strdup($0) } + [nil]
    defer { for text in words + variables { free(text) } }
    var process = pid_t()
    let failure = posix_spawn(&process, path, &actions, nil, words, variables)
    try #require(failure == 0, "\(path): \(String(cString: strerror(failure)))")
    return process
}

/// Waits for the end: the status, or the negative number of the signal that ended it.
private func status(of process: pid_t) throws -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 {
        try #require(errno == EINTR, "waitpid: \(String(cString: strerror(errno)))")
    }
    // The low seven bits are the signal that ended it, if one did (wait(2)).
    return status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
}
