import UnloopBackend
import UnloopTensor

/// The shape of a value of a random program, and whether it is real or int32.
struct TensorKind: Hashable, Sendable {
    var shape: [Int]
    var isReal: Bool

    init(_ shape: [Int], isReal: Bool = true) {
        self.shape = shape
        self.isReal = isReal
    }

    var count: Int { shape.reduce(1, *) }
    var rank: Int { shape.count }
}

/// Where a random program runs: the device, and the type of real elements (float64 for the truth).
struct Place: Sendable {
    let device: Device
    var real: ElementType = .float32
}

/// A tensor that a random program begins with.
struct RandomLeaf: Hashable, Sendable {
    var shape: [Int]
    var fill: RandomFill
    var layout: RandomLayout
    /// Which random numbers fill it.
    var stream: UInt64

    var kind: TensorKind { TensorKind(shape, isReal: fill.isReal) }

    func make(seed: UInt64, on place: Place) -> Tensor {
        let base = layout.base(of: shape)
        var numbers = CounterNumbers(seed: seed, stream: stream)
        let stored = base.stored
        let tensor =
            switch fill.make(count: stored.reduce(1, *), &numbers) {
            case .int32(let values): Tensor(int32: values, shape: stored, on: place.device)
            case .float32(let values):
                place.real == .float64
                    ? Tensor(float64: values.map(Double.init), shape: stored, on: place.device)
                    : Tensor(values, shape: stored, on: place.device)
            case .float64(let values): Tensor(float64: values, shape: stored, on: place.device)
            }
        return layout.view(tensor, shape: shape)
    }

    /// The same as Swift.
    func source(seed: UInt64) -> String {
        let stored = layout.base(of: shape).stored
        let count = stored.reduce(1, *)
        var numbers = CounterNumbers(seed: seed, stream: stream)
        let values: String
        switch fill {
        case .counting: values = "(0..<\(count)).map { Float($0 % 7 - 3) }"
        case .equal(let value): values = "Array(repeating: \(SwiftText.literal(value)), count: \(count))"
        case .positions(let bound): values = "(0..<\(count)).map { Int32($0 % \(max(bound, 1))) }"
        default:
            values =
                switch fill.make(count: count, &numbers) {
                case .int32(let values): "[" + values.map(String.init).joined(separator: ", ") + "] as [Int32]"
                case .float32(let values): "[" + values.map(SwiftText.literal).joined(separator: ", ") + "] as [Float]"
                case .float64(let values): "\(values)"
                }
        }
        let tensor = "Tensor(\(fill.isReal ? "" : "int32: ")\(values), shape: \(stored), on: device)"
        return tensor + layout.source(shape: shape)
    }
}

/// How a leaf lies in memory: its axes in another order, backwards, with gaps, beginning later, or repeating one element.
struct RandomLayout: Hashable, Sendable {
    /// The axes from the slowest to the fastest in memory.
    var order: [Int]
    /// For each axis 1, or 0 to repeat one element, -1 to run backwards, n for every n-th element.
    var steps: [Int]
    /// For each axis where it begins; as many unused elements follow.
    var offsets: [Int]

    static func plain(rank: Int) -> RandomLayout {
        RandomLayout(
            order: Array(0..<rank), steps: Array(repeating: 1, count: rank), offsets: Array(repeating: 0, count: rank))
    }

    var isPlain: Bool { self == .plain(rank: order.count) }

    static func random(_ shape: [Int], _ numbers: inout CounterNumbers) -> RandomLayout {
        var layout = plain(rank: shape.count)
        if shape.isEmpty || numbers.chance(1, of: 2) { return layout }
        if numbers.chance(1, of: 2) { layout.order = numbers.shuffled(shape.count) }
        for axis in shape.indices where numbers.chance(1, of: 3) {
            layout.steps[axis] = numbers.pick(weighted: [(3, -1), (3, 2), (2, 0), (1, -2), (1, 3)])
        }
        for axis in shape.indices where layout.steps[axis] != 0 && numbers.chance(1, of: 5) {
            layout.offsets[axis] = 1 + numbers.below(3)
        }
        // What is filled stays in proportion to what is seen.
        if layout.base(of: shape).stored.reduce(1, *) > 4 * shape.reduce(1, *) + 64 {
            layout.steps = layout.steps.map { $0 < 0 ? -1 : min($0, 1) }
            layout.offsets = layout.offsets.map { _ in 0 }
        }
        return layout
    }

    /// The elements that an axis spans in memory.
    private func extent(_ size: Int, _ axis: Int) -> Int {
        if steps[axis] == 0 { return 1 }
        return size == 0 ? 0 : abs(steps[axis]) * (size - 1) + 1
    }

    /// The whole array, in the order of the axes and as it is stored.
    func base(of shape: [Int]) -> (seen: [Int], stored: [Int]) {
        let seen = shape.indices.map { extent(shape[$0], $0) + (steps[$0] == 0 ? 0 : 2 * offsets[$0]) }
        return (seen, order.map { seen[$0] })
    }

    private var inverse: [Int] {
        var inverse = order
        for (position, axis) in order.enumerated() { inverse[axis] = position }
        return inverse
    }

    /// The range and the step along each axis; nil where all axes are taken whole.
    private func ranges(_ shape: [Int]) -> [(range: Range<Int>, step: Int)]? {
        if steps.allSatisfy({ $0 == 0 || $0 == 1 }) && offsets.allSatisfy({ $0 == 0 }) { return nil }
        return shape.indices.map { axis in
            let first = steps[axis] == 0 ? 0 : offsets[axis]
            return (first..<first + extent(shape[axis], axis), steps[axis] == 0 ? 1 : steps[axis])
        }
    }

    func view(_ stored: Tensor, shape: [Int]) -> Tensor {
        var tensor = order == Array(0..<order.count) ? stored : stored.permuted(inverse)
        if let ranges = ranges(shape) {
            tensor = tensor.selecting(ranges.map { AxisSelection.range($0.range, every: $0.step) })
        }
        return steps.contains(0) ? tensor.expanded(to: shape) : tensor
    }

    func source(shape: [Int]) -> String {
        var text = order == Array(0..<order.count) ? "" : ".permuted(\(inverse))"
        if let ranges = ranges(shape) {
            text += "[" + ranges.map { SwiftText.selection($0.range, $0.step) }.joined(separator: ", ") + "]"
        }
        return steps.contains(0) ? text + ".expanded(to: \(shape))" : text
    }
}

extension Tensor {
    /// The subscript with a list of selections, one for each of at most six axes.
    func selecting(_ s: [AxisSelection]) -> Tensor {
        switch s.count {
        case 0: self
        case 1: self[s[0]]
        case 2: self[s[0], s[1]]
        case 3: self[s[0], s[1], s[2]]
        case 4: self[s[0], s[1], s[2], s[3]]
        case 5: self[s[0], s[1], s[2], s[3], s[4]]
        default: self[s[0], s[1], s[2], s[3], s[4], s[5]]
        }
    }
}

/// Pieces of Swift.
enum SwiftText {
    /// A number that reads back with the same bits.
    static func literal(_ value: Float) -> String {
        if value.isNaN { return ".nan" }
        if value.isInfinite { return value > 0 ? ".infinity" : "-.infinity" }
        return value == 0 && value.sign == .minus ? "-0.0" : "\(value)"
    }

    static func selection(_ range: Range<Int>, _ step: Int) -> String {
        step == 1
            ? "\(range.lowerBound)..<\(range.upperBound)"
            : ".range(\(range.lowerBound)..<\(range.upperBound), every: \(step))"
    }
}
