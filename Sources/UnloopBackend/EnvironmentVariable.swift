import Foundation

/// A variable of the environment that sets Unloop up. What it holds is checked where it is read: a value that means nothing is an
/// error that names the variable, what it was given and what it takes. An empty variable counts as none.
package struct EnvironmentVariable: Sendable {
    package let name: String
    /// The device that cannot be used as asked for.
    private let device: String
    private let environment: [String: String]

    /// - Parameter environment: another than the process's, for tests.
    package init(
        _ name: String, device: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.name = name
        self.device = device
        self.environment = environment
    }

    /// The text itself; nil where there is none.
    package var text: String? {
        guard let text = environment[name], !text.isEmpty else { return nil }
        return text
    }

    /// One of several words.
    ///
    /// - Throws: `deviceUnavailable` listing the words.
    package func choice<Choice: RawRepresentable & CaseIterable>() throws(BackendError) -> Choice?
    where Choice.RawValue == String {
        guard let text else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw refusal("one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    /// A whole number.
    ///
    /// - Parameter meaning: what is counted, such as `bytes`.
    /// - Throws: `deviceUnavailable` naming the range.
    package func integer(_ meaning: String, in range: ClosedRange<Int>) throws(BackendError) -> Int? {
        guard let text else { return nil }
        guard let value = Int(text), range.contains(value) else {
            let limit =
                range.upperBound == .max
                ? "at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
            throw refusal("a number of \(meaning), \(limit)")
        }
        return value
    }

    /// `1` or `0`; false where there is none.
    ///
    /// - Throws: `deviceUnavailable` for anything else.
    package func flag() throws(BackendError) -> Bool {
        switch text {
        case nil, "0": false
        case "1": true
        default: throw refusal("1 or 0")
        }
    }

    /// The path of a folder.
    ///
    /// - Throws: `deviceUnavailable` for a path that does not begin with `/`.
    package func folder() throws(BackendError) -> String? {
        guard let text else { return nil }
        guard text.hasPrefix("/") else { throw refusal("the path of a folder that begins with /") }
        return text
    }

    private func refusal(_ what: String) -> BackendError {
        .deviceUnavailable(
            device: device, reason: "\(name) is \"\(environment[name] ?? "")\", which is not \(what)",
            remedy: "Set it to \(what), or unset \(name).")
    }
}
