import Foundation
import Unloop
import UnloopNetwork

/// `unloop verify FILE`
enum VerifyCommand {
    static let command = Command(
        name: "verify", summary: "Runs a training again and compares it with its receipt.",
        subject: (name: "file", choices: []),
        options: [
            .value("--device", "DEVICE", "best (default), loop, cpu, opencl, opencl:INDEX or opencl:NAME"),
            .value("--from", "CHECKPOINT", "begins with a checkpoint of that training instead of its beginning"),
            .choice("--format", ["table", "json"], "default: table"),
        ],
        notes: """
            FILE is a receipt that `unloop train … --receipt FILE` wrote: every 50 steps the bits of the loss and the hash of the weights. Any
            device of any machine must give the same; the first step that differs is named, and the status is 1. Programs of your own verify
            their receipts with `fit(receipt: .verify(FILE))`.
            """,
        run: run)

    private static func run(_ arguments: Arguments) throws -> Int32 {
        let path = arguments.subject ?? ""
        let receipt = try ReceiptFile(path: path)
        guard let task = DigitsTask(receiptTexts: receipt.about) else {
            throw DataError.unsupported(
                file: path, what: "a receipt of a program that this command does not have",
                remedy: "verify it in that program, with fit(receipt: .verify(FILE))")
        }
        let device = try DeviceChoice.device(arguments.string("--device"))
        let resume = arguments.string("--from").map(Resumption.from) ?? .none
        let asJSON = arguments.string("--format") == "json"
        do {
            let result = try task.run(
                on: device, checkpoint: nil, to: nil, resume: resume, receipt: .verify(path), isCancelled: { false }
            ).result
            let steps = result.history.steps
            Terminal.print(
                asJSON
                    ? line(ok: true, steps: steps, difference: .null)
                    : "every entry of \(path) is the same on \(DeviceChoice.text(device)): \(steps) steps")
            return 0
        } catch let error as TrainingError {
            guard case .receiptDiffers(_, let step, let part, let expected, let found) = error else { throw error }
            let difference = JSON.object([
                ("step", .integer(step)), ("part", .string(part)), ("expected", .string(expected)),
                ("found", .string(found)),
            ])
            Terminal.print(asJSON ? line(ok: false, steps: step, difference: difference) : "\(error)")
            return 1
        }
    }

    private static func line(ok: Bool, steps: Int, difference: JSON) -> String {
        JSON.object([("ok", .bool(ok)), ("steps", .integer(steps)), ("first_difference", difference)]).line
    }
}
