import Unloop

#if OpenCL
    import UnloopOpenCL
#endif

/// The devices of a soak.
enum SoakDevices {
    /// The same devices, but each OpenCL device that interprets formulas twice: with all of them compiled, and with all interpreted
    /// that can be. By itself such a device compiles what it has interpreted often, at any time of a long run, which would be
    /// taken for growth.
    static func of(_ devices: [Device]) throws -> [Device] {
        #if OpenCL
            return try devices.flatMap { device in
                guard let backend = try device.backend() as? OpenCLBackend, backend.deviceClass == .cpuLike else {
                    return [device]
                }
                return try [("compiled", 0), ("interpreted", interpretedElements)].map { name, elements in
                    Device(
                        try OpenCLBackend(device: backend.device, interpretedElements: elements, cache: nil),
                        label: "\(device.label), \(name)")
                }
            }
        #else
            return devices
        #endif
    }

    /// A formula is compiled after 64 times as many elements, which small work does not reach in hours.
    private static let interpretedElements = 1 << 30
}
