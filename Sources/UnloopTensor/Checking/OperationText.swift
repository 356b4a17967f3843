import UnloopBackend

/// What an operation is called, and what distinguishes it from others of its family, for people.
struct OperationText {
    let operation: String
    let details: String

    private init(_ operation: String, _ details: [String?]) {
        self.operation = operation
        self.details = details.compactMap { $0 }.joined(separator: "; ")
    }

    static var upload: OperationText { OperationText("upload", []) }
    static var copy: OperationText { OperationText("copy", []) }

    static func map(_ program: ScalarProgram, _ scalars: [Double]) -> OperationText {
        OperationText("map", [text(program), values(scalars)])
    }

    static func reduce(_ descriptor: ReduceDescriptor, _ scalars: [Double]) -> OperationText {
        OperationText("reduce", ["\(descriptor.reduction)", descriptor.prologue.map(text), values(scalars)])
    }

    static func mapLines(_ program: LineProgram, _ scalars: [Double]) -> OperationText {
        func numbers(_ values: [Int]) -> String { values.map { "%\($0)" }.joined(separator: " ") }
        var lines = ["inputs " + program.inputs.map { "\($0.type) \($0.extent)" }.joined(separator: ",")]
        for (position, stage) in program.stages.enumerated() {
            let work =
                switch stage.work {
                case .map(let program): "{\(text(program))}"
                case .reduce(let reduction): "\(reduction)"
                }
            lines.append("%\(program.inputs.count + position) = \(work) \(numbers(stage.operands))")
        }
        lines.append("outputs " + numbers(program.outputs))
        return OperationText("mapLines", lines + [values(scalars)])
    }

    static func scan(_ descriptor: ScanDescriptor) -> OperationText {
        OperationText("scan", [descriptor.reversed ? "from the last element" : nil])
    }

    static func matmul(_ descriptor: MatmulDescriptor, _ epilogue: Epilogue?) -> OperationText {
        OperationText("matmul", ["m \(descriptor.m), n \(descriptor.n), k \(descriptor.k)"] + text(epilogue))
    }

    static func convolve(
        _ d: ConvolutionDescriptor, _ direction: ConvolutionDescriptor.Direction, _ epilogue: Epilogue?
    ) -> OperationText {
        let sizes =
            "kernel \(d.kernelHeight)×\(d.kernelWidth), stride \(d.strideHeight)×\(d.strideWidth), padding "
            + "\([d.paddingTop, d.paddingBottom, d.paddingLeft, d.paddingRight]), dilation "
            + "\(d.dilationHeight)×\(d.dilationWidth), groups \(d.groups)"
        return OperationText("convolve \(direction)", [sizes] + text(epilogue))
    }

    static func pool(_ d: PoolDescriptor, _ direction: PoolDescriptor.Direction) -> OperationText {
        let sizes =
            "window \(d.windowHeight)×\(d.windowWidth), stride \(d.strideHeight)×\(d.strideWidth), padding "
            + "\([d.paddingTop, d.paddingBottom, d.paddingLeft, d.paddingRight])"
        return OperationText("pool \(direction)", ["\(d.kind)", sizes])
    }

    static func gather(_ descriptor: GatherDescriptor) -> OperationText { OperationText("gather", [text(descriptor)]) }

    static func scatterAdd(_ descriptor: GatherDescriptor) -> OperationText {
        OperationText("scatterAdd", [text(descriptor)])
    }

    private static func text(_ d: GatherDescriptor) -> String {
        "\(d.count) of \(d.rows) rows" + (d.hasOwnIndices ? ", indices of their own for each outer position" : "")
    }

    private static func text(_ epilogue: Epilogue?) -> [String?] {
        guard let epilogue else { return [] }
        return ["epilogue {\(text(epilogue.program))}", values(epilogue.scalars)]
    }

    /// On one line.
    private static func text(_ program: ScalarProgram) -> String {
        program.description.split(separator: "\n").joined(separator: "; ")
    }

    private static func values(_ scalars: [Double]) -> String? { scalars.isEmpty ? nil : "scalars \(scalars)" }

    /// How views lie that are not row-major, by their numbers.
    static func layouts(_ inputs: [StridedView], _ outputs: [StridedView]) -> String {
        func texts(_ name: String, _ views: [StridedView]) -> [String] {
            views.enumerated().compactMap { number, view in
                view.isContiguous ? nil : "\(name) \(number) has strides \(view.strides)"
            }
        }
        return (texts("operand", inputs) + texts("result", outputs)).joined(separator: ", ")
    }
}
