import UnloopBackend
import UnloopTensor

/// The value of a loss, its gradient, and what the network wants to remember of the pass that gave them. `OptimizerState.update` takes
/// it.
public struct ModelGradient: Sendable {
    /// One number.
    public internal(set) var value: Tensor
    /// By the trainable parameters, in the order of `Model.trainableParameters`; zero where the loss does not depend on one.
    public let gradients: [Tensor]
    /// What recurrent layers carry to the next piece of a sequence; nil where nothing is carried.
    public let carried: CarriedStates?
    let table: ParameterTable
    /// Next values of parameters that are not trainable, by position.
    let remembered: [(position: Int, value: Tensor)]

    /// The gradient by one of the trainable parameters; nil for another parameter.
    public subscript(parameter: Parameter) -> Tensor? {
        guard let position = table.position(of: parameter) else { return nil }
        return table.trainable.firstIndex(of: position).map { gradients[$0] }
    }

    /// The error of the first tensor that a device failed to compute.
    var failure: TensorError? {
        for (_, value) in remembered {
            if let failure = value.failure { return failure }
        }
        return value.failure
    }
}

/// The value of any loss and its gradient by a network's trainable parameters. Nothing changes.
///
///     let found = valueWithGradient(of: model, step: step) { pass in
///         loss(model(input, pass), target)
///     }
///     try state.update(&model, found)
///
/// - Parameters:
///   - isTraining: whether dropout drops and normalization uses the batch's statistics.
///   - step: with the seed, decides what is dropped.
///   - carried: for sequences that are run in pieces.
///   - loss: computes one number; reads the parameters through the pass. Other models that it calls, `other(x)`, are constants to it.
/// - Precondition: the network is built.
public func valueWithGradient<Root>(
    of model: Model<Root>, isTraining: Bool = true, seed: UInt64 = 0, step: Int = 0,
    carrying carried: CarriedStates? = nil, _ loss: (Pass) throws -> Tensor
) rethrows -> ModelGradient {
    try valueWithGradient(
        of: model.values, isTraining: isTraining, seed: seed, step: step, carrying: carried, loss)
}

/// The same by the values alone.
func valueWithGradient(
    of values: ParameterValues, isTraining: Bool = true, seed: UInt64 = 0, step: Int = 0,
    carrying carried: CarriedStates? = nil, _ loss: (Pass) throws -> Tensor
) rethrows -> ModelGradient {
    var remembered: [(position: Int, value: Tensor)] = []
    var next: CarriedStates?
    let (value, gradients) = try valueWithGradient(at: values.trainable) { variables in
        var all = values
        all.trainable = variables
        let pass = Pass(all, isTraining: isTraining, seed: seed, step: step, carrying: carried)
        let value = try loss(pass)
        (remembered, next) = (pass.remembered, pass.carried)
        return value
    }
    return ModelGradient(
        value: value, gradients: gradients, carried: next, table: values.table, remembered: remembered)
}

extension ParameterValues {
    /// Takes over what the network wants to remember of a pass.
    mutating func remember(_ found: ModelGradient) {
        for (position, value) in found.remembered { tensors[position] = value }
    }
}
