import UnloopBackend
import UnloopTensor

/// What `fit` reports about a training.
public struct History: Sendable {
    public struct Epoch: Sendable {
        /// Counted from 1.
        public let number: Int
        /// The mean over the epoch's examples of the loss at the step in which each took part.
        public let trainingLoss: Double
        /// After the epoch, where there are validation data.
        public let validationLoss: Double?
        public let validationMetric: Double?
        /// The learning rate of the last step.
        public let learningRate: Double
        /// The duration of the training part.
        public let seconds: Double
        public let examplesPerSecond: Double
    }

    public internal(set) var epochs: [Epoch] = []
    public let metricName: String?
    /// Whether early stopping or a callback ended the training before its last epoch.
    public internal(set) var stoppedEarly = false
    /// The epoch whose weights the network has: the last one, or the best where early stopping restored it.
    public internal(set) var weightsFromEpoch = 0

    init(metricName: String?) { self.metricName = metricName }
}

/// Ends a training that no longer gets better.
public struct EarlyStopping: Sendable {
    public enum Monitor: Sendable { case trainingLoss, validationLoss, validationMetric }

    public let monitor: Monitor
    public let patience: Int
    public let minimumImprovement: Double
    public let restoresBest: Bool

    /// - Parameters:
    ///   - monitor: what has to improve. The validation's values need validation data.
    ///   - patience: how many epochs without improvement are allowed.
    ///   - minimumImprovement: smaller changes do not count.
    ///   - restoresBest: at the end of the training, the network gets the weights of its best epoch.
    public init(
        _ monitor: Monitor = .validationLoss, patience: Int = 5, minimumImprovement: Double = 0,
        restoresBest: Bool = true
    ) {
        require(
            patience >= 0 && minimumImprovement >= 0, "EarlyStopping: patience \(patience), \(minimumImprovement)")
        self.monitor = monitor
        self.patience = patience
        self.minimumImprovement = minimumImprovement
        self.restoresBest = restoresBest
    }
}

/// Code of your own that runs during a training.
public struct Callback {
    public enum Decision: Sendable { case proceed, stop }

    /// A step that was done; `loss` is not read from the device unless you read it.
    public struct Step {
        public let epoch: Int
        public let step: Int
        public let loss: Tensor
        /// Of all parameters, after the step; with the network, `Model(network, step.values)`, they are a model. Whoever keeps them keeps
        /// their memory.
        public let values: ParameterValues
        /// Of the trainable parameters, in order, as they were found: before clipping and regularization.
        public let gradients: [Tensor]
        /// The values of the trainable parameters before the step.
        public let previousValues: [Tensor]
    }

    let afterStep: ((Step) throws -> Decision)?
    let afterEpoch: ((History.Epoch) throws -> Decision)?

    /// Runs after every step; errors end the training and are passed on.
    public static func afterStep(_ body: @escaping (Step) throws -> Decision) -> Callback {
        Callback(afterStep: body, afterEpoch: nil)
    }

    /// Runs after every epoch; errors end the training and are passed on.
    public static func afterEpoch(_ body: @escaping (History.Epoch) throws -> Decision) -> Callback {
        Callback(afterStep: nil, afterEpoch: body)
    }
}
