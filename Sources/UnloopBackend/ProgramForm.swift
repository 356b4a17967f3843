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
        uncounted({ $0 is Form }, make)._withUnsafeGuaranteedRef { unsafeDowncast($0, to: Form.self) }
    }

    /// The first form of a kind. Not counted: it lives as long as this one, and many threads look for the same forms.
    ///
    /// - Precondition: `make` gives one of that kind.
    @inlinable
    final func uncounted(
        _ isWanted: (ProgramForm) -> Bool, _ make: () -> ProgramForm
    ) -> Unmanaged<ProgramForm> {
        var last = Unmanaged.passUnretained(self)
        while true {
            let form =
                last._withUnsafeGuaranteedRef { $0.next.load(ordering: .acquiring) }
                ?? .passUnretained(last.takeUnretainedValue().append(isWanted, make))
            if form._withUnsafeGuaranteedRef(isWanted) { return form }
            last = form
        }
    }

    /// The form that follows: a new one, or one that another thread was faster with, maybe of another kind.
    @usableFromInline
    final func append(_ isWanted: (ProgramForm) -> Bool, _ make: () -> ProgramForm) -> ProgramForm {
        let form = make()
        require(isWanted(form), "a form of a program is of the kind that was asked for")
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

    /// The same of a kind of form, not counted: it lives as long as the program.
    ///
    /// - Precondition: `make` gives one of that kind.
    @inlinable
    package func uncountedForm(
        where isWanted: (ProgramForm) -> Bool, _ make: () -> ProgramForm
    ) -> Unmanaged<ProgramForm> { storage.forms.uncounted(isWanted, make) }
}
