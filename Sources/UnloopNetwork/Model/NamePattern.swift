/// Which parameters something is about, by their full names: `encoder.*` means all whose names begin with `encoder.`, `*.bias` all biases.
///
/// A `*` stands for any characters, dots too, also for none; everything else stands for itself.
struct NamePattern: Sendable, Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    /// In time proportional to the product of both lengths at most: where the text after a `*` does not fit, only the last `*` takes one
    /// character more.
    func matches(_ name: String) -> Bool {
        let (pattern, name) = (Array(text.unicodeScalars), Array(name.unicodeScalars))
        var (position, place) = (0, 0)
        var star: (position: Int, place: Int)?
        while place < name.count {
            if position < pattern.count, pattern[position] == "*" {
                star = (position, place)
                position += 1
            } else if position < pattern.count, pattern[position] == name[place] {
                position += 1
                place += 1
            } else if let last = star {
                star = (last.position, last.place + 1)
                position = last.position + 1
                place = last.place + 1
            } else {
                return false
            }
        }
        return pattern[position...].allSatisfy { $0 == "*" }
    }
}
