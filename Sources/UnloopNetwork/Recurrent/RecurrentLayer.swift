import UnloopBackend
import UnloopTensor

/// Layers of recurrent units over sequences: `[batch, time, features]` to `[batch, time, units]`, or to `[batch, units]` where only the
/// last output is asked for. `RNN`, `GRU` and `LSTM` are such layers; a cell of your own makes another.
///
/// - Several layers feed one another, with dropout between them while training.
/// - A bidirectional layer runs over the sequence from both ends with weights of its own for each; its outputs are twice as wide, first
///   forward, then backward.
/// - Sequences of a batch may end early, see `lengths` and `padding`. Past the end the state stays as it is, the outputs are zero and
///   what the input holds, be it NaN, does not matter. A sequence of length 0 leaves its initial state as it is and its outputs zero.
///
/// By itself a layer starts from a state of zeros; `Model.callAsFunction(_:state:lengths:)` and `forward(_:state:lengths:_:)` take a state
/// and give the next one, for streams and for sequences in pieces.
public struct RecurrentLayer: Recurrent {
    /// The formula of a step.
    public let cell: RecurrentCell
    /// The number of units of a layer and direction.
    public let units: Int
    /// How many layers feed one another.
    public let layers: Int
    /// Whether it runs over the sequence from both ends.
    public let isBidirectional: Bool
    /// Whether the layer gives the outputs of all steps, or the last one: in each direction the output after that direction's last step.
    public let returnsSequences: Bool
    /// The probability with which outputs between layers are dropped in training.
    public let dropout: Double
    /// The number that fills sequences up at their ends: steps at the end whose features all are this number do not belong to a sequence.
    public let padding: Double?
    /// The parameters, layer by layer, in each first those of the forward direction.
    public let weights: [RecurrentWeights]
    private let name: String
    private let biases: [Double]
    private let recurrentInitializer: Initializer
    private let drop: Dropout

    /// - Parameters:
    ///   - name: shown in summaries.
    ///   - dropout: between layers, 0 up to, but not including, 1.
    ///   - padding: nil where all sequences of a batch are equally long.
    ///   - biases: where each gate's bias starts; nil stands for 0.
    ///   - recurrentInitializer: of the recurrent weights, for each gate by itself. Orthogonal weights neither shrink nor stretch a state,
    ///     and so its gradient, as long as the units' slopes are near 1.
    public init(
        _ name: String, _ cell: RecurrentCell, units: Int, layers: Int = 1, bidirectional: Bool = false,
        returnsSequences: Bool = true, dropout: Double = 0, padding: Double? = nil, biases: [Double]? = nil,
        recurrentInitializer: Initializer = .orthogonal()
    ) {
        require(units > 0 && layers > 0, "\(name): \(units) units in \(layers) layers")
        let biases = biases ?? Array(repeating: 0, count: cell.gates)
        require(biases.count == cell.gates, "\(name): \(biases.count) biases for \(cell.gates) gates")
        self.name = name
        self.cell = cell
        self.units = units
        self.layers = layers
        isBidirectional = bidirectional
        self.returnsSequences = returnsSequences
        self.dropout = dropout
        self.padding = padding
        self.biases = biases
        self.recurrentInitializer = recurrentInitializer
        drop = Dropout(dropout)
        weights = (0..<layers).flatMap { layer in
            (bidirectional ? [false, true] : [false]).map { RecurrentWeights(layer: layer, isReversed: $0, cell) }
        }
    }

    public var kind: String {
        let details =
            ["\(units)"] + (layers > 1 ? ["\(layers) layers"] : []) + (isBidirectional ? ["bidirectional"] : [])
        return "\(name)(\(details.joined(separator: ", ")))"
    }
    public var parameters: [Parameter] { weights.flatMap(\.parameters) }
    /// The layer itself.
    public var recurrence: RecurrentLayer { self }
    /// What tells this layer from others.
    var identity: Parameter { weights[0].inputWeight }

