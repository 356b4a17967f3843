import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopTensor

/// Files that NumPy wrote, and what it writes; Golden/make_npy.py has written them down.
private struct NPYGolden: Decodable, Sendable {
    struct Read: Decodable, Sendable {
        let name: String
        let shape: [Int]
        let type: String
        let file: Data
        let float32: Data
        let float64: Data
        /// Of integers and truth values that int32 holds.
        let int32: Data?
        /// The first in the file that it does not hold.
        let refused: String?
        let place: [Int]?
    }

    struct Write: Decodable, Sendable {
        let name: String
        let shape: [Int]
        let type: String
        let elements: Data
        let file: Data
    }

    struct Conversion: Decodable, Sendable {
        let name: String
        let shape: [Int]
        let source: String
        let type: String
        let elements: Data
        let file: Data
    }

    let read: [Read]
    let write: [Write]
    let convert: [Conversion]

    static let values = Result {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let bytes = try Data(contentsOf: folder.appendingPathComponent("Golden/npy.json"))
        return try JSONDecoder().decode(NPYGolden.self, from: bytes)
    }
}

/// The bits of the elements, so that NaNs and zeros are compared too.
private func bytes(_ elements: HostArray) -> Data {
    switch elements {
    case .float32(let values): values.withUnsafeBytes { Data($0) }
    case .int32(let values): values.withUnsafeBytes { Data($0) }
    case .float64(let values): values.withUnsafeBytes { Data($0) }
    }
}

/// Elements of a type, by NumPy's abbreviation.
private func elements(_ bytes: Data, _ type: String) -> HostArray {
    func values<Element>(_ zero: Element) -> [Element] {
        var values = [Element](repeating: zero, count: bytes.count / MemoryLayout<Element>.stride)
        values.withUnsafeMutableBytes { target in _ = bytes.copyBytes(to: target) }
        return values
    }
    return switch type {
    case "f4": .float32(values(0))
    case "f8": .float64(values(0))
    default: .int32(values(0))
    }
}

