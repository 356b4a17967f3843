import Foundation
import Testing

@Suite struct TrainTests {
    private func train(_ arguments: String..., environment: [String: String] = [:]) throws -> [String: Any] {
        let result = try unloop(
            ["train", "digits", "--format", "json", "--epochs", "1", "--model", "mlp"] + arguments,
            environment: environment)
        #expect(result.status == 0, "\(result.errors)")
        let line = try #require(result.output.split(separator: "\n").last)
        return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    @Test func theLastLineSaysHowItWent() throws {
        let json = try train("--device", "cpu", "--seed", "7")
        #expect(json["device"] as? String == "cpu")
        #expect(json["epochs"] as? Int == 1)
        #expect(try #require(json["train_loss"] as? Double) > 0)
        let accuracy = try #require(json["test_accuracy"] as? Double)
        #expect(accuracy > 0.5 && accuracy <= 1)
        #expect(json["seconds"] is Double)
        let hash = try #require(json["weights_sha256"] as? String)
        #expect(hash.count == 64 && hash.allSatisfy(\.isHexDigit))
    }

    @Test func theSeedChoosesTheWeights() throws {
        let hashes = try ["1", "1", "2"].map { try train("--device", "cpu", "--seed", $0)["weights_sha256"] as? String }
        #expect(hashes[0] == hashes[1])
        #expect(hashes[0] != hashes[2])
    }

    @Test func theWeightsDependOnNeitherDeviceNorThreadsNorInstructionSet() throws {
        let loop = try train("--device", "loop")["weights_sha256"] as? String
        #expect(loop != nil)
        for environment in [
            [:], ["UNLOOP_THREADS": "1"], ["UNLOOP_THREADS": "3"], ["UNLOOP_CPU_ISA": "portable"],
        ] {
            #expect(try train("--device", "cpu", environment: environment)["weights_sha256"] as? String == loop)
        }
    }

    @Test func progressIsNotWrittenWhereNobodyWatches() throws {
        let result = try unloop("train", "digits", "--epochs", "1", "--model", "mlp", "--device", "cpu")
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        #expect(result.output.contains("weights sha256"))
    }
}
