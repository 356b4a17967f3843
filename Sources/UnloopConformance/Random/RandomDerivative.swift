import UnloopBackend
import UnloopTensor

extension RandomProgram {
    /// Compares the derivative along a random direction, in float64, with central differences of values at two distances h. The
    /// difference quotients' own error is of order h², so that of h/2 is a third of how far both lie apart; what rounding adds is the
    /// values' rounding error divided by h. Cotangents that cancel on their way back, as those of x - x do, leave the rounding of what was
    /// added to them between. Programs that jump, or are too curved for this, are left out.
    package func derivativeDifference() -> Truth {
        guard derivative != .none, let kinds, isSmooth(kinds) else { return .notStated }
        let place = Place(device: .loop, real: .float64)
        let leaves = makeLeaves(on: place)
        let real = self.leaves.enumerated().filter { $0.element.leaf.fill.isReal }.map(\.offset)
        guard !real.isEmpty else { return .notStated }
        let point = real.map { leaves[$0] }
        let tangents = point.enumerated().map {
            weights($0.element.shape, stream: 1000 + UInt64($0.offset), on: place)
        }
        // Of the results, and of the cotangents at them.
        var (magnitude, cotangents) = (0.0, 0.0)
        func sum(_ x: [Tensor]) -> Tensor {
            var all = leaves
            for (position, variable) in zip(real, x) { all[position] = variable }
            var total = Tensor.zeros([], .float64, on: .loop)
            for (position, result) in values(all, on: place).enumerated() where result.elementType != .int32 {
                let cotangent = weights(result.shape, stream: UInt64(position), on: place)
                let parts = result * cotangent
                magnitude = max(magnitude, Self.size(of: parts.stopGradient()))
                cotangents = max(cotangents, Self.size(of: cotangent))
                total = total + parts.sum()
            }
            return total
        }
        func value(_ h: Double) -> Double {
            (try? sum(zip(point, tangents).map { $0 + $1 * h }).doubles()[0]) ?? .nan
        }
        let gradients = gradient(at: point) { sum($0) }
        var slope = 0.0
        for (gradient, tangent) in zip(gradients, tangents) {
            slope += (try? (gradient * tangent).sum().doubles()[0]) ?? .nan
        }
        guard slope.isFinite else { return .notStated }
        let h = 0x1p-14
        let (above, below, here) = (value(h), value(-h), value(0))
        // On the two sides of a pole both quotients are wrong, and may agree.
        guard abs(above + below - 2 * here) <= 1e-3 * (abs(above) + abs(below) + abs(here)) else { return .notStated }
        let (wide, narrow) = ((above - below) / (2 * h), (value(h / 2) - value(-h / 2)) / h)
        let scale = abs(slope) + abs(narrow)
        // Where values cancel on the way, rounding adds more than the results' magnitude tells; wrong rules are wrong by far more.
        let changes = tangents.map(Self.size(of:)).max() ?? 0
        let rounding = 64 * 0x1p-53 * (magnitude / h + cotangents * changes) + scale * 0x1p-20
        let bound = 4 * abs(wide - narrow) + rounding
        guard bound.isFinite, bound < 1e-3 * scale else { return .notStated }
        if abs(slope - narrow) <= bound { return .within }
        return .beyond(
            RandomDifference(
                kind: .derivative,
                text: "the derivative along a direction is \(slope), differences give \(narrow) ± \(bound)"))
    }

    /// The sum of the magnitudes.
    private static func size(of values: Tensor) -> Double { (try? abs(values).sum().doubles()[0]) ?? .infinity }

    /// Whether all operations are smooth in what is computed, so that differences tell about derivatives.
    private func isSmooth(_ kinds: [TensorKind]) -> Bool {
        nodes.allSatisfy { node in
            guard case .step(let operation, _) = node else { return isOrdinary(node) }
            switch operation.rounding {
            case .jumps, .jumpsAndRounds: return false
            default: return !Self.rough.contains(operation.name)
            }
        }
    }

    /// Whether a leaf's elements are large beside the differences.
    private func isOrdinary(_ node: Node) -> Bool {
        guard case .leaf(let leaf) = node else { return true }
        switch leaf.fill {
        case .huge, .tiny, .subnormal, .special: return false
        default: return true
        }
    }

    /// Operations whose derivative is not that of their values on purpose, or that may jump inside.
    private static let rough: Set<String> = [
        "%.stopGradient()", "formula", "sum of a formula", "matmul with epilogue", "convolution1D with epilogue",
        "convolution2D with epilogue", "convolution3D with epilogue", "transposedConvolution1D with epilogue",
        "transposedConvolution2D with epilogue", "transposedConvolution3D with epilogue",
    ]
}