@Suite struct NPYTests {
    let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    /// A file with this header and payload; the length of the header is as it is.
    static func file(_ header: String, _ payload: [UInt8] = [], version: [UInt8] = [1, 0]) -> [UInt8] {
        let length = header.utf8.count
        let digits = (0..<(version[0] == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
        return [0x93] + Array("NUMPY".utf8) + version + digits + header.utf8 + payload
    }

    static func header(_ descr: String, _ shape: String, _ fortranOrder: String = "False") -> String {
        "{'descr': '\(descr)', 'fortran_order': \(fortranOrder), 'shape': \(shape), }\n"
    }

    @Test func filesThatNumPyWrote() throws {
        let golden = try NPYGolden.values.get().read
        #expect(golden.count >= 100)
        for one in golden {
            let path = try directory.write(one.file)
            let single = try NPYFile(path: path, as: .float32)
            let double = try NPYFile(path: path, as: .float64)
            #expect(single.elements.elementType == .float32 && bytes(single.elements) == one.float32, "\(one.name)")
            #expect(double.elements.elementType == .float64 && bytes(double.elements) == one.float64, "\(one.name)")
            #expect(single.shape == one.shape && double.shape == one.shape, "\(one.name)")
            #expect(single.element.rawValue == one.type && double.element.rawValue == one.type, "\(one.name)")
            if one.type.hasPrefix("f") {
                let usual = try NPYFile(path: path)
                #expect(usual.elements.elementType == .float32 && bytes(usual.elements) == one.float32, "\(one.name)")
                let expected = DataError.unsupported(
                    file: path, what: "reals where int32 is asked for",
                    remedy: "read it as float32, or write it with array.astype('int32')")
                #expect(throws: expected, "\(one.name)") { try NPYFile(path: path, as: .int32) }
            } else if let int32 = one.int32 {
                for usual in [try NPYFile(path: path), try NPYFile(path: path, as: .int32)] {
                    #expect(usual.elements.elementType == .int32 && bytes(usual.elements) == int32, "\(one.name)")
                    #expect(usual.shape == one.shape, "\(one.name)")
                }
            } else {
                let value = try #require(one.refused)
                let place = try #require(one.place)
                let expected = DataError.unsupported(
                    file: path, what: "\(value) at \(place), beyond -2147483648...2147483647 of int32",
                    remedy: "read it as float32, or write smaller numbers")
                #expect(throws: expected, "\(one.name)") { try NPYFile(path: path) }
            }
        }
        // Every type and every order is there.
        #expect(Set(golden.map(\.type)) == Set(NPYFile.Element.allCases.map(\.rawValue)))
        #expect(golden.contains { $0.refused != nil })
    }

    @Test func whatIsWrittenHasTheBytesOfNumPy() throws {
        let golden = try NPYGolden.values.get().write
        #expect(golden.count >= 40)
        for one in golden {
            let elements = elements(one.elements, one.type)
            let file = NPYFile(shape: one.shape, elements: elements)
            let path = directory.path("written")
            try file.write(to: path)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == one.file, "\(one.name)")
            let again = try NPYFile(path: path, as: elements.elementType)
            #expect(again.element == file.element && again.shape == file.shape, "\(one.name)")
            #expect(again.element.rawValue == one.type && bytes(again.elements) == one.elements, "\(one.name)")
        }
    }

    /// With the arrays that keep their type, every type of elements in five shapes and more.
    @Test func elementsAreWrittenAsAnyType() throws {
        let golden = try NPYGolden.values.get().convert
        #expect(golden.count >= 60 && Set(golden.map(\.type) + ["i4"]).count == NPYFile.Element.allCases.count)
        for one in golden {
            let array = NPYFile(shape: one.shape, elements: elements(one.elements, one.source))
            let path = directory.path("converted")
            let type = try #require(NPYFile.Element.allCases.first { $0.rawValue == one.type })
            try array.write(to: path, as: type)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == one.file, "\(one.name)")
            #expect(try NPYFile(path: path).element.rawValue == one.type, "\(one.name)")
        }
    }

