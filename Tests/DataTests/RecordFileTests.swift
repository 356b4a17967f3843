import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopTensor

@Suite struct RecordFileTests {
    private func littleEndian(_ value: Float) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
    }

    private let key = RandomKey(seed: 0)

    private func keys(_ count: Int) -> [RandomKey] { [RandomKey](repeating: key, count: count) }

    /// Batches and examples one by one are the same.
    private func check(_ source: some DataSource, _ indices: [Int]) throws {
        let batch = try source.batch(at: indices, keys: keys(indices.count), padding: nil, on: .loop)
        for (row, index) in indices.enumerated() {
            let example = try source.example(at: index, key: key)
            let own = batch.sliced(row..<row + 1)
            #expect(try own.features.hostArray() == example.features.elements)
            #expect(try own.labels.hostArray() == example.label.elements)
            #expect(batch.exampleShape == example.features.shape)
            #expect(try own.weights?.scalars() == example.weight.map { [$0] })
        }
    }

    @Test("records without numbers, whose other sizes a batch multiplies beyond memory, are an error")
    func sizesBesideNothing() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write([1, 2, 3], "records")
        for shape in [[0, (1 << 60) - 1], [(1 << 60) - 1, 0]] {
            let file = try RecordFile(path: path, fields: [.label(.uint8), .features(.uint8, shape)])
            #expect(try file.example(at: 1, key: RandomKey(seed: 0)).features.shape == shape)
            #expect(throws: (any Error).self) {
                try file.batch(at: [0, 1, 2], keys: (0..<3).map { RandomKey(seed: $0) }, padding: nil, on: .loop)
            }
            for broken in [Loader.BrokenExamples.thrown, .skipped(atMost: 3)] {
                let batches = Loader(file, batchSize: 3, order: .sequential, brokenExamples: broken)
                    .batches(epoch: 0, on: .loop)
                #expect(throws: (any Error).self) { try batches.next() }
            }
        }
    }

    @Test("images channel by channel, as those of CIFAR-10 lie") func images() throws {
        let directory = try TemporaryDirectory()
        // Two channels of 2×3, and a class before them.
        var bytes: [UInt8] = [9, 9]
        for record in UInt8(0)..<5 {
            bytes.append(record + 3)
            for sample in UInt8(0)..<12 { bytes.append(20 * record + sample) }
        }
        let path = try directory.write(bytes)
        let source = try RecordFile(
            path: path,
            fields: [.label(.uint8), .features(.uint8, [2, 2, 3], dividedBy: 255, axes: [1, 2, 0])], headerBytes: 2)
        #expect(source.count == 5)
        let example = try source.example(at: 1, key: key)
        #expect(example.label == Example.Values(4))
        #expect(example.features.shape == [2, 3, 2])
        let expected = [20, 26, 21, 27, 22, 28, 23, 29, 24, 30, 25, 31].map { Float($0) / 255 }
        #expect(example.features.elements == .float32(expected))
        try check(source, [4, 0, 1, 2, 3, 3])
        try check(source, [2])
        let empty = try source.batch(at: [], keys: [], padding: nil, on: .loop)
        #expect(empty.features.shape == [0, 2, 3, 2] && empty.labels.shape == [0])
    }

    @Test func weightsAndRealLabels() throws {
        let directory = try TemporaryDirectory()
        var bytes: [UInt8] = []
        for record in 0..<4 {
            bytes += littleEndian(Float(record) / 2)
            bytes.append(7)
            bytes += littleEndian(-Float(record))
            bytes += littleEndian(.infinity)
        }
        let path = try directory.write(bytes)
        let source = try RecordFile(
            path: path,
            fields: [.weight(.float32), .skipped(bytes: 1), .features(.float32, []), .label(.float32, [1])])
        let batch = try source.batch(at: [3, 1], keys: keys(2), padding: nil, on: .loop)
        #expect(try batch.features.scalars() == [-3, -1])
        #expect(try batch.labels.scalars() == [.infinity, .infinity] && batch.labels.shape == [2, 1])
        #expect(try #require(batch.weights).scalars() == [1.5, 0.5])
        try check(source, [0, 1, 2, 3])
    }

    @Test func withoutLabelsTheFeaturesAreTheLabel() throws {
        let directory = try TemporaryDirectory()
        let source = try RecordFile(
            path: try directory.write([1, 2, 3, 4]), fields: [.features(.uint8, [2], as: .int32)])
        let example = try source.example(at: 1, key: key)
        #expect(example.features == example.label && example.features.elements == .int32([3, 4]))
        try check(source, [1, 0])
    }

    @Test func rowsOfNPY() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("rows.npy")
        try NPYFile(shape: [3, 2], elements: .float32([1, 2, 3, -0.0, .nan, 6])).write(to: path)
        let source = try RecordFile(npy: path)
        #expect(source.count == 3)
        #expect(try source.example(at: 1, key: key).features == Example.Values([3, -0.0], shape: [2]))
        let batch = try source.batch(at: [2, 0], keys: keys(2), padding: nil, on: .loop)
        let scalars = try batch.features.scalars()
        #expect(scalars[0].isNaN && Array(scalars.dropFirst()) == [6, 1, 2])

        // Fortran order with more than one axis, and one number.
        for (header, text) in [
            ("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }", "column-major"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", "no rows"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2), }", "has 24 bytes less"),
        ] {
            let length = 128 - 10
            let padded = header + String(repeating: " ", count: length - 1 - header.utf8.count) + "\n"
            let bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length), 0] + Array(padded.utf8)
            let bad = try directory.write(bytes + [UInt8](repeating: 0, count: 24), "bad.npy")
            let error = #expect(throws: DataError.self) { try RecordFile(npy: bad) }
            if case .truncated(_, let expected, let actual)? = error {
                #expect(text.hasPrefix("has") && expected == 160 && actual == 152)
            } else {
                #expect("\(error.map { "\($0)" } ?? "")".contains(text))
            }
        }
    }

    @Test func rowsOfIDX() throws {
        let directory = try TemporaryDirectory()
        let images = try directory.write(
            [0, 0, 8, 3] + bigEndian(2, 2, 2) + [0, 51, 102, 255, 1, 2, 3, 4], "images")
        let labels = try directory.write([0, 0, 0x0b, 1] + bigEndian(2) + [1, 2, 0xff, 0xff], "labels")
        let source = try RecordFile(idx: images, dividedBy: 255)
            .zipped(withLabels: try RecordFile(idx: labels, as: .int32))
        let example = try source.example(at: 0, key: key)
        #expect(example.features == Example.Values([0, 0.2, 0.4, 1], shape: [2, 2]))
        #expect(example.label == Example.Values(258))
        try check(source, [1, 0, 1])
        #expect(try source.example(at: 1, key: key).label == Example.Values(-1))
    }

    @Test func tokens() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write((0..<11).flatMap { [UInt8($0), $0 == 10 ? 1 : 0] })
        let source = try TokenFile(path: path, window: 4)
        #expect(source.count == 2)
        let example = try source.example(at: 1, key: key)
        #expect(example.features == Example.Values(shape: [4], elements: .int32([4, 5, 6, 7])))
        #expect(example.label == Example.Values(shape: [4], elements: .int32([5, 6, 7, 8])))
        let overlapping = try TokenFile(path: path, window: 4, step: 2)
        #expect(overlapping.count == 4)
        #expect(try overlapping.example(at: 3, key: key).label.elements == .int32([7, 8, 9, 266]))
        for (window, count) in [(10, 1), (11, 0), (100, 0)] {
            #expect(try TokenFile(path: path, window: window).count == count)
        }
        #expect(
            try TokenFile(path: path, .uint16, isBigEndian: true, window: 1).example(at: 1, key: key).features.elements
                == .int32([256]))
        #expect(throws: DataError.self) { try TokenFile(path: path, .int32, window: 1) }
        // Beyond int32.
        let large = try directory.write([UInt8](repeating: 255, count: 8), "large")
        #expect(throws: DataError.self) { try TokenFile(path: large, .uint32, window: 1).example(at: 0, key: key) }
    }

    // MARK: Files that are not what they should be

    @Test func badFiles() throws {
        let directory = try TemporaryDirectory()
        let fields: [RecordField] = [.features(.float32, [3])]
        #expect(throws: DataError.self) { try RecordFile(path: directory.path("none"), fields: fields) }
        #expect(throws: DataError.self) { try RecordFile(path: directory.path(""), fields: fields) }
        let odd = try directory.write([UInt8](repeating: 0, count: 25))
        #expect(
            "\(#expect(throws: DataError.self) { try RecordFile(path: odd, fields: fields) } as Any)".contains("25"))
        #expect(throws: DataError.self) { try RecordFile(path: odd, fields: fields, headerBytes: 26) }
        let pipe = directory.path("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        #expect(throws: DataError.self) { try RecordFile(path: pipe, fields: fields) }
        #expect(throws: DataError.self) { try TokenFile(path: pipe, window: 1) }
        // Sizes that no memory holds, and such that the place of the last element has no number.
        for (shape, elements) in [("(1, 4611686018427387904)", "<f4"), ("(1152921504606846975,)", "<f8")] {
            let huge = try directory.write(NPYTests.file(NPYTests.header(elements, shape), [0, 0]), "huge")
            #expect(throws: DataError.self) { try RecordFile(npy: huge) }
        }
        // 2^30 - 1 times 2^30 + 1.
        let idx = try directory.write([0, 0, 14, 2] + bigEndian(1_073_741_823, 1_073_741_825), "idx")
        #expect(throws: DataError.self) { try RecordFile(idx: idx) }
        let truth = try directory.write([0, 1, 2])
        let source = try RecordFile(path: truth, fields: [.features(.bool, [])])
        #expect(throws: DataError.self) { try source.example(at: 2, key: key) }
    }

    @Test("sizes that no file has are errors before anything is made of them") func announcedSizes() throws {
        let directory = try TemporaryDirectory()
        func error(_ shape: String) throws -> DataError? {
            let header = NPYTests.header("<f8", shape)
            let path = try directory.write(NPYTests.file(header, [UInt8](repeating: 0, count: 8)), "array.npy")
            return #expect(throws: DataError.self) { try RecordFile(npy: path) }
        }
        // An example that no memory holds, however many there are.
        for shape in ["(1, 4611686018427387904)", "(0, 4611686018427387904)", "(4611686018427387904, 1)"] {
            guard case .malformed(_, "NPY", let reason)? = try error(shape) else {
                Issue.record("\(shape)")
                continue
            }
            #expect(reason.contains("larger than any memory"))
        }
        // With the header, more bytes than an Int can say.
        guard case .truncated(_, let expected, let actual)? = try error("(1152921504606846975,)") else {
            Issue.record("not truncated")
            return
        }
        #expect(expected == 9_223_372_036_854_775_800 + actual - 8)
        let path = try directory.write([0, 0, 0x0e, 2] + bigEndian((1 << 30) - 1, (1 << 30) + 1), "array.idx")
        #expect(
            throws: DataError.truncated(file: path, expectedBytes: 9_223_372_036_854_775_812, actualBytes: 12)
        ) { try RecordFile(idx: path) }
    }

    @Test("a file that becomes shorter is an error, not the end of the process") func shrinking() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write([UInt8](repeating: 1, count: 4 << 20))
        let source = try RecordFile(path: path, fields: [.features(.uint8, [1024])])
        let loader = Loader(source, batchSize: 16, order: .sequential, workers: 2)
        let batches = loader.batches(epoch: 0, on: .loop)
        _ = try batches.next()
        #expect(truncate(path, 1 << 20) == 0)
        do {
            while try batches.next() != nil {}
            Issue.record("no error")
        } catch LoadingError.example(let index, let reason) {
            #expect(index == 1024)
            #expect(reason as? DataError == .unreadable(file: path, reason: "it became shorter while it was read"))
        }
        let tokens = try TokenFile(path: path, window: 8)
        #expect(truncate(path, 4) == 0)
        #expect(throws: DataError.self) { try tokens.example(at: 100, key: key) }
    }

    @Test("a record that cannot be had is named, whoever is asked for it") func brokenRecords() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write([0, 1, 0, 1, 0, 2, 0, 1])
        let source = try RecordFile(path: path, fields: [.features(.bool, [2])])
        let expected = DataError.malformed(
            file: path, format: "binary", reason: "the truth value at [1] is 2, not 0 or 1")
        #expect(throws: expected) { try source.example(at: 2, key: key) }
        do {
            _ = try source.batch(at: [3, 1, 2, 0], keys: keys(4), padding: nil, on: .loop)
            Issue.record("no error")
        } catch LoadingError.example(2, let reason) {
            #expect(reason as? DataError == expected)
        }
        let loader = Loader(source, batchSize: 3, order: .sequential, brokenExamples: .skipped(atMost: 1))
        let batches = loader.batches(epoch: 0, on: .loop)
        #expect(try batches.next()?.features.scalars() == [0, 1, 0, 1])
        #expect(batches.brokenExamples == 1)
    }

    @Test func identities() throws {
        let directory = try TemporaryDirectory()
        let (a, b) = (try directory.write([1, 2, 3, 4], "a"), try directory.write([1, 2, 3, 5], "b"))
        func identity(_ path: String, _ fields: [RecordField]) throws -> String {
            try #require(try RecordFile(path: path, fields: fields).identity())
        }
        let fields: [RecordField] = [.features(.uint8, [2])]
        #expect(try identity(a, fields) == identity(a, fields))
        #expect(try identity(a, fields) != identity(b, fields))
        #expect(try identity(a, fields) != identity(a, [.features(.uint8, [2], dividedBy: 255)]))
        #expect(try identity(a, fields) != identity(a, [.features(.uint8, []), .label(.uint8)]))
    }

    @Test func misuse() async {
        await #expect(processExitsWith: .failure) { _ = RecordField.features(.uint8, [-1]) }
        await #expect(processExitsWith: .failure) { _ = RecordField.features(.uint8, [2], dividedBy: 0) }
        await #expect(processExitsWith: .failure) { _ = RecordField.features(.uint8, [2], as: .int32, dividedBy: 2) }
        await #expect(processExitsWith: .failure) { _ = RecordField.features(.uint8, [2, 3], axes: [0, 0]) }
        await #expect(processExitsWith: .failure) { _ = try RecordFile(path: "/dev/null", fields: [.label(.uint8)]) }
    }
}
