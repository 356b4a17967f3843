import UnloopBackend
import UnloopTensor

/// All axes of an example become one.
public struct Flatten: Layer {
    /// The layer; it has no settings.
    public init() {}
    public func outputShape(for inputShape: [Int]) -> [Int] { [Dimensions(inputShape).product] }
    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        input.reshaped([batchSize(input, kind), input.dimensions.dropFirst().product])
    }
}

/// The axes of an example get other sizes, with as many elements.
public struct Reshape: Layer {
    /// Of one example of the result.
    public let shape: [Int]
    /// - Parameter shape: of one example; sizes are not negative, and the product is that of the input.
    public init(_ shape: [Int]) { self.shape = shape }
    public var kind: String { "Reshape(\(shape.map(String.init).joined(separator: "×")))" }
    public func outputShape(for inputShape: [Int]) -> [Int] {
        require(
            !shape.contains { $0 < 0 } && Dimensions(inputShape).product == Dimensions(shape).product,
            "Reshape: \(inputShape) has not as many elements as \(shape)")
        return shape
    }
    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        input.reshaped([batchSize(input, "Reshape")] + shape)
    }
}

/// The size of the first axis of a layer's input; traps where there is no axis.
func batchSize(_ input: Tensor, _ kind: @autoclosure () -> String) -> Int {
    require(input.rank > 0, "\(kind()): the input has no axis, where a batch has one")
    return input.dimensions[0]
}

/// An activation by itself, where it does not follow a product directly.
public struct ActivationLayer: Layer {
    /// What is computed.
    public let activation: Activation
    /// The function as a layer; between the braces of a model the activation itself does.
    public init(_ activation: Activation) { self.activation = activation }
    public var kind: String { activation.name }
    public func outputShape(for inputShape: [Int]) -> [Int] { inputShape }
    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { activation(input) }
}

/// Layers with a connection past them: `x + layers(x)` (K. He et al., arXiv 1512.03385), or `shortcut(x) + layers(x)`, where the shortcut
/// brings the input to the shape of what the layers give.
public struct Residual: Layer {
    let inner: Sequential
    let shortcut: Sequential?

    /// - Precondition: the layers give the shape that they take; checked when the network is built.
    public init(@LayerListBuilder _ layers: () -> [any Layer]) {
        inner = Sequential(layers())
        shortcut = nil
    }

    /// - Precondition: shortcut and layers give the same shape; checked when the network is built.
    public init(
        @LayerListBuilder shortcut: () -> [any Layer], @LayerListBuilder layers: () -> [any Layer]
    ) {
        inner = Sequential(layers())
        self.shortcut = Sequential(shortcut())
    }

    public var children: [(name: String, module: any Module)] {
        inner.children + (shortcut.map { [("shortcut", $0)] } ?? [])
    }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        let output = inner.outputShape(for: inputShape)
        let past = shortcut?.outputShape(for: inputShape) ?? inputShape
        require(
            output == past,
            shortcut == nil
                ? "Residual: the layers turn \(inputShape) into \(output), which cannot be added"
                : "Residual: the layers turn \(inputShape) into \(output) and the shortcut into \(past), which cannot be added"
        )
        return output
    }

    public func build(inputShape: [Int], _ builder: inout Builder) {
        inner.build(inputShape: inputShape, &builder)
        shortcut?.build(inputShape: inputShape, &builder)
    }

    public var takesIndices: Bool { inner.takesIndices }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        (shortcut?.forward(input, pass) ?? input) + inner.forward(input, pass)
    }
}

/// Rows of a table, looked up by int32 numbers: `[batch, …]` to `[batch, …, size]`.
public struct Embedding: Layer {
    /// The number of rows of the table: numbers from 0 up to, but not including, this.
    public let rows: Int
    /// Of a row.
    public let size: Int
    /// Of the table.
    public let initializer: Initializer
    /// The table, `[rows, size]`.
    public let weight = Parameter("weight", isRegularized: true)

    /// - Precondition: both are at least 1.
    public init(rows: Int, size: Int, initializer: Initializer = .gaussian(1)) {
        require(rows > 0 && size > 0, "Embedding: \(rows) rows of \(size)")
        self.rows = rows
        self.size = size
        self.initializer = initializer
    }

    public var kind: String { "Embedding(\(rows)×\(size))" }
    public var parameters: [Parameter] { [weight] }
    public func outputShape(for inputShape: [Int]) -> [Int] { inputShape + [size] }
    public func build(inputShape: [Int], _ builder: inout Builder) {
        builder.make(weight, [rows, size], initializer, inputs: rows, outputs: size)
    }
    public var takesIndices: Bool { true }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { pass[weight].gathering(input) }
}
