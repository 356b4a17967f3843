import Synchronization
import UnloopBackend

/// What a checking device has compared and found so far. It outlives a reset of the device.
final class CheckLog: Sendable {
    /// How many differences are kept: one wrong kernel differs at each of its launches.
    static let limit = 1000

    private struct State {
        var operations = 0
        var differences: [OperationDifference] = []
    }

    private let state = Mutex(State())

    /// The number of an operation that begins, counted from 1.
    func begin() -> Int {
        state.withLock { state in
            state.operations += 1
            return state.operations
        }
    }

    func note(_ difference: OperationDifference) {
        state.withLock { state in
            if state.differences.count < Self.limit { state.differences.append(difference) }
        }
    }

    var operations: Int { state.withLock { $0.operations } }

    /// In the order in which the operations began; operations of several threads end in another.
    var differences: [OperationDifference] {
        state.withLock { $0.differences }.sorted { $0.number < $1.number }
    }
}
