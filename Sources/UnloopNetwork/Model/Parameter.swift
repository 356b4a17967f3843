/// The declaration of a tensor that belongs to a module: weights that training changes, or statistics that a layer keeps.
///
/// It holds no value: a `Model` has the values, and a layer reads them from the pass, `pass[weight]`. What is declared once and used at
/// several places of a network is one parameter there: tied weights.
public final class Parameter: Sendable {
    /// The name inside the module, `weight` for example.
    public let name: String
    /// Whether optimizers change it. Running statistics are not trainable, but are saved with the weights.
    public let isTrainable: Bool
    /// Whether weight decay and L1 or L2 regularization act on it; usual for weights, not for biases and scales.
    public let isRegularized: Bool

    /// - Parameters:
    ///   - name: tells it from the module's other parameters.
    ///   - isTrainable: false for what a layer keeps by itself, such as running statistics.
    ///   - isRegularized: true for weights.
    public init(_ name: String, isTrainable: Bool = true, isRegularized: Bool = false) {
        self.name = name
        self.isTrainable = isTrainable
        self.isRegularized = isRegularized
    }
}

extension Parameter: Hashable {
    public static func == (a: Parameter, b: Parameter) -> Bool { a === b }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
