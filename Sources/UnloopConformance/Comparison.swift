import UnloopBackend

/// Where two arrays differ first, with both bit patterns.
public struct Difference: Sendable, CustomStringConvertible {
    public let output: Int
    public let index: Int
    /// How many elements differ.
    public let count: Int
    public let expected: String
    public let actual: String

    public var description: String {
        "output \(output), element \(index): expected \(expected), got \(actual) (\(count) elements differ)"
    }
}

/// Comparisons of results: devices with each other by bits, with truth by bounds that have a reason.
public enum Comparison {
    /// The unit roundoff of float32.
    public static let unitRoundoff = 0x1p-24

    /// The bit pattern with every NaN replaced by one: its sign and payload are not part of the contract.
    public static func canonicalBits(_ value: Float) -> UInt32 { value.isNaN ? 0x7fc0_0000 : value.bitPattern }

    /// The bit pattern with every NaN replaced by one.
    public static func canonicalBits(_ value: Double) -> UInt64 {
        value.isNaN ? 0x7ff8_0000_0000_0000 : value.bitPattern
    }

    /// The first difference of bits; nil if there is none.
    public static func bitDifference(expected: [HostArray], actual: [HostArray]) -> Difference? {
        for (output, (left, right)) in zip(expected, actual).enumerated() {
            switch (left, right) {
            case (.float32(let l), .float32(let r)):
                if let found = firstDifference(output, l, r, canonicalBits, hexadecimal) { return found }
            case (.float64(let l), .float64(let r)):
                if let found = firstDifference(output, l, r, canonicalBits, hexadecimal) { return found }
            case (.int32(let l), .int32(let r)):
                if let found = firstDifference(output, l, r, { $0 }, { "\($0)" }) { return found }
            default:
                return Difference(
                    output: output, index: 0, count: right.count, expected: "\(left.elementType)",
                    actual: "\(right.elementType)")
            }
        }
        if expected.count != actual.count {
            return Difference(
                output: 0, index: 0, count: 0, expected: "\(expected.count) outputs", actual: "\(actual.count)")
        }
        return nil
    }

    private static func firstDifference<Element, Bits: Equatable>(
        _ output: Int, _ expected: [Element], _ actual: [Element], _ bits: (Element) -> Bits,
        _ describe: (Element) -> String
    ) -> Difference? {
        if expected.count != actual.count {
            return Difference(
                output: output, index: 0, count: actual.count, expected: "\(expected.count) elements",
                actual: "\(actual.count) elements")
        }
        var first: Int?
        var count = 0
        for index in expected.indices where bits(expected[index]) != bits(actual[index]) {
            first = first ?? index
            count += 1
        }
        return first.map {
            Difference(
                output: output, index: $0, count: count, expected: describe(expected[$0]), actual: describe(actual[$0]))
        }
    }

    private static func hexadecimal(_ value: Float) -> String {
        "\(value) (0x\(String(value.bitPattern, radix: 16)))"
    }
    private static func hexadecimal(_ value: Double) -> String {
        "\(value) (0x\(String(value.bitPattern, radix: 16)))"
    }

    /// How far `value` lies from `truth`, in units in the last place of the float32 nearest to the truth. NaN equals
    /// NaN, and an infinity equals whatever rounds to it.
    public static func ulpError(_ value: Float, truth: Double) -> Double {
        let rounded = Float(truth)
        if value.isNaN || truth.isNaN { return value.isNaN && truth.isNaN ? 0 : .infinity }
        if value == rounded { return 0 }
        if rounded.isInfinite {
            // One step beyond the largest finite number is where rounding to infinity begins.
            return value == (rounded > 0 ? Float.greatestFiniteMagnitude : -Float.greatestFiniteMagnitude)
                ? 1 : .infinity
        }
        let unit = Double(rounded.magnitude.ulp)
        if value.isInfinite {
            let beyond = Double(Float.greatestFiniteMagnitude) + Double(Float.greatestFiniteMagnitude.ulp)
            return (value > 0) == (truth > 0) ? (beyond - abs(truth)) / unit : .infinity
        }
        return abs(Double(value) - truth) / unit
    }

    /// How far a float32 sum R of products may lie from the truth: `(2 + min(D, 4 √D)) u G + u |R| + 2^-149`, where D is
    /// the length of the longest chain of additions, G the sum of |a| |b|, u = 2^-24. The worst case of a chain is
    /// D u G (N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 4.2); rounding errors that are
    /// independent grow with √D (N. J. Higham, T. Mary, "A new approach to probabilistic rounding error analysis",
    /// SIAM J. Sci. Comput. 41, 2019), where the factor 4 leaves a failure a chance of less than one in a thousand.
    public static func sumBound(length: Int, magnitude: Double, result: Double) -> Double {
        let d = Double(max(length, 0))
        return (2 + min(d, 4 * d.squareRoot())) * unitRoundoff * abs(magnitude) + unitRoundoff * abs(result) + 0x1p-149
    }
}
