import Foundation
import UnloopData

/// A directory for one test, removed at its end.
final class TemporaryDirectory {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("unloop-data-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    func write(_ bytes: some Sequence<UInt8>, _ name: String = "file") throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    func write(_ text: String, _ name: String = "file") throws -> String { try write(text.utf8, name) }
}

func bigEndian(_ words: UInt32...) -> [UInt8] {
    words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) } }
}

/// What a test tells the process of its exit test: a file that both find by the number of the test's process. The environment will not do: other
/// tests read it meanwhile.
struct Message {
    let name: String

    private func path(_ process: pid_t) -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("unloop-\(name)-\(process)").path
    }

    func send(_ words: [String]) throws {
        try Data(words.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path(getpid())))
    }

    func received() -> [String] {
        let bytes = FileManager.default.contents(atPath: path(getppid())) ?? Data()
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    func remove() { try? FileManager.default.removeItem(atPath: path(getpid())) }
}