    private var directions: Int { isBidirectional ? 2 : 1 }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        require(
            inputShape.count == 2,
            "\(kind): an example must be [time, features], it is \(inputShape)")
        return (returnsSequences ? [inputShape[0]] : []) + [directions * units]
    }

    public func build(inputShape: [Int], _ builder: inout Builder) {
        for one in weights {
            let features = one.layer == 0 ? inputShape.last ?? 1 : directions * units
            one.build(features: features, units: units, biases: biases, recurrentInitializer, &builder)
        }
    }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        guard pass.carried != nil else { return forward(input, state: nil, pass).output }
        require(
            !isBidirectional,
            "\(kind): a bidirectional layer needs whole sequences, so it carries no state from piece to piece")
        let (use, state) = pass.carriedState(of: self)
        let result = forward(input, state: state, pass)
        pass.carry(result.state, of: self, use: use)
        return result.output
    }

    /// The outputs, and the state after the last step of each sequence.
    ///
    /// - Parameters:
    ///   - input: `[batch, time, features]`; no steps at all give the state back.
    ///   - state: before the first step (in a reversed direction, the last), each tensor `[layers · directions, batch, units]`; nil stands for
    ///     zeros.
    ///   - lengths: the number of steps of each sequence, int32 `[batch]`; numbers below 0 count as 0, those above the time axis as all of
    ///     it. Nil takes them from the padding, or all steps without one.
    public func forward(_ input: Tensor, state: RecurrentState? = nil, lengths: Tensor? = nil, _ pass: Pass) -> (
        output: Tensor, state: RecurrentState
    ) {
        let features = pass[weights[0].inputWeight].dimensions[0]
        require(
            input.rank == 3 && input.dimensions[2] == features,
            "\(kind): input \(input.shape) is not [batch, time, \(features)], which the weights take")
        let (batch, time) = (input.dimensions[0], input.dimensions[1])
        let initial = initialState(state, batch: batch, like: input)
        require(
            lengths.map { $0.shape == [batch] } ?? true,
            "\(kind): lengths \(lengths?.shape ?? []) for a batch of \(batch) sequences")
        let lengths = lengths ?? padding.map { SequenceMask.lengths(of: input, padding: $0) }
        let mask = lengths.map { SequenceMask($0, time: time) }

        // Time comes first inside, so that the numbers of one step lie side by side.
        var sequence = input.transposed(0, 1)
        if let mask { sequence = mask(sequence) }
        var final = [[Tensor]](repeating: [], count: cell.states)
        for layer in 0..<layers {
            if layer > 0 { sequence = drop.forward(sequence, pass) }
            var outputs: [Tensor] = []
            for direction in 0..<directions {
                let number = layer * directions + direction
                let states = run(weights[number], sequence, initial[number], lengths, pass)
                let isReversed = weights[number].isReversed
                outputs.append(isReversed ? states[0, 0..<time] : states[0, 1..<time + 1])
                let last = states[.all, isReversed ? 0 : time]
                for (number, tensor) in last.unstacked().enumerated() { final[number].append(tensor) }
            }
            let joined = outputs.count == 1 ? outputs[0] : Tensor.concatenate(outputs, axis: 2)
            sequence = mask.map { $0(joined) } ?? joined
        }
        let result = RecurrentState(final.map { Tensor.stack($0) })
        if returnsSequences { return (sequence.transposed(0, 1), result) }
        let last = final[0].suffix(directions)
        return (directions == 1 ? last[last.startIndex] : Tensor.concatenate(Array(last), axis: 1), result)
    }

    /// One layer and direction over `[time, batch, features]`, with all states.
    private func run(
        _ weights: RecurrentWeights, _ sequence: Tensor, _ initial: Tensor, _ lengths: Tensor?, _ pass: Pass
    ) -> Tensor {
        let products = Activation.identity.afterProduct(bias: pass[weights.bias]) { epilogue, inputs in
            let weight = pass[weights.inputWeight]
            guard let epilogue else { return matmul(sequence, weight) }
            return matmul(sequence, weight, epilogue: epilogue, inputs: inputs)
        }
        return Recurrence(cell, reversed: weights.isReversed)(
            products, recurrentWeight: pass[weights.recurrentWeight],
            recurrentBias: weights.recurrentBias.map { pass[$0] }, initial: initial, lengths: lengths)
    }

    /// For each layer and direction `[states, batch, units]`.
    private func initialState(_ state: RecurrentState?, batch: Int, like input: Tensor) -> [Tensor] {
        guard let state else {
            let zeros = Tensor.zeros([cell.states, batch, units], input.elementType, on: input.device)
            return weights.map { _ in zeros }
        }
        let expected = [weights.count, batch, units]
        require(
            state.tensors.count == cell.states && state.tensors.allSatisfy { $0.shape == expected },
            "\(kind): the state is \(state.tensors.map(\.shape)), not \(cell.states) tensors \(expected)")
        return Tensor.stack(state.tensors, axis: 1).unstacked()
    }
}

