import UnloopBackend

/// Tells when a training writes checkpoints.
struct CheckpointKeeper {
    let folder: CheckpointFolder
    private let schedule: CheckpointSchedule
    private var last = ContinuousClock.now

    init(_ folder: CheckpointFolder, _ schedule: CheckpointSchedule) {
        self.folder = folder
        self.schedule = schedule
    }

    /// Whether one is due after a batch, which with a window can be several steps.
    func isDue(afterSteps steps: Int, before: Int) -> Bool {
        switch schedule.interval {
        case .steps(let interval): steps / interval > before / interval
        case .minutes(let minutes): (.now - last) / .seconds(60) >= minutes
        case .epochs: false
        }
    }

    /// Whether one is due after an epoch; at the end of the training there is always one.
    func isDue(afterEpoch epoch: Int, isLast: Bool) -> Bool {
        if case .epochs(let interval) = schedule.interval, epoch % interval == 0 { return true }
        return isLast
    }

    mutating func write(_ checkpoint: Checkpoint, step: Int) throws {
        try folder.write(checkpoint, step: step, keeping: schedule.kept)
        last = .now
    }
}
