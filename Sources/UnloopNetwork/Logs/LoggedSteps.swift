import Foundation
import UnloopBackend
import UnloopData

/// A step in a log of lines of JSON.
struct LoggedStep {
    let epoch: Int
    /// With its end.
    let line: [UInt8]
}

/// The steps up to this one that an earlier part of a training wrote to its log, in order. None where there is no file, or a pipe or device,
/// which keeps nothing.
///
/// A last line without an end is that of a process that was killed, and left out.
func loggedSteps(of path: String, until last: Int) throws(DataError) -> [LoggedStep] {
    let decoder = JSONDecoder()
    var steps: [LoggedStep] = []
    for (number, line) in zip(1..., WholeLines(try content(of: path))) {
        // The decoder takes other encodings, too, which have zeros in these words, and does not look at all of a text.
        let isText = !line.contains(0) && String(validating: line, as: UTF8.self) != nil
        let event = isText ? try? decodedJSON(LoggedEvent.self, from: line, by: decoder) : nil
        switch (event?.event, event?.step) {
        case ("epoch", nil): continue
        case ("step", let step?):
            if step <= last, let event {
                steps.append(LoggedStep(epoch: event.epoch, line: line + [UInt8(ascii: "\n")]))
            }
        default:
            throw .malformedLine(
                file: path, line: number, reason: "it is no line of a log that a training could go on with")
        }
    }
    return steps
}

/// What the lines of both kinds have.
private struct LoggedEvent: Decodable {
    let event: String
    let epoch: Int
    let step: Int?
}

private func content(of path: String) throws(DataError) -> [UInt8] {
    do throws(FileFailure) {
        _ = try ByteReader(path: path)
    } catch {
        // Absent, or no regular file.
        if error.code == ENOENT || error.code == EINVAL { return [] }
        throw .unreadable(file: path, reason: error.reason)
    }
    return try BinaryFile(path: path).readRest()
}
