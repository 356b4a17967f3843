import UnloopBackend

/// Ends a training that no longer gets better.
public struct EarlyStopping: Sendable {
    /// What has to improve.
    public let monitor: Monitor
    /// How many epochs without improvement are allowed.
    public let patience: Int
    /// Smaller changes do not count.
    public let minimumImprovement: Double
    /// Whether the network gets the weights of its best epoch at the end.
    public let restoresBest: Bool

    /// - Parameters:
    ///   - monitor: what has to improve. The validation's values need validation data.
    ///   - patience: how many epochs without improvement are allowed.
    ///   - minimumImprovement: smaller changes do not count.
    ///   - restoresBest: at the end of the training, the network gets the weights of its best epoch.
    public init(
        _ monitor: Monitor = .validationLoss, patience: Int = 5, minimumImprovement: Double = 0,
        restoresBest: Bool = true
    ) {
        require(
            patience >= 0 && minimumImprovement >= 0, "EarlyStopping: patience \(patience), \(minimumImprovement)")
        self.monitor = monitor
        self.patience = patience
        self.minimumImprovement = minimumImprovement
        self.restoresBest = restoresBest
    }
}

/// What early stopping has seen so far, beside the values of the best epoch.
struct StoppingState: Sendable, Codable {
    private var watch = Watch()
    /// The best epoch; 0 for none.
    private(set) var bestEpoch = 0
    var epochsWithout: Int { watch.epochsWithout }

    /// Whether an epoch is the best so far, and whether it is the last.
    mutating func judge(
        _ epoch: History.Epoch, _ settings: EarlyStopping, isScore: Bool
    ) -> (isBest: Bool, isLast: Bool) {
        let isBest = watch.improves(
            settings.monitor.value(of: epoch), isScore: isScore, by: settings.minimumImprovement)
        if isBest { bestEpoch = epoch.number }
        return (isBest, watch.epochsWithout > settings.patience)
    }
}
