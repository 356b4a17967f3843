/// How a score of each class becomes one number.
public enum ClassAverage: Sendable, Hashable {
    /// The mean over the classes, each counting alike; of those only that occur in targets or predictions, as with scikit-learn. 0 where
    /// none does.
    case macro
    /// Of all examples together. Where each has one of the classes and is predicted as one, it is the accuracy.
    case micro
    /// Of this class alone.
    case ofClass(Int)
}

extension ClassAverage: CustomStringConvertible {
    public var description: String {
        switch self {
        case .macro: "macro"
        case .micro: "micro"
        case .ofClass(let number): "class \(number)"
        }
    }
}

/// A quotient of counts of a class.
enum ClassScore: String, Sendable, CustomStringConvertible {
    case precision, recall, f1

    var description: String { rawValue }

    /// 0 where it would be divided by 0.
    func value(hits: Int, predicted: Int, actual: Int) -> Double {
        let (numerator, denominator) =
            switch self {
            case .precision: (hits, predicted)
            case .recall: (hits, actual)
            case .f1: (2 * hits, predicted + actual)
            }
        return denominator == 0 ? 0 : Double(numerator) / Double(denominator)
    }
}

/// For each class, how many examples are of it, are predicted as it, and both.
struct ClassCounts: Sendable {
    private var classes: [(hits: Int, predicted: Int, actual: Int)] = []

    /// - Parameters: class numbers; negative ones are no class.
    mutating func add(actual: Int, predicted: Int, times: Int = 1) {
        while classes.count <= max(actual, predicted) { classes.append((0, 0, 0)) }
        if actual >= 0 { classes[actual].actual += times }
        if predicted >= 0 { classes[predicted].predicted += times }
        if actual >= 0 && actual == predicted { classes[actual].hits += times }
    }

    func value(of score: ClassScore, _ average: ClassAverage) -> Double {
        switch average {
        case .ofClass(let number):
            return classes.indices.contains(number) ? value(of: score, classes[number]) : 0
        case .micro:
            return value(
                of: score, classes.reduce((0, 0, 0)) { ($0.0 + $1.hits, $0.1 + $1.predicted, $0.2 + $1.actual) })
        case .macro:
            let occurring = classes.filter { $0.predicted + $0.actual > 0 }
            if occurring.isEmpty { return 0 }
            return occurring.reduce(0) { $0 + value(of: score, $1) } / Double(occurring.count)
        }
    }

    private func value(of score: ClassScore, _ counts: (hits: Int, predicted: Int, actual: Int)) -> Double {
        score.value(hits: counts.hits, predicted: counts.predicted, actual: counts.actual)
    }
}
