import Synchronization

/// What a kind of backend has made of a program, such as instructions of its own. It is kept with the program, so that
/// finding it again takes no lookup, and ends with it.
open class ProgramForm: @unchecked Sendable {
    /// That of the next kind of backend; does not change once it is there.
    @usableFromInline var next: ProgramForm?
    @usableFromInline let hasNext = Atomic<Bool>(false)
    private let making = Mutex(())

    public init() {}

    /// The first form of a type from here on; the one that `make` gives, if there is none.
    @inlinable
    final func found<Form: ProgramForm>(_ make: () -> Form) -> Form {
        var last = self
        while true {
            let form =
                if last.hasNext.load(ordering: .acquiring), let next = last.next { next } else { last.append(make()) }
            if let form = form as? Form { return form }
            last = form
        }
    }

    /// The form that follows: `form`, or one that another thread was faster with.
    @usableFromInline
    final func append(_ form: ProgramForm) -> ProgramForm {
        making.withLock { _ in
            if let next { return next }
            next = form
            hasNext.store(true, ordering: .releasing)
            return form
        }
    }
}

extension ScalarProgram {
    /// This program in the form of a kind of backend, made at first use.
    @inlinable
    public func form<Form: ProgramForm>(_ make: () -> Form) -> Form { forms.found(make) }
}
