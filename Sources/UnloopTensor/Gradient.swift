import UnloopBackend

/// The value of a function and the gradient of that value with respect to the function's argument.
///
/// Calls may be nested: what the inner call returns can be differentiated by the outer one, to any depth.
///
/// - Parameters:
///   - x: where; real elements.
///   - function: gives one number (a tensor of one element).
public func valueWithGradient(at x: Tensor, _ function: (Tensor) throws -> Tensor) rethrows -> (
    value: Tensor, gradient: Tensor
) {
    let result = try valueWithGradient(at: [x]) { try function($0[0]) }
    return (result.value, result.gradients[0])
}

/// The value of a function of several tensors and the gradient of that value with respect to each.
///
/// Where the value does not depend on a tensor, its gradient is zero.
public func valueWithGradient(at x: [Tensor], _ function: ([Tensor]) throws -> Tensor) rethrows -> (
    value: Tensor, gradients: [Tensor]
) {
    let tape = Tape(x)
    var value = try function(tape.variables)
    require(
        value.count == 1,
        "valueWithGradient: the function gives \(value.dimensions), not one number; reduce it, or use vjp")
    let gradients = tape.finish(&value, Tensor.ones(like: value))
    return (value, gradients)
}

/// The gradient of a function that gives one number.
public func gradient(at x: Tensor, _ function: (Tensor) throws -> Tensor) rethrows -> Tensor {
    try valueWithGradient(at: x, function).gradient
}

/// The gradients of a function of several tensors that gives one number.
public func gradient(at x: [Tensor], _ function: ([Tensor]) throws -> Tensor) rethrows -> [Tensor] {
    try valueWithGradient(at: x, function).gradients
}

/// The vector–Jacobian product: the value of a function of any shape, and the cotangent of x that belongs to a cotangent
/// of the value (reverse mode).
///
/// - Parameter cotangent: receives the value and gives a tensor of its shape.
public func vjp(
    at x: Tensor, _ function: (Tensor) throws -> Tensor, cotangent: (Tensor) throws -> Tensor
) rethrows -> (value: Tensor, cotangent: Tensor) {
    let result = try vjp(at: [x], { try function($0[0]) }, cotangent: cotangent)
    return (result.value, result.cotangents[0])
}

/// The vector–Jacobian product of a function of several tensors.
public func vjp(
    at x: [Tensor], _ function: ([Tensor]) throws -> Tensor, cotangent: (Tensor) throws -> Tensor
) rethrows -> (value: Tensor, cotangents: [Tensor]) {
    let tape = Tape(x)
    var value = try function(tape.variables)
    let seed = try cotangent(tape.released(value))
    require(
        seed.dimensions == value.dimensions,
        "vjp: the value has shape \(value.dimensions), the cotangent \(seed.dimensions)")
    let cotangents = tape.finish(&value, seed)
    return (value, cotangents)
}

/// The Jacobian–vector product: the value of a function of any shape and its directional derivative along a tangent
/// (forward mode, computed as the derivative of the reverse mode, which is linear in its cotangent).
public func jvp(
    at x: Tensor, tangent: Tensor, _ function: (Tensor) throws -> Tensor
) rethrows -> (value: Tensor, tangent: Tensor) {
    try jvp(at: [x], tangents: [tangent]) { try function($0[0]) }
}

/// The Jacobian–vector product of a function of several tensors.
public func jvp(
    at x: [Tensor], tangents: [Tensor], _ function: ([Tensor]) throws -> Tensor
) rethrows -> (value: Tensor, tangent: Tensor) {
    require(
        x.count == tangents.count && zip(x, tangents).allSatisfy { $0.dimensions == $1.dimensions },
        "jvp: points \(x.map(\.dimensions)) and tangents \(tangents.map(\.dimensions)) do not agree")
    // The cotangent's leaf is the older one, so the backward pass of the point is itself recorded.
    let cotangentLeaf = Node.nextNumber()
    let tape = Tape(x)
    var value = try function(tape.variables)
    let cotangent = Tape([Tensor.zeros(like: value)], leaf: cotangentLeaf)
    let pulledBack = tape.finish(&value, cotangent.variables[0])
    var roots: [(Node, Tensor)] = []
    for (gradient, tangent) in zip(pulledBack, tangents) {
        if let node = gradient.node { roots.append((node, tangent)) }
    }
    return (value, cotangent.finish(roots)[0])
}

/// The product of the Hessian of a function that gives one number with a vector, without forming the Hessian: the
/// gradient of the gradient along `vector` (Pearlmutter 1994).
public func hessianVectorProduct(
    at x: Tensor, _ vector: Tensor, _ function: (Tensor) throws -> Tensor
) rethrows -> Tensor {
    try vjp(at: x, { try gradient(at: $0, function) }, cotangent: { _ in vector }).cotangent
}

/// A tensor function with a derivative of your own.
///
/// - Parameters:
///   - inputs: what the function is applied to.
///   - function: gets the inputs untracked.
///   - pullback: from the cotangent of the output, the inputs and the output to the cotangents of the inputs (nil for
///     zero); written in tensor operations, it can itself be differentiated.
public func withCustomGradient(
    _ inputs: [Tensor], _ function: ([Tensor]) throws -> Tensor,
    pullback: @escaping @Sendable (_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?]
) rethrows -> Tensor {
    let output = try function(inputs.map { $0.stopGradient() }).stopGradient()
    guard inputs.contains(where: \.isTracked) else { return output }
    return output.recorded(inputs.map(\.node)) { cotangent, pass in
        let result = pullback(cotangent, inputs.map(pass.saved), pass.savedOutput(output))
        require(
            result.count == inputs.count
                && zip(result, inputs).allSatisfy { $0 == nil || $0?.dimensions == $1.dimensions },
            "withCustomGradient: the pullback must give a cotangent of each input's shape, or nil")
        return result
    }
}

/// The variables of one call that asks for derivatives.
struct Tape: Sendable {
    let leaf: UInt64
    let leaves: [Node]
    let variables: [Tensor]

    init(_ x: [Tensor], leaf: UInt64 = Node.nextNumber()) {
        self.leaf = leaf
        var leaves: [Node] = []
        variables = x.map { tensor in
            tensor.requireReal("gradient")
            let node = Node(leaf: leaf, origin: tensor.node)
            leaves.append(node)
            var variable = tensor
            variable.node = node
            return variable
        }
        self.leaves = leaves
    }

    /// Without the node, unless an older leaf needs it.
    func released(_ tensor: Tensor) -> Tensor {
        guard let node = tensor.node, node.lowestLeaf >= leaf else { return tensor }
        return tensor.stopGradient()
    }

    /// Lets go of the value's graph and runs backwards from it.
    func finish(_ value: inout Tensor, _ seed: Tensor) -> [Tensor] {
        var roots: [(Node, Tensor)] = []
        if let node = value.node { roots.append((node, seed)) }
        value = released(value)
        return finish(roots)
    }

    func finish(_ roots: consuming [(Node, Tensor)]) -> [Tensor] {
        let found = BackwardPass.run(from: roots, leaf: leaf, leaves: leaves)
        return zip(found, variables).map { $0 ?? Tensor.zeros(like: $1) }
    }
}
