import UnloopBackend

extension RandomProgram {
    /// The program in Swift, with nothing but the public interface: it compiles, runs on the loop and on a device, and prints whether
    /// both have the same bits.
    ///
    /// - Parameters:
    ///   - device: an expression of a device.
    ///   - remark: where the program comes from.
    package func source(device: String, remark: String) -> String {
        let variables = leaves.filter { $0.leaf.fill.isReal }.map(\.node)
        var lines = ["// \(remark)", "import Unloop", "", "func results(on device: Device) -> [Tensor] {"]
        for (node, leaf) in leaves { lines.append("    let v\(node) = \(leaf.source(seed: seed))") }
        let parameters = variables.map { "_ v\($0): Tensor" }.joined(separator: ", ")
        lines.append("    func values(\(parameters)) -> [Tensor] {")
        for (node, content) in nodes.enumerated() {
            guard case .step(let operation, let operands) = content else { continue }
            lines.append("        let v\(node) = \(operation.source(operands.map { "v\($0)" }))")
        }
        lines.append("        return [\(results.map { "v\($0)" }.joined(separator: ", "))]")
        lines.append("    }")
        let arguments = variables.map { "v\($0)" }.joined(separator: ", ")
        let taken = variables.indices.map { "x[\($0)]" }.joined(separator: ", ")
        lines.append("    let found = values(\(arguments))")
        if derivative != .none, !variables.isEmpty { lines += derivativeSource(arguments, taken) }
        lines.append(derivative != .none && !variables.isEmpty ? "    return found + derivatives" : "    return found")
        lines += [
            "}", "", "for (a, b) in zip(results(on: .loop), results(on: \(device))) {",
            "    print(a.shape == b.shape, try a.isBitEqual(to: b), try a.doubles().prefix(8), try b.doubles().prefix(8))",
            "}",
        ]
        return lines.joined(separator: "\n")
    }

    private func derivativeSource(_ arguments: String, _ taken: String) -> [String] {
        let kinds = kinds ?? []
        let real = results.enumerated().filter { kinds[$0.element].isReal }.map(\.offset)
        let variables = leaves.filter { $0.leaf.fill.isReal }
        func weights(_ shape: [Int], _ stream: UInt64) -> String {
            RandomLeaf(shape: shape, fill: .ordinary, layout: .plain(rank: shape.count), stream: stream + 1 << 40)
                .source(seed: seed)
        }
        var lines = ["    func sum(_ x: [Tensor]) -> Tensor {", "        let results = values(\(taken))"]
        let parts = real.map { position in
            "(results[\(position)] * \(weights(kinds[results[position]].shape, UInt64(position)))).sum()"
        }
        lines.append(
            "        return "
                + (parts.isEmpty ? "Tensor.zeros([], on: device)" : parts.joined(separator: "\n            + ")))
        lines.append("    }")
        let tangents = variables.enumerated().map { weights($0.element.leaf.shape, 1000 + UInt64($0.offset)) }
        switch derivative {
        case .none: break
        case .gradient: lines.append("    let derivatives = gradient(at: [\(arguments)]) { sum($0) }")
        case .second:
            lines.append("    let tangents = [\(tangents.joined(separator: ", "))]")
            lines.append("    let derivatives = gradient(at: [\(arguments)]) { x in")
            lines.append(
                "        zip(gradient(at: x) { sum($0) }, tangents).map { ($0 * $1).sum() }.reduce(Tensor(0, on: device), +)"
            )
            lines.append("    }")
        case .forward:
            lines.append("    let tangents = [\(tangents.joined(separator: ", "))]")
            let function =
                real.count == 1 && results.count == 1 ? "{ x in values(\(taken))[\(real[0])] }" : "{ sum($0) }"
            lines.append("    let derivatives = [jvp(at: [\(arguments)], tangents: tangents) \(function).tangent]")
        }
        return lines
    }
}
