/// An operation that two devices gave different bits for, from the same operands: what a checking device finds.
public struct OperationDifference: Hashable, Sendable {
    /// Counted from 1 over all operations that the checking device was given, uploads included.
    public let number: Int
    /// The family: `map`, `reduce`, `mapLines`, `scan`, `matmul`, `convolve` and `pool` with their direction, `gather`, `scatterAdd`,
    /// `copy` or `upload`.
    public let operation: String
    /// What distinguishes it from others of its family: the program, the sizes of windows and steps, how operands lie.
    public let details: String
    /// The shapes of the operands, those of an epilogue last, as the backend was given them.
    public let inputShapes: [[Int]]
    /// Which of the operation's results differs; the first is 0.
    public let output: Int
    public let outputShape: [Int]
    /// Of the result.
    public let elementType: ElementType
    /// The position of the first element that differs, in row-major order of the result's shape; nil where one of the devices gave
    /// elements and the other an error that is decided by the operands, such as an index outside a table.
    public let element: [Int]?
    /// What the reference gave there, with its bits in hexadecimal, or its error.
    public let expected: String
    /// What the device that is checked gave there, with its bits in hexadecimal, or its error.
    public let found: String
    /// How many elements of this result differ; all of them where there was an error.
    public let differingCount: Int
    /// How many elements this result has.
    public let count: Int
    /// The device that is checked.
    public let device: String
    /// The device that it is compared with.
    public let reference: String

    public init(
        number: Int, operation: String, details: String, inputShapes: [[Int]], output: Int, outputShape: [Int],
        elementType: ElementType, element: [Int]?, expected: String, found: String, differingCount: Int, count: Int,
        device: String, reference: String
    ) {
        self.number = number
        self.operation = operation
        self.details = details
        self.inputShapes = inputShapes
        self.output = output
        self.outputShape = outputShape
        self.elementType = elementType
        self.element = element
        self.expected = expected
        self.found = found
        self.differingCount = differingCount
        self.count = count
        self.device = device
        self.reference = reference
    }
}

extension OperationDifference: CustomStringConvertible {
    /// Programs may be long; `details` has all of them.
    private static let longestDetails = 400

    /// The shapes of the operands and of the result: `[2, 3] and [3, 4] to [2, 4]`.
    public var shapes: String {
        let result = "\(outputShape)"
        if inputShapes.isEmpty { return result }
        return inputShapes.map { "\($0)" }.joined(separator: " and ") + " to " + result
    }

    public var description: String {
        var text = "operation \(number), \(operation) \(shapes) \(elementType)"
        if output > 0 { text += ", result \(output)" }
        if !details.isEmpty {
            text += " (" + details.prefix(Self.longestDetails) + (details.count > Self.longestDetails ? "…" : "") + ")"
        }
        text += element.map { ": element \($0) is " } ?? ": the result is "
        text += "\(found) on \(device) and \(expected) on \(reference)"
        if element != nil { text += "; \(differingCount) of \(count) differ" }
        return text
    }
}
