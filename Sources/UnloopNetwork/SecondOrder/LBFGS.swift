import UnloopBackend
import UnloopTensor

/// Limited-memory BFGS (J. Nocedal, S. Wright: Numerical Optimization, 2nd edition, algorithms 7.4 and 7.5) with a line search for
/// the strong Wolfe conditions (algorithms 3.5 and 3.6): minimizes a smooth function of tensors, or a network's loss over all
/// examples with `fit`.
///
/// Sums and products are the device's; the host only compares and interpolates. So all devices find the same bits.
public struct LBFGS: Sendable {
    /// How many of the last changes of point and gradient are remembered.
    public var memory: Int
    /// Ends when no element of the gradient is larger.
    public var gradientTolerance: Double
    /// Ends when a step lowers the value by less than this, in units of the larger of the value and 1. 0 switches it off.
    public var valueTolerance: Double
    /// Evaluations in one line search at most.
    public var maximumEvaluations: Int
    /// In `fit`: adds `l2/2 Σw²` over the weights (not biases and the like) to the loss.
    public var l2: Double
    /// In `fit`: examples that are computed at a time.
    public var chunkSize: Int

    /// See the properties of the same names.
    ///
    /// - Precondition: none is negative; the numbers of evaluations and of examples at a time are positive.
    public init(
        memory: Int = 10, gradientTolerance: Double = 1e-5, valueTolerance: Double = 1e-9,
        maximumEvaluations: Int = 25, l2: Double = 0, chunkSize: Int = 4096
    ) {
        require(memory >= 0 && maximumEvaluations > 0, "LBFGS: memory \(memory), \(maximumEvaluations) evaluations")
        require(
            gradientTolerance >= 0 && valueTolerance >= 0, "LBFGS: tolerances \(gradientTolerance), \(valueTolerance)")
        require(l2 >= 0 && chunkSize > 0, "LBFGS: l2 \(l2), chunks of \(chunkSize)")
        self.memory = memory
        self.gradientTolerance = gradientTolerance
        self.valueTolerance = valueTolerance
        self.maximumEvaluations = maximumEvaluations
        self.l2 = l2
        self.chunkSize = chunkSize
    }

    /// Why a minimization ended.
    public enum Outcome: String, Sendable {
        /// By `gradientTolerance`.
        case gradientIsSmall
        /// By `valueTolerance`.
        case valueSettled
        /// No better point was found along the direction: usually the precision of the numbers is exhausted.
        case noFurtherProgress
        /// The given number of iterations was done.
        case iterationLimit
    }

    /// How a minimization went.
    public struct Report: Sendable {
        /// At the start and after each iteration.
        public internal(set) var values: [Double]
        /// The largest size of an element of the gradient, at the same points.
        public internal(set) var gradientSizes: [Double]
        /// How often the function and its gradient were computed.
        public internal(set) var evaluations: Int
        /// Why it ended.
        public internal(set) var outcome: Outcome
        /// The number of iterations done.
        public var iterations: Int { values.count - 1 }
        /// At the last point.
        public var value: Double { values[values.count - 1] }
    }

    /// Goes downhill from a point until one of the tolerances is reached. Values never rise by more than rounding.
    ///
    /// - Parameters:
    ///   - start: real elements, of one type and device.
    ///   - function: one number, differentiable at the points where it is finite.
    /// - Throws: `OptimizationError.notFinite` with the last good point when the value or its gradient is infinite or NaN, at the start
    ///   or however short the step; `TensorError` when the device fails; what the function throws.
    public func minimize(
        from start: [Tensor], maximumIterations: Int = 100, _ function: ([Tensor]) throws -> Tensor
    ) throws -> (point: [Tensor], report: Report) {
        require(!start.isEmpty, "LBFGS.minimize: no tensors")
        let sizes = start.map(\.count)
        func parts(_ vector: Tensor) -> [Tensor] {
            zip(vector.split(sizes), start).map { $0.reshaped($1.shape) }
        }
        return try withoutActuallyEscaping(function) { function in
            var search = LBFGSSearch(self) { vector in
                let (value, gradients) = try valueWithGradient(at: parts(vector), function)
                return (try value.doubles()[0], Tensor.concatenate(gradients.map { $0.flattened() }))
            }
            do {
                try search.begin(at: Tensor.concatenate(start.map { $0.flattened() }))
                while search.report.iterations < maximumIterations, try search.iterate() {}
            } catch let failure as LBFGSSearch.NotFinite {
                throw OptimizationError.notFinite(
                    iteration: failure.iteration, value: failure.value, lastGood: search.point.map(parts) ?? start)
            }
            return (search.point.map(parts) ?? start, search.report)
        }
    }

    /// The same for a function of one tensor.
    public func minimize(
        from start: Tensor, maximumIterations: Int = 100, _ function: (Tensor) throws -> Tensor
    ) throws -> (point: Tensor, report: Report) {
        let result = try minimize(from: [start], maximumIterations: maximumIterations) { try function($0[0]) }
        return (result.point[0], result.report)
    }
}

/// What can go wrong in the minimization of a function besides the device.
public enum OptimizationError: Error, Sendable {
    /// The function or its gradient is infinite or NaN. Iterations are counted from 1; 0 is the start.
    case notFinite(iteration: Int, value: Double, lastGood: [Tensor])
}

extension OptimizationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notFinite(let iteration, let value, _):
            "minimization stopped in iteration \(iteration): the value is \(value) or its gradient is not finite. The error has the "
                + "last good point"
        }
    }
}
