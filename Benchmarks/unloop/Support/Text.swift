import Foundation

/// Numbers as people read them.
enum Text {
    /// Nanoseconds in the unit that suits them, three digits.
    static func time(_ nanoseconds: Double) -> String {
        switch nanoseconds {
        case ..<1e3: number(nanoseconds) + " ns"
        case ..<1e6: number(nanoseconds / 1e3) + " µs"
        case ..<1e9: number(nanoseconds / 1e6) + " ms"
        default: number(nanoseconds / 1e9) + " s"
        }
    }

    /// Three significant digits.
    static func number(_ value: Double) -> String {
        let magnitude = abs(value)
        if magnitude > 0 && magnitude < 0.0005 { return "<.001" }
        return fixed(value, magnitude < 1 ? 3 : magnitude < 10 ? 2 : magnitude < 100 ? 1 : 0)
    }

    static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return "\(value)" }
        return String(format: "%.\(digits)f", value)
    }

    static func scientific(_ value: Double) -> String { String(format: "%.1e", value) }

    /// A fraction in whole percent, as wide for every value below 100 %.
    static func percent(_ fraction: Double) -> String {
        let text = fixed(100 * fraction, 0) + " %"
        return String(repeating: " ", count: max(0, 4 - text.count)) + text
    }
}
