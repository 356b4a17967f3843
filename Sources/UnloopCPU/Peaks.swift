import CUnloopCPU
import Glibc
import Synchronization
import UnloopBackend

extension CPUBackend {
    /// The largest rate of float32 arithmetic, in GFLOP/s (a fused multiply-add counts as two): independent fused
    /// multiply-adds on all threads, the best of many runs of less than a millisecond each, so that other work on the
    /// machine does not count.
    public func measurePeakGFLOPs() -> Double {
        let steps = 40_000
        let operations = Mutex(0.0)
        let function = kernels.pointee.measure.fma_chain
        return Self.best(of: 100) { () -> (Double, Double) in
            operations.withLock { $0 = 0 }
            let sections = threadCount * 2
            let seconds = Self.seconds {
                threads.run(count: sections) { _ in
                    var sink: Float = 0
                    let done = function(steps, &sink)
                    operations.withLock { $0 += done }
                }
            }
            return (operations.withLock { $0 }, seconds)
        }
    }

    /// The largest rate of copying 64 MiB from memory to memory on all threads, in GB/s, bytes read plus bytes
    /// written.
    ///
    /// - Throws: `outOfMemory`.
    public func measureCopyBandwidth() throws(BackendError) -> Double {
        let count = 1 << 24
        let source = try allocateBuffer(.float32, count: count)
        let destination = try allocateBuffer(.float32, count: count)
        let view = StridedView(source, shape: [count])
        let target = StridedView(destination, shape: [count])
        view.reals.initialize(repeating: 1, count: count)
        target.reals.initialize(repeating: 0, count: count)
        let chunk = 1 << 19
        return Self.best(of: 20) { () -> (Double, Double) in
            let seconds = Self.seconds {
                threads.run(count: count / chunk) { item in
                    kernels.pointee.copy.stream(target.reals + item * chunk, view.reals + item * chunk, chunk)
                }
            }
            return (Double(8 * count), seconds)
        }
    }

    /// The best rate of several runs, in 10⁹ a second; fewer where they take long.
    private static func best(of runs: Int, _ run: () -> (amount: Double, seconds: Double)) -> Double {
        var best = 0.0
        var total = 0.0
        for _ in 0..<runs {
            let (amount, seconds) = run()
            best = max(best, amount / max(seconds, 1e-9) / 1e9)
            total += seconds
            if total > 0.5 { break }
        }
        return best
    }

    private static func seconds(_ work: () -> Void) -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
        }
        let start = now()
        work()
        return now() - start
    }
}
