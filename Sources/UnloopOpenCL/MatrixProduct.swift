#if OpenCL
    import UnloopBackend

    /// A matrix of a product, or a batch of them, in a buffer.
    struct MatrixOperand {
        var buffer: OpenCLBuffer
        var offset: Int
        var rowStride: Int
        var columnStride: Int
        /// One stride for each batch axis of the product; 0 repeats.
        var batchStrides: [Int]

        var transposed: MatrixOperand {
            MatrixOperand(
                buffer: buffer, offset: offset, rowStride: columnStride, columnStride: rowStride,
                batchStrides: batchStrides)
        }

        /// How many different matrices there are, and the place of each batch index among them.
        func distinct(_ batch: [Int]) -> (shape: [Int], strides: [Int], indexStrides: [Int], count: Int) {
            let shape = zip(batch, batchStrides).map { $1 == 0 ? 1 : $0 }
            var (count, indexStrides) = (1, [Int](repeating: 0, count: batch.count))
            for axis in batch.indices.reversed() where batchStrides[axis] != 0 {
                indexStrides[axis] = count
                count *= shape[axis]
            }
            return (shape, batchStrides, indexStrides, count)
        }
    }

    /// A batch of products `c = a b` in its simplest equivalent form: as few batch axes as possible.
    struct MatrixProduct {
        var m: Int
        var n: Int
        var k: Int
        var batch: [Int]
        var a: MatrixOperand
        var b: MatrixOperand
        var c: MatrixOperand

        /// Batch axes that kernels can decompose an index into.
        static let batchAxes = 4

        init(
            _ descriptor: MatmulDescriptor, a: StridedView, b: StridedView, c: StridedView,
            buffer: (Buffer) -> OpenCLBuffer
        ) {
            func operand(_ view: StridedView) -> MatrixOperand {
                let rank = view.strides.count
                return MatrixOperand(
                    buffer: buffer(view.buffer), offset: view.offset, rowStride: view.strides[rank - 2],
                    columnStride: view.strides[rank - 1], batchStrides: Array(view.strides.prefix(rank - 2)))
            }
            (m, n, k) = (descriptor.m, descriptor.n, descriptor.k)
            batch = Array(descriptor.batch)
            (self.a, self.b, self.c) = (operand(a), operand(b), operand(c))
            normalizeStrides()
            mergeBatchAxes()
            foldBatchIntoRows()
        }

        /// Strides of axes of size 1 mean nothing; give them the values that let fast paths see contiguous lines.
        private mutating func normalizeStrides() {
            func normalize(_ operand: inout MatrixOperand, rows: Int, columns: Int) {
                if columns == 1 && operand.rowStride != 1 { operand.columnStride = 1 }
                if rows == 1 && operand.columnStride != 1 { operand.rowStride = 1 }
            }
            normalize(&a, rows: m, columns: k)
            normalize(&b, rows: k, columns: n)
        }

        private mutating func mergeBatchAxes() {
            var merged: (batch: [Int], a: [Int], b: [Int], c: [Int]) = ([], [], [], [])
            for axis in batch.indices where batch[axis] != 1 {
                let (size, sa, sb, sc) = (batch[axis], a.batchStrides[axis], b.batchStrides[axis], c.batchStrides[axis])
                if let last = merged.batch.indices.last, merged.a[last] == sa * size, merged.b[last] == sb * size,
                    merged.c[last] == sc * size
                {
                    merged.batch[last] *= size
                    (merged.a[last], merged.b[last], merged.c[last]) = (sa, sb, sc)
                } else {
                    merged.batch.append(size)
                    merged.a.append(sa)
                    merged.b.append(sb)
                    merged.c.append(sc)
                }
            }
            batch = merged.batch
            (a.batchStrides, b.batchStrides, c.batchStrides) = (merged.a, merged.b, merged.c)
        }

        /// A batch that multiplies one matrix b is one product with more rows.
        private mutating func foldBatchIntoRows() {
            guard let last = batch.indices.last, b.batchStrides[last] == 0 else { return }
            guard m == 1 || (a.batchStrides[last] == m * a.rowStride && c.batchStrides[last] == m * c.rowStride) else {
                return
            }
            if m == 1 { (a.rowStride, c.rowStride) = (a.batchStrides[last], c.batchStrides[last]) }
            m *= batch.removeLast()
            a.batchStrides.removeLast()
            b.batchStrides.removeLast()
            c.batchStrides.removeLast()
        }

        /// The same product seen from the other side: `cᵀ = bᵀ aᵀ`. The products and their order do not change.
        var transposed: MatrixProduct {
            var result = self
            (result.m, result.n) = (n, m)
            (result.a, result.b, result.c) = (b.transposed, a.transposed, c.transposed)
            return result
        }

        var batchCount: Int { batch.reduce(1, *) }

        /// This product as one of the first columns and one of the others, or, where there are no `columns` to part, as products of
        /// halves of the batch; nil for a single panel of a single matrix.
        func halves(columns: Int) -> [MatrixProduct]? {
            if columns == 0 { return batchCount > 1 ? parts(limit: batchCount / 2) : nil }
            var (first, rest) = (self, self)
            first.n = columns
            rest.n = n - columns
            rest.b.offset += columns * b.columnStride
            rest.c.offset += columns * c.columnStride
            return [first, rest]
        }

        /// This product as several with at most `batchAxes` batch axes and at most `limit` products.
        func parts(limit: Int) -> [MatrixProduct] {
            guard let size = batch.first, batch.count > Self.batchAxes || batchCount > limit else { return [self] }
            let rest = batch.dropFirst().reduce(1, *)
            let step = batch.count > Self.batchAxes ? 1 : max(1, min(size, limit / max(1, rest)))
            return stride(from: 0, to: size, by: step).flatMap { start -> [MatrixProduct] in
                var part = self
                part.batch[0] = min(step, size - start)
                part.a.offset += start * a.batchStrides[0]
                part.b.offset += start * b.batchStrides[0]
                part.c.offset += start * c.batchStrides[0]
                part.mergeBatchAxes()
                return part.parts(limit: limit)
            }
        }
    }
#endif
