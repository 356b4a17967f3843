/// The lines of a file that end with a line feed, without it, one at a time: a list of all of them could take more memory than the file many
/// times over.
struct WholeLines: Sequence, IteratorProtocol {
    /// What comes behind the last line that was given.
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func next() -> ArraySlice<UInt8>? {
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { rest = rest[(end + 1)...] }
        return rest[..<end]
    }
}
