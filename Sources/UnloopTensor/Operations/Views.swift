import UnloopBackend

extension Tensor {
    /// The same elements in row-major order with another shape. One size may be -1: whatever is left. Copies only when
    /// the strides leave no other way.
    public func reshaped(_ shape: Int...) -> Tensor { reshaped(shape) }

    /// The same elements in row-major order with another shape. One size may be -1: whatever is left, and 0 where the other sizes leave
    /// room for no elements. Copies only when the strides leave no other way.
    public func reshaped(_ shape: [Int]) -> Tensor {
        var target = Dimensions(shape)
        if let unknown = shape.firstIndex(of: -1) {
            target[unknown] = 1
            let rest = target.contains { $0 < 0 } ? -1 : target.product
            require(
                rest > 0 && count % rest == 0 || rest == 0 && count == 0,
                "reshape: \(dimensions) has \(count) elements, which \(shape) cannot hold")
            target[unknown] = rest == 0 ? 0 : count / rest
        }
        return reshaped(target)
    }

    func reshaped(_ target: Dimensions) -> Tensor {
        if target == dimensions { return self }
        require(
            !target.contains { $0 < 0 } && target.product == count,
            "reshape: \(dimensions) has \(count) elements, "
                + (target.contains { $0 < 0 } ? "\(target) a negative size" : "\(target) has \(target.product)"))
        let result: Tensor
        if let strides = Self.reshapedStrides(dimensions, strides, to: target) {
            result = reviewed(target, strides)
        } else {
            result = stopGradient().contiguous().reviewed(target, target.rowMajorStrides)
        }
        let shape = dimensions
        return result.recorded(self) { cotangent, _ in cotangent.reshaped(shape) }
    }

    /// The strides with which the same elements appear, in the same order, in another shape; nil if there are none.
    static func reshapedStrides(_ dimensions: Dimensions, _ strides: Dimensions, to target: Dimensions) -> Dimensions? {
        if target.hasEmptyAxis { return target.rowMajorStrides }
        // Runs of axes that are evenly spaced count as one axis; axes of size 1 do not count.
        var runs: [(size: Int, step: Int)] = []
        for axis in dimensions.indices where dimensions[axis] != 1 {
            if let last = runs.last, last.step == strides[axis] * dimensions[axis] {
                runs[runs.count - 1] = (last.size * dimensions[axis], strides[axis])
            } else {
                runs.append((dimensions[axis], strides[axis]))
            }
        }
        // Each run must be divided among new axes without rest, from the last on.
        var result = Dimensions(repeating: 1, count: target.count)
        for axis in target.indices.reversed() where target[axis] != 1 {
            guard let run = runs.last, run.size % target[axis] == 0 else { return nil }
            result[axis] = run.step
            if run.size == target[axis] {
                runs.removeLast()
            } else {
                runs[runs.count - 1] = (run.size / target[axis], run.step * target[axis])
            }
        }
        return result
    }

    /// All axes from `first` on become one.
    public func flattened(from first: Int = 0) -> Tensor {
        if rank == 0 { return reshaped([1] as Dimensions) }
        let first = first == rank ? rank : resolved(axis: first, "flatten")
        var target = Dimensions(dimensions.prefix(first))
        target.append(dimensions.dropFirst(first).product)
        return reshaped(target)
    }

    /// The axes in another order: axis i of the result is axis `order[i]`. A view.
    public func permuted(_ order: [Int]) -> Tensor {
        let axes = Dimensions(order.map { resolved(axis: $0, "permute") })
        require(
            Set(axes).count == rank && axes.count == rank, "permute: \(order) is no order of the axes of \(dimensions)")
        return permuted(axes)
    }

    func permuted(_ order: Dimensions) -> Tensor {
        var newDimensions = dimensions
        var newStrides = strides
        var inverse = order
        for axis in order.indices {
            newDimensions[axis] = dimensions[order[axis]]
            newStrides[axis] = strides[order[axis]]
            inverse[order[axis]] = axis
        }
        return reviewed(newDimensions, newStrides).recorded(self) { [inverse] cotangent, _ in
            cotangent.permuted(inverse)
        }
    }

    /// The last two axes exchanged. A view. A tensor of rank 0 or 1 is returned as it is.
    public func transposed() -> Tensor { rank < 2 ? self : transposed(-2, -1) }

    /// Two axes exchanged. A view.
    public func transposed(_ first: Int, _ second: Int) -> Tensor {
        var order = Dimensions(dimensions.indices)
        let (a, b) = (resolved(axis: first, "transpose"), resolved(axis: second, "transpose"))
        order[a] = b
        order[b] = a
        return permuted(order)
    }

    /// A new axis of size 1 before this position; negative positions count from the end of the result. A view.
    public func expandingDimension(at position: Int) -> Tensor {
        let axis = position < 0 ? position + rank + 1 : position
        require(axis >= 0 && axis <= rank, "expandingDimension: \(dimensions) has no position \(position)")
        var target = Dimensions(dimensions.prefix(axis))
        target.append(1)
        for size in dimensions.dropFirst(axis) { target.append(size) }
        return reshaped(target)
    }

    /// Without the given axes, which have size 1; without arguments, all axes of size 1 go. A view.
    public func squeezed(_ axes: Int...) -> Tensor {
        let removed = Set(axes.map { resolved(axis: $0, "squeeze") })
        for axis in removed {
            require(dimensions[axis] == 1, "squeeze: axis \(axis) of \(dimensions) has not size 1")
        }
        return reshaped(
            Dimensions(
                dimensions.indices.filter { axes.isEmpty ? dimensions[$0] != 1 : !removed.contains($0) }
                    .map { dimensions[$0] }))
    }

    /// Repeated to a larger shape, as broadcasting does: axes of size 1 and missing first axes repeat. A view.
    public func expanded(to shape: [Int]) -> Tensor { expanded(to: Dimensions(shape)) }

    func expanded(to target: Dimensions) -> Tensor {
        if target == dimensions { return self }
        require(
            !target.contains { $0 < 0 } && Self.broadcast(dimensions, target) == target,
            "expand: \(dimensions) does not broadcast to \(target)")
        // Counted once, so that whoever walks over the elements need not expect more than can be counted.
        _ = target.product
        let shape = dimensions
        return reviewed(target, broadcastStrides(target)).recorded(self) { cotangent, _ in cotangent.summed(to: shape) }
    }

    /// The elements in row-major order in memory of their own; the tensor itself if they are already.
    public func contiguous() -> Tensor {
        if isContiguous { return self }
        let copy = Self.make("contiguous", on: device, elementType, dimensions) { backend, output in
            if count > 0 { try backend.copy(try view(), to: output) }
        }
        return copy.recorded(self) { cotangent, _ in cotangent }
    }

    /// The elements as a backend takes them where it takes row-major ones only.
    func contiguousView() throws(TensorError) -> StridedView {
        isContiguous ? try view() : try stopGradient().contiguous().view()
    }
}
