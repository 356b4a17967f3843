import UnloopBackend
import UnloopTensor

/// One run through a network: the values of its parameters, whether it trains, and where its random numbers come from.
///
/// A layer reads its parameters from the pass and changes nothing. What it wants to remember it hands to the pass, which keeps it for
/// whoever runs the network: the training takes it over after the step, all others drop it.
public final class Pass {
    /// Whether dropout drops and normalization uses the batch's statistics.
    public let isTraining: Bool
    /// Where recurrent layers take their first states from and leave their last ones, detached; nil lets every pass start from zero.
    public private(set) var carried: CarriedStates?
    private var values: ParameterValues
    private var key: RandomKey
    /// How often each recurrent layer has run in this pass.
    private var uses: [Parameter: Int] = [:]
    /// Positions of the values that were remembered.
    private var changed: [Int] = []

    /// - Parameters:
    ///   - values: of all parameters of the network.
    ///   - step: with the seed, decides what is dropped; a step that is run again drops the same.
    ///   - carried: for sequences that are run in pieces.
    public init(
        _ values: ParameterValues, isTraining: Bool = false, seed: UInt64 = 0, step: Int = 0,
        carrying carried: CarriedStates? = nil
    ) {
        self.values = values
        self.isTraining = isTraining
        self.carried = carried
        key = RandomKey(seed: seed).child(UInt64(truncatingIfNeeded: step))
    }

    /// The value of a parameter, or what was remembered for it in this pass.
    ///
    /// - Precondition: the parameter is one of the network's.
    public subscript(parameter: Parameter) -> Tensor { values[parameter] }

    /// Gives a parameter that is not trainable its next value: running statistics, for example. No derivative flows through it.
    public func remember(_ value: Tensor, for parameter: Parameter) {
        require(
            !parameter.isTrainable,
            "Pass.remember: `\(parameter.name)` is trainable, so that only an optimizer changes it")
        let value = value.stopGradient()
        values[parameter] = value
        changed.append(values.table.place(of: parameter))
    }

    /// For the next layer of this pass that needs random numbers.
    public func nextKey() -> RandomKey { key.next() }

    /// What was remembered, with the positions of the values.
    var remembered: [(position: Int, value: Tensor)] { changed.map { ($0, values.tensors[$0]) } }

    /// The state that a recurrent layer carries here from the last piece of a sequence; nil before its first piece. A layer at two
    /// places of a network carries two states.
    func carriedState(of layer: RecurrentLayer) -> (use: Int, state: RecurrentState?) {
        let use = uses[layer.identity, default: 0]
        uses[layer.identity] = use + 1
        return (use, carried?[layer, use])
    }

    func carry(_ state: RecurrentState, of layer: RecurrentLayer, use: Int) { carried?[layer, use] = state.detached() }
}
