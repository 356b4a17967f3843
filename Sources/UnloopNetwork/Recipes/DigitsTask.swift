import UnloopBackend
import UnloopData
import UnloopTensor

/// The bundled digits as a task: networks and settings that are known to learn them, ready to run.
public struct DigitsTask: Sendable {
    /// The networks that are known to learn the digits.
    public enum Model: String, Sendable, CaseIterable {
        /// Dense layers of 128, 64 and 10 units.
        case mlp
        /// Two convolutions, a pooling and two dense layers.
        case cnn

        /// The network, not built yet.
        public func make() -> UnloopNetwork.Model<Sequential> {
            switch self {
            case .mlp:
                UnloopNetwork.Model {
                    Flatten()
                    Dense(128, activation: .relu, initializer: .heNormal)
                    Dense(64, activation: .relu, initializer: .heNormal)
                    Dense(10)
                }
            case .cnn:
                UnloopNetwork.Model {
                    Convolution2D(filters: 16, kernel: 3, padding: .same, activation: .relu, initializer: .heNormal)
                    Convolution2D(filters: 32, kernel: 3, padding: .same, activation: .relu, initializer: .heNormal)
                    MaxPooling2D(2)
                    Flatten()
                    Dense(64, activation: .relu, initializer: .heNormal)
                    Dense(10)
                }
            }
        }

        /// The optimizer for a training of so many steps.
        public func optimizer(steps: Int) -> Optimizer {
            switch self {
            case .mlp: .adam(.cosine(from: 0.005, over: Swift.max(1, steps)))
            case .cnn: .adam(0.003)
            }
        }
    }

    /// What a training gave.
    public struct Result: Sendable {
        /// Epoch by epoch.
        public let history: History
        /// Of the last epoch; NaN without epochs.
        public let trainLoss: Double
        /// The share of the test examples that are classified rightly.
        public let testAccuracy: Double
        /// Of the training alone.
        public let seconds: Double
        /// The same on every device.
        public let weightsSHA256: String
    }

    /// The network to train.
    public var model: Model
    /// How often each example is trained on.
    public var epochs: Int
    /// Examples in a step.
    public var batchSize: Int
    /// Of first weights and the order of the examples; which examples are held out does not depend on it.
    public var seed: UInt64
    /// Examples that are tested with, not trained on; in each class the same share.
    public static let testCount = 360

    /// The task; nothing is loaded or built before `run`.
    public init(_ model: Model, epochs: Int = 10, batchSize: Int = 32, seed: UInt64 = 0) {
        self.model = model
        self.epochs = epochs
        self.batchSize = batchSize
        self.seed = seed
    }

    /// Trains and tests on a device.
    ///
    /// - Returns: the results and the network, which stays on the device.
    /// - Throws: what `fit` throws, and `DataError`.
    public func run(on device: Device = .best, callbacks: [Callback] = [], progress: ProgressDisplay = .automatic)
        throws -> (result: Result, network: UnloopNetwork.Model<Sequential>)
    {
        try run(on: device, callbacks: callbacks, progress: progress, checkpoint: nil, to: nil) { false }
    }

    /// The same with what makes a run that can be stopped and proved; see `fit`.
    ///
    /// - Parameter isCancelled: asked before every step; once it is true, the training ends with `CancellationError`.
    package func run(
        on device: Device, callbacks: [Callback] = [], progress: ProgressDisplay = .automatic,
        checkpoint: CheckpointSchedule?, to folder: String?, resume: Resumption = .none, receipt: Receipt? = nil,
        isCancelled: @escaping () -> Bool
    ) throws -> (result: Result, network: UnloopNetwork.Model<Sequential>) {
        let (training, test) = try Digits.load(on: device).stratifiedSplit(holdingOut: Self.testCount, seed: 1)
        var network = model.make()
        let steps = epochs * ((training.count + batchSize - 1) / batchSize)
        let settings = FitSettings(
            loss: .softmaxCrossEntropy, optimizer: model.optimizer(steps: steps), metrics: [.accuracy], epochs: epochs,
            window: nil, seed: seed, averaging: nil, plateau: nil, earlyStopping: nil, callbacks: callbacks,
            progress: progress, checkpoint: checkpoint, folder: folder, resume: resume, receipt: receipt,
            isCancelled: isCancelled)
        let history = try network.fit(training, validating: test, batchSize: batchSize, settings, on: device)
        let result = Result(
            history: history, trainLoss: history.epochs.last?.trainingLoss ?? .nan,
            testAccuracy: try history.epochs.last?.metrics[Metric.accuracy.name] ?? network.evaluate(test),
            seconds: history.epochs.reduce(0) { $0 + $1.seconds }, weightsSHA256: try network.weightsSHA256())
        return (result, network)
    }
}
