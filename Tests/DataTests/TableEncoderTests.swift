import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopTensor

/// The columns of a table as features.
@Suite struct TableEncoderTests {
    typealias Rule = TableEncoder.Rule

    private func table(_ text: String, separator: Character = ",") throws -> CSVTable {
        try CSVTable(text: text, separator: separator, hasHeader: true)
    }

    /// One column below the name `x`.
    private func column(_ fields: [String]) throws -> CSVTable {
        try table("x,y\n" + fields.map { "\"\($0)\",0\n" }.joined())
    }

    private func encoder(_ fields: [String], _ rule: Rule? = nil) throws -> TableEncoder {
        try TableEncoder(
            fitting: column(fields), leavingOut: ["y"], rules: rule.map { ["x": $0] } ?? [:])
    }

    private func features(_ encoder: TableEncoder, _ fields: [String]) throws -> [Float] {
        try encoder(column(fields), on: .loop).scalars()
    }

    // MARK: Kinds

    @Test("what a column is follows from its fields") func kinds() throws {
        let encoder = try TableEncoder(
            fitting: table(
                """
                id,whole,real,day,moment,city,sure,name,nothing,price
                1,3,2.5,2024-02-29,2024-02-29T18:30:05.25+01:00,Rome,true,ann,,5
                2,,-1e-3,1969-12-31,1970-01-01T12:00Z,Oslo,false,bob,NA,6
                3,7,?,2000-03-01,1970-01-01 06:00:00,Rome,true,cid,n/a,7
                4,-0,NaN,,2100-03-01,Oslo,NULL,dora,nan,8
                """), leavingOut: ["price"])
        #expect(encoder.columns.map(\.name) == ["id", "whole", "real", "day", "moment", "city", "sure"])
        let kinds = encoder.columns.map {
            switch $0.content {
            case .number: "number"
            case .date: "date"
            case .category: "category"
            }
        }
        #expect(kinds == ["number", "number", "number", "date", "date", "category", "category"])
        #expect(encoder.columns.map(\.missing) == [0, 1, 2, 1, 0, 0, 1])
        #expect(encoder.leftOut.map(\.name) == ["name", "nothing"])
        #expect(encoder.leftOut[0].reason.contains("`ann` in line 2 is no number"))
        #expect(encoder.leftOut[1].reason == "no row has a value")
        #expect(
            encoder.featureNames == [
                "id", "whole", "real", "day", "moment", "city = Oslo", "city = Rome", "sure = false", "sure = true",
                "sure is missing",
            ])
        #expect(encoder.featureCount == encoder.featureNames.count)
    }

    @Test("categories are few and come often") func categories() throws {
        func isCategory(_ fields: [String]) -> Bool {
            guard case .category? = (try? encoder(fields))?.columns.first?.content else { return false }
            return true
        }
        #expect(isCategory(["a", "b"]))
        #expect(isCategory(["a"]))
        #expect(!isCategory(["a", "b", "c"]))
        #expect(!isCategory(["a", "b", "c", "a", "b"]))
        #expect(isCategory(["a", "b", "c", "a", "b", "c"]))
        #expect(isCategory((0..<200).map { "t\($0 % 100)" }))
        #expect(!isCategory((0..<505).map { "t\($0 % 101)" }))
        // One that is no number makes all of them texts.
        #expect(isCategory(["1", "2", "2", "1", "x", "x"]))
    }

    // MARK: Numbers

    @Test("what is missing is filled in, then the column is scaled") func numbers() throws {
        func coding(_ fields: [String], _ rule: Rule) throws -> TableEncoder.NumberCoding {
            guard case .number(let coding)? = try encoder(fields, rule).columns.first?.content else {
                throw DataError.missing(file: "", what: "number", available: [])
            }
            return coding
        }
        let fields = ["1", "", "2", "9"]
        let mean = try coding(fields, .number())
        // 1, 4, 2, 9: their variance is (9 + 0 + 4 + 25) / 4.
        #expect(mean.fill == 4 && mean.offset == 4 && mean.divisor == 9.5.squareRoot())
        #expect(try features(encoder(fields), ["4", "", "7"]) == [0, 0, Float(3 / 9.5.squareRoot())])
        let median = try coding(fields, .number(missing: .median, scaling: .none))
        #expect(median.fill == 2 && median.offset == 0 && median.divisor == 1)
        #expect(try coding(fields + ["5"], .number(missing: .median)).fill == 3.5)
        let constant = try coding(fields, .number(missing: .constant(-1), scaling: .range))
        #expect(constant.fill == -1 && constant.offset == -1 && constant.divisor == 10)
        let own = try encoder(fields, .number(missing: .ownCategory, scaling: .none))
        #expect(own.featureNames == ["x", "x is missing"])
        #expect(try features(own, ["", "3"]) == [4, 1, 3, 0])
        let rejecting = try encoder(["1", "2"], .number(missing: .rejected, scaling: .none))
        #expect(throws: DataError.malformedLine(file: "text", line: 3, reason: "column `x` has no value")) {
            try features(rejecting, ["1", "", "2"])
        }
    }

    @Test("a column that never changes becomes 0") func constants() throws {
        for fields in [["0.1", "0.1", "0.1"], ["7"], ["-3e38", "-3e38"], ["", "5", ""]] {
            for scaling in [TableEncoder.Scaling.standard, .range] {
                let encoder = try encoder(fields, .number(scaling: scaling))
                #expect(try features(encoder, fields) == fields.map { _ in 0 }, "\(fields)")
            }
        }
        // The same number computed in two ways.
        #expect(try features(encoder(["0.3", "0.30000000000000004"]), ["1.3"]).allSatisfy { abs($0 - 1) < 1e-6 })
    }

    @Test("numbers of any size are scaled") func sizes() throws {
        for size in [1e-300, 1e-40, 1, 1e30, 3e38] {
            let encoder = try encoder(["0", "\(size)"])
            #expect(try features(encoder, ["0", "\(size)"]) == (size == 1e-300 ? [0, 0] : [-1, 1]), "\(size)")
        }
        let narrow = try encoder(["1e-30", "2e-30"])
        #expect {
            try features(narrow, ["1e38"])
        } throws: {
            "\($0)".contains("line 2: column `x` `1e38` is too far from the values of the training rows")
        }
    }

    @Test("dates are days since 1970") func dates() throws {
        let days: [(String, Double)] = [
            ("2024-02-29", 19782), ("1969-12-31", -1), ("1970-01-01", 0), ("0001-01-01", -719_162),
            ("2000-03-01", 11017), ("9999-12-31", 2_932_896), ("1900-03-01", -25508), ("2100-03-01", 47541),
            ("1970-01-01T12:00", 0.5), ("1970-01-01 06:00:00", 0.25), ("1970-01-02T00:00:00.5Z", 1 + 0.5 / 86400),
            ("2024-02-29T18:30:05.25+01:00", 19782.729227430555), ("1970-01-01T00:00-06:00", 0.25),
        ]
        let encoder = try encoder(days.map(\.0), .date(scaling: .none))
        #expect(try features(encoder, days.map(\.0)) == days.map { Float($0.1) })
        for text in [
            "2023-02-29", "1900-02-29", "2024-13-01", "2024-00-01", "2024-01-00", "2024-04-31", "0000-01-01",
            "24-01-01", "2024-1-1", "2024/01/01", "01.02.2024", "2024-01-01T", "2024-01-01T24:00", "2024-01-01T12",
            "2024-01-01T12:60", "2024-01-01T12:00:60", "2024-01-01T12:00:00.", "2024-01-01T12:00+1",
            "2024-01-01T12:00Zx", "２０２４-01-01", "2024-01-01T12:00:00.1234567890",
        ] {
            #expect("\(text)") {
                try features(encoder, [text])
            } throws: {
                "\($0)".contains("line 2: column `x` `\(text)` is not a date such as 2024-02-29")
            }
        }
    }

    // MARK: Categories

    @Test("one feature for each category") func oneHot() throws {
        let fields = ["b", "a", "", "b"]
        let found = try encoder(fields)
        #expect(found.featureNames == ["x = a", "x = b", "x is missing"])
        #expect(try features(found, ["a", "b", "?", "c"]) == [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0])
        // Where all training rows had a value, none is a category that was not seen.
        let full = try encoder(["b", "a"])
        #expect(try features(full, ["", "c"]) == [0, 0, 0, 0])
        let constant = try encoder(fields, .category(missing: .constant("a")))
        #expect(try features(constant, ["", "b"]) == [1, 0, 0, 1])
        let unseen = try encoder(fields, .category(unseen: .missing))
        #expect(try features(unseen, ["zzz"]) == [0, 0, 1])
        let ordered = try encoder(fields, .category(order: ["c", "b", "a"]))
        #expect(ordered.featureNames == ["x = c", "x = b", "x = a", "x is missing"])
    }

    @Test("a position for each category") func ordinals() throws {
        let fields = ["low", "high", "mid", "", "low"]
        let rule = Rule.category(.ordinal(.none), order: ["low", "mid", "high"])
        let plain = try encoder(fields, rule)
        #expect(plain.featureNames == ["x"])
        #expect(try features(plain, ["low", "mid", "high", "", "other"]) == [0, 1, 2, 3, -1])
        let scaled = try encoder(
            ["low", "high"], .category(.ordinal(.range), order: ["low", "mid", "high"], unseen: .rejected))
        #expect(try features(scaled, ["low", "mid", "high"]) == [0, 0.5, 1])
    }

    @Test("what a rule rejects is an error") func rejected() throws {
        let unseen = try encoder(["a", "b"], .category(unseen: .rejected))
        #expect {
            try features(unseen, ["a", "c"])
        } throws: {
            "\($0)".contains("line 3: column `x` `c` is none of the categories of the training rows")
        }
        #expect {
            try features(unseen, [""])
        } throws: {
            "\($0)".contains("line 2: column `x` has no value")
        }
        #expect(throws: DataError.self) {
            try features(encoder(["a", ""], .category(missing: .rejected)), ["a", ""])
        }
    }

    @Test("declared columns are what they are declared to be") func declared() throws {
        let table = try table("zip,size,mark\n100,1,x\n200,2,y\n100,3,z\n300,4,w\n")
        let encoder = try TableEncoder(
            fitting: table, rules: ["zip": .category(), "size": .leftOut, "mark": .category()])
        #expect(
            encoder.featureNames == [
                "zip = 100", "zip = 200", "zip = 300", "mark = w", "mark = x", "mark = y", "mark = z",
            ])
        #expect(encoder.leftOut.map(\.reason) == ["declared to be left out"])
    }

    // MARK: Rows

    @Test("means and categories are those of the training rows, kinds those of all rows") func trainingRows() throws {
        let table = try table("n,c,k\n1,a,1\n3,b,2\n100,c,3\n-50,c,x\n5,,y\n,a,z\n7,b,w\n")
        let encoder = try TableEncoder(fitting: table, rows: [1, 0, 5], rules: ["k": .leftOut])
        guard case .number(let number) = encoder.columns[0].content,
            case .category(let category) = encoder.columns[1].content
        else {
            Issue.record("\(encoder)")
            return
        }
        #expect(number.fill == 2 && encoder.columns.map(\.missing) == [1, 0])
        #expect(category.categories == ["a", "b"] && !category.hasMissing)
        // The fields of the other rows make `k` a text, so it is none of numbers.
        let found = try TableEncoder(fitting: table, rows: [0, 1])
        #expect(found.leftOut.map(\.name) == ["k"])
        // Without a value in the training rows there is nothing to fill in.
        let empty = try TableEncoder(fitting: table, rows: [5], leavingOut: ["k"])
        #expect(empty.leftOut.map { [$0.name, $0.reason] } == [["n", "no training row has a value"]])
    }

    @Test("another table may have other columns in another order") func otherTables() throws {
        let encoder = try TableEncoder(
            fitting: table("a,b\n1,u\n3,v\n"), rules: ["a": .number(scaling: .none)])
        #expect(try encoder(table("more,b,a\nx,v,7\n"), on: .loop).scalars() == [7, 0, 1])
        #expect(try encoder(table("a,b\n"), on: .loop).shape == [0, 3])
        #expect(throws: DataError.missing(file: "text", what: "columns `a`, `b`", available: ["c", "A"])) {
            try encoder(table("c,A\n1,2\n"), on: .loop)
        }
        #expect {
            try encoder(table("a,b,a\n1,u,2\n"), on: .loop)
        } throws: {
            "\($0)".contains("two columns named `a`")
        }
        // One that is not asked for may be there twice.
        #expect(try encoder(table("a,b,c,c\n1,u,2,3\n"), on: .loop).scalars() == [1, 1, 0])
    }

    /// A pass over the table for every few columns would take minutes.
    @Test("the time grows with the columns, not with their square", .timeLimit(.minutes(1))) func wideTables() throws {
        let count = 200_000
        let lines = [(0..<count).map { "c\($0)" }, (0..<count).map { "\($0 % 7)" }, (0..<count).map { "\($0 % 5)" }]
        let encoder = try TableEncoder(fitting: table(lines.map { $0.joined(separator: ",") + "\n" }.joined()))
        #expect(encoder.featureCount == count)
    }

    @Test("rows come in parts of any size") func parts() throws {
        let fields = (0..<23).map { "\($0 * $0 % 7)" }
        let (encoder, table) = (try encoder(fields), try column(fields))
        let whole = try encoder(table, on: .loop).scalars()
        for size in [1, 5, 23, 100] {
            var (rows, features) = (try encoder.encodedRows(of: table), [Float]())
            while true {
                let part = try rows.next(size)
                if part.isEmpty { break }
                #expect(part.count <= size)
                features += part
            }
            #expect(features == whole)
        }
    }

    @Test("features have the same bits on every device") func devices() throws {
        let fields = ["0.1", "", "1e10", "-7.3", "3"]
        let bits = try Device.all.map { device in
            try encoder(fields)(column(fields), on: device).scalars().map(\.bitPattern)
        }
        #expect(Set(bits).count == 1)
    }

    // MARK: Errors

    @Test(
        "what cannot be learnt from is an error that says why",
        arguments: [
            ("a,y\n", "a header and no rows"),
            ("a,y\nNaN,1\n,2\n", "no column to learn from: `a` (no row has a value)"),
            ("a,y\nu,1\nv,1\nw,2\n", "no column to learn from: `a` (text with too many different values"),
            ("a,a,y\n1,2,3\n", "two columns named `a`"),
            ("a;y\n1;2\n", "rows look separated by semicolons, not by commas"),
            ("a\ty\n1\t2\n", "rows look separated by tabs, not by commas"),
            ("a|y\n1|2\n", "rows look separated by vertical bars, not by commas"),
            ("a,y\n\"1,5\",3\n2,4\n", "line 2: column `a` `1,5` has a decimal comma; write decimal points"),
            ("a,y\n1,3\n1e39,4\n", "line 3: column `a` `1e39` is beyond the numbers of float32"),
            ("a,y\n1,3\n\n-inf,4\n", "line 4: column `a` `-inf` is infinite"),
            ("b,a\n1,3\n", "has no column `y`; it has b, a"),
        ])
    func errors(_ text: String, _ message: String) throws {
        #expect {
            _ = try TableEncoder(fitting: CSVTable(text: text, hasHeader: true), leavingOut: ["y"])
        } throws: {
            "\($0)".contains(message)
        }
    }

    @Test(
        "a row of another length says which separator the rows seem to have",
        arguments: [
            (
                "a;b\n1,5;2\n",
                "2 fields, where the first row has 1; the rows look separated by semicolons, not by commas"
            ),
            ("a;b\n1;\"x;y\n\"\n1,5;2\n", "the rows look separated by semicolons"),
            ("a,b\n1,5,2\n", "3 fields, where the first row has 2; numbers with decimal commas become two fields"),
            ("a,b\nx,y,z\n", "3 fields, where the first row has 2; correct"),
            ("\"a\";\"b\"\n1;2\n", "text follows a quoted field; the rows look separated by semicolons, not by commas"),
            ("a,b\n1\n", "1 fields, where the first row has 2; correct"),
        ])
    func raggedRows(_ text: String, _ message: String) throws {
        #expect {
            _ = try CSVTable(text: text, hasHeader: true)
        } throws: {
            "\($0)".contains(message)
        }
        #expect {
            _ = try CSVTable(text: "a,b\n1;5,2,3\n", separator: ";", hasHeader: true)
        } throws: {
            !"\($0)".contains("separated")
        }
    }

    @Test("a number among numbers that are none") func fieldsThatDoNotFit() throws {
        let encoder = try encoder(["1", "2"])
        for (field, reason) in [
            ("x", "`x` is not a number"), ("1,5", "`1,5` has a decimal comma"),
            ("1e39", "beyond the numbers of float32"),
            ("inf", "is infinite"), ("1 2", "is not a number"), ("1,2,3", "`1,2,3` is not a number"),
        ] {
            #expect("\(field)") {
                try features(encoder, ["1", field])
            } throws: {
                "\($0)".contains("line 3: column `x`") && "\($0)".contains(reason)
            }
        }
        #expect(try features(encoder, ["-nan", "+NaN"]) == [0, 0])
    }

    // MARK: Coding

    @Test("an encoder reads back as the same") func coding() throws {
        let table = try table(
            "a,b,c,d,e\n0.1,x,2024-01-01,u,t1\n,y,,u,t2\n0.7,x,2024-01-03T01:02:03,\"v \"\"w\"\"\",t3\n1e-30,,,u,t4\n")
        let encoder = try TableEncoder(
            fitting: table, rules: ["b": .category(.ordinal(.standard)), "a": .number(missing: .ownCategory)])
        #expect(encoder.leftOut.count == 1)
        let data = try JSONEncoder().encode(encoder)
        let again = try JSONDecoder().decode(TableEncoder.self, from: data)
        #expect(again == encoder)
        #expect(try again(table, on: .loop).isBitEqual(to: encoder(table, on: .loop)))
    }

    @Test("what is not an encoder is refused") func damagedCodings() throws {
        let text = String(
            decoding: try JSONEncoder().encode(encoder(["1", "2"])), as: UTF8.self)
        for (old, new) in [
            ("\"version\":1", "\"version\":2"), ("\"version\":1", "\"v\":1"), ("\"divisor\":0.5", "\"divisor\":0"),
            ("\"divisor\":0.5", "\"divisor\":-1"), ("\"divisor\":0.5", "\"divisor\":1e999"),
            ("\"missing\":0", "\"missing\":-1"), ("\"number\"", "\"text\""),
        ] {
            let changed = text.replacingOccurrences(of: old, with: new)
            #expect(changed != text, "\(old) in \(text)")
            #expect(throws: DecodingError.self, "\(new)") {
                try JSONDecoder().decode(TableEncoder.self, from: Data(changed.utf8))
            }
        }
    }

    // MARK: Lines

    @Test("fields are added behind lines that stay as they are") func addedFields() throws {
        func lines(_ text: String, separator: Character = ",") throws -> String {
            let pieces = try table(text, separator: separator).lines(adding: ["p", "q,r"]) {
                ["\($0)", "a\(separator)\"b"]
            }
            return String(decoding: pieces.flatMap { $0 }, as: UTF8.self)
        }
        #expect(
            try lines("a, \"b\" \n1 ,\"x\ny\"\n\n2,3")
                == "a, \"b\" ,p,\"q,r\"\n1 ,\"x\ny\",0,\"a,\"\"b\"\n2,3,1,\"a,\"\"b\"\n")
        #expect(try lines("\u{feff}a\r\n1\r\n") == "\u{feff}a,p,\"q,r\"\r\n1,0,\"a,\"\"b\"\r\n")
        #expect(try lines("a;b\n1;2\n", separator: ";") == "a;b;p;q,r\n1;2;0;\"a;\"\"b\"\n")
        #expect(try lines("a\n") == "a,p,\"q,r\"\n")
        // More than one piece.
        let long = try table("a\n" + String(repeating: "12345678\n", count: 20_000))
        let pieces = Array(long.lines(adding: ["p"]) { ["\($0)"] })
        #expect(pieces.count > 1)
        let text = String(decoding: pieces.flatMap { $0 }, as: UTF8.self)
        #expect(text.split(separator: "\n").count == 20_001 && text.hasSuffix("12345678,19999\n"))
    }

    @Test("misuse says what is wrong") func misuse() async throws {
        func message(_ result: ExitTest.Result?) -> String {
            String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        }
        let header = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = try TableEncoder(fitting: CSVTable(text: "1,2\n"))
        }
        #expect(message(header).contains("TableEncoder: the table has no header"))
        let rows = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = try TableEncoder(fitting: CSVTable(text: "a\n1\n", hasHeader: true), rows: [1])
        }
        #expect(message(rows).contains("TableEncoder: rows of a table with 1 rows"))
        let order = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = TableEncoder.Rule.category(order: ["a", "a"])
        }
        #expect(message(order).contains("a category stands twice"))
        let constant = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = TableEncoder.Rule.number(missing: .constant(.nan))
        }
        #expect(message(constant).contains("is no number of float32"))
    }
}

