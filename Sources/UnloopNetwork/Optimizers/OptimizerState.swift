import UnloopBackend
import UnloopTensor

/// What an optimizer remembers about the parameters of one network: the step and the states of each parameter. A value, whose copies are
/// independent.
///
///     var state = OptimizerState(.adam())
///     for (step, batch) in batches.enumerated() {
///         let found = valueWithGradient(of: model, step: step) { pass in loss(model(batch.features, pass), batch.labels) }
///         try state.update(&model, found)
///     }
///
/// `Checkpoint` writes it to a file and reads it.
public struct OptimizerState: Sendable {
    /// The formula that it follows.
    public let optimizer: Optimizer
    /// The number of steps done.
    public private(set) var step = 0
    /// Multiplies every learning rate, those of groups too: what `ReduceOnPlateau` changes.
    public var learningRateScale = 1.0
    private let program: ScalarProgram
    /// Those of each parameter, by position in the network; nil for one that has not learned yet.
    private(set) var states: [[Tensor]?] = []
    /// For each parameter that learns, what value and states were before the last update: what a failed one is taken back to, and memory for
    /// the next.
    private var spares: [[Tensor?]] = []
    /// The parameters that learn, by number, in the order in which they are updated. The largest is the last: nothing that could fail comes
    /// after it, so it needs no spare.
    private var order: [Int] = []
    /// What groups say about each of them.
    private var settings: [ParameterSettings?] = []
    /// The network of the last step.
    private var table: ParameterTable?
    /// The program's scalars of the last step; kept for their memory.
    private var scalars: [Double] = []

    /// At its first step, with states of zeros.
    public init(_ optimizer: Optimizer) {
        self.optimizer = optimizer
        program = optimizer.program()
    }

    /// The learning rate of the next step, for parameters in no group.
    public var learningRate: Double { optimizer.learningRate[step] * learningRateScale }

    /// Changes each trainable parameter by its gradient, and takes over what the network wants to remember of the pass.
    ///
    /// - Throws: the error of what a device failed to compute, such as the loss or a gradient. Values, states and step are then as they were.
    /// - Precondition: the same network in every call. What is frozen may change; parameters that learn for the first time start with states of
    ///   zeros.
    public mutating func update<Root>(_ model: inout Model<Root>, _ found: ModelGradient) throws(TensorError) {
        try update(&model.values, found)
    }

    /// The same for the values by themselves.
    public mutating func update(_ values: inout ParameterValues, _ found: ModelGradient) throws(TensorError) {
        let (table, other) = (values.table, found.table)
        require(
            table === other || table.isEqual(to: other) && table.trainable == other.trainable,
            "OptimizerState.update: the gradient is of another network, or was found while others of its parameters were frozen"
        )
        if let failure = found.failure { throw failure }
        try change(&values, found.gradients)
        values.remember(found)
    }

    /// Changes the trainable parameters by gradients in their order; with an error, values, states and step are as before.
    mutating func change(_ values: inout ParameterValues, _ gradients: [Tensor]) throws(TensorError) {
        let positions = values.table.trainable
        require(
            positions.count == gradients.count,
            "OptimizerState.update: \(gradients.count) gradients for \(positions.count) parameters")
        if table !== values.table { try begin(values) }
        let factor = normFactor(gradients)
        optimizer.scalars(step: step, scale: learningRateScale, into: &scalars)
        let usual = (rate: scalars[0], decay: optimizer.weightDecay)
        var done = 0
        do throws(TensorError) {
            for number in order {
                let position = positions[number]
                choose(settings[number], usual, isWeight: values.table.weightMarks[number])
                require(
                    values.tensors[position].dimensions == gradients[number].dimensions,
                    "OptimizerState.update: gradient \(gradients[number].dimensions) of a parameter \(values.tensors[position].dimensions)"
                )
                // Taken out, so that nothing shares the states while they change.
                var taken = states[position] ?? []
                states[position] = nil
                defer { states[position] = taken }
                try Tensor.update(
                    optimizer.name, program, &values.tensors[position], &taken, spare: &spares[number],
                    inPlace: done == order.count - 1, with: gradients[number], factor: factor, scalars: scalars)
                done += 1
            }
        } catch {
            for number in order.prefix(done) {
                let position = positions[number]
                var taken = states[position] ?? []
                Tensor.exchange(&values.tensors[position], &taken, &spares[number])
                states[position] = taken
            }
            throw error
        }
        step += 1
    }

    /// Sets the scalars that depend on the parameter.
    private mutating func choose(
        _ settings: ParameterSettings?, _ usual: (rate: Double, decay: Double), isWeight: Double
    ) {
        scalars[optimizer.numberCount] = isWeight
        guard !optimizer.groups.isEmpty else { return }
        scalars[0] = settings?.learningRate.map { $0[step] * learningRateScale } ?? usual.rate
        if optimizer.hasDecay { scalars[optimizer.decayPosition] = settings?.decay ?? usual.decay }
    }

    /// Makes the states of the parameters that learn for the first time.
    private mutating func begin(_ values: ParameterValues) throws(TensorError) {
        let (table, learning) = (values.table, values.table.trainable)
        require(
            self.table.map { $0.isEqual(to: table) } ?? true && [0, table.entries.count].contains(states.count),
            "OptimizerState.update: the states are of another network")
        var new = states.isEmpty ? Array(repeating: nil, count: table.entries.count) : states
        for position in learning where new[position] == nil {
            let made = (0..<optimizer.stateCount).map { _ in Tensor.zeros(like: values.tensors[position]) }
            for case let failure? in made.map(\.failure) { throw failure }
            new[position] = made
        }
        settings = optimizer.settings(for: table)
        states = new
        spares = learning.map { _ in [Tensor?](repeating: nil, count: 1 + optimizer.stateCount) }
        order = Array(learning.indices)
        if let largest = order.max(by: { values.tensors[learning[$0]].count < values.tensors[learning[$1]].count }) {
            order.remove(at: largest)
            order.append(largest)
        }
        self.table = table
    }

    /// Takes over what was remembered elsewhere.
    mutating func take(_ states: [[Tensor]?], step: Int, learningRateScale: Double) {
        self.states = states
        self.step = step
        self.learningRateScale = learningRateScale
        // The next step looks at the network anew.
        table = nil
    }

    /// `min(1, limit / ‖gradients‖)`, computed on the device.
    private func normFactor(_ gradients: [Tensor]) -> Tensor? {
        guard case .norm(let limit) = optimizer.clipping, !gradients.isEmpty else { return nil }
        return Self.clipFactor([globalSquaredNorm(gradients)], scalars: [limit])
    }

    private static let clipFactor = ScalarFunction("clipFactor", inputs: 1, scalars: 1) { x, s in
        let norm = sqrt(x[0])
        return select(norm .> s[0], s[0] / norm, select(norm .== norm, 1, norm))
    }
}

/// The sum of the squares of all elements, as a tensor without axes.
func globalSquaredNorm(_ tensors: [Tensor]) -> Tensor {
    require(!tensors.isEmpty, "globalSquaredNorm: no tensors")
    return tensors.dropFirst().reduce(Tensor.sum(of: .square, [tensors[0]])) { $0 + Tensor.sum(of: .square, [$1]) }
}
