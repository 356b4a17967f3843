import Dispatch
import Synchronization
import UnloopBackend
import UnloopTensor

/// A program that a configuration does not compute as the loop does.
package struct RandomFailure: Sendable {
    package let index: Int
    package let configuration: String
    package let kind: RandomDifference.Kind
    package let difference: String
    /// Positions among simpler programs, from the one drawn to the minimal one.
    package let path: [Int]
    /// The minimal program in Swift.
    package let source: String

    package init(
        index: Int, configuration: String, kind: RandomDifference.Kind, difference: String, path: [Int], source: String
    ) {
        self.index = index
        self.configuration = configuration
        self.kind = kind
        self.difference = difference
        self.path = path
        self.source = source
    }
}

/// What a run of random programs found.
package struct RandomReport: Sendable {
    /// How one configuration fared.
    package struct Row: Sendable {
        package var programs = 0
        /// Runs beside another program on the same device.
        package var beside = 0
        package var differing = 0

        package init(programs: Int = 0, beside: Int = 0, differing: Int = 0) {
            self.programs = programs
            self.beside = beside
            self.differing = differing
        }
    }

    /// A program that ended its process.
    package struct Crash: Sendable {
        package let index: Int
        /// The status of the process and what it said.
        package let text: String
        /// The minimal program in Swift.
        package let source: String

        package init(index: Int, text: String, source: String) {
            self.index = index
            self.text = text
            self.source = source
        }
    }

    package var programs = 0
    package var steps = 0
    package var rows: [(label: String, row: Row)] = []
    /// Programs compared with float64 within a bound that is stated, and those beyond it.
    package var compared = 0
    package var beyond = 0
    /// Programs whose derivatives were compared with differences of values in float64.
    package var differentiated = 0
    package var failures: [RandomFailure] = []
    package var crashes: [Crash] = []
    /// How often each operation occurred.
    package var operations: [String: Int] = [:]

    package init() {}

    package var isClean: Bool {
        failures.isEmpty && crashes.isEmpty && beyond == 0 && rows.allSatisfy { $0.row.differing == 0 }
    }

    /// With what another run of the same configurations found.
    package mutating func add(_ other: RandomReport) {
        programs += other.programs
        steps += other.steps
        compared += other.compared
        beyond += other.beyond
        differentiated += other.differentiated
        failures += other.failures
        crashes += other.crashes
        operations.merge(other.operations, uniquingKeysWith: +)
        for (label, row) in other.rows {
            guard let position = rows.firstIndex(where: { $0.label == label }) else {
                rows.append((label, row))
                continue
            }
            rows[position].row.programs += row.programs
            rows[position].row.beside += row.beside
            rows[position].row.differing += row.differing
        }
    }

    package mutating func add(_ crash: Crash) { crashes.append(crash) }
}

