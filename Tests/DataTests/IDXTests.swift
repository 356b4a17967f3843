import Foundation
import Testing
import UnloopBackend
import UnloopData

@Suite struct IDXTests {
    let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    func header(_ type: UInt8, _ sizes: UInt32...) -> [UInt8] {
        [0, 0, type, UInt8(sizes.count)] + sizes.flatMap { bigEndian($0) }
    }

    @Test func bytesBecomeIntegers() throws {
        let file = try IDXFile(path: directory.write(header(0x08, 2, 3) + [0, 1, 2, 253, 254, 255]))
        #expect(file.shape == [2, 3])
        #expect(file.element == .unsignedByte)
        #expect(file.elements == .int32([0, 1, 2, 253, 254, 255]))
    }

    @Test func everyElementType() throws {
        func read(_ type: UInt8, _ bytes: [UInt8]) throws -> HostArray {
            try IDXFile(path: directory.write(header(type, 2) + bytes)).elements
        }
        #expect(try read(0x09, [0xff, 0x80]) == .int32([-1, -128]))
        #expect(try read(0x0b, [0xff, 0xfe, 0x01, 0x00]) == .int32([-2, 256]))
        #expect(try read(0x0c, bigEndian(0xffff_ffff, 0x0001_0000)) == .int32([-1, 65536]))
        #expect(try read(0x0d, bigEndian(Float(1.5).bitPattern, Float(-0.25).bitPattern)) == .float32([1.5, -0.25]))
        #expect(
            try read(0x0e, bigEndian(0x3ff8_0000, 0, 0xbfd0_0000, 0)) == .float64([1.5, -0.25]))
    }

    @Test func anEmptyArray() throws {
        let file = try IDXFile(path: directory.write(header(0x0d, 0, 0xffff, 0xffff)))
        #expect(file.elements == .float32([]))
        #expect(file.shape == [0, 0xffff, 0xffff])
    }

    @Test func truncatedElements() throws {
        let path = try directory.write(header(0x08, 2, 3) + [1, 2, 3])
        #expect(throws: DataError.truncated(file: path, expectedBytes: 18, actualBytes: 15)) { try IDXFile(path: path) }
    }

    @Test func sizesBeyondTheFileAreRefusedBeforeAllocating() throws {
        let path = try directory.write(header(0x08, 0xffff_ffff))
        #expect(throws: DataError.truncated(file: path, expectedBytes: 0x1_0000_0007, actualBytes: 8)) {
            try IDXFile(path: path)
        }
    }

    @Test(arguments: [1, 2, 3, 4, 6, 11])
    func truncatedHeader(length: Int) throws {
        let path = try directory.write((header(0x08, 1, 1) + [7]).prefix(length))
        #expect { try IDXFile(path: path) } throws: { error in
            if case .truncated(path, _, UInt64(length))? = error as? DataError { true } else { false }
        }
    }

    @Test func anEmptyFile() throws {
        let path = try directory.write([])
        #expect(throws: DataError.truncated(file: path, expectedBytes: 4, actualBytes: 0)) { try IDXFile(path: path) }
    }

    static let malformed: [(String, [UInt8])] = [
        ("no magic", [1, 0, 8, 1, 0, 0, 0, 0]),
        ("no such type", [0, 0, 0x0a, 1, 0, 0, 0, 0]),
        ("no axes", [0, 0, 8, 0]),
        ("nine axes", [0, 0, 8, 9] + [UInt8](repeating: 0, count: 36)),
        ("bytes left over", [0, 0, 8, 1, 0, 0, 0, 1, 5, 6]),
        ("a product that overflows", [0, 0, 0x0e, 3] + bigEndian(0xffff_ffff, 0xffff_ffff, 0xffff_ffff)),
        (
            "an empty array whose strides overflow",
            [0, 0, 0x08, 4] + bigEndian(0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0)
        ),
        ("a product that wraps to 0", [0, 0, 0x08, 3] + bigEndian(0x8000_0000, 0x8000_0000, 4)),
    ]

    @Test(arguments: malformed)
    func malformedFiles(_ name: String, _ bytes: [UInt8]) throws {
        let path = try directory.write(bytes)
        #expect { try IDXFile(path: path) } throws: { error in
            if case .malformed(path, "IDX", _)? = error as? DataError { true } else { false }
        }
    }

    @Test func compressedFilesSaySo() throws {
        let path = try directory.write([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])
        #expect { try IDXFile(path: path) } throws: { "\($0)".contains("gunzip") }
    }

    @Test func pathsThatAreNoFiles() throws {
        for path in [directory.path("absent"), directory.url.path, "/dev/zero"] {
            #expect { try IDXFile(path: path) } throws: { error in
                if case .unreadable(path, let reason)? = error as? DataError { !reason.isEmpty } else { false }
            }
        }
    }
}
