import Synchronization
import UnloopBackend
import UnloopConformance
import UnloopLoop

/// The loop backend, which fails at one operation of its work, or from it on, and counts what it copies.
final class FailingBackend: InterposedBackend {
    enum Failing: Sendable {
        /// The operation with this number, counted from 0, and no other.
        case at(Int)
        /// That and all after it.
        case from(Int)
        /// Likewise, and elements can no longer be read: the device is gone.
        case deadFrom(Int)
    }

    private struct State {
        var failing: Failing?
        var operations = 0
        var copied: [Int] = []
    }

    let base: any Backend = LoopBackend.shared
    let name = "failing"
    let elementTypes: Set<ElementType> = [.float32, .int32]
    private let state = Mutex(State())

    /// Counts from 0 again; nil fails no more.
    func fail(_ failing: Failing?) { state.withLock { $0 = State(failing: failing) } }
    /// Since the last `fail`.
    var operations: Int { state.withLock { $0.operations } }
    /// The numbers of elements of every copy since the last `fail`.
    var copied: [Int] { state.withLock { $0.copied } }

    static let error = BackendError.outOfMemory(device: "failing", bytes: 1, limit: 0)

    func before(_ call: BackendCall) throws(BackendError) {
        let isReading =
            switch call {
            case .download, .synchronize, .wait: true
            default: false
            }
        let fails = state.withLock { state in
            let number = state.operations
            if !isReading { state.operations += 1 }
            return switch state.failing {
            case .at(let failing): !isReading && number == failing
            case .from(let first): !isReading && number >= first
            case .deadFrom(let first): number >= first
            case nil: false
            }
        }
        if fails { throw Self.error }
        if case .copy(let count) = call { state.withLock { $0.copied.append(count) } }
    }
}
