/// A module that has trainable parameters of its own, inside a network or as the whole of it.
struct LayerGradients {
    /// The position in the network, such as `2` or `3.0`; empty for the network itself.
    let name: String
    let kind: String
    /// Where the gradients by the module's own parameters stand among the network's.
    let parameters: Range<Int>

    /// Those of a network, in the order of its trainable parameters.
    static func all(in table: ParameterTable) -> [LayerGradients] {
        var result: [LayerGradients] = []
        var next = 0
        for place in table.places {
            let count = table.trainable.count { place.entries.contains($0) }
            guard count > 0 else { continue }
            result.append(LayerGradients(name: place.name, kind: place.kind, parameters: next..<next + count))
            next += count
        }
        return result
    }
}
