#if OpenCL
    import Foundation
    import Testing

    @Suite struct TuneTests {
        @Test(
            arguments: [
                (["--device", "cpu"], ["cpu", "opencl:INDEX"]), (["--filter", "["], ["[", "regular expression"]),
                (["--filter", "no such problem"], ["matmul.nn 512×512×512"]),
                (["--time-limit", "soon"], ["soon", "number"]), (["--time-limit", "0"], ["0", "at least 1"]),
                (["--time-limit", "-3"], ["-3", "at least 1"]), (["--time-limit", "nan"], ["nan", "at least 1"]),
                (["--time-limit", "1e300"], ["1e300", "seconds", "1000000000"]),
                (["--time-limit", "inf"], ["inf", "at least 1"]),
            ] as [([String], [String])])
        func mistakesAreExplained(_ arguments: [String], _ expected: [String]) throws {
            let result = try unloop(["tune"] + arguments)
            #expect(result.status == 2)
            #expect(result.output.isEmpty)
            for text in expected { #expect(result.errors.contains(text), "\(result.errors)") }
        }

        /// One problem, in a folder of its own: a choice among the candidates, with all their times, and kept in the file that is named.
        @Test func whatIsFoundIsKept() throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("unloop-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            let result = try unloop(
                ["tune", "--filter", "matmul.nn 256×256×256", "--format", "json"],
                environment: ["UNLOOP_CACHE_DIR": folder.path])
            #expect(result.status == 0, "\(result.errors)")
            let json = try #require(
                JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
            let problems = try #require(json["problems"] as? [[String: Any]])
            #expect(problems.count == 1)
            let candidates = try #require(problems.first?["candidates"] as? [String: Double])
            #expect(candidates.count > 1 && candidates.values.allSatisfy { $0 > 0 })
            #expect((problems.first?["wrong"] as? [String])?.isEmpty == true)
            let best = try #require(problems.first?["nanoseconds"] as? Double)
            let untuned = try #require(problems.first?["untuned_nanoseconds"] as? Double)
            #expect(best <= untuned)
            if let choice = problems.first?["choice"] as? String { #expect(candidates[choice] == best) }
            let file = try #require(json["file"] as? String)
            let kept = try String(contentsOfFile: file, encoding: .utf8)
            #expect(kept.contains("\"schema\" : 1"))
        }
    }
#endif
