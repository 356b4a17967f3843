import Testing
import UnloopNetwork
import UnloopTensor

@Suite struct DigitsTests {
    @Test func denseNetworkLearnsTheDigits() throws {
        let (result, network) = try DigitsTask(.mlp, epochs: 10, seed: 7).run(on: .cpu, progress: .silent)
        #expect(result.testAccuracy >= 0.95)
        #expect(result.history.epochs.count == 10)
        #expect(result.trainLoss < 0.1)
        #expect(network.parameterCount == 64 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10)
    }

    @Test func convolutionalNetworkLearnsTheDigits() throws {
        let (result, network) = try DigitsTask(.cnn, epochs: 10, seed: 1).run(on: .cpu, progress: .silent)
        #expect(result.testAccuracy >= 0.97)
        #expect(network.parameterCount == 160 + 4640 + 512 * 64 + 64 + 64 * 10 + 10)
    }

    @Test(arguments: DigitsTask.Model.allCases)
    func anEpochGivesTheSameWeightsOnEveryDevice(model: DigitsTask.Model) throws {
        let results = try [Device.loop, .cpu, .opencl].map { device in
            try DigitsTask(model, epochs: 1, batchSize: 50, seed: 3).run(on: device, progress: .silent).result
        }
        #expect(Set(results.map(\.weightsSHA256)).count == 1)
        #expect(Set(results.map(\.testAccuracy)).count == 1)
        #expect(Set(results.map(\.trainLoss)).count == 1)
        #expect(results[0].testAccuracy > 0.8)
    }
}
