import Foundation
import Synchronization
import Unloop

/// `unloop soak`
enum SoakCommand {
    static let command = Command(
        name: "soak", summary: "Works on all devices at once for a long time, and watches memory and bits.",
        options: [
            .value("--minutes", "M", "how long (default 60)"),
            .value("--threads", "N", "how many threads work at the same time (default 16)"),
            .value("--seed", "N", "of the order of the work (default 0)"),
            .list("--devices", DeviceChoice.kinds, "default: all that are there"),
            .choice("--format", ["table", "json"], "default: table"),
        ],
        notes: """
            Trains, predicts, tunes, saves and fails on purpose, in any order, with shapes of every kind. Whatever is done twice must give
            the same hash, on every device and in every thread; memory, threads and open files must not grow by more than 2 % after the first
            five minutes (or the first third, if that is shorter), read while nothing runs and nothing is held for reuse. Before, everything is
            done once on each device, so that what is compiled once is there; an OpenCL device takes part twice, with all formulas compiled
            and with all interpreted, as it otherwise compiles what it has interpreted often, at any time. Exit status 1 otherwise.
            """,
        run: run)

    /// Growth of anything that is read beyond this fraction is a failure.
    private static let allowedGrowth = 0.02

    /// What the threads share.
    fileprivate final class Record: Sendable {
        struct State {
            /// The first answer for each piece of work.
            var answers: [String: String] = [:]
            var counts: [String: Int] = [:]
            var failures: [String] = []
        }
        let state = Mutex(State())
        let stopping = Atomic<Bool>(false)
        /// Whether threads wait before their next piece of work, and how many of them work.
        let resting = Atomic<Bool>(false)
        let working = Atomic<Int>(0)

        /// Runs what nothing else may run beside.
        func atRest(_ body: () -> Void) {
            resting.store(true, ordering: .sequentiallyConsistent)
            while working.load(ordering: .sequentiallyConsistent) > 0 { Thread.sleep(forTimeInterval: 0.001) }
            body()
            resting.store(false, ordering: .sequentiallyConsistent)
        }

        /// Runs a piece of work, not while others rest.
        func working(_ body: () -> Void) {
            working.add(1, ordering: .sequentiallyConsistent)
            while resting.load(ordering: .sequentiallyConsistent) {
                working.subtract(1, ordering: .sequentiallyConsistent)
                Thread.sleep(forTimeInterval: 0.001)
                working.add(1, ordering: .sequentiallyConsistent)
            }
            body()
            working.subtract(1, ordering: .sequentiallyConsistent)
        }

        func note(_ work: SoakWork, _ variant: Int, _ device: Device, _ answer: Result<String, any Error>) {
            state.withLock { state in
                state.counts["\(work.name) on \(device.label)", default: 0] += 1
                let piece = "\(work.name) \(variant)"
                switch answer {
                case .success(let text):
                    if let first = state.answers[piece] {
                        if text != first { state.fail("\(piece) on \(device.label): \(text), but before \(first)") }
                    } else {
                        state.answers[piece] = text
                    }
                case .failure(let error): state.fail("\(piece) on \(device.label): \(error)")
                }
            }
        }
    }

