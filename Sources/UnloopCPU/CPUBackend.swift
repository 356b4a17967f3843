import CUnloopCPU
import Glibc
import UnloopBackend

/// The processor: SIMD kernels in C on a thread pool. Results have the same bits for every instruction set and number
/// of threads. Work is done when a method returns.
public final class CPUBackend: Backend {
    public let instructionSet: InstructionSet
    /// A constant table.
    nonisolated(unsafe) let kernels: UnsafePointer<unloop_cpu_kernels>
    /// The programs that were compiled ahead of time, by number; nil where all programs are interpreted.
    nonisolated(unsafe) let compiledPrograms: UnsafePointer<CompiledPrograms.Function>?
    let threads: ThreadPool
    let memory: MemoryPool

    /// - Parameters:
    ///   - instructionSet: nil takes the environment's `UNLOOP_CPU_ISA`, or else the best that the machine runs.
    ///   - threads: nil takes the environment's `UNLOOP_THREADS`, or else the number of processors that the process may use (its
    ///     affinity, or the quota of its control group where that is less). Where the system starts fewer threads, those
    ///     do the work.
    ///   - interpretsPrograms: whether programs that were compiled ahead of time are interpreted as all others are, for tests; nil
    ///     takes whether the environment's `UNLOOP_CPU_INTERPRET` is 1.
    ///   - memoryLimit: bytes that buffers may take up; nil for the machine's memory.
    /// - Throws: `deviceUnavailable` when the machine does not run the instruction set or the environment's values are
    ///   invalid.
    public convenience init(
        instructionSet: InstructionSet? = nil, threads: Int? = nil, interpretsPrograms: Bool? = nil,
        memoryLimit: Int? = nil
    ) throws(BackendError) {
        try self.init(
            instructionSet: instructionSet, threads: threads, interpretsPrograms: interpretsPrograms,
            memoryLimit: memoryLimit, poisonsMemory: nil)
    }

    /// - Parameter poisonsMemory: whether all memory is filled with a NaN before it is used, for tests; nil takes whether the
    ///   environment's `UNLOOP_POISON_MEMORY` is 1.
    package init(
        instructionSet: InstructionSet? = nil, threads: Int? = nil, interpretsPrograms: Bool? = nil,
        memoryLimit: Int? = nil, poisonsMemory: Bool?
    ) throws(BackendError) {
        let chosen = if let instructionSet { instructionSet } else { try InstructionSet.fromEnvironment() }
        try chosen.check()
        guard let kernels = unloop_cpu_kernels_for(chosen.code) else {
            preconditionFailure("an available instruction set has kernels")
        }
        self.instructionSet = chosen
        self.kernels = kernels
        let interpretsByEnvironment = try EnvironmentVariable("UNLOOP_CPU_INTERPRET", device: "cpu").flag()
        let interprets = interpretsPrograms ?? interpretsByEnvironment
        compiledPrograms = interprets ? nil : kernels.pointee.map.compiled
        self.threads = ThreadPool(threads: try Self.threadCount(threads))
        let poisonsByEnvironment = try EnvironmentVariable("UNLOOP_POISON_MEMORY", device: "cpu").flag()
        memory = MemoryPool(limit: memoryLimit, poisons: poisonsMemory ?? poisonsByEnvironment)
    }

    deinit { memory.retire() }

    /// Whether the kernels of this program were compiled with optimization. A debug build of another package with an old toolchain
    /// compiles them without.
    public static var kernelsAreOptimized: Bool { unloop_cpu_is_optimized() }

    /// What is said once on standard error where they were not.
    package static let slowKernelsWarning =
        "unloop: the kernels of .cpu were compiled without optimization and are some twenty times slower. "
        + "Build with -Xcc -O3 or with -c release."

    private static let sharedResult: Result<CPUBackend, BackendError> = {
        if !kernelsAreOptimized {
            _ = Array((slowKernelsWarning + "\n").utf8).withUnsafeBytes {
                write(STDERR_FILENO, $0.baseAddress, $0.count)
            }
        }
        do throws(BackendError) { return .success(try CPUBackend()) } catch { return .failure(error) }
    }()

