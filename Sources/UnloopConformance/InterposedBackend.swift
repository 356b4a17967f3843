import UnloopBackend

/// What a backend is asked to do, with what those who see it need to know.
package enum BackendCall: Sendable {
    case allocate(count: Int)
    case upload, download, synchronize, wait
    case copy(count: Int)
    case map(ScalarProgram)
    case reduce(ReduceDescriptor)
    case mapLines(LineProgram)
    case scan
    case matmul(Epilogue?)
    case convolve(ConvolutionDescriptor.Direction, Epilogue?)
    case pool(PoolDescriptor.Direction)
    case gather, scatterAdd

    /// As operations are named in `OperationDifference`: the method's name, with the direction where it has one.
    package var name: String {
        switch self {
        case .allocate: "allocate"
        case .upload: "upload"
        case .download: "download"
        case .synchronize: "synchronize"
        case .wait: "wait"
        case .copy: "copy"
        case .map: "map"
        case .reduce: "reduce"
        case .mapLines: "mapLines"
        case .scan: "scan"
        case .matmul: "matmul"
        case .convolve(let direction, _): "convolve \(direction)"
        case .pool(let direction): "pool \(direction)"
        case .gather: "gather"
        case .scatterAdd: "scatterAdd"
        }
    }
}

/// A backend that hands everything to another one, and sees it before and after: how devices that fail, lie or take notes are made.
/// A class that conforms to it writes the hooks it needs, and a whole method only where it does other work than its base.
package protocol InterposedBackend: Backend {
    /// Does the work.
    var base: any Backend { get }
    /// Comes before the work, of every kind; what it throws takes the work's place.
    func before(_ call: BackendCall) throws(BackendError)
    /// Comes after work that did not throw, with what it wrote: nothing for `synchronize` and `wait`. It does not come after
    /// `allocate` and `download`, which write nothing.
    func after(_ call: BackendCall, _ outputs: [StridedView]) throws(BackendError)
}

extension InterposedBackend {
    package func before(_ call: BackendCall) throws(BackendError) {}
    package func after(_ call: BackendCall, _ outputs: [StridedView]) throws(BackendError) {}

    private func run(
        _ call: BackendCall, _ outputs: [StridedView] = [], _ work: () throws(BackendError) -> Void
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
        try before(.allocate(count: count))
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
        try run(.copy(count: source.shape.product), [destination]) { () throws(BackendError) in
            try base.copy(source, to: destination)
        }
    }

    package func map(_ program: ScalarProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView])
        throws(BackendError)
    {
        try run(.map(program), outputs) { () throws(BackendError) in
            try base.map(program, inputs: inputs, scalars: scalars, outputs: outputs)
        }
    }

    package func reduce(_ descriptor: ReduceDescriptor, inputs: [StridedView], scalars: [Double], output: StridedView)
        throws(BackendError)
    {
        try run(.reduce(descriptor), [output]) { () throws(BackendError) in
            try base.reduce(descriptor, inputs: inputs, scalars: scalars, output: output)
        }
    }

    package func mapLines(_ program: LineProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView])
        throws(BackendError)
    {
        try run(.mapLines(program), outputs) { () throws(BackendError) in
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
        try run(.matmul(epilogue), [output]) { () throws(BackendError) in
            try base.matmul(descriptor, a, b, epilogue: epilogue, output: output)
        }
    }

    package func convolve(
        _ descriptor: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ first: StridedView,
        _ second: StridedView, epilogue: Epilogue?, output: StridedView
    ) throws(BackendError) {
        try run(.convolve(direction, epilogue), [output]) { () throws(BackendError) in
            try base.convolve(descriptor, direction, first, second, epilogue: epilogue, output: output)
        }
    }

    package func pool(
        _ descriptor: PoolDescriptor, _ direction: PoolDescriptor.Direction, _ input: StridedView,
        _ second: StridedView?, output: StridedView
    ) throws(BackendError) {
        try run(.pool(direction), [output]) { () throws(BackendError) in
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
