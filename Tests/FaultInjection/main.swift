import Foundation

// Makes every OpenCL call of some trials fail, one at a time, and sees whether each gives the right answer, or a typed error after
// which the right answer comes. Prints a summary as JSON; the status is 0 when no trial ended in another way.
//
//   fault-injection [--short] [--cases N] [--trial train|tune|programs]

#if OpenCL
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.first == "--calls" || arguments.first == "--faults" {
        defer { TrialFolder.remove() }
        let child = try Child()
        if arguments[0] == "--calls" {
            guard let trial = Trial(rawValue: arguments[1]) else { exit(2) }
            try child.printCalls(trial)
        } else {
            let faults = arguments[1].split(separator: ",").compactMap { Fault(String($0)) }
            try child.run(faults.enumerated().map { (number: $0.offset, fault: $0.element) })
        }
    } else {
        func value(_ option: String) -> String? {
            arguments.firstIndex(of: option).flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
        }
        let isShort = arguments.contains("--short")
        let trials = value("--trial").flatMap(Trial.init).map { [$0] } ?? (isShort ? [.train] : Trial.allCases)
        let start = ContinuousClock.now
        let summary = try Parent(
            isShort: isShort, wanted: value("--cases").flatMap(Int.init) ?? (isShort ? 50 : 5200), trials: trials
        ).run()
        var json: [String: Any] = [:]
        for outcome in Outcome.allCases { json[outcome.rawValue] = summary.counts[outcome] ?? 0 }
        json["cases"] = summary.counts.values.reduce(0, +)
        json["injected"] = summary.counts.filter { $0.key != .unused }.values.reduce(0, +)
        json["entry_points"] = summary.entries.count
        json["seconds"] = Int((ContinuousClock.now - start).components.seconds)
        json["problems"] = summary.problems.map {
            ["fault": $0.fault, "outcome": $0.outcome.rawValue, "text": $0.text]
        }
        let data = try JSONSerialization.data(withJSONObject: json, options: [.prettyPrinted, .sortedKeys])
        print(String(decoding: data, as: UTF8.self))
        exit(summary.problems.isEmpty ? 0 : 1)
    }
#else
    print("This build has no OpenCL.")
    exit(2)
#endif
