import UnloopBackend

/// `output[o, i] = reduction of program(inputs[o, :, i])`, one line along the reduced axis after the other.
func reduceLines<Real: LoopReal, Element: LoopElement>(
    _ descriptor: ReduceDescriptor, _ program: ScalarProgram, _ inputs: [StridedView], _ scalars: [Double],
    _ output: StridedView, on backend: LoopBackend, _ real: Real.Type, _ element: Element.Type
) throws(BackendError) {
    let interpreter = Interpreter<Real>(program, scalars: scalars)
    let memory = inputs.map { UnsafeMutableRawBufferPointer($0.buffer.elements(as: UInt8.self)) }
    // Memory of the device, which is refused where a line is too long.
    let memoryOfLine = try backend.allocate(Element.elementType, count: descriptor.length)
    let line = memoryOfLine.elements(as: Element.self)

    for outer in 0..<descriptor.outer {
        for inner in 0..<descriptor.inner {
            for position in 0..<descriptor.length {
                for (input, view) in inputs.enumerated() {
                    let offset =
                        view.offset + outer * view.strides[0] + position * view.strides[1] + inner * view.strides[2]
                    interpreter.load(input: input, from: memory[input], at: offset)
                }
                interpreter.run(position: (outer * descriptor.length + position) * descriptor.inner + inner)
                interpreter.store(output: 0, to: UnsafeMutableRawBufferPointer(line), at: position)
            }
            let result = output.offset + outer * descriptor.inner + inner
            switch descriptor.reduction {
            case .indexOfMaximum: output.buffer.elements(as: Int32.self)[result] = firstPosition(line) { $0 > $1 }
            case .indexOfMinimum: output.buffer.elements(as: Int32.self)[result] = firstPosition(line) { $0 < $1 }
            case .sum, .product, .maximum, .minimum:
                let value =
                    descriptor.inner == 1
                    ? reduceContiguous(line, descriptor.reduction) : reduceRows(line, descriptor.reduction)
                output.buffer.elements(as: Element.self)[result] = value
            }
        }
    }
}

/// The order for a contiguous axis: 64 interleaved lanes, then a binary tree; a longer line in chunks of 4096 whose values
/// are reduced in the same way.
private func reduceContiguous<Element: LoopElement>(
    _ line: UnsafeMutableBufferPointer<Element>, _ reduction: Reduction
) -> Element {
    let chunk = NumericsContract.chunkLength
    if line.count > chunk {
        let values = UnsafeMutableBufferPointer<Element>.allocate(capacity: (line.count + chunk - 1) / chunk)
        defer { values.deallocate() }
        for position in values.indices {
            let part = line[position * chunk..<min((position + 1) * chunk, line.count)]
            values[position] = reduceContiguous(UnsafeMutableBufferPointer(rebasing: part), reduction)
        }
        return reduceContiguous(values, reduction)
    }
    var lanes = [Element](repeating: Element.start(reduction), count: NumericsContract.laneCount)
    for position in line.indices {
        let lane = position % NumericsContract.laneCount
        lanes[lane] = Element.combine(reduction, lanes[lane], line[position])
    }
    var half = NumericsContract.laneCount / 2
    while half > 0 {
        for lane in 0..<half { lanes[lane] = Element.combine(reduction, lanes[lane], lanes[lane + half]) }
        half /= 2
    }
    return lanes[0]
}

/// The order for an outer axis: one row after the other within blocks of 256, then the blocks' values one after the other.
private func reduceRows<Element: LoopElement>(
    _ line: UnsafeMutableBufferPointer<Element>, _ reduction: Reduction
) -> Element {
    var result: Element?
    for first in stride(from: 0, to: line.count, by: NumericsContract.rowBlockLength) {
        var block = Element.start(reduction)
        for position in first..<min(first + NumericsContract.rowBlockLength, line.count) {
            block = Element.combine(reduction, block, line[position])
        }
        result = result.map { Element.combine(reduction, $0, block) } ?? block
    }
    return result ?? Element.start(reduction)
}

/// The first position whose element stands before all others; the first NaN if there is one.
private func firstPosition<Element: LoopElement>(
    _ line: UnsafeMutableBufferPointer<Element>, _ standsBefore: (Element, Element) -> Bool
) -> Int32 {
    var best = 0
    for position in line.indices {
        if line[position].isNotANumber { return Int32(position) }
        if standsBefore(line[position], line[best]) { best = position }
    }
    return Int32(best)
}

/// `output[o, l, i] = input[o, 0, i] + … + input[o, l, i]`, or from the other end.
func scanLines<Element: LoopElement>(
    _ descriptor: ScanDescriptor, _ input: StridedView, _ output: StridedView, as type: Element.Type
) {
    let source = input.rowMajorElements(as: Element.self)
    let result = output.rowMajorElements(as: Element.self)
    for outer in 0..<descriptor.outer {
        for inner in 0..<descriptor.inner {
            var previous: Element?
            for step in 0..<descriptor.length {
                let position = descriptor.reversed ? descriptor.length - 1 - step : step
                let offset = (outer * descriptor.length + position) * descriptor.inner + inner
                let sum = previous.map { Element.sum($0, source[offset]) } ?? source[offset]
                result[offset] = sum
                previous = sum
            }
        }
    }
}
