import UnloopBackend
import UnloopTensor

/// The method of conjugate gradients for `A x = b`, A symmetric and positive definite (M. Hestenes, E. Stiefel, 1952), which is the
/// minimum of `φ(x) = ½ xᵀA x − bᵀx`. It needs A only as a function that multiplies by it.
///
/// Sums are the device's, which are the same on every device, and so is every decision that follows from them.
public struct ConjugateGradient: Sendable {
    /// After how many steps it stops at the latest.
    public var maximumSteps: Int
    /// ε of the stopping rule of J. Martens (ICML 2010, section 4.4): at step i it stops when φ < 0 and, over the last
    /// `k = max(10, 0.1 i)` steps, φ fell by less than kε of its value. 0 goes on to the exact solution or the last step.
    public var tolerance: Double

    /// - Precondition: neither is negative.
    public init(maximumSteps: Int = 250, tolerance: Double = 0.0005) {
        require(
            maximumSteps >= 0 && tolerance >= 0, "ConjugateGradient: \(maximumSteps) steps, tolerance \(tolerance)")
        self.maximumSteps = maximumSteps
        self.tolerance = tolerance
    }

    /// A point on the way to the solution.
    public struct Iterate: Sendable {
        /// Counted from 0, the start.
        public let step: Int
        /// The point.
        public let x: Tensor
        /// φ(x).
        public let value: Double
    }

    /// Why it stopped.
    public enum Outcome: Sendable {
        /// The residual is zero.
        case solved
        /// The stopping rule.
        case littleProgress
        /// `maximumSteps` were done.
        case stepLimit
        /// `pᵀA p ≤ 0` or not a number for a direction p: A is not positive definite, within rounding. The iterates before it are good.
        case notPositiveDefinite
    }

    /// What was found, and how.
    public struct Solution: Sendable {
        /// Some iterates in order, the distances between them growing by 1.3, and at the end the last one; never empty.
        public let iterates: [Iterate]
        /// The last point.
        public let last: Iterate
        /// Why it stopped.
        public let outcome: Outcome
        /// The last point: the solution as far as it was found.
        public var x: Tensor { last.x }
        /// The number of steps done.
        public var steps: Int { last.step }
    }

    /// - Parameters:
    ///   - b: a vector; real elements.
    ///   - start: the first x; nil for zeros.
    ///   - preconditioner: a positive diagonal, about that of A; nil for ones.
    ///   - product: A times a vector.
    /// - Throws: `TensorError` when the device fails; what `product` throws.
    public func solve(
        _ b: Tensor, start: Tensor? = nil, preconditioner: Tensor? = nil, _ product: (Tensor) throws -> Tensor
    ) throws -> Solution {
        let inverse = preconditioner.map { 1 / $0 } ?? Tensor.ones([], b.elementType, on: b.device)
        var x = start ?? Tensor.zeros(like: b)
        // r = A x - b, the gradient of φ; y is the preconditioned one, p the direction.
        var r = start == nil ? -b : try product(x) - b
        var y = r * inverse
        var p = -y
        var ry = try Self.dot(r, y)
        // φ = ½ xᵀ(A x) - bᵀx = ½ xᵀ(r - b)
        var values = [try Self.half(x, r, b)]
        var iterates: [Iterate] = []
        var nextKept = 5.0
        var step = 0
        var outcome = Outcome.stepLimit
        while step < maximumSteps {
            if ry == 0 {
                outcome = .solved
                break
            }
            let ap = try product(p)
            let curvature = try Self.dot(p, ap)
            guard curvature > 0, curvature.isFinite, ry.isFinite else {
                outcome = .notPositiveDefinite
                break
            }
            let updated = Tensor.applyAll(
                "conjugateGradient", Self.update, [p, ap, x, r, inverse], scalars: [ry / curvature])
            let nextRY = try Self.dot(updated[1], updated[2])
            let value = try Self.half(updated[0], updated[1], b)
            guard value.isFinite, nextRY.isFinite else {
                outcome = .notPositiveDefinite
                break
            }
            (x, r, y) = (updated[0], updated[1], updated[2])
            p = Self.direction([y, p], scalars: [nextRY / ry])
            ry = nextRY
            values.append(value)
            step += 1
            if Double(step) >= nextKept {
                iterates.append(Iterate(step: step, x: x, value: value))
                nextKept *= 1.3
            }
            if shouldStop(values) {
                outcome = .littleProgress
                break
            }
        }
        let last = Iterate(step: step, x: x, value: values[values.count - 1])
        if iterates.last?.step != step { iterates.append(last) }
        return Solution(iterates: iterates, last: last, outcome: outcome)
    }

    /// - Parameter values: φ of every step so far, the start's first.
    package func shouldStop(_ values: [Double]) -> Bool {
        let step = values.count - 1
        // ⌈0.1 i⌉ in whole numbers.
        let gap = max(10, (step + 9) / 10)
        guard tolerance > 0, step > gap, values[step] < 0 else { return false }
        return (values[step] - values[step - gap]) / values[step] < Double(gap) * tolerance
    }

    private static func dot(_ a: Tensor, _ b: Tensor) throws -> Double {
        try Tensor.sum(of: product, [a, b]).doubles()[0]
    }

    private static func half(_ x: Tensor, _ r: Tensor, _ b: Tensor) throws -> Double {
        try Tensor.sum(of: energy, [x, r, b]).doubles()[0]
    }

    private static let product = ScalarFunction("dot", { (a: Scalar, b: Scalar) in a * b })
    private static let energy = ScalarFunction("energy", { (x: Scalar, r: Scalar, b: Scalar) in 0.5 * x * (r - b) })
    private static let direction = ScalarFunction("direction", inputs: 2, scalars: 1) { inputs, scalars in
        scalars[0] * inputs[1] - inputs[0]
    }
    /// From p, A p, x, r, the preconditioner's inverse and the step length to the next x, r and y.
    private static let update = ScalarProgram(
        inputs: [.real, .real, .real, .real, .real], scalars: [.real]
    ) { inputs, scalars in
        let (p, ap, x, r, inverse) = (
            Scalar(inputs[0]), Scalar(inputs[1]), Scalar(inputs[2]), Scalar(inputs[3]), Scalar(inputs[4])
        )
        let length = Scalar(scalars[0])
        let residual = r + length * ap
        return [(x + length * p).expression, residual.expression, (residual * inverse).expression]
    }
}
