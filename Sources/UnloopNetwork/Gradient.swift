import UnloopTensor

/// The value of a loss and its gradient with respect to each parameter; zero where it does not depend on one.
///
/// - Parameter loss: computes one number from the parameters' values.
public func valueWithGradient(of parameters: [Parameter], _ loss: () throws -> Tensor) rethrows -> (
    value: Tensor, gradients: [Tensor]
) {
    let values = parameters.map(\.value)
    defer { for (parameter, value) in zip(parameters, values) { parameter.value = value } }
    return try valueWithGradient(at: values) { variables in
        for (parameter, variable) in zip(parameters, variables) { parameter.value = variable }
        return try loss()
    }
}
