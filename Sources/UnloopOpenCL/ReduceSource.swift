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
            var parameters: [String] = []
            var fetch: [String] = []
            for (position, type) in program.inputTypes.enumerated() {
                parameters.append("global const \(ScalarProgramSource.elementName(type)) *p\(position)")
                func term(_ count: String, _ axis: String) -> String {
                    "(long)(\(count)) * strides.\(axis)[\(position)]"
                }
                let place = [
                    "p\(position)", "strides.offset[\(position)]", term("o", "outer"), term("l", "length"),
                    term("i", "inner"),
                ]
                let step = "(across) ? strides.inner[\(position)] : strides.length[\(position)]"
                fetch.append(
                    "const \(ScalarProgramSource.vectorName(type)) x\(position) = "
                        + "unloop_fetch_\(type == .real ? "real" : "int")(\(place.joined(separator: " + ")), \(step), lanes);"
                )
            }
            for (position, type) in program.scalarTypes.enumerated() {
                parameters.append("const \(ScalarProgramSource.elementName(type)) s\(position)")
            }
            fetch.append(
                program.usesIndex
                    ? "const INT index = (INT)((int)(((o) * length + (l)) * inner + (i))) "
                        + "+ UNLOOP_IOTA * (INT)((across) ? 1 : (int)inner);"
                    : "const INT index = (INT)(0);")
            let call =
                program.inputTypes.indices.map { "x\($0)" } + program.scalarTypes.indices.map { "s\($0)" }
                + ["index", "&result"]
            fetch.append("unloop_program(\(call.joined(separator: ", ")));")
            return """
                #define ELEMENT \(ScalarProgramSource.elementName(valueType))
                #define VALUE \(ScalarProgramSource.vectorName(valueType))
                #define UNLOOP_PUT unloop_put_\(kind)
                #define UNLOOP_OPERANDS \(program.inputTypes.count)
                #define UNLOOP_PARAMETERS \(parameters.joined(separator: ", "))
                #define UNLOOP_FETCH(result, o, l, i, across, lanes) { \(fetch.joined(separator: " \\\n    ")) }
                \(combination)

                """
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
