#if OpenCL
    import Foundation
    import Glibc

    /// Starts processes in which calls fail, and notes how each trial ends, also when it takes its process with it.
    struct Parent {
        let isShort: Bool
        /// At least so many faults, unless there are fewer.
        let wanted: Int
        let trials: [Trial]
        /// After so many trials a new process starts, because lost devices leave memory behind.
        private static let trialsOfProcess = 150
        private static let secondsOfTrial: Int32 = 60

        struct Summary {
            var counts: [Outcome: Int] = [:]
            var entries: Set<String> = []
            var problems: [(fault: String, outcome: Outcome, text: String)] = []
        }

        func run() throws -> Summary {
            var calls: [(Trial, [(entry: String, count: Int)])] = []
            for trial in trials {
                let (lines, _) = try collect(["--calls", trial.rawValue])
                calls.append(
                    (
                        trial,
                        lines.compactMap { line in
                            let words = line.split(separator: " ")
                            return words.count == 2 ? Int(words[1]).map { (String(words[0]), $0) } : nil
                        }
                    ))
            }
            func faults(_ mostCalls: Int) -> [Fault] {
                calls.flatMap { Fault.all(of: $0, calls: $1, mostCalls: mostCalls, isShort: isShort) }
            }
            var mostCalls = 2
            var all = faults(mostCalls)
            while all.count < wanted && mostCalls < 1 << 16 {
                mostCalls += max(1, mostCalls / 4)
                all = faults(mostCalls)
            }
            var summary = Summary()
            var next = 0
            while next < all.count {
                next = try runProcess(all, from: next, &summary)
                FileHandle.standardError.write(Data("\r\(next)/\(all.count)".utf8))
            }
            FileHandle.standardError.write(Data("\n".utf8))
            return summary
        }

        private func runProcess(_ faults: [Fault], from first: Int, _ summary: inout Summary) throws -> Int {
            let last = min(first + Self.trialsOfProcess, faults.count)
            let input = faults[first..<last].map(\.text).joined(separator: ",")
            let (lines, status) = try collect(["--faults", input])
            var started: Int?
            var ended = 0
            for line in lines {
                let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
                if words.first == "start", words.count > 1 { started = Int(words[1]) }
                guard words.first == "end", words.count > 2, let number = Int(words[1]),
                    let outcome = Outcome(rawValue: words[2])
                else { continue }
                ended = number + 1
                started = nil
                note(faults[first + number], outcome, words.count > 3 ? words[3] : "", &summary)
            }
            if ended == last - first { return last }
            let outcome: Outcome = status == -SIGALRM || status == -SIGKILL ? .hang : .trap
            let number = started ?? ended
            note(faults[first + number], outcome, "status \(status)", &summary)
            return first + number + 1
        }

        private func note(_ fault: Fault, _ outcome: Outcome, _ text: String, _ summary: inout Summary) {
            summary.counts[outcome, default: 0] += 1
            if outcome != .unused { summary.entries.insert(fault.entry) }
            if !outcome.isAllowed { summary.problems.append((fault.text, outcome, String(text.prefix(400)))) }
        }

        /// The lines that this program writes when it runs with other arguments, and how it ended: a status, or a signal as a negative
        /// number. It is ended when it writes nothing for a long time.
        private func collect(_ arguments: [String]) throws -> (lines: [String], status: Int32) {
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { throw TrialError(text: "pipe: \(String(cString: strerror(errno)))") }
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
            posix_spawn_file_actions_addclose(&actions, ends[0])
            posix_spawn_file_actions_addclose(&actions, ends[1])
            let path = "/proc/self/exe"
            let words = (["fault-injection"] + arguments).map { strdup($0) } + [nil]
            defer { for word in words { free(word) } }
            var process = pid_t()
            let failure = posix_spawn(&process, path, &actions, nil, words, environ)
            close(ends[1])
            defer { close(ends[0]) }
            guard failure == 0 else { throw TrialError(text: "posix_spawn: \(String(cString: strerror(failure)))") }
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 65536)
            while true {
                var waiting = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
                let ready = poll(&waiting, 1, Self.secondsOfTrial * 1000)
                if ready < 0 && errno == EINTR { continue }
                if ready == 0 {
                    kill(process, SIGKILL)
                    break
                }
                let count = read(ends[0], &chunk, chunk.count)
                if count <= 0 { break }
                bytes += chunk.prefix(count)
            }
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0 && errno == EINTR {}
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
            return (lines, status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f))
        }
    }
#endif
