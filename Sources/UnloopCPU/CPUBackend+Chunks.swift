/// Work cut into parts for threads.
extension CPUBackend {
    /// Calls `body` with parts of `0 ..< count` that begin at multiples of `unit`: one for small work, else as many for each
    /// thread, one of them or, so that a thread that is held up delays the others little, several.
    func runChunks(
        of count: Int, unit: Int, nanosecondsPerElement: Double, _ body: (_ begin: Int, _ end: Int) -> Void
    ) {
        let nanoseconds = Double(count) * nanosecondsPerElement
        let units = (count + unit - 1) / unit
        // Waking a thread costs some microseconds.
        if threadCount == 1 || units == 1 || nanoseconds < 20_000 { return body(0, count) }
        let perThread = nanoseconds / Double(threadCount)
        let chunks = min(
            units, Int(min(perThread / 10_000, 1) * Double(threadCount)) * max(1, min(8, Int(perThread / 100_000))))
        if chunks <= 1 { return body(0, count) }
        // The pool returns when all calls have returned.
        nonisolated(unsafe) let body = body
        withoutActuallyEscaping(body) { body in
            nonisolated(unsafe) let body = body
            threads.run(count: chunks) { chunk in
                let begin = units * chunk / chunks * unit
                let end = min(count, units * (chunk + 1) / chunks * unit)
                body(begin, end)
            }
        }
    }
}
