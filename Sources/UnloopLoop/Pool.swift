import UnloopBackend

/// The places of a window that lie inside an image, along one axis.
private func inside(_ first: Int, _ window: Int, _ size: Int) -> Range<Int> {
    let begin = max(0, first)
    return begin..<max(begin, min(first + window, size))
}

/// Visits every output element in row-major order, for each with the offsets of its window's elements inside the image in
/// row-major order.
private func forEachWindow(_ d: PoolDescriptor, _ body: (_ output: Int, _ inputs: [Int]) -> Void) {
    let (outputHeight, outputWidth) = (d.outputHeight, d.outputWidth)
    var inputs: [Int] = []
    for n in 0..<d.batch {
        for y in 0..<outputHeight {
            for x in 0..<outputWidth {
                for c in 0..<d.channels {
                    inputs.removeAll(keepingCapacity: true)
                    let (top, left) = (y * d.strideHeight - d.paddingTop, x * d.strideWidth - d.paddingLeft)
                    for row in inside(top, d.windowHeight, d.inputHeight) {
                        for column in inside(left, d.windowWidth, d.inputWidth) {
                            inputs.append(((n * d.inputHeight + row) * d.inputWidth + column) * d.channels + c)
                        }
                    }
                    body(((n * outputHeight + y) * outputWidth + x) * d.channels + c, inputs)
                }
            }
        }
    }
}

/// Maximum and average pooling in all directions; operands in the order that the direction states.
func poolImages<Real: LoopReal>(
    _ descriptor: PoolDescriptor, _ direction: PoolDescriptor.Direction, _ input: StridedView, _ second: StridedView?,
    output: StridedView, as type: Real.Type
) {
    let image = input.rowMajorElements(as: Real.self)
    let other = second?.rowMajorElements(as: Real.self) ?? UnsafeMutableBufferPointer(start: nil, count: 0)
    let result = output.rowMajorElements(as: Real.self)

    /// The first of the largest, or the first NaN.
    func positionOfMaximum(_ window: [Int]) -> Int? {
        guard var best = window.first else { return nil }
        for position in window
        where image[position] > image[best] || (image[position].isNaN && !image[best].isNaN) {
            best = position
        }
        return best
    }
    func average(of elements: UnsafeMutableBufferPointer<Real>, _ window: [Int]) -> Real {
        guard !window.isEmpty else { return 0 }
        var sum: Real = 0
        for position in window { sum += elements[position] }
        return sum / Real(window.count)
    }

    switch (descriptor.kind, direction) {
    case (.maximum, .forward):
        forEachWindow(descriptor) { element, window in
            result[element] = positionOfMaximum(window).map { image[$0] } ?? -.infinity
        }
    case (.average, .forward):
        forEachWindow(descriptor) { element, window in result[element] = average(of: image, window) }
    case (.maximum, .gradient):
        result.update(repeating: 0)
        forEachWindow(descriptor) { element, window in
            if let position = positionOfMaximum(window) { result[position] += other[element] }
        }
    case (.average, .gradient):
        result.update(repeating: 0)
        forEachWindow(descriptor) { element, window in
            for position in window { result[position] += other[element] / Real(window.count) }
        }
    case (.maximum, .tangent):
        forEachWindow(descriptor) { element, window in
            result[element] = positionOfMaximum(window).map { other[$0] } ?? 0
        }
    case (.average, .tangent):
        forEachWindow(descriptor) { element, window in result[element] = average(of: other, window) }
    }
}
