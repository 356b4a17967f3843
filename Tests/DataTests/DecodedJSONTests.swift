import Foundation
import Testing
import UnloopData

/// JSON that Unloop wrote, and texts made to take far more memory than their length.
@Suite struct DecodedJSONTests {
    private struct Record: Codable, Equatable {
        var name = "a, b: [c] {d}"
        var numbers: [Double] = []
    }

    @Test func whatWasEncodedIsDecoded() throws {
        for count in [0, 1, 100_000] {
            let record = Record(numbers: (0..<count).map { Double($0) + 0.25 })
            let text = try JSONEncoder().encode(record)
            #expect(try decodedJSON(Record.self, from: text) == record)
            #expect(try decodedJSON(Record.self, from: [UInt8](text)[...]) == record)
        }
        #expect(throws: DecodingError.self) { try decodedJSON(Record.self, from: "{".utf8) }
        #expect(throws: DecodingError.self) { try decodedJSON(Record.self, from: "".utf8) }
    }

    /// The decoder would take 50 bytes for each value.
    @Test func textsOfNothingButShortValuesAreRefused() {
        for (value, count) in [("1,", 1_100_000), ("{},", 700_000), ("[],", 700_000), ("\"\":0,", 700_000)] {
            let text = "{\"name\":\"x\",\"numbers\":[" + String(repeating: value, count: count) + "1]}"
            do {
                _ = try decodedJSON(Record.self, from: text.utf8)
                Issue.record("\(value) was decoded")
            } catch DecodingError.dataCorrupted(let context) {
                #expect(context.debugDescription.contains("values in \(text.utf8.count) bytes"), "\(value)")
            } catch {
                Issue.record("\(value): \(error)")
            }
        }
    }
}
