import Testing
import UnloopData

/// Numbers and texts as formats have them.
@Suite struct WrittenTextTests {
    @Test func numbersAreTheShortestThatReadBack() {
        for (value, text) in [
            (3, "3"), (-0.0, "-0"), (0.1, "0.1"), (1e-5, "1e-05"), (1e300, "1e+300"),
            (.leastNonzeroMagnitude, "5e-324"),
            (1 / 3, "0.3333333333333333"), (Double(Float(0.1)), "0.10000000149011612"), (.infinity, "inf"),
            (-.infinity, "-inf"),
        ] {
            #expect(shortestText(value) == text)
            #expect(Double(text)?.bitPattern == value.bitPattern)
        }
        for value in [Double.nan, -.nan, .signalingNaN, Double(nan: 7, signaling: false)] {
            #expect(shortestText(value) == "nan")
        }
    }

    @Test func fieldsAreQuotedWhereTheyMustBe() {
        for (text, field) in [
            ("", ""), ("top 5", "top 5"), ("a,b", "\"a,b\""), ("\"x\"", "\"\"\"x\"\"\""), ("a\nb", "\"a\nb\""),
            ("a\r\nb", "\"a\r\nb\""), (" a", "\" a\""), ("größe", "größe"),
        ] {
            #expect(csvField(text) == field)
        }
    }

    @Test func stringsAreEscaped() {
        #expect(jsonString("a \"b\"\\/\n\r\t\u{1}\u{1f}\u{7f}ü") == #""a \"b\"\\/\n\r\t\u0001\u001f\#u{7f}ü""#)
        #expect(jsonString("") == "\"\"")
    }
}
