import UnloopBackend

/// Gather and scatter-add, with indices that repeat, and with none.
enum GatherCases {
    static var all: [OperationCase] {
        var cases: [OperationCase] = []
        for outer in [1, 2, 5] {
            for rows in [1, 7, 100] {
                for inner in [1, 3, 16, 65] {
                    for count in [0, 1, 8, 300] {
                        let d = GatherDescriptor(outer: outer, rows: rows, inner: inner, count: count)
                        cases.append(gather(d, .bits))
                        cases.append(scatterAdd(d, .reals))
                    }
                }
            }
        }
        for (outer, rows, inner, count) in [
            (1, 5, 3, 4), (2, 7, 1, 1), (300, 10, 1, 1), (5, 3, 16, 8), (7, 100, 65, 3), (2, 1, 1, 300),
            (70_000, 3, 1, 1),
            (0, 4, 3, 2), (2, 4, 0, 3), (3, 4, 2, 0), (3, 0, 2, 0),
        ] {
            let d = GatherDescriptor(outer: outer, rows: rows, inner: inner, count: count, hasOwnIndices: true)
            cases.append(gather(d, .bits))
            cases.append(scatterAdd(d, .reals))
            cases.append(scatterAdd(d, .integers))
        }
        // So many that devices with many items sort them.
        for (outer, rows, inner, count, hasOwnIndices) in [
            (1, 300, 3, 9000, false), (2, 5000, 1, 4500, true), (2, 17, 2, 4097, false), (1, 70_000, 1, 4200, false),
        ] {
            let d = GatherDescriptor(
                outer: outer, rows: rows, inner: inner, count: count, hasOwnIndices: hasOwnIndices)
            cases.append(scatterAdd(d, .reals))
            cases.append(scatterAdd(d, .integers))
        }
        for data in [CaseData.integers, .special, .subnormal] {
            for (outer, rows, inner, count) in [(1, 5, 4, 40), (3, 9, 1, 100), (2, 50, 33, 7)] {
                let d = GatherDescriptor(outer: outer, rows: rows, inner: inner, count: count)
                cases.append(gather(d, data))
                cases.append(scatterAdd(d, data))
            }
        }
        for (outer, rows, inner, count) in [(1, 1, 1, 5000), (1, 2, 1, 4097), (0, 4, 3, 2), (2, 4, 0, 3), (1, 0, 3, 0)]
        {
            let d = GatherDescriptor(outer: outer, rows: rows, inner: inner, count: count)
            cases.append(gather(d, .reals))
            cases.append(scatterAdd(d, .reals))
        }
        cases.append(gather(GatherDescriptor(outer: 1, rows: 5000, inner: 64, count: 2000), .reals))
        cases.append(scatterAdd(GatherDescriptor(outer: 1, rows: 5000, inner: 64, count: 2000), .reals))
        return cases
    }

    private static func text(_ d: GatherDescriptor) -> String {
        "\(d.count)\(d.hasOwnIndices ? " each" : "") of \(sizeText([d.outer, d.rows, d.inner]))"
    }

    /// Indices all over the rows, so that some repeat; the first and the last row are among them.
    private static func indices(_ d: GatherDescriptor) -> CaseOperand {
        let layout = CaseLayout([d.indexCount], offset: 1)
        var random = SplitMix(text(d))
        var values = (0..<layout.bufferCount).map { _ in d.rows == 0 ? Int32(0) : Int32(random.below(d.rows)) }
        if d.indexCount > 2 && d.rows > 0 { values[2] = Int32(d.rows - 1) }
        return CaseOperand(layout, contents: .int32(values))
    }

    private static func gather(_ d: GatherDescriptor, _ data: CaseData) -> OperationCase {
        OperationCase(
            .gather, "gather \(data) \(text(d))", shape: [d.outer, d.rows, d.inner, d.count],
            inputs: [CaseOperand(CaseLayout([d.outer, d.rows, d.inner], offset: 1), data), indices(d)],
            outputs: [CaseResult(CaseLayout([d.outer, d.count, d.inner], offset: 2), data.elementType)],
            accuracy: .exact
        ) { backend, inputs, outputs in
            try backend.gather(d, table: inputs[0], indices: inputs[1], output: outputs[0])
        }
    }

    private static func scatterAdd(_ d: GatherDescriptor, _ data: CaseData) -> OperationCase {
        OperationCase(
            .gather, "scatterAdd \(data) \(text(d))", shape: [d.outer, d.rows, d.inner, d.count],
            inputs: [CaseOperand(CaseLayout([d.outer, d.count, d.inner], offset: 1), data), indices(d)],
            outputs: [CaseResult(CaseLayout([d.outer, d.rows, d.inner], offset: 2), data.elementType)],
            accuracy: data == .reals ? .sums(length: d.count) : .notStated
        ) { backend, inputs, outputs in
            try backend.scatterAdd(d, source: inputs[0], indices: inputs[1], output: outputs[0])
        }
    }
}
