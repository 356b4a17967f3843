import UnloopBackend
import UnloopTensor

/// One example on the host, as a source gives it: features, a label, and maybe how much it counts.
public struct Example: Sendable, Equatable {
    /// Numbers with a shape, row-major.
    public struct Values: Sendable, Equatable {
        public var shape: [Int]
        public var elements: HostArray

        /// - Precondition: as many elements as the shape says.
        public init(shape: [Int], elements: HostArray) {
            require(
                elementCount(shape) == elements.count,
                "Example.Values: shape \(shape) does not have \(elements.count) elements")
            self.shape = shape
            self.elements = elements
        }

        public init(_ elements: [Float], shape: [Int]) { self.init(shape: shape, elements: .float32(elements)) }

        /// A class number, for example: one integer without axes.
        public init(_ number: Int32) { self.init(shape: [], elements: .int32([number])) }

        var isFinite: Bool {
            switch elements {
            case .float32(let values): values.allSatisfy(\.isFinite)
            case .float64(let values): values.allSatisfy(\.isFinite)
            case .int32: true
            }
        }

        /// An image as `[height, width, channels]`, from 0 to 1 in steps of 1/255.
        public init(_ bitmap: Bitmap) {
            self.init(
                bitmap.samples.map { Float($0) / 255 }, shape: [bitmap.height, bitmap.width, bitmap.channels])
        }
    }

    public var features: Values
    public var label: Values
    /// How much the example counts in a loss, relative to the others; nil where all of a source count alike.
    public var weight: Float?

    public init(features: Values, label: Values, weight: Float? = nil) {
        self.features = features
        self.label = label
        self.weight = weight
    }

    /// An example of a class.
    public init(features: Values, label: Int32, weight: Float? = nil) {
        self.init(features: features, label: Values(label), weight: weight)
    }
}

/// What fills the examples of a batch up to the longest of them, where their first axis is time. Where the numbers are int32, it must be one.
public struct SequencePadding: Sendable, Equatable {
    /// Behind the last step of features; recurrent layers know it as their `padding`.
    public var features: Double
    /// Behind the last step of labels whose first axes are not equally long, which need not be as long as the features': a class that the loss
    /// ignores, for example.
    public var labels: Double

    public init(features: Double = 0, labels: Double = 0) {
        self.features = features
        self.labels = labels
    }
}

/// Examples one after the other, on their way to the tensors of a batch.
struct ExampleStack {
    private let padding: SequencePadding?
    private var features: [Example.Values] = []
    private var labels: [Example.Values] = []
    private var weights: [Float] = []
    private var isWeighted: Bool?

    init(padding: SequencePadding?) { self.padding = padding }

    var count: Int { features.count }

    /// - Throws: `LoadingError.examplesDiffer` where it does not fit the ones before.
    mutating func append(_ example: Example) throws(LoadingError) {
        if let first = features.first {
            try check(example.features, first, "features")
            try check(example.label, labels[0], "a label")
            if (example.weight != nil) != isWeighted {
                throw .examplesDiffer("one example has a weight, another has none")
            }
        } else {
            isWeighted = example.weight != nil
        }
        try checkSize(example.features)
        try checkSize(example.label)
        features.append(example.features)
        labels.append(example.label)
        if let weight = example.weight { weights.append(weight) }
    }

    /// Whether one more of these makes no array that is larger than any memory: those without numbers may have any other sizes.
    private func checkSize(_ values: Example.Values) throws(LoadingError) {
        guard values.elements.count > 0 || elementCount([count + 1] + values.shape) != nil else {
            throw .examplesDiffer("\(count + 1) of the shape \(values.shape), which are larger than any memory")
        }
    }

    private func check(_ values: Example.Values, _ first: Example.Values, _ part: String) throws(LoadingError) {
        if values.elements.elementType != first.elements.elementType {
            throw .examplesDiffer(
                "\(part) of \(values.elements.elementType) after \(part) of \(first.elements.elementType)")
        }
        let isPadded = padding != nil && !values.shape.isEmpty && values.shape.count == first.shape.count
        let axes = isPadded ? 1 : 0
        if values.shape.dropFirst(axes) != first.shape.dropFirst(axes) {
            throw .examplesDiffer("\(part) \(values.shape) after \(part) \(first.shape)")
        }
    }

    /// The batch: features `[examples, …]`, labels `[examples, …]`.
    ///
    /// - Precondition: there is an example.
    func dataset(on device: Device) -> Dataset {
        let lengths = features.map { Int32(clamping: $0.shape.first ?? 0) }
        let isSequence = padding != nil && features.allSatisfy { !$0.shape.isEmpty }
        return Dataset(
            viewing: Self.stacked(features, fill: padding?.features, on: device),
            labels: Self.stacked(labels, fill: padding?.labels, on: device),
            weights: isWeighted == true ? Tensor(weights, on: device) : nil,
            lengths: isSequence ? Tensor(int32: lengths, on: device) : nil)
    }

    private static func stacked(_ values: [Example.Values], fill: Double?, on device: Device) -> Tensor {
        var shape = values[0].shape
        // Single numbers are never filled up.
        let fill = shape.isEmpty ? nil : fill
        if fill != nil { shape[0] = values.lazy.map { $0.shape[0] }.max() ?? 0 }
        let size = shape.reduce(1, *)
        let elements: HostArray =
            switch values[0].elements {
            case .float32:
                .float32(joined(values, size, Float(fill ?? 0)) { if case .float32(let v) = $0 { v } else { [] } })
            case .int32:
                .int32(joined(values, size, integer(fill ?? 0)) { if case .int32(let v) = $0 { v } else { [] } })
            case .float64: .float64(joined(values, size, fill ?? 0) { if case .float64(let v) = $0 { v } else { [] } })
            }
        return Tensor(elements, shape: [values.count] + shape, on: device)
    }

    private static func integer(_ fill: Double) -> Int32 {
        guard let fill = Int32(exactly: fill) else { misuse("SequencePadding: \(fill) behind int32 numbers") }
        return fill
    }

    private static func joined<Element>(
        _ values: [Example.Values], _ size: Int, _ fill: Element, _ elements: (HostArray) -> [Element]
    ) -> [Element] {
        var result: [Element] = []
        result.reserveCapacity(values.count * size)
        for value in values {
            let part = elements(value.elements)
            result.append(contentsOf: part)
            if part.count < size { result.append(contentsOf: repeatElement(fill, count: size - part.count)) }
        }
        return result
    }
}
