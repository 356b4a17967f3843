/// What a user got wrong on the command line; the process ends with status 2.
struct UsageError: Error {
    let message: String
    init(_ message: String) { self.message = message }
}

extension CommandLine {
    /// What is wrong with the first word that is not UTF-8, nil where all are. `arguments` has such words with other characters in place of their
    /// bytes: a path would be that of another file, and a result would be written there.
    static var wordThatIsNoText: String? {
        for (number, word) in arguments.enumerated() {
            guard let bytes = unsafeArgv[number], String(validatingCString: bytes) == nil else { continue }
            return "argument \(number), '\(word)', is not UTF-8; give the file or folder a name that is"
        }
        return nil
    }
}

/// One `--option` of a command.
struct OptionDescription: Sendable {
    let name: String
    /// What stands for the value in the help; nil for an option that takes none.
    let placeholder: String?
    /// The values allowed; empty for any.
    let choices: [String]
    /// Whether several values may be given, separated by commas.
    let isList: Bool
    let help: String

    static func flag(_ name: String, _ help: String) -> OptionDescription {
        OptionDescription(name: name, placeholder: nil, choices: [], isList: false, help: help)
    }

    static func value(_ name: String, _ placeholder: String, _ help: String) -> OptionDescription {
        OptionDescription(name: name, placeholder: placeholder, choices: [], isList: false, help: help)
    }

    static func choice(_ name: String, _ choices: [String], _ help: String) -> OptionDescription {
        OptionDescription(
            name: name, placeholder: choices.joined(separator: "|"), choices: choices, isList: false, help: help)
    }

    static func list(_ name: String, _ choices: [String], _ help: String) -> OptionDescription {
        OptionDescription(
            name: name, placeholder: choices.joined(separator: ","), choices: choices, isList: true, help: help)
    }
}

/// A command: what it is called, what it takes, and what it does with it.
struct Command: Sendable {
    let name: String
    let summary: String
    /// The one positional argument and its valid values, empty for any, if the command takes one.
    var subject: (name: String, choices: [String])?
    let options: [OptionDescription]
    /// Printed below the options.
    var notes = ""
    /// Returns the exit status.
    let run: @Sendable (Arguments) throws -> Int32
    /// Commands whose names go on after this one's, each with options of its own; this one then does nothing by itself.
    var branches: [Command] = []

    /// A command that has branches only.
    static func branching(_ name: String, summary: String, subject: String, _ branches: [Command]) -> Command {
        Command(
            name: name, summary: summary,
            subject: (name: subject, choices: branches.map { String($0.name.dropFirst(name.count + 1)) }), options: [],
            notes: branches.map { "unloop \($0.name) --help: \($0.summary)" }.joined(separator: "\n"),
            run: { _ in throw UsageError("missing \(subject)") }, branches: branches)
    }

    /// The command that these words mean, without the word that chose a branch.
    ///
    /// - Throws: `UsageError` where there are branches, and no word chooses one.
    func chosen(_ words: [String]) throws(UsageError) -> (command: Command, words: [String]) {
        guard !branches.isEmpty else { return (self, words) }
        let names = subject?.choices ?? []
        guard let place = words.firstIndex(where: names.contains), let number = names.firstIndex(of: words[place])
        else {
            // Options are those of a branch.
            _ = try parse(words.filter { !$0.hasPrefix("-") })
            throw UsageError("missing \(subject?.name ?? ""); valid: \(names.joined(separator: ", "))")
        }
        var rest = words
        rest.remove(at: place)
        return (branches[number], rest)
    }

    var usage: String {
        var text = "Usage: unloop \(name)"
        if let subject {
            text += " " + (subject.choices.isEmpty ? subject.name.uppercased() : subject.choices.joined(separator: "|"))
        }
        return text + " [options]"
    }

    var help: String {
        let helpOption = OptionDescription.flag("--help", "this text")
        var lines = [summary, "", usage, "", "Options:"]
        for option in options + [helpOption] {
            let head = "  " + option.name + (option.placeholder.map { " " + $0 } ?? "")
            if head.count <= 26 {
                lines.append(head + String(repeating: " ", count: 28 - head.count) + option.help)
            } else {
                lines.append(head)
                lines.append(String(repeating: " ", count: 28) + option.help)
            }
        }
        if !notes.isEmpty { lines += ["", notes] }
        return lines.joined(separator: "\n")
    }

    /// - Throws: `UsageError` naming what was wrong and what is valid.
    func parse(_ words: [String]) throws(UsageError) -> Arguments {
        var arguments = Arguments()
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word.count > 1 else {
                guard let subject else { throw UsageError("unexpected argument '\(word)'") }
                guard arguments.subject == nil else { throw UsageError("unexpected argument '\(word)'") }
                guard subject.choices.isEmpty || subject.choices.contains(word) else {
                    throw UsageError(
                        "'\(word)' is no \(subject.name); valid: \(subject.choices.joined(separator: ", "))")
                }
                arguments.subject = word
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let option = options.first(where: { $0.name == name }) else {
                throw UsageError(
                    "unknown option '\(name)'; valid: \((options.map(\.name) + ["--help"]).joined(separator: ", "))")
            }
            guard option.placeholder != nil else {
                if parts.count > 1 { throw UsageError("\(name) takes no value") }
                arguments.values[name] = ""
                continue
            }
            guard let value = parts.count > 1 ? String(parts[1]) : rest.popFirst() else {
                throw UsageError("\(name) needs a value: \(option.placeholder ?? "")")
            }
            try option.check(value)
            arguments.values[name] = value
        }
        if let subject, arguments.subject == nil {
            let valid = subject.choices.isEmpty ? "" : "; valid: \(subject.choices.joined(separator: ", "))"
            throw UsageError("missing \(subject.name)\(valid)")
        }
        return arguments
    }
}

extension OptionDescription {
    fileprivate func check(_ value: String) throws(UsageError) {
        let given = isList ? value.split(separator: ",", omittingEmptySubsequences: false).map(String.init) : [value]
        for item in given where !choices.isEmpty && !choices.contains(item) {
            throw UsageError("'\(item)' is not a value of \(name); valid: \(choices.joined(separator: ", "))")
        }
    }
}

/// The arguments of one run of a command.
struct Arguments: Sendable {
    fileprivate(set) var subject: String?
    fileprivate(set) var values: [String: String] = [:]

    func has(_ option: String) -> Bool { values[option] != nil }

    func string(_ option: String) -> String? { values[option] }

    func list(_ option: String) -> [String]? {
        values[option].map { $0.split(separator: ",").map(String.init) }
    }

    func integer(_ option: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = values[option] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            let limit = range.upperBound == Int.max ? "of at least \(range.lowerBound)" : "from \(range)"
            throw UsageError("'\(text)' is not a value of \(option); valid: an integer \(limit)")
        }
        return value
    }

    func number(_ option: String, atLeast minimum: Double) throws(UsageError) -> Double? {
        guard let text = values[option] else { return nil }
        guard let value = Double(text), value.isFinite, value >= minimum else {
            throw UsageError("'\(text)' is not a value of \(option); valid: a number of at least \(minimum)")
        }
        return value
    }
}
