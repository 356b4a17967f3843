import UnloopBackend

/// One operation with its operands: what a device is asked to do in tests and benchmarks alike.
public struct OperationCase: Sendable {
    public enum Family: String, Sendable, CaseIterable {
        case map, reduce, scan, lines, matmul, convolution, pool, gather, copy, random
    }

    /// How much work a case is: up to about 4,000 products or elements, up to about a million, more.
    public enum SizeClass: Int, Sendable, Comparable, CaseIterable {
        case tiny, small, large

        public static func < (a: SizeClass, b: SizeClass) -> Bool { a.rawValue < b.rawValue }
    }

    /// How near the float32 result lies to the same operation in float64.
    public enum Accuracy: Sendable {
        /// Nothing is rounded.
        case exact
        /// Each element within so many units in the last place.
        case ulp(Double)
        /// Linear in its inputs, with sums of at most so many products or terms: `sumBound`.
        case sums(length: Int)
        /// Rounding errors may grow without a bound that is worth stating; compared by bits only.
        case notStated
    }

    public let name: String
    public let family: Family
    /// The sizes that matter, as people write them: `[m, n, k]` for a matrix product, …
    public let shape: [Int]
    public let elementType: ElementType
    public let sizeClass: SizeClass
    public let accuracy: Accuracy
    public let floatingPointOperations: Double
    /// Bytes that have to be read and written at least once.
    public let bytes: Double
    /// The contents of the operands' buffers; the same at every call.
    public let makeInputs: @Sendable () -> [HostArray]
    /// The contents of the results' buffers before the operation, so that writing outside a view is seen.
    public let makeOutputs: @Sendable () -> [HostArray]
    /// Runs the operation once, on buffers that hold these contents.
    public let execute: @Sendable (_ backend: any Backend, _ inputs: [Buffer], _ outputs: [Buffer]) throws -> Void

    /// The contents of the results' buffers after the operation.
    ///
    /// - Parameter inFloat64: whether all real arrays are float64, where the device has them.
    public func run(on backend: any Backend, inFloat64: Bool = false) throws -> [HostArray] {
        try run(on: backend, inputs: makeInputs().map { inFloat64 ? $0.widened : $0 }, inFloat64: inFloat64)
    }

    /// The same operation on other contents.
    public func run(on backend: any Backend, inputs: [HostArray], inFloat64: Bool = false) throws -> [HostArray] {
        let inputBuffers = try inputs.map { try backend.upload($0) }
        let outputBuffers = try makeOutputs().map { try backend.upload(inFloat64 ? $0.widened : $0) }
        try execute(backend, inputBuffers, outputBuffers)
        return try outputBuffers.map { try backend.download($0, offset: 0, count: $0.count) }
    }
}

extension OperationCase: CustomStringConvertible {
    public var description: String { name }
}

extension HostArray {
    /// The same values with float32 replaced by float64.
    public var widened: HostArray {
        guard case .float32(let values) = self else { return self }
        return .float64(values.map(Double.init))
    }

    /// The magnitudes of reals; integers as they are.
    public var magnitudes: HostArray {
        switch self {
        case .float32(let values): .float32(values.map(abs))
        case .float64(let values): .float64(values.map(abs))
        case .int32: self
        }
    }
}
