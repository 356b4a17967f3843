import Foundation
import Testing
import Unloop

// The code of README.md and CONTRIBUTING.md; see `DocumentationTests` for how it is held to the text.

// snippet: softsign
extension Activation {
    static let softsign = Activation("softsign") { x in x / (1 + abs(x)) }
}
// end

@Suite struct ReadmeSnippets {
    @Test("the program prints what README.md says") func program() throws {
        // snippet: program
        let device = CommandLine.arguments.contains("opencl") ? try Device.opencl : Device.cpu
        let (training, test) = try Digits.load(on: device).split(holdingOut: 360, seed: 1)
        var model = Model {
            Convolution2D(filters: 16, kernel: 3, padding: .same, activation: .relu)
            MaxPooling2D(2)
            Flatten()
            Dense(10)
        }
        try model.fit(
            training, validating: test, loss: .softmaxCrossEntropy, optimizer: .adam(0.001), epochs: 10, batchSize: 32,
            on: device)
        print(try model.evaluate(test, metric: .accuracy), try model.weightsSHA256())
        // end
        let output = "\(try model.evaluate(test, metric: .accuracy)) \(try model.weightsSHA256())"
        #expect(try Documentation.text("README.md").contains("```\n\(output)\n```"))
    }

    @Test("a formula of one's own computes") func formula() throws {
        #expect(try Activation.softsign(Tensor([-1, 0, 3], on: .cpu)).scalars() == [-0.5, 0, 0.75])
    }

    /// The lines of a manifest in README.md make a package that SwiftPM resolves.
    @Test("the manifest of README.md is one") func manifest() throws {
        let blocks = try Documentation.blocks(of: "README.md").filter { Documentation.isManifest($0.code) }
        let lines = try #require(blocks.first?.code)
        #expect(blocks.count == 1)
        let folder = FileManager.default.temporaryDirectory.appending(path: "unloop-\(UUID().uuidString)")
        let sources = folder.appending(path: "app/Sources/MyNetwork")
        try FileManager.default.createDirectory(at: sources, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "unloop"), withDestinationURL: Documentation.root)
        try "import Unloop\n".write(to: sources.appending(path: "main.swift"), atomically: true, encoding: .utf8)
        try """
        // swift-tools-version: 6.1
        import PackageDescription

        let package = Package(
            name: "MyNetwork",
        \(lines)
        )

        """.write(to: folder.appending(path: "app/Package.swift"), atomically: true, encoding: .utf8)
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "swift", "package", "--package-path", folder.appending(path: "app").path(), "show-dependencies",
        ]
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self)
        #expect(process.terminationStatus == 0 && text.contains("unloop"), "\(text)")
    }
}
