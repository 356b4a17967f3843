import UnloopBackend
import UnloopTensor

extension RecurrentCell {
    /// J. Elman, Cognitive Science 14, 1990: h' = activation(x·W_x + b + h·W_h).
    ///
    /// - Precondition: the activation is one of each element by itself.
    public static func elman(_ activation: Activation = .tanh) -> RecurrentCell {
        let name = "elman(\(activation.name))"
        switch activation.kind {
        case .identity: return RecurrentCell(name, gates: 1, states: 1) { sums, _ in [sums[0]] }
        case .elementwise(let function, _): return RecurrentCell(name, function)
        case .softmax, .logSoftmax:
            misuse("RecurrentCell.elman: \(activation.name) is no function of each element by itself")
        }
    }

    /// K. Cho et al., arXiv 1406.1078, with the reset gate after the recurrent product, as cuDNN and PyTorch compute it ("reset after"),
    /// which needs a second bias. Gates r, z, n in this order:
    /// n = tanh(x·W_n + b_n + r (h·U_n + c_n)), h' = (1 - z) n + z h.
    public static let gru = RecurrentCell("gru", gates: 3, states: 1) { input, recurrent, states in
        let reset = sigmoid(input[0] + recurrent[0])
        let update = sigmoid(input[1] + recurrent[1])
        let candidate = tanh(input[2] + reset * recurrent[2])
        return [(1 - update) * candidate + update * states[0]]
    }

    /// S. Hochreiter, J. Schmidhuber, Neural Computation 9, 1997, with the forget gate of F. Gers et al., Neural Computation 12, 2000,
    /// without peepholes: gates i, f, g, o in this order, c' = f c + i g, h' = o tanh(c').
    public static let lstm = RecurrentCell("lstm", gates: 4, states: 2) { sums, states in
        let cell = sigmoid(sums[1]) * states[1] + sigmoid(sums[0]) * tanh(sums[2])
        return [sigmoid(sums[3]) * tanh(cell), cell]
    }
}

/// A layer of Elman's recurrent units, h' = activation(x·W_x + b + h·W_h); see `RecurrentLayer`.
public struct RNN: Recurrent {
    /// The recurrent layer that does the work.
    public let recurrence: RecurrentLayer
    /// Of a unit's sum.
    public let activation: Activation

    /// See `RecurrentLayer.init` for the parameters.
    ///
    /// - Precondition: the activation is one of each element by itself.
    public init(
        _ units: Int, activation: Activation = .tanh, layers: Int = 1, bidirectional: Bool = false,
        returnsSequences: Bool = true, dropout: Double = 0, padding: Double? = nil,
        recurrentInitializer: Initializer = .orthogonal()
    ) {
        self.activation = activation
        recurrence = RecurrentLayer(
            "RNN", .elman(activation), units: units, layers: layers, bidirectional: bidirectional,
            returnsSequences: returnsSequences, dropout: dropout, padding: padding,
            recurrentInitializer: recurrentInitializer)
    }
}

/// A layer of gated recurrent units; see `RecurrentCell.gru` for the variant and `RecurrentLayer` for the rest.
///
/// The update gates' biases start at `updateBias`: the larger, the longer a new network remembers. For lags of T steps about log T
/// (C. Tallec, Y. Ollivier, arXiv 1804.11188).
public struct GRU: Recurrent {
    /// The recurrent layer that does the work.
    public let recurrence: RecurrentLayer
    /// See `RecurrentLayer.init` for the others.
    ///
    /// - Parameter updateBias: where the update gates' biases start.
    public init(
        _ units: Int, layers: Int = 1, bidirectional: Bool = false, returnsSequences: Bool = true, dropout: Double = 0,
        padding: Double? = nil, updateBias: Double = 0, recurrentInitializer: Initializer = .orthogonal()
    ) {
        recurrence = RecurrentLayer(
            "GRU", .gru, units: units, layers: layers, bidirectional: bidirectional,
            returnsSequences: returnsSequences, dropout: dropout, padding: padding, biases: [0, updateBias, 0],
            recurrentInitializer: recurrentInitializer)
    }
}

/// A layer of long short-term memory; see `RecurrentCell.lstm` for the formula and `RecurrentLayer` for the rest.
///
/// The forget gates' biases start at `forgetBias`, so that a new network remembers (R. Jozefowicz et al., ICML 2015). For lags of T
/// steps about log T is right (C. Tallec, Y. Ollivier, arXiv 1804.11188).
public struct LSTM: Recurrent {
    /// The recurrent layer that does the work.
    public let recurrence: RecurrentLayer
    /// See `RecurrentLayer.init` for the others.
    ///
    /// - Parameter forgetBias: where the forget gates' biases start.
    public init(
        _ units: Int, layers: Int = 1, bidirectional: Bool = false, returnsSequences: Bool = true, dropout: Double = 0,
        padding: Double? = nil, forgetBias: Double = 1, recurrentInitializer: Initializer = .orthogonal()
    ) {
        recurrence = RecurrentLayer(
            "LSTM", .lstm, units: units, layers: layers, bidirectional: bidirectional,
            returnsSequences: returnsSequences, dropout: dropout, padding: padding, biases: [0, forgetBias, 0, 0],
            recurrentInitializer: recurrentInitializer)
    }
}
