import CUnloopFormulas

/// The floating-point modes of the calling thread while an operation runs: those of the numerics contract, whatever the host
/// has set. They are the caller's own again after `restore`.
///
/// ```swift
/// let modes = FloatingPointModes.ofContract()
/// defer { modes.restore() }
/// ```
package struct FloatingPointModes {
    @usableFromInline package let found: UInt64

    @inlinable package init(found: UInt64) { self.found = found }

    /// Sets the modes of the contract. Costs about a nanosecond where they are set already.
    @inlinable package static func ofContract() -> FloatingPointModes {
        FloatingPointModes(found: unloop_float_modes_enter())
    }

    /// Sets the modes that were found.
    @inlinable package func restore() { unloop_float_modes_leave(found) }
}
