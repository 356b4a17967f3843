import Foundation
import Glibc
import Synchronization
import UnloopBackend
import UnloopTensor

/// The batches of one epoch in work: what the workers and the one who takes the batches share.
final class LoadingWork: Sendable {
    /// A batch, nil where all its examples were left out, and those that were.
    private struct Made {
        var batch: Dataset?
        var broken: [(index: Int, reason: any Error)] = []
    }

    private enum Slot {
        case inWork
        case done(Result<Made, any Error>)
    }

    private struct State {
        /// Batches that someone makes or has made and nobody has taken yet.
        var slots: [Int: Slot] = [:]
        /// The next batch that nobody makes yet.
        var next: Int
        /// The next batch to be taken.
        var wanted: Int
        /// The first batch that is not made: the epoch's end, or the one after an error.
        var end: Int
        var isCancelled = false
        /// Workers that wait for room.
        var asleep = 0
        /// How many examples were left out of the batches that were taken and of those before the first, and the last of the former.
        var broken: Int
        var lastBroken: (index: Int, reason: any Error)?
        /// Whether a batch with examples was taken.
        var hasGiven = false
    }

    private let loader: Loader
    private let order: EpochOrder
    private let device: Device
    private let state: Mutex<State>
    /// Signalled when workers that sleep are wanted.
    private let room = NSCondition()
    /// Signalled when a batch is done.
    private let ready = NSCondition()
    let batchCount: Int
    private let first: Int

    init(_ loader: Loader, epoch: Int, _ order: EpochOrder, first: Int, broken: Int, on device: Device) {
        self.loader = loader
        self.order = order
        self.device = device
        batchCount = loader.batchesInEpoch
        self.first = first
        state = Mutex(State(next: first, wanted: first, end: batchCount, broken: broken))
    }

    /// Starts the workers. One that the system has no thread for does nothing: batches that no worker makes are made by who takes them.
    func start() {
        for _ in 0..<Swift.min(loader.workers, Swift.max(0, batchCount - state.withLock { $0.wanted })) {
            let thread = Thread { [self] in work() }
            thread.name = "unloop loader"
            thread.start()
        }
    }

    // MARK: Making

