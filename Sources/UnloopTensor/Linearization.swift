import UnloopBackend

/// A function's value at a point together with its derivative there, a linear map that can be applied any number of times, in
/// either direction, without computing the function again.
///
/// `jvp` and `vjp` compute the function at each call; this keeps what they would compute, and the memory for it. Iterative
/// methods that need many products at one point (conjugate gradient, power iteration) are several times faster so.
public struct Linearization: Sendable {
    public let value: Tensor
    private let point: Tape
    private let output: Node?
    /// The reverse derivative applied to a cotangent variable: linear in it, so its own reverse derivative is the forward one.
    private let cotangent: Tape
    private let pulledBack: [Tensor]

    /// - Parameters:
    ///   - x: the point; real elements.
    ///   - function: of tensors like those of `x`; gives a tensor of any shape.
    public init(at x: [Tensor], _ function: ([Tensor]) throws -> Tensor) rethrows {
        // The cotangent's leaf is the older one, so the backward pass of the point is itself recorded.
        let cotangentLeaf = Node.nextNumber()
        point = Tape(x)
        let tracked = try function(point.variables)
        value = point.released(tracked)
        output = tracked.node
        cotangent = Tape([Tensor.zeros(like: value)], leaf: cotangentLeaf)
        var roots: [(Node, Tensor)] = []
        if let output { roots.append((output, cotangent.variables[0])) }
        pulledBack = point.finish(roots)
    }

    public init(at x: Tensor, _ function: (Tensor) throws -> Tensor) rethrows {
        try self.init(at: [x]) { try function($0[0]) }
    }

    /// The Jacobian–vector product: the directional derivative of the value along a tangent of the point.
    ///
    /// - Parameter tangents: one of each of the point's shapes.
    public func jvp(_ tangents: [Tensor]) -> Tensor {
        require(
            tangents.count == pulledBack.count
                && zip(tangents, pulledBack).allSatisfy { $0.dimensions == $1.dimensions },
            "Linearization.jvp: points \(pulledBack.map(\.dimensions)) and tangents \(tangents.map(\.dimensions)) do not agree"
        )
        var roots: [(Node, Tensor)] = []
        for (gradient, tangent) in zip(pulledBack, tangents) {
            if let node = gradient.node { roots.append((node, tangent)) }
        }
        return cotangent.finish(roots)[0]
    }

    /// The vector–Jacobian product: the cotangents of the point that belong to a cotangent of the value.
    ///
    /// - Parameter seed: of the value's shape.
    public func vjp(_ seed: Tensor) -> [Tensor] {
        require(
            seed.dimensions == value.dimensions,
            "Linearization.vjp: the value has shape \(value.dimensions), the cotangent \(seed.dimensions)")
        var roots: [(Node, Tensor)] = []
        if let output { roots.append((output, seed)) }
        return point.finish(roots)
    }
}
