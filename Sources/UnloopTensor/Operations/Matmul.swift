import UnloopBackend

/// The matrix product of the last two axes: `[…, m, k] · […, k, n] = […, m, n]`. The axes before broadcast. Transposed
/// views are passed on without copying.
///
/// For vectors see `dot`.
public func matmul(_ a: Tensor, _ b: Tensor) -> Tensor {
    let result = Tensor.product(a, b)
    guard a.isTracked || b.isTracked else { return result }
    return result.recorded([a.node, b.node]) { Tensor.productCotangents($0, a, b, $1) }
}

/// A matrix product to which a function is applied before it is stored: bias and activation in one pass.
///
/// - Parameters:
///   - function: its first input is the product's element, the others are those of `inputs`.
///   - inputs: broadcast to the shape of the product.
public func matmul(
    _ a: Tensor, _ b: Tensor, epilogue function: ScalarFunction, inputs: [Tensor] = [], scalars: [Double] = []
) -> Tensor {
    Tensor.withEpilogue(
        function, scalars, inputs, (a, b), stored: { matmul(a, b) },
        fused: { Tensor.product(a, b, epilogue: function, inputs, scalars) },
        cotangents: { Tensor.productCotangents($0, a, b, $1) })
}

/// The dot product of the last axis of `a` with the vector or matrix `b`: vector · vector gives a number, matrix · vector
/// a vector; with a second operand of two or more axes it is `matmul`.
public func dot(_ a: Tensor, _ b: Tensor) -> Tensor {
    if b.rank >= 2 {
        return a.rank == 1 ? matmul(a.expandingDimension(at: 0), b).squeezed(-2) : matmul(a, b)
    }
    require(
        a.rank >= 1 && b.rank == 1 && a.dimensions[a.rank - 1] == b.dimensions[0],
        "dot: \(a.dimensions) and \(b.dimensions) do not agree")
    return Tensor.sum(of: Tensor.dotProduct, [a, b], axes: [-1])
}

/// The outer product of two vectors: `[m]` and `[n]` to `[m, n]`.
public func outer(_ a: Tensor, _ b: Tensor) -> Tensor {
    require(a.rank == 1 && b.rank == 1, "outer: takes two vectors, got \(a.dimensions) and \(b.dimensions)")
    return a.expandingDimension(at: 1) * b
}

extension Tensor {
    fileprivate static let dotProduct = ScalarFunction("dot", { (x: Scalar, y: Scalar) in x * y })

    /// The cotangents of both operands, where the pass wants its first two inputs.
    fileprivate static func productCotangents(_ cotangent: Tensor, _ a: Tensor, _ b: Tensor, _ pass: BackwardPass)
        -> [Tensor?]
    {
        let (x, y) = (pass.saved(a), pass.saved(b))
        return [
            pass.wants(0) ? leftCotangent(cotangent, x, y) : nil,
            pass.wants(1) ? rightCotangent(cotangent, x, y) : nil,
        ]
    }

    /// c̄ · bᵀ, in the shape of a.
    fileprivate static func leftCotangent(_ cotangent: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
        guard a.isRepeated(in: cotangent) else { return matmul(cotangent, b.transposed()) }
        let repetition = BatchRepetition(of: a, in: cotangent)
        let (m, k, n) = (a.dimensions[a.rank - 2], a.dimensions[a.rank - 1], b.dimensions[b.rank - 1])
        // To lay the batch beside the columns copies both operands; where a batch of products takes less memory, they are added.
        guard repetition.count > 1, (m + k) * n < m * k else {
            return matmul(cotangent, b.transposed()).summed(to: a.dimensions)
        }
        return matmul(
            repetition.besideRows(cotangent.transposed()).transposed(), repetition.besideRows(b.transposed())
        ).reshaped(a.dimensions)
    }

    /// aᵀ · c̄, in the shape of b.
    fileprivate static func rightCotangent(_ cotangent: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
        guard b.isRepeated(in: cotangent) else { return matmul(a.transposed(), cotangent) }
        // One product over all rows of the batch instead of a batch of products that are then added.
        let repetition = BatchRepetition(of: b, in: cotangent)
        return matmul(repetition.besideRows(a).transposed(), repetition.besideRows(cotangent)).reshaped(b.dimensions)
    }

    /// Whether a product has axes of its batch that this operand lacks, or has with another size.
    private func isRepeated(in product: Tensor) -> Bool {
        rank != product.rank || (0..<rank - 2).contains { dimensions[$0] != product.dimensions[$0] }
    }

