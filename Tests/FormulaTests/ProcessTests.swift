import Foundation
import Glibc
import Testing
import UnloopBackend
import UnloopCPU

/// A process that forks, that has no room for threads, or whose threads are more than its processors.
@Suite("The process") struct ProcessTests {
    @Test("may have many more threads than processors")
    func oversubscribed() throws {
        let expected = try ConcurrencyTests.result(CPUBackend(threads: 1), shift: 1)
        let crowded = try CPUBackend(threads: 64)
        #expect(crowded.threadCount == 64)
        for _ in 0..<20 { #expect(try ConcurrencyTests.result(crowded, shift: 1) == expected) }
    }

    @Test("may have no room for threads: those that start do the work")
    func noRoomForThreads() async {
        await #expect(processExitsWith: .success) {
            let expected = try ConcurrencyTests.result(CPUBackend(threads: 1), shift: 2)
            let pages =
                Int(try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[0]) ?? 0
            // Room for a few stacks of 8 MiB.
            let room = pages * sysconf(Int32(_SC_PAGESIZE)) + 100 << 20
            var limit = rlimit(rlim_cur: rlim_t(room), rlim_max: rlim_t(room))
            #expect(setrlimit(__rlimit_resource_t(UInt32(RLIMIT_AS.rawValue)), &limit) == 0)
            let backend = try CPUBackend(threads: 512)
            #expect((1..<512).contains(backend.threadCount))
            #expect(try ConcurrencyTests.result(backend, shift: 2) == expected)
        }
    }

    /// Another thread works meanwhile, so that locks are held and a section is open at some of the forks.
    @Test("may fork: the child goes on with threads of its own")
    func fork() async {
        await #expect(processExitsWith: .success) {
            typealias Fork = @convention(c) () -> pid_t
            let fork = unsafeBitCast(try #require(dlsym(UnsafeMutableRawPointer(bitPattern: 0), "fork")), to: Fork.self)
            let backend = try CPUBackend(threads: 3)
            let expected = try ConcurrencyTests.result(backend, shift: 3)
            let busy = Task.detached {
                while !Task.isCancelled { _ = try ConcurrencyTests.result(backend, shift: 1) }
            }
            for _ in 0..<10 {
                let child = fork()
                if child == 0 {
                    for _ in 0..<3 {
                        guard let found = try? ConcurrencyTests.result(backend, shift: 3), found == expected else {
                            _exit(1)
                        }
                    }
                    // A child may have children.
                    let grandchild = fork()
                    if grandchild == 0 {
                        _exit((try? ConcurrencyTests.result(backend, shift: 3)) == expected ? 0 : 2)
                    }
                    _exit(Self.status(of: grandchild) == 0 ? 0 : 3)
                }
                #expect(Self.status(of: child) == 0, "the child hung, or had another result")
                #expect(try ConcurrencyTests.result(backend, shift: 3) == expected)
            }
            busy.cancel()
        }
    }

    /// The status that a child ends with; -1 when it does not end.
    private static func status(of child: pid_t) -> Int32 {
        var status: Int32 = 0
        for _ in 0..<1000 {
            if waitpid(child, &status, WNOHANG) == child { return status }
            usleep(20_000)
        }
        kill(child, SIGKILL)
        waitpid(child, &status, 0)
        return -1
    }
}
