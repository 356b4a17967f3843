import UnloopTensor

/// A layer that has trainable parameters of its own, inside a network or as the whole of it.
struct ParameterLayer {
    /// The position in the network, such as `2` or `3.0`; empty for the network itself.
    let name: String
    let kind: String
    /// Where the layer's own parameters stand among the network's trainable ones.
    let parameters: Range<Int>

    /// Those of a network, in the order of `trainableParameters`.
    static func all(in model: any Layer) -> [ParameterLayer] {
        var result: [ParameterLayer] = []
        var next = 0
        model.visitLayers { name, layer, parameters in
            let count = parameters.count { $0.isTrainable }
            guard count > 0 else { return }
            result.append(ParameterLayer(name: name, kind: layer.kind, parameters: next..<next + count))
            next += count
        }
        return result
    }
}
