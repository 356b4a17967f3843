import UnloopBackend

/// Runs every operation on two backends and compares the elements that it wrote, bit by bit.
///
/// Both have the same operands: where results differ, those of the reference take the place of the others. So each operation is judged
/// by itself, and the first that differs is the culprit. What the two are given has no lock: it is in the order of the caller.
final class CheckingBackend: Backend {
    private let checked: any Backend
    private let reference: any Backend
    /// What differences call the two devices.
    private let deviceNames: (checked: String, reference: String)
    private let response: Device.DifferenceResponse
    private let log: CheckLog

    init(
        _ checked: any Backend, _ checkedName: String, against reference: any Backend, _ referenceName: String,
        _ response: Device.DifferenceResponse, _ log: CheckLog
    ) {
        self.checked = checked
        self.reference = reference
        deviceNames = (checkedName, referenceName)
        self.response = response
        self.log = log
    }

    // MARK: About the devices

    var kind: BackendKind { checked.kind }
    var name: String { "checking \(checked.name) against \(reference.name)" }
    var elementTypes: Set<ElementType> { checked.elementTypes.intersection(reference.elementTypes) }
    var isConforming: Bool { checked.isConforming && reference.isConforming }
    /// Of the device that is checked.
    var statistics: BackendStatistics { checked.statistics }

    // MARK: Memory

    func allocate(_ elementType: ElementType, count: Int) throws(BackendError) -> Buffer {
        CheckingBuffer(
            elementType, count: count, checked: try checked.allocate(elementType, count: count),
            reference: try reference.allocate(elementType, count: count))
    }

    func upload(_ elements: HostArray) throws(BackendError) -> Buffer {
        let buffer = CheckingBuffer(
            elements.elementType, count: elements.count, checked: try checked.upload(elements),
            reference: try reference.upload(elements))
        // What arrives wrongly would make an operation on it the culprit.
        try check(.upload, [], [StridedView(buffer, shape: [buffer.count])]) { (_, _) throws(BackendError) in }
        return buffer
    }

    func download(_ buffer: Buffer, offset: Int, count: Int) throws(BackendError) -> HostArray {
        try checked.download(CheckingBuffer.own(buffer).buffer(.checked), offset: offset, count: count)
    }

    func synchronize() throws(BackendError) {
        try checked.synchronize()
        try reference.synchronize()
    }

    func wait(for buffer: Buffer) throws(BackendError) {
        let buffer = CheckingBuffer.own(buffer)
        try checked.wait(for: buffer.buffer(.checked))
        try reference.wait(for: buffer.buffer(.reference))
    }

    // MARK: Operations

    func copy(_ source: StridedView, to destination: StridedView) throws(BackendError) {
        try check(.copy, [source], [destination]) { (backend, side) throws(BackendError) in
            try backend.copy(side.view(source), to: side.view(destination))
        }
    }

