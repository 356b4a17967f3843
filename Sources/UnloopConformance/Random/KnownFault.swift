import UnloopBackend

/// A fault that is known and not mended yet: programs that meet it are not drawn. The list is meant to be empty.
struct KnownFault: Sendable {
    let name: String
    let isMet: @Sendable (RandomProgram) -> Bool

    static let unmended: [KnownFault] = [
        KnownFault(name: "slices, products and convolutions without elements") { program in
            (program.kinds ?? []).contains { $0.count == 0 }
        },
        KnownFault(name: "indices outside the last axis, and errors that another tensor reports") { program in
            program.leaves.contains { if case .through = $0.leaf.fill { true } else { false } }
        },
    ]
}
