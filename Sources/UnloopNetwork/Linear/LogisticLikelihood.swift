import UnloopBackend
import UnloopTensor

/// The negative logarithm of the likelihood of classes, with its first and second derivatives by the weights: sums over examples,
/// computed on the device.
///
/// Weights are `[features + 1, outputs]`, the biases last; one output for two classes.
struct LogisticLikelihood {
    /// With a last column of ones, for the biases.
    let features: Tensor
    /// Number of the class of each example.
    let classes: Tensor
    /// The same as columns of 0 and 1, `[examples, outputs]`.
    let targets: Tensor
    let outputs: Int
    /// The pairs of outputs k ≤ l, for which the second derivatives have a block each.
    private let pairs: (first: Tensor, second: Tensor, equal: Tensor)

    /// The number of rows of the weights.
    var rows: Int { features.shape[1] }

    init(features: Tensor, classes: [Int32], classCount: Int) {
        let device = features.device
        self.features = Tensor.concatenate([features, Tensor.ones([features.shape[0], 1], on: device)], axis: 1)
        self.classes = Tensor(int32: classes, on: device)
        outputs = classCount == 2 ? 1 : classCount
        targets =
            classCount == 2
            ? self.classes.to(.float32).reshaped(-1, 1) : self.classes.oneHot(classCount)
        let list = Self.pairs(outputs)
        pairs = (
            Tensor(int32: list.map { Int32($0.0) }, on: device), Tensor(int32: list.map { Int32($0.1) }, on: device),
            Tensor(list.map { $0.0 == $0.1 ? 1 : 0 }, on: device)
        )
    }

    static func pairs(_ outputs: Int) -> [(Int, Int)] {
        (0..<outputs).flatMap { first in (first..<outputs).map { (first, $0) } }
    }

    func logits(_ weights: Tensor) -> Tensor { matmul(features, weights) }

    /// The sum over the examples.
    func loss(logits: Tensor) throws(TensorError) -> Double {
        if outputs == 1 { return Double(try Tensor.sum(of: Self.binaryLoss, [logits, targets]).item()) }
        return Double(try logits.softmaxCrossEntropy(classes: classes).item()) * Double(features.shape[0])
    }

    /// Whether every example's class is the one that the logits prefer.
    func isSeparated(logits: Tensor) throws(TensorError) -> Bool {
        let guess = outputs == 1 ? (logits .> 0).reshaped(-1) : logits.argmax(-1)
        return try (guess .== classes).integers().allSatisfy { $0 == 1 }
    }

    /// First derivatives `[rows, outputs]`, and for each pair of outputs the block `[rows, rows]` of the second derivatives.
    func derivatives(logits: Tensor) throws(TensorError) -> (first: [Double], second: [Double]) {
        let probabilities = outputs == 1 ? sigmoid(logits) : logits.softmax()
        let first = matmul(features.transposed(), probabilities - targets)
        let weights = Self.curvature(
            probabilities.gathering(pairs.first, axis: 1), probabilities.gathering(pairs.second, axis: 1), pairs.equal)
        let weighted = weights.transposed().expandingDimension(at: -1) * features
        let second = matmul(features.transposed(), weighted)
        return (try first.doubles(), try second.doubles())
    }

    /// -log sigmoid(z) or -log(1 - sigmoid(z)).
    private static let binaryLoss = ScalarFunction(
        "binaryLoss", { (z: Scalar, target: Scalar) in logisticLoss(z, target) })
    /// The derivative of the probability p by the logit that belongs to q.
    private static let curvature = ScalarFunction(
        "curvature", { (p: Scalar, q: Scalar, equal: Scalar) in p * (equal - q) })
}

/// Newton's method with steps that are halved until they lead downhill.
struct NewtonSolver {
    private let problem: LogisticLikelihood
    private let l2: Double
    private let limit: Int
    private var count: Int { problem.rows * problem.outputs }

    init(_ problem: LogisticLikelihood, l2: Double, limit: Int) {
        self.problem = problem
        self.l2 = l2
        self.limit = limit
    }