/// Whether a label is a class or a number.
@Suite struct TableLabelTests {
    private func values(_ fields: [String]) throws -> TableLabelValues {
        try TableLabelValues(
            "y", in: CSVTable(text: "y,a\n" + fields.map { "\"\($0)\",1\n" }.joined(), hasHeader: true))
    }

    private func classes(_ fields: [String]) throws -> (labels: [Int32], names: [String])? {
        if case .classes(let labels, let names) = try values(fields).kind { (labels, names) } else { nil }
    }

    @Test("texts and few whole numbers are classes") func kinds() throws {
        let texts = try #require(try classes(["b", "a", "b"]))
        #expect(texts.names == ["a", "b"] && texts.labels == [1, 0, 1])
        let numbers = try #require(try classes(["10.0", "2", "2.0", "10"]))
        #expect(numbers.names == ["2", "10.0"] && numbers.labels == [1, 0, 0, 1])
        #expect(try classes(["1.5", "2", "2", "1.5"]) == nil)
        // Three in 15 rows are each in five of them; in 14 they are not.
        let three = (0..<15).map { "\($0 % 3)" }
        #expect(try classes(three)?.names == ["0", "1", "2"])
        #expect(try classes(three.dropLast()) == nil)
        #expect(try classes((0..<100).map { "\($0 % 20)" })?.names.count == 20)
        #expect(try classes((0..<1000).map { "\($0 % 21)" }) == nil)
        // From 2⁵³ on, several whole numbers are one float64.
        #expect(try classes(["9007199254740992", "-9007199254740991"])?.names.count == 2)
        #expect(try classes((0..<40).map { "\(100_000_000_000_000_000 + $0)" }) == nil)
    }

