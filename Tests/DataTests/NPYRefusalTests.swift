import Foundation
import Testing
import UnloopBackend
import UnloopData

/// Files that are not read, each with what its error says.
@Suite struct NPYRefusalTests {
    let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    private static func array(
        _ descr: String, _ shape: String, _ payload: Int, _ fortranOrder: String = "False"
    ) -> [UInt8] {
        NPYTests.file(NPYTests.header(descr, shape, fortranOrder), [UInt8](repeating: 0, count: payload))
    }

    private static func members(_ text: String, version: [UInt8] = [1, 0]) -> [UInt8] {
        NPYTests.file("{\(text)}", version: version)
    }

    /// With text behind the dictionary.
    private static func behind(_ text: String) -> [UInt8] {
        NPYTests.file("{'descr': '<f4', 'fortran_order': False, 'shape': ()}\(text)", [0, 0, 0, 0])
    }

    private static func shape(_ text: String) -> [UInt8] { array("<f4", text, 4) }

    static let malformed: [(String, [UInt8])] = [
        ("it does not begin with the byte 0x93 and NUMPY", Array("NUMPY\u{1}\0v\0{'descr'".utf8)),
        ("{ is missing", NPYTests.file("")),
        ("{ is missing", NPYTests.file("['descr']")),
        ("its header needs `descr`, `fortran_order` and `shape`", members("")),
        ("its header needs `descr`", members("'descr': '<f4', 'shape': ()")),
        ("its header needs `descr`", members("'fortran_order': False, 'shape': ()")),
        ("its header needs `descr`", members("'descr': '<f4', 'fortran_order': False")),
        ("has `descr` twice", members("'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()")),
        ("has `shape` twice", members("'descr': '<f4', 'shape': (), 'fortran_order': False, 'shape': ()")),
        ("has `fortran_order` twice", members("'fortran_order': False, 'fortran_order': False")),
        ("has a member `more`", members("'descr': '<f4', 'fortran_order': False, 'shape': (), 'more': 1")),
        (", is missing", members("'descr': '<f4' 'fortran_order': False")),
        (": is missing", members("'descr' '<f4'")),
        ("a text in quotes is missing", members(",")),
        ("a text in quotes is missing", members("descr: '<f4'")),
        ("a text in quotes is missing", members("'descr': '<f4',, 'shape': ()")),
        ("a text in quotes is missing", members("'descr': 4")),
        ("a text in quotes is missing", members("'descr': u'<f4'")),
        ("a text in quotes is missing", members("'descr': None")),
        ("a text in quotes is missing", NPYTests.file("{'descr': ")),
        ("a text is not closed", members("'descr': '<f4")),
        ("a text is not closed", members("'descr': \"<f4'")),
        ("a text is not closed", NPYTests.file("{'")),
        ("the byte 0x5c in a text", members("'descr': '\\x3cf4'")),
        ("the byte 0xa in a text", members("'descr': '<f4\n'")),
        ("the byte 0xc3 in a text", members("'descr': 'é'", version: [3, 0])),
        ("`` is no type of elements", array("", "()", 4)),
        ("`<` is no type of elements", array("<", "()", 4)),
        ("`float32` is no type of elements", array("float32", "()", 4)),
        ("`<fx` is no type of elements", array("<fx", "()", 4)),
        ("`<f` is no type of elements", array("<f", "()", 4)),
        ("`!f4` is no type of elements", array("!f4", "()", 4)),
        ("`<F4` is no type of elements", array("<F4", "()", 4)),
        ("True or False is missing", array("<f4", "()", 4, "0")),
        ("True or False is missing", array("<f4", "()", 4, "false")),
        ("True or False is missing", array("<f4", "()", 4, "'False'")),
        (", is missing", array("<f4", "()", 4, "Falsehood")),
        ("( is missing", shape("3")),
        ("( is missing", shape("[3, 4]")),
        ("( is missing", shape("None")),
        ("a shape of one axis needs a comma", shape("(1)")),
        ("a size is a whole number", shape("(,)")),
        ("a size is a whole number", shape("(1,,)")),
        ("a size is a whole number", shape("(-1,)")),
        ("a size is a whole number", shape("(+1,)")),
        ("a size is a whole number", shape("(01,)")),
        ("a size is a whole number", shape("(1.0,)")),
        ("a size is a whole number", shape("(1e0,)")),
        ("a size is a whole number", shape("(0x1,)")),
        ("a size is a whole number", shape("(1_0,)")),
        ("a size is a whole number", shape("(1 1)")),
        ("a size is a whole number", shape("(1LL,)")),
        ("a size is a whole number", shape("(1 L,)")),
        ("a size is a whole number", shape("(1l,)")),
        ("a size is a whole number", shape("((1,),)")),
        ("a size is a whole number", shape("('1',)")),
        ("a size is a whole number", shape("(True,)")),
        ("a size is a whole number", members("'shape': (1")),
        ("a size is a whole number", members("'shape': (1,")),
        (
            "a size is a whole number",
            members("'descr': '<f4', 'fortran_order': False, 'shape': (1L,)", version: [3, 0])
        ),
        ("the number is too large", shape("(9223372036854775808,)")),
        ("the number is too large", shape("(99999999999999999999999999,)")),
        ("larger than any memory", shape("(4294967296, 4294967296)")),
        ("larger than any memory", shape("(9223372036854775807,)")),
        ("larger than any memory", shape("(0, 4294967296, 4294967296)")),
        ("larger than any memory", shape("(2147483648, 4, 2147483648)")),
        ("text follows the end", behind(" x")),
        ("text follows the end", behind("\0")),
        ("text follows the end", behind("}")),
        ("text follows the end", behind(" # ")),
        (", is missing", NPYTests.file("{'descr': '<f4', 'fortran_order': False, 'shape': () ", [0, 0, 0, 0])),
        ("a text in quotes is missing", NPYTests.file("{'descr': '<f4', 'fortran_order': False, 'shape': (), ")),
        ("its header would have 4294967295 bytes", prefix + [2, 0, 0xff, 0xff, 0xff, 0xff]),
        ("its header would have 65536 bytes", prefix + [3, 0, 0, 0, 1, 0]),
        ("1 bytes follow the last element", array("<f4", "(2,)", 9)),
        ("4 bytes follow the last element", array("<f4", "()", 8)),
        ("2 bytes follow the last element", array("|u1", "(0, 3)", 2)),
        ("the truth value at [1, 0] is 2, not 0 or 1", NPYTests.file(NPYTests.header("|b1", "(2, 2)"), [0, 1, 2, 3])),
        (
            "the truth value at [0, 1] is 255, not 0 or 1",
            NPYTests.file(NPYTests.header("|b1", "(2, 2)", "True"), [0, 1, 255, 3])
        ),
    ]

