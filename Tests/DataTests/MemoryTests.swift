import Foundation
import Testing
import UnloopBackend
import UnloopData

/// Reading takes at most four times the file's memory, whatever is in it; measured in processes of their own.
@Suite(.serialized) struct MemoryTests {
    private static func kilobytes(_ name: String) -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0
    }

    private static let message = Message(name: "memory")

    /// Reads the file of the message as its format, and fails if that took too much.
    private static func readWithinBounds() {
        let words = message.received()
        let (path, format, isValid) = (words[0], words[1], words[2] == "valid")
        let size = (try? ByteReader(path: path).byteCount) ?? 0
        // What is used once, such as tables of the library.
        _ = try? CSVTable(text: "1,2\n").reals(columns: 0..<2)
        // 5 resets the peak (proc_pid_clear_refs(5)).
        let reset = open("/proc/self/clear_refs", O_WRONLY)
        _ = write(reset, "5", 1)
        close(reset)
        let before = kilobytes("VmRSS")
        var isRead = true
        do {
            switch format {
            case "safetensors": _ = try SafeTensors(path: path)
            case "idx": _ = try IDXFile(path: path)
            case "npy": _ = try NPYFile(path: path)
            case "netpbm": _ = try Bitmap(netpbm: path)
            case "csv": _ = try CSVTable(path: path)
            default:
                let table = try CSVTable(path: path)
                _ = try table.reals(columns: 0..<table.columnCount)
            }
        } catch {
            isRead = false
        }
        let used = kilobytes("VmHWM") - before
        require(before > 0 && size > 1 << 20, "nothing was measured")
        require(isRead == isValid, "\(format): read \(isRead)")
        // Two megabytes for what does not grow with the file.
        require(used <= 4 * size / 1024 + 2048, "\(format): \(used) KiB for a file of \(size / 1024) KiB")
    }

    private static func safetensors(_ header: String, _ payload: Int) -> [UInt8] {
        let bytes = Array(header.utf8)
        let length = (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) }
        return length + bytes + [UInt8](repeating: 0, count: payload)
    }

    /// Small arrays, one after the other.
    private static func entries(_ count: Int, _ name: String) -> String {
        (0..<count).map {
            "\"\(name)\($0)\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[\(4 * $0),\(4 * $0 + 4)]}"
        }
        .joined(separator: ",")
    }

    static let files: [(String, String, @Sendable () -> [UInt8])] = [
        (
            "one large array", "safetensors",
            {
                safetensors(#"{"a":{"dtype":"F32","shape":[2000000],"data_offsets":[0,8000000]}}"#, 8_000_000)
            }
        ),
        ("many small arrays", "safetensors", { safetensors("{" + entries(40_000, "layer.weight.") + "}", 160_000) }),
        (
            "many empty arrays", "safetensors",
            {
                safetensors(
                    "{"
                        + (0..<40_000).map { "\"\($0)\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}" }
                        .joined(separator: ",") + "}", 0)
            }
        ),
        (
            "many metadata", "safetensors",
            {
                safetensors(
                    "{\"__metadata__\":{" + (0..<400_000).map { "\"\($0)\":\"\"" }.joined(separator: ",") + "}}", 0)
            }
        ),
        ("brackets", "safetensors", { safetensors("{\"a\":" + String(repeating: "[", count: 4_000_000), 0) }),
        (
            "a long shape", "safetensors",
            {
                safetensors("{\"a\":{\"shape\":[" + String(repeating: "0,", count: 2_000_000) + "0]}}", 0)
            }
        ),
        (
            "a long name", "safetensors",
            { safetensors("{\"" + String(repeating: "\\n", count: 2_000_000) + "\":1}", 0) }
        ),
        ("bytes", "idx", { [0, 0, 8, 1] + bigEndian(8_000_000) + [UInt8](repeating: 1, count: 8_000_000) }),
        (
            "bytes in columns", "npy",
            {
                NPYTests.file(NPYTests.header("|u1", "(4000, 2000)", "True"), [UInt8](repeating: 1, count: 8_000_000))
            }
        ),
        (
            "halves", "npy",
            { NPYTests.file(NPYTests.header("<f2", "(4000000,)"), [UInt8](repeating: 1, count: 8_000_000)) }
        ),
        ("few levels", "netpbm", { Array("P5 2000 2000 9\n".utf8) + [UInt8](repeating: 5, count: 4_000_000) }),
        ("empty fields", "csv", { [UInt8](repeating: UInt8(ascii: ","), count: 4_000_000) }),
        ("short rows", "csv", { [UInt8]((0..<2_000_000).flatMap { _ in [0x31, 0x0a] }) }),
        ("quotes", "csv", { [0x22] + [UInt8](repeating: 0x22, count: 4_000_000) + [0x22] }),
        ("numbers", "reals", { Array((0..<200_000).map { "\($0),1,2.5,x".dropLast(2) }.joined(separator: "\n").utf8) }),
    ]

    /// Those that are no files of their format.
    private static let refused = ["many metadata", "brackets", "a long shape", "a long name"]

    @Test("no file takes more than four times its size", arguments: files.indices)
    func bounds(_ index: Int) async throws {
        let (name, format, bytes) = Self.files[index]
        let directory = try TemporaryDirectory()
        let path = try directory.write(bytes())
        try Self.message.send([path, format, Self.refused.contains(name) ? "refused" : "valid"])
        defer { Self.message.remove() }
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            Self.readWithinBounds()
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(!text.contains("Fatal"), "\(name): \(text)")
    }

    /// A file of a hundred terabytes takes no room on the disk, but its elements would.
    @Test func sparseFilesLargerThanMemoryAreErrors() throws {
        let directory = try TemporaryDirectory()
        let size: UInt64 = 1 << 43
        let path = try directory.write([0, 0, 0x0e, 2] + bigEndian(1 << 20, 1 << 20))
        guard truncate(path, off_t(size + 12)) == 0 else { return }
        #expect { try IDXFile(path: path) } throws: { error in
            if case .unreadable(path, let reason)? = error as? DataError { reason.contains("memory") } else { false }
        }
        let header = NPYTests.file(NPYTests.header("<f8", "(1048576, 1048576)", "True"))
        let columns = try directory.write(header, "columns")
        guard truncate(columns, off_t(size) + off_t(header.count)) == 0 else { return }
        #expect { try NPYFile(path: columns) } throws: { error in
            if case .unreadable(columns, let reason)? = error as? DataError { reason.contains("memory") } else { false }
        }
        for read in [{ _ = try CSVTable(path: path) }, { _ = try Bitmap(netpbm: path) }] {
            #expect(throws: DataError.self) { try read() }
        }
    }
}
