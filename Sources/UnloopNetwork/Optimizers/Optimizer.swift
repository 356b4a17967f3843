import UnloopBackend
import UnloopTensor

/// How parameters follow their gradients: a scalar formula, run once for each parameter and step in one pass over memory.
///
/// An optimizer is a value; `OptimizerState` holds what it remembers about one network.
public struct Optimizer: Sendable {
    /// One element of a parameter with what belongs to it.
    public struct Element {
        public var value: Scalar
        /// Already clipped and regularized.
        public let gradient: Scalar
        /// What the rule remembers between steps; zero at the start.
        public var state: [Scalar]
        /// The values that `numbers` gives for the step.
        public let numbers: [Scalar]
        /// Zero for parameters that are not regularized (biases, for example), one for the others.
        public let isWeight: Scalar
    }

    /// What bounds the gradient before it is used.
    public enum Clipping: Sendable, Hashable {
        case none
        /// Every element is brought into `-limit ... limit`.
        case value(Double)
        /// All gradients together are scaled down when their Euclidean norm is above this. A norm above 1.8e19, whose square float32
        /// does not hold, makes them 0.
        case norm(Double)
    }

    public let name: String
    public var learningRate: LearningRate
    /// Scalars beside the learning rate, which is the first of `Element.numbers`; a function of the step from 0. What changes from
    /// step to step belongs here, not in the formula, so that no step needs a new program.
    let numbers: @Sendable (_ step: Int) -> [Double]
    let numberCount: Int
    let stateCount: Int
    let rule: @Sendable (inout Element) -> Void
    public private(set) var clipping = Clipping.none
    public private(set) var l1 = 0.0
    public private(set) var l2 = 0.0
    /// See `decoupledDecay`.
    public private(set) var weightDecay = 0.0
    /// See `softThresholded`.
    public private(set) var threshold = 0.0

    /// An optimizer of your own.
    ///
    ///     Optimizer("momentum", learningRate: 0.1, state: 1) { element in
    ///         element.state[0] = 0.9 * element.state[0] + element.gradient
    ///         element.value = element.value - element.numbers[0] * element.state[0]
    ///     }
    ///
    /// - Parameters:
    ///   - state: how many numbers are remembered for each element.
    ///   - numbers: what follows the learning rate in `Element.numbers` at a step, counted from 0; always as many.
    public init(
        _ name: String, learningRate: LearningRate, state: Int = 0,
        numbers: @escaping @Sendable (_ step: Int) -> [Double] = { _ in [] },
        rule: @escaping @Sendable (inout Element) -> Void
    ) {
        self.name = name
        self.learningRate = learningRate
        self.numbers = numbers
        numberCount = 1 + numbers(0).count
        stateCount = state
        self.rule = rule
    }

    public func clipped(_ clipping: Clipping) -> Optimizer {
        if case .value(let limit) = clipping { require(limit > 0, "Optimizer.clipped: limit \(limit)") }
        if case .norm(let limit) = clipping { require(limit > 0, "Optimizer.clipped: norm \(limit)") }
        var result = self
        result.clipping = clipping
        return result
    }

    /// Adds `l1 Σ|w| + l2/2 Σw²` over the weights (not biases and the like) to what is minimized. The derivative of |w| at 0 counts
    /// as 0. Steps cross 0, so `l1` makes weights small, but seldom exactly 0; `softThresholded` does.
    public func regularized(l1: Double = 0, l2: Double = 0) -> Optimizer {
        require(l1 >= 0 && l2 >= 0, "Optimizer.regularized: l1 \(l1), l2 \(l2)")
        var result = self
        result.l1 = l1
        result.l2 = l2
        return result
    }

    /// Takes `rate · decay · w` off the weights (not biases and the like) at each step, beside the rule's own change and untouched by
    /// its scaling (I. Loshchilov, F. Hutter, arXiv 1711.05101): `sgd` with it is their SGDW, `adam` with it AdamW.
    public func decoupledDecay(_ decay: Double) -> Optimizer {
        require(decay >= 0, "Optimizer.decoupledDecay: \(decay)")
        var result = self
        result.weightDecay = decay
        return result
    }

