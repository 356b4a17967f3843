import UnloopBackend

/// The sum of products that matrix product and convolution are made of: fused multiply-adds one after the other from +0
/// on, in blocks of 256 terms; the blocks' sums are added one after the other.
struct ProductChain<Real: LoopReal> {
    private var earlierBlocks: Real?
    private var block: Real = 0
    private var length = 0

    @inline(__always)
    mutating func add(_ a: Real, _ b: Real) {
        if length == NumericsContract.productBlockLength {
            earlierBlocks = sum
            block = 0
            length = 0
        }
        block.addProduct(a, b)
        length += 1
    }

    var sum: Real { earlierBlocks.map { $0 + block } ?? block }
}

/// `output[b…, i, j] = Σ a[b…, i, k] · b[b…, k, j]`.
func multiplyMatrices<Real: LoopReal>(
    _ descriptor: MatmulDescriptor, _ a: StridedView, _ b: StridedView, output: StridedView, as type: Real.Type
) {
    let (left, right) = (a.buffer.elements(as: Real.self), b.buffer.elements(as: Real.self))
    let result = output.buffer.elements(as: Real.self)
    let (rank, m, n, k) = (descriptor.batch.count, descriptor.m, descriptor.n, descriptor.k)
    let (leftRow, leftStep) = (a.strides[rank], a.strides[rank + 1])
    let (rightStep, rightColumn) = (b.strides[rank], b.strides[rank + 1])

    forEachElement(of: descriptor.batch, in: [a, b]) { batch, offsets in
        let (leftStart, rightStart) = (offsets[0], offsets[1])
        let resultStart = output.offset + batch * m * n
        for i in 0..<m {
            for j in 0..<n {
                var chain = ProductChain<Real>()
                for p in 0..<k {
                    chain.add(
                        left[leftStart + i * leftRow + p * leftStep],
                        right[rightStart + p * rightStep + j * rightColumn])
                }
                result[resultStart + i * n + j] = chain.sum
            }
        }
    }
}
