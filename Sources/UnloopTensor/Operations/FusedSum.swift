import UnloopBackend

extension Tensor {
    /// The sum of a scalar function of some tensors over axes of their common shape, in one pass: the function's values are
    /// never stored. `Tensor.sum(of: .square, [x])` is the squared norm.
    ///
    /// - Parameters:
    ///   - inputs: broadcast to a common shape.
    ///   - axes: of the common shape, all if nil; negative ones count from the end.
    public static func sum(
        of function: ScalarFunction, _ inputs: [Tensor], axes: [Int]? = nil, scalars: [Double] = [],
        keepingDimensions: Bool = false
    ) -> Tensor {
        let shape = broadcastDimensions(function.name, inputs)
        let axes = Tensor.reducedAxes(axes ?? Array(shape.indices), of: shape, function.name)
        let kept = keptShape(axes, of: shape)
        var result = summed(function, inputs, scalars, shape, axes)
        if inputs.contains(where: \.isTracked), function.program.outputTypes[0] == .real {
            let pullback = Pullback(function, inputs, scalars, usingOutput: false)
            result = result.recorded(inputs.map(\.node), selects: pullback.isConditional) { cotangent, pass in
                pullback(cotangent.reshaped(kept).expanded(to: shape), nil, pass)
            }
        }
        return keepingDimensions ? result.reshaped(kept) : result
    }

    /// The sum of a function over axes of the shape its inputs are broadcast to. Not tracked.
    private static func summed(
        _ function: ScalarFunction, _ inputs: [Tensor], _ scalars: [Double], _ shape: Dimensions, _ axes: Dimensions
    ) -> Tensor {
        if axes.count > 0, axes[axes.count - 1] - axes[0] == axes.count - 1,
            function.program.outputTypes[0] == .real
        {
            _ = device(function.name, inputs)
            let type = checkArguments(function.name, function.program, inputs, scalars)
            return reduce(
                function.name, .sum, inputs, shape, axes[0]...axes[axes.count - 1], prologue: function.program,
                scalars: scalars, type ?? .float32)
        }
        let plain = inputs.map { $0.stopGradient() }
        return apply(function, plain, scalars: scalars).expanded(to: shape).reduced(function.name, .sum, axes)
    }

    /// A function applied and then summed to a shape that broadcasts to that of the last input; in one pass where no
    /// derivative is wanted.
    fileprivate static func apply(
        _ function: ScalarFunction, _ inputs: [Tensor], _ scalars: [Double], _ shape: Dimensions,
        summedTo target: Dimensions
    ) -> Tensor {
        if target == shape || inputs.contains(where: \.isTracked) {
            return apply(function, inputs, scalars: scalars).expanded(to: shape).summed(to: target)
        }
        return summed(function, inputs, scalars, shape, repeatedAxes(shape, target)).reshaped(target)
    }
}

/// The pullback of a scalar function that was applied to some tensors, with what it needs of them. Inputs that no
/// derivative reads are not kept alive.
struct Pullback: Sendable {
    private let partials: [Derivatives.Partial?]
    /// Nil for the shape of the cotangent.
    private let shapes: [Dimensions?]
    private let kept: [Tensor?]
    private let scalars: [Double]
    /// For each input the first one with the same derivative.
    private let firstAlike: [Int]

    init(_ function: ScalarFunction, _ inputs: [Tensor], _ scalars: [Double], usingOutput: Bool) {
        self.init(
            function, inputs, shapes: inputs.map(\.dimensions), wanted: inputs.map(\.isTracked), scalars,
            usingOutput: usingOutput)
    }

    /// - Parameters:
    ///   - inputs: nil for one that was never stored; it must then not be read, see `readsInput`.
    ///   - shapes: nil for the shape of the result.
    ///   - wanted: the inputs whose cotangents may be asked for.
    init(
        _ function: ScalarFunction, _ inputs: [Tensor?], shapes: [Dimensions?], wanted: [Bool], _ scalars: [Double],
        usingOutput: Bool
    ) {
        partials = wanted.indices.map { position in
            wanted[position]
                ? function.derivatives.partial(position, usingOutput: usingOutput, name: function.name) : nil
        }
        var kept = [Tensor?](repeating: nil, count: inputs.count)
        for case let partial? in partials {
            for operand in partial.operands where operand < inputs.count { kept[operand] = inputs[operand] }
        }
        self.kept = kept
        firstAlike = partials.indices.map { [partials] position in
            partials.firstIndex {
                $0?.function?.program == partials[position]?.function?.program
                    && $0?.operands == partials[position]?.operands
            } ?? position
        }
        self.scalars = scalars
        self.shapes = shapes
    }

    /// Whether some cotangents are zero because a selection takes other elements.
    var isConditional: Bool { partials.contains { $0?.isConditional ?? false } }

    /// Whether the output has to be given.
    var readsOutput: Bool { partials.contains { $0?.operands.contains(shapes.count + 1) ?? false } }

    func readsInput(_ position: Int) -> Bool { partials.contains { $0?.operands.contains(position) ?? false } }

    /// The inputs' cotangents.
    ///
    /// - Parameter output: the function's result, where it has to be given.
    func callAsFunction(_ cotangent: Tensor, _ output: Tensor?, _ pass: BackwardPass) -> [Tensor?] {
        // A function of a sum, such as an activation after a bias, has the same derivative for both operands.
        var shared: [(position: Int, value: Tensor)] = []
        let scalarsAreFinite = !pass.mayHoldUntaken || scalars.allSatisfy { Float($0).isFinite }
        return partials.indices.map { position in
            guard pass.wants(position), let partial = partials[position], !partial.isZero else { return nil }
            let shape = shapes[position] ?? cotangent.dimensions
            let function =
                pass.mayHoldUntaken
                ? partial.keepingZero(cotangent: shapes.count, scalarsAreFinite: scalarsAreFinite) : partial.function
            guard let derivative = function else { return cotangent.summed(to: shape) }
            let first = firstAlike[position]
            if let known = shared.first(where: { $0.position == first }) {
                return known.value.summed(to: shape)
            }
            let operands = partial.operands.map { operand -> Tensor in
                if operand < shapes.count, let input = kept[operand] { return pass.saved(input) }
                if operand > shapes.count, let output { return pass.savedOutput(output) }
                return cotangent
            }
            if firstAlike.indices.contains(where: { $0 != position && firstAlike[$0] == first && pass.wants($0) }) {
                let value = Tensor.apply(derivative, operands, scalars: scalars).expanded(to: cotangent.dimensions)
                shared.append((first, value))
                return value.summed(to: shape)
            }
            return Tensor.apply(derivative, operands, scalars, cotangent.dimensions, summedTo: shape)
        }
    }
}