    /// A worker gives way to the threads that compute: where these leave no processor free, batches are read ahead in what is left between
    /// their steps, and where they wait for a batch, nothing else wants the processors.
    private func work() {
        // Of this thread alone (setpriority(2), "C library/kernel differences").
        _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, Self.niceness)
        while let number = claimAhead() { deliver(number, Result { try batch(number) }) }
    }

    private static let niceness: Int32 = 5

    /// Waits for a batch that may be made, nil at the end.
    private func claimAhead() -> Int? {
        room.lock()
        defer { room.unlock() }
        while true {
            let (claim, isOver, wakesOne) = state.withLock { state -> (Int?, Bool, Bool) in
                if state.isCancelled || state.next >= state.end { return (nil, true, false) }
                // The one that is taken next is not ahead.
                guard state.next <= state.wanted + loader.ahead else {
                    state.asleep += 1
                    return (nil, false, false)
                }
                return (Self.claim(&state), false, wantsAnother(state))
            }
            if isOver {
                // So are the others.
                room.broadcast()
                return nil
            }
            if wakesOne { room.signal() }
            if let claim { return claim }
            room.wait()
            state.withLock { $0.asleep -= 1 }
        }
    }

    /// Whether a worker that sleeps is to help: when half of the batches are used up, as waking one for each would cost the training more
    /// than the work itself.
    private func wantsAnother(_ state: State) -> Bool {
        state.asleep > 0 && state.next < state.end && state.next - state.wanted <= (loader.ahead + 1) / 2
    }

    private static func claim(_ state: inout State) -> Int {
        defer { state.next += 1 }
        state.slots[state.next] = .inWork
        return state.next
    }

    private func deliver(_ number: Int, _ result: Result<Made, any Error>) {
        let (isAwaited, isLast) = state.withLock { state in
            state.slots[number] = .done(result)
            if case .failure = result { state.end = Swift.min(state.end, number + 1) }
            return (number == state.wanted, state.next >= state.end)
        }
        if isAwaited { Self.wake(ready) }
        // Nothing is left for those who sleep.
        if isLast { Self.wake(room) }
    }

    private static func wake(_ condition: NSCondition, one: Bool = false) {
        condition.lock()
        if one { condition.signal() } else { condition.broadcast() }
        condition.unlock()
    }

    private func batch(_ number: Int) throws -> Made {
        let (indices, keys) = order.examples(at: loader.places(ofBatch: number))
        do {
            return Made(
                batch: try loader.source.batch(at: indices, keys: keys, padding: loader.padding, on: device))
        } catch {
            guard case .skipped = loader.brokenExamples else { throw error }
            return try readable(indices, keys)
        }
    }

    /// The batch without the examples that cannot be had.
    private func readable(_ indices: [Int], _ keys: [RandomKey]) throws -> Made {
        var stack = ExampleStack(padding: loader.padding)
        var broken: [(index: Int, reason: any Error)] = []
        for (index, key) in zip(indices, keys) {
            let example: Example
            do {
                example = try loader.source.example(at: index, key: key)
            } catch {
                broken.append((index, error))
                continue
            }
            try stack.append(example)
        }
        return Made(batch: stack.count == 0 ? nil : stack.dataset(on: device), broken: broken)
    }

    // MARK: Taking

    /// The next batch, nil after the last one.
    func take() throws -> Dataset? {
        while true {
            var wakesOne = false
            let mine = state.withLock { state -> (isOver: Bool, claim: Int?, result: Result<Made, any Error>?) in
                if state.wanted >= state.end || state.isCancelled { return (true, nil, nil) }
                if state.next == state.wanted {
                    let claim = Self.claim(&state)
                    wakesOne = wantsAnother(state)
                    return (false, claim, nil)
                }
                guard case .done(let result)? = state.slots[state.wanted] else { return (false, nil, nil) }
                state.slots[state.wanted] = nil
                state.wanted += 1
                wakesOne = wantsAnother(state)
                return (false, nil, result)
            }
            if wakesOne { Self.wake(room, one: true) }
            if mine.isOver {
                if let error = everythingBroken() { throw error }
                return nil
            }
            if let result = mine.result {
                let made: Made
                do {
                    made = try result.get()
                } catch {
                    // Batches behind it that are ready are not wanted.
                    cancel()
                    throw error
                }
                try count(made.broken)
                guard let batch = made.batch else { continue }
                state.withLock { $0.hasGiven = true }
                return batch
            }
            if let number = mine.claim {
                deliver(number, Result { try batch(number) })
            } else {
                wait()
            }
        }
    }

    /// In the order of the batches, so that the same example is one too many whoever makes the batches.
    private func count(_ broken: [(index: Int, reason: any Error)]) throws {
        guard case .skipped(let allowed) = loader.brokenExamples else { return }
        for (index, reason) in broken {
            let count = state.withLock { state in
                state.broken = Swift.max(state.broken, state.broken &+ 1)
                state.lastBroken = (index, reason)
                return state.broken
            }
            if count > allowed {
                cancel()
                throw LoadingError.tooManyBroken(count: count, allowed: allowed, index: index, reason: reason)
            }
        }
    }

    /// The error of a whole epoch none of whose examples could be had; once.
    private func everythingBroken() -> LoadingError? {
        state.withLock { state in
            guard !state.hasGiven, !state.isCancelled, first == 0, let (index, reason) = state.lastBroken else {
                return nil
            }
            state.isCancelled = true
            return .allBroken(count: state.broken, index: index, reason: reason)
        }
    }

    /// Until the wanted batch is done.
    private func wait() {
        ready.lock()
        defer { ready.unlock() }
        while state.withLock({ state in
            if case .inWork? = state.slots[state.wanted] { return !state.isCancelled }
            return false
        }) {
            ready.wait()
        }
    }

    /// The workers end after the batch that they are at.
    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            state.slots = [:]
        }
        Self.wake(room)
        Self.wake(ready)
    }

    var brokenExamples: Int { state.withLock { $0.broken } }
    var position: Int { state.withLock { $0.wanted } }
}

/// The batches of an epoch, one after the other, by one thread at a time. The workers that read ahead end with the epoch, with an error, or
/// when nobody holds this any more.
public final class LoadedBatches {
    private let work: LoadingWork

    init(_ work: LoadingWork) {
        self.work = work
        work.start()
    }

    deinit { work.cancel() }

    /// The next batch, nil after the last one.
    ///
    /// - Throws: `LoadingError` with the index of an example that could not be had; whatever a source throws for a whole batch. All batches
    ///   before that one come first, and none after it.
    public func next() throws -> Dataset? { try work.take() }

    /// Does something with each batch that is left.
    ///
    /// - Throws: what `next` and the body throw.
    public func forEach(_ body: (Dataset) throws -> Void) throws {
        while let batch = try next() { try body(batch) }
    }

    /// How many examples were left out of the epoch's batches so far because they could not be had, those before the first one too where their
    /// number was given.
    public var brokenExamples: Int { work.brokenExamples }

    /// Whether the batch that `next` gave last is the last of the epoch.
    package var isAtEnd: Bool { work.position >= work.batchCount }

    /// The number of the epoch's batch after the one that `next` gave last; batches without an example that could be had count.
    package var position: Int { work.position }
}
