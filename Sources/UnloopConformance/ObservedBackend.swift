import UnloopBackend

/// A backend whose work closures see before and after.
package final class ObservedBackend: InterposedBackend {
    package let base: any Backend
    package let name: String
    private let seeBefore: @Sendable (BackendCall) throws(BackendError) -> Void
    private let seeAfter: @Sendable (BackendCall, [StridedView]) throws(BackendError) -> Void

    /// - Parameters:
    ///   - base: does the work.
    ///   - before: throws in place of the work.
    ///   - after: gets what the work wrote.
    package init(
        _ base: any Backend, name: String,
        before: @escaping @Sendable (BackendCall) throws(BackendError) -> Void = { (_) throws(BackendError) in },
        after: @escaping @Sendable (BackendCall, [StridedView]) throws(BackendError) -> Void = {
            (_, _) throws(BackendError) in
        }
    ) {
        self.base = base
        self.name = name
        seeBefore = before
        seeAfter = after
    }

    package func before(_ call: BackendCall) throws(BackendError) { try seeBefore(call) }

    package func after(_ call: BackendCall, _ outputs: [StridedView]) throws(BackendError) {
        try seeAfter(call, outputs)
    }
}
