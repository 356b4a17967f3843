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

    /// Drivers take most of a second to compile the formulas of a program.
    package static let usualCompiledEvery = 250

    /// Every OpenCL device, with the kernels for processors and with those for GPUs: every program with formulas interpreted, every
    /// `compiledEvery`-th one with formulas compiled.
    package static func openCL(compiledEvery: Int = usualCompiledEvery) throws(BackendError) -> [RandomConfiguration] {
        var configurations: [RandomConfiguration] = []
        #if OpenCL
            for (index, device) in try OpenCLBackend.devices().enumerated() {
                for kind in OpenCLDevice.Class.allCases {
                    for interprets in [true, false] {
                        let label = "opencl:\(index) \(kind.rawValue), \(interprets ? "interpreted" : "compiled")"
                        let elements = interprets ? 1 << 30 : 0
                        let backend = try OpenCLBackend(
                            device: device, forcedClass: kind, interpretedElements: elements)
                        configurations.append(
                            RandomConfiguration(
                                label: label, device: Device(backend, label: label), source: "try .opencl(\(index))",
                                environment: "UNLOOP_OPENCL_CLASS=\(kind.rawValue) "
                                    + "UNLOOP_OPENCL_INTERPRETED_ELEMENTS=\(elements)",
                                every: interprets ? 1 : compiledEvery))
                    }
                }
            }
        #endif
        return configurations
    }
}
