import UnloopBackend
import UnloopTensor

/// An average of a network's values over the steps of a training, which often tests better than the values of any one step
/// (B. Polyak, A. Juditsky, SIAM J. Control Optim. 30, 1992).
///
///     var average = WeightAverage(.exponential(decay: 0.999), of: model.values)
///     …                                             // a step that changes the model
///     try average.update(with: model.values)
///     let smooth = Model(model.root, average.values)
///
/// A value, whose copies are independent. `fit(averaging:)` does this by itself.
public struct WeightAverage: Sendable {
    /// How the values of steps are weighed.
    public struct Rule: Sendable, Hashable, Codable {
        let decay: Double

        /// `a = d·a + (1 - d)·w` after each step, where d is the smaller of `decay` and (1 + t) / (10 + t) with t steps averaged before: an
        /// average of few steps forgets its start sooner.
        ///
        /// - Precondition: `decay` is at least 0 and below 1.
        public static func exponential(decay: Double) -> Rule {
            require(
                decay >= 0 && decay < 1, "WeightAverage.exponential: a decay of \(decay); it must be from 0 to below 1")
            return Rule(decay: decay)
        }
    }

    /// How the steps are weighed.
    public let rule: Rule
    /// The averages of trainable parameters; of all others, what the last step had.
    public private(set) var values: ParameterValues
    /// How many steps were averaged.
    public private(set) var steps = 0

    /// - Parameter values: where the average starts.
    public init(_ rule: Rule, of values: ParameterValues) {
        self.rule = rule
        self.values = values
    }

    /// Takes the values after a step into the average.
    ///
    /// - Throws: the error of what a device failed to compute; the average is then as it was.
    /// - Precondition: values of the same network.
    public mutating func update(with new: ParameterValues) throws(TensorError) {
        require(values.table.isEqual(to: new.table), "WeightAverage.update: the values are of another network")
        let decay = Swift.min(rule.decay, (1 + Double(steps)) / (10 + Double(steps)))
        var tensors = new.tensors
        for position in new.table.trainable {
            tensors[position] = Self.blend([values.tensors[position], tensors[position]], scalars: [decay, 1 - decay])
        }
        let next = ParameterValues(new.table, tensors)
        if let failure = next.failure { throw failure }
        take(next, steps: steps + 1)
    }

    mutating func take(_ values: ParameterValues, steps: Int) { (self.values, self.steps) = (values, steps) }

    private static let blend = ScalarFunction("weightAverage", inputs: 2, scalars: 2) { x, s in
        s[0] * x[0] + s[1] * x[1]
    }
}
