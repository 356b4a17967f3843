import Foundation
import Synchronization

/// Turns the first SIGINT or SIGTERM into a wish that can be asked for; a second one ends the process at once, as without this.
struct Interruption {
    init() {
        // Made before a handler could need it.
        _ = received.load(ordering: .relaxed)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { received.store($0, ordering: .relaxed) }
        action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
        for signal in [SIGINT, SIGTERM] { sigaction(signal, &action, nil) }
    }

    /// The signal that came, if one did.
    var signal: Int32? {
        let signal = received.load(ordering: .relaxed)
        return signal == 0 ? nil : signal
    }
}

/// The handler of a signal has no other place to put it.
private let received = Atomic<Int32>(0)
