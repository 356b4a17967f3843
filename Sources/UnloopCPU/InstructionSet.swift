import CUnloopCPU
import UnloopBackend

/// The instruction sets that the CPU kernels are compiled for. All give the same bits.
public enum InstructionSet: String, Hashable, Sendable, CaseIterable {
    case avx512, avx2, neon, portable

    var code: unloop_cpu_isa {
        switch self {
        case .avx512: unloop_cpu_isa_avx512
        case .avx2: unloop_cpu_isa_avx2
        case .neon: unloop_cpu_isa_neon
        case .portable: unloop_cpu_isa_portable
        }
    }

    /// Whether this machine runs it.
    public var isAvailable: Bool { unloop_cpu_isa_available(code) }

    /// What this machine runs, best first; `portable` is always there.
    public static var available: [InstructionSet] { allCases.filter(\.isAvailable) }

    /// The value of `UNLOOP_CPU_ISA`, or else the best.
    static func fromEnvironment() throws(BackendError) -> InstructionSet {
        let requested: InstructionSet? = try EnvironmentVariable("UNLOOP_CPU_ISA", device: "cpu").choice()
        guard let requested else { return available.first ?? .portable }
        try requested.check()
        return requested
    }

    /// Throws when this machine does not run it.
    func check() throws(BackendError) {
        if isAvailable { return }
        throw .deviceUnavailable(
            device: "cpu", reason: "this machine does not run \(rawValue)",
            remedy: "Choose one of \(Self.available.map(\.rawValue).joined(separator: ", ")).")
    }
}
