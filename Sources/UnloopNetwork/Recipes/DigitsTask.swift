import UnloopBackend
import UnloopData
import UnloopTensor

/// The bundled digits as a task: networks and settings that are known to learn them, ready to run.
public struct DigitsTask: Sendable {
    public enum Model: String, Sendable, CaseIterable {
        /// Dense layers of 64, 64 and 10 units.
        case mlp
        /// Two convolutions, a pooling and two dense layers.
        case cnn

        /// The network, not built yet.
        public func make() -> Sequential {
            switch self {
            case .mlp:
                Sequential {
                    Flatten()
                    Dense(64, activation: .relu, initializer: .heNormal)
                    Dense(64, activation: .relu, initializer: .heNormal)
                    Dense(10)
                }
            case .cnn:
                Sequential {
                    Convolution2D(filters: 16, kernel: 3, padding: .same, activation: .relu, initializer: .heNormal)
                    Convolution2D(filters: 32, kernel: 3, padding: .same, activation: .relu, initializer: .heNormal)
                    MaxPooling2D(2)
                    Flatten()
                    Dense(64, activation: .relu, initializer: .heNormal)
                    Dense(10)
                }
            }
        }
    }

    public struct Result: Sendable {
        public let history: History
        public let trainLoss: Double
        public let testAccuracy: Double
        /// Of the training alone.
        public let seconds: Double
        /// The same on every device.
        public let weightsSHA256: String
    }

    public var model: Model
    public var epochs: Int
    public var batchSize: Int
    public var seed: UInt64
    public var learningRate: Double
    /// Examples that are tested with, not trained on.
    public static let testCount = 360

    public init(_ model: Model, epochs: Int = 10, batchSize: Int = 32, seed: UInt64 = 0, learningRate: Double = 0.002) {
        self.model = model
        self.epochs = epochs
        self.batchSize = batchSize
        self.seed = seed
        self.learningRate = learningRate
    }

    /// Trains and tests on a device.
    ///
    /// - Returns: the results and the network, which stays on the device.
    /// - Throws: what `fit` throws, and `DataError`.
    public func run(on device: Device = .best, callbacks: [Callback] = [], progress: ProgressDisplay = .automatic)
        throws -> (
            result: Result, network: Sequential
        )
    {
        let (training, test) = try Digits.load(on: device).split(holdingOut: Self.testCount, seed: seed)
        let network = model.make()
        let history = try network.fit(
            training, validating: test, loss: .softmaxCrossEntropy, optimizer: .adam(.constant(learningRate)),
            metric: .accuracy, epochs: epochs, batchSize: batchSize, seed: seed, on: device, callbacks: callbacks,
            progress: progress)
        let result = Result(
            history: history, trainLoss: history.epochs.last?.trainingLoss ?? .nan,
            testAccuracy: try history.epochs.last?.validationMetric ?? network.evaluate(test),
            seconds: history.epochs.reduce(0) { $0 + $1.seconds }, weightsSHA256: try network.weightsSHA256())
        return (result, network)
    }
}
