import Testing
import UnloopBackend
import UnloopData
import UnloopTensor

/// Files of which examples are read as they are needed.
extension FuzzTests {
    /// Asks for examples at both ends, one by one and as a batch.
    private func use(_ source: some DataSource) throws {
        let key = RandomKey(seed: 1)
        #expect(try source.identity()?.count == 64)
        guard source.count > 0 else { return }
        let indices = [0, source.count / 2, source.count - 1]
        for index in indices { _ = try source.example(at: index, key: key) }
        let batch = try source.batch(at: indices, keys: indices.map { _ in key }, padding: nil, on: .loop)
        #expect(batch.count == indices.count)
    }

    @Test func records() throws {
        let file = InputFile()
        try fuzz(
            "records", folders: ["npy", "idx"], Self.npyWords, bytes: Self.npyBytes + [[0, 0, 8, 1], [0, 0, 0, 0]],
            repair: Repair.npyLength
        ) { bytes in
            try file.hold(bytes)
            // Whatever it is, it has tokens and records of bytes.
            let tokens = try TokenFile(path: file.path, .uint8, window: 3, step: 2)
            #expect(tokens.count == (bytes.count > 3 ? (bytes.count - 4) / 2 + 1 : 0))
            try use(tokens)
            for element in [NPYFile.Element.int64, .uint32] {
                try refusal { try use(TokenFile(path: file.path, element, isBigEndian: true, window: 1)) }
            }
            try refusal {
                try use(
                    RecordFile(
                        path: file.path, fields: [.label(.bool), .features(.float16, [2, 1], axes: [1, 0])],
                        headerBytes: 10))
            }
            for type in ElementType.allCases {
                try refusal { try use(RecordFile(npy: file.path, as: type)) }
                try refusal { try use(RecordFile(idx: file.path, as: type, shape: [3])) }
            }
            if bytes.first == 0 {
                try use(RecordFile(idx: file.path, dividedBy: 255))
            } else {
                try use(RecordFile(npy: file.path, dividedBy: 255))
            }
        }
    }

    /// Examples that can only be had from their file.
    private struct Lost: DataSource {
        let count: Int
        func example(at index: Int, key: RandomKey) throws -> Example {
            throw DataError.missing(file: "source", what: "example \(index)", available: [])
        }
        func identity() -> String? { "pictures" }
    }

    @Test func cache() throws {
        let file = InputFile()
        // What a cache of "pictures" says that it holds: a hash of the two words, each behind its length.
        let identity = "1f9aeb8ea1b9b28f993ac20bf985593f198f52f107fd7e84686327338897a23f"
        try fuzz(
            "cache",
            [
                "Unloop examples 1\n", "\"identity\":\"\(identity)\"", "\"count\":", "\"shape\":[",
                "\"type\":\"float64\"",
                "\"int32\"", "\"isWeighted\":true", "{", "}", "[", "]", ",", ":", "0,", "null", "1152921504606846975",
            ]
        ) { bytes in
            try file.hold(bytes)
            // The files of the corpus hold two or three examples.
            if try refusal({ try use(Lost(count: 2).cached(at: file.path, workers: 1)) }) != nil {
                try use(Lost(count: 3).cached(at: file.path, workers: 1))
            }
        }
    }
}
