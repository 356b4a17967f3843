import UnloopData
import UnloopBackend
import UnloopTensor

/// One network being trained, step by step: what `fit` runs, for loops of your own.
public final class Trainer {
    public let model: any Layer
    public let loss: Loss
    /// The number of steps done.
    public var step: Int { state.step }
    /// After how many steps of time backpropagation is cut; see `init`.
    public let window: Int?
    private let seed: UInt64
    private let parameters: [Parameter]
    private let trainable: [Parameter]
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
        state = OptimizerState(optimizer)
        previousValues = parameters.map(\.value)
    }

    /// One step of the optimizer on a batch; with a window, one for each piece of the sequences, which start from a state of zeros.
    ///
    /// - Returns: the loss before the step (with a window, the mean over the steps of time). Nothing waits for the device: read it when it is needed.
    @discardableResult
    public func step(_ batch: Dataset) -> Tensor { advance(batch).loss }

    /// One step with what callbacks see of it: the gradients as they were found, before clipping and regularization.
    func advance(_ batch: Dataset) -> (loss: Tensor, gradients: [Tensor]) {
        previousValues = parameters.map(\.value)
        guard let window else { return update(batch, carrying: nil) }
        let carried = CarriedStates()
        let pieces = batch.windows(of: window).map { piece in
            let (loss, gradients) = update(piece, carrying: carried)
            return (loss * (Double(piece.exampleShape[0]) / Double(batch.exampleShape[0])), gradients)
        }
        return pieces.dropFirst().reduce(pieces[0]) { sum, piece in
            (sum.0 + piece.0, zip(sum.1, piece.1).map { $0 + $1 })
        }
    }

    private func update(_ batch: Dataset, carrying carried: CarriedStates?) -> (loss: Tensor, gradients: [Tensor]) {
        let pass = Pass(isTraining: true, seed: seed, step: state.step, carrying: carried)
        let (value, gradients) = valueWithGradient(of: trainable) {
            loss(model.forward(batch.features, pass), batch.labels)
        }
        state.update(trainable, gradients: gradients)
        return (value, gradients)
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