    private static func run(_ arguments: Arguments) throws -> Int32 {
        let minutes = try arguments.number("--minutes", atLeast: 0.01) ?? 60
        let threads = try arguments.integer("--threads", in: 1...1024) ?? 16
        let seed = UInt64(try arguments.integer("--seed", in: 0...Int.max) ?? 0)
        guard minutes <= 1e6 else {
            throw UsageError("'\(minutes)' is not a value of --minutes; valid: at most 1000000")
        }
        SoakMeter.shareOneHeap()
        let devices = try SoakDevices.of(DeviceChoice.devices(arguments.list("--devices")))
        let asJSON = arguments.string("--format") == "json"

        let record = Record()
        var meter = SoakMeter(devices: devices)
        for device in devices {
            Terminal.progress("everything once on \(device.label)")
            try SoakWork.warmUp(device) { record.note($0, $1, device, $2) }
        }
        let start = ContinuousClock.now
        func elapsed() -> Double { (ContinuousClock.now - start) / .seconds(1) }
        let end = minutes * 60
        let workers = (0..<threads).map { number in
            let worker = Thread { work(RandomKey(seed: seed, stream: UInt64(number)), on: devices, record) }
            // What a main thread has; deep graphs are taken apart in loops, and must not need it.
            worker.stackSize = 8 << 20
            worker.start()
            return worker
        }
        let interval = min(10, end / 60)
        while elapsed() < end {
            Thread.sleep(forTimeInterval: min(interval, max(0, end - elapsed())))
            record.atRest { meter.read(at: elapsed()) }
            let (done, failed) = record.state.withLock { ($0.counts.values.reduce(0, +), $0.failures.count) }
            Terminal.progress("\(Int(elapsed())) of \(Int(end)) s: \(done) pieces of work, \(failed) failures")
        }
        record.stopping.store(true, ordering: .relaxed)
        while workers.contains(where: { !$0.isFinished }) { Thread.sleep(forTimeInterval: 0.05) }
        Terminal.clearProgress()
        return report(record, meter, growth: meter.growth(after: min(300, end / 3)), minutes, threads, asJSON)
    }

    private static func work(_ key: RandomKey, on devices: [Device], _ record: Record) {
        var random = key
        while !record.stopping.load(ordering: .relaxed) {
            let draw = random.next().stream
            let device = devices[Int(draw % UInt64(devices.count))]
            let candidates = SoakWork.all.filter { $0.runsOnLoop || device.kind != .loop }
            let work = candidates[Int((draw >> 16) % UInt64(candidates.count))]
            let variant = Int((draw >> 32) % UInt64(work.variants))
            record.working {
                record.note(work, variant, device, Result { try work.run(variant, work.key(variant), device) })
            }
        }
    }

    private static func report(
        _ record: Record, _ meter: SoakMeter, growth: [(name: String, early: Double, late: Double, growth: Double)],
        _ minutes: Double, _ threads: Int, _ asJSON: Bool
    ) -> Int32 {
        let state = record.state.withLock { $0 }
        let grown = growth.filter { $0.growth > allowedGrowth }
        if asJSON {
            Terminal.print(
                JSON.object([
                    ("schema", .integer(1)), ("minutes", .number(minutes)), ("threads", .integer(threads)),
                    ("pieces", .object(state.counts.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })),
                    ("failures", .array(state.failures.map { .string($0) })),
                    (
                        "growth",
                        .array(
                            growth.map {
                                .object([
                                    ("of", .string($0.name)), ("early", .number($0.early)), ("late", .number($0.late)),
                                    ("growth", .number($0.growth)),
                                ])
                            })
                    ),
                ]).pretty())
        } else {
            var table = Table([.left("work"), .right("pieces")])
            for (name, count) in state.counts.sorted(by: { $0.key < $1.key }) { table.append([name, "\(count)"]) }
            Terminal.print(table.plain + "\n")
            var flat = Table([.left("what must not grow"), .right("early"), .right("late"), .right("growth")])
            for row in growth {
                flat.append([
                    row.name, Text.fixed(row.early, 0), Text.fixed(row.late, 0), Text.fixed(100 * row.growth, 2) + " %",
                ])
            }
            if !growth.isEmpty { Terminal.print(flat.plain + "\n") }
            Terminal.print(
                "\(state.counts.values.reduce(0, +)) pieces of work, \(state.answers.count) different ones, "
                    + "\(state.failures.count) failures, \(grown.count) of \(growth.count) grew")
        }
        for failure in state.failures.prefix(10) { Terminal.complain(failure) }
        for row in grown { Terminal.complain("\(row.name) grew from \(row.early) to \(row.late)") }
        return state.failures.isEmpty && grown.isEmpty ? 0 : 1
    }
}

extension SoakCommand.Record.State {
    /// Keeps the first failures: a run that goes wrong must not fill the memory with them.
    fileprivate mutating func fail(_ text: String) { if failures.count < 1000 { failures.append(text) } }
}
