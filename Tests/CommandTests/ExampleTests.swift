import Foundation
import Testing

@Suite struct ExampleCommandTests {
    private func lines(_ result: CommandResult) throws -> [[String: Any]] {
        try result.output.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    @Test func theListNamesRows() throws {
        let list = try #require(try unloop("examples", "--format", "json").json()["examples"] as? [[String: Any]])
        #expect(!list.isEmpty)
        #expect(list.allSatisfy { $0["name"] is String && $0["row"] is Int })
        let table = try unloop("examples")
        #expect(table.status == 0)
        for example in list { #expect(table.output.contains(try #require(example["name"] as? String))) }
    }

    @Test func figuresAreTheSameTextOnEveryDevice() throws {
        var texts: Set<String> = []
        for device in ["loop", "cpu"] {
            let result = try unloop("example", "loop-versus-vectorized", "--device", device, "--format", "json")
            #expect(result.status == 0, "\(result.errors)")
            let json = try #require(try lines(result).first)
            #expect(json["row"] as? Int == 1)
            #expect(json["ok"] as? Bool == true)
            #expect(json["device"] as? String == device)
            let figures = try #require(json["figures"] as? [[String: Any]])
            #expect(figures.allSatisfy { $0["ok"] as? Bool == true })
            let range = try #require(result.output.range(of: #""figures": \[[^\]]*\]"#, options: .regularExpression))
            texts.insert(String(result.output[range]))
        }
        #expect(texts.count == 1)
    }

    @Test func peopleSeeFiguresBesideWhatWasExpected() throws {
        let result = try unloop("example", "loop-versus-vectorized", "--device", "cpu")
        #expect(result.status == 0)
        #expect(result.output.contains("= 235") && result.output.contains("figures as expected on cpu"))
        #expect(!result.output.contains("WRONG"))
    }

    @Test func anUnknownExampleIsNamedWithTheValidOnes() throws {
        let result = try unloop("example", "no-such-example")
        #expect(result.status == 2)
        #expect(result.errors.contains("loop-versus-vectorized"))
        #expect(try unloop("example").status == 2)
    }
}
