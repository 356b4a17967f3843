/// Whatever files can make go wrong. Every text says where it happened and what to do.
public enum DataError: Error, Equatable, Sendable {
    /// The file cannot be opened or read.
    case unreadable(file: String, reason: String)
    /// The file cannot be written; what was there before is untouched.
    case unwritable(file: String, reason: String)
    /// The file ends before what it announces.
    case truncated(file: String, expectedBytes: UInt64, actualBytes: UInt64)
    /// The file breaks the rules of its format.
    case malformed(file: String, format: String, reason: String)
    /// A line of a text file breaks the rules; lines are counted from 1.
    case malformedLine(file: String, line: Int, reason: String)
    /// The file is valid, but holds something that Unloop does not read.
    case unsupported(file: String, what: String, remedy: String)
    /// The file does not hold what was asked for.
    case missing(file: String, what: String, available: [String])
}

extension DataError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "cannot read \(file): \(reason); check the path and the permissions"
        case .unwritable(let file, let reason):
            "cannot write \(file): \(reason); check that the directory exists, is writable and has room"
        case .truncated(let file, let expected, let actual):
            "\(file) has \(actual) bytes where its header announces \(expected); it is incomplete: copy or download it again"
        case .malformed(let file, let format, let reason):
            "\(file) is not a valid \(format) file: \(reason); check that it is the right file and write it again"
        case .malformedLine(let file, let line, let reason):
            "\(file), line \(line): \(reason); correct the line or leave it out"
        case .unsupported(let file, let what, let remedy):
            "\(file) holds \(what), which is not supported; \(remedy)"
        case .missing(let file, let what, let available):
            "\(file) has no \(what); it has \(available.isEmpty ? "nothing" : available.joined(separator: ", "))"
        }
    }
}
