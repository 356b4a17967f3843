import UnloopBackend

/// One step of a recurrent network, written as the formula of one unit; every device runs it in one pass, and its derivative is
/// found from it.
///
/// The state of a unit is one number or several, the first of which is its output h. A step gets, for each gate, the unit's two
/// products: of the step's input, x·W_x + b, and of the last outputs, h·W_h.
///
///     let leaky = RecurrentCell("leaky", gates: 1, states: 1) { sums, states in
///         [0.9 * states[0] + 0.1 * tanh(sums[0])]
///     }
public struct RecurrentCell: Sendable {
    /// Shown in error messages and summaries.
    public let name: String
    /// How many products a unit has; the weights' last axis is `gates · units`, one gate after the other.
    public let gates: Int
    /// How many numbers a unit remembers.
    public let states: Int
    /// Whether the formula gets both products of a gate by themselves, the recurrent one with a bias of its own.
    public let separatesProducts: Bool

    let plain: RecurrentPrograms
    /// With one more input, the lengths of the sequences, and the number of the step as a scalar: past the end of a sequence the
    /// state stays.
    let masked: RecurrentPrograms

    /// A cell that needs only the sums of both products.
    ///
    /// - Parameters:
    ///   - gates: at least 1.
    ///   - states: at least 1.
    ///   - step: from the gates' sums and the unit's states to its next states.
    public init(
        _ name: String, gates: Int, states: Int,
        step: (_ sums: [Scalar], _ states: [Scalar]) -> [Scalar]
    ) {
        self.init(name, gates: gates, states: states, separatesProducts: false) { input, recurrent, states in
            step(zip(input, recurrent).map { $0 + $1 }, states)
        }
    }

    /// A cell that uses the two products of a gate in different ways. The recurrent one has a bias of its own, h·W_h + b_h.
    public init(
        _ name: String, gates: Int, states: Int,
        stepOfProducts step: (_ input: [Scalar], _ recurrent: [Scalar], _ states: [Scalar]) -> [Scalar]
    ) {
        self.init(name, gates: gates, states: states, separatesProducts: true, step)
    }

    /// A cell whose only state is a function of its only sum; its derivative is that of the function, be it one of its own.
    package init(_ name: String, _ function: ScalarFunction) {
        let program = function.program
        let own = function.pullback.map { pullback in
            { (sums: [Scalar], states: [Scalar], cotangents: [Scalar]) -> (sums: [Scalar], states: [Scalar]) in
                let values = pullback.expressions(
                    inputs: [sums[0].expression, cotangents[0].expression], scalars: [])
                return ([Scalar(values[pullback.outputs[0]])], states.map { _ in 0 })
            }
        }
        self.init(name, gates: 1, states: 1, separatesProducts: false, derivative: own) { input, recurrent, _ in
            let sum = (input[0] + recurrent[0]).expression
            return [Scalar(program.expressions(inputs: [sum], scalars: [])[program.outputs[0]])]
        }
    }

    private init(
        _ name: String, gates: Int, states: Int, separatesProducts: Bool,
        derivative: RecurrentPrograms.Derivative? = nil,
        _ step: (_ input: [Scalar], _ recurrent: [Scalar], _ states: [Scalar]) -> [Scalar]
    ) {
        require(gates > 0 && states > 0, "RecurrentCell \(name): \(gates) gates and \(states) states")
        self.name = name
        self.gates = gates
        self.states = states
        self.separatesProducts = separatesProducts
        plain = RecurrentPrograms(name, gates, states, separatesProducts, isMasked: false, derivative, step)
        masked = RecurrentPrograms(name, gates, states, separatesProducts, isMasked: true, derivative, step)
    }
}

/// What a cell's formula becomes.
///
/// Inputs of a step: the input's products, the recurrent products, the recurrent biases if there are any, the states; with a mask
/// the lengths of the sequences, and as scalar the number of the step.
struct RecurrentPrograms: Sendable {
    /// What is used in place of the derivative that would be found: from the gates' sums, the states and the cotangents of the next
    /// states to the cotangents of sums and states. For cells that need only the sums of both products.
    typealias Derivative = (_ sums: [Scalar], _ states: [Scalar], _ cotangents: [Scalar]) -> (
        sums: [Scalar], states: [Scalar]
    )

