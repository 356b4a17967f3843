import UnloopBackend
import UnloopTensor

/// In training, each element becomes 0 with this probability and the others grow so that the expectation stays (N.
/// Srivastava et al., JMLR 15, 2014); otherwise nothing changes.
///
/// What is dropped follows from the seed of the training, the step and the element's position: the same on every device.
public struct Dropout: Layer {
    /// That an element becomes 0.
    public let probability: Double

    /// - Parameter probability: 0 up to, but not including, 1.
    public init(_ probability: Double) {
        require(probability >= 0 && probability < 1, "Dropout: probability \(probability)")
        self.probability = probability
    }

    public var kind: String { "Dropout(\(probability))" }
    public func outputShape(for inputShape: [Int]) -> [Int] { inputShape }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        guard pass.isTraining, probability > 0 else { return input }
        return Self.drop(input, probability, scale: 1 / (1 - probability), pass.nextKey())
    }

    /// Zeros with this probability, and the other elements times a factor.
    static func drop(_ input: Tensor, _ probability: Double, scale: Double, _ key: RandomKey) -> Tensor {
        let words = [key.seed, key.seed >> 32, key.stream, key.stream >> 32].map {
            Double(Int32(truncatingIfNeeded: $0))
        }
        return drop([input], scalars: words + [probability, scale])
    }

    /// Scalars: seed and stream in halves, the probability, the factor for what stays.
    private static let drop = ScalarFunction(
        "dropout",
        program: ScalarProgram(
            inputs: [.real], scalars: [.integer, .integer, .integer, .integer, .real, .real]
        ) { inputs, scalars in
            let bits = IntegerScalar.randomBits(key: scalars[0..<4].map(IntegerScalar.init), salt: 0x6472_6f70)
            let uniform = Scalar(converting: bits >> 8) * Scalar(0x1p-24)
            return [select(uniform .< Scalar(scalars[4]), 0, Scalar(inputs[0]) * Scalar(scalars[5])).expression]
        })
}
