import UnloopTensor

/// Layers one after the other.
///
///     let network = Sequential {
///         Dense(64, activation: .relu)
///         Dense(10)
///     }
///
/// It is a layer itself, so networks can be nested. Parameters are named by position: `0.weight`, `0.bias`, `1.weight`, ….
public struct Sequential: Layer {
    /// From input to output.
    public let layers: [any Layer]

    /// Layers from a list.
    public init(_ layers: [any Layer]) { self.layers = layers }

    /// Layers written between braces; see `LayerListBuilder`.
    public init(@LayerListBuilder _ layers: () -> [any Layer]) { self.init(layers()) }

    public var children: [(name: String, module: any Module)] {
        layers.enumerated().map { (String($0.offset), $0.element) }
    }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        layers.reduce(inputShape) { $1.outputShape(for: $0) }
    }

    public func build(inputShape: [Int], _ builder: inout Builder) {
        var shape = inputShape
        for layer in layers {
            let output = layer.outputShape(for: shape)
            layer.build(inputShape: shape, &builder)
            shape = output
        }
    }

    public var takesIndices: Bool { layers.first?.takesIndices ?? false }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        var output = input
        // By position: an iterator would copy every layer, and several threads may count its references.
        for position in layers.indices { output = layers[position].forward(output, pass) }
        return output
    }
}

/// The layers written between the braces of a model; `if`, `switch` and `for` work.
@resultBuilder
public enum LayerListBuilder {
    /// A layer.
    public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
    /// An activation by itself, as an `ActivationLayer`.
    public static func buildExpression(_ activation: Activation) -> [any Layer] { [ActivationLayer(activation)] }
    /// Layers from a list.
    public static func buildExpression(_ layers: [any Layer]) -> [any Layer] { layers }
    /// Layers one after the other.
    public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap(\.self) }
    /// Layers under an `if` without `else`.
    public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
    /// The first branch of an `if` or `switch`.
    public static func buildEither(first part: [any Layer]) -> [any Layer] { part }
    /// The other branch.
    public static func buildEither(second part: [any Layer]) -> [any Layer] { part }
    /// The layers of all rounds of a `for`.
    public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap(\.self) }
}
