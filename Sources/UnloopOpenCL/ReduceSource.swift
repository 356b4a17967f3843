#if OpenCL
    import UnloopBackend

    /// The program text of one reduction: of which values, and how they are combined.
    struct ReduceSource: Hashable, Sendable {
        let reduction: Reduction
        /// Gives the value that is reduced; its inputs are the arrays.
        let program: ScalarProgram
        let width: Int

        static func identity(_ type: ScalarType) -> ScalarProgram {
            ScalarProgram(inputs: [type]) { inputs, _ in inputs }
        }

        /// The type of what is reduced.
        var valueType: ScalarType { program.outputTypes[0] }

        var source: ProgramSource {
            let text = reduction.givesIndex ? KernelText.reduceIndex : KernelText.reduce
            return ProgramSource(
                name: "reduce",
                text: KernelText.prelude(width: width, programs: [program])
                    + ScalarProgramSource(program).function(named: "unloop_program") + definitions + text)
        }

        private var definitions: String {
            let kind = valueType == .real ? "real" : "int"
            var parameters = program.inputTypes.enumerated().map { position, type in
                "global const \(ScalarProgramSource.elementName(type)) *p\(position)"
            }
            parameters += program.scalarTypes.enumerated().map { position, type in
                "const \(ScalarProgramSource.elementName(type)) s\(position)"
            }
            let fetchElements = fetch(inner: "i", indexStep: "(across) ? 1 : (int)inner") { position in
                "(across) ? strides.inner[\(position)] : strides.length[\(position)]"
            }
            let fetchRows = fetch(inner: "0", indexStep: "(int)length") { "strides.outer[\($0)]" }
            return """
                #define ELEMENT \(ScalarProgramSource.elementName(valueType))
                #define VALUE \(ScalarProgramSource.vectorName(valueType))
                #define UNLOOP_PUT unloop_put_\(kind)
                #define UNLOOP_OPERANDS \(program.inputTypes.count)
                #define UNLOOP_PARAMETERS \(parameters.joined(separator: ", "))
                #define UNLOOP_FETCH(result, o, l, i, across, lanes) { \(fetchElements) }
                #define UNLOOP_FETCH_ROWS(result, o, l, lanes) { \(fetchRows) }
                \(combination)

                """
        }

        /// Statements that set `result` to the program's values from the element [o, l, inner] on.
        ///
        /// - Parameters:
        ///   - indexStep: how far the positions of neighbouring lanes' elements lie apart.
        ///   - step: how far their memory does, for an input.
        private func fetch(inner: String, indexStep: String, step: (Int) -> String) -> String {
            var statements = program.inputTypes.enumerated().map { position, type in
                func term(_ count: String, _ axis: String) -> String {
                    "(long)(\(count)) * strides.\(axis)[\(position)]"
                }
                let place = [
                    "p\(position)", "strides.offset[\(position)]", term("o", "outer"), term("l", "length"),
                    term(inner, "inner"),
                ]
                return "const \(ScalarProgramSource.vectorName(type)) x\(position) = "
                    + "unloop_fetch_\(type == .real ? "real" : "int")(\(place.joined(separator: " + ")), \(step(position)), lanes);"
            }
            statements.append(
                program.usesIndex
                    ? "const INT index = (INT)((int)(((o) * length + (l)) * inner + (\(inner)))) "
                        + "+ UNLOOP_IOTA * (INT)(\(indexStep));"
                    : "const INT index = (INT)(0);")
            let call =
                program.inputTypes.indices.map { "x\($0)" } + program.scalarTypes.indices.map { "s\($0)" }
                + ["index", "&result"]
            statements.append("unloop_program(\(call.joined(separator: ", ")));")
            return statements.joined(separator: " \\\n    ")
        }

        private var combination: String {
            if reduction.givesIndex {
                let comparison = reduction == .indexOfMaximum ? ">" : "<"
                let notANumber = valueType == .real ? " | (((a) != (a)) & ((b) == (b)))" : ""
                return "#define BETTER(a, b) (((a) \(comparison) (b))\(notANumber))"
            }
            let (start, combined) = reduction.combination(valueType)
            return "#define START \(start)\n#define COMBINE(a, b) \(combined)"
        }
    }

    extension Reduction {
        /// In OpenCL C, what a reduction other than those to an index starts with, and how `a` and `b` are combined.
        func combination(_ type: ScalarType) -> (start: String, combined: String) {
            let real = type == .real
            switch self {
            case .sum, .indexOfMaximum, .indexOfMinimum:
                return real ? ("0.0f", "((a) + (b))") : ("0", "unloop_integer_add(a, b)")
            case .product: return real ? ("1.0f", "((a) * (b))") : ("1", "unloop_integer_multiply(a, b)")
            case .maximum:
                return real ? ("(-INFINITY)", "unloop_maximum(a, b)") : ("(-0x7fffffff - 1)", "max(a, b)")
            case .minimum: return real ? ("INFINITY", "unloop_minimum(a, b)") : ("0x7fffffff", "min(a, b)")
            }
        }

        /// The result over an empty axis. Only for reductions that have one.
        func start(_ type: ScalarType) -> Double {
            switch self {
            case .product: 1
            case .maximum: type == .real ? -.infinity : Double(Int32.min)
            case .minimum: type == .real ? .infinity : Double(Int32.max)
            case .sum, .indexOfMaximum, .indexOfMinimum: 0
            }
        }
    }
#endif
