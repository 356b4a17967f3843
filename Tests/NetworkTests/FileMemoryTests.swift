import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork

/// Reading what trainings write takes at most four times the file's memory, whatever is in it; measured in processes of their own.
@Suite(.serialized) struct FileMemoryTests {
    private static func kilobytes(_ name: String) -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0
    }

    /// Fails unless the file is refused within its bounds.
    private static func check(_ path: String, _ bytes: [UInt8], _ read: () throws -> Void) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        // What is used once.
        try? read()
        // 5 resets the peak (proc_pid_clear_refs(5)).
        let reset = open("/proc/self/clear_refs", O_WRONLY)
        _ = write(reset, "5", 1)
        close(reset)
        let before = kilobytes("VmRSS")
        var isRead = true
        do { try read() } catch { isRead = false }
        let used = kilobytes("VmHWM") - before
        require(before > 0 && !isRead, "nothing was measured")
        require(used <= 4 * bytes.count / 1024 + 2048, "\(used) KiB for a file of \(bytes.count / 1024) KiB")
    }

    @Test func manyLinesOfNothing() async {
        await #expect(processExitsWith: .success) {
            let directory = try TemporaryDirectory()
            let (path, lines) = (directory.path("lines"), [UInt8](repeating: 10, count: 4 << 20))
            try Self.check(path, lines) { _ = try ReceiptFile(path: path) }
            let history = try logHistory([])
            try Self.check(path, lines) { try JSONLinesLog(path).begin(history, step: 1) }
        }
    }

    /// Layers take far more memory than the digits that announce them.
    @Test func manyLayersWithoutWeights() async {
        await #expect(processExitsWith: .success) {
            let directory = try TemporaryDirectory()
            let path = directory.path("model")
            let table = try CSVTable(text: "x,y\n1,2\n2,3.5\n3,5\n", hasHeader: true)
            let model = try TableTask(label: "y", testShare: 0).run(table, on: .cpu, progress: .silent).model
            try model.save(to: path)
            var file = try SafeTensors(path: path)
            let text = try #require(file.metadata["table_model"])
            let units = repeatElement("1", count: 200_000).joined(separator: ",")
            // Spaces take what the decoder needs for each number.
            let space = String(repeating: " ", count: 8_000_000)
            file.metadata["table_model"] = text.replacing(
                "\"hiddenUnits\":[]", with: "\(space)\"hiddenUnits\":[\(units)]")
            try file.sealed().write(to: path)
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            try Self.check(path, bytes) { _ = try TableModel(path: path, on: .cpu) }
        }
    }
}
