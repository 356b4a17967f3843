import UnloopBackend

/// Elements moved, repeated or left out; nothing is computed, so NaN and -0 stay what they are.
extension Tensor {
    /// This tensor as often, one after the other along each axis, as `counts` says; 0 leaves nothing. NumPy's `tile`, PyTorch's
    /// `repeat`. The derivative of an element is the sum of those of its copies, added one axis after the other from the first on.
    ///
    /// - Parameter counts: one for each axis.
    public func tiled(_ counts: Int...) -> Tensor { tiled(counts) }

    /// This tensor as often, one after the other along each axis, as `counts` says.
    public func tiled(_ counts: [Int]) -> Tensor {
        require(
            counts.count == rank && counts.allSatisfy { $0 >= 0 },
            "tile: \(dimensions) needs \(rank) counts that are not negative, not \(counts)")
        var result = self
        // The last axis first, whose runs are the shortest.
        for axis in counts.indices.reversed() where counts[axis] != 1 {
            let shape = result.dimensions
            let (size, overflow) = shape[axis].multipliedReportingOverflow(by: counts[axis])
            require(!overflow, "tile: axis \(axis) of \(dimensions) is too long \(counts[axis]) times")
            var target = shape
            target[axis] = size
            let (outer, inner) = (shape.prefix(axis).product, shape.dropFirst(axis).product)
            result = result.reshaped([outer, 1, inner] as Dimensions)
                .expanded(to: [outer, counts[axis], inner] as Dimensions).reshaped(target)
        }
        return result
    }

    /// The elements moved along an axis by so many places, those that leave it at one end coming in at the other: the element at `i` is
    /// then at `i + places`. Negative numbers move towards the beginning.
    public func rolled(by places: Int, axis: Int = -1) -> Tensor {
        let axis = resolved(axis: axis, "roll")
        let size = dimensions[axis]
        if size == 0 { return self }
        let rest = places % size
        let places = rest < 0 ? rest + size : rest
        if places == 0 { return self }
        return .concatenate(
            [sliced(axis: axis, size - places..<size), sliced(axis: axis, 0..<size - places)], axis: axis)
    }

    /// The matrices of the last two axes with 0 above a diagonal: `tril`.
    ///
    /// - Parameter diagonal: the last one that stays: 0 is the main diagonal, positive numbers are to the right of it.
    public func lowerTriangle(diagonal: Int = 0) -> Tensor { triangle(diagonal, isLower: true) }

    /// The matrices of the last two axes with 0 below a diagonal: `triu`.
    ///
    /// - Parameter diagonal: the first one that stays: 0 is the main diagonal, positive numbers are to the right of it.
    public func upperTriangle(diagonal: Int = 0) -> Tensor { triangle(diagonal, isLower: false) }

    private func triangle(_ diagonal: Int, isLower: Bool) -> Tensor {
        let (rows, columns) = matrixSize(isLower ? "lowerTriangle" : "upperTriangle")
        // Diagonals outside the matrix are all the same on each side.
        let diagonal = Double(Swift.min(Swift.max(diagonal, -rows), columns))
        let distance =
            Tensor.indices(columns, on: device) - Tensor.indices(rows, on: device).expandingDimension(at: 1)
        return select(
            isLower ? distance .<= diagonal : distance .>= diagonal, self, Tensor.full([], 0, elementType, device))
    }

    /// A diagonal of the matrices of the last two axes, as the last axis of the result.
    ///
    /// - Parameter offset: 0 for the main diagonal, positive numbers for those to the right of it. One outside the matrix has no elements.
    public func diagonal(offset: Int = 0) -> Tensor {
        let (rows, columns) = matrixSize("diagonal")
        let axes = rank - 2
        let length = Self.diagonalLength(rows, columns, offset)
        var flat = Dimensions(dimensions.prefix(axes))
        var sizes = flat
        flat.append(rows * columns)
        sizes.append(length)
        var (starts, steps) = (Dimensions(repeating: 0, count: axes), Dimensions(repeating: 1, count: axes))
        starts.append(length == 0 ? 0 : offset >= 0 ? offset : -offset * columns)
        steps.append(columns + 1)
        return reshaped(flat).sliced(SliceRegion(starts: starts, steps: steps, sizes: sizes))
    }

    private static func diagonalLength(_ rows: Int, _ columns: Int, _ offset: Int) -> Int {
        // Of these no negation overflows.
        if offset >= columns || offset <= -rows { return 0 }
        return offset >= 0 ? Swift.min(rows, columns - offset) : Swift.min(rows + offset, columns)
    }

