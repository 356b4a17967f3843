import Foundation
import Testing

@Suite struct BenchTests {
    private static let quick = ["bench", "--quick", "--min-time", "0", "--reps", "2"]

    private func bench(_ arguments: String...) throws -> CommandResult { try unloop(Self.quick + arguments) }

    @Test func jsonHasTheSchemasFields() throws {
        let result = try bench("--suite", "lecture", "--filter", "^(dot|softmax) (15|3×5)$", "--format", "json")
        #expect(result.status == 0, "\(result.errors)")
        let json = try result.json()
        #expect(json["schema"] as? Int == 1)
        let context = try #require(json["context"] as? [String: Any])
        #expect(Set(context.keys).isSuperset(of: ["unloop", "swift", "os", "cpu", "devices", "settings"]))
        let rows = try #require(json["benchmarks"] as? [[String: Any]])
        #expect(Set(rows.compactMap { $0["name"] as? String }) == ["dot", "softmax"])
        let fields: Set = [
            "suite", "name", "shape", "dtype", "device", "median_ns", "mad_ns", "p95_ns", "first_call_ns", "gflops",
            "gbps",
            "percent_of_peak", "speedup_vs_loop", "max_error", "status",
        ]
        for row in rows {
            #expect(Set(row.keys) == fields)
            #expect(row["suite"] as? String == "lecture")
            #expect(row["dtype"] as? String == "float32")
            #expect(row["shape"] is [Int])
            #expect(row["status"] as? String == "ok")
            let median = try #require(row["median_ns"] as? Double)
            #expect(median > 0)
            #expect(try #require(row["p95_ns"] as? Double) >= median)
            #expect(try #require(row["first_call_ns"] as? Double) > 0)
        }
        // The textbook loop is what the speed is compared with, and every device has the loop's bits.
        for row in rows where row["device"] as? String == "peer:textbook" {
            #expect(row["speedup_vs_loop"] as? Double == 1)
        }
        for row in rows where ["loop", "cpu", "opencl"].contains(row["device"] as? String) {
            #expect(row["max_error"] as? Double == 0)
        }
        #expect(rows.contains { $0["device"] as? String == "loop" })
        #expect(rows.contains { $0["device"] as? String == "cpu" })
    }

    @Test func onlyTheDevicesThatWereAskedForAreTimed() throws {
        let json = try bench("--suite", "kernels", "--filter", "matmul.nn 32×", "--devices", "cpu", "--format", "json")
            .json()
        let rows = try #require(json["benchmarks"] as? [[String: Any]])
        #expect(rows.map { $0["device"] as? String } == ["cpu"])
        #expect(rows.first?["shape"] as? [Int] == [32, 32, 32])
        #expect(rows.first?["gflops"] is Double)
    }

    @Test func updatesAndLaunchesHaveTheLoopsBits() throws {
        let result = try bench("--suite", "kernels", "--filter", "^(adam|launch) 32$", "--format", "json")
        #expect(result.status == 0, "\(result.errors)")
        let rows = try #require(try result.json()["benchmarks"] as? [[String: Any]])
        #expect(
            rows.contains { $0["name"] as? String == "adam" } && rows.contains { $0["name"] as? String == "launch" })
        for row in rows {
            #expect(row["status"] as? String == "ok")
            #expect(row["max_error"] as? Double == 0)
            #expect(try #require(row["median_ns"] as? Double) > 0)
        }
    }

    @Test func peersThatAreNotInstalledAreSkippedOrMeasured() throws {
        let result = try bench(
            "--suite", "kernels", "--filter", "matmul.tn 64×", "--devices", "cpu", "--peers", "openblas,clblast",
            "--format",
            "json")
        #expect(result.status == 0, "\(result.errors)")
        let rows = try #require(try result.json()["benchmarks"] as? [[String: Any]])
        let peers = rows.filter { ($0["device"] as? String)?.hasPrefix("peer:") == true }
        #expect(peers.contains { $0["device"] as? String == "peer:openblas" })
        for row in peers {
            switch row["status"] as? String {
            case "ok": #expect(row["median_ns"] is Double)
            case "skipped": #expect(row["median_ns"] is NSNull)
            default: Issue.record("\(row)")
            }
        }
    }

    @Test func everyBenchmarkIsListed() throws {
        let result = try unloop("bench", "--list")
        #expect(result.status == 0)
        let lines = result.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let suites = ["lecture", "kernels", "training", "accelerator"]
        #expect(lines.allSatisfy { $0.count == 3 && suites.contains($0[0]) })
        let lecture = lines.filter { $0[0] == "lecture" }.map { $0[1] }
        for name in [
            "dot", "outer", "multiply", "matvec", "sigmoid", "tanh", "relu", "softplus", "softmax",
            "logistic-regression",
            "two-layer",
        ] { #expect(lecture.filter { $0 == name }.count == 3, "\(name)") }
        let names = lines.map { $0.joined(separator: " ") }
        #expect(Set(names).count == names.count, "a benchmark is there twice")
    }

    @Test func aResultIsComparedWithAnEarlierOne() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let base = folder.appendingPathComponent("base.json")
        let what = ["--suite", "lecture", "--filter", "^relu 15$", "--devices", "cpu"]
        let first = try unloop(Self.quick + what + ["--format", "json", "--output", base.path])
        #expect(first.status == 0 && first.output.isEmpty)

        let again = try unloop(Self.quick + what + ["--compare", base.path])
        #expect(again.status == 0)
        #expect(again.output.contains("vs base"))

        // In a base that is a thousand times as fast, every row is slower by far more than any noise.
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: base)) as? [String: Any])
        var faster = json
        faster["benchmarks"] = (json["benchmarks"] as? [[String: Any]])?.map { row in
            var row = row
            row["median_ns"] = (row["median_ns"] as? Double).map { $0 / 1000 }
            return row
        }
        try JSONSerialization.data(withJSONObject: faster).write(to: base)
        let slower = try unloop(Self.quick + what + ["--compare", base.path, "--fail-above", "50"])
        #expect(slower.status == 1)
        #expect(slower.errors.contains("slower"))
    }

    @Test(arguments: ["", "{}", "{\"schema\": 2, \"benchmarks\": []}", "[1, 2"])
    func aBaseThatIsNoResultIsAnError(_ text: String) throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let result = try bench("--filter", "^relu 15$", "--compare", file.path)
        #expect(result.status == 1)
        #expect(result.errors.contains(file.path))
    }

    @Test func tablesAreWrittenInEveryFormat() throws {
        let what = ["--suite", "lecture", "--filter", "^dot 15$", "--devices", "loop"]
        let table = try unloop(Self.quick + what)
        #expect(table.output.contains("operation") && table.output.contains("textbook"))
        #expect(!table.output.contains("\u{1b}"))
        let markdown = try unloop(Self.quick + what + ["--format", "markdown"])
        #expect(markdown.output.contains("| dot | 15 | textbook |"))
        let csv = try unloop(Self.quick + what + ["--format", "csv"])
        let lines = csv.output.split(separator: "\n")
        #expect(lines.first?.hasPrefix("suite,name,shape,dtype,device,median_ns") == true)
        #expect(lines.count == 3)
        #expect(lines.dropFirst().allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == 15 })
    }
}
