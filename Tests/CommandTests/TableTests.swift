import Foundation
import Testing

/// `unloop train table` and `unloop predict`.
@Suite struct TableTests {
    /// What Tests/NetworkTests/Golden/generate_tables.py has found for the same rows.
    private struct Golden: Decodable {
        struct Task: Decodable {
            let test: [Int]
            let featureCount: Int
            let score: Double
            let networkScore: Double
        }
        let iris: Task
        let breastCancer: Task
        let ordered: Task
        let spent: Task
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        .standardizedFileURL
    private static let goldenFolder = root.appending(path: "Tests/NetworkTests/Golden")

    private static func golden() throws -> Golden {
        try JSONDecoder().decode(Golden.self, from: Data(contentsOf: goldenFolder.appending(path: "tables.json")))
    }

    private static var mixed: String { goldenFolder.appending(path: "mixed.csv").path() }

    /// The folder of one test.
    private struct Folder {
        let url = FileManager.default.temporaryDirectory.appending(path: "unloop-table-\(UUID().uuidString)")

        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
        func remove() { try? FileManager.default.removeItem(at: url) }

        func path(_ name: String) -> String { url.appending(path: name).path() }

        func write(_ text: String, _ name: String = "table.csv") throws -> String {
            try Data(text.utf8).write(to: url.appending(path: name))
            return path(name)
        }

        /// A table that is part of the library, with a header.
        func bundled(_ name: String, columns: Int) throws -> String {
            let rows = try String(
                contentsOf: root.appending(path: "Sources/CUnloopData/Resources/" + name), encoding: .utf8)
            return try write(((0..<columns).map { "x\($0)" } + ["class"]).joined(separator: ",") + "\n" + rows, name)
        }
    }

    private func train(_ path: String, _ arguments: String...) throws -> [String: Any] {
        let result = try unloop(["train", "table", path, "--format", "json"] + arguments)
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
        return try result.json()
    }

    private static var devices: [String] {
        #if OpenCL
            ["loop", "cpu", "opencl"]
        #else
            ["loop", "cpu"]
        #endif
    }