    /// The backend with the environment's settings, the same one each time.
    ///
    /// - Throws: what `init` throws.
    public static func shared() throws(BackendError) -> CPUBackend { try sharedResult.get() }

    public var threadCount: Int { threads.threadCount }

    public var kind: BackendKind { .cpu }

    public var name: String {
        "\(Self.processorName) (\(instructionSet.rawValue), \(threadCount) thread\(threadCount == 1 ? "" : "s"))"
    }

    public var elementTypes: Set<ElementType> { [.float32, .int32] }

    public var statistics: BackendStatistics { memory.statistics }

    /// Gives memory that is held for reuse back to the system.
    public func trimPool() { memory.trim() }

    /// `threads`, the value of `UNLOOP_THREADS`, or the number of processors that are available.
    private static func threadCount(_ threads: Int?) throws(BackendError) -> Int {
        let range = 1...1024
        if let threads {
            guard range.contains(threads) else {
                throw .deviceUnavailable(
                    device: "cpu", reason: "\(threads) threads were asked for",
                    remedy: "Choose a number from \(range.lowerBound) to \(range.upperBound).")
            }
            return threads
        }
        let wanted = try EnvironmentVariable("UNLOOP_THREADS", device: "cpu").integer("threads", in: range)
        return wanted ?? min(range.upperBound, ProcessorCount.available())
    }

    private static let processorName: String = {
        guard let file = fopen("/proc/cpuinfo", "r") else { return "CPU" }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 1024)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = line.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
            if text.hasPrefix("model name"), let colon = text.firstIndex(of: ":") {
                let value = text[text.index(after: colon)...]
                return value.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            }
        }
        return "CPU"
    }()
}

// Memory.
extension CPUBackend {
    /// - Throws: `unsupported` for float64, `outOfMemory`.
    public func allocate(_ elementType: ElementType, count: Int) throws(BackendError) -> Buffer {
        try allocateBuffer(elementType, count: count)
    }

    func allocateBuffer(_ elementType: ElementType, count: Int) throws(BackendError) -> CPUBuffer {
        precondition(count >= 0, "a buffer has no negative number of elements")
        guard elementType != .float64 else {
            throw .unsupported(
                device: "cpu", operation: "allocate", reason: "\(elementType) exists on the loop device only")
        }
        return try CPUBuffer(elementType: elementType, count: count, pool: memory)
    }

    public func upload(_ elements: HostArray) throws(BackendError) -> Buffer {
        let buffer = try allocateBuffer(elements.elementType, count: elements.count)
        func copy(_ bytes: UnsafeRawBufferPointer) {
            if let source = bytes.baseAddress { buffer.memory?.copyMemory(from: source, byteCount: bytes.count) }
        }
        switch elements {
        case .float32(let values): values.withUnsafeBytes(copy)
        case .int32(let values): values.withUnsafeBytes(copy)
        case .float64(let values): values.withUnsafeBytes(copy)
        }
        return buffer
    }

    public func download(_ buffer: Buffer, offset: Int, count: Int) throws(BackendError) -> HostArray {
        precondition(offset >= 0 && count >= 0 && offset + count <= buffer.count, "download outside the buffer")
        let view = StridedView(buffer, offset: offset, shape: [count])
        func elements<Element>(_ source: UnsafeMutablePointer<Element>) -> [Element] {
            [Element](unsafeUninitializedCapacity: count) { target, initialized in
                if count > 0 { target.baseAddress?.initialize(from: source, count: count) }
                initialized = count
            }
        }
        switch buffer.elementType {
        case .float32: return .float32(elements(view.reals))
        case .int32: return .int32(elements(view.integers))
        case .float64: preconditionFailure("the CPU device has no float64 buffers")
        }
    }

    public func synchronize() throws(BackendError) {}
}
