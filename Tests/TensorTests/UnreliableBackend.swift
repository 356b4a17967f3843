import Synchronization
import UnloopBackend
import UnloopConformance
import UnloopLoop

/// The loop backend, which can be told to fail: how devices that break are tested.
final class UnreliableBackend: InterposedBackend {
    let base: any Backend = LoopBackend.shared
    let name = "unreliable"
    private let failure = Mutex<BackendError?>(nil)
    private let largest = Mutex(0)
    /// Whether cumulative sums leave their results as the memory was.
    private let forgetsCumulativeSums: Bool

    init(forgetsCumulativeSums: Bool = false) { self.forgetsCumulativeSums = forgetsCumulativeSums }

    /// The number of elements of the largest buffer so far.
    var largestCount: Int { largest.withLock { $0 } }

    /// Every operation from now on throws this; nil ends it. Reading elements still works.
    func fail(with error: BackendError?) { failure.withLock { $0 = error } }

    func before(_ call: BackendCall) throws(BackendError) {
        if case .download = call { return }
        if let error = failure.withLock({ $0 }) { throw error }
        if case .allocate(let count) = call { largest.withLock { $0 = max($0, count) } }
    }

    func scan(_ descriptor: ScanDescriptor, input: StridedView, output: StridedView) throws(BackendError) {
        try before(.scan)
        if forgetsCumulativeSums { return }
        try base.scan(descriptor, input: input, output: output)
    }
}
