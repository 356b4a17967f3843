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
    public let layers: [any Layer]

    public init(_ layers: [any Layer]) { self.layers = layers }

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

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        layers.reduce(input) { $1.forward($0, pass) }
    }
}

/// The layers written between the braces of a model; `if`, `switch` and `for` work.
@resultBuilder
public enum LayerListBuilder {
    public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
    public static func buildExpression(_ activation: Activation) -> [any Layer] { [ActivationLayer(activation)] }
    public static func buildExpression(_ layers: [any Layer]) -> [any Layer] { layers }
    public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap(\.self) }
    public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
    public static func buildEither(first part: [any Layer]) -> [any Layer] { part }
    public static func buildEither(second part: [any Layer]) -> [any Layer] { part }
    public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap(\.self) }
}
