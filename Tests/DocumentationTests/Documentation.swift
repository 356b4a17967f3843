import Foundation
import Testing

/// The project's texts, and the code that they show.
enum Documentation {
    /// A block of code in a text, or a snippet among the tests.
    struct Code {
        /// Where it is: the file, and the number of the line before it.
        let place: String
        /// Without the indentation that all lines have, and without lines that import.
        let code: String
        /// As it is printed, imports and empty lines too.
        let lineCount: Int
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// README.md, CONTRIBUTING.md and the pages of the catalog, as paths from the root.
    static func pages() throws -> [String] {
        let catalog = "Sources/Unloop/Documentation.docc"
        let files = try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: catalog).path())
        return ["README.md", "CONTRIBUTING.md"]
            + files.filter { $0.hasSuffix(".md") }.sorted().map { catalog + "/" + $0 }
    }

    /// The blocks between "```swift" and "```" of a page.
    static func blocks(of page: String) throws -> [Code] {
        parts(of: try text(page), page) { line in
            line.trimmed == "```swift" ? "" : nil
        } isEnd: {
            $0.trimmed == "```"
        }
        .map(\.code)
    }

    /// The snippets of these tests by name: what stands between `// snippet: NAME` and `// end`.
    static func snippets() throws -> [(name: String, code: Code)] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted()
        return try files.filter { $0.hasSuffix("Snippets.swift") }.flatMap { file in
            let marker = "// snippet: "
            return parts(of: try String(contentsOf: folder.appending(path: file), encoding: .utf8), file) { line in
                line.trimmed.hasPrefix(marker) ? String(line.trimmed.dropFirst(marker.count)) : nil
            } isEnd: {
                $0.trimmed == "// end"
            }
        }
    }

    /// A new folder, for the files of a snippet.
    static func temporaryFolder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "unloop-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.path()
    }

    static func remove(_ folder: String) { try? FileManager.default.removeItem(atPath: folder) }

    /// Lines of a package's manifest cannot be run among other code; they say so themselves.
    static func isManifest(_ code: String) -> Bool { code.hasPrefix("// Package.swift\n") }

    /// What stands between lines that begin a part and lines that end one. A part without an end is an error.
    private static func parts(
        of text: String, _ file: String, name: (Substring) -> String?, isEnd: (Substring) -> Bool
    ) -> [(name: String, code: Code)] {
        var result: [(name: String, code: Code)] = []
        var open: (name: String, line: Int, lines: [Substring])?
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if let part = open {
                if isEnd(line) {
                    let place = "\(file):\(part.line)"
                    result.append((part.name, Code(place: place, code: plain(part.lines), lineCount: part.lines.count)))
                    open = nil
                } else {
                    open?.lines.append(line)
                }
            } else if let name = name(line) {
                open = (name, number + 1, [])
            }
        }
        if let open { Issue.record("\(file):\(open.line): no end") }
        return result
    }

    private static func plain(_ lines: [Substring]) -> String {
        let code = lines.filter { !$0.trimmed.hasPrefix("import ") }.drop { $0.trimmed.isEmpty }
        let indentation = code.filter { !$0.trimmed.isEmpty }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
        return code.map { $0.trimmed.isEmpty ? "" : String($0.dropFirst(indentation)) }.joined(separator: "\n")
    }
}

extension Substring {
    /// Without spaces around it.
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
