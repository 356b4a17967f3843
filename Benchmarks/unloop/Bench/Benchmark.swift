import Unloop

/// A group of benchmarks with one purpose.
enum Suite: String, CaseIterable, Sendable {
    /// The source lectures' own examples, each beside the loop that the lecture starts from.
    case lecture
    /// Single operations at the shapes of real networks.
    case kernels
    /// One step of training.
    case training
    /// What is large enough to fill a GPU.
    case accelerator

    /// What is measured when no suite is named: work of the last one takes processors long.
    static let usual = [lecture, kernels, training]

    var benchmarks: [Benchmark] {
        switch self {
        case .lecture: LectureSuite.benchmarks
        case .kernels: KernelSuite.benchmarks
        case .training: TrainingSuite.benchmarks
        case .accelerator: AcceleratorSuite.benchmarks
        }
    }
}

/// One thing to measure: every output of `unloop bench` enumerates values of this type.
struct Benchmark: Sendable {
    /// Which of the machine's limits the work comes up against.
    enum Limit: Sendable { case arithmetic, memory }

    var suite: Suite
    /// Lower case, words joined by `-`, variants by `.`.
    let name: String
    let shape: [Int]
    let limit: Limit
    /// Additions and multiplications; nil where counting them says nothing, as for functions like exp.
    let operations: Double?
    /// Bytes that must be read and written at least; nil where intermediate results dominate.
    let bytes: Double?
    /// About how long `.loop` takes; only to decide whether it is worth waiting for.
    let loopSeconds: Double
    /// Puts the inputs on a device.
    let prepare: @Sendable (Device) throws -> Workload
    /// A part of the result that `.loop` computes fast, for shapes where the whole takes it too long.
    var part: Part?
    /// The loop over single elements that a textbook starts from, in plain Swift.
    var textbook: (@Sendable () -> Textbook)?
    /// Whether the time for which a device is waited for counts; otherwise only what it takes to give it the work.
    var timesDevice = true
    /// What libraries for matrix products need to do the same work.
    var product: MatrixProduct?

    var shapeText: String { shape.map(String.init).joined(separator: "×") }
}

/// Inputs on a device, and what is done with them.
struct Workload {
    /// Starts one run; results stay on the device.
    let run: () throws -> Void
    /// The results of the last run, in host memory.
    let outputs: () throws -> [[Float]]

    init(run: @escaping () throws -> Void, outputs: @escaping () throws -> [[Float]]) {
        self.run = run
        self.outputs = outputs
    }

    /// Work on tensors.
    init(_ compute: @escaping () throws -> [Tensor]) {
        final class Last {
            var tensors: [Tensor] = []
        }
        let last = Last()
        run = {
            // Let go of before the next run, as in a loop of one's own: peers write to one place in every run, too.
            last.tensors = []
            last.tensors = try compute()
            for tensor in last.tensors {
                if let failure = tensor.failure { throw failure }
            }
        }
        outputs = { try last.tensors.map { try $0.scalars() } }
    }
}

/// A part of a benchmark's result, computed by `.loop` from a part of its inputs. Numerics.md makes this possible: an element has
/// the same bits whatever else is computed with it.
struct Part: Sendable {
    /// The part computed alone.
    let prepare: @Sendable (Device) throws -> Workload
    /// The same part taken from the whole result.
    let select: @Sendable ([[Float]]) -> [[Float]]

    /// The first elements of each output, as many as the part has.
    static func prefix(_ counts: [Int], _ prepare: @escaping @Sendable (Device) throws -> Workload) -> Part {
        Part(prepare: prepare) { outputs in zip(outputs, counts).map { Array($0.0.prefix($0.1)) } }
    }
}

/// A textbook loop with its inputs in Swift arrays.
struct Textbook {
    let run: () -> [Float]
    /// How far element i may be from the value that `.loop` computes.
    let tolerance: (_ position: Int, _ value: Float) -> Double
}

/// Row-major operands of `c = op(a) · op(b)`, `batch` times.
struct MatrixProduct: Sendable {
    let batch: Int
    let m: Int
    let n: Int
    let k: Int
    let transposesA: Bool
    let transposesB: Bool
    let a: @Sendable () -> [Float]
    let b: @Sendable () -> [Float]
}

/// Numbers for inputs, the same in every run and on every device.
enum Numbers {
    /// Evenly spread in [-1, 1) by the SplitMix64 generator (Steele, Lea, Flood: Fast splittable pseudorandom number generators).
    static func uniform(_ count: Int, seed: UInt64) -> [Float] {
        var state = seed &* 0x9e37_79b9_7f4a_7c15
        return (0..<count).map { _ in
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            z ^= z >> 31
            return Float(Int32(truncatingIfNeeded: z >> 40) - (1 << 23)) * 0x1p-23
        }
    }
}
