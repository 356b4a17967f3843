import Foundation
import UnloopBackend
import UnloopData

/// Files of other programs and what is in them; Golden/make_formats.py has written them down.
struct GoldenImages: Decodable, Sendable {
    struct Image: Decodable, Sendable {
        let name: String
        let file: Data
        let width: Int
        let height: Int
        let channels: Int
        let samples: Data
        /// What lies behind transparent pixels, if anything.
        let background: UInt8?
        /// The least width and height, if the image is reduced.
        let size: [Int]?

        var bitmap: Bitmap { Bitmap(width: width, height: height, channels: channels, samples: [UInt8](samples)) }
        var leastSize: (width: Int, height: Int)? { size.map { ($0[0], $0[1]) } }
    }

    let png: [Image]
    let jpeg: [Image]

    static let values = Result { try decoded(GoldenImages.self, "images.json") }
}

struct GoldenArchives: Decodable, Sendable {
    struct NPZ: Decodable, Sendable {
        struct Array: Decodable, Sendable {
            let name: String
            let npy: Data
        }

        let name: String
        let file: Data
        let arrays: [Array]
    }

    struct Gzip: Decodable, Sendable {
        let name: String
        let file: Data
        let content: Data
    }

    let npz: [NPZ]
    let gzip: [Gzip]

    static let values = Result { try decoded(GoldenArchives.self, "archives.json") }
}

let goldenFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")

private func decoded<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: goldenFolder.appendingPathComponent(name)))
}

/// A directory for one test, removed at its end.
final class TemporaryDirectory {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("unloop-formats-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    func write(_ bytes: some Sequence<UInt8>, _ name: String = "file") throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }
}

/// The error of a call, nil where it gives a result.
func dataError<Result>(_ body: () throws(DataError) -> Result) -> DataError? {
    do throws(DataError) {
        _ = try body()
        return nil
    } catch {
        return error
    }
}

func bigEndian(_ words: Int...) -> [UInt8] {
    words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) } }
}

/// A chunk of a PNG file with its check.
func pngChunk(_ kind: String, _ content: [UInt8]) -> [UInt8] {
    let checked = Array(kind.utf8) + content
    return bigEndian(content.count) + checked + bigEndian(Int(crc32(checked)))
}

let pngSignature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/// A PNG file of stored rows, each with the number of its filter before it; short enough for one block.
func storedPNG(_ width: Int, _ height: Int, depth: UInt8, colorType: UInt8, rows: [UInt8]) -> [UInt8] {
    var stream: [UInt8] = [0x78, 0x01]
    for start in stride(from: 0, to: rows.count, by: 65535) {
        let block = rows[start..<min(start + 65535, rows.count)]
        let (low, high) = (UInt8(block.count & 255), UInt8(block.count >> 8))
        stream += [block.endIndex == rows.count ? 1 : 0, low, high, ~low, ~high] + block
    }
    stream += bigEndian(Int(adler32(rows)))
    let header = bigEndian(width, height) + [depth, colorType, 0, 0, 0]
    return pngSignature + pngChunk("IHDR", header) + pngChunk("IDAT", stream) + pngChunk("IEND", [])
}
