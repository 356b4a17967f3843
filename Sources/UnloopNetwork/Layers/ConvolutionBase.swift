import UnloopBackend
import UnloopTensor

/// What the layers of convolution and their transposes, in any number of dimensions, have in common: filters, a bias for each, and an
/// activation.
public class ConvolutionBase {
    /// The number of output channels.
    public let filters: Int
    /// Parts into which the channels are cut, each with its own filters.
    public let groups: Int
    public let activation: Activation
    public let usesBias: Bool
    public let initializer: Initializer
    public let weight = Parameter("weight", isRegularized: true)
    public let bias = Parameter("bias")
    public let kind: String

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

    public var parameters: [Parameter] { usesBias ? [weight, bias] : [weight] }

    /// Gives filters of these sizes, and the biases, their first values.
    ///
    /// - Parameter isTransposed: filters are `[sizes…, filters / groups, channels]` instead of `[sizes…, channels / groups, filters]`.
    func makeParameters(_ sizes: [Int], channels: Int, isTransposed: Bool = false, _ builder: Builder) {
        let elements = sizes.reduce(1, *)
        builder.make(
            weight, sizes + (isTransposed ? [filters / groups, channels] : [channels / groups, filters]), initializer,
            inputs: elements * (channels / groups), outputs: elements * filters / groups)
        if usesBias { builder.make(bias, [filters], .zeros) }
    }

    /// A product with the biases added and the activation applied, in one pass where it can be.
    func finishing(_ product: (_ epilogue: ScalarFunction?, _ inputs: [Tensor]) -> Tensor) -> Tensor {
        activation.afterProduct(bias: usesBias ? bias.value : nil, product)
    }
}

extension Activation {
    /// How a layer with this activation is called in summaries.
    func describing(_ layer: String, _ size: String) -> String {
        isIdentity ? "\(layer)(\(size))" : "\(layer)(\(size), \(name))"
    }
}
