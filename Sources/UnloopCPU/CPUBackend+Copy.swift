import CUnloopCPU
import UnloopBackend

extension CPUBackend {
    /// A copy is the program that gives its input back.
    public func copy(_ source: StridedView, to destination: StridedView) throws(BackendError) {
        try map(Self.identity(destination.elementType), inputs: [source], scalars: [], outputs: [destination])
    }

    static func identity(_ elementType: ElementType) -> ScalarProgram {
        elementType == .int32 ? integerIdentity : realIdentity
    }

    private static let realIdentity = ScalarProgram(inputs: [.real]) { inputs, _ in inputs }
    private static let integerIdentity = ScalarProgram(inputs: [.integer]) { inputs, _ in inputs }
}
