import CUnloopCPU
import UnloopBackend

extension CPUBackend {
    public func matmul(
        _ descriptor: MatmulDescriptor, _ a: StridedView, _ b: StridedView, epilogue: Epilogue?, output: StridedView
    ) throws(BackendError) {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        try requireReal(a.elementType, "matmul")
        memory.countLaunch()
        try withSums(epilogue, output) { sums, finish throws(BackendError) in
            try multiply(descriptor, a, b, sums, finish)
        }
    }

    private func multiply(
        _ descriptor: MatmulDescriptor, _ a: StridedView, _ b: StridedView, _ output: StridedView, _ finish: Finish?
    ) throws(BackendError) {
        let rank = descriptor.batch.count
        var product = unloop_product()
        (product.m, product.n, product.k) = (Int64(descriptor.m), Int64(descriptor.n), Int64(descriptor.k))
        product.operand = UNLOOP_OPERAND_STRIDED
        (product.a_row, product.a_k) = (Int64(a.strides[rank]), Int64(a.strides[rank + 1]))
        (product.b_middle, product.b_inner) = (1, Int64(max(1, descriptor.k)))
        (product.b_k, product.b_n) = (Int64(b.strides[rank]), Int64(b.strides[rank + 1]))
        product.c_row = Int64(descriptor.n)
        // An axis of one element may have any stride; 1 lets the kernels take the short way.
        if descriptor.m == 1 { product.a_row = product.a_k == 1 ? Int64(descriptor.k) : 1 }
        if descriptor.k == 1 {
            product.a_k = product.a_row == 1 ? Int64(descriptor.m) : 1
            product.b_k = product.b_n == 1 ? Int64(descriptor.n) : 1
        }
        if descriptor.n == 1 { product.b_n = product.b_k == 1 ? Int64(descriptor.k) : 1 }

        var axes = BatchAxes(descriptor.batch, a.strides, b.strides)
        if axes.isRows(ofHeight: descriptor.m, stride: Int(product.a_row)) {
            product.m *= Int64(axes.count)
            axes = BatchAxes([], [], [])
        }
        let result = descriptor.m * descriptor.n
        nonisolated(unsafe) let (left, right, target) = (a.reals, b.reals, output.reals)
        nonisolated(unsafe) let prototype = product
        try runProducts(count: axes.count, finish: finish) { [axes] index in
            let (leftOffset, rightOffset) = axes.offsets(index)
            var product = prototype
            product.a = UnsafePointer(left + leftOffset)
            product.b = UnsafePointer(right + rightOffset)
            product.c = target + index * result
            return product
        }
    }
}

/// The batch axes of a product, those that run on in both operands joined.
private struct BatchAxes: Sendable {
    private var sizes = Dimensions()
    private var leftStrides = Dimensions()
    private var rightStrides = Dimensions()
    let count: Int

    init(_ batch: Dimensions, _ left: Dimensions, _ right: Dimensions) {
        count = batch.product
        for axis in batch.indices where batch[axis] != 1 {
            let last = sizes.count - 1
            if last >= 0 && leftStrides[last] == left[axis] * batch[axis]
                && rightStrides[last] == right[axis] * batch[axis]
            {
                sizes[last] *= batch[axis]
                leftStrides[last] = left[axis]
                rightStrides[last] = right[axis]
            } else {
                sizes.append(batch[axis])
                leftStrides.append(left[axis])
                rightStrides.append(right[axis])
            }
        }
    }

    /// Whether all batches have the same right operand, and their left operands' rows follow one another: then they are
    /// one product of more rows.
    func isRows(ofHeight m: Int, stride: Int) -> Bool {
        sizes.count == 1 && rightStrides[0] == 0 && leftStrides[0] == m * stride
    }

    /// Where the operands of a product begin.
    func offsets(_ index: Int) -> (left: Int, right: Int) {
        var rest = index
        var (left, right) = (0, 0)
        for axis in sizes.indices.reversed() {
            let (quotient, position) = rest.quotientAndRemainder(dividingBy: sizes[axis])
            left += position * leftStrides[axis]
            right += position * rightStrides[axis]
            rest = quotient
        }
        return (left, right)
    }
}

/// Completes elements of a result once their sums are stored. No closure: one that outlives the call would be an object, and count the
/// backend and the function as its own.
struct Finish: @unchecked Sendable {
    fileprivate let plan: UnsafePointer<unloop_map_plan>
    fileprivate let scratch: Scratch
    /// The first element of the part of the result that is meant.
    fileprivate var first = 0

    /// Completes the elements `begin ..< end`, counted in row-major order.
    func callAsFunction(_ begin: Int, _ end: Int) {
        scratch.lend { unloop_map_range(plan, Int64(first + begin), Int64(first + end), $0) }
    }

    /// For the part of the result that begins at an element.
    func from(_ element: Int) -> Finish {
        var result = self
        result.first += element
        return result
    }
}

extension CPUBackend {
    /// Lets `compute` write its sums and apply the epilogue to them. `compute` calls the closure that it is given exactly
    /// once for each element of the result, best while the element is in a cache.
    @inline(__always)
    func withSums(
        _ epilogue: Epilogue?, _ output: StridedView,
        _ compute: (_ sums: StridedView, _ finish: Finish?) throws(BackendError) -> Void
    ) throws(BackendError) {
        guard let epilogue, output.elementCount > 0 else { return try compute(output, nil) }
        // A result of another type cannot hold the sums.
        let sums =
            output.elementType == .float32
            ? output : StridedView(try allocate(.float32, count: output.elementCount), shape: output.shape)
        try withPlan(
            try epilogue.loweredToRun(), shape: output.shape,
            inputs: [sums] + epilogue.inputs,
            scalars: epilogue.scalars, outputs: [output]
        ) { plan throws(BackendError) in
            try withScratch(unloop_map_scratch_size(plan)) { scratch throws(BackendError) in
                try compute(sums, Finish(plan: plan, scratch: scratch))
            }
        }
    }

    /// Calls `finish` for the elements of a result of this size, on all threads.
    func finishAll(_ count: Int, _ finish: Finish) {
        let section = max(4096, (count / (4 * threadCount) + 63) / 64 * 64)
        threads.run(count: (count + section - 1) / section) { index in
            finish(index * section, min(count, (index + 1) * section))
        }
    }

    func requireReal(_ elementType: ElementType, _ operation: String) throws(BackendError) {
        guard elementType == .float32 else {
            throw .unsupported(
                device: "cpu", operation: operation, reason: "\(elementType) arrays; convert them to float32")
        }
    }
}
