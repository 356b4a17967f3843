extension Model where Root: Layer {
    /// A table of the layers with the shapes of their outputs for one example and their numbers of parameters; layers inside others
    /// are indented. Without shapes until the network is built. Parameters of a layer that stands at several places count at the first.
    public var summary: String {
        let tensors = isBuilt ? values.tensors : nil
        var rows: [[String]] = []
        var shape = inputShape
        var listed = Set<Parameter>()
        func add(_ layer: any Layer, name: String, depth: Int) {
            let input = shape
            shape = input.map { layer.outputShape(for: $0) }
            let own = layer.namedParameters.map(\.parameter)
            let isShared = !own.isEmpty && own.allSatisfy(listed.contains)
            let count = tensors.map { tensors in own.reduce(0) { $0 + tensors[table.place(of: $1)].count } }
            rows.append([
                String(repeating: "  ", count: depth) + name, layer.kind, shape.map(Self.text) ?? "?",
                isShared ? "shared" : count.map(String.init) ?? "?",
            ])
            guard let inner = layer as? Sequential else {
                listed.formUnion(own)
                return
            }
            let output = shape
            shape = input
            for (number, layer) in inner.layers.enumerated() { add(layer, name: String(number), depth: depth + 1) }
            shape = output
        }
        if let network = root as? Sequential {
            for (number, layer) in network.layers.enumerated() { add(layer, name: String(number), depth: 0) }
        } else {
            add(root, name: "", depth: 0)
        }

        let header = ["", "layer", "output", "parameters"]
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        func line(_ fields: [String]) -> String {
            fields.enumerated().map { column, field in
                let space = String(repeating: " ", count: widths[column] - field.count)
                return column == 3 ? space + field : field + space
            }.joined(separator: "  ")
        }
        let rule = String(repeating: "-", count: widths.reduce(0, +) + 6)
        guard let tensors else {
            return ([line(header), rule] + rows.map(line) + [rule, "not built yet"]).joined(separator: "\n")
        }
        let trainable = parameterCount
        let fixed = tensors.reduce(0) { $0 + $1.count } - trainable
        let input = inputShape.map { "input " + Self.text($0) + ", " } ?? ""
        let rest = fixed > 0 ? ", \(fixed) not trainable" : ""
        return ([line(header), rule] + rows.map(line) + [rule, "\(input)\(trainable) trainable parameters\(rest)"])
            .joined(separator: "\n")
    }

    private static func text(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "×") }
}
