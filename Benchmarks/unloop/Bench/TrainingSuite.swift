import Dispatch
import Synchronization
import Unloop

/// One step of training: forward, backward and the optimizer's update; and requests to a trained network.
enum TrainingSuite {
    static let benchmarks: [Benchmark] = [
        dense("mlp.sgd", batch: 128, units: [784, 512, 256, 10], .sgd(0.01)),
        dense("mlp.adam", batch: 128, units: [784, 512, 256, 10], .adam(0.001)),
        dense("mlp.tiny", batch: 32, units: [64, 32, 10], .sgd(0.01)),
        convolutional("cnn.adam", batch: 64, size: 28, filters: [32, 64], units: 128),
        convolutional("cnn.small", batch: 128, size: 16, filters: [16, 32], units: 64),
        recurrent("rnn.adam", gates: 1) { RNN($0, returnsSequences: false) },
        recurrent("gru.adam", gates: 3) { GRU($0, returnsSequences: false) },
        recurrent("lstm.adam", gates: 4) { LSTM($0, returnsSequences: false) },
        digits(.mlp, shape: [32, 64, 64, 64, 10]),
        digits(.cnn, shape: [32, 8, 8, 1, 16, 32, 64, 10]),
        requests("requests.1task", tasks: 1),
        requests("requests.2tasks", tasks: 2),
    ]

    /// Examples with labels, and the network that is to learn them.
    private static func workload(
        on device: Device, _ model: Model<Sequential>, features: Tensor, classes: Int, _ optimizer: Optimizer
    ) -> Workload {
        let count = features.shape[0]
        let labels = Tensor(int32: (0..<count).map { Int32($0 % classes) }, on: device)
        return workload(on: device, model, Dataset(features: features, labels: labels), optimizer)
    }

    private static func workload(
        on device: Device, _ model: Model<Sequential>, _ batch: Dataset, _ optimizer: Optimizer
    ) -> Workload {
        var model = model
        model.build(inputShape: batch.exampleShape, on: device, seed: 1)
        var trainer = Trainer(model, loss: .softmaxCrossEntropy, optimizer: optimizer)
        return Workload {
            if let failure = trainer.step(batch).failure { throw failure }
        } outputs: {
            // The weights after as many steps as were run; the check runs one.
            try trainer.model.values.map { try $0.value.scalars() }
        }
    }

    /// The shape is the batch and the numbers of units.
    private static func dense(_ name: String, batch: Int, units: [Int], _ optimizer: Optimizer) -> Benchmark {
        let products = zip(units, units.dropFirst()).map { Double(batch * $0.0 * $0.1) }
        return Benchmark(
            suite: .training, name: name, shape: [batch] + units, limit: .arithmetic,
            operations: stepOperations(products), bytes: nil,
            loopSeconds: KernelSuite.loopSecondsPerProduct * stepOperations(products) / 2
        ) { device in
            var layers: [any Layer] = units.dropFirst().dropLast().map { Dense($0, activation: .relu) }
            layers.append(Dense(units.last ?? 1))
            let x = Tensor(Numbers.uniform(batch * units[0], seed: 1), shape: [batch, units[0]], on: device)
            return workload(
                on: device, Model(Sequential(layers)), features: x, classes: units.last ?? 1, optimizer)
        }
    }

    /// 3×3 convolutions with a 2×2 pooling after each, then two dense layers for ten classes. The shape is `[batch, height,
    /// width, channels, filters…, units, classes]`.
    static func convolutional(
        _ name: String, batch: Int, size: Int, filters: [Int], units: Int
    ) -> Benchmark {
        var products: [Double] = []
        var (side, channels) = (size, 1)
        for count in filters {
            products.append(Double(batch * side * side * 9 * channels * count))
            (side, channels) = (side / 2, count)
        }
        products += [Double(batch * side * side * channels * units), Double(batch * units * 10)]
        return Benchmark(
            suite: .training, name: name, shape: [batch, size, size, 1] + filters + [units, 10], limit: .arithmetic,
            operations: stepOperations(products), bytes: nil,
            loopSeconds: KernelSuite.loopSecondsPerProduct * stepOperations(products) / 2
        ) { device in
            var layers: [any Layer] = []
            for count in filters {
                layers.append(Convolution2D(filters: count, kernel: 3, padding: .same, activation: .relu))
                layers.append(MaxPooling2D(2))
            }
            layers += [Flatten(), Dense(units, activation: .relu), Dense(10)]
            let x = Tensor(Numbers.uniform(batch * size * size, seed: 2), shape: [batch, size, size, 1], on: device)
            return workload(on: device, Model(Sequential(layers)), features: x, classes: 10, .adam(0.001))
        }
    }