    /// Outputs: the next states.
    let step: ScalarProgram
    /// Inputs: those of the step; for each next state the cotangent that comes from outside, then for each the one that the following
    /// step gave directly, and last the one of the output that came through the following step's recurrent product. Outputs: cotangents
    /// of the input's products, of the recurrent products if they are separate (the same if not), of the states.
    let pullback: ScalarProgram
    /// Whether there may be numbers that the formula does not take, as past the end of a sequence.
    let selects: Bool
    /// Each next state by itself, for derivatives of derivatives.
    let functions: [ScalarFunction]

    init(
        _ name: String, _ gates: Int, _ states: Int, _ separatesProducts: Bool, isMasked: Bool,
        _ own: Derivative?,
        _ formula: (_ input: [Scalar], _ recurrent: [Scalar], _ states: [Scalar]) -> [Scalar]
    ) {
        let firstState = (separatesProducts ? 3 : 2) * gates
        let reals = firstState + states
        let types = [ScalarType](repeating: .real, count: reals) + (isMasked ? [.integer] : [])
        let scalarTypes: [ScalarType] = isMasked ? [.integer] : []
        let step = ScalarProgram(inputs: types, scalars: scalarTypes) { inputs, scalars in
            let values = inputs.prefix(reals).map(Scalar.init)
            var recurrent = Array(values[gates..<2 * gates])
            if separatesProducts { recurrent = zip(recurrent, values[2 * gates..<firstState]).map { $0 + $1 } }
            let old = Array(values[firstState...])
            let new = formula(Array(values.prefix(gates)), recurrent, old)
            require(new.count == states, "RecurrentCell \(name): the formula gives \(new.count) states, not \(states)")
            guard isMasked else { return new.map(\.expression) }
            let isInside = IntegerScalar(scalars[0]) .< IntegerScalar(inputs[reals])
            return zip(new, old).map { select(isInside, $0, $1).expression }
        }
        self.step = step
        selects = (0..<reals).contains { step.isConditional(input: $0) }

        // From the inputs of the step and the cotangents of the next states to those of all real inputs.
        let ownPullback = own.map { own in
            ScalarProgram(
                inputs: types + [ScalarType](repeating: .real, count: states), scalars: scalarTypes
            ) { inputs, scalars in
                let values = inputs.prefix(reals).map(Scalar.init)
                let given = inputs.suffix(states).map(Scalar.init)
                let sums = (0..<gates).map { values[$0] + values[gates + $0] }
                var found = own(sums, Array(values[firstState...]), given)
                if isMasked {
                    let isInside = IntegerScalar(scalars[0]) .< IntegerScalar(inputs[reals])
                    found.sums = found.sums.map { select(isInside, $0, 0) }
                    found.states = zip(found.states, given).map { select(isInside, $0, $1) }
                }
                return (found.sums + found.sums + found.states).map(\.expression)
            }
        }
        let wanted = Array(0..<(separatesProducts ? 2 * gates : gates)) + Array(firstState..<reals)
        let derivative = ownPullback ?? step.pullback(withRespectTo: wanted)
        let derivativeOutputs = ownPullback.map { own in wanted.map { own.outputs[$0] } } ?? derivative.outputs
        let cotangents = [ScalarType](repeating: .real, count: 2 * states + 1)
        pullback = ScalarProgram(inputs: types + cotangents, scalars: scalarTypes) { inputs, scalars in
            let given = inputs.dropFirst(types.count).map(Scalar.init)
            var sums = (0..<states).map { given[$0] + given[states + $0] }
            sums[0] = sums[0] + given[2 * states]
            let values = derivative.expressions(
                inputs: inputs.prefix(types.count) + sums.map(\.expression), scalars: scalars)
            return derivativeOutputs.map { values[$0] }
        }
        functions = (0..<states).map { state in
            ScalarFunction(
                name,
                program: ScalarProgram(inputs: types, scalars: scalarTypes) { inputs, scalars in
                    [step.expressions(inputs: inputs, scalars: scalars)[step.outputs[state]]]
                },
                pullback: ownPullback.map { own in
                    ScalarProgram(inputs: types + [.real], scalars: scalarTypes) { inputs, scalars in
                        let given = (0..<states).map { $0 == state ? inputs[types.count] : Scalar(0).expression }
                        let values = own.expressions(inputs: Array(inputs.dropLast()) + given, scalars: scalars)
                        return own.outputs.map { values[$0] }
                    }
                })
        }
    }
}
