import Unloop

/// Devices by the names that users give.
enum DeviceChoice {
    /// What `--devices` takes.
    static let kinds = ["loop", "cpu", "opencl"]

    /// The devices named, in that order. When none is named: all kinds that the machine has; one that is missing is mentioned on
    /// standard error.
    ///
    /// - Throws: what a device that was named throws when it cannot be opened.
    static func devices(_ names: [String]?) throws -> [Device] {
        if let names { return try names.map(opened) }
        return kinds.compactMap { kind in
            do {
                return try opened(kind)
            } catch {
                Terminal.note("unloop: without \(kind): \(error)")
                return nil
            }
        }
    }

    /// One device from `--device`; `best` when there is none.
    static func device(_ name: String?) throws -> Device {
        let name = name ?? "best"
        let kind = name.split(separator: ":", maxSplits: 1).first.map(String.init) ?? ""
        guard (kinds + ["best"]).contains(kind), kind == "opencl" || !name.contains(":") else {
            throw UsageError(
                "'\(name)' is not a device; valid: best, loop, cpu, opencl, opencl:INDEX, opencl:NAME")
        }
        return try opened(name)
    }

    /// The label and the hardware; OpenCL devices that are CPUs are called so.
    static func text(_ device: Device) -> String {
        device.kind == .opencl ? "\(device)" : "\(device.label) (\(device.name))"
    }

    private static func opened(_ name: String) throws -> Device {
        let device = try Device(named: name)
        if try !device.backend().isConforming {
            Terminal.note(
                "unloop: \(device) may give other bits than other devices; it is used because of UNLOOP_ALLOW_NONCONFORMING=1"
            )
        }
        return device
    }
}
