import Synchronization
import UnloopBackend
import UnloopCPU

/// Tensors that several threads use at the same time, such as the weights of a trained network. Each thread gets objects of its own for
/// the same elements, made when it first asks: threads that count references to one object take its cache line from each other, which
/// takes longer than a small product.
package final class SharedTensors: Sendable {
    private let tensors: [Tensor]
    /// Made at first use, so that values which change at every step of a training cost nothing.
    private let lanes = Atomic<Unmanaged<Lanes>?>(nil)

    package init(_ tensors: [Tensor]) { self.tensors = tensors }

    deinit { lanes.load(ordering: .acquiring)?.release() }

    /// The tensors, by objects that few other threads have.
    package var ofThisThread: [Tensor] {
        (lanes.load(ordering: .acquiring) ?? makeLanes())._withUnsafeGuaranteedRef { lanes in
            lanes.own[CallingThread.number & (Lanes.count - 1)].tensors.withLock { own in
                if let own { return own }
                let made = tensors.map { $0.withOwnReferences() }
                own = made
                return made
            }
        }
    }

    @inline(never)
    private func makeLanes() -> Unmanaged<Lanes> {
        let mine = Unmanaged.passRetained(Lanes())
        let (isMine, other) = lanes.compareExchange(expected: nil, desired: mine, ordering: .acquiringAndReleasing)
        guard !isMine, let other else { return mine }
        mine.release()
        return other
    }

    /// Threads with the same number share a lane.
    private final class Lanes: Sendable {
        /// A power of two.
        static let count = 16
        let own = (0..<count).map { _ in Lane() }
    }

    private final class Lane: Sendable {
        let tensors = Mutex<[Tensor]?>(nil)
        /// Two cache lines, so that the next lane is in none of this one's.
        private let padding: (Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int) =
            (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    }
}
