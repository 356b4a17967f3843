import UnloopBackend
import UnloopData
import UnloopTensor

/// A network in training, step by step: what `fit` runs, for loops of your own. A value, whose copies are independent.
public struct Trainer<Root: Layer>: Sendable {
    /// The network after the steps done so far.
    public private(set) var model: Model<Root>
    /// What the steps make small.
    public let loss: Loss
    /// The number of steps done.
    public var step: Int { optimizerState.step }
    var optimizer: Optimizer { optimizerState.optimizer }
    /// What the optimizer remembers; a checkpoint may bring one back.
    public var optimizerState: OptimizerState
    /// After how many steps of time backpropagation is cut; see `init`.
    public let window: Int?
    private let seed: UInt64

    /// - Parameters:
    ///   - model: built.
    ///   - seed: of what layers draw at random while training, dropout for example.
    ///   - window: for sequences, `[examples, time, …]` with labels for each step: backpropagation through time is cut after this many
    ///     steps, and the optimizer makes a step for each such piece, while recurrent layers carry their states on (R. Williams, J. Peng,
    ///     Neural Computation 2, 1990). Nil takes sequences as a whole.
    public init(
        _ model: Model<Root>, loss: Loss, optimizer: Optimizer, seed: UInt64 = 0, window: Int? = nil
    ) {
        require(
            model.isBuilt,
            "Trainer: \(model.root.kind) is not built; call build(inputShape:on:seed:), fit or load first")
        require(window.map { $0 > 0 } ?? true, "Trainer: a window of \(window ?? 0) steps")
        self.window = window
        self.model = model
        self.loss = loss
        self.seed = seed
        optimizerState = OptimizerState(optimizer)
    }

    /// One step of the optimizer on a batch; with a window, one for each piece of the sequences, which start from a state of zeros.
    ///
    /// - Returns: the loss before the step (with a window, the mean over the steps of time). Nothing waits for the device: read it when it is
    ///   needed. Where the device fails, the loss carries the error, and the step changes nothing (with a window, nothing from the piece on
    ///   that failed).
    @discardableResult
    public mutating func step(_ batch: Dataset) -> Tensor { advance(batch).loss }

    /// One step with what callbacks see of it: the gradients as they were found, before clipping and regularization.
    mutating func advance(_ batch: Dataset) -> (loss: Tensor, gradients: [Tensor]) {
        guard let window else {
            let found = change(by: gradient(batch))
            return (found.value, found.gradients)
        }
        var carried: CarriedStates? = CarriedStates()
        var sum: (loss: Tensor, gradients: [Tensor])?
        for piece in batch.windows(of: window) {
            let found = change(by: gradient(piece, carrying: carried))
            // What comes after a piece that failed does not belong to this step.
            if found.value.failure != nil { return (found.value, found.gradients) }
            carried = found.carried
            let weighted = found.value * (Double(piece.exampleShape[0]) / Double(batch.exampleShape[0]))
            sum =
                sum.map { ($0.loss + weighted, zip($0.gradients, found.gradients).map { $0 + $1 }) }
                ?? (weighted, found.gradients)
        }
        guard let sum else { misuse("Trainer: sequences without steps") }
        return sum
    }

    /// The second half of a step, by what the first half found. With an error, nothing changes and the value carries it.
    @discardableResult
    mutating func change(by found: ModelGradient) -> ModelGradient {
        var found = found
        do throws(TensorError) {
            try optimizerState.update(&model.values, found)
        } catch {
            found.value = found.value.failing(with: error)
        }
        return found
    }

    /// The first half of a step on a batch or a piece of its sequences: nothing changes.
    func gradient(_ batch: Dataset, carrying carried: CarriedStates? = nil) -> ModelGradient {
        let root = model.root
        return valueWithGradient(of: model.values, seed: seed, step: optimizerState.step, carrying: carried) { pass in
            loss(root.forward(batch.features, pass), batch.labels, batch.weights)
        }
    }

    var values: ParameterValues {
        get { model.values }
        set { model.values = newValue }
    }

    /// Whether every value of every parameter is a finite number; waits for the device.
    package func isFinite() throws -> Bool { try model.values.isFinite }
}
