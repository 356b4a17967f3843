import UnloopTensor

/// Code of your own that runs during a training. Whatever it throws ends the training and is passed on.
///
///     let log = Callback(afterEpoch: { epoch in
///         print(epoch.number, epoch.trainingLoss)
///         return .proceed
///     })
///
/// A training that goes on from a checkpoint calls back for what it does itself; `Run.history` has what was before.
public struct Callback {
    /// Whether the training goes on.
    public enum Decision: Sendable {
        /// It goes on.
        case proceed
        /// It ends, without an error.
        case stop
    }

    /// A training that begins or is taken up again.
    public struct Run {
        /// How many epochs there will be in all.
        public let epochs: Int
        /// The epochs that a former process did, where the training goes on from a checkpoint, and the names of the metrics.
        public let history: History
        /// Steps that were done before.
        public let step: Int
        /// The network as a table; see `Model.summary`.
        public let summary: String
    }

    /// A step that was done; `loss` is not read from the device unless you read it.
    public struct Step {
        /// Counted from 1.
        public let epoch: Int
        /// Counted from 1, over all epochs.
        public let step: Int
        /// One number: the loss of the batch before the step.
        public let loss: Tensor
        /// Of all parameters, after the step; with the network, `Model(network, step.values)`, they are a model. Whoever keeps them keeps
        /// their memory.
        public let values: ParameterValues
        /// Of the trainable parameters, in order, as they were found: before clipping and regularization.
        public let gradients: [Tensor]
        /// The values of the trainable parameters before the step.
        public let previousValues: [Tensor]
    }

    /// What the validation after an epoch found.
    public struct Validation: Sendable {
        /// Counted from 1.
        public let epoch: Int
        /// The mean over the examples.
        public let loss: Double
        /// By their names.
        public let metrics: [String: Double]
    }

    let beforeRun: ((Run) throws -> Void)?
    let beforeEpoch: ((_ number: Int) throws -> Void)?
    let afterStep: ((Step) throws -> Decision)?
    let beforeValidation: ((_ epoch: Int) throws -> Void)?
    let afterValidation: ((Validation) throws -> Void)?
    let afterEpoch: ((History.Epoch) throws -> Decision)?
    let afterRun: ((History) throws -> Void)?

    /// - Parameters:
    ///   - beforeRun: before the first step.
    ///   - beforeEpoch: gets the epoch's number, from 1; also for the rest of an epoch whose beginning another process did.
    ///   - afterStep: with `.stop` the training ends after this step.
    ///   - beforeValidation: gets the epoch's number; only where there are validation data.
    ///   - afterEpoch: after its validation; with `.stop` the training ends.
    ///   - afterRun: at the end of a training without an error.
    public init(
        beforeRun: ((Run) throws -> Void)? = nil, beforeEpoch: ((_ number: Int) throws -> Void)? = nil,
        afterStep: ((Step) throws -> Decision)? = nil, beforeValidation: ((_ epoch: Int) throws -> Void)? = nil,
        afterValidation: ((Validation) throws -> Void)? = nil, afterEpoch: ((History.Epoch) throws -> Decision)? = nil,
        afterRun: ((History) throws -> Void)? = nil
    ) {
        self.beforeRun = beforeRun
        self.beforeEpoch = beforeEpoch
        self.afterStep = afterStep
        self.beforeValidation = beforeValidation
        self.afterValidation = afterValidation
        self.afterEpoch = afterEpoch
        self.afterRun = afterRun
    }

    /// Runs after every step.
    public static func afterStep(_ body: @escaping (Step) throws -> Decision) -> Callback { Callback(afterStep: body) }

    /// Runs after every epoch.
    public static func afterEpoch(_ body: @escaping (History.Epoch) throws -> Decision) -> Callback {
        Callback(afterEpoch: body)
    }
}
