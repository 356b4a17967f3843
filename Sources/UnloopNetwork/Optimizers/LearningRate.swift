import Foundation
import UnloopBackend

/// The learning rate as a function of the step, counted from 0. A number is a constant rate: `.adam(0.001)`.
public struct LearningRate: Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    private let rate: @Sendable (_ step: Int) -> Double

    /// Any function of the step.
    public init(_ rate: @escaping @Sendable (_ step: Int) -> Double) { self.rate = rate }

    public init(floatLiteral value: Double) { self = .constant(value) }
    public init(integerLiteral value: Int) { self = .constant(Double(value)) }

    public subscript(step: Int) -> Double { rate(step) }

    public static func constant(_ rate: Double) -> LearningRate { LearningRate { _ in rate } }

    /// Multiplied by `factor` after every `steps` steps.
    public static func step(from start: Double, factor: Double, every steps: Int) -> LearningRate {
        require(steps > 0, "LearningRate.step: every \(steps) steps")
        return LearningRate { start * wholePower(factor, $0 / steps) }
    }

    /// `start · factor^(step / steps)`.
    public static func exponential(from start: Double, factor: Double, every steps: Int) -> LearningRate {
        require(steps > 0, "LearningRate.exponential: every \(steps) steps")
        return LearningRate { start * pow(factor, Double($0) / Double(steps)) }
    }

    /// Half a cosine wave from `start` to `end` over `steps`, then `end` (I. Loshchilov, F. Hutter, arXiv 1608.03983).
    public static func cosine(from start: Double, to end: Double = 0, over steps: Int) -> LearningRate {
        require(steps > 0, "LearningRate.cosine: over \(steps) steps")
        return LearningRate { step in
            let part = Double(min(step, steps)) / Double(steps)
            return end + (start - end) * 0.5 * (1 + cos(.pi * part))
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
