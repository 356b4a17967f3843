import UnloopBackend
import UnloopTensor

extension GoldenRecord {
    /// How an operation of the records is done here.
    public typealias Operation = @Sendable (_ record: GoldenRecord, _ inputs: [Tensor]) throws -> [Tensor]

    /// What an operation gives on `.loop` that rounding does not explain: its outputs, and its gradients where the record has them.
    /// Empty if everything agrees.
    ///
    /// - Parameter units: see `Array.deviation`.
    public func deviations(of operation: Operation, in elementType: ElementType, units: Double = 64) throws -> [String]
    {
        let inputs = inputs.map { $0.tensor(elementType) }
        var result = try deviations("output", operation(self, inputs), outputs, elementType, units)
        guard !cotangents.isEmpty else { return result }

        let positions = self.inputs.indices.filter { !self.inputs[$0].isInteger }
        let found = try gradient(at: positions.map { inputs[$0] }) { variables in
            var arguments = inputs
            for (position, variable) in zip(positions, variables) { arguments[position] = variable }
            return try zip(operation(self, arguments), cotangents).map { ($0 * $1.tensor(elementType)).sum() }.reduce(
                Tensor(0, elementType, on: .loop), +)
        }
        result += try deviations("gradient", found, positions.map { gradients[$0] }, elementType, units)
        return result
    }

    private func deviations(
        _ what: String, _ actual: [Tensor], _ expected: [Array?], _ elementType: ElementType, _ units: Double
    ) throws -> [String] {
        guard actual.count == expected.count else {
            return ["\(name): \(actual.count) tensors of \(what), not \(expected.count)"]
        }
        var result: [String] = []
        for (position, (tensor, array)) in zip(actual, expected).enumerated() {
            guard let array else { continue }
            let place = "\(name), \(elementType), \(what) \(position)"
            if tensor.shape != array.shape {
                result.append("\(place): the shape is \(tensor.shape), not \(array.shape)")
            } else if let deviation = array.deviation(of: try tensor.doubles(), in: elementType, units: units) {
                result.append("\(place): \(deviation)")
            }
        }
        return result
    }
}

extension GoldenRecord.Array {
    /// On `.loop`; integers stay integers.
    public func tensor(_ elementType: ElementType) -> Tensor {
        if isInteger { return Tensor(int32: values.map { Int32($0) }, shape: shape, on: .loop) }
        return elementType == .float64
            ? Tensor(float64: values, shape: shape) : Tensor(values.map { Float($0) }, shape: shape, on: .loop)
    }
}
