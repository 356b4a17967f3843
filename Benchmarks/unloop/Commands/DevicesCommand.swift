import UnloopBackend
import UnloopCPU

#if OpenCL
    import UnloopOpenCL
#endif

/// `unloop devices`
enum DevicesCommand {
    static let command = Command(
        name: "devices", summary: "Lists the devices of this machine.",
        options: [.choice("--format", ["table", "json"], "default: table")],
        notes: """
            The label is what --device takes. `bits` says whether the device gives the bits that every other one gives: OpenCL devices are
            opened and prove it. One that does not is refused, unless UNLOOP_ALLOW_NONCONFORMING=1.
            """,
        run: run)

    /// What is known about a device, which has proved itself if it is an OpenCL one.
    struct Description {
        let label: String
        /// `loop`, `CPU`, `GPU` or `accelerator`.
        let hardware: String
        let name: String
        let driver: String
        let computeUnits: Int?
        let memoryBytes: Int
        /// Empty when results are the same bits as everywhere.
        let nonconformance: [String]
        /// Whether it can be used: what gives other bits is, where the environment admits it.
        var isUsable = true

        /// For people.
        var bits: String {
            if nonconformance.isEmpty { return isUsable ? "same" : "not known" }
            return (isUsable ? "may differ: " : "refused: ") + nonconformance.joined(separator: ", ")
        }
    }

    static func descriptions() throws -> [Description] {
        let processor = try CPUBackend.shared()
        let memory = HostContext.memoryBytes
        var all = [
            Description(
                label: "loop", hardware: "CPU", name: "one scalar loop at a time: the reference", driver: "",
                computeUnits: 1,
                memoryBytes: memory, nonconformance: []),
            Description(
                label: "cpu", hardware: "CPU", name: HostContext.processorModel,
                driver: processor.instructionSet.rawValue, computeUnits: processor.threadCount, memoryBytes: memory,
                nonconformance: []),
        ]
        #if OpenCL
            let devices = (try? OpenCLBackend.devices()) ?? []
            for (index, device) in devices.enumerated() {
                let proof = proof(of: device)
                all.append(
                    Description(
                        label: "opencl:\(index)", hardware: device.kind.label, name: device.name,
                        driver: "\(device.platform) \(device.driverVersion)", computeUnits: device.computeUnits,
                        memoryBytes: device.globalMemory, nonconformance: proof.differences,
                        isUsable: proof.isUsable))
            }
        #endif
        return all
    }

    #if OpenCL
        /// Opens the device, which shows that it gives the contract's bits, or what it does otherwise.
        static func proof(of device: OpenCLDevice) -> (differences: [String], isUsable: Bool, problem: BackendError?) {
            do throws(BackendError) {
                let backend = try OpenCLBackend(device: device)
                return (backend.isConforming ? [] : backend.refusals, true, nil)
            } catch {
                if case .nonconforming(_, let work) = error { return ([work], false, error) }
                return ([], false, error)
            }
        }
    #endif

    private static func run(_ arguments: Arguments) throws -> Int32 {
        let all = try descriptions()
        if arguments.string("--format") == "json" {
            Terminal.print(JSON.object([("schema", .integer(1)), ("devices", .array(all.map(json)))]).pretty())
            return 0
        }
        var table = Table([
            .left("device"), .left("runs on"), .left("name"), .left("driver"), .right("units"), .right("memory"),
            .left("bits"),
        ])
        for device in all {
            table.append([
                device.label, device.hardware, device.name, device.driver, device.computeUnits.map(String.init) ?? "",
                Text.fixed(Double(device.memoryBytes) / 0x1p30, 0) + " GiB",
                device.bits,
            ])
        }
        Terminal.print(table.plain)
        if all.allSatisfy({ !$0.label.hasPrefix("opencl") }) {
            Terminal.note("no OpenCL device; `unloop doctor` says why and what to install")
        }
        return 0
    }

    private static func json(_ device: Description) -> JSON {
        .object([
            ("device", .string(device.label)), ("hardware", .string(device.hardware)), ("name", .string(device.name)),
            ("driver", .string(device.driver)), ("compute_units", .number(device.computeUnits.map(Double.init))),
            ("memory_bytes", .integer(device.memoryBytes)), ("same_bits", .bool(device.nonconformance.isEmpty)),
            ("conforming", .bool(device.nonconformance.isEmpty && device.isUsable)), ("usable", .bool(device.isUsable)),
            ("nonconformance", .array(device.nonconformance.map { .string($0) })),
        ])
    }
}
