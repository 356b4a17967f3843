import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Looking at a network changes nothing in it, running statistics neither.
@Suite struct InspectionTests {
    func expectUnchanged(_ name: String, _ network: Sequential, _ look: () throws -> Void) throws {
        let before = try network.weightsSHA256()
        let values = network.namedParameters.map(\.parameter.value)
        try look()
        #expect(try network.weightsSHA256() == before, "\(name)")
        for (parameter, value) in zip(network.namedParameters, values) {
            #expect(try parameter.parameter.value.isBitEqual(to: value), "\(name): \(parameter.name)")
        }
    }

    @Test func everyInspection() throws {
        for device in try DeviceTests.devices() {
            let network = Sequential {
                Dense(4, activation: .tanh)
                BatchNorm()
                Dropout(0.3)
                Residual {
                    BatchNorm()
                    Dense(4)
                }
                Dense(3)
            }
            network.build(inputShape: [2], on: device, seed: 1)
            let data = Dataset(
                features: samples([7, 2], on: device), labels: Tensor(int32: [0, 1, 2, 2, 1, 0, 0], on: device))
            let loss = Loss.softmaxCrossEntropy
            try expectUnchanged("report", network) { _ = try GradientReport(of: network, loss: loss, on: data) }
            try expectUnchanged("a report that fails", network) {
                let labels = Dataset(features: data.features, labels: Tensor(int32: [0, 1, 2, 2, 1, 0, 9], on: device))
                #expect(throws: TrainingError.self) { try GradientReport(of: network, loss: loss, on: labels) }
            }
            try expectUnchanged("evaluate", network) {
                _ = try (network.evaluate(data), network.evaluate(data, loss: loss))
            }
            try expectUnchanged("predict", network) { _ = network.predict(data.features, batchSize: 2) }
            try expectUnchanged("Fisher", network) { _ = network.empiricalFisherDiagonal(loss, on: data, groups: 3) }
            try expectUnchanged("Gauss-Newton", network) {
                let matrix = GaussNewtonMatrix(network, loss: loss, on: data)
                _ = matrix.product(matrix.gradient)
            }
            try expectUnchanged("summary", network) { _ = network.summary }
            try expectUnchanged("a training without epochs", network) {
                try network.fit(data, loss: loss, epochs: 0, on: device, progress: .silent)
            }
            // Those of the second order compute as after training.
            let statistics = network.namedParameters.filter { !$0.parameter.isTrainable }.map(\.parameter.value)
            try network.fit(data, loss: loss, optimizer: HessianFree(), on: device, progress: .silent)
            try network.fit(data, loss: loss, optimizer: LBFGS(), epochs: 2, on: device, progress: .silent)
            for (parameter, value) in zip(network.namedParameters.filter { !$0.parameter.isTrainable }, statistics) {
                #expect(try parameter.parameter.value.isBitEqual(to: value), "\(parameter.name)")
            }
        }
    }

    @Test func sequences() throws {
        for device in try DeviceTests.devices() {
            let network = Sequential {
                RNN(3)
                BatchNorm()
                Dropout(0.3)
                Dense(2)
            }
            network.build(inputShape: [5, 2], on: device, seed: 1)
            let data = Dataset(
                features: samples([3, 5, 2], on: device), labels: samples([3, 5, 2], seed: 2, on: device))
            for steps in [1, 2, 5, 9] {
                try expectUnchanged("\(steps) steps", network) {
                    let (value, gradients) = network.truncatedBackpropagation(
                        data, loss: .meanSquaredError, steps: steps)
                    let loss = try value.item()
                    #expect(loss.isFinite && gradients.count == network.trainableParameters.count)
                }
            }
        }
    }
}
