import Testing
import UnloopCPU

/// The processors that a process may use, from the texts of Linux's control groups.
@Suite("Processors") struct ProcessorCountTests {
    private static let unified = "0::/user.slice/app.scope\n"
    private static let unifiedMount =
        "25 30 0:22 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"

    private func quota(_ groups: String, _ mounts: String, _ files: [String: String]) -> Int? {
        ProcessorCount.quota(controlGroups: groups, mounts: mounts) { files[$0] }
    }

    @Test("are at least one")
    func available() {
        #expect(ProcessorCount.available() >= 1)
    }

    @Test(
        "are the quota divided by the period, rounded up",
        arguments: [
            ("max 100000", nil), ("200000 100000", 2), ("150000 100000", 2), ("1000 100000", 1), ("100001 100000", 2),
            ("50000", 1), ("6400000 100000\n", 64), ("-1 100000", nil), ("0 100000", nil), ("100000 0", nil), ("", nil),
            ("nonsense 100000", nil), ("100000 nonsense", nil), ("9223372036854775807 1", Int.max),
            ("9223372036854775808 1", nil), ("9223372036854775807 9223372036854775806", 2),
        ] as [(String, Int?)])
    func maximum(_ text: String, _ expected: Int?) {
        #expect(ProcessorCount.processors(ofMaximum: text) == expected, "\(text)")
    }

    @Test("of a group are those of the tightest group around it")
    func hierarchy() {
        let root = "/sys/fs/cgroup"
        #expect(quota(Self.unified, Self.unifiedMount, [:]) == nil)
        #expect(quota(Self.unified, Self.unifiedMount, ["\(root)/user.slice/app.scope/cpu.max": "300000 100000"]) == 3)
        #expect(
            quota(
                Self.unified, Self.unifiedMount,
                [
                    "\(root)/user.slice/app.scope/cpu.max": "max 100000", "\(root)/user.slice/cpu.max": "150000 100000",
                    "\(root)/cpu.max": "900000 100000",
                ]) == 2)
        #expect(quota(Self.unified, Self.unifiedMount, ["\(root)/cpu.max": "400000 100000"]) == 4)
        // A container that sees its own group as the root.
        #expect(quota("0::/\n", Self.unifiedMount, ["\(root)/cpu.max": "250000 100000"]) == 3)
        #expect(quota("", Self.unifiedMount, ["\(root)/cpu.max": "250000 100000"]) == nil)
        #expect(quota(Self.unified, "", ["\(root)/cpu.max": "250000 100000"]) == nil)
    }

    @Test("of version 1 stand in two files, below a root that the container may not see")
    func versionOne() {
        let groups = "11:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n3:cpuset:/docker/abc\n0::/docker/abc\n"
        let mounts = """
            33 32 0:30 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro,nosuid - cgroup cgroup rw,cpu,cpuacct
            34 32 0:31 /docker/abc /sys/fs/cgroup/memory ro,nosuid master:12 - cgroup cgroup rw,memory
            """
        let folder = "/sys/fs/cgroup/cpu,cpuacct"
        #expect(
            quota(
                groups, mounts, ["\(folder)/cpu.cfs_quota_us": "350000\n", "\(folder)/cpu.cfs_period_us": "100000\n"])
                == 4)
        #expect(
            quota(groups, mounts, ["\(folder)/cpu.cfs_quota_us": "-1\n", "\(folder)/cpu.cfs_period_us": "100000\n"])
                == nil)
        #expect(quota(groups, mounts, ["/sys/fs/cgroup/memory/cpu.cfs_quota_us": "100000"]) == nil)
        // The group lies outside of what is mounted: what is mounted counts.
        #expect(
            quota(
                "4:cpu,cpuacct:/other\n", mounts,
                ["\(folder)/cpu.cfs_quota_us": "100000", "\(folder)/cpu.cfs_period_us": "100000"]) == 1)
    }

    @Test("are found where a mount's name has spaces, and not where lines make no sense")
    func lines() {
        let spaced = #"25 30 0:22 / /sys/fs/my\040cgroup rw - cgroup2 cgroup2 rw"#
        #expect(quota("0::/a b\n", spaced, ["/sys/fs/my cgroup/a b/cpu.max": "100000 100000"]) == 1)
        for mounts in ["25", "25 30 0:22 / /sys", "a - b", "25 30 0:22 / /x rw cgroup2 cgroup2 rw", "- - - - - - - -"] {
            #expect(quota(Self.unified, mounts, ["/x/cpu.max": "100000 100000"]) == nil)
        }
        for groups in ["0", "0:", "::", ":::", "0::/../..", "x:y:z"] {
            #expect(quota(groups, Self.unifiedMount, [:]) == nil)
        }
    }
}
