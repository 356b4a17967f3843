import UnloopBackend
import UnloopTensor

/// A layer of convolution or its transpose, in any number of dimensions: filters, a bias for each, and an activation.
public protocol ConvolutionLayer: Layer {
    /// Filters, biases and activation.
    var bank: FilterBank { get }
}

extension ConvolutionLayer {
    public var kind: String { bank.kind }
    public var parameters: [Parameter] { bank.parameters }
    /// The number of output channels.
    public var filters: Int { bank.filters }
    /// Parts into which the channels are cut, each with its own filters.
    public var groups: Int { bank.groups }
    /// Of what filters and biases give.
    public var activation: Activation { bank.activation }
    /// Whether each filter has a bias.
    public var usesBias: Bool { bank.usesBias }
    /// The filters; the shape is that of the kind of convolution.
    public var weight: Parameter { bank.weight }
    /// `[filters]`; no parameter of the layer without biases.
    public var bias: Parameter { bank.bias }
}

/// The filters of a convolution, a bias for each, and the activation of what they give.
public struct FilterBank: Sendable {
    /// The number of output channels.
    public let filters: Int
    /// Parts into which the channels are cut, each with its own filters.
    public let groups: Int
    /// Of what filters and biases give.
    public let activation: Activation
    /// Whether each filter has a bias.
    public let usesBias: Bool
    /// Of the filters; biases start at 0.
    public let initializer: Initializer
    /// The filters; the shape is that of the kind of convolution.
    public let weight = Parameter("weight", isRegularized: true)
    /// `[filters]`; no parameter of the layer without biases.
    public let bias = Parameter("bias")
    let kind: String

    /// - Parameters:
    ///   - sizes: of the filters, their stride and their dilation, as texts for messages.
    ///   - arePositive: whether all three are.
    init(
        _ name: String, filters: Int, sizes: (kernel: String, stride: String, dilation: String), arePositive: Bool,
        groups: Int, activation: Activation, bias: Bool, initializer: Initializer
    ) {
        require(
            filters > 0 && groups > 0 && filters % groups == 0 && arePositive,
            "\(name): \(filters) filters of \(sizes.kernel), stride \(sizes.stride), dilation \(sizes.dilation), \(groups) groups"
        )
        self.filters = filters
        self.groups = groups
        self.activation = activation
        usesBias = bias
        self.initializer = initializer
        kind = activation.describing(name, "\(filters) of \(sizes.kernel)")
    }

    var parameters: [Parameter] { usesBias ? [weight, bias] : [weight] }

    /// Gives filters of these sizes, and the biases, their first values.
    ///
    /// - Parameter isTransposed: filters are `[sizes…, filters / groups, channels]` instead of `[sizes…, channels / groups, filters]`.
    func build(_ sizes: [Int], channels: Int, isTransposed: Bool = false, _ builder: inout Builder) {
        let elements = sizes.reduce(1, *)
        builder.make(
            weight, sizes + (isTransposed ? [filters / groups, channels] : [channels / groups, filters]), initializer,
            inputs: elements * (channels / groups), outputs: elements * filters / groups)
        if usesBias { builder.make(bias, [filters], .zeros) }
    }

    /// A product with the biases added and the activation applied, in one pass over memory where it can be.
    func forward(
        _ pass: Pass, _ product: (_ weight: Tensor, _ epilogue: ScalarFunction?, _ inputs: [Tensor]) -> Tensor
    ) -> Tensor {
        let weight = pass[self.weight]
        return activation.afterProduct(bias: usesBias ? pass[bias] : nil) { product(weight, $0, $1) }
    }
}

extension Activation {
    /// How a layer with this activation is called in summaries.
    func describing(_ layer: String, _ size: String) -> String {
        isIdentity ? "\(layer)(\(size))" : "\(layer)(\(size), \(name))"
    }
}
