import UnloopBackend

/// How functions are applied to products before they are stored, for matrix products and convolutions alike.
extension Tensor {
    /// A product with an epilogue, in one pass wherever the derivative can do without the product itself: a bias alone, or
    /// an activation whose derivative follows from its result (sigmoid, tanh, ReLU). Else the product is stored; a
    /// stored product is the same number, so the bits are the same.
    ///
    /// - Parameters:
    ///   - stored: the product, differentiable.
    ///   - fused: the product with the epilogue, not tracked.
    ///   - cotangents: of the two operands, from the product's cotangent.
    static func withEpilogue(
        _ function: ScalarFunction, _ scalars: [Double], _ inputs: [Tensor], _ operands: (Tensor, Tensor),
        stored: () -> Tensor, fused: () -> Tensor,
        cotangents: @escaping @Sendable (Tensor, BackwardPass) -> [Tensor?]
    ) -> Tensor {
        require(
            function.program.inputTypes.count == inputs.count + 1,
            "epilogue \(function.name): takes \(function.program.inputTypes.count - 1) inputs besides the product, got \(inputs.count)"
        )
        let isProductTracked = operands.0.isTracked || operands.1.isTracked
        guard isProductTracked || inputs.contains(where: \.isTracked) else { return fused() }
        let pullback = Pullback(
            function, [nil] + inputs, shapes: [nil] + inputs.map(\.dimensions),
            wanted: [isProductTracked] + inputs.map(\.isTracked), scalars, usingOutput: true)
        if pullback.readsInput(0) { return apply(function, [stored()] + inputs, scalars: scalars) }
        let output = fused()
        if output.elementType == .int32 { return output }
        let count = inputs.count
        return output.recorded(
            [operands.0.node, operands.1.node] + inputs.map(\.node), selects: pullback.isConditional
        ) { cotangent, pass in
            let wanted = [pass.wants(0) || pass.wants(1)] + (0..<count).map { pass.wants($0 + 2) }
            let found = pullback(cotangent, output, pass.wanting(wanted))
            return (found[0].map { cotangents($0, pass) } ?? [nil, nil]) + found.dropFirst()
        }
    }

    /// The element type of what an epilogue stores.
    static func epilogueType(_ function: ScalarFunction?, _ real: ElementType) -> ElementType {
        guard let program = function?.program else { return real }
        return program.outputTypes[0] == .integer ? .int32 : real
    }

    /// The epilogue with its inputs broadcast to `target` and seen in the shape that the backend computes.
    static func epilogueOnProduct(
        _ function: ScalarFunction, _ inputs: [Tensor], _ scalars: [Double], _ target: Dimensions,
        _ folded: Dimensions
    ) throws -> Epilogue {
        var views: [StridedView] = []
        views.reserveCapacity(inputs.count)
        for position in inputs.indices {
            require(
                broadcast(inputs[position].dimensions, target) == target,
                "\(function.name): \(inputs[position].dimensions) does not broadcast to \(target)")
            views.append(
                try folded == target
                    ? inputs[position].broadcastView(target)
                    : inputs[position].stopGradient().expanded(to: target).reshaped(folded).view())
        }
        return Epilogue(function.program, inputs: views, scalars: scalars)
    }
}