    /// The product without its derivative.
    fileprivate static func product(
        _ a: Tensor, _ b: Tensor, epilogue function: ScalarFunction? = nil, _ inputs: [Tensor] = [],
        _ scalars: [Double] = []
    ) -> Tensor {
        require(
            a.rank >= 2 && b.rank >= 2,
            "matmul: \(a.dimensions) and \(b.dimensions) must have at least two axes each; use dot for vectors")
        requireSameDevice("matmul", a, b)
        require(
            a.elementType == b.elementType && a.elementType != .int32,
            "matmul: elements are \(a.elementType) and \(b.elementType); both must be the same real type")
        let (m, k) = (a.dimensions[a.rank - 2], a.dimensions[a.rank - 1])
        let n = b.dimensions[b.rank - 1]
        require(
            b.dimensions[b.rank - 2] == k,
            "matmul: \(a.dimensions) and \(b.dimensions) do not agree: \(k) columns and \(b.dimensions[b.rank - 2]) rows"
        )
        var target: Dimensions
        var descriptor: MatmulDescriptor
        var left = a.withUnitStride()
        var right = b.withUnitStride()
        if b.rank == 2, a.rank > 2 {
            // A batch times one matrix is one tall product: each output element is its own chain, so the bits are the same.
            target = Dimensions(a.dimensions.dropLast())
            left = left.stopGradient().reshaped([target.product, k] as Dimensions)
            target.append(n)
            descriptor = MatmulDescriptor(m: left.dimensions[0], n: n, k: k)
        } else {
            let leftBatch = Dimensions(a.dimensions.dropLast(2))
            let rightBatch = Dimensions(b.dimensions.dropLast(2))
            guard let batch = broadcast(leftBatch, rightBatch) else {
                misuse(
                    "matmul: the batches of \(a.dimensions) and \(b.dimensions) do not broadcast")
            }
            target = batch
            target.append(m)
            target.append(n)
            descriptor = MatmulDescriptor(batch: batch, m: m, n: n, k: k)
            if leftBatch != batch { left = left.stopGradient().expanded(to: Dimensions(batch + [m, k])) }
            if rightBatch != batch { right = right.stopGradient().expanded(to: Dimensions(batch + [k, n])) }
        }
        var folded = descriptor.batch
        folded.append(descriptor.m)
        folded.append(descriptor.n)
        let type = epilogueType(function, a.elementType)
        return make("matmul", on: a.device, type, target) { backend, output in
            if target.product == 0 { return }
            try backend.matmul(
                descriptor, try left.view(), try right.view(),
                epilogue: try function.map { try epilogueOnProduct($0, inputs, scalars, target, folded) },
                output: StridedView(output.buffer, shape: folded))
        }
    }

    /// A copy, not tracked, unless one of the last two axes has stride 1 (or size 1), as backends require.
    fileprivate func withUnitStride() -> Tensor {
        let (row, column) = (rank - 2, rank - 1)
        let fits = strides[column] == 1 || strides[row] == 1 || dimensions[column] == 1 || dimensions[row] == 1
        return fits ? self : stopGradient().contiguous()
    }
}

/// The axes of a batch along which an operand of a product is repeated, and those along which it is not.
private struct BatchRepetition {
    private let batch: Dimensions
    /// Those along which it is not, then the others.
    private let order: Dimensions
    private let keptSizes: Dimensions
    /// How often the operand occurs.
    let count: Int

    init(of operand: Tensor, in product: Tensor) {
        batch = Dimensions(product.dimensions.dropLast(2))
        let shift = product.rank - operand.rank
        var (kept, keptSizes) = (Dimensions(), Dimensions())
        var (repeated, count) = (Dimensions(), 1)
        for axis in batch.indices {
            if batch[axis] == 1 || axis >= shift && operand.dimensions[axis - shift] == batch[axis] {
                kept.append(axis)
                keptSizes.append(batch[axis])
            } else {
                repeated.append(axis)
                count *= batch[axis]
            }
        }
        for axis in repeated { kept.append(axis) }
        (order, self.keptSizes, self.count) = (kept, keptSizes, count)
    }

    /// A batch of matrices, repeated where the batch repeats it, with its repeated axes and its rows as one axis, row-major.
    func besideRows(_ matrices: Tensor) -> Tensor {
        let (rows, columns) = (matrices.dimensions[matrices.rank - 2], matrices.dimensions[matrices.rank - 1])
        var (whole, axes, target) = (batch, order, keptSizes)
        for size in [rows, columns] {
            axes.append(whole.count)
            whole.append(size)
        }
        target.append(count * rows)
        target.append(columns)
        let spread = matrices.expanded(to: whole)
        return (axes.elementsEqual(axes.indices) ? spread : spread.permuted(axes)).reshaped(target)
    }
}
