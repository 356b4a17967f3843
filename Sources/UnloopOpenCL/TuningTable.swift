#if OpenCL
    import Foundation
    import Synchronization
    import UnloopBackend

    /// Which of several ways to compute an operation was fastest on one device at the sizes that were measured. All ways give
    /// the same bits, so that a table changes nothing but time.
    package struct TuningTable: Codable, Equatable, Sendable {
        package struct Entry: Codable, Equatable, Sendable {
            /// The operation and how its operands lie, such as `matmul.nt`.
            package var operation: String
            /// What the time depends on; for products m, n, k and the batch.
            package var sizes: [Int]
            /// The name of the fastest candidate.
            package var choice: String
            package var nanoseconds: Double
            /// With what would have been chosen without the table.
            package var untunedNanoseconds: Double

            package init(
                operation: String, sizes: [Int], choice: String, nanoseconds: Double, untunedNanoseconds: Double
            ) {
                self.operation = operation
                self.sizes = sizes
                self.choice = choice
                self.nanoseconds = nanoseconds
                self.untunedNanoseconds = untunedNanoseconds
            }
        }

        /// A candidate whose bits are not the reference's: never chosen for the operation again.
        package struct Exclusion: Codable, Hashable, Sendable {
            package var operation: String
            package var choice: String
        }

        package private(set) var entries: [Entry] = []
        package private(set) var exclusions: [Exclusion] = []

        package init() {}

        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            entries = try container.decode([Entry].self, forKey: .entries)
            exclusions = try container.decodeIfPresent([Exclusion].self, forKey: .exclusions) ?? []
        }

        /// Keeps away from a candidate for good; what was found with it counts no more.
        package mutating func exclude(_ choice: String, for operation: String) {
            let exclusion = Exclusion(operation: operation, choice: choice)
            if !exclusions.contains(exclusion) { exclusions.append(exclusion) }
            entries.removeAll { $0.operation == operation && $0.choice == choice }
        }

        /// Only what must be kept away from.
        package var withoutEntries: TuningTable {
            var table = TuningTable()
            table.exclusions = exclusions
            return table
        }

        package func isExcluded(_ choice: String, for operation: String) -> Bool {
            exclusions.contains { $0.choice == choice && $0.operation == operation }
        }

        /// Adds a measurement in place of an earlier one of the same operation and sizes.
        package mutating func record(_ entry: Entry) {
            entries.removeAll { $0.operation == entry.operation && $0.sizes == entry.sizes }
            entries.append(entry)
        }

        /// Sizes further away than this are not taken for similar: the sum of the differences of their logarithms to base 2.
        static let reach = 4.0

        /// The choice for the most similar sizes that were measured; nil when none are similar.
        package func choice(_ operation: String, sizes: [Int]) -> String? {
            func distance(_ entry: Entry) -> Double {
                zip(entry.sizes, sizes).reduce(0) { $0 + abs(log2(Double(max(1, $1.0)) / Double(max(1, $1.1)))) }
            }
            let candidates = entries.filter {
                $0.operation == operation && $0.sizes.count == sizes.count && !isExcluded($0.choice, for: operation)
            }
            .map { (entry: $0, distance: distance($0)) }
            guard let nearest = candidates.min(by: { $0.distance < $1.distance }), nearest.distance <= Self.reach else {
                return nil
            }
            return nearest.entry.choice
        }
    }

    /// The table of an open device, asked at each launch.
    package final class Tuning: Sendable {
        /// What may be looked up in the table, and the candidates there are.
        package struct Question: Hashable, Sendable {
            package let operation: String
            package let sizes: [Int]
        }

        private struct State {
            var table: TuningTable
            /// Answers so far.
            var known = RecentlyUsed<Question, String?>(limit: 4096)
            /// What is taken for every question whatever the table says.
            var forced: String?
            /// Questions that were asked, with the candidates for each, while somebody listens.
            var asked: [Question: [String]]?
        }

        private let state: Mutex<State>

        package init(_ table: TuningTable) { state = Mutex(State(table: table)) }

        package var table: TuningTable {
            get { state.withLock(\.table) }
            set {
                state.withLock { state in
                    state.table = newValue
                    state.known.removeAll()
                }
            }
        }

        /// - Returns: the name of a candidate; nil leaves the choice to the rule for devices that were not tuned.
        func choice(_ operation: String, sizes: [Int], among candidates: () -> [String]) -> String? {
            state.withLock { state in
                if state.asked != nil { state.asked?[Question(operation: operation, sizes: sizes)] = candidates() }
                if let forced = state.forced { return forced }
                if state.table.entries.isEmpty { return nil }
                let question = Question(operation: operation, sizes: sizes)
                if let known = state.known[question] { return known }
                let choice = state.table.choice(operation, sizes: sizes)
                state.known[question] = .some(choice)
                return choice
            }
        }

        /// Whether a candidate was found to give other bits and must not be taken.
        func isExcluded(_ choice: String, for operation: String) -> Bool {
            state.withLock { !$0.table.exclusions.isEmpty && $0.table.isExcluded(choice, for: operation) }
        }

        /// Whether the choice must be taken or refused, but not replaced.
        var isForced: Bool { state.withLock { $0.forced != nil } }

        /// Runs `body` with this candidate for every question, for measurements and tests. Nothing else may run meanwhile.
        package func forcing<Failure: Error>(
            _ choice: String?, _ body: () throws(Failure) -> Void
        ) throws(Failure) {
            state.withLock { $0.forced = choice }
            defer { state.withLock { $0.forced = nil } }
            try body()
        }

        /// What is asked while `body` runs: the questions with their candidates.
        package func questions<Failure: Error>(
            _ body: () throws(Failure) -> Void
        ) throws(Failure) -> [Question: [String]] {
            state.withLock { $0.asked = [:] }
            defer { state.withLock { $0.asked = nil } }
            try body()
            return state.withLock { $0.asked ?? [:] }
        }
    }
#endif