    func solve() throws -> (weights: Tensor, iterations: Int) {
        var weights = [Double](repeating: 0, count: count)
        var logits = problem.logits(tensor(weights))
        var value = try objective(weights, logits)
        var refinements = 0
        for iteration in 1...limit {
            let (gradient, step) = try newtonStep(weights, logits, iteration)
            let decrease = zip(gradient, step).reduce(0) { $0 + $1.0 * $1.1 } / 2
            // Below this, differences of the loss are rounding; the steps themselves are still good, and each squares the error.
            if decrease <= 1e-6 * (1 + abs(value)) {
                refinements += 1
                weights = moved(weights, step, 1)
                let largest = step.reduce(0) { Swift.max($0, abs($1)) }
                let scale = weights.reduce(1) { Swift.max($0, abs($1)) }
                if refinements == 3 || largest <= 1e-6 * scale { return (tensor(weights), iteration) }
                logits = problem.logits(tensor(weights))
                value = try objective(weights, logits)
                continue
            }
            (weights, logits, value) = try descend(from: weights, value, step, iteration)
            if l2 == 0, try problem.isSeparated(logits: logits) { throw LogisticRegressionError.separable }
        }
        throw LogisticRegressionError.notConverged(iterations: limit)
    }

    private func descend(from weights: [Double], _ value: Double, _ step: [Double], _ iteration: Int) throws -> (
        [Double], Tensor, Double
    ) {
        var length = 1.0
        for _ in 0..<40 {
            let candidate = moved(weights, step, length)
            let logits = problem.logits(tensor(candidate))
            let found = try objective(candidate, logits)
            if found < value { return (candidate, logits, found) }
            length /= 2
        }
        throw LogisticRegressionError.notConverged(iterations: iteration)
    }

    /// Weights as the device sees them.
    private func moved(_ weights: [Double], _ step: [Double], _ length: Double) -> [Double] {
        zip(weights, step).map { Double(Float($0 - length * $1)) }
    }

    private func tensor(_ weights: [Double]) -> Tensor {
        Tensor(weights.map { Float($0) }, shape: [problem.rows, problem.outputs], on: problem.features.device)
    }

    private func isRegularized(_ position: Int) -> Bool { position / problem.outputs < problem.rows - 1 }

    /// With several outputs, adding the same to all of them changes nothing. A penalty on their sum, which is 0 at the minimum, makes
    /// that minimum the only one.
    private static let sumPenalty = 1.0

    private func objective(_ weights: [Double], _ logits: Tensor) throws -> Double {
        var result = try problem.loss(logits: logits)
        for (position, weight) in weights.enumerated() where isRegularized(position) {
            result += l2 / 2 * weight * weight
        }
        for sum in sums(weights) { result += Self.sumPenalty / 2 * sum * sum }
        return result
    }

    /// Over the outputs, one a row; none for a single output.
    private func sums(_ weights: [Double]) -> [Double] {
        guard problem.outputs > 1 else { return [] }
        return (0..<problem.rows).map { row in
            weights[row * problem.outputs..<(row + 1) * problem.outputs].reduce(0, +)
        }
    }

    private func newtonStep(_ weights: [Double], _ logits: Tensor, _ iteration: Int) throws -> (
        gradient: [Double], step: [Double]
    ) {
        let (rows, outputs) = (problem.rows, problem.outputs)
        var (gradient, blocks) = try problem.derivatives(logits: logits)
        let sums = sums(weights)
        for position in gradient.indices {
            if isRegularized(position) { gradient[position] += l2 * weights[position] }
            if outputs > 1 { gradient[position] += Self.sumPenalty * sums[position / outputs] }
        }
        var matrix = [Double](repeating: 0, count: count * count)
        for (number, (k, l)) in LogisticLikelihood.pairs(outputs).enumerated() {
            for i in 0..<rows {
                for j in 0..<rows {
                    let element = blocks[(number * rows + i) * rows + j]
                    matrix[(i * outputs + k) * count + j * outputs + l] = element
                    matrix[(j * outputs + l) * count + i * outputs + k] = element
                }
            }
        }
        blocks = []
        for i in 0..<rows where outputs > 1 {
            for k in 0..<outputs {
                for l in 0..<outputs { matrix[(i * outputs + k) * count + i * outputs + l] += Self.sumPenalty }
            }
        }
        for position in 0..<count where isRegularized(position) { matrix[position * count + position] += l2 }
        do {
            // The sums over examples are rounded to float32.
            return (gradient, try Cholesky(matrix, size: count, tolerance: 0x1p-26).solve(gradient))
        } catch .notFinite {
            throw LogisticRegressionError.notConverged(iterations: iteration)
        } catch {
            throw LogisticRegressionError.singular
        }
    }
}
