import UnloopBackend

extension Tensor {
    /// Tensors one after the other along an axis; their other axes agree.
    ///
    /// - Precondition: at least one tensor.
    public static func concatenate(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
        guard let first = tensors.first else { misuse("concatenate: needs at least one tensor") }
        let axis = first.resolved(axis: axis, "concatenate")
        let device = device("concatenate", tensors)
        var shape = first.dimensions
        shape[axis] = 0
        var regions: [SliceRegion] = []
        for tensor in tensors {
            var expected = first.dimensions
            if tensor.rank == first.rank { expected[axis] = tensor.dimensions[axis] }
            require(
                tensor.dimensions == expected && tensor.elementType == first.elementType,
                "concatenate: \(first.dimensions) \(first.elementType) and \(tensor.dimensions) \(tensor.elementType) do not agree outside axis \(axis)"
            )
            var starts = Dimensions(repeating: 0, count: first.rank)
            starts[axis] = shape[axis]
            regions.append(
                SliceRegion(
                    starts: starts, steps: Dimensions(repeating: 1, count: first.rank), sizes: tensor.dimensions))
            let (size, overflow) = shape[axis].addingReportingOverflow(tensor.dimensions[axis])
            require(!overflow, "concatenate: axis \(axis) of \(tensors.count) tensors is longer than an Int can count")
            shape[axis] = size
        }
        let result = make("concatenate", on: device, first.elementType, shape) { backend, output in
            for (tensor, region) in zip(tensors, regions) where tensor.count > 0 {
                let start = region.starts[axis] * output.strides[axis]
                try backend.copy(
                    try tensor.view(),
                    to: StridedView(output.buffer, offset: start, shape: region.sizes, strides: output.strides))
            }
        }
        guard tensors.contains(where: \.isTracked) else { return result }
        return result.recorded(tensors.map(\.node)) { [regions] cotangent, pass in
            regions.indices.map { pass.wants($0) ? cotangent.sliced(regions[$0]) : nil }
        }
    }

    /// Tensors of one shape as the slices of a new axis.
    public static func stack(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
        for tensor in tensors.dropFirst() {
            require(
                tensor.dimensions == tensors[0].dimensions,
                "stack: shapes \(tensors[0].dimensions) and \(tensor.dimensions) differ")
        }
        return concatenate(tensors.map { $0.expandingDimension(at: axis) }, axis: axis)
    }

    /// Cut along an axis into parts of these sizes, which together are the axis. Views.
    public func split(_ sizes: [Int], axis: Int = 0) -> [Tensor] {
        let axis = resolved(axis: axis, "split")
        require(
            sizes.reduce(dimensions[axis]) { $0 >= $1 && $1 >= 0 ? $0 - $1 : -1 } == 0,
            "split: \(sizes) do not add up to axis \(axis) of \(dimensions)")
        var start = 0
        return sizes.map { size in
            defer { start += size }
            return sliced(axis: axis, start..<start + size)
        }
    }

    /// Cut along an axis into `count` equal parts. Views.
    public func split(into count: Int, axis: Int = 0) -> [Tensor] {
        let resolved = resolved(axis: axis, "split")
        require(
            count > 0 && dimensions[resolved] % count == 0,
            "split: axis \(resolved) of \(dimensions) is not divisible by \(count)")
        return split(Array(repeating: dimensions[resolved] / count, count: count), axis: resolved)
    }

    /// The slices along an axis, without the axis. Views.
    public func unstacked(axis: Int = 0) -> [Tensor] {
        let axis = resolved(axis: axis, "unstack")
        return (0..<dimensions[axis]).map { sliced(axis: axis, $0..<$0 + 1).squeezed(axis) }
    }

    /// Positions `range` of one axis; negative bounds count from the end. A view.
    public func sliced(axis: Int, _ range: Range<Int>) -> Tensor {
        let axis = resolved(axis: axis, "slice")
        let end = AxisSelection.End.before(range.upperBound)
        guard let range = end.positions(from: range.lowerBound, size: dimensions[axis]) else {
            misuse("slice: \(range) is outside axis \(axis) of \(dimensions)")
        }
        var region = SliceRegion(
            starts: Dimensions(repeating: 0, count: rank), steps: Dimensions(repeating: 1, count: rank),
            sizes: dimensions)
        region.starts[axis] = range.lowerBound
        region.sizes[axis] = range.count
        return sliced(region)
    }
}
