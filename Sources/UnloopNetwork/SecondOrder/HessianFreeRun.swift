import UnloopBackend
import UnloopData
import UnloopTensor

/// The steps of one training with `HessianFree`.
struct HessianFreeRun<Root: Layer> {
    let settings: HessianFree
    private let objective: BatchObjective<Root>
    let seed: UInt64
    var loss: Loss { objective.loss }
    private var damping: Double
    /// The result of the last conjugate gradient.
    private var lastSolution: Tensor?
    private var steps = 0
    /// Of the trainable parameters.
    private(set) var point: Tensor

    init(_ model: Model<Root>, loss: Loss, _ settings: HessianFree, seed: UInt64) {
        self.settings = settings
        self.seed = seed
        objective = BatchObjective(model, loss: loss, l2: settings.l2, chunkSize: settings.chunkSize)
        damping = settings.damping
        point = objective.parameters.joined(objective.parameters.start)
    }

    /// The network with the values of now.
    var model: Model<Root> { Model(objective.model.root, values) }
    var values: ParameterValues { objective.parameters.values(at: point) }

    /// The examples of this step's Gauss–Newton matrix.
    private func curvatureBatch(_ batch: Dataset) -> Dataset {
        guard let size = settings.curvatureBatchSize, size < batch.count else { return batch }
        var random = CounterRandom(seed: seed, stream: curvatureStream &+ UInt64(steps))
        return batch.selecting(Array(random.permutation(of: batch.count).prefix(size)))
    }

    /// One step on a batch. Whatever happens, the parameters are finite afterwards, or as they were.
    mutating func step(_ batch: Dataset, epoch: Int) throws -> HessianFreeHistory.Step {
        steps += 1
        let result = try step(batch, epoch, at: point)
        if result.step.stepLength > 0 {
            // The point was computed anew, after the last loss that was read.
            _ = try innerProduct(result.point, result.point)
            point = result.point
        }
        return result.step
    }

    private mutating func step(_ batch: Dataset, _ epoch: Int, at point: Tensor) throws -> (
        step: HessianFreeHistory.Step, point: Tensor
    ) {
        let (loss, gradient) = try objective.valueWithGradient(batch, at: point)
        guard loss.isFinite, try innerProduct(gradient, gradient).isFinite else {
            throw TrainingError.diverged(epoch: epoch, step: steps, loss: loss)
        }
        let curvature = curvatureBatch(batch)
        let parameters = objective.parameters
        let matrix = GaussNewtonMatrix(
            objective.model, parameters, at: parameters.parts(point), loss: objective.loss, on: curvature)
        // The diagonal that is added to G: damping and the second derivative of the L2 term.
        let diagonal =
            objective.mask.map { $0 * settings.l2 + damping }
            ?? Tensor.full(like: Tensor.sum(of: .square, [point]), damping)
        let start = lastSolution.map { $0 * settings.warmStart }
        let solution = try settings.conjugateGradient.solve(
            -gradient, start: settings.warmStart > 0 ? start : nil,
            preconditioner: preconditioner(batch, diagonal, at: point)
        ) { direction in
            addProduct(
                [parameters.joined(matrix.product(parameters.parts(direction))), diagonal, direction], scalars: [])
        }
        lastSolution = solution.x

        // Backwards from the last iterate as long as the loss falls (section 4.6). A loss that is not finite is no candidate.
        func value(at step: Tensor, times length: Double) throws -> Double {
            let value = try objective.value(batch, at: move([point, step], scalars: [length]))
            return value.isFinite ? value : .infinity
        }
        var chosen = solution.last
        var lossThere = try value(at: chosen.x, times: 1)
        for iterate in solution.iterates.dropLast().reversed() {
            let earlier = try value(at: iterate.x, times: 1)
            if earlier > lossThere { break }
            (chosen, lossThere) = (iterate, earlier)
        }

        let squaredNorm = try innerProduct(chosen.x, chosen.x)
        let predicted = chosen.value - 0.5 * damping * squaredNorm
        let ratio = predicted < 0 ? (lossThere - loss) / predicted : -.infinity
        let (length, lossAfter) = try lineSearch(
            loss, slope: innerProduct(gradient, chosen.x), lossThere
        ) { try value(at: chosen.x, times: $0) }
        let step = HessianFreeHistory.Step(
            epoch: epoch, number: steps, lossBefore: loss, lossAfter: lossAfter, damping: damping,
            reductionRatio: ratio, conjugateGradientSteps: solution.steps, chosenStep: chosen.step, stepLength: length)
        damping = HessianFree.damping(after: ratio, damping)
        // A direction along which nothing gets better is no place to start from.
        if length == 0 { lastSolution = nil }
        return (step, length > 0 ? move([point, chosen.x], scalars: [length]) : point)
    }

    /// Backwards from length 1 by factors of 0.8 until the loss has fallen by 1 % of what the slope promises.
    private func lineSearch(
        _ loss: Double, slope: Double, _ lossAtOne: Double, _ value: (Double) throws -> Double
    ) throws -> (length: Double, loss: Double) {
        guard slope < 0 else { return (0, loss) }
        var (length, found) = (1.0, lossAtOne)
        for _ in 0..<60 {
            if found <= loss + 0.01 * length * slope { return (length, found) }
            length *= 0.8
            found = try value(length)
        }
        return (0, loss)
    }

    private func preconditioner(_ batch: Dataset, _ diagonal: Tensor, at point: Tensor) -> Tensor? {
        guard case .squaredGradients(let groups, let exponent) = settings.preconditioner else { return nil }
        let key = RandomKey(seed: seed, stream: signStream).child(UInt64(steps))
        let squares = objective.model.squaredGradients(
            objective.parameters, at: objective.parameters.parts(point), objective.loss, batch, groups, key)
        return power([squares, diagonal], scalars: [exponent])
    }
}

private let curvatureStream: UInt64 = 0x6375_7276_0000_0000
private let signStream: UInt64 = 0x7369_676e_0000_0000

private func innerProduct(_ a: Tensor, _ b: Tensor) throws -> Double {
    try Tensor.sum(of: product, [a, b]).doubles()[0]
}

private let product = ScalarFunction("dot", { (a: Scalar, b: Scalar) in a * b })
private let addProduct = ScalarFunction("damped", inputs: 3) { x, _ in x[0] + x[1] * x[2] }
private let move = ScalarFunction("move", inputs: 2, scalars: 1) { x, s in x[0] + s[0] * x[1] }
private let power = ScalarFunction("preconditioner", inputs: 2, scalars: 1) { x, s in pow(x[0] + x[1], s[0]) }