    /// Adds `l1 Σ|w|` over the weights by its proximal step: after the rule, each weight moves `rate · l1` towards 0 and stops there
    /// (J. Duchi, Y. Singer: Efficient online and batch learning using forward backward splitting, JMLR 10, 2009). Weights that the
    /// loss does not need become exactly 0.
    public func softThresholded(l1: Double) -> Optimizer {
        require(l1 >= 0, "Optimizer.softThresholded: l1 \(l1)")
        var result = self
        result.threshold = l1
        return result
    }

    /// Inputs: value, states…, gradient, and the factor of norm clipping if there is one. Scalars: numbers…, isWeight, and then
    /// those that are used of: limit, l1, l2, decay, threshold. Outputs: value, states….
    package func program() -> ScalarProgram {
        let hasFactor = if case .norm = clipping { true } else { false }
        let hasLimit = if case .value = clipping { true } else { false }
        let inputs = [ScalarType](repeating: .real, count: 2 + stateCount + (hasFactor ? 1 : 0))
        let extra = (hasLimit ? 1 : 0) + [l1, l2, weightDecay, threshold].count { $0 > 0 }
        let scalars = [ScalarType](repeating: .real, count: numberCount + 1 + extra)
        return ScalarProgram(inputs: inputs, scalars: scalars) { inputs, scalars in
            let inputs = inputs.map(Scalar.init)
            let scalars = scalars.map(Scalar.init)
            let (value, isWeight) = (inputs[0], scalars[numberCount])
            var gradient = inputs[1 + stateCount]
            var next = numberCount + 1
            func scalar() -> Scalar {
                defer { next += 1 }
                return scalars[next]
            }
            if hasFactor { gradient = gradient * inputs[2 + stateCount] }
            if hasLimit {
                let limit = scalar()
                gradient = max(min(gradient, limit), -limit)
            }
            if l1 > 0 {
                let sign: Scalar = select(value .> 0, 1, select(value .< 0, Scalar(-1), 0))
                gradient = gradient + scalar() * isWeight * sign
            }
            if l2 > 0 { gradient = gradient + scalar() * isWeight * value }
            // The rule starts from the decayed weight: neither term of the change depends on the other.
            let decayed = weightDecay > 0 ? value - scalars[0] * scalar() * isWeight * value : value
            var element = Element(
                value: decayed, gradient: gradient, state: Array(inputs[1..<1 + stateCount]),
                numbers: Array(scalars.prefix(numberCount)), isWeight: isWeight)
            rule(&element)
            require(element.state.count == stateCount, "Optimizer \(name): the rule changed the number of states")
            if threshold > 0 {
                let size = scalars[0] * scalar() * isWeight
                let value = element.value
                // NaN lies nowhere, but must stay.
                let inside: Scalar = select(value .== value, 0, value)
                element.value = select(
                    value .> size, value - size, select(value .< -size, value + size, inside))
            }
            return [element.value.expression] + element.state.map(\.expression)
        }
    }

    /// The program's scalars at a step, in place of what is there. `isWeight`, at position `numberCount`, depends on the parameter and
    /// is 0 here.
    func scalars(step: Int, into result: inout [Double]) {
        let numbers = numbers(step)
        require(
            numbers.count + 1 == numberCount, "Optimizer \(name): the number of numbers changed at step \(step)")
        result.removeAll(keepingCapacity: true)
        result.append(learningRate[step])
        result += numbers
        result.append(0)
        if case .value(let limit) = clipping { result.append(limit) }
        if l1 > 0 { result.append(l1) }
        if l2 > 0 { result.append(l2) }
        if weightDecay > 0 { result.append(weightDecay) }
        if threshold > 0 { result.append(threshold) }
    }
}

