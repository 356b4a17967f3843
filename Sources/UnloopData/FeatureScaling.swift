import UnloopBackend
import UnloopTensor

/// Brings each feature to mean 0 and variance 1: `(x - mean) / deviation`. Found from the training examples, then applied to
/// all others too, so that nothing about the test examples is learnt.
public struct FeatureScaling: Sendable {
    /// The shape of one example.
    public let mean: Tensor
    /// The square root of the variance (divided by the number of examples); 1 for features that never change.
    public let deviation: Tensor

    /// - Parameter features: `[examples, …]`.
    public init(of features: Tensor) {
        mean = features.mean(0)
        deviation = Self.deviation((features - mean).squared().mean(0))
    }

    /// The scaled features, on their device.
    public func callAsFunction(_ features: Tensor) -> Tensor {
        require(
            Array(features.shape.dropFirst()) == mean.shape,
            "FeatureScaling: features \(features.shape), but the scaling is for examples of \(mean.shape)")
        return Self.scale(features, mean.to(features.device), deviation.to(features.device))
    }

    public func callAsFunction(_ data: Dataset) -> Dataset {
        Dataset(features: self(data.features), labels: data.labels)
    }

    private static let deviation = ScalarFunction(
        "deviation",
        { (variance: Scalar) in
            select(variance .> 0, sqrt(variance), select(variance .== 0, 1, variance))
        })
    private static let scale = ScalarFunction(
        "scale", { (x: Scalar, mean: Scalar, deviation: Scalar) in (x - mean) / deviation })
}
