import Dispatch
import Synchronization
import UnloopBackend
import UnloopData
import UnloopTensor

extension Model where Root: Layer {
    /// Trains the network like `fit`, on a thread of its own: other tasks go on meanwhile. Cancelling the task ends the training after
    /// its step, writes a checkpoint where they are wanted, and leaves the weights of that step.
    ///
    /// - Returns: losses, metrics and speed of every epoch.
    /// - Throws: what `fit` throws, with the network as it says there; `CancellationError`.
    @discardableResult
    public mutating func fitInBackground(
        _ training: Dataset, validating validation: Dataset? = nil, loss: Loss, optimizer: Optimizer = .adam(),
        metrics: [Metric] = [], epochs: Int = 1, batchSize: Int = 32, window: Int? = nil, seed: UInt64 = 0,
        on device: Device = .best, averaging: WeightAverage.Rule? = nil, plateau: ReduceOnPlateau? = nil,
        earlyStopping: EarlyStopping? = nil, progress: ProgressDisplay = .automatic,
        checkpoint: CheckpointSchedule? = nil, to folder: String? = nil, resume: Resumption = .none,
        receipt: Receipt? = nil
    ) async throws -> History {
        let cancellation = Cancellation()
        let start = self
        let (model, result) = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    let settings = FitSettings(
                        loss: loss, optimizer: optimizer, metrics: metrics, epochs: epochs, window: window, seed: seed,
                        averaging: averaging, plateau: plateau, earlyStopping: earlyStopping, callbacks: [],
                        progress: progress, checkpoint: checkpoint, folder: folder, resume: resume, receipt: receipt,
                        isCancelled: { cancellation.isRequested })
                    var model = start
                    let result = Result {
                        try model.fit(
                            training, validating: validation, batchSize: batchSize, settings, on: device)
                    }
                    continuation.resume(returning: (model, result))
                }
            }
        } onCancel: {
            cancellation.request()
        }
        self = model
        return try result.get()
    }
}

/// Whether a training on another thread is to end.
private final class Cancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    var isRequested: Bool { flag.load(ordering: .relaxed) }
    func request() { flag.store(true, ordering: .relaxed) }
}
