import UnloopBackend
import UnloopData
import UnloopTensor

/// The generalized Gauss–Newton matrix `Jᵀ H J` of a loss of a network's outputs: J is the derivative of the outputs by the
/// parameters, H the second derivative of the loss by the outputs (N. Schraudolph: Fast curvature matrix-vector products for
/// second-order gradient descent, 2002). It is the Hessian without the term of the network's own curvature.
///
/// The matrix is never formed. A product with a vector is a forward derivative of the network, the product with H and a reverse
/// derivative; it costs about as much as two gradients. Where the loss is convex in the outputs, as all of `Loss.all` are,
/// the matrix is positive semidefinite.
public struct GaussNewtonMatrix: Sendable {
    /// The network's outputs for the examples.
    public let outputs: Tensor
    /// One number.
    public let loss: Tensor
    private let network: Linearization
    /// Of the loss's gradient by the outputs: its derivative is H.
    private let outputGradient: Linearization

    /// - Parameters:
    ///   - parameters: where; real elements.
    ///   - outputs: the network as a function of its parameters.
    ///   - loss: one number from the outputs; twice differentiable.
    public init(
        at parameters: [Tensor], outputs: ([Tensor]) throws -> Tensor, loss: (Tensor) throws -> Tensor
    ) rethrows {
        network = try Linearization(at: parameters, outputs)
        self.outputs = network.value
        self.loss = try loss(network.value)
        outputGradient = try Linearization(at: network.value) { try UnloopTensor.gradient(at: $0, loss) }
    }

    /// Of a network on a batch, by its trainable parameters, in the order of `trainableParameters`. The network computes as it does
    /// after training: nothing is dropped.
    public init<Root: Layer>(_ model: Model<Root>, loss: Loss, on batch: Dataset) {
        let parameters = ParameterVector(model)
        self.init(model, parameters, at: parameters.start, loss: loss, on: batch)
    }

    init<Root: Layer>(
        _ model: Model<Root>, _ parameters: ParameterVector, at values: [Tensor], loss: Loss, on batch: Dataset
    ) {
        self = GaussNewtonMatrix(
            at: values, outputs: { model(batch.features, Pass(parameters.values($0))) },
            loss: { loss($0, batch.labels, batch.weights) })
    }

    /// The matrix times a vector: a tensor of each parameter's shape, and so is the result.
    public func product(_ vector: [Tensor]) -> [Tensor] {
        // H is symmetric, so its reverse derivative, which is the cheaper one, does as well.
        network.vjp(outputGradient.vjp(network.jvp(vector))[0])
    }

    /// The gradient of the loss by the parameters.
    public var gradient: [Tensor] { network.vjp(outputGradient.value) }
}
