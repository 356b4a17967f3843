import Foundation
import UnloopBackend
import UnloopTensor

extension DataSource {
    /// The same examples, written to a file once and read from there: for those that take long to make, such as decoded images. A file that
    /// is there already and holds these examples is used; one that holds others is written anew. It is written beside its place and then
    /// put there, so it is never half a cache.
    ///
    /// What is random about the examples is not kept: use it on them afterwards, with `mapped`.
    ///
    /// - Parameters:
    ///   - path: of the file; it takes four bytes for each number.
    ///   - workers: the number of threads that make the examples.
    /// - Throws: `DataError.unwritable` where the disk is full or the file may not be written; `unreadable` for what is there and no regular
    ///   file; `unsupported` for sources without an `identity`, as nobody could tell whether the file is theirs, for those without examples,
    ///   and for examples without a single number; `LoadingError` for examples that cannot be had, or that have other shapes or types than
    ///   the first.
    public func cached(at path: String, workers: Int = 2) throws -> some DataSource {
        guard let identity = try combinedIdentity("cached", identity()) else {
            throw DataError.unsupported(
                file: path, what: "no examples that could be told from others",
                remedy: "give the functions of `mapped` and `ImageFolder` a name, and your own source an `identity`")
        }
        if let file = try ExampleCache.existing(path, identity, count: count) { return file }
        try ExampleCache.write(self, identity, to: path, workers: workers)
        guard let file = try ExampleCache.existing(path, identity, count: count) else {
            throw DataError.unreadable(file: path, reason: "it was replaced while it was opened")
        }
        return file
    }
}

/// The file of a cache: a line of text, a line of JSON that says what each example consists of, then the examples, one after the other.
private enum ExampleCache {
    struct Header: Codable, Equatable {
        struct Part: Codable, Equatable {
            let type: String
            let shape: [Int]
        }

        let identity: String
        let count: Int
        let features: Part
        let label: Part
        let isWeighted: Bool
    }

    static let title = "Unloop examples 1\n"
    private static let longestHeader = 1 << 16

    /// The examples of a file, where it holds these.
    static func existing(_ path: String, _ identity: String, count: Int) throws(DataError) -> RecordFile? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let file = try BinaryFile(path: path)
        let start = try file.read(Swift.min(longestHeader, file.byteCount))
        guard start.starts(with: Array(title.utf8)),
            let end = start.dropFirst(title.utf8.count).firstIndex(of: UInt8(ascii: "\n")),
            let header = try? decodedJSON(Header.self, from: start[title.utf8.count..<end]),
            header.identity == identity, header.count == count, let fields = fields(header)
        else { return nil }
        let records = try? RecordFile(path: path, fields: fields, headerBytes: end + 1)
        return records?.count == header.count ? records : nil
    }

    /// Nil for what no such file says.
    private static func fields(_ header: Header) -> [RecordField]? {
        guard let bytes = byteCount(header), bytes > 0 else { return nil }
        func field(_ part: Header.Part) -> (NPYFile.Element, ElementType)? {
            elementType(part).map { (NPYFile.Element($0), $0) }
        }
        guard let features = field(header.features), let label = field(header.label) else { return nil }
        return [
            .features(features.0, header.features.shape, as: features.1),
            .label(label.0, header.label.shape, as: label.1),
        ] + (header.isWeighted ? [.weight(.float32)] : [])
    }

    private static func elementType(_ part: Header.Part) -> ElementType? {
        ElementType.allCases.first { "\($0)" == part.type }
    }

    /// Of an example; nil for shapes that no example has, or that no memory holds.
    private static func byteCount(_ header: Header) -> Int? {
        var sum = header.isWeighted ? ElementType.float32.byteCount : 0
        for part in [header.features, header.label] {
            guard part.shape.count < Dimensions.maximumRank, let count = elementCount(part.shape),
                let type = elementType(part)
            else { return nil }
            let (next, overflow) = sum.addingReportingOverflow(count * type.byteCount)
            if overflow { return nil }
            sum = next
        }
        return sum
    }

    static func write(_ source: some DataSource, _ identity: String, to path: String, workers: Int) throws {
        guard source.count > 0 else {
            throw DataError.unsupported(file: path, what: "no examples", remedy: "use a source that has some")
        }
        let first = try first(of: source)
        let header = Header(
            identity: identity, count: source.count, features: part(first.features), label: part(first.label),
            isWeighted: first.weight != nil)
        guard fields(header) != nil else {
            throw DataError.unsupported(
                file: path, what: "examples without numbers", remedy: "use a source whose examples have some")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let loader = Loader(source, batchSize: 64, order: .sequential, workers: workers)
        let batches = loader.batches(epoch: 0, on: .loop)
        var head: [UInt8]? = Array(title.utf8) + Array(try encoder.encode(header)) + [UInt8(ascii: "\n")]
        var failure: (any Error)?
        do throws(FileFailure) {
            try writeFile(to: path) { () throws(FileFailure) in
                if let bytes = head {
                    head = nil
                    return bytes
                }
                do {
                    guard let batch = try batches.next() else { return nil }
                    return try records(batch, header)
                } catch {
                    failure = error
                    throw FileFailure(0)
                }
            }
        } catch {
            throw failure ?? DataError.unwritable(file: path, reason: error.reason)
        }
    }

    private static func first(of source: some DataSource) throws -> Example {
        do {
            return try source.example(at: 0, key: RandomKey(seed: 0))
        } catch {
            throw LoadingError(error, at: 0)
        }
    }

    private static func part(_ values: Example.Values) -> Header.Part {
        Header.Part(type: "\(values.elements.elementType)", shape: values.shape)
    }

    /// The bytes of a batch, one example after the other.
    private static func records(_ batch: Dataset, _ header: Header) throws -> [UInt8] {
        for (tensor, part) in [(batch.features, header.features), (batch.labels, header.label)] {
            let shape = Array(tensor.shape.dropFirst())
            guard shape == part.shape, "\(tensor.elementType)" == part.type else {
                throw LoadingError.examplesDiffer("\(tensor.elementType) \(shape) after \(part.type) \(part.shape)")
            }
        }
        guard (batch.weights != nil) == header.isWeighted else {
            throw LoadingError.examplesDiffer("one example has a weight, another has none")
        }
        var columns = [
            SafeTensors.bytes(try batch.features.hostArray()), SafeTensors.bytes(try batch.labels.hostArray()),
        ]
        if let weights = batch.weights {
            // Those of examples are float32, whatever the tensor has.
            columns.append(SafeTensors.bytes(.float32(try weights.doubles().map { Float($0) })))
        }
        let sizes = columns.map { $0.count / batch.count }
        var records: [UInt8] = []
        records.reserveCapacity(columns.reduce(0) { $0 + $1.count })
        for row in 0..<batch.count {
            for (column, size) in zip(columns, sizes) { records += column[row * size..<(row + 1) * size] }
        }
        return records
    }
}
