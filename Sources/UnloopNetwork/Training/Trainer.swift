import UnloopData
import UnloopBackend
import UnloopTensor

/// One network being trained, step by step: what `fit` runs, for loops of your own.
public final class Trainer {
    public let model: any Layer
    public let loss: Loss
    /// The number of steps done.
    public var step: Int { state.step }
    var optimizer: Optimizer { state.optimizer }
    /// After how many steps of time backpropagation is cut; see `init`.
    public let window: Int?
    private let seed: UInt64
    private let parameters: [Parameter]
    private let trainable: [Parameter]
    /// Running statistics and the like.
    private let others: [Parameter]
    private var state: OptimizerState
    /// All values before the last step.
    private(set) var previousValues: [Tensor]

    /// - Parameters:
    ///   - model: built.
    ///   - seed: of what layers draw at random while training, dropout for example.
    ///   - window: for sequences, `[examples, time, …]` with labels for each step: backpropagation through time is cut after this many
    ///     steps, and the optimizer makes a step for each such piece, while recurrent layers carry their states on (R. Williams, J. Peng,
    ///     Neural Computation 2, 1990). Nil takes sequences as a whole.
    public init(
        _ model: any Layer, loss: Loss, optimizer: Optimizer, seed: UInt64 = 0, window: Int? = nil
    ) {
        require(model.isBuilt, "Trainer: the model is not built; call build(inputShape:on:seed:) first")
        require(window.map { $0 > 0 } ?? true, "Trainer: a window of \(window ?? 0) steps")
        self.window = window
        self.model = model
        self.loss = loss
        self.seed = seed
        parameters = model.namedParameters.map(\.parameter)
        trainable = parameters.filter(\.isTrainable)
        others = parameters.filter { !$0.isTrainable }
        state = OptimizerState(optimizer)
        previousValues = parameters.map(\.value)
    }

    /// One step of the optimizer on a batch; with a window, one for each piece of the sequences, which start from a state of zeros.
    ///
    /// - Returns: the loss before the step (with a window, the mean over the steps of time). Nothing waits for the device: read it when it is
    ///   needed. Where the device fails, the loss carries the error, and the step changes nothing (with a window, nothing from the piece on
    ///   that failed).
    @discardableResult
    public func step(_ batch: Dataset) -> Tensor { advance(batch).loss }

    /// One step with what callbacks see of it: the gradients as they were found, before clipping and regularization.
    func advance(_ batch: Dataset) -> (loss: Tensor, gradients: [Tensor]) {
        previousValues = parameters.map(\.value)
        guard let window else { return update(batch, carrying: nil) }
        let carried = CarriedStates()
        var sum: (loss: Tensor, gradients: [Tensor])?
        for piece in batch.windows(of: window) {
            let (loss, gradients) = update(piece, carrying: carried)
            // What comes after a piece that failed does not belong to this step.
            if loss.failure != nil { return (loss, gradients) }
            let weighted = loss * (Double(piece.exampleShape[0]) / Double(batch.exampleShape[0]))
            sum =
                sum.map { ($0.loss + weighted, zip($0.gradients, gradients).map { $0 + $1 }) } ?? (weighted, gradients)
        }
        guard let sum else { misuse("Trainer: sequences without steps") }
        return sum
    }

    private func update(_ batch: Dataset, carrying carried: CarriedStates?) -> (loss: Tensor, gradients: [Tensor]) {
        let pass = Pass(isTraining: true, seed: seed, step: state.step, carrying: carried)
        let before = others.contents
        let (value, gradients) = valueWithGradient(ofDistinct: trainable) {
            loss(model.forward(batch.features, pass), batch.labels)
        }
        do throws(TensorError) {
            for parameter in others {
                if let failure = parameter.value.failure { throw failure }
            }
            if let failure = value.failure { throw failure }
            try state.change(trainable, gradients)
            return (value, gradients)
        } catch {
            others.contents = before
            return (value.failing(with: error), gradients)
        }
    }

    func restore(_ values: [Tensor]) {
        for (parameter, value) in zip(parameters, values) { parameter.value = value }
    }

    var values: [Tensor] { parameters.map(\.value) }
    var previousTrainableValues: [Tensor] {
        zip(parameters, previousValues).filter { $0.0.isTrainable }.map { $0.1 }
    }

    /// Whether every value of every parameter is a finite number; waits for the device.
    package func isFinite() throws -> Bool {
        for parameter in parameters {
            let value = parameter.value
            if try ((value - value).sum().item()) != 0 { return false }
        }
        return true
    }
}
