import Foundation
import Testing

@Suite struct ProgramCheckTests {
    @Test func everyOperationOfATrainingIsChecked() throws {
        for model in ["mlp", "cnn"] {
            let result = try unloop(
                "check", "--program", "train-digits", "--model", model, "--device", "cpu", "--against", "loop",
                "--format",
                "json")
            #expect(result.status == 0, "\(result.errors)")
            let json = try result.json()
            #expect(json["ok"] as? Bool == true)
            #expect(json["program"] as? String == "train-digits" && json["model"] as? String == model)
            #expect(json["device"] as? String == "cpu" && json["against"] as? String == "loop")
            // 45 steps of forward pass, gradient and update.
            #expect(try #require(json["operations"] as? Int) > 45 * 10)
            #expect(json["first_difference"] is NSNull)
        }
    }

    @Test func theTextSaysHowManyOperationsAgree() throws {
        let result = try unloop("check", "--program", "train-digits", "--device", "cpu")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("operations have the same bits on cpu") && result.output.contains("and loop"))
        #expect(result.errors.isEmpty)
    }
}
