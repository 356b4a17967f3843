import UnloopBackend

/// When a training writes checkpoints, and how many it keeps.
public struct CheckpointSchedule: Sendable, Hashable {
    /// What lies between two checkpoints.
    public enum Interval: Sendable, Hashable {
        /// Steps of the optimizer.
        case steps(Int)
        /// After the validation of every so many epochs.
        case epochs(Int)
        /// At the end of the first step after so many minutes.
        case minutes(Double)
    }

    /// What lies between two checkpoints.
    public let interval: Interval
    /// How many of the newest are kept.
    public let kept: Int

    /// A training also writes one at its end and where it is cancelled, and keeps the best epoch's as `best.safetensors`: by what early stopping
    /// watches, else by the loss of the validation, else of the training.
    ///
    /// - Parameters:
    ///   - interval: at least 1 step or epoch, or more than 0 minutes.
    ///   - keeping: how many of the newest are kept, at least 1.
    public static func every(_ interval: Interval, keeping: Int = 3) -> CheckpointSchedule {
        let isValid =
            switch interval {
            case .steps(let count), .epochs(let count): count >= 1
            case .minutes(let minutes): minutes > 0 && minutes.isFinite
            }
        require(isValid && keeping >= 1, "CheckpointSchedule: every \(interval), keeping \(keeping)")
        return CheckpointSchedule(interval: interval, kept: keeping)
    }
}

/// Where a training begins.
public enum Resumption: Sendable, Hashable {
    /// At its beginning. A folder that has checkpoints is refused: they would be mixed.
    case none
    /// With the newest checkpoint of the folder; at the beginning where there is none.
    case newest
    /// With a checkpoint file.
    case from(String)
}
