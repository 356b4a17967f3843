import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopTensor

#if Formats
    import UnloopFormats
#endif
#if OpenCL
    import UnloopOpenCL
#endif

/// Every reader takes damaged files, made from the good ones in `Corpus`: it gives a result or a typed error, and never traps.
///
/// `scripts/fuzz` runs more of them. What ends the process is found again by its number, which is kept in the file `UNLOOP_FUZZ_STATE`.
@Suite(.serialized) struct FuzzTests {
    /// Tensors of every array that a file holds, where they are small.
    private func makeTensor(_ elements: HostArray, _ shape: [Int]) throws {
        let tensor = Tensor(elements, shape: shape, on: .loop)
        #expect(tensor.shape == shape && tensor.count == elements.count)
    }

    @Test func safetensors() throws {
        try fuzz(
            "safetensors",
            [
                "\"dtype\":\"F32\"", "\"shape\":[", "\"data_offsets\":[", "\"__metadata__\":{", "{", "}", "[", "]", ",",
                ":", "\"",
                "\\u0000", "\\ud800", "\\", "F64", "I32", "null", "true", " ", "\"a\":",
            ],
            repair: Repair.safeTensorsLength
        ) { bytes in
            let file = try SafeTensors(bytes: bytes)
            for array in file.arrays.values { try makeTensor(array.elements, array.shape) }
        }
    }

    @Test func csv() throws {
        try fuzz(
            "csv",
            [
                "\"", "\"\"", ",", ";", "\n", "\r\n", "\r", "\0", "nan", "-inf", "1e39", " ", "\t", "\u{feff}", "é",
                "2024-02-29", "1,5",
            ]
        ) { bytes in
            // With a header that is a table of another separator too.
            if let table = try? CSVTable(bytes: bytes, separator: ";", hasHeader: true) {
                try use(table)
                try learn(table, separator: ";")
            }
            if let table = try? CSVTable(bytes: bytes, hasHeader: true) { try learn(table, separator: ",") }
            try use(CSVTable(bytes: bytes))
        }
    }

    private func use(_ table: CSVTable) throws {
        let rows = table.rows
        #expect(rows.count == table.rowCount && rows.allSatisfy { $0.count == table.columnCount })
        let columns = 0..<table.columnCount
        guard let last = columns.last else { return }
        let (labels, names) = table.classes(column: last)
        #expect(labels.count == rows.count && labels.allSatisfy { names.indices.contains(Int($0)) })
        _ = try? table.integers(column: last)
        _ = try? table.reals(columns: columns.reversed())
        if let values = try? table.reals(columns: columns, missing: .notANumber) {
            #expect(values.count == rows.count * columns.count)
        }
    }

    /// Features and labels of a table with a header, and the table with one more column.
    private func learn(_ table: CSVTable, separator: Character) throws {
        let lines = table.lines(adding: ["p"]) { ["\($0)"] }.flatMap { $0 }
        let longer = try CSVTable(bytes: lines, separator: separator, hasHeader: true)
        #expect(longer.columnCount == table.columnCount + 1 && longer.rowCount == table.rowCount)
        let names = table.columnNames ?? []
        if let label = names.last, let values = try? TableLabelValues(label, in: table) {
            _ = TableLabel(values, trainingOn: Array(0..<table.rowCount / 2))
        }
        for rows in [nil, Array(0..<(table.rowCount + 1) / 2)] {
            guard let encoder = try? TableEncoder(fitting: table, rows: rows) else { continue }
            #expect(encoder.columns.count + encoder.leftOut.count == table.columnCount)
            // Rows that were not trained on may hold anything.
            guard let features = try? encoder(table, on: .loop) else { continue }
            #expect(features.shape == [table.rowCount, encoder.featureNames.count])
            #expect(try features.scalars().allSatisfy(\.isFinite))
        }
        // What is no number or date is an error, not a trap.
        for rule in [
            TableEncoder.Rule.date(), .number(missing: .median, scaling: .range), .category(.ordinal(.standard)),
        ] {
            let rules = Dictionary(names.map { ($0, rule) }, uniquingKeysWith: { first, _ in first })
            _ = try? TableEncoder(fitting: table, rules: rules)(table, on: .loop)
        }
    }

    @Test func idx() throws {
        try fuzz("idx", ["\0"], bytes: [[0, 0, 8, 1], [0xff, 0xff, 0xff, 0xff], [0, 0, 0, 0], [0x1f, 0x8b]]) { bytes in
            let file = try IDXFile(bytes: bytes)
            try makeTensor(file.elements, file.shape)
        }
    }

