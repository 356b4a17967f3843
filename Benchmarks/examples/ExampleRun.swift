import Unloop
import UnloopPlot

/// One run of an example: the device it is to use, and where it leaves what it finds.
package final class ExampleRun {
    package enum Event {
        case figure(Figure)
        case note(String)
        /// A number that is not the same on every run, such as a time.
        case measurement(name: String, value: Double, unit: String)
        case plot(Plot, name: String)
        case file(bytes: [UInt8], name: String)
    }

    package let device: Device
    private let observer: (Event) throws -> Void
    private(set) var figures: [Figure] = []

    init(device: Device, observer: @escaping (Event) throws -> Void) {
        self.device = device
        self.observer = observer
    }

    /// A number that has to be within `bound` of the expected one, inclusive.
    func figure(_ name: String, _ value: Double, equals expected: Double, within bound: Double = 0) throws {
        try add(Figure(name: name, value: value, expected: expected, relation: .equal, bound: bound))
    }

    func figure(_ name: String, _ value: Float, equals expected: Double, within bound: Double = 0) throws {
        try figure(name, Double(value), equals: expected, within: bound)
    }

    func figure(_ name: String, _ value: Int, equals expected: Int) throws {
        try figure(name, Double(value), equals: Double(expected))
    }

    /// A statement that has to hold: 1 for true.
    func figure(_ name: String, isTrue statement: Bool) throws { try figure(name, statement ? 1 : 0, equals: 1) }

    func figure(_ name: String, _ value: Double, atLeast expected: Double) throws {
        try add(Figure(name: name, value: value, expected: expected, relation: .atLeast, bound: 0))
    }

    func figure(_ name: String, _ value: Double, atMost expected: Double) throws {
        try add(Figure(name: name, value: value, expected: expected, relation: .atMost, bound: 0))
    }

    /// The elements of a tensor in row-major order, each with the number expected of it.
    func figures(_ name: String, _ values: Tensor, equal expected: [Double], within bound: Double = 0) throws {
        let values = try values.doubles()
        guard values.count == expected.count else {
            return try figure("\(name): elements", values.count, equals: expected.count)
        }
        for (index, (value, number)) in zip(values, expected).enumerated() {
            let position = values.count == 1 ? "" : "[\(index)]"
            try figure(name + position, value, equals: number, within: bound)
        }
    }

    /// A line of text for people.
    func note(_ text: String) throws { try observer(.note(text)) }

    /// A number that depends on the machine, such as a time; nothing is expected of it.
    func measurement(_ name: String, _ value: Double, unit: String) throws {
        try observer(.measurement(name: name, value: value, unit: unit))
    }

    /// A picture, shown on the terminal and written as NAME.svg where the user gave a folder for it.
    func draw(_ plot: Plot, as name: String) throws { try observer(.plot(plot, name: name)) }

    /// A file, written where the user gave a folder for it.
    func write(_ bytes: [UInt8], as name: String) throws { try observer(.file(bytes: bytes, name: name)) }

    private func add(_ figure: Figure) throws {
        figures.append(figure)
        try observer(.figure(figure))
    }
}
