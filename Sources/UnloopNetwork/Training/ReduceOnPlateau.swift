import UnloopBackend

/// Lowers the learning rate when what is watched no longer gets better.
public struct ReduceOnPlateau: Sendable {
    /// What has to improve.
    public let monitor: Monitor
    /// What every learning rate is multiplied by.
    public let factor: Double
    /// How many epochs without improvement are allowed.
    public let patience: Int
    /// For how many epochs after a reduction none is counted.
    public let cooldown: Int
    /// Smaller changes do not count.
    public let minimumImprovement: Double
    /// The smallest part of what the optimizer says that the rates may become.
    public let minimumScale: Double

    /// - Parameters:
    ///   - monitor: what has to improve. The validation's values need validation data.
    ///   - factor: what every learning rate is multiplied by, below 1.
    ///   - patience: how many epochs without improvement are allowed.
    ///   - cooldown: for how many epochs after a reduction none is counted.
    ///   - minimumImprovement: smaller changes do not count.
    ///   - minimumScale: the rates never become smaller than this part of what the optimizer says.
    public init(
        _ monitor: Monitor = .validationLoss, factor: Double = 0.1, patience: Int = 10, cooldown: Int = 0,
        minimumImprovement: Double = 0, minimumScale: Double = 0
    ) {
        require(
            factor > 0 && factor < 1 && patience >= 0 && cooldown >= 0 && minimumImprovement >= 0 && minimumScale >= 0,
            "ReduceOnPlateau: times \(factor) after \(patience) epochs, cooldown \(cooldown), improvements from \(minimumImprovement), not below \(minimumScale)"
        )
        self.monitor = monitor
        self.factor = factor
        self.patience = patience
        self.cooldown = cooldown
        self.minimumImprovement = minimumImprovement
        self.minimumScale = minimumScale
    }
}

/// What a plateau was watched to do so far.
struct PlateauState: Sendable, Codable {
    private var watch = Watch()
    private var cooling = 0
    var epochsWithout: Int { watch.epochsWithout }

    /// The scale of the learning rates after an epoch.
    mutating func scale(after epoch: History.Epoch, _ settings: ReduceOnPlateau, isScore: Bool, before: Double)
        -> Double
    {
        let isBetter = watch.improves(
            settings.monitor.value(of: epoch), isScore: isScore, by: settings.minimumImprovement)
        if cooling > 0 {
            cooling -= 1
            watch.forgive()
        }
        guard !isBetter, watch.epochsWithout > settings.patience else { return before }
        cooling = settings.cooldown
        watch.forgive()
        return Swift.max(Swift.min(before, settings.minimumScale), before * settings.factor)
    }
}
