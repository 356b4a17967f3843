import Glibc

/// Blocks of the machine's memory for the backends that compute there.
package enum HostMemory {
    private static let largePage = 2 << 20
    /// From this size on blocks consist of large pages.
    package static let largeSize = 2 * largePage

    /// A block aligned to 64 bytes at least, for `free`; nil when there is none left. Large pages make the first touch of large blocks
    /// several times cheaper, and every later one find its page sooner.
    package static func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        var block: UnsafeMutableRawPointer?
        let isLarge = size >= largeSize
        guard posix_memalign(&block, isLarge ? largePage : 64, size) == 0 else { return nil }
        if isLarge { madvise(block, size, MADV_HUGEPAGE) }
        return block
    }

    /// All of the machine's memory; `Int.max` where the system does not say. Some systems give addresses for more and end the process
    /// when it uses them.
    package static let machineBytes: Int = {
        let (bytes, overflow) = sysconf(Int32(_SC_PHYS_PAGES)).multipliedReportingOverflow(
            by: sysconf(Int32(_SC_PAGESIZE)))
        return overflow || bytes <= 0 ? .max : bytes
    }()

    /// Whether a block of this size could be had: for sizes that a file names, before an array is made, which would end the process.
    package static func hasRoom(for size: Int) -> Bool {
        if size >= machineBytes { return false }
        // Limits of the process are found by asking.
        guard let block = malloc(size) else { return size == 0 }
        free(block)
        return true
    }
}
