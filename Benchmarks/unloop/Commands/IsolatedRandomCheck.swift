import Foundation
import Unloop
import UnloopConformance

/// Random programs in child processes: a program that ends its process is found by halving, and made minimal by trying simpler ones,
/// each in a process of its own.
struct IsolatedRandomCheck {
    private let request: RandomCheckCommand.Request
    /// Programs in a process; compiled kernels are kept from one to the next on disk only.
    private let batch = 1000
    /// A program in an endless loop would hold everything up.
    private let secondsForProgram = 5.0
    private let crashesReported = 5
    /// Processes side by side: most of a program's work is done by one thread.
    private let atOnce = 2

    init(_ request: RandomCheckCommand.Request) { self.request = request }

    func run() throws -> RandomReport {
        var report = RandomReport()
        var pending = stride(from: 0, to: request.count, by: batch).reversed().map {
            (first: request.first + $0, count: min(batch, request.count - $0))
        }
        var running: [(first: Int, count: Int, child: Child)] = []
        defer { for (_, _, child) in running { child.stop() } }
        while !pending.isEmpty || !running.isEmpty {
            while running.count < atOnce, let (first, count) = pending.popLast() {
                Terminal.progress("\(first - request.first) of \(request.count) programs")
                let seconds = 60 + secondsForProgram * Double(count)
                running.append(
                    (first, count, try Child(request.words(first: first, count: count), seconds: seconds)))
            }
            usleep(5000)
            for position in running.indices.reversed() {
                guard let outcome = running[position].child.outcome() else { continue }
                let (first, count, _) = running.remove(at: position)
                switch outcome {
                case .report(let part): report.add(part)
                case .crash(let text):
                    if count > 1 {
                        pending.append((first + count / 2, count - count / 2))
                        pending.append((first, count / 2))
                    } else {
                        report.add(try crash(first, text))
                        if report.crashes.count >= crashesReported { return report }
                    }
                }
            }
        }
        return report
    }

    /// A program that ends its process, with the fewest devices and as small as it gets.
    private func crash(_ index: Int, _ text: String) throws -> RandomReport.Crash {
        func crashes(_ path: [Int], on device: String?) -> Bool {
            let words = request.words(first: index, count: 1, path: path, device: device)
            if case .crash? = try? Child(words, seconds: 60).wait() { return true }
            return false
        }
        let device = ["loop", "cpu"].first { crashes([], on: $0) } ?? request.device
        let check = request.check([])
        let drawn = check.program(index)
        // The path so far belongs to a program that crashes; a candidate is reached by one more position.
        var (path, attempts) = ([Int](), 200)
        search: while attempts > 0, let program = drawn.following(path) {
            for position in program.simpler.indices {
                attempts -= 1
                if attempts < 0 { break search }
                if crashes(path + [position], on: device) {
                    path.append(position)
                    continue search
                }
            }
            break
        }
        let minimal = drawn.following(path) ?? drawn
        return RandomReport.Crash(
            index: index, text: text,
            source: minimal.source(
                device: device == "opencl" ? "try .opencl" : ".cpu", remark: check.remark(index, path)))
    }
}

/// What came of a child process.
private enum Outcome {
    case report(RandomReport)
    case crash(String)
}

/// A process that runs some programs; its streams go into files, so that no pipe can fill up.
private struct Child {
    private let folder: URL
    private let process = Process()
    private let end: Date

    init(_ words: [String], seconds: Double) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["out", "err"] { try Data().write(to: folder.appendingPathComponent(name)) }
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = words
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: folder.appendingPathComponent("out"))
        process.standardError = try FileHandle(forWritingTo: folder.appendingPathComponent("err"))
        end = Date(timeIntervalSinceNow: seconds)
        try process.run()
    }

    func stop() {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    func wait() -> Outcome {
        while true {
            if let outcome = outcome() { return outcome }
            usleep(5000)
        }
    }

    /// nil while it runs.
    func outcome() -> Outcome? {
        if process.isRunning {
            if Date() < end { return nil }
            stop()
            return .crash("does not end")
        }
        defer { stop() }
        let (output, errors) = (folder.appendingPathComponent("out"), folder.appendingPathComponent("err"))
        if process.terminationReason == .exit, process.terminationStatus <= 1,
            let report = try? RandomReport(json: Data(contentsOf: output))
        {
            return .report(report)
        }
        let lines = ((try? String(contentsOf: errors, encoding: .utf8)) ?? "").split(separator: "\n")
        let line = lines.first { $0.contains("rror") } ?? lines.first ?? ""
        return .crash("status \(process.terminationStatus): \(line)")
    }
}

extension RandomReport {
    /// What a child process printed.
    fileprivate init(json: Data) throws {
        struct Text: Decodable {
            struct Configuration: Decodable {
                let name: String
                let programs: Int
                let beside: Int
                let differing: Int
            }
            struct Failure: Decodable {
                let index: Int
                let configuration: String
                let kind: String
                let difference: String
                let path: [Int]
                let source: String
            }
            let programs: Int
            let steps: Int
            let configurations: [Configuration]
            let compared_with_float64: Int
            let derivatives_compared: Int
            let beyond_bound: Int
            let failures: [Failure]
            let operations: [String: Int]
        }
        let text = try JSONDecoder().decode(Text.self, from: json)
        self.init()
        programs = text.programs
        steps = text.steps
        rows = text.configurations.map {
            ($0.name, Row(programs: $0.programs, beside: $0.beside, differing: $0.differing))
        }
        compared = text.compared_with_float64
        differentiated = text.derivatives_compared
        beyond = text.beyond_bound
        operations = text.operations
        failures = text.failures.map {
            RandomFailure(
                index: $0.index, configuration: $0.configuration,
                kind: RandomDifference.Kind(rawValue: $0.kind) ?? .bits, difference: $0.difference, path: $0.path,
                source: $0.source)
        }
    }
}
