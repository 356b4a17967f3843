import UnloopBackend

/// What one argument of a tensor's subscript selects along one axis.
public struct AxisSelection: Sendable {
    enum Kind: Sendable {
        case index(Int)
        /// Positions lower, lower + step, … or, for a negative step, upper - 1, upper - 1 + step, …
        case range(lower: Int?, upper: Int?, step: Int)
        case newAxis
    }
    let kind: Kind

    /// The whole axis.
    public static let all = AxisSelection(kind: .range(lower: nil, upper: nil, step: 1))
    /// A new axis of size 1.
    public static let newAxis = AxisSelection(kind: .newAxis)
    /// The whole axis backwards.
    public static let reversed = AxisSelection(kind: .range(lower: nil, upper: nil, step: -1))

    /// Every `step`-th position of the axis; a negative step starts at the end.
    public static func every(_ step: Int) -> AxisSelection {
        AxisSelection(kind: .range(lower: nil, upper: nil, step: step))
    }

    /// Every `step`-th position of a range; a negative step starts at its end.
    public static func range(_ range: Range<Int>, every step: Int = 1) -> AxisSelection {
        AxisSelection(kind: .range(lower: range.lowerBound, upper: range.upperBound, step: step))
    }
}

/// Whatever selects along an axis: `Int` (removes the axis; negative counts from the end), ranges of `Int`, and
/// `AxisSelection`.
public protocol AxisSelecting {
    var axisSelection: AxisSelection { get }
}

extension AxisSelection: AxisSelecting {
    public var axisSelection: AxisSelection { self }
}
extension AxisSelecting where Self == AxisSelection {
    /// The whole axis.
    public static var all: AxisSelection { AxisSelection.all }
    /// A new axis of size 1.
    public static var newAxis: AxisSelection { AxisSelection.newAxis }
    /// The whole axis backwards.
    public static var reversed: AxisSelection { AxisSelection.reversed }
    /// Every `step`-th position of the axis; a negative step starts at the end.
    public static func every(_ step: Int) -> AxisSelection { AxisSelection.every(step) }
    /// Every `step`-th position of a range; a negative step starts at its end.
    public static func range(_ range: Range<Int>, every step: Int) -> AxisSelection { .range(range, every: step) }
}
extension Int: AxisSelecting {
    public var axisSelection: AxisSelection { AxisSelection(kind: .index(self)) }
}
extension Range<Int>: AxisSelecting {
    public var axisSelection: AxisSelection { .range(self) }
}
extension ClosedRange<Int>: AxisSelecting {
    public var axisSelection: AxisSelection { .range(lowerBound..<upperBound + 1) }
}
extension PartialRangeFrom<Int>: AxisSelecting {
    public var axisSelection: AxisSelection { AxisSelection(kind: .range(lower: lowerBound, upper: nil, step: 1)) }
}
extension PartialRangeUpTo<Int>: AxisSelecting {
    public var axisSelection: AxisSelection { AxisSelection(kind: .range(lower: nil, upper: upperBound, step: 1)) }
}
extension PartialRangeThrough<Int>: AxisSelecting {
    public var axisSelection: AxisSelection { AxisSelection(kind: .range(lower: nil, upper: upperBound + 1, step: 1)) }
}

/// Where the elements of a slice lie in a larger array: start, step and size for each axis of it.
struct SliceRegion: Sendable {
    var starts: Dimensions
    var steps: Dimensions
    var sizes: Dimensions

    /// The region of an array. It has elements.
    func view(of whole: StridedView) -> StridedView {
        var view = whole
        view.shape = sizes
        for axis in sizes.indices {
            view.offset += starts[axis] * whole.strides[axis]
            view.strides[axis] = whole.strides[axis] * steps[axis]
        }
        return view
    }
}

extension Tensor {
    /// A part of the tensor, as a view: one argument for each axis from the first on; axes without an argument are
    /// taken whole.
    ///
    ///     x[0]            // the first row
    ///     x[1..<3, .all]  // rows 1 and 2
    ///     x[.all, -1]     // the last column
    ///     x[.reversed]    // the rows backwards
    public subscript<each Selection: AxisSelecting>(_ selection: repeat each Selection) -> Tensor {
        var selections: [AxisSelection] = []
        for one in repeat each selection { selections.append(one.axisSelection) }
        return sliced(selections)
    }

