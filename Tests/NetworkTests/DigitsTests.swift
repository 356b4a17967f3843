import Testing
import UnloopNetwork
import UnloopTensor

@Suite struct DigitsTests {
    @Test func denseNetworkLearnsTheDigits() throws {
        let (result, network) = try DigitsTask(.mlp, epochs: 10, seed: 7).run(on: .loop, progress: .silent)
        #expect(result.testAccuracy >= 0.95)
        #expect(result.history.epochs.count == 10)
        #expect(result.trainLoss < 0.1)
        #expect(network.parameterCount == 64 * 64 + 64 + 64 * 64 + 64 + 64 * 10 + 10)
    }

    @Test func convolutionalNetworkLearnsInOneEpoch() throws {
        let (result, _) = try DigitsTask(.cnn, epochs: 1, seed: 7).run(on: .loop, progress: .silent)
        #expect(result.testAccuracy > 0.8)
        #expect(result.weightsSHA256.count == 64)
    }
}
