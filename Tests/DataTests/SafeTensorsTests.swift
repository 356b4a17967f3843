import Foundation
import Testing
import UnloopBackend
import UnloopData

@Suite struct SafeTensorsTests {
    let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    func file(_ header: String, _ payload: [UInt8] = [], length: UInt64? = nil) throws -> String {
        let length = length ?? UInt64(header.utf8.count)
        let prefix = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
        return try directory.write(prefix + Array(header.utf8) + payload)
    }

    @Test func roundTrip() throws {
        let original = SafeTensors(
            arrays: [
                "0.weight": .init(
                    shape: [2, 3], elements: .float32([1, -2.5, .infinity, 0, -0.0, .leastNonzeroMagnitude])),
                "labels": .init(shape: [3], elements: .int32([1, -1, .min])),
                "scalar": .init(shape: [], elements: .float64([.pi])),
                "empty": .init(shape: [0, 4], elements: .float32([])),
                "odd \"name\"\\\n\u{1}ü": .init(shape: [1], elements: .float32([7])),
            ], metadata: ["format": "unloop", "note": "a \"quoted\" line\nand another"])
        let path = directory.path("weights.safetensors")
        try original.write(to: path)
        #expect(try SafeTensors(path: path) == original)
        let first = try Data(contentsOf: URL(fileURLWithPath: path))
        try original.write(to: path)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == first)
        let headerBytes = first.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        #expect(headerBytes % 8 == 0)
    }

    @Test func anEmptyCollection() throws {
        let path = directory.path("empty")
        try SafeTensors().write(to: path)
        #expect(try SafeTensors(path: path) == SafeTensors())
    }

    /// Written by hand after the format's description: a header padded with spaces, arrays not in the order of their names.
    @Test func aFileWrittenElsewhere() throws {
        let path = try file(
            #"{"b":{"dtype":"I32","shape":[2],"data_offsets":[0,8]},"#
                + #""a":{"shape":[1,1],"data_offsets":[8,12],"dtype":"F32"},"__metadata__":{"k":"v"}}   "#,
            [1, 0, 0, 0, 254, 255, 255, 255, 0, 0, 0x20, 0x41])
        let tensors = try SafeTensors(path: path)
        #expect(tensors.arrays["b"] == .init(shape: [2], elements: .int32([1, -2])))
        #expect(tensors.arrays["a"] == .init(shape: [1, 1], elements: .float32([10])))
        #expect(tensors.metadata == ["k": "v"])
    }

    static let malformed: [(String, String, Int)] = [
        ("not JSON", "{\"a\":", 0),
        ("not an object", "[1, 2]", 0),
        ("leading space", " {}", 0),
        ("entry is no object", #"{"a":3}"#, 0),
        ("no type", #"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, 4),
        ("no offsets", #"{"a":{"dtype":"F32","shape":[1]}}"#, 4),
        ("one offset", #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4]}}"#, 4),
        ("three offsets", #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,2,4]}}"#, 4),
        ("end before begin", #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4),
        ("negative size", #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4),
        ("two negative sizes", #"{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}"#, 4),
        ("negative offset", #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, 4),
        ("fraction", #"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,6]}}"#, 6),
        ("size does not fit", #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4),
        (
            "product overflows",
            #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0
        ),
        ("number overflows", #"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}"#, 4),
        ("nine axes", #"{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}"#, 4),
        (
            "overlap",
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            8
        ),
        (
            "the same bytes twice",
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            4
        ),
        ("gap at the start", #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8),
        (
            "gap in the middle",
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#,
            12
        ),
        ("bytes left over", #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5),
        (
            "an array twice",
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            8
        ),
        (
            "an array twice, once with an escape",
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}"#,
            4
        ),
        ("a member twice", #"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4),
        ("an unknown member", #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":[1]}}"#, 4),
        ("metadata twice", #"{"__metadata__":{},"__metadata__":{}}"#, 0),
        ("a name of the metadata twice", #"{"__metadata__":{"k":"v","k":"v"}}"#, 0),
        ("comma at the end of an object", #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},}"#, 4),
        ("comma at the end of an array", #"{"a":{"dtype":"F32","shape":[1,],"data_offsets":[0,4]}}"#, 4),
        ("no comma", #"{"a":{"dtype":"F32" "shape":[1],"data_offsets":[0,4]}}"#, 4),
        ("an exponent", #"{"a":{"dtype":"F32","shape":[1e2],"data_offsets":[0,400]}}"#, 400),
        ("an exponent in an offset", #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4E0]}}"#, 4),
        ("a whole fraction", #"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4),
        ("a leading zero", #"{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, 4),
        ("a plus sign", #"{"a":{"dtype":"F32","shape":[+1],"data_offsets":[0,4]}}"#, 4),
        ("minus zero", #"{"a":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}"#, 0),
        ("NaN", #"{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}}"#, 4),
        ("null", #"{"a":null}"#, 0),
        ("null metadata", #"{"__metadata__":null}"#, 0),
        ("a comment", #"{/**/}"#, 0),
        ("text behind the end", #"{} x"#, 0),
        ("a zero byte behind the end", "{}\0", 0),
        ("a text that is not closed", #"{"a"#, 0),
        ("a line break in a text", "{\"__metadata__\":{\"a\":\"b\nc\"}}", 0),
        ("half of a surrogate pair", #"{"__metadata__":{"a":"\ud800"}}"#, 0),
        ("the second half alone", #"{"__metadata__":{"a":"\udc00\ud800"}}"#, 0),
        ("no such escape", #"{"__metadata__":{"a":"\x41"}}"#, 0),
        ("many brackets", #"{"a":"# + String(repeating: "[", count: 100_000), 0),
        (
            "an empty array of sizes beyond memory",
            #"{"a":{"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,0]}}"#, 0
        ),
        (
            "sizes beyond memory behind a zero",
            #"{"a":{"dtype":"I32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}"#, 0
        ),
        (
            "an end beyond 63 bits",
            #"{"a":{"dtype":"F32","shape":[4611686018427387903],"data_offsets":[0,18446744073709551612]}}"#, 0
        ),
        (
            "bytes beyond 63 bits",
            #"{"a":{"dtype":"F32","shape":[4611686018427387903],"data_offsets":[0,9223372036854775807]}}"#, 0
        ),
        ("metadata is not text", #"{"__metadata__":{"a":1}}"#, 0),
    ]

    @Test(arguments: malformed)
    func malformedFiles(_ name: String, _ header: String, _ payload: Int) throws {
        let path = try file(header, [UInt8](repeating: 0, count: payload))
        #expect("\(name)") { try SafeTensors(path: path) } throws: { error in
            if case .malformed(path, "safetensors", _)? = error as? DataError { true } else { false }
        }
    }

    @Test func absurdHeaderLengths() throws {
        for length: UInt64 in [.max, 1 << 63, 100_000_001] {
            let path = try file("{}", length: length)
            #expect { try SafeTensors(path: path) } throws: { error in
                if case .malformed(path, _, _)? = error as? DataError { true } else { false }
            }
        }
        let path = try file("{}", length: 99_999_999)
        #expect(throws: DataError.truncated(file: path, expectedBytes: 100_000_007, actualBytes: 10)) {
            try SafeTensors(path: path)
        }
    }

    @Test func truncatedFiles() throws {
        let original = SafeTensors(arrays: ["a": .init(shape: [4], elements: .float32([1, 2, 3, 4]))])
        let whole = directory.path("whole")
        try original.write(to: whole)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: whole))
        for length in 0..<bytes.count {
            let path = try directory.write(bytes.prefix(length), "part")
            #expect("\(length) bytes") { try SafeTensors(path: path) } throws: { error in
                if case .truncated(path, _, UInt64(length))? = error as? DataError { true } else { false }
            }
        }
    }

    @Test func sizesUpToTheLimitAreTruncatedFiles() throws {
        let path = try file(
            #"{"a":{"dtype":"F64","shape":[1152921504606846975],"data_offsets":[0,9223372036854775800]}}"#)
        #expect { try SafeTensors(path: path) } throws: { error in
            if case .truncated(path, _, _)? = error as? DataError { !"\(error)".isEmpty } else { false }
        }
    }

    @Test func bytesThatAreNotUTF8() throws {
        let header = Array("{\"__metadata__\":{\"a\":\"".utf8) + [0xff] + Array("\"}}".utf8)
        let path = try directory.write([UInt8(header.count), 0, 0, 0, 0, 0, 0, 0] + header)
        #expect { try SafeTensors(path: path) } throws: { error in
            if case .malformed(path, _, _)? = error as? DataError { true } else { false }
        }
    }

    @Test func everyEscapeIsRead() throws {
        let path = try file(#"{"__metadata__":{"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00":"x"}}"# + " \t\r\n")
        #expect(try SafeTensors(path: path).metadata == ["\"\\/\u{8}\u{c}\n\r\té😀": "x"])
    }

    /// Files of other kinds are told apart by their first bytes, for whichever reader they are given to.
    @Test(
        arguments: [
            ([0x50, 0x4b, 3, 4] + Array("\u{8}\u{8}\0\0archive".utf8), "this is a zip archive (PyTorch?)"),
            ([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff], "gunzip"),
            ([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9], "this is a Python pickle"),
            ([0x89] + Array("HDF\r\n\u{1a}\n".utf8) + [0, 0xff], "this is an HDF5 file"),
            ([0x93] + Array("NUMPY\u{1}\0v\0{'descr'".utf8), "this is a NumPy array"),
            ([0x89] + Array("PNG\r\n\u{1a}\n".utf8) + [0xff], "this is a PNG image"),
            (Array("P5 1 1 255\n7".utf8), "this is a PGM image"),
        ] as [([UInt8], String)])
    func filesOfOtherKinds(_ bytes: [UInt8], _ words: String) throws {
        let path = try directory.write(bytes)
        #expect { try SafeTensors(path: path) } throws: { "\($0)".contains(words) }
        #expect { try IDXFile(path: path) } throws: { "\($0)".contains(words) }
        if bytes.first == 0x50 { return }
        #expect { try CSVTable(path: path) } throws: { "\($0)".contains(words) }
        #expect { try Bitmap(netpbm: path) } throws: { "\($0)".contains(words) }
    }

    @Test func namesThatTheFormatKeepsForItselfAreNotWritten() throws {
        let path = directory.path("weights")
        let array = SafeTensors.Array(shape: [1], elements: .float32([1]))
        try SafeTensors(arrays: ["a": array]).write(to: path)
        #expect { try SafeTensors(arrays: ["__metadata__": array]).write(to: path) } throws: { error in
            if case .unwritable(path, let reason)? = error as? DataError {
                reason.contains("__metadata__")
            } else {
                false
            }
        }
        var wrong = array
        wrong.shape = [2]
        #expect(throws: DataError.self) { try SafeTensors(arrays: ["a": wrong]).write(to: path) }
        #expect(try SafeTensors(path: path).arrays == ["a": array])
    }

    @Test func whatIsNoRegularFileIsNeverReplaced() throws {
        #expect { try SafeTensors().write(to: "/dev/full") } throws: { error in
            if case .unwritable("/dev/full", let reason)? = error as? DataError {
                reason.contains("space")
            } else {
                false
            }
        }
        var attributes = stat()
        #expect(stat("/dev/full", &attributes) == 0 && attributes.st_mode & S_IFMT == S_IFCHR)
        #expect(throws: DataError.self) {
            try Bitmap(width: 1, height: 1, samples: [1]).writePNG(to: directory.url.path)
        }
    }

    @Test func unknownElementTypes() throws {
        let path = try file(#"{"w":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}"#, [0, 0, 0, 0])
        #expect { try SafeTensors(path: path) } throws: { error in
            if case .unsupported(path, let what, _)? = error as? DataError { what.contains("BF16") } else { false }
        }
    }

    @Test func aDirectoryThatDoesNotExist() throws {
        let path = directory.path("absent/weights")
        #expect { try SafeTensors().write(to: path) } throws: { error in
            if case .unwritable(path, let reason)? = error as? DataError { !reason.isEmpty } else { false }
        }
    }
}
