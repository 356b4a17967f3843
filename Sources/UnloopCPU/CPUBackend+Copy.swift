import CUnloopCPU
import UnloopBackend

extension CPUBackend {
    /// Where two axes change places, tiles are transposed in registers; any other copy is the program that gives its
    /// input back.
    public func copy(_ source: StridedView, to destination: StridedView) throws(BackendError) {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        if let transposition = Transposition(source, to: destination) {
            memory.countLaunch()
            transpose(transposition, source, destination)
        } else {
            try map(Self.identity(destination.elementType), inputs: [source], scalars: [], outputs: [destination])
        }
    }

    static func identity(_ elementType: ElementType) -> ScalarProgram {
        elementType == .int32 ? integerIdentity : realIdentity
    }

    private static let realIdentity = ScalarProgram(inputs: [.real]) { inputs, _ in inputs }
    private static let integerIdentity = ScalarProgram(inputs: [.integer]) { inputs, _ in inputs }

    private func transpose(_ axes: Transposition, _ source: StridedView, _ destination: StridedView) {
        // Strips of rows that are cut into tiles; a strip of source columns is one or two cache lines wide.
        let strip = 64
        let strips = (axes.rows + strip - 1) / strip
        let kernel = kernels.pointee.copy.transpose
        nonisolated(unsafe) let from = source.reals
        nonisolated(unsafe) let to = destination.reals
        let cost = 0.5 * Double(min(strip, axes.rows) * axes.columns)
        runChunks(of: axes.outerShape.product * strips, unit: 1, nanosecondsPerElement: cost) { begin, end in
            for item in begin..<end {
                let (outer, strip) = (item / strips, item % strips * strip)
                var rest = outer
                var (read, write) = (strip, strip * axes.destinationRowStride)
                for axis in axes.outerShape.indices.reversed() {
                    let position = rest % axes.outerShape[axis]
                    rest /= axes.outerShape[axis]
                    read += position * axes.outerSourceStrides[axis]
                    write += position * axes.outerDestinationStrides[axis]
                }
                kernel(
                    to + write, Int64(axes.destinationRowStride), from + read, Int64(axes.sourceColumnStride),
                    Int64(min(64, axes.rows - strip)), Int64(axes.columns))
            }
        }
    }

    /// The inputs, of which large transposed ones are copied into row-major order first: gathered element by element
    /// they would cost a cache miss each.
    func withoutTransposed(_ inputs: [StridedView], count: Int) throws(BackendError) -> [StridedView] {
        if count < 4096 { return inputs }
        var result = inputs
        for position in inputs.indices where !inputs[position].isContiguous {
            let input = inputs[position]
            if input.strides.indices.contains(where: { input.strides[$0] == 0 && input.shape[$0] > 1 }) { continue }
            let copied = StridedView(
                try allocateBuffer(input.elementType, count: input.elementCount), shape: input.shape)
            guard let transposition = Transposition(input, to: copied) else { continue }
            transpose(transposition, input, copied)
            result[position] = copied
        }
        return result
    }
}

/// A copy in which the source is consecutive along one axis (the rows' number) and the destination along another (the
/// columns' number).
private struct Transposition {
    let rows: Int
    let columns: Int
    let destinationRowStride: Int
    let sourceColumnStride: Int
    private(set) var outerShape: Dimensions = []
    private(set) var outerSourceStrides: Dimensions = []
    private(set) var outerDestinationStrides: Dimensions = []

    /// nil when the copy is not one, or too small for tiles.
    init?(_ source: StridedView, to destination: StridedView) {
        let axes = JoinedAxes(source, destination)
        let (read, write) = axes.strides
        guard let rowAxis = axes.shape.indices.first(where: { read[$0] == 1 }),
            let columnAxis = axes.shape.indices.first(where: { write[$0] == 1 }), rowAxis != columnAxis,
            axes.shape[rowAxis] >= 4, axes.shape[columnAxis] >= 4
        else { return nil }
        rows = axes.shape[rowAxis]
        columns = axes.shape[columnAxis]
        destinationRowStride = write[rowAxis]
        sourceColumnStride = read[columnAxis]
        for axis in axes.shape.indices where axis != rowAxis && axis != columnAxis {
            outerShape.append(axes.shape[axis])
            outerSourceStrides.append(read[axis])
            outerDestinationStrides.append(write[axis])
        }
    }
}