    /// Square matrices with the last axis as a diagonal and 0 elsewhere; the transpose of `diagonal`. A vector becomes a matrix.
    ///
    /// - Parameter offset: 0 for the main diagonal, positive numbers for those to the right of it.
    public func diagonalMatrix(offset: Int = 0) -> Tensor {
        require(rank >= 1, "diagonalMatrix: a single number has no axis that could be a diagonal")
        let (size, overflow) = dimensions[rank - 1].addingReportingOverflow(Int(clamping: offset.magnitude))
        let (elements, isTooLarge) = size.multipliedReportingOverflow(by: size)
        require(!overflow && !isTooLarge, "diagonalMatrix: \(dimensions) with the offset \(offset) is too large")
        let axes = rank - 1
        var (flat, target) = (Dimensions(dimensions.prefix(axes)), Dimensions(dimensions.prefix(axes)))
        flat.append(elements)
        target.append(size)
        target.append(size)
        var (starts, steps) = (Dimensions(repeating: 0, count: axes), Dimensions(repeating: 1, count: axes))
        starts.append(offset >= 0 ? offset : -offset * size)
        steps.append(size + 1)
        let region = SliceRegion(starts: starts, steps: steps, sizes: dimensions)
        return embedded(in: flat, region, fill: 0).reshaped(target)
    }

    private func matrixSize(_ operation: String) -> (rows: Int, columns: Int) {
        require(rank >= 2, "\(operation): \(dimensions) has no matrices")
        return (dimensions[rank - 2], dimensions[rank - 1])
    }

    /// The coordinates of a grid: one tensor for each of these axes, all with the axes' sizes as their shape; the first axis is the first
    /// of the shape (NumPy's and PyTorch's `indexing="ij"`). Views.
    ///
    /// - Parameter axes: of rank 1 each, on one device.
    public static func meshgrid(_ axes: [Tensor]) -> [Tensor] {
        var shape = Dimensions()
        for axis in axes {
            require(axis.rank == 1, "meshgrid: an axis has the shape \(axis.dimensions)")
            requireSameDevice("meshgrid", axes[0], axis)
            shape.append(axis.dimensions[0])
        }
        return axes.enumerated().map { position, axis in
            var own = Dimensions(repeating: 1, count: shape.count)
            own[position] = shape[position]
            return axis.reshaped(own).expanded(to: shape)
        }
    }

    /// What stands beyond the ends of an axis.
    public enum PaddingMode: Sendable, CaseIterable {
        /// The element at the end, again and again: `a a | a b c | c c`.
        case edge
        /// The axis mirrored at its end elements, which are not repeated: `c b | a b c | b a`. An axis of one element has that one.
        case reflection
        /// The axis from its other end: `b c | a b c | a b`.
        case wrapping

        /// The position of an axis of `size` elements that stands at a position outside it.
        fileprivate func source(_ position: Int, _ size: Int) -> Int {
            func remainder(_ period: Int) -> Int {
                let rest = position % period
                return rest < 0 ? rest + period : rest
            }
            switch self {
            case .edge: return Swift.min(Swift.max(position, 0), size - 1)
            case .wrapping: return remainder(size)
            case .reflection:
                if size == 1 { return 0 }
                let place = remainder(2 * (size - 1))
                return place < size ? place : 2 * (size - 1) - place
            }
        }
    }

    /// Extended along each axis by `before` and `after` elements that follow from the axis itself. The derivative of an element is the sum
    /// of those of its copies, in their order.
    ///
    /// - Parameter widths: one pair for each axis; they may be longer than the axis. An axis without elements cannot be extended.
    public func padded(_ widths: [(before: Int, after: Int)], mode: PaddingMode) -> Tensor {
        require(
            widths.count == rank && widths.allSatisfy { $0.before >= 0 && $0.after >= 0 },
            "pad: \(dimensions) needs \(rank) pairs of widths that are not negative")
        var result = self
        for axis in 0..<rank where widths[axis] != (0, 0) {
            let size = dimensions[axis]
            require(size > 0, "pad: axis \(axis) of \(dimensions) has no elements that could stand beyond its ends")
            let (end, overflow) = size.addingReportingOverflow(widths[axis].after)
            require(
                !overflow && end <= Int(Int32.max) - widths[axis].before,
                "pad: axis \(axis) of \(dimensions) is too long with \(widths[axis].before) before and \(widths[axis].after) after"
            )
            let sources = (-widths[axis].before..<end).map { Int32(mode.source($0, size)) }
            result = result.gathering(Tensor(int32: sources, on: device), axis: axis)
        }
        return result
    }
}