    static let npyWords = [
        "{", "}", "'descr': ", "'<f4'", "'|b1'", "'>i8'", "'|O'", "[('a', '<f4')]", "'fortran_order': ", "True",
        "False",
        "'shape': ", "()", "(1,)", "(2, 3)", "(", ")", ",", "L", "'", "\"", ":", " ", "\n", "\\",
    ]
    static let npyBytes: [[UInt8]] = [[1, 0], [2, 0], [3, 0], [0xff, 0xff, 0xff, 0xff]]

    @Test func npy() throws {
        try fuzz(
            "npy", Self.npyWords, bytes: Self.npyBytes,
            repair: Repair.npyLength
        ) { bytes in
            for type in [nil] + ElementType.allCases {
                // Errors that only some of them have are no results; that of the usual type counts below.
                guard let file = try? NPYFile(bytes: bytes, as: type) else { continue }
                try makeTensor(file.elements, file.shape)
            }
            let file = try NPYFile(bytes: bytes)
            #expect(file.elements.elementType != .float64)
        }
    }

    @Test func netpbm() throws {
        try fuzz("netpbm", ["P5", "P6", "P2", "#", "\n", " ", "255", "65535", "0", "# "]) { bytes in
            let image = try Bitmap(netpbm: bytes, name: "bytes")
            #expect(try Bitmap(netpbm: image.netpbmData(), name: "again") == image)
            #expect(image.pngData().count > image.samples.count)
        }
    }

