import Unloop
import UnloopCPU

/// What the machine's devices can do at most, measured before the benchmarks.
struct Peaks: Sendable {
    struct Pair: Sendable {
        /// Fused multiply-adds, counted as two operations.
        var gflops: Double
        /// Bytes read plus bytes written while copying memory.
        var gbps: Double
    }

    /// The processor with all threads: the peak of `.loop`, of `.cpu`, and of OpenCL devices that are processors.
    let processor: Pair
    private let others: [Device: Pair]

    /// - Throws: what the devices throw.
    init(devices: [Device]) throws {
        let backend = try CPUBackend.shared()
        processor = Pair(gflops: backend.measurePeakGFLOPs(), gbps: try backend.measureCopyBandwidth())
        var others: [Device: Pair] = [:]
        for device in devices where device.kind == .opencl && !device.isOpenCLCPU {
            others[device] = try? Self.measure(device)
        }
        self.others = others
    }

    /// nil where it could not be measured.
    func of(_ device: Device) -> Pair? {
        device.kind == .opencl && !device.isOpenCLCPU ? others[device] : processor
    }

    /// Eight independent chains of fused multiply-adds for each of sixteen million elements; and copying 256 MiB.
    private static func measure(_ device: Device) throws -> Pair {
        let (chains, steps, count) = (8, 64, 1 << 24)
        let multiplyAdd = ScalarFunction("peak") { (x: Scalar) in
            var accumulators = (0..<chains).map { x + Scalar(Double($0)) }
            for _ in 0..<steps {
                accumulators = accumulators.map { fma($0, 0.999, x) }
            }
            return accumulators.dropFirst().reduce(accumulators[0]) { $0 + $1 }
        }
        let identity = ScalarFunction("copy") { (x: Scalar) in x * 1 }
        let small = Tensor.ones([count], on: device)
        let large = Tensor.ones([1 << 25], on: device)
        return Pair(
            gflops: try best(device, 2 * Double(chains * steps * count)) { multiplyAdd(small) },
            gbps: try best(device, 8 * Double(large.count)) { identity(large) })
    }

    /// The best rate of a few runs, in 10⁹ a second.
    private static func best(_ device: Device, _ amount: Double, _ run: () -> Tensor) throws -> Double {
        var best = 0.0
        for _ in 0..<6 {
            let start = monotonicNanoseconds()
            let result = run()
            try device.synchronize()
            if let failure = result.failure { throw failure }
            best = max(best, amount / Double(monotonicNanoseconds() - start))
        }
        return best
    }
}