/// What an optimizer remembers about the parameters of one network: the step and the states of each parameter. A value, whose copies are
/// independent.
///
///     var state = OptimizerState(.adam())
///     for (step, batch) in batches.enumerated() {
///         let found = valueWithGradient(of: model, step: step) { pass in loss(model(batch.features, pass), batch.labels) }
///         try state.update(&model, found)
///     }
public struct OptimizerState: Sendable {
    public let optimizer: Optimizer
    /// The number of steps done.
    public private(set) var step = 0
    private let program: ScalarProgram
    /// Those of each trainable parameter.
    private var states: [[Tensor]] = []
    /// For each parameter, what value and states were before the last update: what a failed one is taken back to, and memory for the next.
    private var spares: [[Tensor?]] = []
    /// The trainable parameters, by number, in the order in which they are updated. The largest is the last: nothing that could fail comes
    /// after it, so it needs no spare.
    private var order: [Int] = []
    /// The program's scalars of the last step; kept for their memory.
    private var scalars: [Double] = []

    public init(_ optimizer: Optimizer) {
        self.optimizer = optimizer
        program = optimizer.program()
    }

    /// Changes each trainable parameter by its gradient, and takes over what the network wants to remember of the pass.
    ///
    /// - Throws: the error of what a device failed to compute, such as the loss or a gradient. Values, states and step are then as they were.
    /// - Precondition: the same network in every call.
    public mutating func update<Root>(_ model: inout Model<Root>, _ found: ModelGradient) throws(TensorError) {
        try update(&model.values, found)
    }

    /// The same for the values by themselves.
    public mutating func update(_ values: inout ParameterValues, _ found: ModelGradient) throws(TensorError) {
        if let failure = found.failure { throw failure }
        try change(&values, found.gradients)
        values.remember(found)
    }

    /// Changes the trainable parameters by gradients in their order; with an error, values, states and step are as before.
    mutating func change(_ values: inout ParameterValues, _ gradients: [Tensor]) throws(TensorError) {
        let table = values.table
        let positions = table.trainable
        require(
            positions.count == gradients.count,
            "OptimizerState.update: \(gradients.count) gradients for \(positions.count) parameters")
        if step == 0 { try begin(values.trainable) }
        require(
            states.count == positions.count,
            "OptimizerState.update: \(positions.count) parameters, \(states.count) at the first step")
        let factor = normFactor(gradients)
        optimizer.scalars(step: step, into: &scalars)
        var done = 0
        do throws(TensorError) {
            for number in order {
                let position = positions[number]
                scalars[optimizer.numberCount] = table.weightMarks[number]
                require(
                    values.tensors[position].dimensions == gradients[number].dimensions,
                    "OptimizerState.update: gradient \(gradients[number].dimensions) of a parameter \(values.tensors[position].dimensions)"
                )
                try Tensor.update(
                    optimizer.name, program, &values.tensors[position], &states[number], spare: &spares[number],
                    inPlace: done == order.count - 1, with: gradients[number], factor: factor, scalars: scalars)
                done += 1
            }
        } catch {
            for number in order.prefix(done) {
                Tensor.exchange(&values.tensors[positions[number]], &states[number], &spares[number])
            }
            throw error
        }
        step += 1
    }

    /// Makes the states of the first step.
    private mutating func begin(_ values: [Tensor]) throws(TensorError) {
        let new = values.map { value in (0..<optimizer.stateCount).map { _ in Tensor.zeros(like: value) } }
        for case let failure? in new.joined().map(\.failure) { throw failure }
        states = new
        spares = values.map { _ in [Tensor?](repeating: nil, count: 1 + optimizer.stateCount) }
        order = Array(values.indices)
        if let largest = order.max(by: { values[$0].count < values[$1].count }) {
            order.remove(at: largest)
            order.append(largest)
        }
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

/// The whole powers of a number by repeated multiplication: the same on every machine, which a system's `pow` need not be.
package struct WholePowers: Sendable {
    /// The powers 1, 2, 4, 8, …: a power is the product of those that its exponent consists of.
    private let squares: [Double]

    package init(of base: Double) {
        var squares = [base]
        for _ in 1..<Int.bitWidth { squares.append(squares[squares.count - 1] * squares[squares.count - 1]) }
        self.squares = squares
    }

    package subscript(exponent: Int) -> Double {
        var result = 1.0
        var rest = exponent
        while rest > 0 {
            result *= squares[rest.trailingZeroBitCount]
            rest &= rest - 1
        }
        return result
    }
}