    @Test("numbers have mean and deviation of the training rows") func scale() throws {
        let label = TableLabel(try values(["1.5", "3.5", "100", "7", "8", "9"]), trainingOn: [0, 1])
        #expect(label.kind == .number(mean: 2.5, deviation: 1) && label.classCount == nil)
        // All the same in the training rows.
        #expect(
            TableLabel(try values(["1.5", "3.5", "9.5"]), trainingOn: [1]).kind == .number(mean: 3.5, deviation: 1))
    }

    @Test(
        "labels that cannot be learnt",
        arguments: [
            (["a", "a"], "the same value in all rows of the label `y`"), (["3", "3.0"], "the same value in all rows"),
            (["a"], "the same value"), ([], "no rows below"), (["1", "", "2"], "line 3: column `y` has no value"),
            (["a", "NA"], "line 3: column `y` has no value"), (["1", "1e39"], "line 3: column `y` `1e39` is beyond"),
            (["1,5", "2"], "line 2: column `y` `1,5` has a decimal comma"), (["1", "inf"], "infinite"),
            (["1", "2", "x", "y", "z"], "5 different texts in 5 rows of the label `y`; `x` in line 4 is no number"),
            ((0..<2002).map { "t\($0 % 1001)" }, "1001 different texts"),
        ] as [([String], String)])
    func errors(_ fields: [String], _ message: String) throws {
        #expect {
            _ = try values(fields)
        } throws: {
            "\($0)".contains(message)
        }
    }

    @Test func coding() throws {
        for fields in [["a", "b"], ["0.1", "0.7", "1e-30"]] {
            let label = TableLabel(try values(fields), trainingOn: Array(fields.indices))
            let data = try JSONEncoder().encode(label)
            #expect(try JSONDecoder().decode(TableLabel.self, from: data) == label)
        }
        for text in [
            #"{"name":"y","kind":{"classes":{"_0":["a"]}}}"#, #"{"name":"y","kind":{"classes":{"_0":["a","a"]}}}"#,
            #"{"name":"y","kind":{"number":{"mean":1,"deviation":0}}}"#,
        ] {
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(TableLabel.self, from: Data(text.utf8)) }
        }
    }
}
