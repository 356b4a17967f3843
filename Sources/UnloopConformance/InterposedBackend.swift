import UnloopBackend

/// A backend that hands everything to another one, and lets somebody see it before and after: how devices that fail or lie are made.
package final class InterposedBackend: Backend {
    /// What a backend is asked to do.
    package enum Call: Sendable {
        case allocate, upload, download, synchronize, wait
        case copy, map, reduce, mapLines, scan, matmul, convolve, pool, gather, scatterAdd
    }

    private let base: any Backend
    package let name: String
    private let before: @Sendable (Call) throws(BackendError) -> Void
    private let after: @Sendable (Call, [StridedView]) throws(BackendError) -> Void

    /// - Parameters:
    ///   - base: does the work.
    ///   - before: throws in place of the work.
    ///   - after: gets what the work wrote.
    package init(
        _ base: any Backend, name: String,
        before: @escaping @Sendable (Call) throws(BackendError) -> Void = { (_) throws(BackendError) in },
        after: @escaping @Sendable (Call, [StridedView]) throws(BackendError) -> Void = {
            (_, _) throws(BackendError) in
        }
    ) {
        self.base = base
        self.name = name
        self.before = before
        self.after = after
    }

    private func run(
        _ call: Call, _ outputs: [StridedView] = [], _ work: () throws(BackendError) -> Void
    ) throws(BackendError) {
        try before(call)
        try work()
        try after(call, outputs)
    }

    package var kind: BackendKind { base.kind }
    package var elementTypes: Set<ElementType> { base.elementTypes }
    package var statistics: BackendStatistics { base.statistics }
    package var isConforming: Bool { base.isConforming }

    package func allocate(_ elementType: ElementType, count: Int) throws(BackendError) -> Buffer {
        try before(.allocate)
        return try base.allocate(elementType, count: count)
    }

    package func upload(_ elements: HostArray) throws(BackendError) -> Buffer {
        try before(.upload)
        let buffer = try base.upload(elements)
        try after(.upload, [StridedView(buffer, shape: [buffer.count])])
        return buffer
    }

    package func download(_ buffer: Buffer, offset: Int, count: Int) throws(BackendError) -> HostArray {
        try before(.download)
        return try base.download(buffer, offset: offset, count: count)
    }

    package func synchronize() throws(BackendError) {
        try run(.synchronize) { () throws(BackendError) in try base.synchronize() }
    }

    package func wait(for buffer: Buffer) throws(BackendError) {
        try run(.wait) { () throws(BackendError) in try base.wait(for: buffer) }
    }

    package func copy(_ source: StridedView, to destination: StridedView) throws(BackendError) {
        try run(.copy, [destination]) { () throws(BackendError) in try base.copy(source, to: destination) }
    }

    package func map(_ program: ScalarProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView])
        throws(BackendError)
    {
        try run(.map, outputs) { () throws(BackendError) in
            try base.map(program, inputs: inputs, scalars: scalars, outputs: outputs)
        }
    }

    package func reduce(_ descriptor: ReduceDescriptor, inputs: [StridedView], scalars: [Double], output: StridedView)
        throws(BackendError)
    {
        try run(.reduce, [output]) { () throws(BackendError) in
            try base.reduce(descriptor, inputs: inputs, scalars: scalars, output: output)
        }
    }

    package func mapLines(_ program: LineProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView])
        throws(BackendError)
    {
        try run(.mapLines, outputs) { () throws(BackendError) in
            try base.mapLines(program, inputs: inputs, scalars: scalars, outputs: outputs)
        }
    }

    package func scan(_ descriptor: ScanDescriptor, input: StridedView, output: StridedView) throws(BackendError) {
        try run(.scan, [output]) { () throws(BackendError) in
            try base.scan(descriptor, input: input, output: output)
        }
    }

    package func matmul(
        _ descriptor: MatmulDescriptor, _ a: StridedView, _ b: StridedView, epilogue: Epilogue?, output: StridedView
    ) throws(BackendError) {
        try run(.matmul, [output]) { () throws(BackendError) in
            try base.matmul(descriptor, a, b, epilogue: epilogue, output: output)
        }
    }

    package func convolve(
        _ descriptor: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ first: StridedView,
        _ second: StridedView, epilogue: Epilogue?, output: StridedView
    ) throws(BackendError) {
        try run(.convolve, [output]) { () throws(BackendError) in
            try base.convolve(descriptor, direction, first, second, epilogue: epilogue, output: output)
        }
    }

    package func pool(
        _ descriptor: PoolDescriptor, _ direction: PoolDescriptor.Direction, _ input: StridedView,
        _ second: StridedView?, output: StridedView
    ) throws(BackendError) {
        try run(.pool, [output]) { () throws(BackendError) in
            try base.pool(descriptor, direction, input, second, output: output)
        }
    }

    package func gather(_ descriptor: GatherDescriptor, table: StridedView, indices: StridedView, output: StridedView)
        throws(BackendError)
    {
        try run(.gather, [output]) { () throws(BackendError) in
            try base.gather(descriptor, table: table, indices: indices, output: output)
        }
    }

    package func scatterAdd(
        _ descriptor: GatherDescriptor, source: StridedView, indices: StridedView, output: StridedView
    ) throws(BackendError) {
        try run(.scatterAdd, [output]) { () throws(BackendError) in
            try base.scatterAdd(descriptor, source: source, indices: indices, output: output)
        }
    }
}
