import Foundation
import UnloopBackend
import UnloopPlot

/// What a training shows while it runs.
public enum ProgressDisplay: Sendable, Equatable {
    /// A bar on standard error if that is a terminal, else nothing.
    case automatic
    /// Nothing.
    case silent
    /// Like `automatic`, with a name before it: for one of several trainings.
    case titled(String)

    /// With a name, unless silent.
    func named(_ name: String) -> ProgressDisplay {
        switch self {
        case .automatic: .titled(name)
        case .silent: .silent
        case .titled(let title): .titled("\(title), \(name)")
        }
    }

    fileprivate var title: String {
        if case .titled(let title) = self { title + "  " } else { "" }
    }
}

/// `epoch 3/10 [=====>    ] 704/1437  loss 0.2134  5312 examples/s  ETA 0:02`, rewritten in place.
final class ProgressBar {
    private let isShown: Bool
    private let title: String
    private let epochs: Int
    private let examples: Int
    private let start = ContinuousClock.now
    private var epoch = 0
    private var epochStart = ContinuousClock.now
    private var lastDrawn = ContinuousClock.now

    init(_ display: ProgressDisplay, epochs: Int, examples: Int) {
        isShown = display != .silent && isatty(STDERR_FILENO) == 1
        title = display.title
        self.epochs = epochs
        self.examples = examples
    }

    func begin(epoch: Int) {
        self.epoch = epoch
        epochStart = .now
    }

    func update(seen: Int, loss: Double) {
        // Terminals are slow; people do not read faster than this.
        guard isShown, ContinuousClock.now - lastDrawn > .milliseconds(100) else { return }
        lastDrawn = .now
        let speed = Double(seen) / Swift.max(Self.seconds(since: epochStart), 1e-9)
        // How many there are is not known of batches that come one by one.
        guard examples > 0 else {
            TerminalText.rewriteLine(
                "\(label)  \(seen) examples  loss \(Self.number(loss))  \(Self.speed(speed))")
            return
        }
        let width = 20
        let filled = Swift.min(width, width * seen / examples)
        let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled)
        let left = Double((epochs - epoch) * examples + examples - seen) / Swift.max(speed, 1e-9)
        TerminalText.rewriteLine(
            "\(label) [\(bar)] \(seen)/\(examples)  loss \(Self.number(loss))  \(Self.speed(speed))  ETA \(Self.time(left))"
        )
    }

    func finish(_ record: History.Epoch, metricNames: [String] = []) {
        guard isShown else { return }
        var text = "\(label)  loss \(Self.number(record.trainingLoss))"
        if let loss = record.validationLoss { text += "  validation loss \(Self.number(loss))" }
        for name in metricNames {
            if let value = record.metrics[name] { text += "  \(name) \(Self.number(value))" }
        }
        text += "  \(Self.speed(record.examplesPerSecond))"
        let left = Self.seconds(since: start) / Double(record.number) * Double(epochs - record.number)
        text += record.number < epochs ? "  ETA \(Self.time(left))" : "  \(Self.time(Self.seconds(since: start)))"
        TerminalText.rewriteLine(text)
        TerminalText.writeError("\n")
    }

    private var label: String {
        let last = String(epochs)
        let number = String(epoch)
        return
            "\(title)epoch \(String(repeating: " ", count: Swift.max(0, last.count - number.count)))\(number)/\(last)"
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Double { (.now - start) / .seconds(1) }
    private static func number(_ value: Double) -> String { DecimalText.fixed(value, digits: 4) }
    /// A checkpoint may say anything of what was done before.
    private static func speed(_ value: Double) -> String { "\(Int(Swift.min(value, 0x1p53))) examples/s" }
    private static func time(_ seconds: Double) -> String {
        DecimalText.minutes(Int(Swift.min(seconds, 359_999).rounded()))
    }
}
