/// A number that an example found, beside the one that was expected.
package struct Figure: Sendable {
    package enum Relation: String, Sendable {
        /// At most `bound` away from the expected number.
        case equal
        case atLeast = "at least"
        case atMost = "at most"
    }

    package let name: String
    package let value: Double
    package let expected: Double
    package let relation: Relation
    /// How far the value may be off on the wrong side.
    package let bound: Double

    package init(name: String, value: Double, expected: Double, relation: Relation, bound: Double) {
        self.name = name
        self.value = value
        self.expected = expected
        self.relation = relation
        self.bound = bound
    }

    /// NaN is never right.
    package var isRight: Bool {
        switch relation {
        // Infinity equals itself, but its distance to itself is NaN.
        case .equal: value == expected || abs(value - expected) <= bound
        case .atLeast: value >= expected - bound
        case .atMost: value <= expected + bound
        }
    }
}
