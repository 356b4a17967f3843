import Foundation
import Testing

/// The code in README.md, CONTRIBUTING.md and the catalog is the code of the snippets beside this file, which the tests compile and run.
@Suite struct DocumentationTests {
    /// The most lines that a program may have of which the text says, or shows, how short it is.
    static let limits = [
        "program": 15, "softsign": 3, "scale": 8, "residual-block": 20, "squareplus": 3, "quantile": 8,
        "adversaries": 25, "tasks": 8, "predict": 6, "server": 10,
    ]

    @Test("every block of code is a snippet, and every snippet is shown") func blocksAreSnippets() throws {
        let snippets = try Documentation.snippets()
        let names = Dictionary(grouping: snippets, by: \.code.code).mapValues { $0.map(\.name) }
        for (code, names) in names { #expect(names.count == 1, "the same code has the names \(names): \(code)") }
        #expect(Set(snippets.map(\.name)).count == snippets.count, "\(snippets.map(\.name))")
        var shown: Set<String> = []
        for page in try Documentation.pages() {
            for block in try Documentation.blocks(of: page) {
                // It has a test of its own, in `ReadmeSnippets`.
                if page == "README.md" && Documentation.isManifest(block.code) { continue }
                guard let name = names[block.code]?.first else {
                    Issue.record("\(block.place): no snippet has this code:\n\(block.code)")
                    continue
                }
                shown.insert(name)
                if let limit = Self.limits[name] {
                    #expect(block.lineCount <= limit, "\(block.place): \(name) has \(block.lineCount) lines")
                }
            }
        }
        for snippet in snippets { #expect(shown.contains(snippet.name), "\(snippet.code.place) is shown nowhere") }
        for name in Self.limits.keys { #expect(shown.contains(name), "\(name) has a limit and is no snippet") }
    }

    @Test("pages that show no code are known") func pagesHaveCode() throws {
        let without = try Documentation.pages().filter { try Documentation.blocks(of: $0).isEmpty }
        #expect(without.allSatisfy { $0.contains("/Modules/") }, "\(without)")
    }

    @Test("a block is compared without indentation and imports") func comparison() throws {
        #expect(try Documentation.snippets().allSatisfy { !$0.code.code.isEmpty && !$0.code.code.hasPrefix(" ") })
        let program = try #require(try Documentation.blocks(of: "README.md").first)
        #expect(program.code.hasPrefix("let device"))
        #expect(program.lineCount > program.code.components(separatedBy: "\n").count)
    }
}
