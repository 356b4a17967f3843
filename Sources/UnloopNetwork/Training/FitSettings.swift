import UnloopBackend
import UnloopData

/// How a training runs, beside its network and its data.
struct FitSettings {
    let loss: Loss
    let optimizer: Optimizer
    let metrics: [Metric]
    let epochs: Int
    let window: Int?
    let seed: UInt64
    let averaging: WeightAverage.Rule?
    let plateau: ReduceOnPlateau?
    let earlyStopping: EarlyStopping?
    let callbacks: [Callback]
    let progress: ProgressDisplay
    let checkpoint: CheckpointSchedule?
    let folder: String?
    let resume: Resumption
    let receipt: Receipt?
    /// Asked before every step.
    let isCancelled: () -> Bool

    /// Whether it matters later what this training was.
    var isKept: Bool { checkpoint != nil || receipt != nil || resume != .none }

    /// The checkpoint with which the training begins; nil for its beginning.
    ///
    /// - Parameter folder: into which this one's are written.
    func checkpointToResume(_ folder: CheckpointFolder?) throws -> Checkpoint? {
        switch resume {
        case .none:
            if let folder, try !folder.steps().isEmpty {
                throw TrainingError.folderHasCheckpoints(folder: folder.path)
            }
            return nil
        case .newest: return try folder?.newest().map { path throws(DataError) in try Checkpoint(path: path) }
        case .from(let path): return try Checkpoint(path: path)
        }
    }

    /// What tells the best checkpoint.
    func bestMonitor(hasValidation: Bool) -> Monitor {
        earlyStopping?.monitor ?? (hasValidation ? .validationLoss : .trainingLoss)
    }

    /// - Precondition: what is watched is computed, and checkpoints have a folder.
    func check(hasValidation: Bool) {
        require(epochs >= 0, "fit: \(epochs) epochs")
        for (name, monitor) in [
            ("early stopping", earlyStopping?.monitor), ("reducing the learning rate", plateau?.monitor),
        ] {
            guard let monitor else { continue }
            require(!monitor.needsValidation || hasValidation, "fit: \(name) by the validation needs validation data")
            if case .metric(let metric) = monitor {
                require(
                    metrics.contains { $0.name == metric },
                    "fit: \(name) by `\(metric)` needs that metric; there are \(metrics.map(\.name))")
            }
        }
        require(
            Set(metrics.map(\.name)).count == metrics.count,
            "fit: two metrics have one name; they are \(metrics.map(\.name))")
        require((checkpoint == nil) == (folder == nil), "fit: `checkpoint` and the folder `to` belong together")
        if case .newest = resume { require(folder != nil, "fit: resuming from the newest checkpoint needs a folder") }
    }
}
