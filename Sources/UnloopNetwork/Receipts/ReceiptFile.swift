import Foundation
import UnloopBackend
import UnloopData

/// The first line of a receipt.
struct ReceiptHead: Codable, Equatable {
    /// Of the format: 1.
    let receipt: Int
    /// Of the library that wrote it; another one may verify it if it keeps the same numerics contract.
    let version: String
    let contract: String
    let run: RunIdentity
    let epochs: Int
    let every: Int
    let about: [String: String]

    static let format = 1
    /// The constants that fix the order of every sum.
    static let contract =
        "product blocks \(NumericsContract.productBlockLength), lanes \(NumericsContract.laneCount), chunks \(NumericsContract.chunkLength), row blocks \(NumericsContract.rowBlockLength)"
}

/// One of the other lines.
struct ReceiptEntry: Codable, Equatable {
    /// Counted from 1.
    let step: Int
    /// Nil in the last line of a whole training.
    var epoch: Int?
    /// The bits of the loss before the step, as hexadecimal digits: 8 for a float32.
    var loss: String?
    /// The SHA-256 of the weights after the step, as `ParameterValues.sha256` says; in the last line of those that the training gave.
    let weights: String
}

/// The lines of a receipt.
package struct ReceiptFile {
    let head: ReceiptHead
    private(set) var entries: [ReceiptEntry] = []
    /// The last line of a receipt of a whole training.
    private(set) var end: ReceiptEntry?

    package var about: [String: String] { head.about }

    /// - Parameter allowsTornEnd: leaves out a last line that is not whole, as a process leaves it that was killed.
    /// - Throws: `DataError.unreadable`; `TrainingError.receiptInvalid`.
    package init(path: String, allowsTornEnd: Bool = false) throws {
        func invalid(_ line: Int, _ reason: String) -> TrainingError {
            .receiptInvalid(file: path, line: line, reason: reason)
        }
        let bytes = try BinaryFile(path: path).readRest()
        let lineFeed = UInt8(ascii: "\n")
        // A whole line ends with a line feed.
        if let last = bytes.last, last != lineFeed, !allowsTornEnd {
            throw invalid(bytes.count { $0 == lineFeed } + 1, "is not whole")
        }
        var (lines, chain) = (WholeLines(bytes), ReceiptChain())
        guard let first = lines.next(), let entry = chain.content(of: first) else {
            throw invalid(1, "is no head of a receipt, or was changed after it was written")
        }
        guard let head = try? decodedJSON(ReceiptHead.self, from: entry),
            head.receipt == ReceiptHead.format, head.every >= 1
        else { throw invalid(1, "is no head of a receipt that this version knows") }
        self.head = head
        for (number, line) in zip(2..., lines) {
            guard let text = chain.content(of: line) else { throw invalid(number, "was changed after it was written") }
            guard end == nil, let entry = try? decodedJSON(ReceiptEntry.self, from: text),
                entry.step >= entries.last?.step ?? 0
            else { throw invalid(number, "is no step that could follow the line before") }
            if entry.epoch == nil { end = entry } else { entries.append(entry) }
        }
    }
}

/// Writes and reads lines, each with a hash of itself and all lines before it.
struct ReceiptChain {
    private var hash = ""

    /// `{"chain":"…","entry":…}` with a line feed.
    mutating func line(_ entry: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(entry), as: UTF8.self)
        hash = Self.next(hash, text.utf8)
        return Self.start + hash + Self.middle + text + "}\n"
    }

    /// The entry of a line; nil where the line is not the one that was written.
    mutating func content(of line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard line.starts(with: Self.start.utf8), line.last == UInt8(ascii: "}") else { return nil }
        let rest = line.dropFirst(Self.start.utf8.count).dropLast()
        let (digits, tail) = (rest.prefix(64), rest.dropFirst(64))
        guard tail.starts(with: Self.middle.utf8) else { return nil }
        let text = tail.dropFirst(Self.middle.utf8.count)
        hash = Self.next(hash, text)
        return digits.elementsEqual(hash.utf8) ? text : nil
    }

    private static let start = "{\"chain\":\""
    private static let middle = "\",\"entry\":"

    private static func next(_ hash: String, _ text: some Sequence<UInt8>) -> String {
        var next = SHA256()
        next.update(hash)
        next.update(text)
        return SHA256.hexadecimal(next.finalize())
    }
}
