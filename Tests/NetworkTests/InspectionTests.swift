import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Looking at a network changes nothing in it, running statistics neither.
@Suite struct InspectionTests {
    func expectUnchanged(
        _ name: String, _ network: inout Model<Sequential>, _ look: (inout Model<Sequential>) throws -> Void
    ) throws {
        let before = try network.weightsSHA256()
        let values = network.values
        try look(&network)
        #expect(try network.weightsSHA256() == before, "\(name)")
        for (found, expected) in zip(network.values, values) {
            #expect(try found.value.isBitEqual(to: expected.value), "\(name): \(found.name)")
        }
    }

    @Test func everyInspection() throws {
        for device in try DeviceTests.devices() {
            var network = Model {
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
            try expectUnchanged("report", &network) { _ = try GradientReport(of: $0, loss: loss, on: data) }
            try expectUnchanged("a report that fails", &network) { network in
                let labels = Dataset(features: data.features, labels: Tensor(int32: [0, 1, 2, 2, 1, 0, 9], on: device))
                #expect(throws: TrainingError.self) { try GradientReport(of: network, loss: loss, on: labels) }
            }
            try expectUnchanged("evaluate", &network) { network in
                _ = try (network.evaluate(data), network.evaluate(data, loss: loss))
            }
            try expectUnchanged("predict", &network) { _ = $0.predict(data.features, batchSize: 2) }
            try expectUnchanged("Fisher", &network) { _ = $0.empiricalFisherDiagonal(loss, on: data, groups: 3) }
            try expectUnchanged("Gauss-Newton", &network) { network in
                let matrix = GaussNewtonMatrix(network, loss: loss, on: data)
                _ = matrix.product(matrix.gradient)
            }
            try expectUnchanged("summary", &network) { _ = $0.summary }
            try expectUnchanged("a training without epochs", &network) { network in
                try network.fit(data, loss: loss, epochs: 0, on: device, progress: .silent)
            }
            // Those of the second order compute as after training.
            let fixed = network.namedParameters.filter { !$0.parameter.isTrainable }
            let statistics = fixed.map { network[$0.parameter] }
            try network.fit(data, loss: loss, optimizer: HessianFree(), on: device, progress: .silent)
            try network.fit(data, loss: loss, optimizer: LBFGS(), epochs: 2, on: device, progress: .silent)
            for ((name, parameter), value) in zip(fixed, statistics) {
                #expect(try network[parameter].isBitEqual(to: value), "\(name)")
            }
        }
    }

    @Test func sequences() throws {
        for device in try DeviceTests.devices() {
            var network = Model {
                RNN(3)
                BatchNorm()
                Dropout(0.3)
                Dense(2)
            }
            network.build(inputShape: [5, 2], on: device, seed: 1)
            let data = Dataset(
                features: samples([3, 5, 2], on: device), labels: samples([3, 5, 2], seed: 2, on: device))
            for steps in [1, 2, 5, 9] {
                try expectUnchanged("\(steps) steps", &network) { network in
                    let (value, gradients) = network.truncatedBackpropagation(
                        data, loss: .meanSquaredError, steps: steps)
                    let loss = try value.item()
                    #expect(loss.isFinite && gradients.count == network.trainableParameters.count)
                }
            }
        }
    }
}