    func map(_ program: ScalarProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView])
        throws(BackendError)
    {
        try check(.map(program, scalars), inputs, outputs) { (backend, side) throws(BackendError) in
            try backend.map(program, inputs: side.views(inputs), scalars: scalars, outputs: side.views(outputs))
        }
    }

    func reduce(_ descriptor: ReduceDescriptor, inputs: [StridedView], scalars: [Double], output: StridedView)
        throws(BackendError)
    {
        try check(.reduce(descriptor, scalars), inputs, [output]) { (backend, side) throws(BackendError) in
            try backend.reduce(descriptor, inputs: side.views(inputs), scalars: scalars, output: side.view(output))
        }
    }

    func mapLines(_ program: LineProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView])
        throws(BackendError)
    {
        try check(.mapLines(program, scalars), inputs, outputs) { (backend, side) throws(BackendError) in
            try backend.mapLines(program, inputs: side.views(inputs), scalars: scalars, outputs: side.views(outputs))
        }
    }

    func scan(_ descriptor: ScanDescriptor, input: StridedView, output: StridedView) throws(BackendError) {
        try check(.scan(descriptor), [input], [output]) { (backend, side) throws(BackendError) in
            try backend.scan(descriptor, input: side.view(input), output: side.view(output))
        }
    }

    func matmul(
        _ descriptor: MatmulDescriptor, _ a: StridedView, _ b: StridedView, epilogue: Epilogue?, output: StridedView
    ) throws(BackendError) {
        try check(.matmul(descriptor, epilogue), [a, b] + (epilogue?.inputs ?? []), [output]) {
            (backend, side) throws(BackendError) in
            try backend.matmul(
                descriptor, side.view(a), side.view(b), epilogue: side.epilogue(epilogue), output: side.view(output))
        }
    }

    func convolve(
        _ descriptor: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ first: StridedView,
        _ second: StridedView, epilogue: Epilogue?, output: StridedView
    ) throws(BackendError) {
        let inputs = [first, second] + (epilogue?.inputs ?? [])
        try check(.convolve(descriptor, direction, epilogue), inputs, [output]) {
            (backend, side) throws(BackendError) in
            try backend.convolve(
                descriptor, direction, side.view(first), side.view(second), epilogue: side.epilogue(epilogue),
                output: side.view(output))
        }
    }

    func pool(
        _ descriptor: PoolDescriptor, _ direction: PoolDescriptor.Direction, _ input: StridedView,
        _ second: StridedView?, output: StridedView
    ) throws(BackendError) {
        try check(.pool(descriptor, direction), [input] + (second.map { [$0] } ?? []), [output]) {
            (backend, side) throws(BackendError) in
            try backend.pool(
                descriptor, direction, side.view(input), second.map(side.view), output: side.view(output))
        }
    }

    func gather(_ descriptor: GatherDescriptor, table: StridedView, indices: StridedView, output: StridedView)
        throws(BackendError)
    {
        try check(.gather(descriptor), [table, indices], [output]) { (backend, side) throws(BackendError) in
            try backend.gather(
                descriptor, table: side.view(table), indices: side.view(indices), output: side.view(output))
        }
    }

    func scatterAdd(_ descriptor: GatherDescriptor, source: StridedView, indices: StridedView, output: StridedView)
        throws(BackendError)
    {
        try check(.scatterAdd(descriptor), [source, indices], [output]) { (backend, side) throws(BackendError) in
            try backend.scatterAdd(
                descriptor, source: side.view(source), indices: side.view(indices), output: side.view(output))
        }
    }

    // MARK: Comparing

    /// Runs an operation on both devices and compares what it wrote.
    ///
    /// - Throws: `bitsDiffer` where the answer to that is to fail; what an operation threw on either device. An index outside a table,
    ///   which the operands decide, must be found by both.
    private func check(
        _ text: @autoclosure () -> OperationText, _ inputs: [StridedView], _ outputs: [StridedView],
        _ run: (any Backend, CheckSide) throws(BackendError) -> Void
    ) throws(BackendError) {
        let number = log.begin()
        // The reference computes while an asynchronous device does. It has nothing to do where the device refuses the work.
        let foundError = try Self.decidedError { () throws(BackendError) in try run(checked, .checked) }
        let expectedError = try Self.decidedError { () throws(BackendError) in try run(reference, .reference) }
        let found = try Self.elements(of: outputs, on: checked, .checked, unless: foundError)
        let expected = try Self.elements(of: outputs, on: reference, .reference, unless: expectedError)
        guard let difference = difference(number, text, inputs, outputs, expected: expected, found: found) else {
            if case .failure(let error) = found { throw error }
            return
        }
        log.note(difference)
        if case .failure(let error) = expected {
            if response == .fail { throw .bitsDiffer(difference) }
            throw error
        }
        do throws(BackendError) { try replaceChecked(outputs) } catch {
            if response == .note { throw error }
        }
        if response == .fail { throw .bitsDiffer(difference) }
    }

    /// The error of some work if the operands decide it, so that every device must find it; nil if there was none.
    private static func decidedError(
        _ work: () throws(BackendError) -> Void
    ) throws(BackendError) -> BackendError? {
        do throws(BackendError) { try work() } catch {
            guard case .indexOutOfRange = error else { throw error }
            return error
        }
        return nil
    }

    /// What an operation wrote, with what lies between; or the error that the operands decided.
    private static func elements(
        of outputs: [StridedView], on backend: any Backend, _ side: CheckSide, unless error: BackendError?
    ) throws(BackendError) -> Result<[HostArray], BackendError> {
        if let error { return .failure(error) }
        var result: [HostArray] = []
        let late = try decidedError { () throws(BackendError) in
            for output in outputs {
                let places = ViewPlaces(output)
                if places.elementCount == 0 { continue }
                result.append(
                    try backend.download(side.view(output).buffer, offset: places.offset, count: places.extent))
            }
        }
        return late.map { .failure($0) } ?? .success(result)
    }

    /// nil where both devices gave the same.
    private func difference(
        _ number: Int, _ text: () -> OperationText, _ inputs: [StridedView], _ outputs: [StridedView],
        expected: Result<[HostArray], BackendError>, found: Result<[HostArray], BackendError>
    ) -> OperationDifference? {
        func report(_ output: Int, _ element: [Int]?, _ expected: String, _ found: String, _ differing: Int)
            -> OperationDifference
        {
            let (text, layouts) = (text(), OperationText.layouts(inputs, outputs))
            return OperationDifference(
                number: number, operation: text.operation,
                details: [text.details, layouts].filter { !$0.isEmpty }.joined(separator: "; "),
                inputShapes: inputs.map { Array($0.shape) }, output: output, outputShape: Array(outputs[output].shape),
                elementType: outputs[output].elementType, element: element, expected: expected, found: found,
                differingCount: differing, count: outputs[output].elementCount, device: deviceNames.checked,
                reference: deviceNames.reference)
        }
        switch (expected, found) {
        case (.success(let expected), .success(let found)):
            // Results without elements were not read.
            let read = outputs.indices.filter { outputs[$0].elementCount > 0 }
            for (output, (expected, found)) in zip(read, zip(expected, found)) {
                if let first = ElementDifference(ViewPlaces(outputs[output]), expected: expected, found: found) {
                    return report(output, first.position, first.expected, first.found, first.count)
                }
            }
            return nil
        case (.failure, .failure): return nil
        case (.failure(let error), .success):
            return report(0, nil, "an error (\(error))", "elements", outputs[0].elementCount)
        case (.success, .failure(let error)):
            return report(0, nil, "elements", "an error (\(error))", outputs[0].elementCount)
        }
    }

    /// Gives the checked device the reference's elements, in new buffers: the old ones may carry an error.
    private func replaceChecked(_ outputs: [StridedView]) throws(BackendError) {
        for output in outputs {
            let buffer = CheckingBuffer.own(output.buffer)
            let elements = try reference.download(buffer.buffer(.reference), offset: 0, count: buffer.count)
            buffer.replaceChecked(by: try checked.upload(elements))
        }
    }
}
