import CUnloopCPU
import Glibc

/// How many processors this process may use.
package enum ProcessorCount {
    /// The processors of the affinity mask, or fewer where a control group grants less time than theirs; at least 1.
    package static func available() -> Int {
        let granted = quota(
            controlGroups: text("/proc/self/cgroup") ?? "", mounts: text("/proc/self/mountinfo") ?? "", read: text)
        return max(1, min(Int(unloop_cpu_affinity()), granted ?? Int.max))
    }

    /// The smallest number of processors whose time the control groups of a process grant, rounded up; nil without a limit. Linux
    /// kernel documentation, admin-guide/cgroup-v2 ("cpu.max") and scheduler/sched-bwc ("cpu.cfs_quota_us").
    ///
    /// - Parameters:
    ///   - controlGroups: the text of /proc/self/cgroup.
    ///   - mounts: the text of /proc/self/mountinfo.
    ///   - read: the text of a file; nil if there is none.
    package static func quota(controlGroups: String, mounts: String, read: (String) -> String?) -> Int? {
        var smallest: Int?
        for group in controlGroups.split(separator: "\n") {
            // number:controllers:path; version 2 has number 0 and no controllers.
            let fields = group.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let isUnified = fields[0] == "0" && fields[1].isEmpty
            guard isUnified || fields[1].split(separator: ",").contains("cpu") else { continue }
            for mount in mounts.split(separator: "\n").compactMap({ Mount($0) })
            where mount.isControlGroup(unified: isUnified) {
                for folder in mount.folders(of: String(fields[2])) {
                    let granted =
                        isUnified
                        ? read(folder + "/cpu.max").flatMap { processors(ofMaximum: $0) }
                        : processors(
                            ofQuota: read(folder + "/cpu.cfs_quota_us"), period: read(folder + "/cpu.cfs_period_us"))
                    if let granted { smallest = min(smallest ?? granted, granted) }
                }
            }
        }
        return smallest
    }

    /// `quota period` in microseconds, or `max period`.
    package static func processors(ofMaximum text: String) -> Int? {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        return processors(ofQuota: words.first, period: words.count > 1 ? words[1] : "100000")
    }

    /// nil where the quota is `max` or negative, which is no limit, or where the texts are no numbers.
    package static func processors(ofQuota quota: String?, period: String?) -> Int? {
        func number(_ text: String?) -> Int? { text.flatMap { Int($0.filter { !$0.isWhitespace }) } }
        guard let quota = number(quota), let period = number(period), quota > 0, period > 0 else { return nil }
        return max(1, quota / period + (quota % period == 0 ? 0 : 1))
    }

    /// A line of mountinfo (proc_pid_mountinfo(5)).
    private struct Mount {
        /// The folder of the file system that is mounted, and where.
        let root: String
        let place: String
        let type: String
        let options: [Substring]

        init?(_ line: Substring) {
            let fields = line.split(separator: " ").map { Self.unescaped($0) }
            // Optional fields end with a dash.
            guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3 else { return nil }
            (root, place, type) = (fields[3], fields[4], fields[dash + 1])
            options = Substring(fields[dash + 3]).split(separator: ",")
        }

        func isControlGroup(unified: Bool) -> Bool {
            unified ? type == "cgroup2" : type == "cgroup" && options.contains("cpu")
        }

        /// The folders of a group and of those that it is in, as far as they are mounted.
        func folders(of group: String) -> [String] {
            var path = group
            if root != "/" {
                // In a container the group may be named as the host sees it, or lie outside of what is mounted.
                path = group == root || group.hasPrefix(root + "/") ? String(group.dropFirst(root.count)) : ""
            }
            var parts = path.split(separator: "/")
            if parts.contains("..") { parts = [] }
            return (0...parts.count).reversed().map { count in
                ([place == "/" ? "" : place] + parts.prefix(count).map(String.init)).joined(separator: "/")
            }
        }

        /// Spaces, tabs, line feeds and backslashes are written as a backslash and three octal digits.
        private static func unescaped(_ text: Substring) -> String {
            var result: [UInt8] = []
            var rest = Array(text.utf8)[...]
            while let byte = rest.popFirst() {
                if byte == UInt8(ascii: "\\"), rest.count >= 3,
                    let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
                {
                    result.append(value)
                    rest = rest.dropFirst(3)
                } else {
                    result.append(byte)
                }
            }
            return String(decoding: result, as: UTF8.self)
        }
    }

    private static func text(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        // Such files are short; a megabyte is a mountinfo of thousands of mounts.
        while bytes.count < 1 << 20 {
            let count = fread(&part, 1, part.count, file)
            if count == 0 { break }
            bytes += part.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
