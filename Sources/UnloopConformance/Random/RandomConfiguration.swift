import UnloopBackend
import UnloopCPU
import UnloopTensor

#if OpenCL
    import UnloopOpenCL
#endif

/// A device that random programs are run on, and how a user gets it.
package struct RandomConfiguration: Sendable {
    package let label: String
    package let device: Device
    /// An expression of the device.
    package let source: String
    /// What has to be set in the environment for it, as a shell has it.
    package let environment: String
    /// It runs every so many-th program: kernels that are compiled for each new formula and tile take most of the time.
    package let every: Int

    package init(label: String, device: Device, source: String, environment: String = "", every: Int = 1) {
        self.label = label
        self.device = device
        self.source = source
        self.environment = environment
        self.every = every
    }

    package func running(every: Int) -> RandomConfiguration {
        RandomConfiguration(label: label, device: device, source: source, environment: environment, every: every)
    }

    /// The processor with every instruction set that it has, with one, two and three threads, with formulas that were compiled ahead of
    /// time and without.
    package static func cpu() throws(BackendError) -> [RandomConfiguration] {
        var configurations: [RandomConfiguration] = []
        for instructionSet in InstructionSet.available {
            for threads in 1...3 {
                for interprets in [false, true] {
                    let backend = try CPUBackend(
                        instructionSet: instructionSet, threads: threads, interpretsPrograms: interprets)
                    let label = "cpu \(instructionSet.rawValue), \(threads) threads\(interprets ? ", interpreted" : "")"
                    configurations.append(
                        RandomConfiguration(
                            label: label, device: Device(backend, label: label), source: ".cpu",
                            environment: "UNLOOP_CPU_ISA=\(instructionSet.rawValue) UNLOOP_THREADS=\(threads)"
                                + (interprets ? " UNLOOP_CPU_INTERPRET=1" : "")))
                }
            }
        }
        return configurations
    }

    /// Every OpenCL device, with the kernels for processors and with those for GPUs.
    package static func openCL() throws(BackendError) -> [RandomConfiguration] {
        var configurations: [RandomConfiguration] = []
        #if OpenCL
            for (index, device) in try OpenCLBackend.devices().enumerated() {
                for kind in OpenCLDevice.Class.allCases {
                    let label = "opencl:\(index) \(kind.rawValue)"
                    configurations.append(
                        RandomConfiguration(
                            label: label,
                            device: Device(try OpenCLBackend(device: device, forcedClass: kind), label: label),
                            source: "try .opencl(\(index))", environment: "UNLOOP_OPENCL_CLASS=\(kind.rawValue)",
                            every: kind == .cpuLike ? 25 : 250))
                }
            }
        #endif
        return configurations
    }
}
