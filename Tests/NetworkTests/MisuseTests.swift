import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Mistakes of the calling program end it with a text that says which operation met which shapes; what data and devices do is an
/// error that leaves the network usable.
@Suite struct MisuseTests {
    func expectTrap(_ text: String, _ result: ExitTest.Result?) {
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains(text), "\(message)")
    }

    @Test func layersNameBothShapes() async {
        expectTrap(
            "Dense: input [1, 4] does not end in the 3 features of the weights",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Dense(2).built([3])(Tensor.zeros([1, 4], on: .loop))
            })
        expectTrap(
            "Convolution2D: a window of 5×5 does not fit into an image of [4, 4, 1]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Convolution2D(filters: 1, kernel: 5).built([4, 4, 1])
            })
        expectTrap(
            "Residual: the layers turn [3] into [2], which cannot be added",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Residual { Dense(2) }.built([3])
            })
    }

    /// Shapes that would broadcast, but pair every example with every other.
    @Test func lossesDoNotBroadcast() async {
        expectTrap(
            "meanSquaredError: targets [1, 3] for predictions [3, 1]; they must be the same",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Loss.meanSquaredError(Tensor.zeros([3, 1], on: .loop), Tensor.zeros([1, 3], on: .loop))
            })
        expectTrap(
            "softmaxCrossEntropy: class numbers [3, 1] for predictions [3, 4]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Loss.softmaxCrossEntropy(
                    Tensor.zeros([3, 4], on: .loop), Tensor(int32: [0, 1, 2], shape: [3, 1], on: .loop))
            })
    }

    /// Numbers that would make every weight NaN, or let no step do anything, some time later.
    @Test func settingsThatCannotWork() async {
        expectTrap(
            "LearningRate.exponential: times -0.5 every 10 steps",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = LearningRate.exponential(from: 1, factor: -0.5, every: 10)
            })
        expectTrap(
            "LearningRate.step: times nan every 10 steps",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = LearningRate.step(from: 1, factor: .nan, every: 10)
            })
        expectTrap(
            "Optimizer.adam: an average that keeps 1.0 of its past; it must be from 0 to below 1",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Optimizer.adam(beta1: 1)
            })
        expectTrap(
            "Optimizer.adamW: an average that keeps -0.1 of its past",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Optimizer.adamW(beta2: -0.1)
            })
        expectTrap(
            "Optimizer.nadam: an average that keeps 1.0 of its past",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Optimizer.nadam(beta2: 1)
            })
        expectTrap(
            "Optimizer.lion: an average that keeps nan of its past",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Optimizer.lion(beta1: .nan)
            })
        expectTrap(
            "Optimizer.rmsProp: an average that keeps 1.5 of its past",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Optimizer.rmsProp(decay: 1.5)
            })
        expectTrap(
            "Optimizer.adagrad: epsilon -1.0",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Optimizer.adagrad(epsilon: -1)
            })
        expectTrap(
            "Optimizer.momentum: a momentum of -0.9 is not between 0 and 1",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Optimizer.momentum(momentum: -0.9)
            })
        expectTrap(
            "Optimizer.nesterov: a momentum of 2.0 is not between 0 and 1",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Optimizer.nesterov(momentum: 2)
            })
        expectTrap(
            "LayerNorm: epsilon -1.0",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = LayerNorm(epsilon: -1)
            })
        expectTrap(
            "BatchNorm: epsilon nan",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = BatchNorm(epsilon: .nan)
            })
    }

    @Test func unbuiltParametersSayWhatToDo() async {
        expectTrap(
            "Dense(2): the network is not built; call build(inputShape:on:seed:), fit or load first",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let layer = Dense(2)
                _ = Model(layer)[layer.weight]
            })
    }

    /// An index outside the table is found by the device, in the middle of training. In a process of its own: a device gives an error
    /// that it finds late to whoever waits for it next, which could be another test.
    @Test func anErrorOfTheDeviceLeavesTheLastGoodWeights() async {
        await #expect(processExitsWith: .success) {
            for device in try DeviceTests.devices() {
                var model = Model {
                    Embedding(rows: 4, size: 3)
                    Flatten()
                    Dense(2)
                }
                model.build(inputShape: [2], on: device, seed: 1)
                let before = try model.weightsSHA256()
                let data = Dataset(
                    features: Tensor(int32: [0, 1, 2, 3, 1, 4, 0, 2], shape: [4, 2], on: device),
                    labels: Tensor(int32: [0, 1, 0, 1], on: device))
                #expect(throws: TensorError.self) {
                    try model.fit(
                        data, loss: .softmaxCrossEntropy, epochs: 3, batchSize: 2, on: device, progress: .silent)
                }
                #expect(try model.weightsSHA256() == before)
                try model.fit(
                    data.sliced(0..<2), loss: .softmaxCrossEntropy, batchSize: 2, on: device, progress: .silent)
                #expect(try model.weightsSHA256() != before)
            }
        }
    }
}
