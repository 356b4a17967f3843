import UnloopBackend
import UnloopTensor

/// The parameters of one layer and direction of a recurrent layer. The gates of a cell lie one after the other along the last axis.
public struct RecurrentWeights: Sendable {
    /// Counted from 0, the one that sees the input.
    public let layer: Int
    /// Whether this direction runs from the end of a sequence to its beginning.
    public let isReversed: Bool
    /// W_x, `[features, gates · units]`.
    public let inputWeight: Parameter
    /// W_h, `[units, gates · units]`.
    public let recurrentWeight: Parameter
    /// b, `[gates · units]`.
    public let bias: Parameter
    /// The bias of the recurrent product, `[gates · units]`, where the cell has one (GRU).
    public let recurrentBias: Parameter?

    /// All of them: input weight, recurrent weight, bias, and the bias of the recurrent product where there is one.
    public var parameters: [Parameter] {
        [inputWeight, recurrentWeight, bias] + (recurrentBias.map { [$0] } ?? [])
    }

    init(layer: Int, isReversed: Bool, _ cell: RecurrentCell) {
        let prefix = "\(layer)." + (isReversed ? "reversed." : "")
        self.layer = layer
        self.isReversed = isReversed
        inputWeight = Parameter(prefix + "inputWeight", isRegularized: true)
        recurrentWeight = Parameter(prefix + "recurrentWeight", isRegularized: true)
        bias = Parameter(prefix + "bias")
        recurrentBias = cell.separatesProducts ? Parameter(prefix + "recurrentBias") : nil
    }

    /// Input weights by Glorot's rule; weights of each gate by themselves.
    func build(features: Int, units: Int, biases: [Double], _ recurrent: Initializer, _ builder: inout Builder) {
        let (gates, width) = (biases.count, biases.count * units)
        builder.make(
            inputWeight, [features, width], .forEachGate(gates, .glorotUniform), inputs: features, outputs: units)
        builder.make(
            recurrentWeight, [units, width], .forEachGate(gates, recurrent), inputs: units, outputs: units)
        builder.make(
            bias, [width],
            Initializer("biases") { request in
                Tensor.concatenate(
                    biases.map { Tensor.full([units], $0, request.elementType, on: request.device) })
            })
        if let recurrentBias { builder.make(recurrentBias, [width], .zeros) }
    }
}

extension Initializer {
    /// Gates one after the other along the last axis, each with random numbers of its own.
    fileprivate static func forEachGate(_ gates: Int, _ initializer: Initializer) -> Initializer {
        Initializer("\(initializer.name) for each gate") { request in
            let rest = request.shape.dropLast()
            let units = (request.shape.last ?? 0) / gates
            return Tensor.concatenate(
                (0..<gates).map { gate in
                    initializer.make(
                        Request(
                            shape: rest + [units], inputs: request.inputs, outputs: request.outputs,
                            key: request.key.child(UInt64(gate)), elementType: request.elementType,
                            device: request.device))
                }, axis: -1)
        }
    }
}
