import Unloop

/// A training of 12 epochs that is stopped and resumed: each has something else that a checkpoint must not lose.
enum Scenario: String, CaseIterable {
    case plain, dropout, batchNorm, averaging, plateau, earlyStopping, window

    /// Of a folder for checkpoints.
    func train(
        on device: Device, folder: String, receipt: String?, callbacks: [Callback]
    ) throws -> (hash: String, history: History) {
        var model = network
        let (training, validation) = try self == .window ? sequences(on: device) : digits(on: device)
        let history = try model.fit(
            training, validating: validation, loss: self == .window ? .meanSquaredError : .softmaxCrossEntropy,
            optimizer: .adam(.cosine(from: 0.01, over: 300)).clipped(.norm(2)),
            metrics: self == .window ? [] : [.accuracy], epochs: 12, batchSize: 32, window: self == .window ? 5 : nil,
            seed: 7, on: device, averaging: self == .averaging ? .exponential(decay: 0.98) : nil,
            plateau: self == .plateau
                ? ReduceOnPlateau(factor: 0.5, patience: 0, cooldown: 1, minimumImprovement: 0.05) : nil,
            earlyStopping: self == .earlyStopping ? EarlyStopping(.metric("accuracy"), patience: 2) : nil,
            callbacks: callbacks, progress: .silent, checkpoint: .every(.steps(3)), to: folder, resume: .newest,
            receipt: receipt.map { .write($0, every: 10) })
        return (try model.weightsSHA256(), history)
    }

    private var network: Model<Sequential> {
        switch self {
        case .window:
            Model {
                LSTM(6, returnsSequences: true)
                Dense(2)
            }
        default:
            Model {
                Flatten()
                Dense(24, activation: .relu)
                if self == .batchNorm { BatchNorm() }
                if self == .dropout { Dropout(0.4) }
                Dense(10)
            }
        }
    }

    private func digits(on device: Device) throws -> (Dataset, Dataset) {
        let digits = try Digits.load(on: device)
        return (digits.sliced(0..<490), digits.sliced(500..<620))
    }

    private func sequences(on device: Device) -> (Dataset, Dataset) {
        func data(_ seed: UInt64, _ count: Int) -> Dataset {
            let x = Tensor.randomNormal([count, 12, 2], RandomKey(seed: seed), on: device)
            return Dataset(features: x, labels: tanh(x))
        }
        return (data(1, 150), data(2, 20))
    }
}
