import Foundation
import Unloop

/// Stops trainings at random places, in every way, resumes each elsewhere, and compares the end with that of one that was not stopped.
struct Parent {
    /// Ways to stop a process.
    enum Stop: CaseIterable {
        case kill, terminate, deviceError
    }

    let folder: URL
    private var random: SystemRandomNumberGenerator = SystemRandomNumberGenerator()

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("unloop-stop-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// Half of the runs are killed, a quarter terminated, a quarter gets an error of the device.
    ///
    /// - Returns: how many ended as the uninterrupted one, how many were really stopped before their end, and what went wrong.
    mutating func run(_ scenario: Scenario, runs: Int) throws -> (equal: Int, stopped: Int, faults: [String]) {
        let start = ContinuousClock.now
        let whole = try child(scenario, run: "\(scenario)-whole", device: "failing")
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        guard whole.status == 0, let expected = whole.report else { return (0, 0, ["\(scenario): \(whole.output)"]) }
        let receipt = try Data(contentsOf: file("\(scenario)-whole", "receipt"))
        var (equal, stopped, faults) = (0, 0, [String]())
        for number in 0..<runs {
            let stop: Stop = number % 2 == 0 ? .kill : number % 4 == 1 ? .terminate : .deviceError
            let run = "\(scenario)-\(number)"
            var device = Self.devices[number % Self.devices.count]
            if stop == .deviceError { device = "failing:\(Int.random(in: 1...expected.operations, using: &random))" }
            let delay = stop == .deviceError ? nil : Double.random(in: 0...seconds, using: &random)
            let first = try child(
                scenario, run: run, device: device, environment: Self.environment(number), stop: stop, after: delay)
            if first.status != 0 { stopped += 1 }
            let checked =
                FileManager.default.fileExists(atPath: file(run, "run").path)
                ? try process(["check", file(run, "run").path], [:]).status : 0
            let second = try child(
                scenario, run: run, device: Self.devices[(number + 1) % Self.devices.count],
                environment: Self.environment(number + 1))
            let sameReceipt = try? Data(contentsOf: file(run, "receipt")) == receipt
            if checked != 0 {
                faults.append("\(run), \(stop): a checkpoint cannot be read")
            } else if second.status != 0 {
                faults.append("\(run), \(stop) of \(device): \(second.output)")
            } else if second.report?.hash != expected.hash || second.report?.losses != expected.losses {
                faults.append(
                    "\(run), \(stop) of \(device), resumed from step \(second.report?.resumedFromStep ?? -1): other weights or losses"
                )
            } else if sameReceipt != true {
                faults.append("\(run), \(stop) of \(device): another receipt")
            } else {
                equal += 1
            }
            try FileManager.default.removeItem(at: folder.appendingPathComponent(run))
        }
        return (equal, stopped, faults)
    }

    private static let devices: [String] =
        ["cpu", "loop"] + (Device.all.contains { $0.kind == .opencl } ? ["opencl"] : [])

    private static func environment(_ number: Int) -> [String: String] {
        ["UNLOOP_THREADS": "\(number % 3 + 1)"].merging(
            number % 5 == 4 ? ["UNLOOP_CPU_ISA": "portable"] : [:], uniquingKeysWith: { first, _ in first })
    }

    private func file(_ run: String, _ name: String) -> URL {
        folder.appendingPathComponent(run).appendingPathComponent(name)
    }

    private func child(
        _ scenario: Scenario, run: String, device: String, environment: [String: String] = [:], stop: Stop? = nil,
        after delay: Double? = nil
    ) throws -> (status: Int32, report: Child.Report?, output: String) {
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent(run), withIntermediateDirectories: true)
        let report = file(run, "report")
        try? FileManager.default.removeItem(at: report)
        let words = [
            "child", scenario.rawValue, file(run, "run").path, file(run, "receipt").path, device, report.path,
        ]
        let result = try process(words, environment, stop: stop, after: delay)
        let data = try? Data(contentsOf: report)
        return (result.status, try data.map { try JSONDecoder().decode(Child.Report.self, from: $0) }, result.output)
    }

    private func process(
        _ words: [String], _ environment: [String: String], stop: Stop? = nil, after delay: Double? = nil
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = folder.appendingPathComponent("output")
        try Data().write(to: output)
        let handle = try FileHandle(forWritingTo: output)
        (process.standardOutput, process.standardError) = (handle, handle)
        try process.run()
        if let delay {
            Thread.sleep(forTimeInterval: delay)
            if process.isRunning {
                if stop == .kill { kill(process.processIdentifier, SIGKILL) } else { process.terminate() }
            }
        }
        process.waitUntilExit()
        let text = String(decoding: try Data(contentsOf: output), as: UTF8.self)
        return (process.terminationStatus, "status \(process.terminationStatus): \(text.suffix(500))")
    }
}
