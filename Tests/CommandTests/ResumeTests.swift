import Foundation
import Testing

/// `unloop train --checkpoint`, `--receipt` and `unloop verify`.
@Suite struct ResumeTests {
    /// A folder for one test, removed at its end.
    private final class Folder {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("unloop-command-\(UUID().uuidString)")
        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: url) }
        func path(_ name: String) -> String { url.appendingPathComponent(name).path }
    }

    private static let task = [
        "train", "digits", "--model", "mlp", "--epochs", "2", "--device", "cpu", "--format", "json",
    ]

    @Test func aTrainingThatIsInterruptedGoesOn() throws {
        let folder = try Folder()
        let whole = try unloop(Self.task + ["--receipt", folder.path("whole")]).json()
        #expect(whole["resumed_from_step"] as? Int == 0 && whole["steps"] as? Int == 90)
        // A signal a little later; how far the training is then, nobody knows. On the loop there is time enough.
        let words = (Self.task + ["--device", "loop", "--checkpoint", folder.path("run"), "--every", "4"]).joined(
            separator: " ")
        for (signal, status) in [("TERM", 143), ("INT", 130)] {
            let stopped = try unloopInShell(
                "trap '' INT; (trap - INT; exec \"$0\" \(words) --resume) & sleep 0.15; kill -\(signal) $!; wait $!")
            #expect([Int32(status), 0].contains(stopped.status), "\(stopped.errors)")
            if stopped.status != 0 { #expect(stopped.errors.contains("--resume goes on")) }
        }
        let resumed = try unloop(
            Self.task + ["--checkpoint", folder.path("run"), "--resume", "--receipt", folder.path("rest")])
        #expect(resumed.status == 0, "\(resumed.errors)")
        let end = try resumed.json()
        #expect(end["weights_sha256"] as? String == whole["weights_sha256"] as? String)
        #expect(end["steps"] as? Int == 90)
        #expect(end["test_accuracy"] as? Double == whole["test_accuracy"] as? Double)
        // Without --resume its checkpoints are not overwritten.
        let again = try unloop(Self.task + ["--checkpoint", folder.path("run")])
        #expect(again.status == 1 && again.errors.contains("--resume"))
        let other = try unloop(Self.task + ["--checkpoint", folder.path("run"), "--resume", "--seed", "1"])
        #expect(other.status == 1 && other.errors.contains("its seed is 0, not 1"))
    }

    @Test func receiptsAreVerified() throws {
        let folder = try Folder()
        let path = folder.path("receipt")
        _ = try unloop(Self.task + ["--receipt", path, "--checkpoint", folder.path("run"), "--every", "60"])
        let verified = try unloop("verify", path, "--device", "loop", "--format", "json").json()
        #expect(verified["ok"] as? Bool == true && verified["steps"] as? Int == 90)
        #expect(verified["first_difference"] is NSNull)
        let checkpoint = folder.path("run/step-000000060.safetensors")
        let rest = try unloop("verify", path, "--device", "cpu", "--from", checkpoint)
        #expect(rest.status == 0 && rest.output.contains("90 steps"))
        // A receipt that says something else, with hashes to match, as another library or a broken device would write it.
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
        let entries = lines.map { String($0.dropFirst("{\"chain\":\"".count + 64 + "\",\"entry\":".count).dropLast()) }
        let changed = entries.map { $0.replacingOccurrences(of: "\"loss\":\"3", with: "\"loss\":\"4") }
        #expect(changed != entries)
        try Self.chained(changed).write(toFile: path, atomically: true, encoding: .utf8)
        let differs = try unloop("verify", path, "--device", "cpu", "--format", "json")
        #expect(differs.status == 1)
        let difference = try #require(try differs.json()["first_difference"] as? [String: Any])
        #expect(difference["step"] as? Int == 50 && difference["part"] as? String == "loss")
        // One that was changed without them.
        try (lines.joined(separator: "\n").replacingOccurrences(of: "\"epoch\":2", with: "\"epoch\":3") + "\n").write(
            toFile: path, atomically: true, encoding: .utf8)
        let edited = try unloop("verify", path)
        #expect(edited.status == 1 && edited.errors.contains("changed after it was written"))
        #expect(try unloop("verify", folder.path("absent")).status == 1)
        #expect(try unloop("verify").status == 2)
    }

    /// Lines as a receipt has them, by `sha256sum`.
    private static func chained(_ entries: [String]) throws -> String {
        var (hash, text) = ("", "")
        for entry in entries {
            let quoted = (hash + entry).replacingOccurrences(of: "'", with: "'\\''")
            hash = String(try unloopInShell("printf %s '\(quoted)' | sha256sum").output.prefix(64))
            text += "{\"chain\":\"\(hash)\",\"entry\":\(entry)}\n"
        }
        return text
    }

    @Test func optionsThatBelongTogether() throws {
        for words in [["--every", "3"], ["--resume"], ["--checkpoint", "x", "--every", "0"]] {
            #expect(try unloop(["train", "digits"] + words).status == 2, "\(words)")
        }
    }

    /// `stop-and-resume`, which `scripts/stop-and-resume` runs at length.
    @Test("however a training is stopped, it goes on to the same weights")
    func stopAndResume() throws {
        let program = unloopExecutable.deletingLastPathComponent().appendingPathComponent("stop-and-resume")
        let result = try run(program, ["4", "1"])
        #expect(result.status == 0, "\(result.output)")
        let summary = try #require(result.output.split(separator: "\n").last)
        #expect(summary.contains("\"runs\": 10, \"equal\": 10") && summary.contains("\"faults\": 0"))
    }
}
