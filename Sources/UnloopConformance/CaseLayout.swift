import UnloopBackend

/// How a view lies in its buffer, which is a little larger than the view, so that reading or writing outside is seen.
struct CaseLayout: Sendable {
    let name: String
    let shape: Dimensions
    let strides: Dimensions
    let offset: Int
    /// The size of the buffer.
    let bufferCount: Int

    /// - Parameters:
    ///   - order: the axes from the slowest to the fastest in memory; row-major without it.
    ///   - steps: for each axis 1, or 0 to repeat one element, or -1 to run backwards, or n for every nth element.
    ///   - offset: where the view begins.
    ///   - padding: unused elements after each run along the fastest axis.
    init(
        _ name: String, _ shape: [Int], order: [Int]? = nil, steps: [Int]? = nil, offset: Int = 0,
        padding: Int = 0
    ) {
        let order = order ?? Array(shape.indices)
        let steps = steps ?? shape.map { _ in 1 }
        var strides = [Int](repeating: 0, count: shape.count)
        var start = offset
        var extent = 1
        for (depth, axis) in order.reversed().enumerated() {
            let step = steps[axis]
            strides[axis] = extent * step
            if step < 0 { start += max(shape[axis] - 1, 0) * extent * -step }
            if step != 0 { extent *= shape[axis] * abs(step) }
            if depth == 0 { extent += padding }
        }
        self.name = name
        self.shape = Dimensions(shape)
        self.strides = Dimensions(strides)
        self.offset = start
        bufferCount = offset + extent + (shape.contains(0) ? 3 : 7)
    }

    /// Row-major unless said otherwise.
    init(_ shape: [Int], order: [Int]? = nil, steps: [Int]? = nil, offset: Int = 0, padding: Int = 0) {
        self.init("contiguous", shape, order: order, steps: steps, offset: offset, padding: padding)
    }

    func view(_ buffer: Buffer) -> StridedView {
        StridedView(buffer, offset: offset, shape: shape, strides: strides)
    }

    var elementCount: Int { shape.product }
}

/// The layouts that elementwise operations, copies and reductions are tried with.
enum CaseLayouts {
    /// Pairs of (operand, result) layouts of one shape, over all ranks and kinds of strides.
    static let operandAndResult: [(operand: CaseLayout, result: CaseLayout)] = {
        var pairs: [(CaseLayout, CaseLayout)] = []
        func add(_ operand: CaseLayout, _ result: CaseLayout? = nil) {
            pairs.append((operand, result ?? CaseLayout(Array(operand.shape))))
        }
        add(CaseLayout("scalar", []))
        for length in [1, 5, 33, 1025] {
            add(CaseLayout("offset", [length], offset: 3), CaseLayout([length], offset: 1))
            add(CaseLayout("backwards", [length], steps: [-1]))
            add(CaseLayout("every other", [length], steps: [2]))
            add(CaseLayout("backwards by three", [length], steps: [-3], offset: 2))
            add(CaseLayout("repeated", [length], steps: [0]))
            add(CaseLayout("to every other", [length]), CaseLayout([length], steps: [2]))
            add(CaseLayout("to backwards", [length]), CaseLayout([length], steps: [-1]))
        }
        for (rows, columns) in [(1, 7), (7, 1), (3, 5), (17, 33), (64, 64), (65, 130), (2, 1024)] {
            let shape = [rows, columns]
            add(CaseLayout("matrix", shape, offset: 5))
            add(CaseLayout("transposed", shape, order: [1, 0]))
            add(CaseLayout("row repeated", shape, steps: [0, 1]))
            add(CaseLayout("column repeated", shape, steps: [1, 0]))
            add(CaseLayout("rows backwards", shape, steps: [-1, 1]))
            add(CaseLayout("columns backwards", shape, steps: [1, -1]))
            add(CaseLayout("rows padded", shape, padding: 3))
            add(CaseLayout("to transposed", shape), CaseLayout(shape, order: [1, 0]))
            add(CaseLayout("to rows padded", shape), CaseLayout(shape, offset: 2, padding: 5))
            add(CaseLayout("transposed to every other", shape, order: [1, 0]), CaseLayout(shape, steps: [1, 2]))
        }
        for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let name = "axes " + order.map(String.init).joined()
            add(CaseLayout(name, [3, 4, 5], order: order))
            add(CaseLayout(name, [8, 9, 16], order: order), CaseLayout([8, 9, 16], padding: 1))
            add(CaseLayout(name + " repeated", [5, 6, 7], order: order, steps: [1, 0, 1]))
            add(CaseLayout(name + " backwards", [4, 5, 6], order: order, steps: [-1, 1, -2]))
        }
        add(CaseLayout("images to channels first", [2, 3, 8, 8], order: [0, 2, 3, 1]))
        add(CaseLayout("outer and inner repeated", [4, 3, 5, 6], steps: [0, 1, 1, 0]))
        add(CaseLayout("alternating repeats", [3, 4, 3, 4, 3], steps: [1, 0, 1, 0, 1]))
        add(CaseLayout("six axes reversed", [2, 3, 2, 3, 2, 3], order: [5, 4, 3, 2, 1, 0]))
        add(CaseLayout("seven axes", [2, 1, 3, 1, 2, 1, 3], order: [6, 0, 5, 1, 4, 2, 3]))
        add(
            CaseLayout("eight axes", [2, 2, 2, 2, 2, 2, 2, 2], order: [1, 0, 3, 2, 5, 4, 7, 6]),
            CaseLayout([2, 2, 2, 2, 2, 2, 2, 2], order: [7, 6, 5, 4, 3, 2, 1, 0]))
        add(
            CaseLayout(
                "eight axes with every kind of step", [3, 2, 1, 2, 3, 1, 2, 3], steps: [-1, 2, 1, 0, 1, 0, -2, 1])
        )
        add(CaseLayout("all repeated", [3, 4, 5], steps: [0, 0, 0]))
        add(CaseLayout("empty", [0]))
        add(CaseLayout("empty rows", [0, 5]))
        add(CaseLayout("empty columns", [4, 0, 3]))
        return pairs
    }()
}
