/// One line of the result: a benchmark on a device.
struct Row: Sendable {
    let suite: Suite
    let name: String
    let shape: [Int]
    let elementType = "float32"
    /// `loop`, `cpu`, `opencl`, or `peer:` and the name of another way to compute the same.
    let device: String
    var timing: Timing?
    /// Nanoseconds of the first run, in which kernels are compiled or loaded.
    var firstCall: Double?
    var gflops: Double?
    var gbps: Double?
    var percentOfPeak: Double?
    var speedup: Double?
    /// The largest distance from what `.loop` computes.
    var maximumError: Double?
    var status: Status
    /// Filled in by `--compare`: the same row's median in the other file, in nanoseconds.
    var baseMedian: Double?

    enum Status: Sendable, Equatable {
        case ok
        case skipped
        case failed(String)

        /// For tables: nothing when all is well; the reason of a failure is told elsewhere.
        var word: String {
            switch self {
            case .ok: ""
            case .skipped: "skipped"
            case .failed: "failed"
            }
        }

        var text: String {
            switch self {
            case .ok: "ok"
            case .skipped: "skipped"
            case .failed(let why): "failed: " + why
            }
        }
    }

    init(_ benchmark: Benchmark, device: String, status: Status = .ok) {
        suite = benchmark.suite
        name = benchmark.name
        shape = benchmark.shape
        self.device = device
        self.status = status
    }

    /// What makes rows of two files the same row.
    var key: String { "\(suite.rawValue) \(name) \(shape) \(elementType) \(device)" }

    /// By how many percent the median is above that of the other file; negative is faster.
    var change: Double? {
        guard let baseMedian, baseMedian > 0, let timing else { return nil }
        return (timing.median / baseMedian - 1) * 100
    }

    var json: JSON {
        var members: [(String, JSON)] = [
            ("suite", .string(suite.rawValue)), ("name", .string(name)), ("shape", .array(shape.map { .integer($0) })),
            ("dtype", .string(elementType)), ("device", .string(device)), ("median_ns", .number(timing?.median)),
            ("mad_ns", .number(timing?.deviation)), ("p95_ns", .number(timing?.percentile95)),
            ("first_call_ns", .number(firstCall)), ("gflops", .number(gflops)), ("gbps", .number(gbps)),
            ("percent_of_peak", .number(percentOfPeak)), ("speedup_vs_loop", .number(speedup)),
            ("max_error", .number(maximumError)), ("status", .string(status.text)),
        ]
        if let baseMedian { members.append(("base_median_ns", .number(baseMedian))) }
        return .object(members)
    }
}
