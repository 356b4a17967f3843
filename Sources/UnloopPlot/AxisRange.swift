import Foundation

/// The part of an axis that is drawn, and where on it numbers are.
struct AxisRange {
    let scale: Plot.Scale
    /// The ends: powers of ten on a logarithmic axis are given as exponents.
    let low: Double
    let high: Double

    init(_ scale: Plot.Scale, _ values: [Double]) {
        self.scale = scale
        let positions = values.compactMap { Self.position($0, scale) }
        var (low, high) = (positions.min() ?? 0, positions.max() ?? 1)
        if low == high {
            // Half a unit is nothing to a large number.
            let half = max(0.5, 1e-9 * abs(low))
            (low, high) = (low - half, high + half)
        }
        // A little room, so that no point lies on the frame.
        let margin = 0.03 * (high - low)
        self.low = low - margin
        self.high = high + margin
    }

    /// Beyond this, the distance of two numbers may be more than any number.
    private static let largest = 1e300

    private static func position(_ value: Double, _ scale: Plot.Scale) -> Double? {
        guard abs(value) <= largest || (scale == .logarithmic && value.isFinite) else { return nil }
        switch scale {
        case .linear: return value
        case .logarithmic: return value > 0 ? log10(value) : nil
        }
    }

    /// From 0 at the low end to 1 at the high end; nil for numbers that have no place.
    func fraction(_ value: Double) -> Double? {
        Self.position(value, scale).map { ($0 - low) / (high - low) }
    }

    struct Tick {
        let fraction: Double
        let label: String
    }

    /// Round numbers (1, 2 or 5 times a power of ten; powers of ten on a logarithmic axis), about `count` of them.
    func ticks(_ count: Int) -> [Tick] {
        switch scale {
        case .linear:
            let step = Self.roundStep((high - low) / Double(max(1, count)))
            return Self.multiples(of: step, from: low, to: high).map {
                Tick(fraction: ($0 - low) / (high - low), label: Self.label($0, step))
            }
        case .logarithmic:
            // Powers of ten are too far apart to label a short range: round numbers then.
            if high - low < 1 {
                let (first, last) = (pow(10, low), pow(10, high))
                let step = Self.roundStep((last - first) / Double(max(1, count)))
                return Self.multiples(of: step, from: first, to: last).filter { $0 > 0 }.map { value in
                    Tick(fraction: (log10(value) - low) / (high - low), label: Self.label(value, step))
                }
            }
            if high - low < 3 {
                let exponents = Int(low.rounded(.down))...Int(high.rounded(.up))
                return exponents.flatMap { exponent in
                    [1.0, 2, 5].compactMap { digit in
                        let position = Double(exponent) + log10(digit)
                        guard position >= low, position <= high else { return nil }
                        let value = digit * pow(10, Double(exponent))
                        guard value.isFinite else { return nil }
                        return Tick(fraction: (position - low) / (high - low), label: Self.short(value))
                    }
                }
            }
            let step = max(1, ((high - low) / Double(max(1, count))).rounded(.up))
            return Self.multiples(of: step, from: low, to: high).map { exponent in
                let label = abs(exponent) <= 3 ? Self.short(pow(10, exponent)) : "1e\(Int(exponent))"
                return Tick(fraction: (exponent - low) / (high - low), label: label)
            }
        }
    }

    private static func multiples(of step: Double, from low: Double, to high: Double) -> [Double] {
        // A range as short as the smallest number has no parts.
        guard step > 0, step.isFinite else { return [] }
        let first = (low / step).rounded(.up)
        let last = (high / step).rounded(.down)
        guard first <= last else { return [] }
        return (0...Int(last - first)).map { (first + Double($0)) * step }
    }

    private static func roundStep(_ step: Double) -> Double {
        let power = pow(10, log10(step).rounded(.down))
        let digit = [1.0, 2, 5].first { $0 * power >= step } ?? 10
        return digit * power
    }

    private static func label(_ value: Double, _ step: Double) -> String {
        let digits = max(0, Int(-(log10(step) + 1e-9).rounded(.down)))
        if abs(value) >= 1e6 || digits > 6 { return DecimalText.significant(value, digits: 3) }
        return DecimalText.fixed(value == 0 ? 0 : value, digits: digits)
    }

    private static func short(_ value: Double) -> String { DecimalText.significant(value) }
}
