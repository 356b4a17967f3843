import UnloopData
import UnloopBackend
import UnloopTensor

/// One network being trained, step by step: what `fit` runs, for loops of your own.
public final class Trainer {
    public let model: any Layer
    public let loss: Loss
    /// The number of steps done.
    public var step: Int { state.step }
    private let seed: UInt64
    private let parameters: [Parameter]
    private let trainable: [Parameter]
    private var state: OptimizerState
    /// All values before the last step.
    private(set) var previousValues: [Tensor]

    /// - Parameters:
    ///   - model: built.
    ///   - seed: of what layers draw at random while training, dropout for example.
    public init(_ model: any Layer, loss: Loss, optimizer: Optimizer, seed: UInt64 = 0) {
        require(model.isBuilt, "Trainer: the model is not built; call build(inputShape:on:seed:) first")
        self.model = model
        self.loss = loss
        self.seed = seed
        parameters = model.namedParameters.map(\.parameter)
        trainable = parameters.filter(\.isTrainable)
        state = OptimizerState(optimizer)
        previousValues = parameters.map(\.value)
    }

    /// One step of the optimizer on a batch.
    ///
    /// - Returns: the loss before the step. Nothing waits for the device: read it when it is needed.
    @discardableResult
    public func step(_ batch: Dataset) -> Tensor { advance(batch).loss }

    /// One step with what callbacks see of it: the gradients as they were found, before clipping and regularization.
    func advance(_ batch: Dataset) -> (loss: Tensor, gradients: [Tensor]) {
        previousValues = parameters.map(\.value)
        let pass = Pass(isTraining: true, seed: seed, step: state.step)
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
