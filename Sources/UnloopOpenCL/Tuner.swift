#if OpenCL
    import UnloopBackend

    /// Finds, for each problem, the fastest of the candidates that compute it with the right bits.
    package struct Tuner {
        /// How one candidate fared.
        package enum Outcome: Sendable {
            case time(nanoseconds: Double)
            /// The device or the kernel does not run it.
            case refused(String)
            /// Its bits are not the reference's: a mistake of a compiler, which the table must keep away from.
            case wrong
        }

        /// What has just been tried.
        package struct Step: Sendable {
            package let problem: String
            package let problemNumber: Int
            package let problemCount: Int
            /// nil for what is chosen without tuning.
            package let candidate: String?
            package let outcome: Outcome
        }

        package struct Report: Sendable {
            package let problem: String
            /// nil when the rule without tuning is as fast as any candidate.
            package let choice: String?
            package let nanoseconds: Double
            package let untunedNanoseconds: Double
            /// What each candidate takes, in nanoseconds; the slow ones were measured once.
            package let times: [(candidate: String, nanoseconds: Double)]
            package let wrong: [String]
            package let refused: [String]
        }

        private let backend: OpenCLBackend
        private let expected: (TuningProblem, HostArray, HostArray) throws(BackendError) -> HostArray
        private let clock = ContinuousClock()

        /// - Parameter expected: the right result of a problem for two operands.
        package init(
            _ backend: OpenCLBackend,
            expected: @escaping (TuningProblem, HostArray, HostArray) throws(BackendError) -> HostArray
        ) {
            self.backend = backend
            self.expected = expected
        }

        /// - Parameter reference: a backend whose results are known to be right.
        package init(_ backend: OpenCLBackend, reference: any Backend) {
            self.init(backend) { (problem, first, second) throws(BackendError) in
                let target = try reference.allocate(.float32, count: problem.counts.result)
                try problem.run(on: reference, try reference.upload(first), try reference.upload(second), target)
                return try reference.download(target, offset: 0, count: problem.counts.result)
            }
        }

        /// Measures the problems in order until the time is over. The backend's table is replaced as results come in.
        ///
        /// - Parameter report: called after each problem, with the table so far.
        package func run(
            _ problems: [TuningProblem], timeLimit: Duration, progress: (Step) -> Void,
            report: (Report, TuningTable) throws -> Void
        ) throws {
            // What is longer than a century cannot be added to a time.
            let deadline = clock.now + min(timeLimit, .seconds(3_200_000_000))
            var table = backend.tuning.table
            for (number, problem) in problems.enumerated() where clock.now < deadline {
                let found = try tune(problem, deadline: deadline) { candidate, outcome in
                    progress(
                        Step(
                            problem: problem.name, problemNumber: number + 1, problemCount: problems.count,
                            candidate: candidate, outcome: outcome))
                }
                guard let found else { continue }
                for exclusion in found.exclusions {
                    table.exclude(exclusion.choice, for: exclusion.operation)
                }
                for entry in found.entries { table.record(entry) }
                backend.tuning.table = table
                try report(found.report, table)
            }
        }

        /// nil when nothing is to be chosen.
        private func tune(
            _ problem: TuningProblem, deadline: ContinuousClock.Instant, progress: (String?, Outcome) -> Void
        ) throws(BackendError) -> (report: Report, entries: [TuningTable.Entry], exclusions: [TuningTable.Exclusion])? {
            let counts = problem.counts
            let (first, second) = (Self.operand(counts.first, seed: 1), Self.operand(counts.second, seed: 2))
            let expected = try expected(problem, first, second)
            let buffers = (try backend.upload(first), try backend.upload(second))
            let target = try backend.allocate(.float32, count: counts.result)
            func once() throws(BackendError) { try problem.run(on: backend, buffers.0, buffers.1, target) }
            let garbage = try backend.upload(.float32([Float](repeating: .nan, count: counts.result)))
            let whole = { (buffer: Buffer) in StridedView(buffer, shape: [counts.result]) }

            func outcome(atMost best: Double) throws(BackendError) -> Outcome {
                try backend.copy(whole(garbage), to: whole(target))
                do throws(BackendError) { try once() } catch {
                    if case .unsupported(_, _, let reason) = error { return .refused(reason) }
                    if case .buildFailed(_, _, let log) = error { return .refused(log) }
                    if case .nonconforming = error { return .wrong }
                    throw error
                }
                let found = try backend.download(target, offset: 0, count: counts.result)
                guard Self.haveSameBits(found, expected) else { return .wrong }
                return .time(nanoseconds: try nanoseconds(atMost: best, once))
            }

            // The table's earlier choice must not stand in for the rule without tuning.
            let table = backend.tuning.table
            backend.tuning.table = table.withoutEntries
            defer { backend.tuning.table = table }
            let asked = try backend.tuning.questions { () throws(BackendError) in try once() }
            // What was found wrong before is not tried again.
            let candidates = (asked.values.first ?? []).filter { candidate in
                !asked.keys.contains { table.isExcluded(candidate, for: $0.operation) }
            }
            if candidates.isEmpty { return nil }
            let untuned = try outcome(atMost: .infinity)
            progress(nil, untuned)
            guard case .time(let untunedNanoseconds) = untuned else {
                throw .unsupported(
                    device: backend.name, operation: problem.name,
                    reason: "its result does not have the bits of the reference; run `unloop check`")
            }
            var best: (choice: String?, nanoseconds: Double) = (nil, untunedNanoseconds)
            var times: [(candidate: String, nanoseconds: Double)] = []
            var (wrong, refused) = ([String](), [String]())
            for candidate in candidates where clock.now < deadline {
                var found = Outcome.wrong
                try backend.tuning.forcing(candidate) { () throws(BackendError) in
                    found = try outcome(atMost: best.nanoseconds)
                }
                progress(candidate, found)
                switch found {
                case .time(let nanoseconds):
                    times.append((candidate, nanoseconds))
                    if nanoseconds < best.nanoseconds { best = (candidate, nanoseconds) }
                case .refused: refused.append(candidate)
                case .wrong: wrong.append(candidate)
                }
            }
            var entries: [TuningTable.Entry] = []
            if let choice = best.choice {
                entries = asked.keys.map {
                    TuningTable.Entry(
                        operation: $0.operation, sizes: $0.sizes, choice: choice, nanoseconds: best.nanoseconds,
                        untunedNanoseconds: untunedNanoseconds)
                }
            }
            let report = Report(
                problem: problem.name, choice: best.choice, nanoseconds: best.nanoseconds,
                untunedNanoseconds: untunedNanoseconds, times: times, wrong: wrong, refused: refused)
            let operations = Set(asked.keys.map(\.operation))
            let exclusions = operations.sorted().flatMap { operation in
                wrong.map { TuningTable.Exclusion(operation: operation, choice: $0) }
            }
            return (report, entries, exclusions)
        }

        // MARK: Measuring

        /// The least of several times; only one when the first is far from the best so far.
        private func nanoseconds(
            atMost best: Double, _ body: () throws(BackendError) -> Void
        ) throws(BackendError) -> Double {
            func time(_ repetitions: Int) throws(BackendError) -> Double {
                let start = clock.now
                for _ in 0..<repetitions { try body() }
                try backend.synchronize()
                let elapsed = (clock.now - start).components
                return (Double(elapsed.seconds) * 1e9 + Double(elapsed.attoseconds) / 1e9) / Double(repetitions)
            }
            let first = try time(1)
            if first > 4 * best { return first }
            let repetitions = max(1, min(100, Int(4e6 / first)))
            var least = try time(repetitions)
            for _ in 0..<4 where least < 1.5 * best { least = min(least, try time(repetitions)) }
            return least
        }

        /// Numbers of both signs and many magnitudes, so that every change of order shows.
        private static func operand(_ count: Int, seed: UInt64) -> HostArray {
            var state = seed &* 0x9E37_79B9_7F4A_7C15
            return .float32(
                (0..<count).map { _ in
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
                })
        }

        private static func haveSameBits(_ a: HostArray, _ b: HostArray) -> Bool {
            guard case .float32(let left) = a, case .float32(let right) = b, left.count == right.count else {
                return false
            }
            return zip(left, right).allSatisfy { $0.bitPattern == $1.bitPattern }
        }
    }
#endif
