import UnloopBackend
import UnloopTensor

/// What a recurrent layer remembers between two pieces of a sequence.
public struct RecurrentState: Sendable {
    /// One tensor for each number that a unit remembers (h; for an LSTM h and c), each `[layers · directions, batch, units]`: the layers
    /// in order, in a bidirectional one first forward, then backward.
    public var tensors: [Tensor]

    /// - Precondition: there is at least one tensor.
    public init(_ tensors: [Tensor]) {
        require(!tensors.isEmpty, "RecurrentState: no tensors")
        self.tensors = tensors
    }

    /// h, the outputs of the units.
    public var hidden: Tensor { tensors[0] }

    /// The same numbers, through which no derivative flows: what cuts backpropagation through time.
    public func detached() -> RecurrentState { RecurrentState(tensors.map { $0.stopGradient() }) }
}

/// The states that recurrent layers of one network carry from one piece of a sequence to the next; see `Pass.carried`.
public struct CarriedStates: Sendable {
    private struct Place: Hashable {
        let layer: Parameter
        let use: Int
    }

    private var states: [Place: RecurrentState] = [:]

    /// Nothing is carried yet: the layers start from zero.
    public init() {}

    /// The state of a layer; nil before its first piece. Of a layer that is used at several places of the network, that at the first.
    public subscript(layer: some Recurrent) -> RecurrentState? {
        get { self[layer.recurrence, 0] }
        set { self[layer.recurrence, 0] = newValue }
    }

    /// The state of a layer at one of the places where it is used, counted from 0.
    subscript(layer: RecurrentLayer, use: Int) -> RecurrentState? {
        get { states[Place(layer: layer.identity, use: use)] }
        set { states[Place(layer: layer.identity, use: use)] = newValue }
    }
}
