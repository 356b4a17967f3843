import UnloopBackend
import UnloopData
import UnloopTensor

extension Model where Root == Sequential {
    /// Greedy layer-wise pre-training, which needs no labels: each dense layer in turn learns, as the encoder of an autoencoder, to keep what
    /// it takes to rebuild its input; that input is the output of the layers before it, which stay as they are meanwhile
    /// (G. Hinton, R. Salakhutdinov, Science 313, 2006; Y. Bengio et al., NIPS 2006). `fit` then starts from these weights instead of
    /// random ones.
    ///
    /// All dense layers but the last are trained, which is taken to be the classifier; layers of other kinds do what they do after
    /// training. The network is built first if it is not yet. Weights follow from the seed alone, the same on every device.
    ///
    /// - Parameters:
    ///   - features: `[examples, …]`, labelled or not.
    ///   - loss: of the rebuilt input. The decoder is linear: `sigmoidCrossEntropy` takes what it gives for logits and suits inputs from 0
    ///     to 1, so sigmoid layers on such features; `squaredError` suits all others.
    ///   - corruption: the probability with which each input is set to 0 before encoding (the denoising autoencoder of P. Vincent et
    ///     al., ICML 2008). 0 for none.
    ///   - tied: whether the decoder's weights are the layer's own, transposed, instead of others of its own.
    ///   - count: how many of the dense layers, counted from the input; nil for all but the last.
    ///   - epochs: for each layer.
    /// - Returns: for each trained layer its position in the network and the course of its training.
    /// - Throws: what `fit` throws. The layers before the one that failed keep what they learnt.
    @discardableResult
    public mutating func pretrain(
        _ features: Tensor, loss: Loss = .squaredError, corruption: Double = 0, tied: Bool = false,
        layers count: Int? = nil,
        optimizer: Optimizer = .adam(), epochs: Int = 10, batchSize: Int = 32, seed: UInt64 = 0,
        on device: Device = .best,
        progress: ProgressDisplay = .automatic
    ) throws -> [(layer: Int, history: History)] {
        require(corruption >= 0 && corruption < 1, "pretrain: corruption \(corruption)")
        require(features.rank >= 2, "pretrain: features \(features.shape) have no axis beside that of the examples")
        let layers = root.layers
        let positions = layers.indices.filter { layers[$0] is Dense }
        let trained = positions.prefix(count ?? Swift.max(0, positions.count - 1))
        require(
            trained.count == count ?? trained.count,
            "pretrain: \(count ?? 0) dense layers of a network that has \(positions.count)")
        var input = features.to(device)
        if let failure = input.failure { throw failure }
        try prepare(inputShape: Array(features.shape.dropFirst()), on: device, seed: seed)

        var next = 0
        var result: [(layer: Int, history: History)] = []
        for (number, position) in trained.enumerated() {
            guard let layer = layers[position] as? Dense else { continue }
            if position > next { input = Model(Sequential(Array(layers[next..<position])), values).predict(input) }
            next = position
            // The autoencoder's own parameters are new, which `build` makes; the layer inside keeps its weights.
            var autoencoder = Model<LayerAutoencoder>(
                LayerAutoencoder(layer, in: values, corruption: corruption, tied: tied))
            let key = RandomKey(seed: seed).child(UInt64(position))
            autoencoder.build(
                inputShape: Array(input.shape.dropFirst()), on: device, seed: key.stream, elementType: input.elementType
            )
            defer { values.take(from: autoencoder.values) }
            let history = try autoencoder.fit(
                Dataset(features: input, labels: input), loss: loss, optimizer: optimizer, epochs: epochs,
                batchSize: batchSize, seed: key.stream, on: device,
                progress: progress.named("layer \(number + 1)/\(trained.count)"))
            result.append((position, history))
        }
        return result
    }
}
