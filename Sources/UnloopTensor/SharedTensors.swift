import Synchronization
import UnloopBackend
import UnloopCPU

/// Tensors that several threads use at the same time, such as the weights of a trained network. Each thread gets objects of its own for
/// the same elements, made when it first asks: threads that count references to one object take its cache line from each other, which
/// takes longer than a small product.
package final class SharedTensors: Sendable {
    private let tensors: [Tensor]
    /// Made at first use, so that values which change at every step of a training cost nothing.
    private let lanes = MadeOnce<Lanes>()

    package init(_ tensors: [Tensor]) { self.tensors = tensors }

    /// The tensors, by objects that few other threads have.
    package var ofThisThread: [Tensor] {
        lanes.object { Lanes() }._withUnsafeGuaranteedRef { lanes in
            lanes.own[CallingThread.number & (Lanes.count - 1)].tensors.object {
                OwnTensors(tensors.map { $0.withOwnReferences() })
            }._withUnsafeGuaranteedRef { $0.tensors }
        }
    }

    /// Threads with the same number share a lane.
    private final class Lanes: Sendable {
        /// A power of two.
        static let count = 16
        let own = (0..<count).map { _ in Lane() }
    }

    private final class Lane: Sendable {
        let tensors = MadeOnce<OwnTensors>()
        /// Two cache lines, so that the next lane is in none of this one's.
        private let padding: (Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int) =
            (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    }

    private final class OwnTensors: Sendable {
        let tensors: [Tensor]
        init(_ tensors: [Tensor]) { self.tensors = tensors }
    }
}

/// An object that the first thread to ask for it makes, without a lock, which a fork could leave taken.
private struct MadeOnce<Object: AnyObject & Sendable>: ~Copyable, Sendable {
    private let made = Atomic<Unmanaged<Object>?>(nil)

    deinit { made.load(ordering: .acquiring)?.release() }

    /// Not counted: it lives as long as this one.
    @inline(__always)
    func object(_ make: () -> Object) -> Unmanaged<Object> {
        if let made = made.load(ordering: .acquiring) { return made }
        let mine = Unmanaged.passRetained(make())
        let (isMine, other) = made.compareExchange(expected: nil, desired: mine, ordering: .acquiringAndReleasing)
        guard !isMine, let other else { return mine }
        mine.release()
        return other
    }
}
