#if OpenCL
    import Foundation
    import Glibc
    import Testing

    /// `fault-injection`, which `scripts/fault-injection` runs at length.
    @Suite struct FaultInjectionTests {
        @Test("whatever call of the driver fails, the result is right, or an error is thrown after which it is")
        func everyEntryPoint() throws {
            let folder = try TemporaryFolder()
            let output = folder.url.appendingPathComponent("summary.json").path
            let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
                .appendingPathComponent("fault-injection").path
            let status = try spawn(program, ["--short"], output: output)
            let text = try String(contentsOfFile: output, encoding: .utf8)
            #expect(status == 0, "\(text)")
            let summary = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            #expect(summary["injected"] as? Int ?? 0 > 30)
            #expect(summary["entry_points"] as? Int ?? 0 > 20)
        }

        /// Runs a program and waits for it.
        private func spawn(_ path: String, _ arguments: [String], output: String) throws -> Int32 {
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
            let words = ([path] + arguments).map { strdup($0) } + [nil]
            defer { for word in words { free(word) } }
            var process = pid_t()
            let failure = posix_spawn(&process, path, &actions, nil, words, environ)
            try #require(failure == 0, "\(path): \(String(cString: strerror(failure)))")
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0 {
                try #require(errno == EINTR, "waitpid: \(String(cString: strerror(errno)))")
            }
            return status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
        }
    }
#endif