    #if Formats
        @Test func png() throws {
            try fuzz(
                "png",
                ["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "bKGD", "iCCP", "zTXt", "acTL"],
                bytes: [
                    [0, 0, 0, 13], [0, 0, 0, 0], [0x78, 0x9c], [0xff, 0xff, 0xff, 0xff], [8, 3, 0, 0, 1],
                    [16, 6, 0, 0, 0],
                ],
                repair: { bytes in
                    // The check of each chunk as far as their lengths lead.
                    var place = 8
                    while place + 12 <= bytes.count {
                        let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
                        guard length <= bytes.count - place - 12 else { return }
                        let check = crc32(bytes[place + 4..<place + 8 + length])
                        for step in 0..<4 {
                            bytes[place + 8 + length + step] = UInt8(truncatingIfNeeded: check >> UInt32(24 - 8 * step))
                        }
                        place += 12 + length
                    }
                }
            ) { bytes in
                let image = try Bitmap(png: bytes, name: "bytes", maximumPixels: 1 << 20)
                let opaque = try Bitmap(png: bytes, background: 9, name: "bytes", maximumPixels: 1 << 20)
                #expect((opaque.width, opaque.height, opaque.channels) == (image.width, image.height, image.channels))
            }
        }

        @Test func jpeg() throws {
            try fuzz(
                "jpeg", ["Exif\0\0", "II*\0", "MM\0*", "JFIF\0", "Adobe"],
                bytes: [
                    [0xff, 0xd8], [0xff, 0xd9], [0xff, 0xda], [0xff, 0xc0], [0xff, 0xc2], [0xff, 0xc4], [0xff, 0xdb],
                    [0xff, 0xdd], [0xff, 0xd0], [0xff, 0xe1], [0xff, 0x00], [0xff, 0xff], [1, 0x12, 0, 3, 0, 0, 0, 1],
                ]
            ) { bytes in
                let image = try Bitmap(jpeg: bytes, name: "bytes", maximumPixels: 1 << 18)
                let asStored = try Bitmap(jpeg: bytes, appliesOrientation: false, name: "bytes", maximumPixels: 1 << 18)
                #expect([image.width, image.height].sorted() == [asStored.width, asStored.height].sorted())
                let reduced = try Bitmap(jpeg: bytes, atLeast: (5, 3), name: "bytes", maximumPixels: 1 << 18)
                #expect(reduced.width <= image.width && reduced.height <= image.height)
            }
        }

        @Test func gzip() throws {
            try fuzz(
                "gzip", ["\0", "name\0"],
                bytes: [
                    [0x1f, 0x8b, 8], [0x1f, 0x8b, 8, 4], [0x1f, 0x8b, 8, 0x1f], [0xff, 0xff], [0, 0, 0xff, 0xff],
                ]
            ) { bytes in
                let file = try GzipFile(bytes: bytes, maximumBytes: 1 << 20)
                #expect(try GzipFile(bytes: file.data(level: 1)) == file)
            }
        }

        @Test func npz() throws {
            try fuzz(
                "npz", [".npy", "/", "w", "'<f4'", "(2, 3)", "PK"],
                bytes: [
                    [0x50, 0x4b, 1, 2], [0x50, 0x4b, 3, 4], [0x50, 0x4b, 5, 6], [0x50, 0x4b, 6, 6], [0x50, 0x4b, 6, 7],
                    [1, 0, 20, 0], [0xff, 0xff, 0xff, 0xff], [8, 0], [0, 0],
                ],
                repair: { bytes in
                    // Where the directory begins, from its first entry on, and the checks of stored entries.
                    func number(_ place: Int, _ count: Int) -> Int {
                        place + count <= bytes.count
                            ? bytes[place..<place + count].reversed().reduce(0) { $0 << 8 | Int($1) } : 0
                    }
                    func set(_ place: Int, _ value: Int) {
                        guard place + 4 <= bytes.count else { return }
                        for step in 0..<4 { bytes[place + step] = UInt8(truncatingIfNeeded: value >> (8 * step)) }
                    }
                    func starts(_ last: UInt8, _ next: UInt8) -> [Int] {
                        bytes.indices.dropLast(4).filter { bytes[$0...].starts(with: [0x50, 0x4b, last, next]) }
                    }
                    let entries = starts(1, 2)
                    for entry in entries where number(entry + 10, 2) == 0 {
                        let start = number(entry + 42, 4)
                        let data = start + 30 + number(start + 26, 2) + number(start + 28, 2)
                        let count = number(entry + 20, 4)
                        if data + count <= bytes.count { set(entry + 16, Int(crc32(bytes[data..<data + count]))) }
                    }
                    if let first = entries.first, let end = starts(5, 6).last, number(end + 16, 4) != 0xffff_ffff {
                        set(end + 12, end - first)
                        set(end + 16, first)
                    }
                }
            ) { bytes in
                let archive = try NPZFile(bytes: bytes, maximumBytes: 1 << 20)
                for name in archive.names {
                    let array = try #require(archive[name])
                    try makeTensor(array.elements, array.shape)
                }
            }
        }
    #endif

    #if OpenCL
        /// A table in a file of its own is what programs read at their start.
        @Test func tuning() throws {
            guard let device = try? OpenCLBackend.devices().first else { return }
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            let cache = ProgramDiskCache(folder: folder.appendingPathComponent("opencl"))
            let file = try #require(TuningFile(beside: cache, device))
            let text = String(decoding: try file.bytes(of: TuningTable()), as: UTF8.self)
            let start = try #require(text.range(of: "\"device\" : ")).upperBound
            let names = text[start...text[start...].firstIndex(of: "}")!]
            try fuzz(
                "tuning", ["{", "}", "[", "]", ",", ":", "\"", "\"entries\"", "null", "1e400", "-1", "\\ud800"],
                repair: { bytes in
                    // The device of this machine, which a file must name before anything of it is used.
                    let text = String(decoding: bytes, as: UTF8.self)
                    bytes = Array(text.replacing("\"device\": {}", with: "\"device\": \(names)").utf8)
                }
            ) { bytes in
                guard let table = file.table(of: bytes) else {
                    throw DataError.malformed(file: "bytes", format: "tuning", reason: "it counts as none")
                }
                for operation in ["matmul.nn", "matmul.nt"] {
                    for sizes in [[64, 64, 64, 1], [0, 1, 2, 3], [], [1, Int.max, -1, 0]] {
                        _ = table.choice(operation, sizes: sizes)
                    }
                }
            }
        }

        /// Whatever differs from what was stored by one bit is a miss: drivers take what they are given.
        @Test func damagedProgramsAreMisses() throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let cache = ProgramDiskCache(folder: folder)
            let key = [UInt8](repeating: 7, count: 32)
            let payload = (0..<200).map { UInt8(truncatingIfNeeded: $0) }
            cache.store(payload, key)
            let path = cache.file(key).path
            let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            let mutator = Mutator(corpus: [whole], words: [Array("UNLOOPCL".utf8)], seed: 1)
            for number in 0..<2000 {
                let bytes = mutator.input(number)
                let file = fopen(path, "w")
                fwrite(bytes, 1, bytes.count, file)
                fclose(file)
                #expect(cache.load(key) == (bytes == whole ? payload : nil), "input \(number)")
            }
        }
    #endif
}
