import UnloopBackend
import UnloopTensor

/// A dense layer with a decoder that rebuilds the layer's input from its output: what greedy pre-training trains.
///
/// The decoder is linear. Its weights are its own, or the layer's transposed.
final class LayerAutoencoder: Layer {
    private let encoder: Dense
    private let corruption: Double
    private let isTied: Bool
    private let decoderWeight = Parameter("decoderWeight", isRegularized: true)
    private let decoderBias = Parameter("decoderBias")

    init(_ encoder: Dense, corruption: Double, tied: Bool) {
        self.encoder = encoder
        self.corruption = corruption
        isTied = tied
    }

    var parameters: [Parameter] { isTied ? [decoderBias] : [decoderWeight, decoderBias] }
    var children: [(name: String, layer: any Layer)] { [("encoder", encoder)] }

    func outputShape(for inputShape: [Int]) -> [Int] { inputShape }

    /// The encoder has its weights already.
    func build(inputShape: [Int], _ builder: Builder) {
        let inputs = inputShape.last ?? 1
        if !isTied {
            builder.make(
                decoderWeight, [encoder.units, inputs], .glorotUniform, inputs: encoder.units, outputs: inputs)
        }
        builder.make(decoderBias, [inputs], .zeros)
    }

    func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        var seen = input
        if corruption > 0, pass.isTraining { seen = Dropout.drop(input, corruption, scale: 1, pass.nextKey()) }
        let code = encoder.forward(seen, pass)
        return matmul(code, isTied ? encoder.weight.value.transposed() : decoderWeight.value) + decoderBias.value
    }
}
