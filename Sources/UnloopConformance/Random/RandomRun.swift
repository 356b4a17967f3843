import UnloopBackend
import UnloopTensor

/// What a program gave under one name: the elements, or an error.
struct RandomResult: Sendable {
    enum Content: Sendable {
        case elements(shape: [Int], HostArray)
        case failure(kind: String, text: String)
    }
    let name: String
    let content: Content

    init(_ name: String, _ tensor: Tensor) {
        self.name = name
        do {
            content = .elements(shape: tensor.shape, try tensor.hostArray())
        } catch {
            content = .failure(kind: Self.kind(error.cause), text: "\(error)")
        }
    }

    /// The name of the error's case, which is the same on all devices.
    private static func kind(_ error: BackendError) -> String {
        Mirror(reflecting: error).children.first?.label ?? "\(error)"
    }

    /// In what `actual` is another result; nil if in nothing.
    static func difference(expected: [RandomResult], actual: [RandomResult]) -> RandomDifference? {
        for (left, right) in zip(expected, actual) {
            switch (left.content, right.content) {
            case (.failure(let left, _), .failure(let kind, let text)):
                if left != kind {
                    return RandomDifference(kind: .error, text: "\(right.name): expected \(left), got \(text)")
                }
            case (.failure(let kind, _), .elements):
                return RandomDifference(kind: .error, text: "\(right.name): expected \(kind), got elements")
            case (.elements, .failure(_, let text)):
                return RandomDifference(kind: .error, text: "\(right.name): expected elements, got \(text)")
            case (.elements(let expectedShape, let expected), .elements(let shape, let actual)):
                if shape != expectedShape {
                    return RandomDifference(
                        kind: .shape, text: "\(right.name): expected shape \(expectedShape), got \(shape)")
                }
                if let found = Comparison.bitDifference(expected: [expected], actual: [actual]) {
                    return RandomDifference(kind: .bits, text: "\(right.name) \(shape): \(found)")
                }
            }
        }
        return nil
    }
}

/// How two runs of a program disagree.
package struct RandomDifference: Sendable {
    package enum Kind: String, Sendable { case bits, shape, error, bound, derivative }
    package let kind: Kind
    package let text: String
}

extension RandomProgram {
    func makeLeaves(on place: Place) -> [Tensor] { leaves.map { $0.leaf.make(seed: seed, on: place) } }

    /// The results, from the leaves' values. What is no longer needed is let go, so that its memory is used again.
    ///
    /// - Parameter meddle: may replace the value of a step.
    func values(
        _ leaves: [Tensor], on place: Place,
        meddle: (_ node: Int, _ value: Tensor, _ operands: [Tensor]) -> Tensor =
            { _, value, _ in value }
    ) -> [Tensor] {
        let last = lastUses
        var values = [Tensor?](repeating: nil, count: nodes.count)
        var rest = leaves[...]
        for (position, node) in nodes.enumerated() {
            switch node {
            case .leaf: values[position] = rest.popFirst()
            case .step(let operation, let operands):
                let taken = operands.compactMap { values[$0] }
                values[position] = meddle(position, operation.apply(taken, place), taken)
                for operand in operands where last[operand] == position { values[operand] = nil }
            }
        }
        return results.compactMap { values[$0] }
    }

    /// Random numbers of a shape, for cotangents and tangents.
    func weights(_ shape: [Int], stream: UInt64, on place: Place) -> Tensor {
        RandomLeaf(shape: shape, fill: .ordinary, layout: .plain(rank: shape.count), stream: stream + 1 << 40)
            .make(seed: seed, on: place)
    }

    /// A number that depends on all real results.
    private func objective(_ results: [Tensor], on place: Place) -> Tensor? {
        var sum: Tensor?
        for (position, result) in results.enumerated() where result.elementType != .int32 {
            let part = (result * weights(result.shape, stream: UInt64(position), on: place)).sum()
            sum = sum.map { $0 + part } ?? part
        }
        return sum
    }

    /// Results and derivatives.
    func run(on place: Place) -> [RandomResult] {
        var found: [RandomResult] = []
        let leaves = makeLeaves(on: place)
        let plain = values(leaves, on: place)
        for (number, tensor) in plain.enumerated() { found.append(RandomResult("result \(number)", tensor)) }
        let real = self.leaves.enumerated().filter { $0.element.leaf.fill.isReal }.map(\.offset)
        guard derivative != .none, !real.isEmpty, plain.contains(where: { $0.elementType != .int32 }) else {
            return found
        }
        let point = real.map { leaves[$0] }
        func all(_ variables: [Tensor]) -> [Tensor] {
            var all = leaves
            for (position, variable) in zip(real, variables) { all[position] = variable }
            return all
        }
        func sum(_ x: [Tensor]) -> Tensor {
            objective(values(all(x), on: place), on: place) ?? Tensor.zeros([], place.real, on: place.device)
        }
        let tangents = point.enumerated().map {
            weights($0.element.shape, stream: 1000 + UInt64($0.offset), on: place)
        }
        switch derivative {
        case .none: break
        case .gradient:
            var tracked: [Tensor] = []
            let (_, gradients) = valueWithGradient(at: point) { x in
                let results = values(all(x), on: place)
                tracked = results.map { $0.stopGradient() }
                return objective(results, on: place) ?? Tensor.zeros([], place.real, on: place.device)
            }
            for (number, tensor) in tracked.enumerated() {
                found.append(RandomResult("tracked result \(number)", tensor))
            }
            for (number, tensor) in gradients.enumerated() { found.append(RandomResult("gradient \(number)", tensor)) }
        case .second:
            let second = gradient(at: point) { x in
                let first = gradient(at: x, sum)
                let products = zip(first, tangents).map { ($0 * $1).sum() }
                return products.dropFirst().reduce(products[0], +)
            }
            for (number, tensor) in second.enumerated() { found.append(RandomResult("second \(number)", tensor)) }
        case .forward:
            let (_, tangent) = jvp(at: point, tangents: tangents) { x in
                let results = values(all(x), on: place).filter { $0.elementType != .int32 }
                return results.count == 1 ? results[0] : sum(x)
            }
            found.append(RandomResult("tangent", tangent))
        }
        return found
    }

    /// In what the results' shapes and types, as they were inferred, disagree with what the operations gave.
    func kindDifference(_ found: [RandomResult]) -> RandomDifference? {
        guard let kinds else { return nil }
        for (node, result) in zip(results, found) {
            guard case .elements(let shape, let elements) = result.content else { continue }
            let isReal = elements.elementType != .int32
            if kinds[node] != TensorKind(shape, isReal: isReal) {
                return RandomDifference(
                    kind: .shape,
                    text:
                        "\(result.name): should have shape \(kinds[node].shape), \(kinds[node].isReal ? "real" : "int32"); "
                        + "has \(shape), \(elements.elementType)")
            }
        }
        return nil
    }
}
