#if OpenCL
    import UnloopBackend

    extension OpenCLBackend {
        public func mapLines(
            _ program: LineProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView]
        ) throws(BackendError) {
            let modes = FloatingPointModes.ofContract()
            defer { modes.restore() }
            guard let shape = program.shape(of: inputs), shape[0] > 0, shape[2] > 0 else { return }
            try requireCountable(program, shape: shape)
            var history = try OperationHistory(queue, "lines")
            try history.read(inputs)
            try history.willWrite(outputs)
            defer { history.wrote(outputs) }
            if try refusal(of: program, shape) != nil {
                return try mapLinesInSteps(program, inputs: inputs, scalars: scalars, outputs: outputs)
            }
            let isDone = try unlessRefused("a program of lines") { () throws(BackendError) in
                try compiledLines(program, shape, inputs: inputs, scalars: scalars, outputs: outputs)
            }
            if isDone != true {
                try mapLinesInSteps(program, inputs: inputs, scalars: scalars, outputs: outputs)
            }
        }

        /// Whether one kernel runs in groups of the size that it needs, and was launched.
        private func compiledLines(
            _ program: LineProgram, _ shape: Dimensions, inputs: [StridedView], scalars: [Double],
            outputs: [StridedView]
        ) throws(BackendError) -> Bool {
            let isAcross = deviceClass == .cpuLike && shape[1] < Self.shortestLine
            let source = LinesSource(
                program, inputs: inputs, width: deviceClass == .cpuLike ? 16 : 1, isAcross: isAcross)
            let kernel = try kernel("unloop_lines", key: source, work: "a program of lines") {
                source.source
            } proof: {
                linesProof(source) { [self] (inputs, scalars, outputs) throws(BackendError) in
                    guard let shape = program.shape(of: inputs) else { return }
                    _ = try compiledLines(program, shape, inputs: inputs, scalars: scalars, outputs: outputs)
                }
            }
            if deviceClass == .gpuLike && kernel.maximumWorkGroupSize < NumericsContract.laneCount { return false }
            let (lines, length) = (shape[0], shape[1])
            // Lines that one item runs at a time.
            let together = isAcross ? 16 : 1
            let perItem =
                deviceClass == .cpuLike
                ? together * tasksPerItem(lines.parts(of: together), elements: length * together) : 1
            let range =
                deviceClass == .cpuLike
                ? LaunchRange(groups: lines.parts(of: perItem))
                : LaunchRange(groups: lines, localSize: NumericsContract.laneCount)
            let streams = deviceClass == .cpuLike && lines * length >= Self.streamedElements
            var arguments = (inputs + outputs).map { KernelArgument.buffer(openCL($0.buffer)) }
            arguments += KernelArgument.scalars(scalars, program.scalarTypes)
            arguments += [
                .uint(UInt32(length)), .uint(UInt32(lines)), .uint(UInt32(perItem)), .int(streams ? 1 : 0),
                Self.layout(inputs, outputs),
            ]
            let isInPlace = outputs.contains { output in inputs.contains { $0.buffer === output.buffer } }
            try queue.launch(kernel, operation: "lines", range, isRepeatable: !isInPlace, arguments)
            return true
        }

        /// Why the steps of a program run one after the other here; nil when one kernel runs them all.
        private func refusal(of program: LineProgram, _ shape: Dimensions) throws(BackendError) -> String? {
            let (lines, length) = (shape[0], shape[1])
            if shape[2] != 1 { return "the axis is not the last one" }
            if length == 0 { return "the lines are empty" }
            if lines >= 1 << 31 || length >= 1 << 31 { return "the sizes are not counted in 32 bits" }
            if program.inputs.count + program.outputs.count > 16 { return "there are too many arrays" }
            // Some compilers end the process.
            let instructions = program.steps.reduce(0) { $0 + $1.program.instructions.count }
            if instructions > Self.compiledInstructions { return "the program is too long to be compiled whole" }
            switch deviceClass {
            case .cpuLike:
                if length > LinesSource.longestKept { return "several items share a line" }
                let elements = lines * max(length, Self.interpretedLine)
                return try isForInterpreter(program, elements: elements) ? "it is interpreted" : nil
            case .gpuLike:
                if length > Self.longestOfGroup * lines { return "several groups share a line" }
                if device.maximumWorkGroupSize < NumericsContract.laneCount { return "work-groups are too small" }
                return device.localMemory < 8 * NumericsContract.laneCount ? "there is too little local memory" : nil
            }
        }

        /// Shorter lines fill a vector of 16 by less than half, or hardly: several of them do.
        private static let shortestLine = 16
        /// To interpret what is done with one line takes at least as long as with one of so many elements.
        static let interpretedLine = 64
        /// A group that runs a line of so many elements by itself takes longer than several launches, unless there are as many
        /// groups.
        private static let longestOfGroup = 16_384

        /// `struct unloop_lines_layout` of lines.cl.
        private static func layout(_ inputs: [StridedView], _ outputs: [StridedView]) -> KernelArgument {
            var bytes = StructureBytes()
            for view in inputs + outputs { bytes.append(Int64(view.offset)) }
            for view in inputs { bytes.append(Int64(view.strides[0])) }
            // Values of lines have none.
            for view in inputs { bytes.append(Int64(view.shape.count == 3 ? view.strides[1] : 0)) }
            return .bytes(bytes.bytes)
        }
    }
#endif
