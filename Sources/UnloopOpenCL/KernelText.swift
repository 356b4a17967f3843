#if OpenCL
    import CUnloopOpenCL
    import UnloopBackend

    /// The kernel files (CKernels/opencl/kernels), the formulas and the dialect as text.
    enum KernelText {
        static let elements = String(cString: unloop_opencl_elements())
        static let lines = String(cString: unloop_opencl_lines())
        static let map = String(cString: unloop_opencl_map())
        static let reduce = String(cString: unloop_opencl_reduce())
        static let reduceIndex = String(cString: unloop_opencl_reduce_index())
        static let scan = String(cString: unloop_opencl_scan())

        private static let dialect = String(cString: unloop_opencl_dialect())
        private static let arithmetic = String(cString: unloop_opencl_formulas_arithmetic())
        private static let exponential = String(cString: unloop_opencl_formulas_exponential())
        private static let errorFunction = String(cString: unloop_opencl_formulas_error_function())
        private static let trigonometric = String(cString: unloop_opencl_formulas_trigonometric())
        private static let power = String(cString: unloop_opencl_formulas_power())
        private static let random = String(cString: unloop_opencl_formulas_random())

        /// What a kernel begins with that runs scalar programs in vectors of `width` (1, 4, 8 or 16): the dialect, the
        /// formulas that the programs use, loads and stores.
        static func prelude(width: Int, programs: [ScalarProgram]) -> String {
            let operations = Set(programs.flatMap { $0.instructions.map(\.operation) })
            func uses(_ candidates: ScalarOperation...) -> Bool { !operations.isDisjoint(with: candidates) }
            var text = "#define UNLOOP_WIDTH \(width)\n" + dialect + arithmetic
            if uses(.exp, .expm1, .log, .log1p, .tanh, .sigmoid, .erf, .normalDistribution, .power) {
                text += exponential
            }
            if uses(.erf, .normalDistribution) { text += errorFunction }
            if uses(.sin, .cos) { text += trigonometric }
            if uses(.power) { text += power }
            if uses(.randomBits) { text += random }
            return text + elements
        }

        /// The program that runs all scalar programs, so with all formulas.
        static var interpreter: String {
            "#define UNLOOP_WIDTH 16\n" + dialect + arithmetic + exponential + errorFunction + trigonometric + power
                + random
                + InterpreterCode.definitions + String(cString: unloop_opencl_interpreter())
        }
    }
#endif