    /// 64 images of 28×28 as sequences of their rows, 128 units and a dense layer for ten classes. The shape is `[batch, time, features,
    /// units, classes]`.
    private static func recurrent(
        _ name: String, gates: Int, _ layer: @escaping @Sendable (_ units: Int) -> any Layer
    ) -> Benchmark {
        let (batch, side, units) = (64, 28, 128)
        let products = [
            Double(batch * side * side * gates * units), Double(batch * side * units * gates * units),
            Double(batch * units * 10),
        ]
        return Benchmark(
            suite: .training, name: name, shape: [batch, side, side, units, 10], limit: .arithmetic,
            operations: stepOperations(products), bytes: nil,
            loopSeconds: KernelSuite.loopSecondsPerProduct * stepOperations(products) / 2
        ) { device in
            let x = Tensor(Numbers.uniform(batch * side * side, seed: 3), shape: [batch, side, side], on: device)
            let model = Model {
                layer(units)
                Dense(10)
            }
            return workload(on: device, model, features: x, classes: 10, .adam(0.001))
        }
    }

    /// A step on the first 32 of the bundled digits.
    private static func digits(_ model: DigitsTask.Model, shape: [Int]) -> Benchmark {
        Benchmark(
            suite: .training, name: "digits.\(model.rawValue)", shape: shape, limit: .arithmetic, operations: nil,
            bytes: nil, loopSeconds: 1
        ) { device in
            let batch = try Digits.load(on: device).selecting((0..<32).map { Int32($0) })
            return workload(on: device, model.make(), batch, .adam(0.002))
        }
    }

    /// 500 requests of an image to a network that several tasks share, in each of them. With `UNLOOP_THREADS=1`, what two tasks do in a second beside
    /// what one does tells how well a server scales. The shape is `[tasks, requests, features, units…]`.
    private static func requests(_ name: String, tasks: Int) -> Benchmark {
        let (count, units) = (500, [64, 256, 256, 10])
        let products = zip(units, units.dropFirst()).map { Double($0 * $1) }
        return Benchmark(
            suite: .training, name: name, shape: [tasks, count] + units, limit: .arithmetic,
            operations: 2 * Double(tasks * count) * products.reduce(0, +), bytes: nil, loopSeconds: Double(tasks)
        ) { device in
            var model = Model {
                Dense(units[1], activation: .relu)
                Dense(units[2], activation: .relu)
                Dense(units[3])
            }
            model.build(inputShape: [units[0]], on: device, seed: 1)
            let (network, numbers) = (model, Numbers.uniform(units[0], seed: 4))
            let last = Mutex<[Tensor]>([])
            return Workload {
                let failure = Mutex<(any Error)?>(nil)
                DispatchQueue.concurrentPerform(iterations: tasks) { _ in
                    // A server's requests do not come from one array.
                    let image = Tensor(numbers, shape: [1, units[0]], on: device)
                    do {
                        for number in 1...count {
                            let output = try network.prediction(for: image)
                            if number == count { last.withLock { $0 = [output] } }
                        }
                    } catch {
                        failure.withLock { $0 = error }
                    }
                }
                if let error = failure.withLock({ $0 }) { throw error }
            } outputs: {
                try last.withLock { $0 }.map { try $0.scalars() }
            }
        }
    }

    /// Forward, weights' gradients, and inputs' gradients of all layers but the first; a product is two operations.
    private static func stepOperations(_ products: [Double]) -> Double {
        2 * (3 * products.reduce(0, +) - (products.first ?? 0))
    }
}
