import UnloopBackend

extension Tensor {
    /// The slices of an axis at these positions: the axis is replaced by the axes of `indices`.
    ///
    /// - Parameter indices: int32, each in `0 ..< size of the axis`; others are an error when elements are read.
    public func gathering(_ indices: Tensor, axis: Int = 0) -> Tensor {
        let axis = resolved(axis: axis, "gather")
        Tensor.requireSameDevice("gather", self, indices)
        require(indices.elementType == .int32, "gather: indices are \(indices.elementType), not int32")
        let size = dimensions[axis]
        let target = Dimensions(dimensions.prefix(axis) + Array(indices.dimensions) + dimensions.dropFirst(axis + 1))
        let descriptor = gatherDescriptor(axis, rows: size, count: indices.count)
        let result = Tensor.make("gather", on: device, elementType, target) { backend, output in
            if target.product == 0 { return }
            try backend.gather(
                descriptor, table: try contiguousView(), indices: try indices.contiguousView(),
                output: output)
        }
        return result.recorded(self, selects: true) { cotangent, _ in
            cotangent.scatteringAdd(indices, axis: axis, size: size)
        }
    }

    /// The transpose of `gathering`: the axes of `indices`, from `axis` on, become one axis of `size`, whose slice r is the sum of all
    /// slices with index r, added in order; zero where there is none.
    ///
    /// - Parameter indices: int32, each in `0 ..< size`; others are an error when elements are read.
    public func scatteringAdd(_ indices: Tensor, axis: Int = 0, size: Int) -> Tensor {
        let axis = axis < 0 ? axis + rank : axis
        require(size >= 0, "scatterAdd: an axis of size \(size)")
        Tensor.requireSameDevice("scatterAdd", self, indices)
        require(indices.elementType == .int32, "scatterAdd: indices are \(indices.elementType), not int32")
        require(
            axis >= 0 && axis <= rank - indices.rank
                && Dimensions(dimensions[axis..<axis + indices.rank]) == indices.dimensions,
            "scatterAdd: axes of \(dimensions) from \(axis) on are not those of the indices \(indices.dimensions)")
        let rest = dimensions.dropFirst(axis + indices.rank)
        let target = Dimensions(Array(dimensions.prefix(axis)) + [size] + Array(rest))
        let descriptor = GatherDescriptor(
            outer: dimensions.prefix(axis).product, rows: size, inner: rest.product, count: indices.count)
        let result = Tensor.make("scatterAdd", on: device, elementType, target) { backend, output in
            if target.product == 0 { return }
            if count == 0 { return try Tensor.fill(output, 0, backend) }
            try backend.scatterAdd(
                descriptor, source: try contiguousView(), indices: try indices.contiguousView(),
                output: output)
        }
        return result.recorded(self) { cotangent, _ in cotangent.gathering(indices, axis: axis) }
    }

    private func gatherDescriptor(_ axis: Int, rows: Int, count: Int) -> GatherDescriptor {
        GatherDescriptor(
            outer: dimensions.prefix(axis).product, rows: rows, inner: dimensions.dropFirst(axis + 1).product,
            count: count)
    }

    /// One element along the last axis for each position of the others: `result[…] = self[…, indices[…]]`, as for
    /// the probability of each example's class.
    ///
    /// - Parameter indices: int32, of this tensor's shape without the last axis, each in `0 ..< size of the last axis`; others are an
    ///   error when elements are read.
    public func takingAlongLastAxis(_ indices: Tensor) -> Tensor {
        require(
            rank >= 1 && indices.dimensions == Dimensions(dimensions.dropLast()),
            "takingAlongLastAxis: \(dimensions) needs indices of shape \(Dimensions(dimensions.dropLast())), got \(indices.dimensions)"
        )
        Tensor.requireSameDevice("takingAlongLastAxis", self, indices)
        require(
            indices.elementType == .int32, "takingAlongLastAxis: indices are \(indices.elementType), not int32")
        let size = dimensions[rank - 1]
        let descriptor = GatherDescriptor(outer: indices.count, rows: size, inner: 1, count: 1, hasOwnIndices: true)
        let result = Tensor.make("takingAlongLastAxis", on: device, elementType, indices.dimensions) {
            backend, output in
            if indices.count == 0 { return }
            try backend.gather(
                descriptor, table: try contiguousView(), indices: try indices.contiguousView(),
                output: output)
        }
        return result.recorded(self, selects: true) { cotangent, _ in
            cotangent.placingAlongLastAxis(indices, size: size)
        }
    }

    /// The transpose of `takingAlongLastAxis`: a new last axis with the element at the position of the index and 0 elsewhere.
    private func placingAlongLastAxis(_ indices: Tensor, size: Int) -> Tensor {
        let target = Dimensions(Array(dimensions) + [size])
        let descriptor = GatherDescriptor(outer: count, rows: size, inner: 1, count: 1, hasOwnIndices: true)
        let result = Tensor.make("takingAlongLastAxis", on: device, elementType, target) { backend, output in
            if target.product == 0 { return }
            try backend.scatterAdd(
                descriptor, source: try contiguousView(), indices: try indices.contiguousView(),
                output: output)
        }
        return result.recorded(self) { cotangent, _ in cotangent.takingAlongLastAxis(indices) }
    }

    /// A new last axis of `depth` with 1 at the position that the int32 element names and 0 elsewhere (all 0 if the element
    /// is outside).
    public func oneHot(_ depth: Int, _ type: ElementType = .float32) -> Tensor {
        require(elementType == .int32, "oneHot: elements are \(elementType), not int32")
        require(depth >= 0, "oneHot: an axis of size \(depth)")
        return (expandingDimension(at: -1) .== Tensor.indices(depth, on: device)).to(type)
    }

    /// Cumulative sums along an axis: element i is the sum of the elements 0 … i, or for `reversed` of those from i on.
    public func cumulativeSum(_ axis: Int = -1, reversed: Bool = false) -> Tensor {
        let axis = resolved(axis: axis, "cumulativeSum")
        let descriptor = ScanDescriptor(
            outer: dimensions.prefix(axis).product, length: dimensions[axis],
            inner: dimensions.dropFirst(axis + 1).product, reversed: reversed)
        let result = Tensor.make("cumulativeSum", on: device, elementType, dimensions) { backend, output in
            if count == 0 { return }
            let folded: Dimensions = [descriptor.outer, descriptor.length, descriptor.inner]
            try backend.scan(
                descriptor, input: try stopGradient().contiguous().reshaped(folded).view(),
                output: StridedView(output.buffer, shape: folded))
        }
        return result.recorded(self) { cotangent, _ in cotangent.cumulativeSum(axis, reversed: !reversed) }
    }
}
