import Foundation
import Unloop
import UnloopBackend
import UnloopExamples
import UnloopPlot

/// `unloop example NAME`
enum ExampleCommand {
    static let command = Command(
        name: "example", summary: "Runs an example and shows its figures beside the expected ones.",
        subject: (name: "example", choices: UnloopExamples.Example.all.map(\.name) + ["all"]),
        options: [
            .value("--device", "DEVICE", "best (default), loop, cpu, opencl, opencl:INDEX or opencl:NAME"),
            .choice("--format", ["table", "json"], "default: table"),
            .value("--output", "FOLDER", "where to write plots (SVG) and images (PNG); made if missing"),
        ],
        notes: """
            Figures are the same on every device; measurements, such as times, are not and nothing is expected of them. The exit status is 1
            if a figure is not what was expected. JSON has one line for each example.
            """,
        run: run)

    private static func run(_ arguments: Arguments) throws -> Int32 {
        let examples = UnloopExamples.Example.all.filter { [$0.name, "all"].contains(arguments.subject) }
        let device = try DeviceChoice.device(arguments.string("--device"))
        let folder = arguments.string("--output").map { URL(fileURLWithPath: $0, isDirectory: true) }
        if let folder {
            // Before anything is computed.
            try naming(folder.path) { () throws(FileFailure) in
                try makeFolder(folder.path)
                try checkWritable(folder.path + "/plot.svg")
            }
        }
        let asJSON = arguments.string("--format") == "json"
        var areAllRight = true
        for (number, example) in examples.enumerated() {
            if !asJSON { Terminal.print((number > 0 ? "\n" : "") + Terminal.bold("\(example.row) \(example.name)")) }
            let report = ExampleReport(example, device, folder: folder, isShown: !asJSON)
            try report.run()
            if asJSON { Terminal.print(report.json.line) } else { Terminal.print(report.text) }
            areAllRight = areAllRight && report.isRight
        }
        return areAllRight ? 0 : 1
    }
}

/// What an example leaves for its reader.
private final class ExampleReport {
    private let example: UnloopExamples.Example
    private let device: Device
    private let folder: URL?
    private let isShown: Bool
    private var figures: [Figure] = []
    private var measurements: [(name: String, value: Double, unit: String)] = []
    private var files: [String] = []
    private var seconds = 0.0

    init(_ example: UnloopExamples.Example, _ device: Device, folder: URL?, isShown: Bool) {
        self.example = example
        self.device = device
        self.folder = folder
        self.isShown = isShown
    }

    var isRight: Bool { !figures.isEmpty && figures.allSatisfy(\.isRight) }

    func run() throws {
        if isShown { Terminal.print(example.summary + "\n") }
        let start = ContinuousClock.now
        figures = try example.run(on: device) { [self] event in
            switch event {
            case .figure(let figure): Terminal.progress("\(example.name): \(figure.name)")
            case .note(let text): show(text + "\n")
            case .measurement(let name, let value, let unit): measurements.append((name, value, unit))
            case .plot(let plot, let name):
                show(plot.terminal() + "\n")
                try write(Array(plot.svg().utf8), name + ".svg")
            case .file(let bytes, let name): try write(bytes, name)
            }
        }
        seconds = (ContinuousClock.now - start) / .seconds(1)
        Terminal.clearProgress()
    }

    private func show(_ text: String) {
        guard isShown else { return }
        Terminal.clearProgress()
        Terminal.print(text)
    }

    private func write(_ bytes: [UInt8], _ name: String) throws(OutputError) {
        guard let folder else { return }
        let path = folder.appendingPathComponent(name).path
        try naming(path) { () throws(FileFailure) in try writeFile([bytes], to: path) }
        files.append(name)
    }

    var text: String {
        var table = Table([.left("figure"), .right("value"), .left("expected"), .left("")])
        for figure in figures {
            table.append([
                figure.name, Self.number(figure.value), Self.expectation(figure),
                figure.isRight ? "ok" : Terminal.red("WRONG"),
            ])
        }
        var text = table.plain
        if !measurements.isEmpty {
            var table = Table([.left("measured"), .right("value"), .left("unit")])
            for measurement in measurements {
                table.append([measurement.name, Text.number(measurement.value), measurement.unit])
            }
            text += "\n\n" + table.plain
        }
        if let folder, !files.isEmpty { text += "\n\nwritten to \(folder.path): \(files.joined(separator: ", "))" }
        let wrong = figures.count { !$0.isRight }
        text +=
            "\n\n\(figures.count - wrong) of \(figures.count) figures as expected on \(DeviceChoice.text(device)), "
            + Text.time(1e9 * seconds)
        return text
    }

    var json: JSON {
        .object([
            ("name", .string(example.name)), ("row", .integer(example.row)),
            ("device", .string(device.kind.rawValue)),
            ("conforming", .bool((try? device.isConforming) ?? false)),
            (
                "figures",
                .array(
                    figures.map { figure in
                        .object([
                            ("name", .string(figure.name)), ("value", .number(figure.value)),
                            ("expected", .number(figure.expected)), ("relation", .string(figure.relation.rawValue)),
                            ("bound", .number(figure.bound)), ("ok", .bool(figure.isRight)),
                        ])
                    })
            ),
            (
                "measurements",
                .array(
                    measurements.map {
                        .object([
                            ("name", .string($0.name)), ("value", .number($0.value)), ("unit", .string($0.unit)),
                        ])
                    })
            ),
            ("ok", .bool(isRight)), ("seconds", .number(seconds)),
        ])
    }

    /// Nine digits tell any two float32 numbers apart.
    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e9 ? String(Int(value)) : String(format: "%.9g", value)
    }

    private static func expectation(_ figure: Figure) -> String {
        let expected = number(figure.expected)
        switch figure.relation {
        case .equal:
            return figure.bound == 0 ? "= " + expected : "= \(expected) ± " + String(format: "%.2g", figure.bound)
        case .atLeast: return "≥ " + expected
        case .atMost: return "≤ " + expected
        }
    }
}
