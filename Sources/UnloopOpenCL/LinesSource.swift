#if OpenCL
    import UnloopBackend

    /// The program text that runs a line program.
    struct LinesSource: Hashable, Sendable {
        let program: LineProgram
        let width: Int
        /// Whether the lanes of a vector are lines beside one another, not elements of one line: where lines are too short to fill a vector.
        let isAcross: Bool
        /// For each input the stride along its lines where it is 0 or 1: most are, and the text is shorter for it.
        let strides: [Int?]

        init(_ program: LineProgram, inputs: [StridedView], width: Int, isAcross: Bool) {
            self.program = program
            self.width = width
            self.isAcross = isAcross
            strides = inputs.map { view in
                guard view.shape.count == 3, 0...1 ~= view.strides[1] else { return nil }
                return view.strides[1]
            }
        }

        /// Elements of the longest line that a work-item keeps values of; a chunk.
        static let longestKept = NumericsContract.chunkLength

        var source: ProgramSource {
            // A work-group reads its line again from the caches, and has no memory to keep many values in.
            let steps = program.steps { width > 1 && $0.instructions.contains(where: \.isCostly) }
            var text = KernelText.prelude(width: width, programs: steps.map(\.program))
            for (number, step) in steps.enumerated() {
                text += ScalarProgramSource(step.program).function(named: "unloop_step\(number)")
            }
            let lanes = isAcross ? "#define UNLOOP_ACROSS\n" : ""
            return ProgramSource(name: "lines", text: text + lanes + definitions(steps) + KernelText.lines)
        }

        private func name(_ type: ScalarType) -> String { ScalarProgramSource.elementName(type) }
        private func vector(_ type: ScalarType) -> String { ScalarProgramSource.vectorName(type) }
        private func kind(_ type: ScalarType) -> String { type == .real ? "real" : "int" }

        private func definitions(_ steps: [LineProgram.Step]) -> String {
            var parameters: [String] = []
            var lines: [String] = []
            for (position, input) in program.inputs.enumerated() {
                parameters.append("global const \(name(input.type)) *p\(position)")
                if input.extent == .lines {
                    let place = "layout.offset[\(position)] + (long)line * layout.line_stride[\(position)]"
                    lines.append(
                        isAcross
                            ? "const \(vector(input.type)) v\(position) = unloop_fetch_\(kind(input.type))(p\(position) + \(place), "
                                + "layout.line_stride[\(position)], lanes);"
                            : "const \(name(input.type)) v\(position) = p\(position)[\(place)];")
                }
            }
            for (position, output) in program.outputs.enumerated() {
                parameters.append("global \(name(program.type(ofValue: output))) *q\(position)")
            }
            for (position, type) in program.scalarTypes.enumerated() {
                parameters.append("const \(name(type)) s\(position)")
            }
            var macros: [String] = []
            var kept = Set<Int>()
            for (number, step) in steps.enumerated() {
                if let reduction = step.reduction {
                    let type = step.program.outputTypes[0]
                    let (start, combined) = reduction.combination(type)
                    macros.append("#define START\(number) \(start)")
                    macros.append("#define COMBINE\(number)(a, b) \(combined)")
                    let stores = step.kept.map {
                        isAcross ? "kept\($0)[position] = k\($0);" : "UNLOOP_STORE(k\($0), kept\($0) + (position));"
                    }
                    let results = ["x"] + step.kept.map { "k\($0)" }
                    macros.append(
                        macro("AT\(number)(x, position, lanes)", compute(number, step, kept, results) + stores))
                    lines.append(
                        "UNLOOP_REDUCE(\(name(type)), \(vector(type)), v\(step.results[0]), START\(number), COMBINE\(number), "
                            + "AT\(number), \(type == .real ? "real" : "integer")_lanes)")
                    lines += store(step.results[0])
                } else if step.extent == .lines {
                    let (result, type) = (step.results[0], step.program.outputTypes[0])
                    lines.append("\(isAcross ? vector(type) : name(type)) v\(result);")
                    // All lanes of the vector are the same, unless they are lines.
                    let first = width == 1 || isAcross ? "w" : "w.s0"
                    lines.append(
                        "{ \(compute(number, step, kept, ["w"]).joined(separator: " ")) v\(result) = \(first); }")
                    lines += store(result)
                } else {
                    var body = compute(number, step, kept, step.results.map { "y\($0)" })
                    for result in step.results {
                        guard let output = program.outputs.firstIndex(of: result) else { continue }
                        let place = "layout.offset[\(program.inputs.count + output)] + (long)line * length + (position)"
                        let stride = isAcross ? "(long)length" : "1"
                        body.append(
                            "unloop_stream_\(kind(program.type(ofValue: result)))(y\(result), q\(output) + \(place), \(stride), lanes, streams);"
                        )
                    }
                    macros.append(macro("STORE\(number)(position, lanes)", ["{"] + body + ["}"]))
                    lines.append("UNLOOP_EACH(STORE\(number))")
                }
                kept.formUnion(step.kept)
            }
            let memory = kept.sorted().map { value in
                let type = program.type(ofValue: value)
                return isAcross
                    ? "\(vector(type)) kept\(value)[UNLOOP_WIDTH];" : "\(name(type)) kept\(value)[UNLOOP_CHUNK];"
            }
            return """
                #define UNLOOP_INPUTS \(program.inputs.count)
                #define UNLOOP_OUTPUTS \(program.outputs.count)
                #define UNLOOP_PARAMETERS \(parameters.joined(separator: ", "))
                \(macros.joined(separator: "\n"))
                \(macro("UNLOOP_KEPT", memory))
                \(macro("UNLOOP_STEPS", lines))

                """
        }

        private func macro(_ head: String, _ lines: [String]) -> String {
            "#define \(head) " + lines.joined(separator: " \\\n    ")
        }

        /// Stores a value of a line where it is an output.
        private func store(_ value: Int) -> [String] {
            guard let output = program.outputs.firstIndex(of: value) else { return [] }
            let place = "layout.offset[\(program.inputs.count + output)] + (long)line"
            if isAcross {
                return ["unloop_put_\(kind(program.type(ofValue: value)))(v\(value), q\(output) + \(place), 1, lanes);"]
            }
            return ["if (stores_values) q\(output)[\(place)] = v\(value);"]
        }

        /// Statements that declare `results` and compute them from `position` on.
        private func compute(
            _ number: Int, _ step: LineProgram.Step, _ kept: Set<Int>, _ results: [String]
        ) -> [String] {
            var statements = zip(results, step.program.outputTypes).map { "\(vector($1)) \($0);" }
            var arguments: [String] = []
            for operand in step.operands {
                let type = program.type(ofValue: operand)
                if program.extent(ofValue: operand) == .lines {
                    arguments.append("(\(vector(type)))(v\(operand))")
                } else if kept.contains(operand) {
                    arguments.append(
                        isAcross ? "kept\(operand)[position]" : "UNLOOP_LOAD(kept\(operand) + (position))")
                } else if isAcross {
                    arguments.append(
                        "unloop_fetch_\(kind(type))(p\(operand) + layout.offset[\(operand)] + "
                            + "(long)line * layout.line_stride[\(operand)] + (long)(position) * layout.element_stride[\(operand)], "
                            + "layout.line_stride[\(operand)], lanes)")
                } else {
                    let stride = strides[operand].map { "(\($0))" } ?? "layout.element_stride[\(operand)]"
                    arguments.append(
                        "unloop_fetch_\(kind(type))(p\(operand) + layout.offset[\(operand)] + "
                            + "(long)line * layout.line_stride[\(operand)] + (long)(position) * \(stride), \(stride), lanes)"
                    )
                }
            }
            arguments += step.scalars.map { "s\($0)" }
            if !step.program.usesIndex {
                arguments.append("(INT)(0)")
            } else if step.extent == .lines && step.reduction == nil {
                arguments.append(isAcross ? "(INT)((int)line) + UNLOOP_IOTA" : "(INT)((int)line)")
            } else if isAcross {
                arguments.append("(INT)((int)(line * length + (position))) + UNLOOP_IOTA * (INT)((int)length)")
            } else {
                arguments.append("(INT)((int)(line * length + (position))) + UNLOOP_IOTA")
            }
            arguments += results.map { "&\($0)" }
            statements.append("unloop_step\(number)(\(arguments.joined(separator: ", ")));")
            return statements
        }
    }
#endif