    @Test("scores are within a hundredth of scikit-learn's, and predictions are the same bits on every device")
    func scores() throws {
        let (folder, golden) = (try Folder(), try Self.golden())
        defer { folder.remove() }
        for (path, label, expected, score) in [
            (try folder.bundled("iris.csv", columns: 4), "class", golden.iris, "test_accuracy"),
            (try folder.bundled("breast_cancer.csv", columns: 30), "class", golden.breastCancer, "test_accuracy"),
            (Self.mixed, "ordered", golden.ordered, "test_accuracy"), (Self.mixed, "spent", golden.spent, "test_r2"),
        ] {
            for model in ["linear", "mlp"] {
                var (hashes, texts, bytes) = (Set<String>(), Set<String>(), Set<Data>())
                for device in Self.devices {
                    let output = folder.path("model-\(device)")
                    let line = try train(
                        path, "--label", label, "--model", model, "--device", device, "--output", output)
                    #expect(line["task"] as? String == (score == "test_r2" ? "regression" : "classification"))
                    #expect(line["test_rows"] as? Int == expected.test.count)
                    #expect(line["features"] as? Int == expected.featureCount)
                    let found = try #require(line[score] as? Double)
                    let wanted = model == "linear" ? expected.score : expected.networkScore
                    #expect(found >= wanted - 0.01, "\(path) \(model): \(found) instead of \(wanted)")
                    if model == "linear" { #expect(abs(found - wanted) < 0.01) }
                    hashes.insert(try #require(line["weights_sha256"] as? String))
                    bytes.insert(try Data(contentsOf: URL(filePath: output)))
                    let predictions = try unloop("predict", output, "--input", path, "--device", device)
                    #expect(predictions.status == 0 && predictions.errors.isEmpty, "\(predictions.errors)")
                    texts.insert(predictions.output)
                }
                #expect(hashes.count == 1 && texts.count == 1 && bytes.count == 1, "\(path) \(label) \(model)")
                #expect(try #require(hashes.first).count == 64)
            }
        }
    }

    @Test("the report names the columns") func report() throws {
        let result = try unloop("train", "table", Self.mixed, "--label", "ordered", "--device", "cpu")
        #expect(result.status == 0 && result.errors.isEmpty)
        for words in [
            "240 rows to train on, 60 to test with", "`ordered` is 2 classes: no, yes", "date", "category", "left out",
            "`Customer 0` in line 2 is no number", "no row has a value", "14: its own category",
            "test accuracy 81.67 %",
            "weights sha256 ", "--output MODEL",
        ] {
            #expect(result.output.contains(words), "\(words) in \(result.output)")
        }
        let network = try unloop(
            "train", "table", Self.mixed, "--label", "spent", "--model", "mlp", "--epochs", "3", "--device", "cpu")
        #expect(network.output.contains("`spent` is a number") && network.output.contains("3 epochs;"))
        #expect(network.output.contains("test R² "))
    }

    @Test("options say how it is learnt") func options() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let path = try folder.bundled("iris.csv", columns: 4)
        func hash(_ arguments: String...) throws -> String? {
            let result = try unloop(["train", "table", path, "--label", "class", "--format", "json"] + arguments)
            return try result.json()["weights_sha256"] as? String
        }
        #expect(try hash("--seed", "1") == hash("--seed", "1"))
        #expect(try hash("--seed", "1") != hash("--seed", "2"))
        #expect(try hash("--model", "mlp", "--epochs", "1") != hash("--model", "mlp", "--epochs", "2"))
        let all = try train(path, "--label", "class", "--test", "0")
        #expect(all["test_rows"] as? Int == 0 && all["test_accuracy"] is NSNull && all["train_rows"] as? Int == 150)
        let half = try train(path, "--label", "class", "--test", "0.5", "--model", "mlp", "--epochs", "2")
        #expect(half["test_rows"] as? Int == 75 && half["epochs"] as? Int == 2)
    }

    @Test("the table comes back with its predictions") func predictions() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let model = folder.path("model")
        _ = try train(Self.mixed, "--label", "ordered", "--device", "cpu", "--output", model)
        let output = folder.path("predictions.csv")
        let written = try unloop("predict", model, "--input", Self.mixed, "--output", output)
        #expect(written.status == 0 && written.output.isEmpty && written.errors.isEmpty)
        let text = try String(contentsOfFile: output, encoding: .utf8)
        #expect(try unloop("predict", model, "--input", Self.mixed).output == text)
        let lines = text.split(separator: "\n")
        let original = try String(contentsOfFile: Self.mixed, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 301)
        #expect(lines[0] == original[0] + ",prediction,probability_no,probability_yes")
        for (line, before) in zip(lines, original) { #expect(line.hasPrefix(before + ",")) }
        for line in lines.dropFirst() {
            let fields = line.split(separator: ",").suffix(3)
            let probabilities = fields.dropFirst().compactMap { Float($0) }
            #expect(probabilities.count == 2 && abs(probabilities[0] + probabilities[1] - 1) < 1e-6)
            #expect(fields.first == (probabilities[1] > 0.5 ? "yes" : "no"))
        }
        // Other columns, another order, no label, other line ends, a city that was never seen, and what is missing.
        let other = try folder.write(
            "plan,note, spent ,city,age,id,since,income\r\npro,\"a,b\",99.5,Paris,?,7,,\r\n\r\nbasic,c,10,Rome,40,8,2020-01-01,30000\r\n"
        )
        let few = try unloop("predict", model, "--input", other, "--device", "loop")
        #expect(few.status == 0, "\(few.errors)")
        let rows = few.output.components(separatedBy: "\r\n")
        #expect(rows.count == 4 && rows[3].isEmpty)
        #expect(rows[0] == "plan,note, spent ,city,age,id,since,income,prediction,probability_no,probability_yes")
        #expect(rows[1].hasPrefix("pro,\"a,b\",99.5,Paris,?,7,,,yes,"))
        let none = try folder.write("plan,spent,city,age,id,since,income\n", "none.csv")
        #expect(
            try unloop("predict", model, "--input", none).output
                == "plan,spent,city,age,id,since,income,prediction,probability_no,probability_yes\n")
    }

    @Test(
        "what is wrong with a table is said on one line",
        arguments: [
            ("", "it has no header line"), ("x,y\n", "a header and no rows"),
            ("x,z\n1,2\n", "no column `y`; it has x, z"),
            ("x,y\n1,a\n2,a\n", "the same value in all rows of the label `y`"),
            ("x,y\n1,a\n2,\n", "line 3: column `y` has no value"),
            ("x,y\n1\n", "line 2: 1 fields, where the first row has 2"),
            ("x;y\n1;a\n2;b\n", "separated by semicolons, not by commas"),
            (
                "x;y\n1,5;a\n2,5;b\n",
                "line 2: 2 fields, where the first row has 1; the rows look separated by semicolons"
            ),
            ("x\ty\n1\ta\n2\tb\n", "separated by tabs"),
            ("x,y\n\"1,5\",a\n2,b\n3,a\n4,b\n", "line 2: column `x` `1,5` has a decimal comma; write decimal points"),
            ("x,y\nNaN,a\n,b\nnan,a\n,b\n", "no column to learn from: `x` (no row has a value)"),
            ("x,y\n1e39,a\n2,b\n3,a\n4,b\n", "line 2: column `x` `1e39` is beyond the numbers of float32"),
        ])
    func badTables(_ text: String, _ message: String) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let result = try unloop("train", "table", folder.write(text), "--label", "y", "--output", folder.path("model"))
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(!FileManager.default.fileExists(atPath: folder.path("model")))
    }

