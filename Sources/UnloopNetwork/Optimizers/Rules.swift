import UnloopBackend

// Each optimizer is its formula. `numbers[0]` is the learning rate.
extension Optimizer {
    /// Stochastic gradient descent: `w -= rate·g`.
    public static func sgd(_ learningRate: LearningRate = 0.01) -> Optimizer {
        Optimizer("sgd", learningRate: learningRate) { element in
            element.value = element.value - element.numbers[0] * element.gradient
        }
    }

    /// With momentum (B. Polyak, 1964): `v = m·v + g`, `w -= rate·v`.
    public static func momentum(_ learningRate: LearningRate = 0.01, momentum: Double = 0.9) -> Optimizer {
        requireMomentum("momentum", momentum)
        return Optimizer("momentum", learningRate: learningRate, state: 1) { element in
            element.state[0] = Scalar(momentum) * element.state[0] + element.gradient
            element.value = element.value - element.numbers[0] * element.state[0]
        }
    }

    /// With Nesterov's momentum (I. Sutskever et al., ICML 2013, in the form that needs the gradient at w only):
    /// `v = m·v + g`, `w -= rate·(g + m·v)`.
    public static func nesterov(_ learningRate: LearningRate = 0.01, momentum: Double = 0.9) -> Optimizer {
        requireMomentum("nesterov", momentum)
        return Optimizer("nesterov", learningRate: learningRate, state: 1) { element in
            element.state[0] = Scalar(momentum) * element.state[0] + element.gradient
            let ahead = element.gradient + Scalar(momentum) * element.state[0]
            element.value = element.value - element.numbers[0] * ahead
        }
    }

    /// T. Tieleman, G. Hinton: Lecture 6.5, 2012: `s = d·s + (1 - d)·g²`, `w -= rate·g / (√s + ε)`.
    public static func rmsProp(_ learningRate: LearningRate = 0.001, decay: Double = 0.9, epsilon: Double = 1e-8)
        -> Optimizer
    {
        requireAverages("rmsProp", decay, epsilon: epsilon)
        return Optimizer("rmsProp", learningRate: learningRate, state: 1) { element in
            let square = element.gradient * element.gradient
            element.state[0] = Scalar(decay) * element.state[0] + Scalar(1 - decay) * square
            element.value =
                element.value - element.numbers[0] * element.gradient / (sqrt(element.state[0]) + Scalar(epsilon))
        }
    }

    /// D. Kingma, J. Ba, arXiv 1412.6980, algorithm 1.
    public static func adam(
        _ learningRate: LearningRate = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
    ) -> Optimizer {
        adam("adam", learningRate, beta1, beta2, epsilon)
    }

    /// Adam with `decoupledDecay`.
    public static func adamW(
        _ learningRate: LearningRate = 0.001, weightDecay: Double = 0.01, beta1: Double = 0.9, beta2: Double = 0.999,
        epsilon: Double = 1e-8
    ) -> Optimizer {
        adam("adamW", learningRate, beta1, beta2, epsilon).decoupledDecay(weightDecay)
    }

    private static func adam(
        _ name: String, _ learningRate: LearningRate, _ beta1: Double, _ beta2: Double, _ epsilon: Double
    ) -> Optimizer {
        requireAverages(name, beta1, beta2, epsilon: epsilon)
        // 1 / (1 - βᵗ), the corrections of the averages for their start at zero; t counts from 1.
        let (powers1, powers2) = (WholePowers(of: beta1), WholePowers(of: beta2))
        let corrections: @Sendable (Int) -> [Double] = { step in
            [1 / (1 - powers1[step + 1]), 1 / (1 - powers2[step + 1])]
        }
        return Optimizer(name, learningRate: learningRate, state: 2, numbers: corrections) { element in
            let (rate, gradient) = (element.numbers[0], element.gradient)
            element.state[0] = Scalar(beta1) * element.state[0] + Scalar(1 - beta1) * gradient
            element.state[1] = Scalar(beta2) * element.state[1] + Scalar(1 - beta2) * (gradient * gradient)
            let mean = element.state[0] * element.numbers[1]
            let square = element.state[1] * element.numbers[2]
            element.value = element.value - rate * mean / (sqrt(square) + Scalar(epsilon))
        }
    }