/// A layer of recurrent units: `RNN`, `GRU`, `LSTM`, or a `RecurrentLayer` with a cell of your own.
public protocol Recurrent: Layer {
    /// The recurrent layer that does the work.
    var recurrence: RecurrentLayer { get }
}

extension Recurrent {
    public var kind: String { recurrence.kind }
    public var parameters: [Parameter] { recurrence.parameters }
    /// Layer by layer, in each first those of the forward direction.
    public var weights: [RecurrentWeights] { recurrence.weights }
    /// The number of units of a layer and direction.
    public var units: Int { recurrence.units }

    public func outputShape(for inputShape: [Int]) -> [Int] { recurrence.outputShape(for: inputShape) }
    public func build(inputShape: [Int], _ builder: inout Builder) {
        recurrence.build(inputShape: inputShape, &builder)
    }
    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { recurrence.forward(input, pass) }
    /// See `RecurrentLayer.forward(_:state:lengths:_:)`.
    public func forward(_ input: Tensor, state: RecurrentState?, lengths: Tensor? = nil, _ pass: Pass) -> (
        output: Tensor, state: RecurrentState
    ) {
        recurrence.forward(input, state: state, lengths: lengths, pass)
    }
}

extension Model where Root: Recurrent {
    /// The outputs after training, and the state after the last step.
    ///
    /// - Parameters:
    ///   - state: before the first step; nil stands for zeros.
    ///   - lengths: as for `RecurrentLayer.forward(_:state:lengths:_:)`.
    /// - Precondition: the network is built.
    public func callAsFunction(_ input: Tensor, state: RecurrentState?, lengths: Tensor? = nil) -> (
        output: Tensor, state: RecurrentState
    ) {
        root.forward(input, state: state, lengths: lengths, Pass(valuesOfThisThread))
    }
}

/// Which steps of a batch `[time, batch, features]` belong to a sequence.
struct SequenceMask {
    private let lengths: Tensor
    private let steps: Tensor

    init(_ lengths: Tensor, time: Int) {
        self.lengths = lengths.expandingDimension(at: 1)
        steps = Tensor.indices(time, on: lengths.device).reshaped([time, 1, 1])
    }

    /// Zero where no sequence is.
    func callAsFunction(_ x: Tensor) -> Tensor { Self.select([x, lengths, steps], scalars: []) }

    private static let select = ScalarFunction(
        "sequence mask",
        program: ScalarProgram(inputs: [.real, .integer, .integer]) { inputs, _ in
            let isInside = IntegerScalar(inputs[2]) .< IntegerScalar(inputs[1])
            return [UnloopBackend.select(isInside, Scalar(inputs[0]), 0).expression]
        })

    /// For each sequence of `[batch, time, features]` the number of its last step with a feature that is not the padding, counted from 1.
    static func lengths(of input: Tensor, padding: Double) -> Tensor {
        if input.count == 0 { return Tensor.zeros([input.shape[0]], .int32, on: input.device) }
        let steps = Tensor.indices(input.shape[1], on: input.device).expandingDimension(at: 1)
        return numbers([input.stopGradient(), steps], scalars: [padding]).max(1, 2)
    }

    private static let numbers = ScalarFunction(
        "sequence lengths",
        program: ScalarProgram(inputs: [.real, .integer], scalars: [.real]) { inputs, scalars in
            let (x, padding) = (Scalar(inputs[0]), Scalar(scalars[0]))
            // NaN is not equal to itself, but may be what sequences are padded with.
            let isValue = UnloopBackend.select(padding .== padding, x .!= padding, x .== x)
            return [UnloopBackend.select(isValue, IntegerScalar(inputs[1]) + 1, 0).expression]
        })
}
