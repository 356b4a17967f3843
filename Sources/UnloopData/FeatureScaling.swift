import UnloopBackend
import UnloopTensor

/// Brings each feature to mean 0 and variance 1: `(x - mean) / deviation`. Found from the training examples, then applied to
/// all others too, so that nothing about the test examples is learnt.
public struct FeatureScaling: Sendable {
    /// The shape of one example.
    public let mean: Tensor
    /// The square root of the variance (divided by the number of examples); 1 for features that never change but for rounding, all of whose
    /// distances from the mean are at most a unit in the last place of their largest element. Without examples the mean is 0.
    public let deviation: Tensor

    /// - Parameter features: `[examples, …]`.
    public init(of features: Tensor) {
        let (distances, mean) = features.centered(axes: [0])
        if features.shape[0] == 0 {
            self.mean = Tensor.zeros(like: mean.squeezed(0))
            deviation = Tensor.ones(like: self.mean)
            return
        }
        self.mean = mean.squeezed(0)
        let largest = abs(distances).max(0)
        let unit = Self.unit(largest)
        let lastPlace = features.elementType == .float64 ? 0x1p-52 : 0x1p-23
        deviation = Self.deviation(
            [(distances * unit).squared().mean(0), unit, abs(features).max(0), largest], scalars: [lastPlace])
    }

    /// The scaled features, on their device.
    public func callAsFunction(_ features: Tensor) -> Tensor {
        require(
            Array(features.shape.dropFirst()) == mean.shape,
            "FeatureScaling: features \(features.shape), but the scaling is for examples of \(mean.shape)")
        return Self.scale(features, mean.to(features.device), deviation.to(features.device))
    }

    public func callAsFunction(_ data: Dataset) -> Dataset {
        Dataset(features: self(data.features), labels: data.labels, weights: data.weights)
    }

    /// A power of two by which distances of this size are multiplied, so that their squares are neither too large nor too small for
    /// float32; 1 for all usual ones.
    private static let unit = ScalarFunction(
        "scalingUnit",
        { (largest: Scalar) in select(largest .> 1e15, Scalar(0x1p-80), select(largest .< 1e-15, Scalar(0x1p80), 1)) })
    /// From the variance in that unit, the unit, the largest size of an element and its largest distance from the mean. Numbers that differ by their rounding only, as the
    /// same number computed in several ways does, say nothing; their differences would be blown up to the size of all others.
    private static let deviation = ScalarFunction("deviation", inputs: 4, scalars: 1) { x, s in
        select(x[3] .<= s[0] * x[2], 1, sqrt(x[0]) / x[1])
    }
    private static let scale = ScalarFunction(
        "scale", { (x: Scalar, mean: Scalar, deviation: Scalar) in (x - mean) / deviation })
}
