/// What `fit` reports about a training.
public struct History: Sendable, Codable, Equatable {
    /// What one epoch gave.
    public struct Epoch: Sendable, Codable, Equatable {
        /// Counted from 1.
        public let number: Int
        /// The mean over the epoch's examples of the loss at the step in which each took part.
        public let trainingLoss: Double
        /// After the epoch, where there are validation data.
        public let validationLoss: Double?
        /// Of the validation, by their names.
        public let metrics: [String: Double]
        /// The learning rate of the last step, of parameters in no group.
        public let learningRate: Double
        /// The duration of the training part.
        public let seconds: Double
        /// Of the training part.
        public let examplesPerSecond: Double
    }

    /// In order; with those before a checkpoint that the training went on from.
    public internal(set) var epochs: [Epoch] = []
    /// Of the validation, in the order in which they were asked for.
    public let metricNames: [String]
    /// Whether early stopping or a callback ended the training before its last epoch.
    public internal(set) var stoppedEarly = false
    /// The epoch whose weights the network has: the last one, or the best where early stopping restored it.
    public internal(set) var weightsFromEpoch = 0
    /// The number of steps of the optimizer that were done in all.
    public internal(set) var steps = 0
    /// The step from which a checkpoint was taken up; 0 for a training that began at its beginning.
    public internal(set) var resumedFromStep = 0

    init(metricNames: [String]) { self.metricNames = metricNames }
}
