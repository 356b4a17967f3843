import UnloopData

/// A JSON value that keeps the order of its keys (RFC 8259).
enum JSON: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([(String, JSON)])

    static func number(_ value: Double?) -> JSON { value.map { .number($0) } ?? .null }
    static func string(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }

    /// On one line.
    var line: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        // JSON has no infinity and no NaN.
        case .number(let value): value.isFinite ? shortestText(value) : "null"
        case .string(let value): jsonString(value)
        case .array(let values): "[" + values.map(\.line).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { jsonString($0.0) + ": " + $0.1.line }.joined(separator: ", ") + "}"
        }
    }

    /// Objects and arrays of objects over several lines, everything that fits the width on one.
    func pretty(width: Int = 120, indentation: Int = 0) -> String {
        let flat = line
        if flat.count + indentation <= width { return flat }
        let inner = String(repeating: " ", count: indentation + 2)
        let outer = String(repeating: " ", count: indentation)
        switch self {
        case .array(let values):
            let items = values.map { inner + $0.pretty(width: width, indentation: indentation + 2) }
            return "[\n" + items.joined(separator: ",\n") + "\n" + outer + "]"
        case .object(let members):
            let items = members.map {
                inner + jsonString($0.0) + ": " + $0.1.pretty(width: width, indentation: indentation + 2)
            }
            return "{\n" + items.joined(separator: ",\n") + "\n" + outer + "}"
        default: return flat
        }
    }
}
