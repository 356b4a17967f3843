import Foundation
import Testing
import UnloopBackend
import UnloopData

/// A process that is killed while it saves leaves the file of before or that of after. `scripts/kill-while-saving` kills more often.
@Suite(.serialized) struct KillTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let kills = environment["UNLOOP_KILLS"].flatMap { Int($0) } ?? 10

    private static let message = Message(name: "kill")

    /// Two arrays that hold one number, so that halves of different files are seen.
    private static func tensors(_ number: Float) -> SafeTensors {
        let array = SafeTensors.Array(shape: [10_000], elements: .float32(Array(repeating: number, count: 10_000)))
        return SafeTensors(arrays: ["a": array, "b": array])
    }

    /// Saves a number after another until it is killed, at any time within the next hundredths of a second.
    private static func saveUntilKilled() {
        let words = message.received()
        let path = words[0]
        let pause = UInt32.random(in: 0..<40_000)
        if words[1] == "limited" {
            // Files that are cut off in the middle, as on a full disk (setrlimit(2)).
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: rlim_t.random(in: 1..<80_000), rlim_max: .max)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        }
        Thread.detachNewThread {
            usleep(pause)
            kill(getpid(), SIGKILL)
        }
        var number: Float = 1
        while true {
            try? tensors(number).write(to: path)
            number += 1
        }
    }

    private func check(_ path: String, _ number: Int) throws {
        let file = try SafeTensors(path: path)
        guard case .float32(let a)? = file.arrays["a"]?.elements, case .float32(let b)? = file.arrays["b"]?.elements
        else {
            Issue.record("kill \(number): arrays are missing")
            return
        }
        #expect(a.count == 10_000 && (a + b).allSatisfy { $0 == a[0] }, "kill \(number)")
    }

    @Test("a file is whole after a kill at any time", arguments: [false, true])
    func kills(_ isFull: Bool) async throws {
        let directory = try TemporaryDirectory()
        // A file system of its own, if there is one.
        let full = isFull ? Self.environment["UNLOOP_FULL_FOLDER"] : nil
        let folder = full ?? directory.url.path
        let path = folder + "/weights"
        try Self.tensors(0).write(to: path)
        try Self.message.send([path, isFull && full == nil ? "limited" : "free"])
        defer { Self.message.remove() }
        if full != nil { try fill(folder + "/filler") }
        for number in 0..<Self.kills / 2 {
            await #expect(processExitsWith: .signal(SIGKILL)) { Self.saveUntilKilled() }
            try check(path, number)
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".tmp") {
                try FileManager.default.removeItem(atPath: folder + "/" + name)
            }
        }
    }

    /// Takes all room but a part of what the file needs.
    private func fill(_ path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        let block = [UInt8](repeating: 0, count: 4096)
        while write(file, block, block.count) > 0 {}
        var attributes = stat()
        try #require(fstat(file, &attributes) == 0 && ftruncate(file, max(0, attributes.st_size - 40_000)) == 0)
        close(file)
    }
}
