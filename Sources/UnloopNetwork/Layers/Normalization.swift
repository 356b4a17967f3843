import UnloopBackend
import UnloopTensor

/// Each example's last axis is brought to mean 0 and variance 1, then scaled and shifted by parameters (J. Ba et al.,
/// arXiv 1607.06450).
public struct LayerNorm: Layer {
    /// Is added to the variance.
    public let epsilon: Double
    /// What each feature is multiplied by, `[features]`; 1 at first.
    public let scale = Parameter("scale")
    /// What is added to each feature, `[features]`; 0 at first.
    public let shift = Parameter("shift")

    /// - Parameter epsilon: is added to the variance; not negative.
    public init(epsilon: Double = 1e-5) {
        require(epsilon >= 0 && epsilon.isFinite, "LayerNorm: epsilon \(epsilon)")
        self.epsilon = epsilon
    }

    public var parameters: [Parameter] { [scale, shift] }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        require(!inputShape.isEmpty, "LayerNorm: an example has no axis")
        return inputShape
    }

    public func build(inputShape: [Int], _ builder: inout Builder) {
        builder.make(scale, [inputShape.last ?? 1], .ones)
        builder.make(shift, [inputShape.last ?? 1], .zeros)
    }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        input.layerNormalized(scale: pass[scale], shift: pass[shift], epsilon: epsilon)
    }
}

/// Each channel (the last axis) is brought to mean 0 and variance 1 over the batch and all positions, then scaled and shifted
/// by parameters (S. Ioffe, C. Szegedy, arXiv 1502.03167).
///
/// In training the statistics are those of the batch, its variance the mean of the squared distances from its mean, and running
/// averages of them are kept; otherwise the running averages are used. They are saved with the weights.
///
/// The running variance is that of the unbiased estimates: the sum of the squared distances divided by the number of elements of a
/// channel (examples times positions) less one. A batch with one element for a channel, a single example without positions, has none:
/// its mean enters the running mean, and the running variance stays.
public struct BatchNorm: Layer {
    /// How much of the running averages stays at each step.
    public let momentum: Double
    /// Is added to the variance.
    public let epsilon: Double
    /// What each channel is multiplied by, `[channels]`; 1 at first.
    public let scale = Parameter("scale")
    /// What is added to each channel, `[channels]`; 0 at first.
    public let shift = Parameter("shift")
    /// `[channels]`, not trainable; 0 at first.
    public let runningMean = Parameter("runningMean", isTrainable: false)
    /// `[channels]`, not trainable; 1 at first.
    public let runningVariance = Parameter("runningVariance", isTrainable: false)

    /// - Parameters:
    ///   - momentum: how much of the running averages stays at each step.
    ///   - epsilon: is added to the variance; not negative.
    public init(momentum: Double = 0.9, epsilon: Double = 1e-5) {
        require(momentum >= 0 && momentum <= 1, "BatchNorm: momentum \(momentum)")
        require(epsilon >= 0 && epsilon.isFinite, "BatchNorm: epsilon \(epsilon)")
        self.momentum = momentum
        self.epsilon = epsilon
    }

    public var parameters: [Parameter] { [scale, shift, runningMean, runningVariance] }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        require(!inputShape.isEmpty, "BatchNorm: an example has no axis")
        return inputShape
    }

    public func build(inputShape: [Int], _ builder: inout Builder) {
        let channels = [inputShape.last ?? 1]
        builder.make(scale, channels, .ones)
        builder.make(shift, channels, .zeros)
        builder.make(runningMean, channels, .zeros)
        builder.make(runningVariance, channels, .ones)
    }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        _ = batchSize(input, kind)
        guard pass.isTraining else {
            let centered = input - pass[runningMean]
            return ScalarFunction.normalize(
                [centered, pass[runningVariance], pass[scale], pass[shift]], scalars: [epsilon])
        }
        let others = Array(0..<input.rank - 1)
        let (centered, mean) = input.centered(axes: others)
        let count = Double(input.count / Swift.max(1, input.dimensions[input.rank - 1]))
        let variance = Tensor.sum(of: .square, [centered], axes: others) / count
        if count > 0 { update(runningMean, by: mean.flattened(), factor: 1, pass) }
        // The running variance is the unbiased estimate, as in the paper's algorithm 2.
        if count > 1 { update(runningVariance, by: variance, factor: count / (count - 1), pass) }
        return ScalarFunction.normalize([centered, variance, pass[scale], pass[shift]], scalars: [epsilon])
    }

    private func update(_ average: Parameter, by value: Tensor, factor: Double, _ pass: Pass) {
        pass.remember(
            Self.runningAverage(
                [pass[average], value.stopGradient()], scalars: [momentum, (1 - momentum) * factor]), for: average)
    }

    private static let runningAverage = ScalarFunction("runningAverage", inputs: 2, scalars: 2) { x, s in
        s[0] * x[0] + s[1] * x[1]
    }
}
