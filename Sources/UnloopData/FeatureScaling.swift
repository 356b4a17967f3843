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
        let distances = features - mean
        let unit = features.shape[0] > 0 ? Self.unit(abs(distances).max(0)) : Tensor.ones(like: mean)
        deviation = Self.deviation((distances * unit).squared().mean(0), unit)
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

    /// A power of two by which distances of this size are multiplied, so that their squares are neither too large nor too small for
    /// float32; 1 for all usual ones.
    private static let unit = ScalarFunction(
        "scalingUnit",
        { (largest: Scalar) in select(largest .> 1e15, Scalar(0x1p-80), select(largest .< 1e-15, Scalar(0x1p80), 1)) })
    private static let deviation = ScalarFunction(
        "deviation",
        { (variance: Scalar, unit: Scalar) in
            select(variance .> 0, sqrt(variance) / unit, select(variance .== 0, 1, variance))
        })
    private static let scale = ScalarFunction(
        "scale", { (x: Scalar, mean: Scalar, deviation: Scalar) in (x - mean) / deviation })
}
