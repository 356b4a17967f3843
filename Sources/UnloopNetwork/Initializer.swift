import UnloopBackend
import UnloopTensor

/// The first values of a parameter: a function of shape, seed and name only, the same bits on every device.
public struct Initializer: Sendable {
    /// What an initializer is asked for: the values of one parameter.
    public struct Request: Sendable {
        /// Of the parameter.
        public let shape: [Int]
        /// How many inputs each output sums over (fan-in).
        public let inputs: Int
        /// To how many outputs each input contributes (fan-out).
        public let outputs: Int
        /// Where random numbers come from; every parameter has its own.
        public let key: RandomKey
        /// Of the values; float64 on `.loop` only.
        public let elementType: ElementType
        /// Where the values are to be.
        public let device: Device
    }

    /// Shown in error messages and descriptions.
    public let name: String
    let make: @Sendable (Request) -> Tensor

    /// An initializer of your own.
    ///
    /// - Parameter make: gives a tensor of the shape, element type and device asked for; the request's key gives random numbers.
    public init(_ name: String, _ make: @escaping @Sendable (Request) -> Tensor) {
        self.name = name
        self.make = make
    }

    /// The same number everywhere.
    public static func constant(_ value: Double) -> Initializer {
        Initializer("constant(\(value))") { Tensor.full($0.shape, value, $0.elementType, on: $0.device) }
    }
    /// 0 everywhere.
    public static let zeros = constant(0)
    /// 1 everywhere.
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
        uniform($0, variance: 2, over: $0.inputs + $0.outputs)
    }
    /// The same variance, 2 / (inputs + outputs), with a normal distribution.
    public static let glorotNormal = Initializer("glorotNormal") {
        normal($0, variance: 2, over: $0.inputs + $0.outputs)
    }
    /// K. He et al., arXiv 1502.01852, for ReLU: uniform with limit √(6 / inputs).
    public static let heUniform = Initializer("heUniform") { uniform($0, variance: 2, over: $0.inputs) }
    /// K. He et al., arXiv 1502.01852, for ReLU: normal with variance 2 / inputs.
    public static let heNormal = Initializer("heNormal") { normal($0, variance: 2, over: $0.inputs) }

    /// Orthonormal columns (or rows, where there are fewer) times `gain`; a tensor of more than two axes counts as a matrix whose
    /// columns are its last axis (A. Saxe et al., arXiv 1312.6120).
    ///
    /// The columns of a normal matrix are made orthogonal one after the other (modified Gram–Schmidt, twice for accuracy) on the
    /// host in double precision, with operations that every processor rounds alike.
    public static func orthogonal(_ gain: Double = 1) -> Initializer {
        Initializer("orthogonal(\(gain))") { request in
            let columns = request.shape.last ?? 1
            let rows = request.shape.dropLast().reduce(1, *)
            let (long, short) = (Swift.max(rows, columns), Swift.min(rows, columns))
            let normal = Tensor.randomNormal([short, long], request.key, on: .loop)
            // Memory that the loop device lacks is missing on the device too, which then reports it.
            guard let values = try? normal.doubles() else { return Self.normal(request, gain) }
            let vectors = orthonormal((0..<short).map { Array(values[$0 * long..<($0 + 1) * long]) })
            let matrix = (0..<rows).flatMap { row in
                (0..<columns).map { column in
                    Float(gain * (rows >= columns ? vectors[column][row] : vectors[row][column]))
                }
            }
            return Tensor(matrix, shape: request.shape, on: request.device).to(request.elementType)
        }
    }

    private static func orthonormal(_ vectors: [[Double]]) -> [[Double]] {
        func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        var result: [[Double]] = []
        for var vector in vectors {
            for _ in 0..<2 {
                for other in result {
                    let share = product(vector, other)
                    for position in vector.indices { vector[position] -= share * other[position] }
                }
            }
            let length = product(vector, vector).squareRoot()
            result.append(vector.map { $0 / length })
        }
        return result
    }

    /// Of a variance divided by a number of elements; a layer without any has parameters without any.
    private static func uniform(_ request: Request, variance: Double, over count: Int) -> Tensor {
        uniform(request, (3 * variance / Double(Swift.max(1, count))).squareRoot())
    }

    private static func normal(_ request: Request, variance: Double, over count: Int) -> Tensor {
        normal(request, (variance / Double(Swift.max(1, count))).squareRoot())
    }

    private static func uniform(_ request: Request, _ limit: Double) -> Tensor {
        Tensor.randomUniform(
            request.shape, request.key, low: -limit, high: limit, request.elementType, on: request.device)
    }

    private static func normal(_ request: Request, _ standardDeviation: Double) -> Tensor {
        Tensor.randomNormal(
            request.shape, request.key, standardDeviation: standardDeviation, request.elementType, on: request.device)
    }
}
