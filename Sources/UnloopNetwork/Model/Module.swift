/// Anything with parameters: what its computation takes and gives is its own affair. A `Layer` takes one tensor and gives one.
///
/// A module is a description without values, usually a structure: it lists its own parameters and the modules inside. `Model` joins it
/// with values.
///
///     struct EncoderDecoder: Module {
///         let encoder = Dense(8), decoder = Dense(8)
///         var children: [(name: String, module: any Module)] { [("encoder", encoder), ("decoder", decoder)] }
///     }
public protocol Module: Sendable {
    /// Shown in summaries and error messages; the type's name unless stated.
    var kind: String { get }
    /// The module's own parameters.
    var parameters: [Parameter] { get }
    /// The modules inside, with the names that prefix those of their parameters.
    var children: [(name: String, module: any Module)] { get }
}

extension Module {
    public var kind: String { String(describing: Self.self) }
    public var parameters: [Parameter] { [] }
    public var children: [(name: String, module: any Module)] { [] }

    /// All parameters with full names (`0.weight`, `2.inner.bias`), the module's own first, then those of the modules inside. A parameter
    /// that is used at several places is one: it has the name of the first.
    public var namedParameters: [(name: String, parameter: Parameter)] {
        ParameterTable(self).entries.map { ($0.name, $0.parameter) }
    }
}
