import Foundation
import UnloopBackend

/// An operation with its results and gradients as another library computes them; Tests/TensorTests/Golden/golden.py says
/// how the files come about.
public struct GoldenRecord: Decodable, Sendable {
    public struct Array: Decodable, Sendable {
        public let shape: [Int]
        public let values: [Double]
        private let type: String?

        public var isInteger: Bool { type == "int32" }
        /// The largest magnitude; 0 if there is no element.
        public var magnitude: Double { values.reduce(0) { max($0, abs($1)) } }
    }

    /// A number, some numbers, a word, or yes and no.
    public enum Attribute: Decodable, Sendable {
        case flag(Bool)
        case numbers([Double])
        case text(String)

        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? container.decode(Double.self) {
                self = .numbers([number])
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .numbers(try container.decode([Double].self))
            }
        }
    }

    public struct MissingAttribute: Error, CustomStringConvertible {
        public let record: String
        public let attribute: String

        public init(record: String, attribute: String) {
            self.record = record
            self.attribute = attribute
        }

        public var description: String {
            "the golden record \(record) has no attribute \(attribute) of the kind asked for"
        }
    }

    public let name: String
    public let operation: String
    public let attributes: [String: Attribute]
    public let inputs: [Array]
    public let outputs: [Array]
    /// One for each output; none if the operation is not differentiated.
    public let cotangents: [Array]
    /// One for each input; nil where that is an integer.
    public let gradients: [Array?]

    public func numbers(_ attribute: String) throws -> [Double] {
        guard case .numbers(let numbers) = attributes[attribute] else {
            throw MissingAttribute(record: name, attribute: attribute)
        }
        return numbers
    }

    public func number(_ attribute: String) throws -> Double {
        guard let number = try numbers(attribute).first else {
            throw MissingAttribute(record: name, attribute: attribute)
        }
        return number
    }

    public func integers(_ attribute: String) throws -> [Int] { try numbers(attribute).map { Int($0) } }
    public func integer(_ attribute: String) throws -> Int { Int(try number(attribute)) }

    public func flag(_ attribute: String) throws -> Bool {
        guard case .flag(let flag) = attributes[attribute] else {
            throw MissingAttribute(record: name, attribute: attribute)
        }
        return flag
    }

    public func text(_ attribute: String) throws -> String {
        guard case .text(let text) = attributes[attribute] else {
            throw MissingAttribute(record: name, attribute: attribute)
        }
        return text
    }

    /// All records of a file.
    public static func read(_ path: String) throws -> [GoldenRecord] {
        struct File: Decodable {
            let records: [GoldenRecord]
        }
        return try JSONDecoder().decode(File.self, from: Data(contentsOf: URL(fileURLWithPath: path))).records
    }
}

extension GoldenRecord.Array {
    /// The first element that is farther from the record than rounding in `elementType` explains, and nil if there is
    /// none. Both sides compute in floating point: the bound is `units` times the unit roundoff times the largest magnitude of the
    /// array, or times 1 where all are smaller, as the inputs are about 1.
    public func deviation(of actual: [Double], in elementType: ElementType, units: Double = 64) -> String? {
        guard actual.count == values.count else { return "\(actual.count) elements instead of \(values.count)" }
        let bound = units * (elementType == .float64 ? 0x1p-53 : 0x1p-24) * max(1, magnitude)
        // A comparison with NaN is false, so a NaN deviates.
        guard let index = values.indices.first(where: { !(abs(actual[$0] - values[$0]) <= bound) }) else { return nil }
        return "element \(index) is \(actual[index]), not \(values[index]) (at most \(bound) away)"
    }
}
