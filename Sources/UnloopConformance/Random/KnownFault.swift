/// A fault that is known and not mended yet: programs that meet it are not drawn. The list is meant to be empty.
struct KnownFault: Sendable {
    let name: String
    let isMet: @Sendable (RandomProgram) -> Bool

    static let unmended: [KnownFault] = []
}
