/// What is watched from epoch to epoch.
public enum Monitor: Sendable, Hashable, Codable {
    /// The mean loss of an epoch's steps.
    case trainingLoss
    /// The loss of the validation.
    case validationLoss
    /// One of the metrics of the validation, by its name.
    case metric(String)

    var needsValidation: Bool { self != .trainingLoss }

    /// NaN where there is none.
    func value(of epoch: History.Epoch) -> Double {
        switch self {
        case .trainingLoss: epoch.trainingLoss
        case .validationLoss: epoch.validationLoss ?? .nan
        case .metric(let name): epoch.metrics[name] ?? .nan
        }
    }

    /// Whether larger is better.
    func isScore(among metrics: [Metric]) -> Bool {
        if case .metric(let name) = self { metrics.first { $0.name == name }?.isScore ?? false } else { false }
    }
}

/// The best value so far, and for how many epochs none was better.
struct Watch: Sendable, Codable {
    private(set) var best: Double?
    private(set) var epochsWithout = 0

    /// Takes the value of one more epoch. NaN never improves.
    mutating func improves(_ value: Double, isScore: Bool, by minimum: Double) -> Bool {
        let improvement = best.map { isScore ? value - $0 : $0 - value } ?? .infinity
        if improvement > minimum && !value.isNaN {
            best = value
            epochsWithout = 0
            return true
        }
        epochsWithout += 1
        return false
    }

    /// Starts counting anew; the best stays.
    mutating func forgive() { epochsWithout = 0 }
}