    @Test("what is wrong with files") func badFiles() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let table = try folder.write("x,y\n1,a\n2,b\n3,a\n4,b\n5,a\n6,b\n")
        let model = folder.path("model")
        _ = try train(table, "--label", "y", "--output", model)
        let other = try folder.write("x,prediction\n1,2\n", "other.csv")
        let semicolons = try folder.write("x;z\n1;2\n", "semicolons.csv")
        for (arguments, message) in [
            (["train", "table", folder.path("."), "--label", "y"], "it is not a regular file"),
            (["train", "table", folder.path("absent"), "--label", "y"], "cannot read"),
            (["train", "table", model, "--label", "y"], "not UTF-8"),
            (["train", "table", table, "--label", "y", "--output", folder.path("absent/model")], "cannot write"),
            (["predict", folder.path("absent"), "--input", table], "cannot read"),
            (["predict", folder.path("."), "--input", table], "it is not a regular file"),
            (["predict", table, "--input", table], "is not a valid safetensors file"),
            (["predict", model, "--input", folder.path("absent")], "cannot read"),
            (["predict", model, "--input", other], "a column `prediction` already"),
            (["predict", model, "--input", semicolons], "separated by semicolons"),
            (["predict", model, "--input", Self.mixed], "has no column `x`; it has id, name"),
            (["predict", model, "--input", table, "--output", folder.path("absent/out")], "cannot write"),
        ] {
            let result = try unloop(arguments)
            #expect(result.status == 1 && result.output.isEmpty, "\(arguments)")
            #expect(result.errors.contains(message), "\(arguments): \(result.errors)")
        }
    }

    @Test(
        "wrong usage says what is valid",
        arguments: [
            (["train", "table"], ["missing file"]), (["train", "table", "x.csv"], ["--label COLUMN"]),
            (["train", "table", "x.csv", "--label"], ["--label", "COLUMN"]),
            (["train", "table", "x.csv", "--label", "y", "--model", "cnn"], ["cnn", "linear", "mlp"]),
            (["train", "table", "x.csv", "--label", "y", "--test", "1"], ["--test", "from 0 to below 1"]),
            (["train", "table", "x.csv", "--label", "y", "--test", "-0.1"], ["--test", "-0.1"]),
            (["train", "table", "x.csv", "--label", "y", "--epochs", "0"], ["--epochs", "integer"]),
            (["train", "table", "x.csv", "--label", "y", "--batch", "8"], ["--batch", "--test", "--output"]),
            (["train", "table", "x.csv", "y.csv", "--label", "y"], ["unexpected argument 'y.csv'"]),
            (["train", "digits", "--label", "y"], ["--label", "--receipt"]),
            (["train", "--epochs", "3"], ["digits", "table"]),
            (["predict"], ["missing model"]), (["predict", "model"], ["--input FILE"]),
            (["predict", "model", "--input", "x.csv", "--device", "tpu"], ["tpu", "loop", "cpu", "opencl"]),
        ] as [([String], [String])])
    func wrongUsage(_ arguments: [String], _ words: [String]) throws {
        let result = try unloop(arguments)
        #expect(result.status == 2 && result.output.isEmpty)
        for word in words { #expect(result.errors.contains(word), "\(result.errors)") }
    }

    @Test("paths that are not UTF-8 are refused, and no other file is read or written") func pathsThatAreNoText() throws
    {
        let folder = try Folder()
        defer { folder.remove() }
        let table = try folder.write("x,y\n1,a\n2,b\n3,a\n4,b\n5,a\n6,b\n")
        for words in ["\"$NAME\" --label y", "'\(table)' --label y --output \"$NAME\""] {
            // The é of Latin-1.
            let result = try unloopInShell(
                "cd '\(folder.path("."))' && NAME=\"$(printf 'caf\\351')\" && \"$0\" train table \(words)")
            #expect(result.status == 2 && result.output.isEmpty)
            #expect(result.errors.contains("'caf\u{fffd}', is not UTF-8; give the file"), "\(result.errors)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path(".")) == ["table.csv"])
        }
    }

    @Test("each data set has its own help") func help() throws {
        for arguments in [["train", "table", "--help"], ["help", "train", "table"]] {
            let result = try unloop(arguments)
            #expect(result.status == 0 && result.output.contains("Usage: unloop train table FILE [options]"))
            #expect(result.output.contains("--label COLUMN"))
        }
        #expect(try unloop("train", "digits", "--help").output.contains("Usage: unloop train digits [options]"))
        #expect(try unloop("train", "--help").output.contains("Usage: unloop train digits|table"))
        #expect(try unloop("predict", "--help").output.contains("Usage: unloop predict MODEL [options]"))
        // The data set may stand behind options, too.
        let digits = try unloop(
            "train", "--epochs", "1", "--model", "mlp", "digits", "--device", "cpu", "--format", "json")
        #expect(digits.status == 0, "\(digits.errors)")
    }
}
