import UnloopBackend
import UnloopTensor

/// How parameters follow their gradients: a scalar formula, run once for each parameter and step in one pass over memory.
///
/// An optimizer is a value; `OptimizerState` holds what it remembers about one network.
public struct Optimizer: Sendable {
    /// One element of a parameter with what belongs to it.
    public struct Element {
        /// The element itself: what the rule changes. Where weights decay, it has decayed already.
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
        /// Gradients are used as they are.
        case none
        /// Every element is brought into `-limit ... limit`.
        case value(Double)
        /// All gradients together are scaled down when their Euclidean norm is above this. A norm above 1.8e19, whose square float32
        /// does not hold, makes them 0.
        case norm(Double)
    }

    /// Shown to people, and compared when a checkpoint is taken up.
    public let name: String
    /// Of parameters in no group; groups may have others.
    public var learningRate: LearningRate
    /// Scalars beside the learning rate, which is the first of `Element.numbers`; a function of the step from 0. What changes from
    /// step to step belongs here, not in the formula, so that no step needs a new program.
    let numbers: @Sendable (_ step: Int) -> [Double]
    let numberCount: Int
    let stateCount: Int
    let rule: @Sendable (inout Element) -> Void
    /// See `clipped`.
    public private(set) var clipping = Clipping.none
    /// See `regularized`.
    public private(set) var l1 = 0.0
    /// See `regularized`.
    public private(set) var l2 = 0.0
    /// See `decoupledDecay`.
    public private(set) var weightDecay = 0.0
    /// See `softThresholded`.
    public private(set) var threshold = 0.0
    /// See `group`.
    var groups: [ParameterGroup] = []

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

    /// Bounds the gradient before it is regularized and used, in place of what was said before.
    ///
    /// - Precondition: a limit is more than 0.
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

    /// Whether weights decay, those of one group at least.
    var hasDecay: Bool { weightDecay > 0 || groups.contains { $0.decay ?? 0 > 0 } }

    /// Inputs: value, states…, gradient, and the factor of norm clipping if there is one. Scalars: numbers…, isWeight, and then
    /// those that are used of: limit, l1, l2, decay, threshold. Outputs: value, states….
    package func program() -> ScalarProgram {
        let hasFactor = if case .norm = clipping { true } else { false }
        let hasLimit = if case .value = clipping { true } else { false }
        let inputs = [ScalarType](repeating: .real, count: 2 + stateCount + (hasFactor ? 1 : 0))
        let extra = (hasLimit ? 1 : 0) + [l1, l2, threshold].count { $0 > 0 } + (hasDecay ? 1 : 0)
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
            let decayed = hasDecay ? value - scalars[0] * scalar() * isWeight * value : value
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

    /// The program's scalars at a step, in place of what is there, for parameters in no group. `isWeight`, at position `numberCount`,
    /// depends on the parameter and is 0 here.
    ///
    /// - Parameter scale: multiplies the learning rate.
    func scalars(step: Int, scale: Double, into result: inout [Double]) {
        let numbers = numbers(step)
        require(
            numbers.count + 1 == numberCount, "Optimizer \(name): the number of numbers changed at step \(step)")
        result.removeAll(keepingCapacity: true)
        result.append(learningRate[step] * scale)
        result += numbers
        result.append(0)
        if case .value(let limit) = clipping { result.append(limit) }
        if l1 > 0 { result.append(l1) }
        if l2 > 0 { result.append(l2) }
        if hasDecay { result.append(weightDecay) }
        if threshold > 0 { result.append(threshold) }
    }

    /// Where the decay stands among the program's scalars, if it is there.
    var decayPosition: Int {
        let hasLimit = if case .value = clipping { true } else { false }
        return numberCount + 1 + (hasLimit ? 1 : 0) + [l1, l2].count { $0 > 0 }
    }

    /// What it computes, as text that is the same in every process: the program, and which parameters are in which groups. Learning rates and the
    /// numbers of a step stand in `numbers(at:)`.
    var formula: String {
        var lines = [name, program().description]
        if case .norm = clipping { lines.append("the first factor scales all gradients together") }
        lines += groups.map { "group \($0.pattern.text)" }
        return lines.joined(separator: "\n")
    }

    /// The numbers of a step, of parameters in no group and then of each group, as text that tells every bit.
    func numbers(at step: Int) -> String {
        var scalars: [Double] = []
        self.scalars(step: step, scale: 1, into: &scalars)
        if case .norm(let limit) = clipping { scalars.append(limit) }
        for group in groups { scalars += [group.learningRate?[step] ?? .nan, group.decay ?? .nan] }
        return scalars.map(\.description).joined(separator: " ")
    }
}
