import Foundation
import UnloopBackend
import UnloopCPU

/// The machine and the software that a result was measured with.
enum HostContext {
    /// `model name` of /proc/cpuinfo, or what the kernel calls the architecture.
    static var processorModel: String { field("model name", of: "/proc/cpuinfo") ?? machine }

    /// Which processor it is where the name does not tell, as in virtual machines: vendor, family, model and stepping, or on ARM implementer
    /// and part.
    static var processorFamily: String {
        let fields = ["vendor_id", "cpu family", "model", "stepping", "CPU implementer", "CPU part"]
        let known = fields.compactMap { name in field(name, of: "/proc/cpuinfo").map { "\(name) \($0)" } }
        return known.isEmpty ? machine : known.joined(separator: ", ").replacing("vendor_id ", with: "")
    }

    static var processorCount: Int { ProcessInfo.processInfo.activeProcessorCount }

    static var memoryBytes: Int { Int(clamping: ProcessInfo.processInfo.physicalMemory) }

    /// `PRETTY_NAME` of os-release(5).
    static var operatingSystem: String {
        guard let text = try? String(contentsOfFile: "/etc/os-release", encoding: .utf8) else {
            return ProcessInfo.processInfo.operatingSystemVersionString
        }
        let line = text.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        return line.map { $0.dropFirst("PRETTY_NAME=".count).trimmingCharacters(in: ["\""]) } ?? "Linux"
    }

    static var kernel: String { system.release }
    static var machine: String { system.machine }

    private static var system: (release: String, machine: String) {
        var name = utsname()
        uname(&name)
        func text<T>(_ field: T) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return (text(name.release), text(name.machine))
    }

    /// The average number of running processes in the last minute: what else kept the machine busy.
    static var loadAverage: Double {
        var averages = [0.0, 0.0, 0.0]
        return getloadavg(&averages, 3) > 0 ? averages[0] : 0
    }

    /// The Swift compiler that built this program.
    static var swiftVersion: String {
        #if compiler(>=6.4)
            "6.4 or newer"
        #elseif compiler(>=6.3)
            "6.3"
        #elseif compiler(>=6.2)
            "6.2"
        #else
            "6.1"
        #endif
    }

    private static func field(_ name: String, of path: String) -> String? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if parts.count == 2, parts[0] == name { return parts[1] }
        }
        return nil
    }

    /// The part of every result's context that does not depend on what was run.
    static func json(_ processor: CPUBackend) -> [(String, JSON)] {
        [
            ("unloop", .string(unloopVersion)), ("swift", .string(swiftVersion)),
            ("date", .string(Date().formatted(.iso8601))), ("os", .string(operatingSystem)),
            ("kernel", .string(kernel)),
            ("machine", .string(machine)),
            (
                "cpu",
                .object([
                    ("model", .string(processorModel)), ("family", .string(processorFamily)),
                    ("isa", .string(processor.instructionSet.rawValue)),
                    ("threads", .integer(processor.threadCount)), ("logical", .integer(processorCount)),
                ])
            ),
            ("memory_bytes", .integer(memoryBytes)), ("load_average", .number(loadAverage)),
        ]
    }
}
