import UnloopBackend

/// A view that a case hands to an operation: how it lies, and what is in it.
struct CaseOperand: Sendable {
    let layout: CaseLayout
    /// What the elements are like; of a result, what they are before, where it matters.
    let data: CaseData
    /// The contents, where `data` does not describe them.
    let contents: HostArray?

    init(_ layout: CaseLayout, _ data: CaseData) {
        self.layout = layout
        self.data = data
        contents = nil
    }

    init(_ layout: CaseLayout, contents: HostArray) {
        self.layout = layout
        data = .integers
        self.contents = contents
    }

    func make(seed: String) -> HostArray { contents ?? data.make(count: layout.bufferCount, seed: seed) }
}

/// A result of a case: how it lies, its element type, and what it holds before the operation.
struct CaseResult: Sendable {
    let layout: CaseLayout
    let elementType: ElementType
    /// What it holds where the operation also reads it; otherwise a number that no result has.
    let data: CaseData?

    init(_ layout: CaseLayout, _ elementType: ElementType = .float32) {
        self.layout = layout
        self.elementType = elementType
        data = nil
    }

    init(_ layout: CaseLayout, holding data: CaseData) {
        self.layout = layout
        elementType = data.elementType
        self.data = data
    }

    func make(seed: String) -> HostArray {
        if let data { return data.make(count: layout.bufferCount, seed: seed) }
        return elementType == .int32
            ? .int32(Array(repeating: 0x5eed_5eed, count: layout.bufferCount))
            : .float32(Array(repeating: -1.2345e-30, count: layout.bufferCount))
    }
}

extension OperationCase {
    /// A case that hands views of its inputs and outputs to `operation`.
    init(
        _ family: Family, _ name: String, shape: [Int], inputs: [CaseOperand], outputs: [CaseResult],
        accuracy: Accuracy, floatingPointOperations: Double = 0, work: Int? = nil,
        operation: @escaping @Sendable (any Backend, _ inputs: [StridedView], _ outputs: [StridedView]) throws -> Void
    ) {
        let fullName = "\(family.rawValue)/\(name)"
        let elements = (inputs.map(\.layout.elementCount) + outputs.map(\.layout.elementCount)).reduce(0, +)
        let work = work ?? elements
        let inputLayouts = inputs.map(\.layout)
        let outputLayouts = outputs.map(\.layout)
        self.init(
            name: fullName, family: family, shape: shape, elementType: outputs.first?.elementType ?? .float32,
            sizeClass: max(work, elements) <= 4000 ? .tiny : max(work, elements) <= 1_000_000 ? .small : .large,
            accuracy: accuracy, floatingPointOperations: floatingPointOperations, bytes: Double(elements * 4),
            makeInputs: { inputs.enumerated().map { $0.element.make(seed: "\(fullName)#\($0.offset)") } },
            makeOutputs: { outputs.enumerated().map { $0.element.make(seed: "\(fullName)#result\($0.offset)") } },
            execute: { backend, inputBuffers, outputBuffers in
                try operation(
                    backend, zip(inputLayouts, inputBuffers).map { $0.view($1) },
                    zip(outputLayouts, outputBuffers).map { $0.view($1) })
            })
    }
}

/// `3×4×5`.
func sizeText(_ shape: [Int]) -> String { shape.isEmpty ? "scalar" : shape.map(String.init).joined(separator: "×") }
