import Foundation

/// Numbers as text with a decimal point, in whatever language the program runs: `String(format:)` follows `setlocale` on Linux, and a
/// comma makes an SVG document invalid.
package enum DecimalText {
    /// So many digits after the point.
    package static func fixed(_ value: Double, digits: Int) -> String { text("%.*f", digits, value) }

    /// One digit, so many after the point, and a power of ten: `1.3e-05`.
    package static func scientific(_ value: Double, digits: Int) -> String { text("%.*e", digits, value) }

    /// So many digits at most, with a power of ten where that is shorter.
    package static func significant(_ value: Double, digits: Int = 6) -> String { text("%.*g", digits, value) }

    /// `1:05` for 65 seconds.
    package static func minutes(_ seconds: Int) -> String {
        "\(seconds / 60):" + (seconds % 60 < 10 ? "0" : "") + "\(seconds % 60)"
    }

    /// The standard's own way of writing numbers.
    nonisolated(unsafe) private static let standard = newlocale(1 << LC_NUMERIC, "C", nil)

    private static func text(_ format: String, _ digits: Int, _ value: Double) -> String {
        // Of this thread alone.
        let before = standard.map { uselocale($0) }
        defer { if let before { uselocale(before) } }
        let arguments: [any CVarArg] = [Int32(clamping: digits), value]
        let length = withVaList(arguments) { vsnprintf(nil, 0, format, $0) }
        guard length >= 0 else { return "\(value)" }
        var bytes = [CChar](repeating: 0, count: Int(length) + 1)
        _ = withVaList(arguments) { vsnprintf(&bytes, bytes.count, format, $0) }
        return String(decoding: bytes.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
