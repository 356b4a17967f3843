import Foundation
import UnloopBackend

/// An earlier result of `unloop bench --format json`, to compare with.
struct Baseline {
    private struct File: Decodable {
        struct Row: Decodable {
            let suite: String
            let name: String
            let shape: [Int]
            let dtype: String
            let device: String
            let median_ns: Double?
        }
        let schema: Int
        let benchmarks: [Row]
    }

    private var medians: [String: Double] = [:]

    /// - Throws: a message that names the file when it cannot be read or is of another kind.
    init(path: String) throws {
        let file: File
        do {
            let reader = try ByteReader(path: path)
            let bytes = try reader.read(reader.byteCount, as: UInt8.self)
            file = try JSONDecoder().decode(File.self, from: Data(bytes))
        } catch let error as FileFailure {
            throw BenchError("cannot read \(path): \(error.reason)")
        } catch {
            throw BenchError("\(path) is not a result of `unloop bench --format json`: \(Self.reason(error))")
        }
        guard file.schema == 1 else { throw BenchError("\(path) has schema \(file.schema); this program reads 1") }
        for row in file.benchmarks {
            medians["\(row.suite) \(row.name) \(row.shape) \(row.dtype) \(row.device)"] = row.median_ns
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case DecodingError.dataCorrupted: "not JSON"
        case DecodingError.keyNotFound(let key, _): "no key \(key.stringValue)"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "unexpected value at \(context.codingPath.map(\.stringValue).joined(separator: "."))"
        default: (error as NSError).localizedDescription
        }
    }

    func fill(_ rows: inout [Row]) {
        for position in rows.indices { rows[position].baseMedian = medians[rows[position].key] }
    }
}

struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
