/// The shortest text that reads back as the same number, integers without a fraction: `0.1`, `3`, `1e-05`, `-0`; `nan`, `inf` and `-inf`
/// for what is not finite.
package func shortestText(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// The same of a float32: digits that read back as the same float32, fewer than its double would need.
package func shortestText(_ value: Float) -> String {
    if value.isNaN { return "nan" }
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// A string of JSON, with its quotes (RFC 8259, section 7).
package func jsonString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case _ where scalar.value < 0x20:
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

/// A field of comma-separated values (RFC 4180, section 2), in quotes where it needs them: where it holds a comma, a quote or a line break,
/// and where readers would take spaces around it away.
package func csvField(_ text: String) -> String { csvField(text, separator: ",") }

/// The same for a table with another separator.
package func csvField(_ text: String, separator: Unicode.Scalar) -> String {
    let scalars = text.unicodeScalars
    let spaces: [Unicode.Scalar?] = [" ", "\t"]
    let isQuoted =
        scalars.contains { [separator, "\"", "\n", "\r"].contains($0) } || spaces.contains(scalars.first)
        || spaces.contains(scalars.last)
    guard isQuoted else { return text }
    var result = "\""
    for scalar in scalars {
        if scalar == "\"" { result += "\"" }
        result.unicodeScalars.append(scalar)
    }
    return result + "\""
}