    private static let prefix: [UInt8] = [0x93] + Array("NUMPY".utf8)
    private static func spaces(_ count: Int) -> String {
        let header = NPYTests.header("<f4", "(0,)")
        return header + String(repeating: " ", count: count - header.utf8.count)
    }

    @Test(arguments: malformed)
    func malformedFiles(_ words: String, _ bytes: [UInt8]) throws {
        let path = try directory.write(bytes)
        for type in [nil, ElementType.float32] {
            #expect("\(words)") { try NPYFile(path: path, as: type) } throws: { error in
                guard case .malformed(path, "NPY", let reason)? = error as? DataError else { return false }
                return reason.contains(words)
            }
        }
    }

    static let unsupported: [(String, String, [UInt8])] = [
        ("version 4.0", "version=(1, 0)", prefix + [4, 0, 0, 0, 0, 0]),
        ("version 1.1", "version=(1, 0)", prefix + [1, 1, 0, 0]),
        ("version 0.0", "version=(1, 0)", prefix + [0, 0, 0, 0]),
        ("structures", "array['name']", members("'descr': [('a', '<f4'), ('b', '<i4')], 'fortran_order': False")),
        ("structures", "array['name']", members("'descr': ('<f4', (2,)), 'fortran_order': False, 'shape': ()")),
        ("complex numbers (`<c8`)", "array.imag.astype('float32')", array("<c8", "(1,)", 8)),
        ("complex numbers (`>c16`)", "array.real.astype('float32')", array(">c16", "(1,)", 16)),
        ("texts (`<U3`)", "astype('float32')", array("<U3", "(1,)", 12)),
        ("texts (`|S3`)", "astype('float32')", array("|S3", "(1,)", 3)),
        ("texts (`|a3`)", "astype('float32')", array("|a3", "(1,)", 3)),
        ("Python objects, which are never loaded (`|O`)", "astype('float32')", array("|O", "(1,)", 60)),
        ("Python objects, which are never loaded (`|O8`)", "astype('float32')", array("|O8", "(1,)", 60)),
        ("dates (`<M8[ns]`)", "astype('int64').astype('float64')", array("<M8[ns]", "(1,)", 8)),
        ("durations (`<m8[25s]`)", "astype('int64').astype('float64')", array("<m8[25s]", "(1,)", 8)),
        ("bytes without a type (`|V4`)", "array.view('uint8')", array("|V4", "(1,)", 4)),
        ("reals of another width (`<f16`)", "astype('float32')", array("<f16", "(1,)", 16)),
        ("reals of another width (`<f12`)", "astype('float32')", array("<f12", "(1,)", 12)),
        ("integers of another width (`<i16`)", "astype('float32')", array("<i16", "(1,)", 16)),
        ("integers of another width (`<u3`)", "astype('float32')", array("<u3", "(1,)", 3)),
        ("truth values of another width (`<b4`)", "astype('float32')", array("<b4", "(1,)", 4)),
        ("bit fields (`|t1`)", "astype('float32')", array("|t1", "(1,)", 1)),
        ("an array of 9 axes", "array.squeeze()", array("<f4", "(1, 1, 1, 1, 1, 1, 1, 1, 1)", 4)),
        ("an array of 64 axes", "at most 8", array("<f4", "(" + String(repeating: "1,", count: 64) + ")", 4)),
    ]

    @Test(arguments: unsupported)
    func filesThatHoldSomethingElse(_ words: String, _ advice: String, _ bytes: [UInt8]) throws {
        let path = try directory.write(bytes)
        for type in [nil, ElementType.float64] {
            #expect("\(words)") { try NPYFile(path: path, as: type) } throws: { error in
                guard case .unsupported(path, let what, let remedy)? = error as? DataError else { return false }
                return what.contains(words) && remedy.contains(advice)
            }
        }
    }

    @Test func integersBeyondInt32() throws {
        let bytes: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0x80]
        let path = try directory.write(NPYTests.file(NPYTests.header("<i8", "()"), bytes))
        #expect(
            throws: DataError.unsupported(
                file: path, what: "-9223372036854775808 at [], beyond -2147483648...2147483647 of int32",
                remedy: "read it as float32, or write smaller numbers")
        ) { try NPYFile(path: path) }
        #expect(try NPYFile(path: path, as: .float32).elements == .float32([-0x1p63]))
        #expect(try NPYFile(path: path, as: .float64).elements == .float64([-0x1p63]))
    }

    @Test func truncatedFiles() throws {
        let whole = Self.array(">f8", "(2, 1)", 16)
        for length in 0..<whole.count {
            let path = try directory.write(whole.prefix(length), "part")
            #expect("\(length) bytes") { try NPYFile(path: path) } throws: { error in
                if case .truncated(path, _, UInt64(length))? = error as? DataError { true } else { false }
            }
        }
        let path = try directory.write(whole.dropLast(), "part")
        #expect(
            throws: DataError.truncated(
                file: path, expectedBytes: UInt64(whole.count), actualBytes: UInt64(whole.count - 1))
        ) { try NPYFile(path: path) }
    }

    @Test func sizesBeyondTheFileAreRefusedBeforeAllocating() throws {
        for (type, size) in [("<f8", "1152921504606846975"), ("|u1", "1152921504606846975"), ("<i4", "1000000000")] {
            for order in ["True", "False"] {
                let path = try directory.write(Self.array(type, "(\(size), 1)", 4, order))
                #expect { try NPYFile(path: path) } throws: { error in
                    if case .truncated(path, _, _)? = error as? DataError { !"\(error)".isEmpty } else { false }
                }
            }
        }
    }

    /// The longest header is read.
    @Test func headersUpToTheLimit() throws {
        for version: [UInt8] in [[1, 0], [2, 0], [3, 0]] {
            let header = Self.spaces(NPYFile.maximumHeaderBytes)
            let path = try directory.write(NPYTests.file(header, version: version))
            #expect(try NPYFile(path: path) == NPYFile(shape: [0], elements: .float32([])))
        }
        let path = try directory.write(NPYTests.file(Self.spaces(65_536), version: [2, 0]))
        let expected = DataError.malformed(
            file: path, format: "NPY", reason: "its header would have 65536 bytes, more than 65535")
        #expect(throws: expected) { try NPYFile(path: path) }
    }

    @Test func filesOfOtherKindsSaySo() throws {
        for (bytes, words) in [
            (Array("PK\u{3}\u{4}".utf8), ".npz holds .npy"), ([0x80, 4, 0x95], "this is a Python pickle"),
            ([0x1f, 0x8b, 8], "gunzip"),
        ] {
            let path = try directory.write(bytes + [UInt8](repeating: 0, count: 200))
            #expect { try NPYFile(path: path) } throws: { "\($0)".contains(words) }
        }
        let path = try directory.write(Self.array("<f4", "()", 4))
        #expect { try SafeTensors(path: path) } throws: { "\($0)".contains("read it with NPYFile") }
    }

    @Test func pathsThatAreNoFiles() throws {
        for path in [directory.path("absent"), directory.url.path, "/dev/zero"] {
            #expect { try NPYFile(path: path) } throws: { error in
                if case .unreadable(path, let reason)? = error as? DataError { !reason.isEmpty } else { false }
            }
        }
    }
}
