import Dispatch
import Synchronization
import UnloopBackend
import UnloopData
import UnloopTensor

extension Model where Root: Layer {
    /// Trains the network like `fit`, on a thread of its own: other tasks go on meanwhile. Cancelling the task ends the training after
    /// its step, and leaves the weights of that step.
    ///
    /// - Returns: losses, metrics and speed of every epoch.
    /// - Throws: what `fit` throws, with the network as it says there; `CancellationError`.
    @discardableResult
    public mutating func fitInBackground(
        _ training: Dataset, validating validation: Dataset? = nil, loss: Loss, optimizer: Optimizer = .adam(),
        metric: Metric? = nil, epochs: Int = 1, batchSize: Int = 32, window: Int? = nil, seed: UInt64 = 0,
        on device: Device = .best, earlyStopping: EarlyStopping? = nil, progress: ProgressDisplay = .automatic
    ) async throws -> History {
        let cancellation = Cancellation()
        let start = self
        let (model, result) = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    var model = start
                    let result = Result {
                        try model.fit(
                            training, validating: validation, loss: loss, optimizer: optimizer, metric: metric,
                            epochs: epochs, batchSize: batchSize, window: window, seed: seed, on: device,
                            earlyStopping: earlyStopping, callbacks: [], progress: progress,
                            isCancelled: { cancellation.isRequested })
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
