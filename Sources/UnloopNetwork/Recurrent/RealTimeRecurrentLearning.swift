import UnloopBackend
import UnloopTensor

/// Real-time recurrent learning (R. Williams, D. Zipser: A learning algorithm for continually running fully recurrent neural networks,
/// Neural Computation 1, 1989): the gradients of backpropagation through time, carried forward instead of backward.
///
/// Beside the state h of an `RNN`, h_t = f(x_t W_x + h_{t-1} W_h + b), its derivatives by all weights are carried from step to step.
/// With z = (x_t, h_{t-1}, 1), whose weight from element i to unit j is w_ij,
///
///     ∂h_k/∂w_ij at t = f'(a_k) (Σ_l ∂h_l/∂w_ij at t-1 · W_h[l, k] + [j = k] z_i).
///
/// So the gradient of a loss is known at every step, and nothing of the past has to be kept: for N units the memory is O(N³) and the time
/// O(N⁴) a step, however long the sequence is. It computes on every device, a batch of sequences at a time.
/// Every step counts: the network's `padding` is not looked at.
///
/// If the weights change between steps, the derivatives carried are partly those at former weights, as in the paper: exact for slow
/// learning only. `reset` starts anew.
public struct RealTimeRecurrentLearning: Sendable {
    /// Its values may change between steps.
    public var network: Model<RNN>
    /// `[examples, units]`.
    public private(set) var hidden: Tensor
    /// ∂h_k/∂w_ij at `[example, i · units + j, k]`, i over the features, the units and the bias.
    public private(set) var sensitivity: Tensor
    private let features: Int
    private let units: Int
    private let examples: Int
    /// j of each row of the sensitivity, `[rows, 1]`, and k of its columns.
    private let targets: Tensor
    private let columns: Tensor
    private let one: Tensor

    /// Begins with a state of zeros.
    ///
    /// - Parameters:
    ///   - network: built; one layer, one direction.
    ///   - examples: how many sequences run side by side.
    public init(_ network: Model<RNN>, examples: Int = 1) {
        require(
            network.isBuilt,
            "RealTimeRecurrentLearning: the network is not built; call build(inputShape:on:seed:) first")
        require(
            network.root.weights.count == 1,
            "RealTimeRecurrentLearning: \(network.root.kind) has \(network.root.weights.count) layers and directions, not one"
        )
        require(examples >= 0, "RealTimeRecurrentLearning: \(examples) examples")
        self.network = network
        self.examples = examples
        let weight = network[network.root.weights[0].inputWeight]
        (features, units) = (weight.shape[0], weight.shape[1])
        let (device, rows) = (weight.device, features + units + 1)
        hidden = Tensor.zeros([examples, units], weight.elementType, on: device)
        sensitivity = Tensor.zeros([examples, rows * units, units], weight.elementType, on: device)
        columns = Tensor.indices(units, on: device)
        targets = columns.expanded(to: [rows, units]).contiguous().reshaped(rows * units, 1)
        one = Tensor.ones([examples, 1], weight.elementType, on: device)
    }

    /// W_x, W_h and b of the network, in the order of `gradients`.
    public var parameters: [Parameter] {
        let weights = network.root.weights[0]
        return [weights.inputWeight, weights.recurrentWeight, weights.bias]
    }

    /// How many numbers are carried from step to step.
    public var carriedCount: Int { hidden.count + sensitivity.count }

    /// Back to a state of zeros, which depends on no weight.
    public mutating func reset() {
        hidden = Tensor.zeros(like: hidden)
        sensitivity = Tensor.zeros(like: sensitivity)
    }

    /// One step.
    ///
    /// - Parameter input: `[examples, features]`.
    /// - Returns: the new state, `[examples, units]`.
    @discardableResult
    public mutating func advance(_ input: Tensor) -> Tensor {
        require(
            input.shape == [examples, features],
            "RealTimeRecurrentLearning: input \(input.shape) is not [\(examples) examples, \(features) features]")
        let weights = network.root.weights[0]
        let recurrent = network[weights.recurrentWeight]
        let fromInput = matmul(
            input, network[weights.inputWeight], epilogue: Self.add, inputs: [network[weights.bias]])
        let sums = matmul(hidden, recurrent, epilogue: Self.add, inputs: [fromInput])
        let (next, slope) = vjp(at: sums, { network.root.activation($0) }, cotangent: { Tensor.ones(like: $0) })
        // z_i stands in each row (i, j).
        let source = Tensor.concatenate([input, hidden, one], axis: 1).expandingDimension(at: 2)
            .expanded(to: [examples, features + units + 1, units]).contiguous().reshaped(
                examples, sensitivity.shape[1], 1)
        sensitivity = matmul(
            sensitivity, recurrent.expandingDimension(at: 0), epilogue: Self.carry,
            inputs: [source, slope.expandingDimension(at: 1), targets, columns])
        hidden = next
        return next
    }

    /// The gradients of a loss that depends on the present state, by W_x `[features, units]`, W_h `[units, units]` and b `[units]`, summed
    /// over the examples.
    ///
    /// - Parameter cotangent: the loss's gradient by the state, `[examples, units]`.
    public func gradients(_ cotangent: Tensor) -> [Tensor] {
        require(
            cotangent.shape == hidden.shape,
            "RealTimeRecurrentLearning: the cotangent \(cotangent.shape) has not the state's shape \(hidden.shape)")
        let all = matmul(sensitivity, cotangent.expandingDimension(at: 2)).sum(axes: [0, 2])
        let parts = all.split([features * units, units * units, units])
        return [parts[0].reshaped(features, units), parts[1].reshaped(units, units), parts[2]]
    }

    private static let add = ScalarFunction("add", { (product: Scalar, other: Scalar) in product + other })
    /// From the product with W_h, z_i, f' and the numbers of j and k.
    private static let carry = ScalarFunction(
        "carrySensitivity",
        program: ScalarProgram(inputs: [.real, .real, .real, .integer, .integer]) { inputs, _ in
            let direct = select(IntegerScalar(inputs[3]) .== IntegerScalar(inputs[4]), Scalar(inputs[1]), 0)
            return [(Scalar(inputs[2]) * (Scalar(inputs[0]) + direct)).expression]
        })
}
