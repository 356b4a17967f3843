extension Sequential {
    /// A table of the layers with the shapes of their outputs for one example and their numbers of parameters; layers inside others
    /// are indented. Without shapes until the network is built. A layer that stands at several places has its parameters at the first.
    public var summary: String {
        var rows: [[String]] = []
        var shape = inputShape
        var listed = Set<ObjectIdentifier>()
        func add(_ layer: any Layer, name: String, depth: Int) {
            let input = shape
            shape = input.map { layer.outputShape(for: $0) }
            let own = layer.namedParameters.map(\.parameter)
            let count = own.allSatisfy(\.isBuilt) ? own.reduce(0) { $0 + $1.value.count } : nil
            // A layer that is used twice has its parameters once.
            let isShared = !listed.insert(ObjectIdentifier(layer)).inserted && count != 0
            rows.append([
                String(repeating: "  ", count: depth) + name, layer.kind, shape.map(Self.text) ?? "?",
                isShared ? "shared" : count.map(String.init) ?? "?",
            ])
            guard let inner = layer as? Sequential else { return }
            let output = shape
            shape = input
            for (name, layer) in inner.children { add(layer, name: name, depth: depth + 1) }
            shape = output
        }
        for (name, layer) in children { add(layer, name: name, depth: 0) }

        let header = ["", "layer", "output", "parameters"]
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        func line(_ fields: [String]) -> String {
            fields.enumerated().map { column, field in
                let space = String(repeating: " ", count: widths[column] - field.count)
                return column == 3 ? space + field : field + space
            }.joined(separator: "  ")
        }
        let rule = String(repeating: "-", count: widths.reduce(0, +) + 6)
        let all = namedParameters.map(\.parameter)
        guard all.allSatisfy(\.isBuilt) else {
            return ([line(header), rule] + rows.map(line) + [rule, "not built yet"]).joined(separator: "\n")
        }
        let trainable = parameterCount
        let fixed = all.reduce(0) { $0 + $1.value.count } - trainable
        let input = inputShape.map { "input " + Self.text($0) + ", " } ?? ""
        let rest = fixed > 0 ? ", \(fixed) not trainable" : ""
        return ([line(header), rule] + rows.map(line) + [rule, "\(input)\(trainable) trainable parameters\(rest)"])
            .joined(separator: "\n")
    }

    private static func text(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "×") }
}
