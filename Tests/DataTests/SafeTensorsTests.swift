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