    @Test func everyHalfIsWritten() throws {
        let path = directory.path("halves")
        func bits(_ elements: HostArray) throws -> [UInt8] {
            try NPYFile(shape: [elements.count], elements: elements).write(to: path, as: .float16)
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)).dropFirst(128))
        }
        let halves = (0..<0x10000).map { UInt16($0) }
        func payload(_ halves: [UInt16]) -> [UInt8] { halves.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] } }
        let file = try directory.write(Self.file(Self.header("<f2", "(65536,)"), payload(halves)))
        // NaNs become quiet.
        let quiet = payload(halves.map { $0 & 0x7fff > 0x7c00 ? $0 | 0x200 : $0 })
        #expect(try bits(NPYFile(path: file, as: .float32).elements) == quiet)
        #expect(try bits(NPYFile(path: file, as: .float64).elements) == quiet)
        // Between a half and the next one: the middle goes to the even one, and what is a little less or more does not pass over float32.
        guard case .float64(let values) = try NPYFile(path: file, as: .float64).elements else {
            Issue.record("elements of another type")
            return
        }
        for half in 0..<0x7bff {
            let middle = (values[half] + values[half + 1]) / 2
            let (lower, upper) = (UInt16(half), UInt16(half + 1))
            let expected = [lower, half % 2 == 0 ? lower : upper, upper, 0x8000 | lower]
            let found = try NPYFile(
                shape: [4], elements: .float64([middle.nextDown, middle, middle.nextUp, -middle.nextDown])
            ).data(as: .float16, file: "")
            #expect(found[1] == payload(expected), "\(half)")
        }
        #expect(
            try bits(.float64([65519.999, 65520, -65520, .infinity, 1e300, 0x1p-25, 0x1.0000000000001p-25, 1e-300]))
                == payload([0x7bff, 0x7c00, 0xfc00, 0x7c00, 0x7c00, 0, 1, 0]))
    }

    @Test func integersThatATypeDoesNotHoldAreNotWritten() async throws {
        let path = directory.path("written")
        func error(_ values: [Int32], _ element: NPYFile.Element) -> DataError? {
            do throws(DataError) {
                try NPYFile(shape: [1, values.count], elements: .int32(values)).write(to: path, as: element)
                return nil
            } catch {
                return error
            }
        }
        for (values, element, what) in [
            ([127, -128, 128], .int8, "128 at [0, 2], beyond -128...127 of `i1`"),
            ([0, -1], .uint8, "-1 at [0, 1], beyond 0...255 of `u1`"),
            ([40_000], .int16, "40000 at [0, 0], beyond -32768...32767 of `i2`"),
            ([-7], .uint64, "-7 at [0, 0], beyond 0...18446744073709551615 of `u8`"),
            ([1, 0, 2], .bool, "2 at [0, 2], beyond 0...1 of `b1`"),
        ] as [([Int32], NPYFile.Element, String)] {
            #expect(
                error(values, element)
                    == .unsupported(file: path, what: what, remedy: "write it as `i4`, or write other numbers"))
            #expect(!FileManager.default.fileExists(atPath: path))
        }
        #expect(error([.max, .min], .int64) == nil)
        let reals = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = try NPYFile(shape: [1], elements: .float32([1])).data(as: .uint8, file: "")
        }
        let message = String(decoding: reals?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("cannot be written as u1"))
    }

    @Test func theLongestHeader() throws {
        let shape = [0, 1, 1, 1, 1, 1, 1, 1_000_000_000_000_000_000]
        let path = directory.path("written")
        try NPYFile(shape: shape, elements: .float64([])).write(to: path)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == 128)
        #expect(try NPYFile(path: path).shape == shape)
    }

    @Test func everyHalf() throws {
        let halves = (0..<0x10000).map { UInt16($0) }
        let payload = halves.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
        let path = try directory.write(Self.file(Self.header(">f2", "(65536,)"), payload))
        guard case .float32(let singles) = try NPYFile(path: path).elements,
            case .float64(let doubles) = try NPYFile(path: path, as: .float64).elements
        else {
            Issue.record("elements of another type")
            return
        }
        #expect(singles.count == halves.count && doubles.count == halves.count)
        for (half, (single, double)) in zip(halves, zip(singles, doubles)) {
            let (sign, exponent, fraction) = (half >> 15, Int(half >> 10) & 31, half & 0x3ff)
            if exponent == 31 && fraction != 0 {
                // Quiet, with the same sign and payload.
                let (s, f) = (UInt32(sign), UInt32(fraction))
                #expect(single.bitPattern == s << 31 | 0x7f80_0000 | (f | 0x200) << 13)
                #expect(double.bitPattern == UInt64(s) << 63 | 0x7ff0_0000_0000_0000 | UInt64(f | 0x200) << 42)
                continue
            }
            let magnitude =
                switch exponent {
                case 31: Double.infinity
                case 0: Double(fraction) / 16_777_216
                default: Double(1024 + Int(fraction)) / 1024 * exp2(Double(exponent - 15))
                }
            let value = sign == 0 ? magnitude : -magnitude
            #expect(double.bitPattern == value.bitPattern && single.bitPattern == Float(value).bitPattern, "\(half)")
        }
    }

    /// Signaling NaNs, which processors change on the way; the bits of those that are not converted stay.
    @Test func notANumber() throws {
        func bits(_ descr: String, _ payload: [UInt8], as type: ElementType) throws -> Data {
            let path = try directory.write(Self.file(Self.header(descr, "()"), payload))
            return bytes(try NPYFile(path: path, as: type).elements)
        }
        let single: [UInt8] = [0x01, 0x00, 0xa0, 0xff]
        #expect(try bits("<f4", single, as: .float32) == Data(single))
        #expect(try bits("<f4", single, as: .float64) == Data([0, 0, 0, 0x20, 0, 0, 0xfc, 0xff]))
        let double: [UInt8] = [0x01, 0, 0, 0x20, 0, 0, 0xf4, 0x7f]
        #expect(try bits("<f8", double, as: .float64) == Data(double))
        #expect(try bits("<f8", double, as: .float32) == Data([0x01, 0, 0xe0, 0x7f]))
        // Its payload does not reach into float32.
        #expect(try bits("<f8", [1, 0, 0, 0, 0, 0, 0xf0, 0xff], as: .float32) == Data([0, 0, 0xc0, 0xff]))
    }

    /// Longer than what is read at once.
    @Test(arguments: [[129, 131], [3, 1, 41, 1, 149], [20_000], [1, 20_000], [20_000, 1]])
    func manyElementsInColumns(_ shape: [Int]) throws {
        let count = shape.reduce(1, *)
        // Each element is its row-major place; they are written in the other order.
        var payload: [UInt8] = []
        for position in 0..<count {
            var (rest, place) = (position, 0)
            var stride = count
            for size in shape {
                stride /= size
                place += rest % size * stride
                rest /= size
            }
            payload += [UInt8(place & 0xff), UInt8(place >> 8)]
        }
        let sizes = "(" + shape.map { "\($0)," }.joined() + ")"
        let path = try directory.write(Self.file(Self.header("<u2", sizes, "True"), payload))
        #expect(try NPYFile(path: path).elements == .int32((0..<Int32(count)).map { $0 }))
    }

    static let headers: [(String, String)] = [
        ("other order of the members", "{'shape': (2,), 'descr': '<i2', 'fortran_order': False}"),
        ("double quotes", #"{"descr": "<i2", "fortran_order": False, "shape": (2,)}"#),
        ("no spaces", "{'descr':'<i2','fortran_order':False,'shape':(2,)}"),
        ("many spaces", " \t{ 'descr' :\n'<i2' ,\r\n'fortran_order'\t: False , 'shape' : ( 2 , ) , } \n"),
        ("long integers", "{'descr': '<i2', 'fortran_order': False, 'shape': (2L,), }"),
        ("the machine's order", "{'descr': '=i2', 'fortran_order': True, 'shape': (2,), }"),
        ("no order", "{'descr': 'i2', 'fortran_order': False, 'shape': (2,), }"),
        ("an order without meaning", "{'descr': '|i2', 'fortran_order': False, 'shape': (2,), }"),
    ]

    @Test(arguments: headers)
    func headersAreWrittenInManyWays(_ name: String, _ header: String) throws {
        for version: [UInt8] in [[1, 0], [2, 0]] {
            let path = try directory.write(Self.file(header, [1, 0, 0xfe, 0xff], version: version))
            let file = try NPYFile(path: path)
            #expect(file.shape == [2] && file.elements == .int32([1, -2]), "\(name)")
        }
    }

    @Test func tensorsOnDevices() throws {
        let path = directory.path("matrix.npy")
        let tensor = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3], on: .loop)
        try NPYFile(tensor.transposed()).write(to: path)
        for device in [Device.loop, .cpu] {
            let read = Tensor(try NPYFile(path: path), on: device)
            #expect(read.shape == [3, 2])
            #expect(try read.hostArray() == .float32([1, 4, 2, 5, 3, 6]))
        }
        let double = Tensor(try NPYFile(path: path, as: .float64), on: .loop)
        try NPYFile(double).write(to: path)
        #expect(try NPYFile(path: path).element == .float64)
        #expect(try NPYFile(path: path, as: .float64).elements == .float64([1, 4, 2, 5, 3, 6]))
    }

    @Test func aDirectoryThatDoesNotExist() throws {
        let path = directory.path("absent/array.npy")
        #expect { try NPYFile(shape: [], elements: .int32([1])).write(to: path) } throws: { error in
            if case .unwritable(path, let reason)? = error as? DataError { !reason.isEmpty } else { false }
        }
    }
}
