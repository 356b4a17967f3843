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
    // The streams go into files, so that no pipe can fill up.
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (output, errors) = (folder.appendingPathComponent("out"), folder.appendingPathComponent("err"))
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
    let status = try spawn(
        unloopExecutable.path, arguments, environment: variables, output: output.path, errors: errors.path)
    return CommandResult(
        status: status, output: try String(contentsOf: output, encoding: .utf8),
        errors: try String(contentsOf: errors, encoding: .utf8))
}

/// Runs a program and waits for it. Foundation's `Process` is not used: when tests start several at once, its wait for the end
/// of one can last forever.
private func spawn(
    _ path: String, _ arguments: [String], environment: [String], output: String, errors: String
) throws -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let writing = O_WRONLY | O_CREAT | O_TRUNC
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, writing, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, writing, 0o600)

    let words = ([path] + arguments).map { strdup($0) } + [nil]
    let variables = environment.map { strdup($0) } + [nil]
    defer { for text in words + variables { free(text) } }
    var process = pid_t()
    let failure = posix_spawn(&process, path, &actions, nil, words, variables)
    try #require(failure == 0, "\(path): \(String(cString: strerror(failure)))")
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 {
        try #require(errno == EINTR, "waitpid: \(String(cString: strerror(errno)))")
    }
    // The low seven bits are the signal that ended it, if one did (wait(2)).
    return status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
}
