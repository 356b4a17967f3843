#if OpenCL
    import Synchronization
    import Unloop
    import UnloopCPU
    import UnloopOpenCL

    /// Tuning as part of a soak.
    enum SoakTuning {
        /// Two tunings at a time would measure each other.
        private static let one = Mutex(())

        static func run(_ variant: Int, _ device: Device, timeLimit: Duration = .seconds(1)) throws {
            guard let backend = try device.backend() as? OpenCLBackend else { return }
            let problem = TuningProblem.product([33 + variant, 40, 25], layout: variant % 4)
            let result: Result<Void, any Error> = one.withLock { _ in
                Result {
                    try Tuner(backend, reference: try CPUBackend.shared()).run(
                        [problem], timeLimit: timeLimit, progress: { _ in }, report: { _, _ in })
                }
            }
            try result.get()
        }
    }
#endif
