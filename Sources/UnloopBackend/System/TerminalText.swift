import Glibc

/// Text for people on a terminal: how wide it is, and how it gets there.
package enum TerminalText {
    /// Writes to standard error. Whatever goes wrong is ignored: a terminal that was closed must not end the work.
    package static func writeError(_ text: String) {
        _ = try? FileCalls.system.writeAll(Array(text.utf8), to: STDERR_FILENO)
    }

    /// The columns of the terminal behind this descriptor; 80 where it does not say (ioctl_tty(2)).
    package static func columns(of descriptor: Int32) -> Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes a text on standard error over the line that is there, cut to the terminal's width: a longer one would go on in the next
    /// line, and stay when the next text comes.
    package static func rewriteLine(_ text: String) {
        // A full line leaves some terminals' cursors in the next one.
        writeError("\r" + fitted(text, columns(of: STDERR_FILENO) - 1) + "\u{1b}[K")
    }

    /// One line of at most so many columns: the beginning of the text, line breaks and other control characters being spaces.
    package static func fitted(_ text: String, _ columns: Int) -> String {
        var (result, used) = ("", 0)
        for character in text {
            let shown: Character = character.unicodeScalars.contains { isControl($0) } ? " " : character
            used += width(shown)
            if used > columns { break }
            result.append(shown)
        }
        return result
    }

    /// The columns that a text takes.
    package static func width(_ text: String) -> Int { text.reduce(0) { $0 + width($1) } }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value)
    }

    /// 2 for the wide characters of East Asia and for pictures, as terminals show them (Unicode Standard Annex 11), else 1.
    private static func width(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        let isPicture = character.unicodeScalars.count > 1 && first.properties.isEmoji && first.value > 0xff
        return isPicture || wide.contains { $0.contains(first.value) } ? 2 : 1
    }

    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115f, 0x231a...0x231b, 0x23e9...0x23f3, 0x25fd...0x25fe, 0x2614...0x2615, 0x26a1...0x26a1,
        0x2705...0x2705, 0x2728...0x2728, 0x274c...0x274c, 0x2753...0x2757, 0x2795...0x2797, 0x2b1b...0x2b1c,
        0x2e80...0x303e, 0x3041...0xa4cf, 0xa960...0xa97f, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19,
        0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x16fe0...0x18cff, 0x1b000...0x1b2ff, 0x1f004...0x1f004,
        0x1f0cf...0x1f0cf, 0x1f18e...0x1f19a, 0x1f200...0x1f64f, 0x1f680...0x1f6ff, 0x1f7e0...0x1f7eb,
        0x1f90c...0x1faff, 0x20000...0x3fffd,
    ]
}
