#if OpenCL
    import Foundation

    /// Variables by which drivers are told how to compile. They are no part of a driver's version, so what was proved under some says
    /// nothing about others.
    enum DriverEnvironment {
        private static let prefixes = [
            "POCL_", "CL_", "OPENCL_", "OCL_", "IGC_", "NEO_", "NV_", "CUDA_", "AMD_", "GPU_", "HSA_", "ROC", "MESA_",
            "RUSTICL_", "GALLIUM_", "LP_", "LLVM_", "LD_PRELOAD",
        ]
        /// Say where files are, or how many threads run.
        private static let harmless: Set<String> = ["POCL_CACHE_DIR", "POCL_MAX_PTHREAD_COUNT", "POCL_AFFINITY"]

        /// Names and values in order.
        static let settings: [String] = ProcessInfo.processInfo.environment
            .filter { variable in
                prefixes.contains { variable.key.hasPrefix($0) } && !harmless.contains(variable.key)
            }
            .sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }
#endif
