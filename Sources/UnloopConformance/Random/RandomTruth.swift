import UnloopBackend
import UnloopTensor

extension RandomProgram {
    /// What float64 says about results in float32.
    package enum Truth: Sendable {
        /// There is no bound: an operation has none stated, or numbers become too large or ill-conditioned.
        case notStated
        case within
        case beyond(RandomDifference)
    }

    /// Compares float32 results with float64 ones, as the sum J of all results times random numbers. To first order a rounding error δ
    /// of a step's value changes J by δ times the derivative of J with respect to that value, so
    /// `|J32 - J64| ≤ Σ |∂J/∂v| bound(v)` over all steps' elements v (running error analysis: N. J. Higham, Accuracy and Stability of
    /// Numerical Algorithms, 2nd ed., sections 3.3 and 3.8). The derivatives come from the same program in float64.
    func truth(of found: [RandomResult]) -> Truth {
        let place = Place(device: .loop, real: .float64)
        guard let kinds, let isExact = exactness(kinds) else { return .notStated }
        let steps = nodes.indices.filter { isExact[$0] == false && kinds[$0].isReal }
        let zeros = steps.map { Tensor.zeros(kinds[$0].shape, .float64, on: .loop) }
        var bounds: [Int: [Double]] = [:]
        var isStated = true
        var exactResults: [Tensor] = []
        let leaves = makeLeaves(on: place)
        let (value, slopes) = valueWithGradient(at: zeros) { variables in
            let results = values(leaves, on: place) { node, value, operands in
                let (plain, taken) = (value.stopGradient(), operands.map { $0.stopGradient() })
                guard case .step(let operation, let numbers) = nodes[node], isStated,
                    let bound = self.bound(operation, numbers.map { kinds[$0] }, taken, plain, place)
                else {
                    isStated = false
                    return value
                }
                guard let position = steps.firstIndex(of: node) else { return value }
                bounds[node] = bound
                return value + variables[position]
            }
            exactResults = results.map { $0.stopGradient() }
            var sum = Tensor.zeros([], .float64, on: .loop)
            for (position, result) in results.enumerated() where result.elementType == .float64 {
                sum = sum + (result * weights(result.shape, stream: UInt64(position), on: place)).sum()
            }
            return sum
        }
        guard isStated, let truth = try? value.doubles()[0], truth.isFinite else { return .notStated }
        var limit = 0.0
        for (position, node) in steps.enumerated() {
            guard let slope = try? slopes[position].doubles(), let errors = bounds[node] else { return .notStated }
            for (slope, error) in zip(slope, errors) where slope != 0 { limit += abs(slope) * error }
        }
        // The same sum of what float32 gave.
        var (actual, magnitude) = (0.0, 0.0)
        for (position, (result, exact)) in zip(found, exactResults).enumerated() {
            guard case .elements(let shape, let elements) = result.content else { return .notStated }
            guard exact.elementType == .float64 else {
                // Integers that follow from exact numbers are the same.
                guard case .int32(let values) = elements, let expected = try? exact.integers() else {
                    return .notStated
                }
                if values == expected { continue }
                return .beyond(
                    RandomDifference(kind: .bound, text: "\(result.name): integers differ from those of float64"))
            }
            guard case .float32(let values) = elements,
                let weights = try? self.weights(shape, stream: UInt64(position), on: place).doubles()
            else { return .notStated }
            for (value, weight) in zip(values, weights) {
                actual += Double(value) * weight
                magnitude += abs(Double(value) * weight)
            }
        }
        // The sum itself is computed in float64; beyond first order the bound says nothing.
        limit = 2 * limit + magnitude * 0x1p-40
        if limit > 1e-3 * magnitude || !limit.isFinite { return .notStated }
        if abs(actual - truth) <= limit { return .within }
        return .beyond(
            RandomDifference(
                kind: .bound,
                text: "the results' sum is \(actual), in float64 \(truth): further than \(limit)"))
    }

    /// For each node whether its float32 value is the true one; nil where an operation that jumps has operands that are not.
    private func exactness(_ kinds: [TensorKind]) -> [Bool]? {
        var isExact: [Bool] = []
        for (position, node) in nodes.enumerated() {
            guard case .step(let operation, let operands) = node else {
                isExact.append(true)
                continue
            }
            let areExact = operands.allSatisfy { isExact[$0] }
            switch operation.rounding {
            case .none: isExact.append(areExact)
            case .jumps:
                if !areExact { return nil }
                isExact.append(true)
            case .jumpsAndRounds:
                if !areExact { return nil }
                isExact.append(false)
            case .notStated: return nil
            default: isExact.append(!kinds[position].isReal && areExact)
            }
            if !kinds[position].isReal && !areExact { return nil }
        }
        return isExact
    }

    /// How far each element of a step's float32 value may lie from the true one, from the same operands; nil where that is not stated.
    private func bound(
        _ operation: RandomOperation, _ kinds: [TensorKind], _ operands: [Tensor], _ value: Tensor, _ place: Place
    ) -> [Double]? {
        guard value.elementType == .float64 else { return [] }
        guard let values = try? value.doubles(), values.allSatisfy({ abs($0) < 0x1p120 }) else { return nil }
        switch operation.rounding {
        case .none, .jumps: return values.map { _ in 0 }
        case .notStated: return nil
        case .ulp(let units), .jumpsAndRounds(let units): return values.map { units * (abs($0) * 0x1p-23 + 0x1p-149) }
        case .sums(let magnitudes):
            guard let magnitudes = try? magnitudes(operands, place).doubles(), magnitudes.count == values.count,
                magnitudes.allSatisfy({ $0 < 0x1p120 })
            else { return nil }
            let terms = operation.terms?(kinds) ?? operation.work(kinds) / max(1, values.count)
            return zip(values, magnitudes).map { value, magnitude in
                // Products of small factors vanish, each by at most half of the smallest number.
                Comparison.sumBound(length: terms, magnitude: magnitude, result: value) + Double(terms) * 0x1p-149
            }
        }
    }
}
