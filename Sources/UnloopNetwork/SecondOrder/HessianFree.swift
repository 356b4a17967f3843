import UnloopBackend

/// Hessian-free optimization (J. Martens: Deep learning via Hessian-free optimization, ICML 2010; J. Martens, I. Sutskever: Training
/// deep and recurrent networks with Hessian-free optimization, 2012): each step approximately minimizes the quadratic model
/// `q(p) = f + gᵀp + ½ pᵀ(G + λI) p`, G the Gauss–Newton matrix, by preconditioned conjugate gradient, and λ follows how well the
/// model predicts the loss. Used as the optimizer of `fit`.
///
/// The network computes as it does after training, so nothing is dropped and running statistics stay as they are.
public struct HessianFree: Sendable {
    /// The diagonal by which conjugate gradient is preconditioned.
    public enum Preconditioner: Hashable, Sendable {
        /// Ones.
        case none
        /// `(mean of the squared gradients + λ)^exponent`. The squared gradients are exact with as many groups as examples, and
        /// estimated with fewer, see `empiricalFisherDiagonal`. The paper's exponent is 0.75.
        case squaredGradients(groups: Int = 32, exponent: Double = 0.75)
    }

    /// λ at the first step.
    public var damping: Double
    /// Examples of a gradient; nil for all.
    public var gradientBatchSize: Int?
    /// Examples of a Gauss–Newton matrix, drawn anew for each step from those of the gradient; nil for all of them.
    public var curvatureBatchSize: Int?
    /// How the quadratic model is minimized.
    public var conjugateGradient: ConjugateGradient
    /// The diagonal by which that is preconditioned.
    public var preconditioner: Preconditioner
    /// Conjugate gradient starts from the last step's result times this.
    public var warmStart: Double
    /// Adds `l2/2 Σw²` over the weights (not biases and the like) to the loss.
    public var l2: Double
    /// Examples that are computed at a time for losses and gradients; bounds the memory, and is part of what decides the bits.
    public var chunkSize: Int

    /// See the properties of the same names.
    ///
    /// - Precondition: damping, batch sizes and chunk size are positive, the warm start lies between 0 and 1, and `l2` is not negative.
    public init(
        damping: Double = 1, gradientBatchSize: Int? = nil, curvatureBatchSize: Int? = nil,
        conjugateGradient: ConjugateGradient = ConjugateGradient(),
        preconditioner: Preconditioner = .squaredGradients(), warmStart: Double = 0.95, l2: Double = 0,
        chunkSize: Int = 4096
    ) {
        require(damping > 0 && damping.isFinite, "HessianFree: damping \(damping)")
        require(gradientBatchSize ?? 1 > 0 && curvatureBatchSize ?? 1 > 0, "HessianFree: an empty batch")
        require(warmStart >= 0 && warmStart <= 1, "HessianFree: warm start \(warmStart)")
        require(l2 >= 0 && chunkSize > 0, "HessianFree: l2 \(l2), chunks of \(chunkSize)")
        self.damping = damping
        self.gradientBatchSize = gradientBatchSize
        self.curvatureBatchSize = curvatureBatchSize
        self.conjugateGradient = conjugateGradient
        self.preconditioner = preconditioner
        self.warmStart = warmStart
        self.l2 = l2
        self.chunkSize = chunkSize
    }

    /// λ after a step: the Levenberg–Marquardt rule of the paper (section 4.1). The reduction ratio is how much the loss fell, in
    /// units of what the quadratic model without damping predicted; a ratio that is not a number counts as bad.
    public static func damping(after ratio: Double, _ damping: Double) -> Double {
        if ratio > 0.75 { return damping * (2.0 / 3) }
        if ratio >= 0.25 { return damping }
        return damping * 1.5
    }
}

/// What a training with `HessianFree` reports.
public struct HessianFreeHistory: Sendable {
    /// One step.
    public struct Step: Sendable {
        /// Both counted from 1; steps from the beginning of the training.
        public let epoch: Int
        /// The number of the step.
        public let number: Int
        /// Of the step's batch, with the L2 term, before and after.
        public let lossBefore: Double
        /// Of the same batch, after the step.
        public let lossAfter: Double
        /// λ of the step.
        public let damping: Double
        /// How much the loss fell, in units of what the quadratic model without damping predicted.
        public let reductionRatio: Double
        /// How many steps conjugate gradient did.
        public let conjugateGradientSteps: Int
        /// The step of conjugate gradient whose result was taken, the one with the lowest loss from the last one backwards.
        public let chosenStep: Int
        /// Of the line search; 0 where no length made the loss smaller and the weights stayed.
        public let stepLength: Double
    }

    /// Step by step.
    public internal(set) var steps: [Step] = []
    /// As `fit` reports them with other optimizers; the training loss has the L2 term, the learning rate is the step length.
    public internal(set) var epochs: [History.Epoch] = []
}
