import Foundation
import Glibc
import Unloop
import UnloopCPU

#if OpenCL
    import UnloopOpenCL
#endif

/// What a long run must not grow: read from the process and its devices at intervals, while nothing runs. Memory that is only held for
/// reuse is given back before: how much of it there is follows from how much work happened to meet, and it hides what leaks.
struct SoakMeter: Sendable {
    /// One reading.
    struct Reading: Sendable {
        let seconds: Double
        /// By name of what is read.
        let values: [String: Double]
    }

    private(set) var readings: [Reading] = []
    private let devices: [Device]

    init(devices: [Device]) { self.devices = devices }

    /// - Precondition: nothing runs.
    mutating func read(at seconds: Double) {
        var values: [String: Double] = [:]
        for device in devices { Self.trim(device) }
        _ = Self.trimHeap?(0)
        // Pages of files, such as those of code, are the kernel's to drop and to read again.
        for (field, name) in [("RssAnon", "memory of the process, kB"), ("Threads", "threads")] {
            values[name] = Self.status(field)
        }
        if let bytes = Self.heapInUse() { values["heap in use, kB"] = bytes / 1024 }
        values["descriptors"] = Double(
            (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0)
        for device in devices {
            guard let statistics = try? device.statistics else { continue }
            values["\(device.label): memory in use, kB"] =
                Double(statistics.bytesInUse + statistics.bytesPooled) / 1024
            values["\(device.label): compiled programs"] = Double(statistics.programsKept)
        }
        readings.append(Reading(seconds: seconds, values: values))
    }

    /// Lets all threads share one heap, mallopt(3): with one for each, free memory lies scattered over as many, and a process grows for
    /// hours although what it has allocated does not.
    static func shareOneHeap() {
        typealias Set = @convention(c) (Int32, Int32) -> Int32
        let arenaMaximum: Int32 = -8
        _ = systemLibrary?.function("mallopt", as: Set.self)?(arenaMaximum, 1)
    }

    /// Where the functions of malloc.h are, which is no part of Swift's Glibc module.
    private static let systemLibrary = SharedLibrary("libc.so.6")

    /// malloc_trim(3).
    private static let trimHeap = systemLibrary?.function("malloc_trim", as: (@convention(c) (Int) -> Int32).self)

    /// What the process has allocated and not freed: what the C library has from the system less what is free in it. Pages of which a part
    /// is in use, and pages that were never touched, make that differ from the memory that the process takes. Read by malloc_info(3).
    private static func heapInUse() -> Double? {
        typealias Inform = @convention(c) (Int32, UnsafeMutablePointer<FILE>) -> Int32
        guard let inform = systemLibrary?.function("malloc_info", as: Inform.self) else { return nil }
        var text: UnsafeMutablePointer<CChar>?
        var size = 0
        guard let stream = open_memstream(&text, &size) else { return nil }
        let status = inform(0, stream)
        fclose(stream)
        defer { free(text) }
        guard status == 0, let text, let xml = String(validatingCString: text) else { return nil }
        // The totals stand behind the last of the heaps: <total type="rest" count="7" size="1024"/>.
        let totals = xml.components(separatedBy: "</heap>").last ?? ""
        func sum(_ element: String, _ types: [String]) -> Double {
            totals.split(separator: "\n").filter { line in
                line.hasPrefix("<\(element) ") && types.contains { line.contains("type=\"\($0)\"") }
            }.compactMap { line in
                line.components(separatedBy: "size=\"").last.flatMap { Double($0.prefix { $0.isNumber }) }
            }.reduce(0, +)
        }
        return sum("system", ["current"]) + sum("total", ["mmap"]) - sum("total", ["fast", "rest"])
    }

    private static func trim(_ device: Device) {
        let backend = try? device.backend()
        (backend as? CPUBackend)?.trimPool()
        #if OpenCL
            (backend as? OpenCLBackend)?.trimPool()
        #endif
    }

    /// The first number of a line of /proc/self/status (proc(5)).
    private static func status(_ field: String) -> Double? {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix(field + ":") }
        return line.flatMap { $0.split(whereSeparator: \.isWhitespace).dropFirst().first }.flatMap { Double($0) }
    }

    /// How much larger the median of the last part of the run is than that of the part after `warmUp` seconds, by name; each part is a
    /// quarter of what follows the warm-up.
    func growth(after warmUp: Double) -> [(name: String, early: Double, late: Double, growth: Double)] {
        let steady = readings.filter { $0.seconds >= warmUp }
        guard steady.count >= 8 else { return [] }
        let (early, late) = (steady.prefix(steady.count / 4), steady.suffix(steady.count / 4))
        func median(_ part: ArraySlice<Reading>, _ name: String) -> Double {
            let sorted = part.compactMap { $0.values[name] }.sorted()
            return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        }
        return (steady.last?.values.keys.sorted() ?? []).map { name in
            let (before, after) = (median(early, name), median(late, name))
            return (name, before, after, before > 0 ? after / before - 1 : after > 0 ? .infinity : 0)
        }
    }
}
