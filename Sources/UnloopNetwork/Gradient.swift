import UnloopTensor

/// The value of a loss and its gradient with respect to each parameter; zero where it does not depend on one.
///
/// - Parameters:
///   - parameters: one that is there twice gets its gradient at both places.
///   - loss: computes one number from the parameters' values.
public func valueWithGradient(of parameters: [Parameter], _ loss: () throws -> Tensor) rethrows -> (
    value: Tensor, gradients: [Tensor]
) {
    let distinct = parameters.distinct
    let result = try valueWithGradient(ofDistinct: distinct, loss)
    if distinct.count == parameters.count { return result }
    let places = Dictionary(
        uniqueKeysWithValues: distinct.enumerated().map { (ObjectIdentifier($0.element), $0.offset) })
    return (
        result.value, parameters.compactMap { places[ObjectIdentifier($0)].map { result.gradients[$0] } }
    )
}

/// The same for parameters that all are different ones.
func valueWithGradient(ofDistinct parameters: [Parameter], _ loss: () throws -> Tensor) rethrows -> (
    value: Tensor, gradients: [Tensor]
) {
    try parameters.keepingContents {
        try valueWithGradient(at: parameters.map(\.value)) { variables in
            for (parameter, variable) in zip(parameters, variables) { parameter.value = variable }
            return try loss()
        }
    }
}