    func sliced(_ selections: [AxisSelection]) -> Tensor {
        var region = SliceRegion(
            starts: Dimensions(repeating: 0, count: rank), steps: Dimensions(repeating: 1, count: rank),
            sizes: dimensions)
        var target = Dimensions()
        var axis = 0
        for selection in selections {
            if case .newAxis = selection.kind {
                target.append(1)
                continue
            }
            require(axis < rank, "subscript: \(dimensions) has only \(rank) axes")
            let size = dimensions[axis]
            switch selection.kind {
            case .index(let index):
                let position = index < 0 ? index + size : index
                require(
                    position >= 0 && position < size,
                    "subscript: index \(index) is outside axis \(axis) of \(dimensions)")
                region.starts[axis] = position
                region.sizes[axis] = 1
            case .range(let lower, let upper, let step):
                let (first, end) = (lower ?? 0, upper ?? size)
                require(
                    first >= 0 && first <= end && end <= size,
                    "subscript: \(first)..<\(end) is outside axis \(axis) of \(dimensions)")
                require(step != 0, "subscript: a step of 0")
                let count = (end - first + Swift.abs(step) - 1) / Swift.abs(step)
                region.starts[axis] = step > 0 || count == 0 ? first : end - 1
                region.steps[axis] = step
                region.sizes[axis] = count
                target.append(count)
            case .newAxis: break
            }
            axis += 1
        }
        for rest in axis..<Swift.max(axis, rank) { target.append(dimensions[rest]) }
        return sliced(region).reshaped(target)
    }

    /// The elements of a region. A view.
    func sliced(_ region: SliceRegion) -> Tensor {
        var start = offset
        var newStrides = strides
        for axis in 0..<rank {
            if region.sizes[axis] > 0 { start += region.starts[axis] * strides[axis] }
            newStrides[axis] = strides[axis] * region.steps[axis]
        }
        let shape = dimensions
        var result = reviewed(region.sizes, newStrides, offset: start)
        guard let node else { return result }
        // A backward pass adds the cotangents of slices up in one place; the rule is for derivatives of the derivative.
        result.node = Node(inputs: [node], slice: Node.Slice(shape: shape, region: region)) { cotangent, _ in
            [cotangent.embedded(in: shape, region, fill: 0)]
        }
        return result
    }

    /// This tensor after `other` was added to a region of it. The elements change in place.
    ///
    /// - Precondition: neither is tracked, and nobody else has this tensor's elements, which are row-major.
    func adding(_ other: Tensor, at region: SliceRegion) -> Tensor {
        if other.count == 0 || failure != nil { return self }
        do {
            let backend = try device.entry.backend()
            let source = try other.view()
            let target = region.view(of: try view())
            try backend.map(Self.addition, inputs: [target, source], scalars: [], outputs: [target])
            return self
        } catch {
            return Tensor(failed: "slice", error, on: device, elementType, dimensions)
        }
    }

    private static let addition = ScalarProgram { (a: Scalar, b: Scalar) in a + b }

    /// A larger tensor that holds this one in a region and `fill` elsewhere; the transpose of `sliced`.
    func embedded(in shape: Dimensions, _ region: SliceRegion, fill: Double) -> Tensor {
        let result = Tensor.make("pad", on: device, elementType, shape) { backend, output in
            try Tensor.fill(output, fill, backend)
            if count == 0 { return }
            try backend.copy(try view(), to: region.view(of: output))
        }
        return result.recorded(self) { cotangent, _ in cotangent.sliced(region) }
    }

    /// The order of the elements along the axes turned round. A view.
    public func flipped(_ axes: Int...) -> Tensor {
        var region = SliceRegion(
            starts: Dimensions(repeating: 0, count: rank), steps: Dimensions(repeating: 1, count: rank),
            sizes: dimensions)
        for axis in axes.map({ resolved(axis: $0, "flip") }) {
            region.starts[axis] = Swift.max(0, dimensions[axis] - 1)
            region.steps[axis] = -1
        }
        return sliced(region)
    }

    /// Extended along each axis by `before` and `after` elements of one value.
    ///
    /// - Parameter widths: one pair for each axis.
    public func padded(_ widths: [(before: Int, after: Int)], with value: Double = 0) -> Tensor {
        require(
            widths.count == rank && widths.allSatisfy { $0.before >= 0 && $0.after >= 0 },
            "pad: \(dimensions) needs \(rank) pairs of widths that are not negative")
        var shape = dimensions
        var starts = dimensions
        for axis in 0..<rank {
            shape[axis] += widths[axis].before + widths[axis].after
            starts[axis] = widths[axis].before
        }
        return embedded(
            in: shape,
            SliceRegion(starts: starts, steps: Dimensions(repeating: 1, count: rank), sizes: dimensions), fill: value)
    }
}
