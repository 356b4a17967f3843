import Synchronization

/// What a kind of backend has made of a program, such as instructions of its own. It is kept with the program, so that
/// finding it again takes no lookup, and ends with it.
open class ProgramForm: @unchecked Sendable {
    /// That of the next kind of backend, which this one owns; does not change once it is there.
    @usableFromInline let next = Atomic<Unmanaged<ProgramForm>?>(nil)

    public init() {}

    deinit { next.load(ordering: .acquiring)?.release() }

    /// The first form of a type from here on; the one that `make` gives, if there is none.
    @inlinable
    final func found<Form: ProgramForm>(_ make: () -> Form) -> Form {
        // Not counted on the way: many threads look for the same forms.
        var last = Unmanaged.passUnretained(self)
        while true {
            let form =
                last._withUnsafeGuaranteedRef { $0.next.load(ordering: .acquiring) }
                ?? .passUnretained(last.takeUnretainedValue().append(make()))
            if let found = form._withUnsafeGuaranteedRef({ $0 as? Form }) { return found }
            last = form
        }
    }

    /// The form that follows: `form`, or one that another thread was faster with.
    @usableFromInline
    final func append(_ form: ProgramForm) -> ProgramForm {
        let mine = Unmanaged.passRetained(form)
        let (exchanged, other) = next.compareExchange(expected: nil, desired: mine, ordering: .acquiringAndReleasing)
        guard !exchanged, let other else { return form }
        mine.release()
        return other.takeUnretainedValue()
    }
}

extension ScalarProgram {
    /// This program in the form of a kind of backend, made at first use.
    @inlinable
    public func form<Form: ProgramForm>(_ make: () -> Form) -> Form { storage.forms.found(make) }
}
