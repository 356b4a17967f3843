import UnloopBackend
import UnloopTensor

/// A minimization by `LBFGS` under way, on one vector.
struct LBFGSSearch {
    /// Thrown where nothing finite is found.
    struct NotFinite: Error {
        let iteration: Int
        let value: Double
    }

    /// A point along a direction: how far it is, and what the function is there.
    struct Trial {
        let length: Double
        let point: Tensor
        let value: Double
        let gradient: Tensor
        /// Along the direction.
        let slope: Double

        var isFinite: Bool { value.isFinite && slope.isFinite }
    }

    private let settings: LBFGS
    private let evaluate: (Tensor) throws -> (value: Double, gradient: Tensor)
    private(set) var point: Tensor?
    private var gradient: Tensor?
    /// Changes of point and gradient, and one over their product, the oldest first.
    private var pairs: [(s: Tensor, y: Tensor, rho: Double)] = []
    /// sᵀy / yᵀy of the last pair: the scale of the inverse Hessian.
    private var scale = 1.0
    private(set) var report = LBFGS.Report(
        values: [], gradientSizes: [], evaluations: 0, outcome: .iterationLimit)

    init(_ settings: LBFGS, evaluate: @escaping (Tensor) throws -> (value: Double, gradient: Tensor)) {
        self.settings = settings
        self.evaluate = evaluate
    }

    mutating func begin(at start: Tensor) throws {
        let (value, gradient) = try evaluate(start)
        report.evaluations = 1
        let size = try Self.largest(gradient)
        guard value.isFinite, size.isFinite else { throw NotFinite(iteration: 0, value: value) }
        point = start
        self.gradient = gradient
        report.values = [value]
        report.gradientSizes = [size]
    }

    /// One iteration.
    ///
    /// - Returns: whether there may be another one.
    mutating func iterate() throws -> Bool {
        guard let point, let gradient else { return false }
        if report.gradientSizes[report.iterations] <= settings.gradientTolerance {
            report.outcome = .gradientIsSmall
            return false
        }
        var direction = try self.direction(gradient)
        var slope = try Self.dot(gradient, direction)
        if !(slope < 0) {
            // Rounding can leave pairs that do not give a descent; the gradient always does.
            pairs = []
            direction = -gradient
            slope = try Self.dot(gradient, direction)
        }
        guard slope < 0, slope.isFinite else {
            report.outcome = .noFurtherProgress
            return false
        }
        // Later directions have a length of their own; the first is the gradient, of any length.
        let first = pairs.isEmpty ? min(1, 1 / (-slope).squareRoot()) : 1
        let start = Trial(length: 0, point: point, value: report.value, gradient: gradient, slope: slope)
        guard let found = try search(from: start, direction, first: first) else {
            if !pairs.isEmpty {
                // Once more along the gradient.
                pairs = []
                return true
            }
            report.outcome = .noFurtherProgress
            return false
        }
        remember(
            step: found.length, direction, change: found.gradient - gradient,
            try Self.products(found.gradient, gradient, direction))
        let size = try Self.largest(found.gradient)
        guard size.isFinite else { throw NotFinite(iteration: report.iterations + 1, value: found.value) }
        let before = report.value
        self.point = found.point
        self.gradient = found.gradient
        report.values.append(found.value)
        report.gradientSizes.append(size)
        if size <= settings.gradientTolerance {
            report.outcome = .gradientIsSmall
            return false
        }
        let least = settings.valueTolerance * max(abs(before), abs(found.value), 1)
        if least > 0, before - found.value < least {
            report.outcome = .valueSettled
            return false
        }
        return true
    }

    // MARK: The direction

    /// Algorithm 7.4: minus the inverse Hessian's estimate times the gradient. All scalars stay on the device.
    private func direction(_ gradient: Tensor) throws -> Tensor {
        var q = gradient
        var weights: [Tensor] = []
        for pair in pairs.reversed() {
            let weight = Tensor.sum(of: Self.product, [pair.s, q]) * pair.rho
            weights.append(weight)
            q = Self.subtractProduct([q, weight, pair.y], scalars: [])
        }
        var r = q * scale
        for (pair, weight) in zip(pairs, weights.reversed()) {
            let other = Tensor.sum(of: Self.product, [pair.y, r])
            r = Self.addDifference([r, weight, other, pair.s], scalars: [pair.rho])
        }
        return -r
    }

    /// yᵀd and yᵀy for the change y between two gradients.
    private static func products(_ new: Tensor, _ old: Tensor, _ direction: Tensor) throws -> (yd: Double, yy: Double) {
        let y = new - old
        return (try dot(y, direction), try dot(y, y))
    }

    private mutating func remember(
        step: Double, _ direction: Tensor, change y: Tensor, _ products: (yd: Double, yy: Double)
    ) {
        let sy = step * products.yd
        // The Wolfe conditions make it positive; rounding may not.
        guard settings.memory > 0, sy > 0, products.yy > 0, sy.isFinite, (1 / sy).isFinite else { return }
        if pairs.count == settings.memory { pairs.removeFirst() }
        pairs.append((direction * step, y, 1 / sy))
        scale = sy / products.yy
    }

