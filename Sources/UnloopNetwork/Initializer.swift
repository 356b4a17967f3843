import UnloopBackend
import UnloopTensor

/// The first values of a parameter: a function of shape, seed and name only, the same bits on every device.
public struct Initializer: Sendable {
    public struct Request: Sendable {
        public let shape: [Int]
        /// How many inputs each output sums over (fan-in).
        public let inputs: Int
        /// To how many outputs each input contributes (fan-out).
        public let outputs: Int
        /// Where random numbers come from; every parameter has its own.
        public let key: RandomKey
        public let elementType: ElementType
        public let device: Device
    }

    public let name: String
    let make: @Sendable (Request) -> Tensor

    public init(_ name: String, _ make: @escaping @Sendable (Request) -> Tensor) {
        self.name = name
        self.make = make
    }

    public static func constant(_ value: Double) -> Initializer {
        Initializer("constant(\(value))") { Tensor.full($0.shape, value, $0.elementType, on: $0.device) }
    }
    public static let zeros = constant(0)
    public static let ones = constant(1)

    /// Uniform in `-limit ..< limit`.
    public static func uniform(_ limit: Double) -> Initializer {
        Initializer("uniform(\(limit))") { uniform($0, limit) }
    }

    /// Normal with mean 0.
    public static func gaussian(_ standardDeviation: Double = 0.01) -> Initializer {
        Initializer("gaussian(\(standardDeviation))") { normal($0, standardDeviation) }
    }

    /// X. Glorot, Y. Bengio, AISTATS 2010: uniform with limit √(6 / (inputs + outputs)).
    public static let glorotUniform = Initializer("glorotUniform") {
        uniform($0, (6 / Double($0.inputs + $0.outputs)).squareRoot())
    }
    /// The same variance, 2 / (inputs + outputs), with a normal distribution.
    public static let glorotNormal = Initializer("glorotNormal") {
        normal($0, (2 / Double($0.inputs + $0.outputs)).squareRoot())
    }
    /// K. He et al., arXiv 1502.01852, for ReLU: uniform with limit √(6 / inputs).
    public static let heUniform = Initializer("heUniform") { uniform($0, (6 / Double($0.inputs)).squareRoot()) }
    /// K. He et al., arXiv 1502.01852, for ReLU: normal with variance 2 / inputs.
    public static let heNormal = Initializer("heNormal") { normal($0, (2 / Double($0.inputs)).squareRoot()) }

    private static func uniform(_ request: Request, _ limit: Double) -> Tensor {
        Tensor.randomUniform(
            request.shape, request.key, low: -limit, high: limit, request.elementType, on: request.device)
    }

    private static func normal(_ request: Request, _ standardDeviation: Double) -> Tensor {
        Tensor.randomNormal(
            request.shape, request.key, standardDeviation: standardDeviation, request.elementType, on: request.device)
    }
}