    /// Adam with Nesterov's momentum (T. Dozat, ICLR 2016 workshop, with a constant momentum): the step uses the average that the
    /// next one will start from, `β₁·m / (1 - β₁ᵗ⁺¹) + (1 - β₁)·g / (1 - β₁ᵗ)`.
    public static func nadam(
        _ learningRate: LearningRate = 0.002, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
    ) -> Optimizer {
        requireAverages("nadam", beta1, beta2, epsilon: epsilon)
        let (powers1, powers2) = (WholePowers(of: beta1), WholePowers(of: beta2))
        let corrections: @Sendable (Int) -> [Double] = { step in
            [
                beta1 / (1 - powers1[step + 2]), (1 - beta1) / (1 - powers1[step + 1]), 1 / (1 - powers2[step + 1]),
            ]
        }
        return Optimizer("nadam", learningRate: learningRate, state: 2, numbers: corrections) { element in
            let (rate, gradient) = (element.numbers[0], element.gradient)
            element.state[0] = Scalar(beta1) * element.state[0] + Scalar(1 - beta1) * gradient
            element.state[1] = Scalar(beta2) * element.state[1] + Scalar(1 - beta2) * (gradient * gradient)
            let ahead = element.numbers[1] * element.state[0] + element.numbers[2] * gradient
            let square = element.state[1] * element.numbers[3]
            element.value = element.value - rate * ahead / (sqrt(square) + Scalar(epsilon))
        }
    }

    /// J. Duchi, E. Hazan, Y. Singer, JMLR 12, 2011: `s = s + g²`, `w -= rate·g / (√s + ε)`. Suits features that are rarely there.
    public static func adagrad(_ learningRate: LearningRate = 0.01, epsilon: Double = 1e-10) -> Optimizer {
        requireAverages("adagrad", epsilon: epsilon)
        return Optimizer("adagrad", learningRate: learningRate, state: 1) { element in
            element.state[0] = element.state[0] + element.gradient * element.gradient
            element.value =
                element.value - element.numbers[0] * element.gradient / (sqrt(element.state[0]) + Scalar(epsilon))
        }
    }

    /// X. Chen et al., arXiv 2302.06675: `w -= rate·sign(β₁·m + (1 - β₁)·g)`, `m = β₂·m + (1 - β₂)·g`. Wants a rate some three to ten
    /// times smaller than Adam's, and a decay (`decoupledDecay`) as many times larger.
    public static func lion(_ learningRate: LearningRate = 0.0001, beta1: Double = 0.9, beta2: Double = 0.99)
        -> Optimizer
    {
        requireAverages("lion", beta1, beta2, epsilon: 0)
        return Optimizer("lion", learningRate: learningRate, state: 1) { element in
            let gradient = element.gradient
            let blend = Scalar(beta1) * element.state[0] + Scalar(1 - beta1) * gradient
            // NaN is neither above nor below 0, but must not vanish.
            let sign: Scalar = select(blend .> 0, 1, select(blend .< 0, Scalar(-1), blend))
            element.state[0] = Scalar(beta2) * element.state[0] + Scalar(1 - beta2) * gradient
            element.value = element.value - element.numbers[0] * sign
        }
    }

    /// With a momentum of 1 nothing is ever forgotten, which some want; beyond it, and below 0, steps grow without bound or turn round.
    private static func requireMomentum(_ name: String, _ momentum: Double) {
        require(momentum >= 0 && momentum <= 1, "Optimizer.\(name): a momentum of \(momentum) is not between 0 and 1")
    }

    /// An average that keeps all of its past never learns of a gradient, and its correction for the start at 0 would be infinite.
    private static func requireAverages(_ name: String, _ shares: Double..., epsilon: Double) {
        for share in shares {
            require(
                share >= 0 && share < 1,
                "Optimizer.\(name): an average that keeps \(share) of its past; it must be from 0 to below 1")
        }
        require(epsilon >= 0 && epsilon.isFinite, "Optimizer.\(name): epsilon \(epsilon)")
    }

    /// One of each kind with its default numbers; tests and benchmarks go through this list.
    public static let all: [Optimizer] = [
        sgd(), momentum(), nesterov(), rmsProp(), adam(), adamW(), nadam(), adagrad(), lion(),
    ]
}
