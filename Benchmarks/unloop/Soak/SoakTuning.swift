#if OpenCL
    import Synchronization
    import Unloop
    import UnloopCPU
    import UnloopOpenCL

    /// Tuning as part of a soak.
    enum SoakTuning {
        /// For each device, by its label, a backend that only tunings use, one at a time, for two would measure each other. In a backend that others
        /// use a tuner's candidates are everybody's while it tries them: which programs are compiled with them follows from what happens to meet, and
        /// their number would grow as long as there are new meetings.
        private static let backends = Mutex<[String: OpenCLBackend]>([:])

        static func run(_ variant: Int, _ device: Device, timeLimit: Duration = .seconds(1)) throws {
            guard let shared = try device.backend() as? OpenCLBackend else { return }
            let problem = TuningProblem.product([33 + variant, 40, 25], layout: variant % 4)
            let result: Result<Void, any Error> = backends.withLock { backends in
                Result {
                    let backend = try backends[device.label] ?? OpenCLBackend(device: shared.device, cache: nil)
                    backends[device.label] = backend
                    try Tuner(backend, reference: try CPUBackend.shared()).run(
                        [problem], timeLimit: timeLimit, progress: { _ in }, report: { _, _ in })
                }
            }
            try result.get()
        }
    }
#endif
