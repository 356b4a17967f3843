import Foundation
import Unloop

// `stop-and-resume RUNS RUNS-OF-THE-OTHERS`: how often the plain training and each of the others is stopped. The last line is JSON.
let words = Array(CommandLine.arguments.dropFirst())
switch words.first {
case "child": exit(try await Child.run(Array(words.dropFirst())))
case "check": exit(try Child.check(words.dropFirst().first ?? ""))
default:
    let counts = words.compactMap { Int($0) }
    guard counts.count == 2 else {
        print("usage: stop-and-resume RUNS RUNS-OF-THE-OTHERS")
        exit(2)
    }
    var parent = try Parent()
    defer { parent.remove() }
    var (equal, stopped, total, faults) = (0, 0, 0, [String]())
    for scenario in Scenario.allCases {
        let runs = scenario == .plain ? counts[0] : counts[1]
        let result = try parent.run(scenario, runs: runs)
        print("\(scenario): \(result.equal) of \(runs) ended alike, \(result.stopped) were stopped before their end")
        for fault in result.faults { print("  " + fault) }
        (equal, stopped, total, faults) = (
            equal + result.equal, stopped + result.stopped, total + runs, faults + result.faults
        )
    }
    print("{\"runs\": \(total), \"equal\": \(equal), \"stopped\": \(stopped), \"faults\": \(faults.count)}")
    parent.remove()
    exit(faults.isEmpty && equal == total ? 0 : 1)
}