    // MARK: The line search

    /// c₁ and c₂ of the Wolfe conditions, as usual for quasi-Newton methods.
    private static let decrease = 1e-4
    private static let curvature = 0.9

    private mutating func trial(_ start: Trial, _ direction: Tensor, _ length: Double) throws -> Trial {
        let point = Self.move([start.point, direction], scalars: [length])
        let (value, gradient) = try evaluate(point)
        report.evaluations += 1
        return Trial(
            length: length, point: point, value: value, gradient: gradient, slope: try Self.dot(gradient, direction))
    }

    /// Sufficient decrease. Near a minimum the values are all alike within rounding; there the slopes decide (W. Hager, H. Zhang: A new
    /// conjugate gradient method with guaranteed descent and an efficient line search, 2005, condition 4.1).
    private func decreases(_ trial: Trial, _ start: Trial) -> Bool {
        if trial.value <= start.value + Self.decrease * trial.length * start.slope { return true }
        return trial.value <= start.value + rounding(start) && trial.slope <= (2 * Self.decrease - 1) * start.slope
    }

    /// What the value may be off by, a few units in the last place.
    private func rounding(_ start: Trial) -> Double {
        abs(start.value) * (start.point.elementType == .float64 ? 0x1p-50 : 0x1p-21)
    }

    private func isFlat(_ trial: Trial, _ start: Trial) -> Bool {
        abs(trial.slope) <= -Self.curvature * start.slope
    }

    /// Algorithm 3.5: a point with the strong Wolfe conditions, or nil. Lengths at which the function is not finite are too long.
    private mutating func search(from start: Trial, _ direction: Tensor, first: Double) throws -> Trial? {
        var previous = start
        var length = first
        var evaluations = 0
        while evaluations < settings.maximumEvaluations {
            let found = try trial(start, direction, length)
            evaluations += 1
            let rose = evaluations > 1 && found.value >= previous.value + rounding(start)
            if !found.isFinite || !decreases(found, start) || rose {
                return try zoom(start, direction, low: previous, high: found, evaluations)
            }
            if isFlat(found, start) { return found }
            if found.slope >= 0 { return try zoom(start, direction, low: found, high: previous, evaluations) }
            previous = found
            length *= 2
        }
        // Still falling after doubling so often: as good as it gets.
        return previous.length > 0 ? previous : nil
    }

    /// Algorithm 3.6: between a length with the lowest value so far and one at which it is known to be bracketed.
    private mutating func zoom(_ start: Trial, _ direction: Tensor, low: Trial, high: Trial, _ used: Int) throws
        -> Trial?
    {
        var (low, high) = (low, high)
        for _ in used..<max(used + 1, settings.maximumEvaluations) {
            let length = Self.between(low, high)
            guard length != low.length, length != high.length else { break }
            let found = try trial(start, direction, length)
            if !found.isFinite || !decreases(found, start) || found.value >= low.value + rounding(start) {
                high = found
                continue
            }
            if isFlat(found, start) { return found }
            if found.slope * (high.length - low.length) >= 0 { high = low }
            low = found
        }
        // A step so short that rounding swallows it is none.
        if low.length > 0, low.value < start.value || isFlat(low, start) { return low }
        if !high.isFinite { throw NotFinite(iteration: report.iterations + 1, value: high.value) }
        return nil
    }

    /// The minimum of the cubic through both values and slopes (formula 3.59), or the middle where that is not well inside.
    private static func between(_ a: Trial, _ b: Trial) -> Double {
        let middle = 0.5 * (a.length + b.length)
        guard b.isFinite else { return a.length + 0.1 * (b.length - a.length) }
        let d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.length - b.length)
        let square = d1 * d1 - a.slope * b.slope
        guard square >= 0 else { return middle }
        let d2 = (b.length > a.length ? 1 : -1) * square.squareRoot()
        let length = b.length - (b.length - a.length) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2)
        let margin = 0.1 * abs(b.length - a.length)
        let (low, high) = (min(a.length, b.length) + margin, max(a.length, b.length) - margin)
        return length >= low && length <= high ? length : middle
    }

    // MARK: Numbers

    private static func dot(_ a: Tensor, _ b: Tensor) throws -> Double {
        try Tensor.sum(of: product, [a, b]).doubles()[0]
    }

    /// The largest size of an element; NaN if one is.
    private static func largest(_ x: Tensor) throws -> Double { x.count == 0 ? 0 : try abs(x).max().doubles()[0] }

    private static let product = ScalarFunction("dot", { (a: Scalar, b: Scalar) in a * b })
    private static let move = ScalarFunction("move", inputs: 2, scalars: 1) { x, s in x[0] + s[0] * x[1] }
    private static let subtractProduct = ScalarFunction("subtractProduct", inputs: 3) { x, _ in x[0] - x[1] * x[2] }
    /// r + s (a - ρ b)
    private static let addDifference = ScalarFunction("addDifference", inputs: 4, scalars: 1) { x, s in
        x[0] + x[3] * (x[1] - s[0] * x[2])
    }
}
