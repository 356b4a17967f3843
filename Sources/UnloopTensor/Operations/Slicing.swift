import UnloopBackend

/// What one argument of a tensor's subscript selects along one axis.
public struct AxisSelection: Sendable {
    enum Kind: Sendable {
        case index(Int)
        /// Positions lower, lower + step, … or, for a negative step, the last one before the end, it + step, …
        case range(lower: Int?, End, step: Int)
        case newAxis
    }
    /// Where a range ends; negative numbers count from the end of the axis, as those of an index do.
    enum End: Sendable {
        case ofAxis
        case before(Int)
        case through(Int)
    }
    let kind: Kind

    /// The whole axis.
    public static let all = AxisSelection(kind: .range(lower: nil, .ofAxis, step: 1))
    /// A new axis of size 1.
    public static let newAxis = AxisSelection(kind: .newAxis)
    /// The whole axis backwards.
    public static let reversed = AxisSelection(kind: .range(lower: nil, .ofAxis, step: -1))

    /// Every `step`-th position of the axis; a negative step starts at the end.
    public static func every(_ step: Int) -> AxisSelection {
        AxisSelection(kind: .range(lower: nil, .ofAxis, step: step))
    }

    /// Every `step`-th position of a range; a negative step starts at its end.
    public static func range(_ range: Range<Int>, every step: Int = 1) -> AxisSelection {
        AxisSelection(kind: .range(lower: range.lowerBound, .before(range.upperBound), step: step))
    }

    /// Every `step`-th position from `first` to before `end`, each counted from the end where it is negative: `.from(1, to: -1)` leaves out
    /// the first and the last, which no Swift range says. A negative step starts at the end.
    public static func from(_ first: Int, to end: Int, every step: Int = 1) -> AxisSelection {
        AxisSelection(kind: .range(lower: first, .before(end), step: step))
    }
}

extension AxisSelection.End {
    /// The positions of an axis from `lower` to this end, nil where they lie outside it.
    func positions(from lower: Int?, size: Int) -> Range<Int>? {
        func counted(_ position: Int) -> Int { position < 0 ? position + size : position }
        let first = lower.map(counted) ?? 0
        let end: Int
        switch self {
        case .ofAxis: end = size
        case .before(let position): end = counted(position)
        case .through(let last):
            // The last of no positions is before the first.
            guard counted(last) >= 0 && counted(last) < size || size == 0 && last == -1 else { return nil }
            end = counted(last) + 1
        }
        return first >= 0 && first <= end && end <= size ? first..<end : nil
    }

    /// As it is written.
    func text(from lower: Int?) -> String {
        let first = lower.map(String.init) ?? ""
        return switch self {
        case .ofAxis: first + "..."
        case .before(let position): first + "..<\(position)"
        case .through(let position): first + "...\(position)"
        }
    }
}

/// Whatever selects along an axis: `Int` (removes the axis), ranges of `Int`, and `AxisSelection`. Negative numbers count from the
/// end, in ranges too: `x[(-2)...]` are the last two, `x[..<(-1)]` all but the last, `x[...(-2)]` the same.
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
    /// Every `step`-th position from `first` to before `end`, each counted from the end where it is negative; a negative step starts at
    /// the end.
    public static func from(_ first: Int, to end: Int, every step: Int = 1) -> AxisSelection {
        AxisSelection.from(first, to: end, every: step)
    }
}
extension Int: AxisSelecting {
    public var axisSelection: AxisSelection { AxisSelection(kind: .index(self)) }
}
extension Range<Int>: AxisSelecting {
    public var axisSelection: AxisSelection { .range(self) }
}
extension ClosedRange<Int>: AxisSelecting {
    public var axisSelection: AxisSelection {
        AxisSelection(kind: .range(lower: lowerBound, .through(upperBound), step: 1))
    }
}
extension PartialRangeFrom<Int>: AxisSelecting {
    public var axisSelection: AxisSelection { AxisSelection(kind: .range(lower: lowerBound, .ofAxis, step: 1)) }
}
extension PartialRangeUpTo<Int>: AxisSelecting {
    public var axisSelection: AxisSelection { AxisSelection(kind: .range(lower: nil, .before(upperBound), step: 1)) }
}
extension PartialRangeThrough<Int>: AxisSelecting {
    public var axisSelection: AxisSelection { AxisSelection(kind: .range(lower: nil, .through(upperBound), step: 1)) }
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
    ///     x[(-2)...]      // the last two rows
    public subscript<each Selection: AxisSelecting>(_ selection: repeat each Selection) -> Tensor {
        let (region, target) = part(selections(repeat each selection))
        return sliced(region).reshaped(target)
    }

    func selections<each Selection: AxisSelecting>(_ selection: repeat each Selection) -> [AxisSelection] {
        var selections: [AxisSelection] = []
        for one in repeat each selection { selections.append(one.axisSelection) }
        return selections
    }

    /// Which elements are selected, and the shape that they have.
    func part(_ selections: [AxisSelection]) -> (region: SliceRegion, shape: Dimensions) {
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
            case .range(let lower, let end, let step):
                guard let positions = end.positions(from: lower, size: size) else {
                    misuse("subscript: \(end.text(from: lower)) is outside axis \(axis) of \(dimensions)")
                }
                require(step != 0, "subscript: a step of 0")
                let count =
                    positions.isEmpty ? 0 : (positions.count - 1) / Int(clamping: step.magnitude) + 1
                region.starts[axis] = step > 0 || count == 0 ? positions.lowerBound : positions.upperBound - 1
                // A single position has no next one.
                region.steps[axis] = count > 1 ? step : 1
                region.sizes[axis] = count
                target.append(count)
            case .newAxis: break
            }
            axis += 1
        }
        for rest in axis..<Swift.max(axis, rank) { target.append(dimensions[rest]) }
        return (region, target)
    }

    /// The elements of a region. A view.
    func sliced(_ region: SliceRegion) -> Tensor {
        var start = offset
        var newStrides = strides
        // Nothing lies anywhere: the start of what is empty may be outside the elements.
        let isEmpty = region.sizes.hasEmptyAxis
        for axis in 0..<rank {
            if !isEmpty { start += region.starts[axis] * strides[axis] }
            // Strides of what is empty may be any numbers.
            newStrides[axis] = strides[axis] &* region.steps[axis]
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
            let backend = try device.backend()
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
        require(
            elementType != .int32 || Int32(exactly: value) != nil,
            "pad: \(value) is no int32; convert the tensor with to(.float32)")
        var shape = dimensions
        var starts = dimensions
        for axis in 0..<rank {
            let width = widths[axis].before.addingReportingOverflow(widths[axis].after)
            let size = dimensions[axis].addingReportingOverflow(width.partialValue)
            require(
                !width.overflow && !size.overflow,
                "pad: axis \(axis) of \(dimensions) is too long with \(widths[axis].before) before and \(widths[axis].after) after"
            )
            shape[axis] = size.partialValue
            starts[axis] = widths[axis].before
        }
        return embedded(
            in: shape,
            SliceRegion(starts: starts, steps: Dimensions(repeating: 1, count: rank), sizes: dimensions), fill: value)
    }
}