/// Runs random programs on the loop and on other configurations, alone and beside one another, and compares all bits; and the loop's
/// results and derivatives with float64.
package struct RandomCheck: Sendable {
    let seed: UInt64
    let size: RandomProgram.Size?
    let configurations: [RandomConfiguration]
    /// How many failures are made minimal and reported in full.
    let reported: Int
    let shrinkingAttempts: Int
    /// Whether programs run one at a time only, for drivers that are no good with several threads.
    let isAlone: Bool

    package init(
        seed: UInt64, size: RandomProgram.Size? = nil, configurations: [RandomConfiguration],
        reported: Int = 10, shrinkingAttempts: Int = 600, isAlone: Bool = false
    ) {
        self.seed = seed
        self.size = size
        self.configurations = configurations
        self.reported = reported
        self.shrinkingAttempts = shrinkingAttempts
        self.isAlone = isAlone
    }

    package func program(_ index: Int) -> RandomProgram { .random(seed: seed, index: index, size: size) }

    /// Runs the programs `first ..< first + count`.
    package func run(first: Int, count: Int, progress: (Int) -> Void = { _ in }) -> RandomReport {
        var report = RandomReport()
        report.rows = configurations.map { ($0.label, RandomReport.Row()) }
        var previous: (program: RandomProgram, results: [RandomResult])?
        for index in first..<first + count {
            progress(index - first)
            let program = program(index)
            let expected = examine(program, index, &report)
            // A single one runs on all.
            for position in configurations.indices where count == 1 || index % configurations[position].every == 0 {
                // Beside the program before it, every fourth time.
                let isBeside = !isAlone && index / configurations[position].every % 4 == position % 4
                let companion = isBeside ? previous : nil
                compare(program, index, expected, on: position, beside: companion, &report)
            }
            previous = (program, expected)
        }
        return report
    }

    /// Runs one program on every configuration.
    package func run(_ program: RandomProgram, index: Int) -> RandomReport {
        var report = RandomReport()
        report.rows = configurations.map { ($0.label, RandomReport.Row()) }
        let expected = examine(program, index, &report)
        for position in configurations.indices {
            compare(program, index, expected, on: position, beside: nil, &report)
        }
        return report
    }

    // MARK: The loop

    /// The results on the loop, compared with what is inferred and with float64.
    private func examine(_ program: RandomProgram, _ index: Int, _ report: inout RandomReport) -> [RandomResult] {
        report.programs += 1
        for name in program.operationNames {
            report.operations[name, default: 0] += 1
            report.steps += 1
        }
        let found = program.run(on: Place(device: .loop))
        let truth = program.truth(of: found)
        if case .notStated = truth {} else { report.compared += 1 }
        let slope = program.derivativeDifference()
        if case .notStated = slope {} else { report.differentiated += 1 }
        for difference in [program.kindDifference(found), truth.difference, slope.difference].compactMap({ $0 }) {
            report.beyond += 1
            add(&report, program, index, "loop", difference) { candidate in
                let found = candidate.run(on: Place(device: .loop))
                switch difference.kind {
                case .derivative: return candidate.derivativeDifference().difference != nil
                case .bound: return candidate.truth(of: found).difference != nil
                default: return candidate.kindDifference(found) != nil
                }
            }
        }
        return found
    }

    // MARK: Other configurations

    private func compare(
        _ program: RandomProgram, _ index: Int, _ expected: [RandomResult], on position: Int,
        beside companion: (program: RandomProgram, results: [RandomResult])?, _ report: inout RandomReport
    ) {
        let configuration = configurations[position]
        report.rows[position].row.programs += 1
        var difference = difference(program, expected, on: configuration.device)
        var isBeside = false
        if difference == nil, let companion {
            report.rows[position].row.beside += 1
            difference = differenceBeside((program, expected), companion, on: configuration.device)
            isBeside = difference != nil
        }
        guard let difference else { return }
        report.rows[position].row.differing += 1
        let label = configuration.label + (isBeside ? ", beside program \(index - 1)" : "")
        add(&report, program, index, label, difference, configuration) { candidate in
            if isBeside { return false }
            let expected = candidate.run(on: Place(device: .loop))
            // What changes from run to run is looked for more than once.
            return (0..<3).contains { _ in
                self.difference(candidate, expected, on: configuration.device)?.kind == difference.kind
            }
        }
    }

    private func difference(_ program: RandomProgram, _ expected: [RandomResult], on device: Device)
        -> RandomDifference?
    {
        Poison.spread(on: device, like: program)
        return RandomResult.difference(expected: expected, actual: program.run(on: Place(device: device)))
    }

    /// Both programs at the same time.
    private func differenceBeside(
        _ a: (program: RandomProgram, results: [RandomResult]), _ b: (program: RandomProgram, results: [RandomResult]),
        on device: Device
    ) -> RandomDifference? {
        let pair = [a, b]
        let found = Mutex<[[RandomResult]]>([[], []])
        DispatchQueue.concurrentPerform(iterations: 2) { position in
            let results = pair[position].program.run(on: Place(device: device))
            found.withLock { $0[position] = results }
        }
        let both = found.withLock { $0 }
        for position in 0..<2 {
            if let difference = RandomResult.difference(expected: pair[position].results, actual: both[position]) {
                return difference
            }
        }
        return nil
    }

    private func add(
        _ report: inout RandomReport, _ program: RandomProgram, _ index: Int, _ label: String,
        _ difference: RandomDifference, _ configuration: RandomConfiguration? = nil,
        _ fails: (RandomProgram) -> Bool
    ) {
        guard report.failures.count < reported else { return }
        let (minimal, path) = program.minimal(attempts: shrinkingAttempts, fails)
        report.failures.append(
            RandomFailure(
                index: index, configuration: label, kind: difference.kind, difference: difference.text, path: path,
                source: minimal.source(
                    device: configuration?.source ?? ".loop",
                    remark: remark(index, path, configuration?.environment ?? ""))))
    }

    /// How to run a program again.
    package func remark(_ index: Int, _ path: [Int], _ environment: String = "") -> String {
        let shrunk = path.isEmpty ? "" : " --path " + path.map(String.init).joined(separator: ",")
        return "\(environment.isEmpty ? "" : environment + " ")unloop check --random 1 --first \(index) --seed \(seed)"
            + shrunk
    }
}

extension RandomProgram.Truth {
    var difference: RandomDifference? {
        if case .beyond(let difference) = self { difference } else { nil }
    }
}

/// Memory that tensors will be given, filled with NaN first, so that what is read before it is written shows.
enum Poison {
    static func spread(on device: Device, like program: RandomProgram) {
        var counts = Set((program.kinds ?? []).map(\.count))
        counts.formUnion([16, 64, 256, 1024])
        let tensors = counts.filter { $0 > 0 && $0 <= 65_536 }.flatMap { count in
            (0..<2).map { _ in Tensor(Array(repeating: Float(bitPattern: 0x7fba_dbad), count: count), on: device) }
        }
        withExtendedLifetime(tensors) {}
    }
}
