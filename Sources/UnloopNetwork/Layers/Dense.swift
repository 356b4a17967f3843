import UnloopBackend
import UnloopTensor

/// A fully connected layer: `activation(x · W + b)` along the last axis, W `[inputs, units]`, b `[units]`.
public struct Dense: Layer {
    /// The number of outputs.
    public let units: Int
    /// Of what weights and biases give.
    public let activation: Activation
    /// Whether each unit has a bias.
    public let usesBias: Bool
    /// Of the weights; biases start at 0.
    public let initializer: Initializer
    /// W, `[inputs, units]`.
    public let weight = Parameter("weight", isRegularized: true)
    /// b, `[units]`; no parameter of the layer without biases.
    public let bias = Parameter("bias")

    /// - Parameters:
    ///   - units: the number of outputs, at least 1. The number of inputs is found when the network is built.
    ///   - bias: whether each unit has one; it starts at 0.
    ///   - initializer: of the weights.
    public init(
        _ units: Int, activation: Activation = .identity, bias: Bool = true, initializer: Initializer = .glorotUniform
    ) {
        require(units > 0, "Dense: \(units) units")
        self.units = units
        self.activation = activation
        usesBias = bias
        self.initializer = initializer
    }

    public var kind: String { activation.describing("Dense", "\(units)") }
    public var parameters: [Parameter] { usesBias ? [weight, bias] : [weight] }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        require(!inputShape.isEmpty, "Dense: an example has no axis; give it one of size 1")
        return inputShape.dropLast() + [units]
    }

    public func build(inputShape: [Int], _ builder: inout Builder) {
        let inputs = inputShape.last ?? 1
        builder.make(weight, [inputs, units], initializer, inputs: inputs, outputs: units)
        if usesBias { builder.make(bias, [units], .zeros) }
    }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        let weight = pass[self.weight]
        require(
            input.dimensions.last == weight.dimensions[0],
            "Dense: input \(input.shape) does not end in the \(weight.shape[0]) features of the weights")
        return activation.afterProduct(bias: usesBias ? pass[bias] : nil) { epilogue, inputs in
            guard let epilogue else { return matmul(input, weight) }
            return matmul(input, weight, epilogue: epilogue, inputs: inputs)
        }
    }
}
