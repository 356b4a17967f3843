import Foundation
import UnloopBackend

/// The learning rate as a function of the step, counted from 0. A number is a constant rate: `.adam(0.001)`.
public struct LearningRate: Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    private let rate: @Sendable (_ step: Int) -> Double

    /// Any function of the step.
    public init(_ rate: @escaping @Sendable (_ step: Int) -> Double) { self.rate = rate }

    public init(floatLiteral value: Double) { self = .constant(value) }
    public init(integerLiteral value: Int) { self = .constant(Double(value)) }

    /// The rate at a step, counted from 0.
    public subscript(step: Int) -> Double { rate(step) }

    /// The same rate at every step.
    public static func constant(_ rate: Double) -> LearningRate { LearningRate { _ in rate } }

    /// Multiplied by `factor`, which is not negative, after every `steps` steps.
    public static func step(from start: Double, factor: Double, every steps: Int) -> LearningRate {
        require(steps > 0 && factor >= 0, "LearningRate.step: times \(factor) every \(steps) steps")
        let powers = WholePowers(of: factor)
        return LearningRate { start * powers[$0 / steps] }
    }

    /// `start · factor^(step / steps)`; the factor is not negative.
    public static func exponential(from start: Double, factor: Double, every steps: Int) -> LearningRate {
        require(steps > 0 && factor >= 0, "LearningRate.exponential: times \(factor) every \(steps) steps")
        let powers = WholePowers(of: factor)
        return LearningRate { start * reproduciblePower(powers, $0, over: steps) }
    }

    /// Half a cosine wave from `start` to `end` over `steps`, then `end` (I. Loshchilov, F. Hutter, arXiv 1608.03983).
    public static func cosine(from start: Double, to end: Double = 0, over steps: Int) -> LearningRate {
        require(steps > 0, "LearningRate.cosine: over \(steps) steps")
        return LearningRate { step in
            guard step < steps else { return end }
            // (1 + cos(2x)) / 2 = 1 - sin(x)^2
            let sine = reproducibleSine(ofHalfTurns: 0.5 * Double(step) / Double(steps))
            return end + (start - end) * (1 - sine * sine)
        }
    }

    /// Grows evenly from `1/steps` of this rate to all of it in the first `steps` steps; this rate then starts from its own
    /// step 0.
    public func warmedUp(over steps: Int) -> LearningRate {
        require(steps > 0, "LearningRate.warmedUp: over \(steps) steps")
        let rate = rate
        return LearningRate { $0 < steps ? rate(0) * Double($0 + 1) / Double(steps) : rate($0 - steps) }
    }
}

// A system's `pow` and `cos` differ in the last bit from one mathematics library to the next, and then so would trained weights.
// What follows uses only operations that IEEE 754 rounds exactly.

/// `base^(step / steps)` for a base of at least 0: the whole part by multiplication, the rest by square roots, one for each binary
/// digit of the fraction.
private func reproduciblePower(_ powers: WholePowers, _ step: Int, over steps: Int) -> Double {
    var result = powers[step / steps]
    var fraction = Double(step % steps) / Double(steps)
    var root = powers[1]
    while fraction > 0 {
        root.formSquareRoot()
        fraction *= 2
        if fraction >= 1 {
            result *= root
            fraction -= 1
        }
    }
    return result
}

/// sin(π·part) for a part in 0...0.5, by the Taylor series; its rest is below 1e-17.
private func reproducibleSine(ofHalfTurns part: Double) -> Double {
    let angle = Double.pi * part
    var sum = 1.0
    for power in stride(from: 23.0, through: 3.0, by: -2.0) {
        sum = 1 - angle * angle / (power * (power - 1)) * sum
    }
    return angle * sum
}
