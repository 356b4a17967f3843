import UnloopBackend
import UnloopTensor

/// A dense layer with a decoder that rebuilds the layer's input from its output: what greedy pre-training trains.
///
/// The decoder is linear. Its weights are its own, or the layer's transposed.
struct LayerAutoencoder: Layer {
    let encoder: Dense
    private let corruption: Double
    private let isTied: Bool
    private let decoderWeight = Parameter("decoderWeight", isRegularized: true)
    private let decoderBias = Parameter("decoderBias")
    /// Of the network that the encoder belongs to.
    private let values: ParameterValues

    init(_ encoder: Dense, in values: ParameterValues, corruption: Double, tied: Bool) {
        self.encoder = encoder
        self.values = values
        self.corruption = corruption
        isTied = tied
    }

    var parameters: [Parameter] { isTied ? [decoderBias] : [decoderWeight, decoderBias] }
    var children: [(name: String, module: any Module)] { [("encoder", encoder)] }

    func outputShape(for inputShape: [Int]) -> [Int] { inputShape }

    /// The encoder has its weights already.
    func build(inputShape: [Int], _ builder: inout Builder) {
        let inputs = inputShape.last ?? 1
        if !isTied {
            builder.make(
                decoderWeight, [encoder.units, inputs], .glorotUniform, inputs: encoder.units, outputs: inputs)
        }
        builder.make(decoderBias, [inputs], .zeros)
        for parameter in encoder.parameters { builder.set(parameter, to: values[parameter]) }
    }

    func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        var seen = input
        if corruption > 0, pass.isTraining { seen = Dropout.drop(input, corruption, scale: 1, pass.nextKey()) }
        let code = encoder.forward(seen, pass)
        return matmul(code, isTied ? pass[encoder.weight].transposed() : pass[decoderWeight]) + pass[decoderBias]
    }
}
