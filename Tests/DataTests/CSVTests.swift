import Testing
import UnloopData

@Suite struct CSVTests {
    @Test func plainNumbers() throws {
        let table = try CSVTable(text: "1,2.5,-3\n4,5e-1,6\n")
        #expect(table.columnNames == nil)
        #expect((table.rowCount, table.columnCount) == (2, 3))
        #expect(try table.reals(columns: 0..<3) == [1, 2.5, -3, 4, 0.5, 6])
        #expect(try table.reals(columns: [2, 0]) == [-3, 1, 6, 4])
        #expect(try table.integers(column: 0) == [1, 4])
    }

    @Test func headerQuotesAndLineEnds() throws {
        let text = "\u{feff}name,\"a, b\",note\r\n\r\n x ,\"1\",\"he said \"\"no\"\"\"\r\ny,\t2 ,\"two\nlines\""
        let table = try CSVTable(text: text, hasHeader: true)
        #expect(table.columnNames == ["name", "a, b", "note"])
        #expect(table.rows == [["x", "1", "he said \"no\""], ["y", "2", "two\nlines"]])
        #expect(try table.integers(column: table.column(named: "a, b")) == [1, 2])
        #expect(throws: DataError.missing(file: "text", what: "column `z`", available: ["name", "a, b", "note"])) {
            try table.column(named: "z")
        }
    }

    @Test func otherSeparators() throws {
        #expect(try CSVTable(text: "1;2,5", separator: ";").rows == [["1", "2,5"]])
        #expect(try CSVTable(text: "1\t\t3", separator: "\t").rows == [["1", "", "3"]])
    }

    @Test func classes() throws {
        let table = try CSVTable(text: "5,red\n4,blue\n3,red\n")
        let (labels, names) = table.classes(column: 1)
        #expect(names == ["blue", "red"])
        #expect(labels == [1, 0, 1])
    }

    @Test func missingValues() throws {
        let table = try CSVTable(text: "a,b\n1,\nNaN,2\n?,NA\n", hasHeader: true)
        let values = try table.reals(columns: 0..<2, missing: .notANumber)
        #expect(values.map(\.isNaN) == [false, true, true, false, true, true])
        #expect(throws: DataError.malformedLine(file: "text", line: 2, reason: "column `b` has no value")) {
            try table.reals(columns: 0..<2)
        }
    }

    @Test func emptyText() throws {
        let table = try CSVTable(text: "\n\r\n")
        #expect(table.rowCount == 0)
        #expect(try table.reals(columns: 0..<3).isEmpty)
        #expect(throws: DataError.malformed(file: "text", format: "CSV", reason: "it has no header line")) {
            try CSVTable(text: "", hasHeader: true)
        }
    }

    @Test func errorsNameTheLine() throws {
        func error(_ text: String) -> DataError? {
            do throws(DataError) {
                _ = try CSVTable(text: text).reals(columns: 0..<2)
                return nil
            } catch { return error }
        }
        #expect(
            error("1,2\n3\n") == .malformedLine(file: "text", line: 2, reason: "1 fields, where the first row has 2"))
        #expect(
            error("1,2\n\n3,4,5")
                == .malformedLine(file: "text", line: 3, reason: "3 fields, where the first row has 2"))
        #expect(
            error("\"1\n\",2\n3,x\n")
                == .malformedLine(file: "text", line: 1, reason: "column 1 `1\n` is not a number"))
        #expect(
            error("1,\"2\n3,4\n") == .malformedLine(file: "text", line: 1, reason: "a quote is opened and never closed")
        )
        #expect(error("1,\"2\"x\n") == .malformedLine(file: "text", line: 1, reason: "text follows a quoted field"))
        #expect(
            error("1,2\n1,2\"3\n")
                == .malformedLine(
                    file: "text", line: 2, reason: "a quote in the middle of a field that is not quoted"))
    }

    @Test func integersMustBeWholeAndFit() throws {
        for field in ["1.5", "2147483648", "", "x"] {
            let table = try CSVTable(text: "7,\(field)\n")
            #expect { try table.integers(column: 1) } throws: { error in
                if case .malformedLine("text", 1, _)? = error as? DataError { true } else { false }
            }
        }
    }

    @Test func zeroBytesAreNamed() throws {
        for text in ["1,2\n3,12\034\n", "1,2\n3,\0\n", "1,2\n3,\"4\0\"\n"] {
            #expect("\(text)") { try CSVTable(text: text) } throws: { error in
                if case .malformedLine("text", 2, let reason)? = error as? DataError {
                    reason.contains("column 2") && reason.contains("zero byte")
                } else {
                    false
                }
            }
        }
    }

    @Test(
        "what stands for no value is rejected or NaN, with a sign too",
        arguments: ["nan", "-nan", "+NaN", "", "?", "NULL", "-NAN"])
    func signsOfNaN(_ field: String) throws {
        let table = try CSVTable(text: "1,\(field)\n")
        #expect(throws: DataError.malformedLine(file: "text", line: 1, reason: "column 2 has no value")) {
            try table.reals(columns: [1])
        }
        #expect(try table.reals(columns: [1], missing: .notANumber).map(\.isNaN) == [true])
    }

    @Test(
        "what is no number is an error",
        arguments: ["1 2", "1,5", "1_000", "--1", "0x", "1e", "e1", ".", "1\u{a0}", "nan(1)", "１"])
    func fieldsThatAreNoNumbers(_ field: String) throws {
        let table = try CSVTable(text: "\"\(field)\";2\n", separator: ";")
        for missing in [CSVTable.MissingValue.notANumber, .rejected] {
            #expect { try table.reals(columns: 0..<2, missing: missing) } throws: { error in
                if case .malformedLine("text", 1, _)? = error as? DataError {
                    "\(error)".contains("column 1")
                } else {
                    false
                }
            }
        }
    }

    @Test func numbersBeyondFloat32AreErrorsAndInfinityIsNot() throws {
        #expect(throws: DataError.self) { try CSVTable(text: "1e39").reals(columns: [0]) }
        #expect(throws: DataError.self) { try CSVTable(text: "-1e999").reals(columns: [0]) }
        #expect(try CSVTable(text: "inf,-Infinity,1e-60").reals(columns: 0..<3) == [.infinity, -.infinity, 0])
    }

    @Test func columnsInAnyOrderAndTwice() throws {
        let table = try CSVTable(text: "a,b,c\n1,2,3\n4,5,6\n", hasHeader: true)
        #expect(try table.reals(columns: [2, 0, 2]) == [3, 1, 3, 6, 4, 6])
        #expect(try table.reals(columns: [1, 1]) == [2, 2, 5, 5])
        #expect(try table.reals(columns: [Int]()) == [])
        #expect(try table.reals(columns: [0, 2]) == [1, 3, 4, 6])
    }

    @Test func lineEndsOfAnotherKind() throws {
        #expect(throws: DataError.self) { try CSVTable(text: "x,y\r1,2\r3,4\r", hasHeader: true) }
        #expect(throws: DataError.self) { try CSVTable(text: "a\rb\rc\r") }
        #expect(try CSVTable(text: "a\r\n\"b\rc\"\r\n").rows == [["a"], ["b\rc"]])
    }

    @Test func equalityIsThatOfTheFields() throws {
        #expect(try CSVTable(text: "1, 2\n") == CSVTable(text: "\"1\",2", name: "another"))
        #expect(try CSVTable(text: "1,2\n") != CSVTable(text: "1\n2"))
    }

    @Test func filesThatAreNotText() throws {
        let directory = try TemporaryDirectory()
        for (bytes, reason) in [
            ([0x31, 0x2c, 0xff, 0xfe], "its line 1 is not UTF-8 text; save it as UTF-8"),
            // é in UTF-8 and in Latin-1.
            (Array("x\né,1\n".utf8) + [0xe9, 0x2c, 0x31, 0x0a], "its line 3 is not UTF-8 text; save it as UTF-8"),
            ([0xff, 0xfe, 0x78, 0, 0x0a, 0], "it is UTF-16 text; save it as UTF-8"),
            ([0xfe, 0xff, 0, 0x78, 0, 0x0a], "it is UTF-16 text; save it as UTF-8"),
            (Array("PK\u{3}\u{4}".utf8) + [0xff], "save a spreadsheet (.xlsx, .ods) as CSV"),
            (
                [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1],
                "an old spreadsheet or document (.xls?): save it as CSV"
            ),
            (Array("PAR1".utf8) + [0xff], "a Parquet file: write it as CSV"),
        ] as [([UInt8], String)] {
            let path = try directory.write(bytes)
            #expect {
                try CSVTable(path: path)
            } throws: {
                guard case .malformed(path, "CSV", let found)? = $0 as? DataError else { return false }
                return found.hasSuffix(reason)
            }
        }
        // Percentiles, not the beginning of an image.
        let path = try directory.write("P50,P95\n1,2,3\n", "percentiles")
        #expect(throws: DataError.malformedLine(file: path, line: 2, reason: "3 fields, where the first row has 2")) {
            try CSVTable(path: path)
        }
        #expect(try CSVTable(path: directory.write("1,2\n", "good")).rows == [["1", "2"]])
    }
}
